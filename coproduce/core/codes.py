"""Codes people hold: 16 digits to come back with, six characters on a poster, ten on a card."""

import hashlib
import hmac
from collections.abc import Callable

from stdnum import damm

RETURN_DIGITS = 15
"""Random digits of a return code, before its check digit: 49.8 bits.

Source: privacy rule A.6 (docs/threat-model.md).
"""

POSTER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U/V pairs: what is read from a poster at night must not be guessed."""

POSTER_LENGTH = 6

CARD_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Five bits a character. Source: Crockford, Base 32, crockford.com/base32.html."""

CARD_LENGTH = 10
"""Characters of the code on an invitation card: 50 bits. Source: privacy rule A.7."""

_CARD_LOOK_ALIKE = str.maketrans("OIL", "011", "-.")
"""Letters that no card has stand for the digit they look like. Source: Crockford, Base 32."""

_DIGIT_NAMES = str.maketrans(
    {
        **{chr(0x0660 + n): str(n) for n in range(10)},  # Arabic
        **{chr(0x06F0 + n): str(n) for n in range(10)},  # Farsi, Urdu
    }
)


def return_code_for(key: bytes, nonce: bytes) -> str:
    """Return the 16 digits that belong to one form, always the same for the same form.

    Source: privacy rule A.6: digits of an HMAC, then a Damm check digit (finds every single wrong
    digit and every swap of neighbours).
    """
    number = int.from_bytes(hmac.digest(key, nonce, "sha256"), "big") % 10**RETURN_DIGITS
    digits = str(number).zfill(RETURN_DIGITS)
    return digits + str(damm.calc_check_digit(digits))


def read_return_code(typed: str) -> str | None:
    """Return the 16 plain digits of what was typed, or None if it cannot be a code.

    Spaces, dashes and digits of other scripts are fine. Nine of ten slips are found here.
    """
    plain = typed.translate(_DIGIT_NAMES)
    digits = "".join(c for c in plain if c.isascii() and c.isdigit())
    rest = "".join(c for c in plain if not (c.isascii() and c.isdigit()))
    if len(digits) != RETURN_DIGITS + 1 or any(c.isalnum() for c in rest):
        return None
    return digits if damm.is_valid(digits) else None


def in_groups(code: str) -> str:
    """Return the code in groups of four, as it is shown and printed."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def new_poster_code(chance: Callable[[int], int]) -> str:
    """Return six characters for a poster; ``chance(n)`` gives a fair number below n."""
    return "".join(POSTER_ALPHABET[chance(len(POSTER_ALPHABET))] for _ in range(POSTER_LENGTH))


def read_poster_code(typed: str) -> str | None:
    """Return the poster code in what was typed, or None; spaces and small letters are fine."""
    code = "".join(c for c in typed.upper() if not c.isspace() and c not in "-.")
    is_code = len(code) == POSTER_LENGTH and all(c in POSTER_ALPHABET for c in code)
    return code if is_code else None


def new_card_code(chance: Callable[[int], bytes]) -> str:
    """Return ten characters for an invitation card; ``chance(n)`` gives n random bytes."""
    # 256 is a multiple of 32, so every character is as likely as any other.
    return "".join(CARD_ALPHABET[byte % len(CARD_ALPHABET)] for byte in chance(CARD_LENGTH))


def read_card_code(typed: str) -> str | None:
    """Return the card code in what was typed, or None if it cannot be one.

    Spaces, dashes, small letters, look-alikes and digits of other scripts are fine.
    """
    code = "".join(typed.translate(_DIGIT_NAMES).upper().split()).translate(_CARD_LOOK_ALIKE)
    is_code = len(code) == CARD_LENGTH and all(c in CARD_ALPHABET for c in code)
    return code if is_code else None


def card_in_groups(code: str) -> str:
    """Return a card code in groups of three, three and four, as it is printed."""
    return " ".join((code[:3], code[3:6], code[6:]))


def poster_in_groups(code: str) -> str:
    """Return a poster code in groups of three, as it is printed."""
    return " ".join((code[:3], code[3:]))


def fingerprint(key: bytes, content: bytes) -> bytes:
    """Return 16 bytes that tell equal contents, to the holder of the key only."""
    return hashlib.blake2b(content, key=key, digest_size=16).digest()
