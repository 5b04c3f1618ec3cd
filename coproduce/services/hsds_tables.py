"""Open Referral as tables: CSV files that belong together, with or without `datapackage.json`.

The tables are joined to the objects that `hsds` reads. Tables about people are never opened.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from coproduce.core.messages import _
from coproduce.services.hsds import Item, read_service
from coproduce.services.import_files import (
    FileRefused,
    SourceFile,
    decode,
    read_json,
    read_table,
)
from coproduce.services.records import Origin, provider_entry_for, uneven_rows
from coproduce.services.rules import Entry, Problem

PACKAGE = "datapackage.json"

TABLES = {
    "organization": ("organizations.csv", "organization.csv"),
    "service": ("services.csv", "service.csv"),
    "service_at_location": ("service_at_location.csv", "service_at_locations.csv"),
    "location": ("locations.csv", "location.csv"),
    "address": ("addresses.csv", "address.csv"),
    "service_area": ("service_areas.csv", "service_area.csv"),
    "schedule": ("schedules.csv", "schedule.csv"),
    "attribute": ("attributes.csv", "attribute.csv"),
    "taxonomy_term": ("taxonomy_terms.csv", "taxonomy_term.csv"),
}
"""The tables that are read, and how their files are called if the package does not say.

Source: docs.openreferral.org, HSDS 3.0: its examples and its datapackage.json differ.
"""

LINKED_ROWS = 20
"""Rows of another table that are joined to one row: without a limit, rows that all point at each
other would take forever."""

Rows = Sequence[tuple[str, Item]]
"""Where each row of a table stands, and what it says."""


def holds_tables(files: Sequence[SourceFile]) -> bool:
    """Return whether the files are the tables of one package, not pages that stand alone."""
    return not {file.name for file in files}.isdisjoint({PACKAGE, *TABLES["service"]})


def read_tables(files: Sequence[SourceFile], origin: Origin) -> Iterator[Entry | Problem]:
    """Yield the providers and services in the files of one package.

    Raises:
        FileRefused: if there is no table of services, or one cannot be read.
    """
    by_name = {file.name: file for file in files}
    said = _paths_in_package(by_name[PACKAGE]) if PACKAGE in by_name else {}
    tables: dict[str, Rows] = {}
    for table, usual in TABLES.items():
        names = (said.get(table, ""), *usual)
        file = next((by_name[name] for name in names if name in by_name), None)
        if file:
            read = read_table(file)
            yield from uneven_rows(read)
            tables[table] = [
                (f"{file.name}:{number}", {name.casefold(): cell for name, cell in row.items()})
                for number, row in read.rows
            ]
    if "service" not in tables:
        missing = said.get("service", TABLES["service"][0])
        raise FileRefused(
            PACKAGE,
            _("%(name)s is missing. Put it with the other files.", name=missing),
        )
    yield from join_tables(tables, origin)


def join_tables(tables: Mapping[str, Rows], origin: Origin) -> Iterator[Entry | Problem]:
    """Yield the providers and services of tables, by the names in `TABLES`.

    Raises:
        FileRefused: if ids need a source to be unique, and none is named.
    """
    organizations = _first_by_id(tables, "organization")
    locations = _first_by_id(tables, "location")
    terms = _first_by_id(tables, "taxonomy_term")
    addresses = _linked(tables, "address", "location_id")
    held = _linked(tables, "service_at_location", "service_id")
    areas = _linked(tables, "service_area", "service_id")
    schedules = _linked(tables, "schedule", "service_id")
    attributes = _linked(tables, "attribute", "link_id")
    for where, row in tables.get("organization", ()):
        yield provider_entry_for(where, row.get("id"), row.get("name"), origin)
    for where, row in tables.get("service", ()):
        key = str(row.get("id"))
        location_ids = [str(at.get("location_id")) for at in held[key]]
        joined = {
            **row,
            "organization": organizations.get(str(row.get("organization_id"))),
            "service_at_locations": [
                {"location": {**locations.get(each, {}), "addresses": addresses[each]}}
                for each in location_ids
            ],
            "service_areas": areas[key],
            "schedules": schedules[key],
            "attributes": [
                {"taxonomy_term": terms.get(str(attribute.get("taxonomy_term_id")))}
                for attribute in attributes[key]
            ],
        }
        yield read_service(where, joined, origin)


def _paths_in_package(file: SourceFile) -> dict[str, str]:
    text, _encoding = decode(file)
    package = read_json(file.name, text)
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list):
        raise FileRefused(file.name, _("This package does not say which tables it has."))
    return {
        resource["name"]: PurePath(resource["path"]).name
        for resource in resources
        if isinstance(resource, dict)
        and isinstance(resource.get("name"), str)
        and isinstance(resource.get("path"), str)
    }


def _first_by_id(tables: Mapping[str, Rows], table: str) -> dict[str, Item]:
    rows: dict[str, Item] = {}
    for _where, row in tables.get(table, ()):
        rows.setdefault(str(row.get("id")), row)
    return rows


def _linked(tables: Mapping[str, Rows], table: str, column: str) -> defaultdict[str, list[Item]]:
    rows: defaultdict[str, list[Item]] = defaultdict(list)
    for _where, row in tables.get(table, ()):
        linked = rows[str(row.get(column))]
        if len(linked) < LINKED_ROWS:
            linked.append(row)
    return rows
