"""The recovery sheet: two private keys on paper, and nowhere else."""

import base64
import hashlib

from coproduce.core.errors import OperatorError
from coproduce.core.keys import NewKeys

GROUP = 4
CHECK_BYTES = 4
"""A slip while typing a key goes unnoticed once in four thousand million times."""


def recovery_sheet(made: NewKeys, title: str) -> str:
    """Return the sheet as text, to be printed and then locked away."""
    return "\n".join(
        [
            "",
            f"RECOVERY SHEET of {title}. Print it now, lock it away, and clear this screen.",
            "These two keys are stored nowhere else.",
            "",
            "Reading key: opens the texts people send. Lost: texts nobody read yet are lost.",
            f"  {on_sheet(made.recovery_private)}",
            "",
            "Backup key: opens backups. Lost: backups cannot be restored.",
            f"  {on_sheet(made.backup_private)}",
            "",
        ]
    )


def on_sheet(key: bytes) -> str:
    """Return a key as groups of letters and digits that can be typed, with a check."""
    text = base64.b32encode(key + _check(key)).decode().rstrip("=")
    return " ".join(text[i : i + GROUP] for i in range(0, len(text), GROUP))


def key_from_sheet(typed: str) -> bytes:
    """Return the key in what was typed from a sheet.

    Raises:
        OperatorError: if it is not whole or has a slip.
    """
    text = "".join(typed.split()).upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as error:
        raise OperatorError("This is not a key from a recovery sheet. Type it again.") from error
    key, check = raw[:-CHECK_BYTES], raw[-CHECK_BYTES:]
    if check != _check(key):
        raise OperatorError("There is a slip in this key. Compare it with the sheet.")
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:CHECK_BYTES]
