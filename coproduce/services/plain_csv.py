"""Reading a plain table of services, told by a mapping file which column holds what."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coproduce.core.messages import _
from coproduce.services.import_files import FileRefused, SourceFile, Table, decode, read_table
from coproduce.services.records import CLOSED, Described, Origin, entry_for, uneven_rows
from coproduce.services.rules import Entry, Problem

FIELDS = (
    *("id", "name", "also_called", "description", "kind", "opening", "website"),
    *("provider", "provider_id", "town", "county", "region", "nation", "postcode"),
    *("status", "listed"),
)
"""What a column can hold. Only `name` must be there. See docs/directory.md."""

NO = frozenset({"0", "false", "hidden", "n", "no"})
"""What stands for no under `listed`."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says.

    Attributes:
        source: short name of who made the table; empty if the file does not say.
        columns: the column for each field.
        fixed: what a field says in every row.
    """

    source: str
    columns: Mapping[str, str]
    fixed: Mapping[str, str]


def read_mapping(file: SourceFile) -> ColumnMapping:
    """Return what a mapping file says.

    Raises:
        FileRefused: naming what in it is not understood.
    """
    text, _encoding = decode(file)
    try:
        said = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileRefused(
            file.name, _("This mapping is not valid TOML: %(reason)s.", reason=str(error))
        ) from error
    if unknown := sorted(said.keys() - {"source", "columns", "fixed"}):
        raise FileRefused(
            file.name, _("A mapping has no part %(name)s. Remove it.", name=unknown[0])
        )
    mapping = ColumnMapping(
        source=said.get("source", ""),
        columns=_fields(file.name, said.get("columns", {})),
        fixed=_fields(file.name, said.get("fixed", {})),
    )
    if not isinstance(mapping.source, str):
        raise FileRefused(file.name, _("The source must be a short name in quotation marks."))
    if "name" not in mapping.columns:
        raise FileRefused(
            file.name, _("Say under [columns] which column holds the name of the service.")
        )
    return mapping


def read_mapped_table(file: SourceFile, mapping: ColumnMapping) -> Table:
    """Return the table in a file, with its header where the mapped columns are.

    Raises:
        FileRefused: if a mapped column is not there, or there twice.
    """
    table = read_table(file, wanted=mapping.columns.values())
    header = [name.casefold() for name in table.header]
    for column in mapping.columns.values():
        times = header.count(column.casefold())
        if times > 1:
            raise FileRefused(
                table.name, _("There are two columns called %(name)s. Rename one.", name=column)
            )
        if times == 0:
            raise FileRefused(
                table.name,
                _(
                    "There is no column %(name)s. There are: %(columns)s.",
                    name=column,
                    columns=", ".join(table.header[:50]),
                ),
            )
    return table


def read_rows(table: Table, mapping: ColumnMapping, origin: Origin) -> Iterator[Entry | Problem]:
    """Yield the services of a table.

    Raises:
        FileRefused: if ids need a source to be unique, and none is named.
    """
    yield from uneven_rows(table)
    as_written = {name.casefold(): name for name in table.header}
    columns = {field: as_written[name.casefold()] for field, name in mapping.columns.items()}
    for number, row in table.rows:
        said = {field: row[column] for field, column in columns.items()}
        missing = {field: value for field, value in mapping.fixed.items() if not said.get(field)}
        yield entry_for(f"{table.name}:{number}", _described({**said, **missing}), origin)


def _described(said: Mapping[str, str]) -> Described:
    listed, status = (said.get(name, "").strip().casefold() for name in ("listed", "status"))
    return Described(
        id=said.get("id"),
        name=said.get("name"),
        also_called=tuple(re.split(r"[;|]", said.get("also_called", ""))),
        description=said.get("description"),
        kind=said.get("kind"),
        opening=said.get("opening"),
        website=said.get("website"),
        provider_id=said.get("provider_id"),
        provider_name=said.get("provider"),
        address={level: said.get(level) for level in ("town", "county", "region", "nation")},
        postcode=said.get("postcode"),
        is_listed=listed not in NO if listed else None,
        is_open=status not in CLOSED if status else None,
    )


def _fields(name: str, said: object) -> dict[str, str]:
    if not isinstance(said, dict):
        raise FileRefused(name, _("[columns] and [fixed] are lists of names and values."))
    for field, value in said.items():
        if field not in FIELDS:
            raise FileRefused(
                name,
                _(
                    "%(field)s is not known. Use one of: %(fields)s.",
                    field=field,
                    fields=", ".join(FIELDS),
                ),
            )
        if not isinstance(value, str) or not value.strip():
            raise FileRefused(name, _("Give %(field)s some words in quotation marks.", field=field))
    return {field: value.strip() for field, value in said.items()}
