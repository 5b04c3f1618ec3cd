"""Cleaning what people type, without changing what they said."""

import unicodedata

KEPT_CONTROLS = frozenset("\n\t")


def cleaned(text: str, *, limit: int) -> str:
    r"""Return the text in one Unicode form, without control characters, at most ``limit`` long.

    Line ends become ``\n``. Format characters stay: they carry meaning in Arabic, Farsi and emoji.
    Surrogates and unassigned code points go, because no database and no font can hold them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    unwanted = {
        ord(character): None
        for character in set(lines) - KEPT_CONTROLS
        if unicodedata.category(character) in {"Cc", "Cs", "Cn"}
    }
    return unicodedata.normalize("NFC", lines.translate(unwanted)).strip()[:limit]


def folded(text: str) -> str:
    """Return the text as it is compared in a search: no case, no accents, single spaces."""
    # Taking apart may give capitals again, and small letters may have to be taken apart again.
    small = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", small)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())
