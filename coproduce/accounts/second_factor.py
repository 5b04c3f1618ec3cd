"""The second step: codes of an app (TOTP, RFC 6238) and printed recovery codes."""

import base64
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Final

import pyotp
import segno
from pyotp.utils import strings_equal

from coproduce.core.codes import POSTER_ALPHABET, fingerprint
from coproduce.core.keys import Keys
from coproduce.core.sealing import lock, unlock

SECRET_BYTES: Final = 20
"""Length of a shared secret. Source: RFC 4226, section 4, R6."""

CODE_DIGITS: Final = 6
WINDOW: Final = 1
"""Codes before and after the present one that also count: a phone's clock may be off by 30 s.

Source: RFC 6238, section 5.2.
"""

RECOVERY_CODES: Final = 10
RECOVERY_SIGNS: Final = 12
"""Signs of a recovery code: 58 bits. Source: docs/adr/0011-accounts-without-e-mail.md."""

_SECRET: Final = "second factor"  # noqa: S105 - names the purpose of a key, and is none
_STEP: Final = "second factor steps"
_RECOVERY: Final = "second factor recovery codes"


def new_secret(chance: Callable[[int], bytes]) -> bytes:
    """Return a fresh shared secret."""
    return chance(SECRET_BYTES)


def lock_secret(keys: Keys, secret: bytes) -> bytes:
    """Return the secret as it is stored: locked with a key of the server."""
    return lock(keys.secret_for(_SECRET), secret)


def unlock_secret(keys: Keys, locked: bytes) -> bytes:
    """Return what `lock_secret` was given."""
    return unlock(keys.secret_for(_SECRET), locked)


def typed_secret(secret: bytes) -> str:
    """Return the secret as an app takes it when it cannot see the picture."""
    return _totp(secret).secret


def qr_picture(secret: bytes, *, pseudonym: str, title: str) -> str:
    """Return a ``data:`` address of the picture an app reads; black on white in every scheme."""
    address = _totp(secret).provisioning_uri(name=pseudonym, issuer_name=title)
    picture = segno.make(address, error="m")
    return picture.svg_data_uri(scale=5, dark="#000", light="#fff", border=4)


def read_code(typed: str) -> str | None:
    """Return the six digits of what was typed, in any script, or None if it is no such code."""
    signs = "".join(sign for sign in typed if not sign.isspace() and sign != "-")
    digits = "".join(str(int(sign)) for sign in signs if sign.isdecimal())
    return digits if len(digits) == len(signs) == CODE_DIGITS else None


def right_step(
    keys: Keys,
    account_id: bytes,
    secret: bytes,
    code: str,
    now: datetime,
    last_tag: bytes | None,
) -> bytes | None:
    """Return the tag of the 30 seconds that a right code belongs to; None if it is not right.

    A code counts once: only those later than the one that was used last are right.

    Args:
        keys: the secrets of the deployment.
        account_id: whose code it is.
        secret: the shared secret.
        code: six digits.
        now: the instant.
        last_tag: tag of the code that was used last.
    """
    totp = _totp(secret)
    present = totp.timecode(now)
    steps = range(present - WINDOW, present + WINDOW + 1)
    tags = [_step_tag(keys, account_id, secret, step) for step in steps]
    fresh = tags.index(last_tag) + 1 if last_tag in tags else 0
    right = None
    for step, tag in list(zip(steps, tags, strict=True))[fresh:]:
        if strings_equal(code, totp.generate_otp(step)):
            right = tag
    return right


def new_recovery_codes(pick: Callable[[int], int]) -> tuple[str, ...]:
    """Return ten fresh recovery codes; ``pick(n)`` gives a fair number below n."""
    return tuple(
        "".join(POSTER_ALPHABET[pick(len(POSTER_ALPHABET))] for _sign in range(RECOVERY_SIGNS))
        for _code in range(RECOVERY_CODES)
    )


def read_recovery_code(typed: str) -> str | None:
    """Return the recovery code in what was typed, or None; spaces and small letters are fine."""
    code = "".join(sign for sign in typed.upper() if not sign.isspace() and sign not in "-.")
    is_code = len(code) == RECOVERY_SIGNS and all(sign in POSTER_ALPHABET for sign in code)
    return code if is_code else None


def recovery_tag(keys: Keys, account_id: bytes, code: str) -> bytes:
    """Return what recognises a recovery code of an account."""
    return fingerprint(keys.secret_for(_RECOVERY), account_id + code.encode())


def _step_tag(keys: Keys, account_id: bytes, secret: bytes, step: int) -> bytes:
    """Return what recognises 30 seconds, to the server only: the table must not tell a time."""
    key = hmac.digest(keys.secret_for(_STEP), secret, "sha256")
    return fingerprint(key, account_id + step.to_bytes(8, "big"))


def _totp(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(secret).decode())
