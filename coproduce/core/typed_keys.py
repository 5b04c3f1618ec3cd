"""Keys as people print and type them: groups of letters and digits, with a check against slips."""

import base64
import hashlib
from typing import Final

from coproduce.core.errors import RuleBroken
from coproduce.core.keys import SECRET_BYTES
from coproduce.core.messages import _

GROUP: Final = 4
CHECK_BYTES: Final = 4
"""A slip while typing a key goes unnoticed once in four thousand million times."""

_LOOK_ALIKE: Final = str.maketrans("018", "OIB", "-")
"""Digits that no key holds stand for the letter they look like."""


def printed_key(key: bytes) -> str:
    """Return a key as groups of letters and digits that can be typed, with a check."""
    text = base64.b32encode(key + _check(key)).decode().rstrip("=")
    return " ".join(text[i : i + GROUP] for i in range(0, len(text), GROUP))


def read_typed_key(typed: str) -> bytes:
    """Return the key in what was typed from paper.

    Raises:
        RuleBroken: if it is not whole or has a slip. What was typed is not in the message.
    """
    text = "".join(typed.split()).upper().translate(_LOOK_ALIKE)
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        # The error would carry what was typed into a traceback.
        raw = b""
    if len(raw) != SECRET_BYTES + CHECK_BYTES:
        raise RuleBroken(_("This is not a whole key from a recovery sheet. Type it again."))
    key, check = raw[:-CHECK_BYTES], raw[-CHECK_BYTES:]
    if check != _check(key):
        raise RuleBroken(_("There is a slip in this key. Compare it with the sheet."))
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:CHECK_BYTES]
