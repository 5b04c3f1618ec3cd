"""Attack C1: read every number back out of every file, and hold it against the document.

Reads the folders that the export writes, each with a ``report.json`` and the same report in
other formats. A number that the document does not account for is a leak; a display that is
missing from a format is a mistake.
"""

import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from coproduce.reports.file_texts import (
    UnreadableFileError,
    csv_texts,
    html_texts,
    pdf_pages,
    pdf_texts,
)
from coproduce.reports.findings import AttackResult, Finding
from coproduce.reports.publications import (
    CategoryTable,
    OptionTable,
    Publication,
    UnreadableDocumentError,
    canonical_json,
    document_from,
    publication_from,
    words_of,
)
from coproduce.reports.report_figures import LONGEST_OUTLINE, picked_length

DOCUMENT: Final = "report.json"

WITHDRAWAL: Final = "withdrawal.json"
"""What stands in place of a document that was withdrawn because of its words."""

SHARES: Final = "shares.csv"
"""The table that holds shares, bands and steps as plain numbers."""

PROOFS: Final = frozenset({".sha256", ".sig", ".signature"})
"""Endings of files that prove the document and hold no number of their own."""

TECHNICAL: Final = frozenset({"bytes", "created", "encoding", "hash", "profile"})
"""Fields of a Frictionless description that speak of files, not of people."""

STANDING: Final = frozenset({0, 1, 5, 10, 19, 20, 100, 2025})
"""Numbers in the fixed words of a report: "under 5", "19 times out of 20", a source's year.

Source: the sentences of report_sections.py and the attributes of the pictures.
"""

NUMBER = re.compile(r"([%٪]\s?)?(\d+(?:[.,٫٬\u00a0\u202f]\d+)*)(\s?[%٪])?")
POINTS: Final = frozenset({"share", "low", "high", "step"})
"""Fields of the derived part that hold points of 100."""

