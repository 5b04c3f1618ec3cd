"""Reading a directory file of any known kind: finds out which kind it is and calls its reader."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from coproduce.core.messages import Message, _
from coproduce.services.hsds import pages_claimed, read_document
from coproduce.services.hsds_tables import PACKAGE, holds_tables, read_tables
from coproduce.services.import_files import (
    FileRefused,
    SourceFile,
    Table,
    decode,
    open_files,
    read_json,
    read_table,
)
from coproduce.services.places import Places, named_area, read_places
from coproduce.services.plain_csv import (
    ColumnMapping,
    read_mapped_table,
    read_mapping,
    read_rows,
)
from coproduce.services.records import Origin
from coproduce.services.rules import DirectoryRecords, Entry, Problem, gather

_SOURCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")


def read_directory(
    path: Path,
    *,
    mapping: Path | None = None,
    places: Path | None = None,
    area: str = "",
    source: str = "",
) -> DirectoryRecords:
    """Return what a directory file, folder or archive holds. What is wrong with it is in there too.

    Args:
        path: Open Referral as JSON, a folder or zip of JSON pages or CSV tables, or a plain table.
        mapping: for a plain table: which column holds what.
        places: table of outward codes, so that a postcode tells the area.
        area: where services are that do not say.
        source: short name of who made the file; needed if its ids are not unique worldwide.
    """
    try:
        known = read_places(_only_file(places)) if places else Places()
        if area:
            known = replace(known, fallback=named_area(area, known))
        columns = read_mapping(_only_file(mapping)) if mapping else None
        origin = Origin(_checked(source or (columns.source if columns else "")), known)
        # A package is told by its folder or by the file that describes it.
        is_package = path.name == PACKAGE and path.is_file()
        return read_files(open_files(path.parent if is_package else path), origin, columns)
    except FileRefused as refused:
        return DirectoryRecords(problems=(Problem(refused.where, refused.message),))


def read_files(
    files: Sequence[SourceFile], origin: Origin, mapping: ColumnMapping | None = None
) -> DirectoryRecords:
    """Return what files that belong together hold.

    Raises:
        FileRefused: if one of them cannot be read and the others mean nothing without it.
    """
    if mapping:
        return _read_plain(files, origin, mapping)
    if holds_tables(files):
        return gather(read_tables(files, origin))
    return _read_documents(files, origin)


def _read_plain(
    files: Sequence[SourceFile], origin: Origin, mapping: ColumnMapping
) -> DirectoryRecords:
    tables = [read_mapped_table(file, mapping) for file in files]
    return gather(
        (row for table in tables for row in read_rows(table, mapping, origin)),
        map(_found_out, tables),
    )


def _read_documents(files: Sequence[SourceFile], origin: Origin) -> DirectoryRecords:
    rows: list[Entry | Problem] = []
    pages = 1
    for file in files:
        try:
            value = _json_in(file)
            rows += read_document(file.name, value, origin)
        except FileRefused as refused:
            rows.append(Problem(refused.where, refused.message))
        else:
            pages = max(pages, pages_claimed(value))
    return gather(rows, [_other_pages(pages, len(files))] if pages > len(files) else [])


def _json_in(file: SourceFile) -> object:
    text, _encoding = decode(file)
    if not text.strip():
        raise FileRefused(file.name, _("This file is empty."))
    if text.lstrip().startswith(("{", "[")):
        return read_json(file.name, text)
    raise FileRefused(
        file.name,
        _(
            "This looks like a plain table. Give a mapping file with --mapping. "
            "The columns are: %(names)s.",
            names=", ".join(read_table(file).header[:50]),
        ),
    )


def _found_out(table: Table) -> Message:
    return _(
        "%(name)s: %(rows)s rows, letters in %(encoding)s, columns parted by %(delimiter)s.",
        name=table.name,
        rows=len(table.rows),
        encoding=table.encoding,
        delimiter={"\t": "TAB"}.get(table.delimiter, table.delimiter),
    )


def _other_pages(pages: int, given: int) -> Message:
    return _(
        "This is part of a list of %(pages)s pages; %(given)s given. "
        "Put all pages in one folder and bring in the folder.",
        pages=pages,
        given=given,
    )


def _checked(source: str) -> str:
    if source and not _SOURCE.fullmatch(source):
        raise FileRefused(
            source[:40], _("A source is a short name in small letters, such as bristol.")
        )
    return source


def _only_file(path: Path) -> SourceFile:
    files = open_files(path)
    if len(files) != 1:
        raise FileRefused(path.name, _("Give one file here, not several."))
    return files[0]
