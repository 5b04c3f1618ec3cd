"""Setting documents as PDF that a screen reader can read; the only module that knows Typst.

The files claim PDF/UA-1 and PDF/A-2a, and the exporter refuses to write one that breaks their
machine-checkable rules. The same content gives the same bytes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from unicodedata import category, name, normalize

import typst
from babel import Locale

UNKNOWN = "\ufffd"
"""Stands for a letter that no font of ours has. Source: Unicode, U+FFFD REPLACEMENT CHARACTER."""

VOWELS = frozenset(map(chr, (*range(0x064B, 0x0653), 0x0670)))
"""Arabic vowel marks. Readers do without them, and the exporter would write the letter below a mark
twice into the text that is searched, copied and spoken. Source: Unicode, block Arabic.
"""

JOINERS = frozenset("\u200c\u200d\u200e\u200f")
"""The format characters that stay: Arabic and Farsi need them. Others could turn a line round."""


def typeset(template: str, content: Mapping[str, Any], *, language: str, day: date) -> bytes:
    """Return a tagged PDF.

    Args:
        template: path of a Typst file inside the package, such as "reports/report.typ". It reads
            its JSON from ``sys.inputs.data``: the content, and beside it ``language``,
            ``right_to_left``, ``fonts`` and ``day`` (year, month, day).
        content: what JSON can hold; what our fonts cannot print is replaced.
        language: its code, such as "ar"; decides the reading direction.
        day: date of the document, the only one that stands in the file.

    Raises:
        typst.TypstError: if the exporter finds a rule of PDF/UA or PDF/A broken.
    """
    locale = Locale.parse(language, sep="-")
    data = {
        **content,
        "language": locale.language,
        "right_to_left": locale.text_direction == "rtl",
        "fonts": list(_coverage()),
        "day": [day.year, day.month, day.day],
    }
    made = _compiler(template).compile(
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=datetime.combine(day, time(), UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("one document was asked for")
    return made


def printable(text: str) -> str:
    """Return the text with only characters that our fonts can print.

    A PDF/UA file may not hold a character without a picture. Controls and private characters go;
    a sign without a picture is replaced by its name in brackets, a letter by U+FFFD. A mark over
    a letter stays only if the font of that letter has it too.
    """
    if _plain().issuperset(text):
        return text
    kept: list[str] = []
    fonts: tuple[frozenset[int], ...] = tuple(_coverage().values())
    beneath: frozenset[int] = frozenset()
    for character in normalize("NFC", text):
        kind = category(character)
        if character in VOWELS:
            continue
        if kind.startswith("M"):
            kept += [character] if ord(character) in beneath else []
        elif character.isspace():
            kept.append(" ")
            beneath = frozenset()
        elif character in JOINERS:
            kept.append(character)
        elif kind.startswith("C"):
            continue
        elif font := next((font for font in fonts if ord(character) in font), None):
            kept.append(character)
            beneath = font
        else:
            kept.append(_named(character, kind))
            beneath = frozenset()
    return "".join(kept)


def _named(character: str, kind: str) -> str:
    return f"[{name(character).lower()}]" if kind.startswith("S") else UNKNOWN


def _printable(part: Any) -> Any:
    if isinstance(part, str):
        return printable(part)
    if isinstance(part, list):
        return [_printable(item) for item in part]
    if isinstance(part, dict):
        return {key: _printable(value) for key, value in part.items()}
    return part


@cache
def _coverage() -> dict[str, frozenset[int]]:
    """Which characters each font family of ours has, as scripts/fonts.py recorded it."""
    path = resources.files("coproduce").joinpath("fonts/coverage.json")
    return {
        family: frozenset(code for first, last in spans for code in range(first, last + 1))
        for family, spans in json.loads(path.read_text("utf-8")).items()
    }


@cache
def _plain() -> frozenset[str]:
    """All characters that may stay wherever they stand: nearly every text has no other."""
    codes = frozenset[int]().union(*_coverage().values())
    letters = (chr(code) for code in codes if not chr(code).isspace())
    return frozenset(c for c in letters if category(c)[0] not in "MC") | {" "}


def _compiler(template: str) -> typst.Compiler:
    """Make a compiler for one file: it may not be used by two threads at once, fonts may."""
    package = Path(str(resources.files("coproduce")))
    return typst.Compiler(package / template, font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    package = Path(str(resources.files("coproduce")))
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[package / "fonts"],
    )
