"""Opening files that others made, safely: sizes, archives, encodings, tables, JSON."""

import csv
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from coproduce.core.errors import RuleBroken
from coproduce.core.messages import Message, _

MAX_BYTES = 20 * 2**20
"""Size of a file, and of everything in a folder or an archive once unpacked. Source: fault F15."""

MAX_FILES = 200
"""Files in a folder or an archive, so also pages. Source: fault F15 (docs/directory.md)."""

MAX_RATIO = 100
"""How much larger an archived file may become. Source: fault F15 (docs/directory.md)."""

MAX_DEPTH = 64
"""Lists and objects inside each other in JSON. Open Referral needs about ten."""

MAX_VALUES = 1_000_000
"""Values in one JSON file: bounds memory at about 300 MiB.

Source: measured; 20 MiB of the feeds in use hold about 500,000.
"""

MAX_ROWS = 100_000
"""Rows in one table, entries in one list. Source: docs/directory.md."""

_UNQUOTED = "¬"
DELIMITERS = (",", ";", "\t", "|", _UNQUOTED)
"""What parts columns. Exports of NHS Choices use the last, without quotation marks."""

_HEADER_SEARCH = 20
_SAMPLE = 2**16
_READ_SUFFIXES = (".csv", ".json", ".txt")
_CONTROLS = [chr(c) for c in range(32) if chr(c) not in "\t\n\f\r"]
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class FileRefused(RuleBroken):
    """A file cannot be read at all. ``where`` names it."""

    def __init__(self, where: str, message: Message) -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file in memory, by its name without folders."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what was found out about it.

    Attributes:
        header: names of the columns, as written.
        rows: row number as a spreadsheet counts, and the cells by column.
        uneven: row number and count of cells of each row that does not fit the header.
    """

    name: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    uneven: tuple[tuple[int, int], ...]


def open_files(path: Path) -> tuple[SourceFile, ...]:
    """Return the file, or the files of a folder or zip archive that can hold a directory, by name.

    Raises:
        FileRefused: if there is nothing to read or a limit is passed.
    """
    name = path.name or str(path)
    try:
        if path.is_dir():
            return _open_folder(path)
        if not path.is_file():
            raise FileRefused(name, _("This file is not here. Check its name."))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileRefused(
            name, _("This file cannot be opened: %(reason)s.", reason=reason)
        ) from error
    return unpack(SourceFile(name, content))


def unpack(file: SourceFile) -> tuple[SourceFile, ...]:
    """Return the files in a zip archive, by name, or the file itself if it is none.

    Raises:
        FileRefused: if it is empty, no archive after all, or a limit is passed.
    """
    if len(file.content) > MAX_BYTES:
        raise _too_large(file.name)
    if not file.content.strip():
        raise FileRefused(file.name, _("This file is empty."))
    if not file.content.startswith(b"PK\x03\x04"):
        return (file,)
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            return _readable(file.name, _members(file.name, archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise FileRefused(
            file.name, _("This archive is damaged. Make it again and try once more.")
        ) from error


def _open_folder(folder: Path) -> tuple[SourceFile, ...]:
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink() and _can_hold_directory(path.name)
    )
    if len(paths) > MAX_FILES:
        raise _too_many_files(folder.name)
    files: list[SourceFile] = []
    room = MAX_BYTES
    for path in paths:
        with path.open("rb") as stream:
            content = stream.read(room + 1)
        room -= len(content)
        if room < 0:
            raise _too_large(folder.name)
        files.append(SourceFile(path.name, content))
    return _readable(folder.name, files)


def _members(name: str, archive: zipfile.ZipFile) -> Iterator[SourceFile]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        raise _too_many_files(name)
    if any(member.filename == "xl/workbook.xml" for member in members):
        raise FileRefused(name, _("This is a spreadsheet. Save it as CSV, then bring that in."))
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise _too_large(name)
    for member in members:
        if member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise FileRefused(name, _("This archive grows too much when opened. Give the files."))
        if member.flag_bits & 1:
            raise FileRefused(name, _("This archive needs a password. Make one without."))
        if member.compress_type not in _PACKED:
            raise FileRefused(name, _("This archive is packed in a rare way. Make a plain zip."))
        inner = Path(member.filename).name
        if _can_hold_directory(inner) and "__MACOSX/" not in member.filename:
            yield SourceFile(inner, archive.read(member))


def _readable(name: str, files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    ordered = tuple(sorted(files, key=lambda file: file.name))
    if not ordered:
        raise FileRefused(name, _("There is no CSV or JSON file in here."))
    for file, following in pairwise(ordered):
        if file.name == following.name:
            raise FileRefused(
                name, _("Two files in here are called %(name)s. Keep one.", name=file.name)
            )
    return ordered


def _can_hold_directory(name: str) -> bool:
    return name.lower().endswith(_READ_SUFFIXES) and not name.startswith(".")


def _too_large(name: str) -> FileRefused:
    return FileRefused(
        name,
        _(
            "This is larger than %(limit)s MiB. Split it and bring in one part after the other.",
            limit=MAX_BYTES // 2**20,
        ),
    )


def _too_many_files(name: str) -> FileRefused:
    return FileRefused(
        name,
        _(
            "There are more than %(limit)s files in here. Bring them in part by part.",
            limit=MAX_FILES,
        ),
    )


def decode(file: SourceFile) -> tuple[str, str]:
    """Return the text of a file and the encoding it turned out to have.

    UTF-8 and UTF-16 prove themselves; what is neither is taken as Windows-1252, in which old
    exports are written.

    Raises:
        FileRefused: if it is no text.
    """
    for encoding in _possible_encodings(file.content):
        try:
            text = file.content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text.removeprefix("\ufeff"), encoding.removesuffix("-sig")
    raise FileRefused(file.name, _("This is no text file. Save it as CSV or JSON, in UTF-8."))


def _possible_encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    # Text that is mostly Latin letters has a zero in every other byte of UTF-16.
    head = content[:1000]
    if head[1::2].count(0) > len(head) // 4:
        return ("utf-16-le",)
    if head[0::2].count(0) > len(head) // 4:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _is_text(text: str) -> bool:
    return not any(control in text for control in _CONTROLS)


def read_json(name: str, text: str) -> object:
    """Return the JSON value in the text of a file.

    Raises:
        FileRefused: if it is not JSON, or nested too deep or too large to be a directory.
    """
    if sum(map(text.count, "[{,")) > MAX_VALUES:
        raise FileRefused(name, _("This holds too many values. Split it into parts."))
    too_deep = FileRefused(
        name,
        _("This is nested deeper than %(limit)s levels: no directory is.", limit=MAX_DEPTH),
    )
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise too_deep from error
    except json.JSONDecodeError as error:
        raise FileRefused(
            name,
            _(
                "This is not valid JSON: line %(line)s, column %(column)s. Export it again.",
                line=error.lineno,
                column=error.colno,
            ),
        ) from error
    except ValueError as error:
        raise FileRefused(name, _("A number in this file is too long.")) from error
    if _depth(value) > MAX_DEPTH:
        raise too_deep
    return value


def _depth(value: object) -> int:
    depth = 0
    level = [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
        if depth > MAX_DEPTH:
            break
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def read_table(file: SourceFile, *, wanted: Collection[str] = ()) -> Table:
    """Return the table in a text file; how its columns are parted is found out.

    Args:
        file: a text file, quoted as CSV is, or unquoted if parted by ``¬``.
        wanted: columns that must be there. The header is the first of the first rows that has them
            all; without a wish, or if none has, it is the first row.

    Raises:
        FileRefused: if it is no text, a quotation mark stays open, or it has too many rows.
    """
    text, encoding = decode(file)
    delimiter, header_at = _layout(text[:_SAMPLE], {name.casefold() for name in wanted})
    header: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = []
    uneven: list[tuple[int, int]] = []
    number = 0
    try:
        for number, cells in enumerate(_cells(text, delimiter), start=1):
            if number == header_at:
                header = tuple(cell.strip() for cell in cells)
            elif number > header_at and any(cells):
                row = _fitted(cells, len(header), may_be_short=delimiter != _UNQUOTED)
                if row is None:
                    uneven.append((number, len(cells)))
                else:
                    rows.append((number, dict(zip(header, row, strict=True))))
            if len(rows) + len(uneven) > MAX_ROWS:
                raise FileRefused(
                    file.name,
                    _("This has more than %(limit)s rows. Split it.", limit=f"{MAX_ROWS:,}"),
                )
    except csv.Error as error:
        raise FileRefused(
            f"{file.name}:{number + 1}",
            _("A quotation mark is not closed here, or a cell is too long. Mend this row."),
        ) from error
    return Table(file.name, encoding, delimiter, header, tuple(rows), tuple(uneven))


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    if delimiter == _UNQUOTED:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _layout(sample: str, wanted: set[str]) -> tuple[str, int]:
    """Return the delimiter that explains the first rows best, and the number of the header row."""
    best = ((False, 0.0, 0), DELIMITERS[0], 1)
    for delimiter in DELIMITERS:
        rows = _first_rows(sample, delimiter)
        if not rows:
            continue
        width, same = Counter(len(cells) for _number, cells in rows).most_common(1)[0]
        fitting = [
            number
            for number, cells in rows
            if wanted and wanted <= {cell.strip().casefold() for cell in cells}
        ]
        header_at = fitting[0] if fitting else rows[0][0]
        evenness = same / len(rows) if width > 1 else 0.0
        best = max(best, ((bool(fitting), evenness, width), delimiter, header_at))
    return best[1:]


def _first_rows(sample: str, delimiter: str) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in islice(enumerate(_cells(sample, delimiter), 1), _HEADER_SEARCH):
            if any(cells):
                rows.append((number, cells))
    except csv.Error:
        # Another delimiter may explain it, or reading the whole table names the row.
        pass
    return rows


def _fitted(cells: list[str], width: int, *, may_be_short: bool) -> list[str] | None:
    """Return as many cells as there are columns; None if the row does not fit.

    Spreadsheets leave out empty cells at the end of a row, or add some.
    """
    if any(cells[width:]):
        return None
    missing = width - len(cells)
    if missing > 0 and not (may_be_short and len(cells) > 1):
        return None
    return [*cells[:width], *[""] * missing]
