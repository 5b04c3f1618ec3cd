"""The hidden field that makes a form itself: sent twice, it is the same form."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from coproduce.core.codes import fingerprint, return_code_for
from coproduce.core.keys import Keys

NONCE_BYTES = 16
MAC_BYTES = 16
DAY_BYTES = 3
LIVES_DAYS = 2
"""How long an open form may be sent. Source: privacy rule A.6 (docs/threat-model.md)."""


@dataclass(frozen=True, slots=True, repr=False)
class FormToken:
    """One form as it was given out: a random number and the day."""

    nonce: bytes
    issued: date

    def is_expired(self, today: date) -> bool:
        """Return True if the form was open for too long, or comes from the future."""
        return not timedelta(0) <= today - self.issued <= timedelta(days=LIVES_DAYS)

    def form_tag(self, keys: Keys) -> bytes:
        """Return what recognises this form when it is sent again."""
        return fingerprint(keys.once, self.nonce)

    def return_code(self, keys: Keys) -> str:
        """Return the 16 digits that belong to this form."""
        return return_code_for(keys.code, self.nonce)


def new_form_token(keys: Keys, today: date, chance: Callable[[int], bytes]) -> str:
    """Return a fresh token for a form; nothing is stored. ``chance(n)`` gives n random bytes."""
    content = chance(NONCE_BYTES) + today.toordinal().to_bytes(DAY_BYTES, "big")
    return base64.urlsafe_b64encode(content + _mac(keys, content)).decode().rstrip("=")


def read_form_token(keys: Keys, token: str) -> FormToken | None:
    """Return the form a token belongs to, or None if we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    content, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if len(raw) != NONCE_BYTES + DAY_BYTES + MAC_BYTES:
        return None
    if not hmac.compare_digest(mac, _mac(keys, content)):
        return None
    issued = date.fromordinal(int.from_bytes(content[NONCE_BYTES:], "big"))
    return FormToken(content[:NONCE_BYTES], issued)


def _mac(keys: Keys, content: bytes) -> bytes:
    return hmac.digest(keys.form, content, "sha256")[:MAC_BYTES]