GROUPING = re.compile(r"[.,٬\u00a0\u202f](?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes


class Number(NamedTuple):
    """A number as it was read: what is not whole stays as it is written."""

    value: int | str
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Accounted:
    """The numbers that a report may show: of people, days and sentences; and points of 100."""

    counts: frozenset[int | str]
    percents: frozenset[int]

    def explains(self, number: Number, *, in_shares: bool) -> bool:
        """Whether a number may stand where it stands.

        Args:
            number: as it was read.
            in_shares: whether it stands in the table of shares, which has no signs.
        """
        if number.is_percent:
            return number.value in self.percents
        return number.value in self.counts or (in_shares and number.value in self.percents)


@dataclass(frozen=True, slots=True)
class FolderReading:
    """What was read in one folder."""

    files: int
    numbers: int
    findings: tuple[Finding, ...]


def parse_back(directory: Path) -> AttackResult:
    """Read every publication folder below a directory and compare all formats.

    Source: docs/disclosure.md, C1.
    """
    readings = [read_folder(path.parent) for path in sorted(directory.rglob(DOCUMENT))]
    findings = tuple(finding for reading in readings for finding in reading.findings)
    figures = {
        "folders": len(readings),
        "files": sum(reading.files for reading in readings),
        "numbers": sum(reading.numbers for reading in readings),
        "findings": len(findings),
    }
    return AttackResult(findings, figures)


def read_folder(folder: Path) -> FolderReading:
    """Read one publication in all its formats."""
    content = (folder / DOCUMENT).read_bytes()
    try:
        document = json.loads(content)
        publication = publication_from(document)
    except (UnreadableDocumentError, ValueError) as error:
        return FolderReading(1, 0, (_finding(folder, f"{DOCUMENT} cannot be read: {error}"),))
    findings = []
    if canonical_json(document) != content:
        findings.append(_finding(folder, f"{DOCUMENT} is not in canonical form."))
    accounted, strings = accounted_numbers(publication), _strings_in(document)
    found: defaultdict[str, Counter[int | str]] = defaultdict(Counter)
    files = [file for file in _files_in(folder) if Path(file.name).suffix not in PROOFS]
    for file in files:
        try:
            numbers = _numbers_of(file, strings)
        except (UnreadableFileError, ValueError) as error:
            findings.append(_finding(folder, f"{file.name} cannot be read: {error}"))
            continue
        found[_format_of(file.name)].update(number.value for number in numbers)
        if foreign := _foreign_numbers(file, numbers, accounted):
            message = f"{file.name} holds numbers that the document does not account for."
            findings.append(_finding(folder, message, numbers=foreign))
    findings += _missing_displays(folder, publication, found)
    total = sum(numbers.total() for numbers in found.values())
    return FolderReading(len(files) + 1, total, tuple(findings))


def _numbers_of(file: _File, strings: Iterable[str]) -> list[Number]:
    return [number for text in _texts_in(file) for number in numbers_in(_without(text, strings))]


def _foreign_numbers(file: _File, numbers: Iterable[Number], accounted: Accounted) -> list[str]:
    in_shares = Path(file.name).name == SHARES
    pages = range(1, pdf_pages(file.content) + 1) if file.name.endswith(".pdf") else ()
    return sorted(
        {
            str(number.value)
            for number in numbers
            if number.value not in pages and not accounted.explains(number, in_shares=in_shares)
        }
    )


def accounted_numbers(publication: Publication) -> Accounted:
    """Every number that a report may show.

    Source: docs/disclosure.md, C1.
    """
    day = date.fromisoformat(publication.published_on)
    years = {
        int(period[:4]) for atom in publication.atoms for period in (*atom.periods, atom.edition)
    }
    document = document_from(publication)
    shares = list(_shares_in(publication.derived))
    counts = {
        *STANDING,
        *(number for key, number in _integers_in(document) if key not in POINTS),
        *(day.day, day.month, day.year, int(publication.edition[:4])),
        *years,
        *_numbers_in_words(publication),
    }
    if publication.reissue is not None:
        again = date.fromisoformat(publication.reissue.on)
        counts |= {again.day, again.month, again.year}
    percents = {
        100,
        *(number for key, number in _integers_in(document) if key in POINTS),
        *(length for share in shares for length in _bar_lengths(share)),
        *_option_lengths(publication),
    }
    return Accounted(frozenset(counts), frozenset(percents))


def numbers_in(text: str) -> list[Number]:
    """Every number a text holds.

    Digits of any script count, and "1,500" is one number.
    """
    found = []
    for before, digits, after in NUMBER.findall(text):
        whole = GROUPING.sub("", digits)
        value = int(whole) if whole.isdecimal() else digits
        found.append(Number(value, is_percent=bool(before or after)))
    return found


def _numbers_in_words(publication: Publication) -> Iterator[int | str]:
    """What people wrote in digits: no number about answers, but it stands in every format.

    A PDF breaks words over lines and turns some signs round, so that they cannot be cut out whole.
    """
    for atom in publication.atoms:
        for words in words_of(atom):
            yield from (number.value for number in numbers_in(words))


def _bar_lengths(share: Mapping[str, Any]) -> Iterator[int]:
    """Hundredths of the width that a bar, its rest or the outline of "under 5" can have."""
    whole = share["whole"]
    for part in (share["part"], 5):
        length = (100 * part + whole // 2) // whole if whole else 0
        yield from (length, 100 - length)
    yield from (LONGEST_OUTLINE, 100 - LONGEST_OUTLINE)


def _option_lengths(publication: Publication) -> Iterator[int]:
    """Hundredths of the width at which the bar of an answer, or its rest, can begin or end."""
    for atom in publication.atoms:
        for table in atom.tables:
            if isinstance(table, OptionTable):
                for option in table.options:
                    length = picked_length(option, atom.n)
                    yield from (0, length, 100 - length)


def _shares_in(part: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, Mapping):
        if part.keys() >= {"part", "whole"}:
            yield part
        for item in part.values():
            yield from _shares_in(item)
    elif isinstance(part, list):
        for item in part:
            yield from _shares_in(item)


def _integers_in(part: object, key: str = "") -> Iterator[tuple[str, int]]:
    """Every number of the document with the name of its field."""
    if isinstance(part, int) and not isinstance(part, bool):
        yield key, part
    elif isinstance(part, Mapping):
        for name, item in part.items():
            yield from _integers_in(item, name)
    else:
        for item in _items_of(part):
            yield from _integers_in(item, key)


def _strings_in(part: object) -> list[str]:
    """Names, codes, ids and days of the document: the longest first, so that all go."""
    found = {_flowing(text) for text in _all_strings(part)} - {""}
    return sorted((text for text in found if NUMBER.search(text)), key=len, reverse=True)


def _all_strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    for item in _items_of(part):
        yield from _all_strings(item)


def _items_of(part: object) -> Iterable[object]:
    if isinstance(part, Mapping):
        return part.values()
    return part if isinstance(part, list) else ()


def _flowing(text: str) -> str:
    """The text as one line: a name may be broken over two."""
    return " ".join(text.casefold().split())


def _without(text: str, strings: Iterable[str]) -> str:
    text = _flowing(text)
    for known in strings:
        text = text.replace(known, " ")
    return text


def _displays_in(publication: Publication) -> Iterator[int]:
    for atom in publication.atoms:
        for table in atom.tables:
            if isinstance(table, CategoryTable):
                yield from (cell.display for cell in table.cells)
            elif isinstance(table, OptionTable):
                for option in table.options:
                    yield from (option.picked, option.not_picked)


def _missing_displays(
    folder: Path, publication: Publication, found: Mapping[str, Counter[int | str]]
) -> Iterator[Finding]:
    """Displays that stand in the document more often than in the tables or on the page."""
    displays = Counter[int | str](display for display in _displays_in(publication) if display)
    for name, numbers in found.items():
        if name.endswith((".csv", ".html")) and (missing := displays - numbers):
            message = f"Displays are missing in {name}."
            yield _finding(folder, message, numbers=sorted(map(str, missing)))


def _files_in(folder: Path) -> Iterator[_File]:
    """Every file of the folder but the document, and every file inside an archive."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield _File(f"{path.name}/{name}", archive.read(name))
        elif path.is_file() and path.name != DOCUMENT:
            yield _File(path.relative_to(folder).as_posix(), path.read_bytes())


def _format_of(name: str) -> str:
    """CSV files of one place belong together; every other file must be complete by itself."""
    path = Path(name)
    return path.with_name("tables.csv").as_posix() if path.suffix == ".csv" else name


def _texts_in(file: _File) -> list[str]:
    match Path(file.name).suffix:
        case ".csv":
            return csv_texts(file.content)
        case ".html":
            return html_texts(file.content)
        case ".pdf":
            return pdf_texts(file.content)
        case ".json":
            return list(_described_in(json.loads(file.content)))
        case ".txt":
            return [file.content.decode("utf-8")]
    raise UnreadableFileError("a format that nobody reads back")


def _described_in(part: object) -> Iterator[str]:
    """What a description of files says to people."""
    if isinstance(part, Mapping):
        for key, item in part.items():
            if key not in TECHNICAL:
                yield from _described_in(item)
    elif isinstance(part, list):
        for item in part:
            yield from _described_in(item)
    elif part is not None:
        yield str(part)


def _finding(folder: Path, message: str, **figures: Any) -> Finding:
    return Finding("C1", folder.name, message, figures)
