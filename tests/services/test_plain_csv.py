from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.services.import_files import FileRefused, SourceFile
from coproduce.services.plain_csv import (
    FIELDS,
    ColumnMapping,
    read_mapped_table,
    read_mapping,
    read_rows,
)
from coproduce.services.records import Origin
from coproduce.services.rules import AreaRecord, Entry, Problem, ProviderRecord, ServiceRecord

MAPPING = """
# What the council calls its columns.
source = "leeds"

[columns]
id = "Ref"
name = "Service"
also_called = "Known as"
description = "About"
opening = "Times"
provider = "Run by"
town = "Town"
postcode = "Postcode"
website = "Web"
status = "State"
listed = "Public"

[fixed]
kind = "drop-in"
"""
HEADER = "Ref,Service,Known as,About,Times,Run by,Town,Postcode,Web,State,Public,Contact\n"


def mapping_of(text: str) -> ColumnMapping:
    return read_mapping(SourceFile("mapping.toml", text.encode()))


def read(text: str, mapping: str = MAPPING) -> list[Entry | Problem]:
    columns = mapping_of(mapping)
    table = read_mapped_table(SourceFile("a.csv", text.encode()), columns)
    return list(read_rows(table, columns, Origin(columns.source)))


def test_a_row_becomes_a_service_by_its_mapping() -> None:
    [entry] = read(
        HEADER
        + "7,Drop-in,The Shed; Hub | Tea room,Tea and talk,Mon 10-12,The Hub,Leeds,LS1 1AA,"
        + "www.example.org,open,no,Ann Persona\n"
    )

    assert isinstance(entry, Entry)
    assert entry.provider is not None
    assert entry.provider.name == "The Hub"
    assert entry.service == ServiceRecord(
        source_id="leeds:7",
        provider_id=entry.provider.source_id,
        name="Drop-in",
        area=AreaRecord(town="Leeds"),
        also_called=("The Shed", "Hub", "Tea room"),
        description="Tea and talk",
        kind="drop-in",
        opening="Mon 10-12",
        website="https://www.example.org",
        is_listed=False,
        is_open=True,
    )
    assert "Ann" not in repr(entry)


def test_what_a_row_does_not_say_is_left_open() -> None:
    [entry] = read(HEADER + "7,Drop-in,,,,,Leeds,,,,,\n")

    assert isinstance(entry, Entry)
    assert entry.service is not None
    assert entry.service.is_listed is None
    assert entry.service.is_open is None
    assert entry.service.also_called == ()
    assert entry.provider == ProviderRecord("leeds:7", "Drop-in")


def test_a_fixed_value_stands_only_where_the_row_is_silent() -> None:
    entries = read(
        "Name,Town\nA,Leeds\nB,\n", '[columns]\nname="Name"\ntown="Town"\n[fixed]\ntown="York"'
    )

    towns = [
        entry.service.area.town for entry in entries if isinstance(entry, Entry) and entry.service
    ]
    assert towns == ["Leeds", "York"]


def test_every_bad_row_is_named_with_its_reason() -> None:
    rows = read(HEADER + "1,,,,,,Leeds,,,,,\n2,Drop-in,,,,,,,,,,\n3,Food,,,,,York,,,,,,,x\n")

    problems = {row.where: untranslated(row.message) for row in rows if isinstance(row, Problem)}
    assert problems == {
        "a.csv:2": "There is no name here. Add one, or remove this row.",
        "a.csv:3": "We cannot tell where this is. Add a place, or name one with --area.",
        "a.csv:4": "This row has 14 cells, the header has 12. Mend the row.",
    }


def test_a_mapped_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(FileRefused) as refused:
        read("Ref,Name\n1,Drop-in\n")

    assert untranslated(refused.value.message) == (
        "There is no column Service. There are: Ref, Name."
    )


def test_a_mapped_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(FileRefused, match="two columns"):
        read("Name,name,Town\nA,B,Leeds\n", '[columns]\nname = "Name"')


def test_ids_without_a_source_are_refused() -> None:
    with pytest.raises(FileRefused, match="--source"):
        read("Id,Name\n7,Drop-in\n", '[columns]\nid = "Id"\nname = "Name"')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[columns", "not valid TOML"),
        ("source = 1\n[columns]\nname='N'", "short name"),
        ("[columns]\ntown = 'Town'", "holds the name"),
        ("", "holds the name"),
        ("[columns]\nname = 'N'\ncolour = 'C'", "colour is not known"),
        ("[columns]\nname = 7", "some words"),
        ("[columns]\nname = ''", "some words"),
        ("columns = 7", "lists of names"),
        ("[fields]\nname = 'N'", "no part fields"),
        ("x = " + "[" * 5_000, "not valid TOML"),
    ],
)
def test_a_mapping_that_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(FileRefused) as refused:
        mapping_of(text)

    assert why in untranslated(refused.value.message)
    assert refused.value.where == "mapping.toml"


def test_a_mapping_may_come_from_windows() -> None:
    assert mapping_of("\ufeff" + MAPPING.replace("\n", "\r\n")) == mapping_of(MAPPING)


def test_the_guide_shows_a_mapping_that_works_and_names_every_field() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "directory.md").read_text("utf-8")

    example = mapping_of(guide.split("```toml")[1].split("```")[0])

    assert example.columns["name"] == "OrganisationName"
    assert [field for field in FIELDS if f"`{field}`" not in guide] == []


@given(
    st.lists(st.sampled_from(FIELDS), unique=True),
    st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=5),
)
def test_any_cells_become_services_or_problems(fields: list[str], rows: list[list[str]]) -> None:
    columns = ["name", *(field for field in fields if field != "name")]
    mapping = ColumnMapping("test", {field: field for field in columns}, {})
    cells = [",".join(f'"{cell.replace(chr(34), "")}"' for cell in row) for row in rows]
    content = "\n".join([",".join(columns), *cells]).encode("utf-8", "replace")

    try:
        table = read_mapped_table(SourceFile("a.csv", content), mapping)
    except FileRefused:
        return
    found = list(read_rows(table, mapping, Origin("test")))
    assert all(isinstance(row, Problem) or row.service for row in found)
