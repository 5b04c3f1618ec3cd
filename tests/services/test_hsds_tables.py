import json
from collections.abc import Mapping

import pytest

from coproduce.core.messages import untranslated
from coproduce.services.hsds_tables import LINKED_ROWS, PACKAGE, holds_tables, read_tables
from coproduce.services.import_files import FileRefused, SourceFile
from coproduce.services.places import Places
from coproduce.services.records import Origin
from coproduce.services.rules import AreaRecord, Entry, Problem, ProviderRecord

TABLES = {
    "organizations.csv": "id,name\no1,The Hub\no2,Nobody's\n",
    "services.csv": "id,organization_id,name,status\ns1,o1,Drop-in,active\ns2,,Food bank,defunct\n",
    "service_at_location.csv": "id,service_id,location_id\nx,s1,l1\ny,s1,l2\n",
    "locations.csv": "id,name\nl1,Hall\nl2,Church\n",
    "addresses.csv": "id,location_id,city,state_province\na,l1,Leeds,West Yorkshire\nb,l2,York,\n",
    "service_areas.csv": "id,service_id,name\nz,s2,Yorkshire\n",
    "schedules.csv": "id,service_id,byday,opens_at,closes_at\nh,s1,MO,10:00,12:00\n",
    "attributes.csv": "id,link_id,taxonomy_term_id\nq,s1,t1\n",
    "taxonomy_terms.csv": "id,name\nt1,Support group\n",
}
ORIGIN = Origin("test")


def read(tables: Mapping[str, str], origin: Origin = ORIGIN) -> list[Entry | Problem]:
    files = [SourceFile(name, text.encode()) for name, text in tables.items()]
    return list(read_tables(files, origin))


def test_tables_are_joined_to_services() -> None:
    hub, nobody, drop_in, food = read(TABLES)

    assert isinstance(hub, Entry)
    assert isinstance(nobody, Entry)
    assert hub.provider == ProviderRecord("test:o1", "The Hub")
    assert nobody.provider == ProviderRecord("test:o2", "Nobody's")
    assert isinstance(drop_in, Entry)
    assert drop_in.service is not None
    assert drop_in.where == "services.csv:2"
    assert drop_in.service.provider_id == "test:o1"
    assert drop_in.service.area == AreaRecord(town="Leeds", county="West Yorkshire")
    assert drop_in.service.kind == "Support group"
    assert drop_in.service.opening == "Monday 10:00–12:00"
    assert isinstance(food, Entry)
    assert food.service is not None
    assert food.service.area == AreaRecord(county="Yorkshire")
    assert food.service.is_open is False


def test_a_package_says_how_its_files_are_called() -> None:
    package = {
        "resources": [
            {"name": "service", "path": "data/our-services.csv"},
            {"name": "organization", "path": "missing.csv"},
            {"name": ["x"], "path": "x.csv"},
            7,
        ]
    }
    tables = {
        PACKAGE: json.dumps(package),
        "our-services.csv": TABLES["services.csv"],
        "organizations.csv": TABLES["organizations.csv"],
    }

    entries = read(tables, Origin("test", Places(fallback=AreaRecord(town="Leeds"))))

    assert [entry.where for entry in entries] == [
        "organizations.csv:2",
        "organizations.csv:3",
        "our-services.csv:2",
        "our-services.csv:3",
    ]


def test_tables_about_people_are_not_opened() -> None:
    broken = {"contacts.csv": '"', "phones.csv": "\x00", "metadata.csv": ""}

    assert read({**TABLES, **broken}) == read(TABLES)


def test_columns_are_found_whatever_their_case_and_order() -> None:
    tables = {**TABLES, "services.csv": "NAME;ID;Organization_Id\nDrop-in;s1;o1\n"}

    assert read(tables)[2] == next(
        entry
        for entry in read({**TABLES, "services.csv": "id,organization_id,name\ns1,o1,Drop-in\n"})
        if isinstance(entry, Entry) and entry.service
    )


def test_a_row_that_does_not_fit_its_table_is_a_problem() -> None:
    first = read({**TABLES, "locations.csv": "id,name\nl1,Hall,too,much\n"})[0]

    assert isinstance(first, Problem)
    assert first.where == "locations.csv:2"
    assert untranslated(first.message) == ("This row has 4 cells, the header has 2. Mend the row.")


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({PACKAGE: '{"resources": []}', "organizations.csv": "id,name\n"}, "services.csv"),
        ({PACKAGE: '{"resources": 7}'}, "does not say"),
        ({PACKAGE: "[]"}, "does not say"),
        ({PACKAGE: "{"}, "not valid JSON"),
    ],
)
def test_a_package_without_its_table_of_services_is_refused(
    tables: dict[str, str], why: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tables)

    assert why in untranslated(refused.value.message)


@pytest.mark.parametrize(("place", "is_joined"), [(LINKED_ROWS, True), (LINKED_ROWS + 1, False)])
def test_only_so_many_rows_are_joined_to_one(place: int, *, is_joined: bool) -> None:
    locations = range(1, LINKED_ROWS + 9)
    tables = {
        "services.csv": "id,name\ns1,Drop-in\n",
        "service_at_location.csv": "service_id,location_id\n"
        + "".join(f"s1,{number}\n" for number in locations),
        "addresses.csv": f"location_id,city\n{place},Leeds\n",
    }

    [row] = read(tables)

    assert isinstance(row, Entry) is is_joined


def test_tables_are_told_from_pages() -> None:
    def are_tables(*names: str) -> bool:
        return holds_tables([SourceFile(name, b"") for name in names])

    assert are_tables("services.csv", "contacts.csv")
    assert are_tables(PACKAGE, "our-services.csv")
    assert not are_tables("page1.json", "page2.json")
    assert not are_tables("clinics.csv")
