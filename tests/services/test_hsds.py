from collections.abc import Mapping

import pytest

from coproduce.core.messages import untranslated
from coproduce.services.hsds import pages_claimed, read_document
from coproduce.services.import_files import FileRefused
from coproduce.services.places import Places
from coproduce.services.records import Origin
from coproduce.services.rules import AreaRecord, Entry, Problem, ProviderRecord, ServiceRecord

SERVICE_ID = "ac148810-d857-441c-9679-408f346de14b"
PROVIDER_ID = "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610"
ADDRESS = {"city": "Leeds", "state_province": "West Yorkshire", "postal_code": "LS1 1AA"}
LEEDS = AreaRecord(town="Leeds", county="West Yorkshire")
ORIGIN = Origin(source="test", places=Places(fallback=AreaRecord(town="Northbridge")))


def service_object(**values: object) -> dict[str, object]:
    organization = {"id": PROVIDER_ID, "name": "The Hub"}
    return {"id": SERVICE_ID, "name": "Drop-in", "organization": organization, **values}


def read_all(value: object, origin: Origin = ORIGIN) -> list[Entry | Problem]:
    return list(read_document("a.json", value, origin))


def read_one(value: Mapping[str, object]) -> ServiceRecord:
    [entry] = read_all(value)
    assert isinstance(entry, Entry)
    assert entry.service is not None
    return entry.service


def test_a_service_of_the_uk_profile_is_read() -> None:
    service = read_one(
        service_object(
            alternate_name="The Shed",
            description="<p>Tea and talk</p>",
            url="http://example.org",
            status="active",
            schedules=[{"byday": "TH,FR", "opens_at": "10:00:00", "closes_at": "18:00:00"}],
            service_at_locations=[{"location": {"addresses": [ADDRESS]}}],
            attributes=[{"taxonomy_term": {"name": "Support group"}}],
        )
    )

    assert service == ServiceRecord(
        source_id=SERVICE_ID,
        provider_id=PROVIDER_ID,
        name="Drop-in",
        area=LEEDS,
        also_called=("The Shed",),
        description="Tea and talk",
        kind="Support group",
        opening="Thursday, Friday 10:00–18:00",
        website="http://example.org",
        is_open=True,
    )


def test_a_service_of_uk_version_1_is_read() -> None:
    service = read_one(
        service_object(
            regular_schedules=[{"weekday": "MO", "opens_at": "09:00", "closes_at": "12:00"}],
            service_at_locations=[{"location": {"physical_addresses": [ADDRESS]}}],
            service_taxonomys=[{"taxonomy": {"name": "Food"}}],
            service_areas=[{"service_area": "Yorkshire"}],
        )
    )

    assert service.area == AreaRecord(county="Yorkshire")
    assert (service.kind, service.opening) == ("Food", "Monday 09:00–12:00")


def test_a_service_of_outpost_is_read() -> None:
    service = read_one(
        {
            "id": 7,
            "name": "Drop-in",
            "organisation": {"id": 1883, "name": None},
            "locations": [ADDRESS],
            "taxonomies": [
                {"id": 1, "name": "Things to do", "parent_id": None},
                {"id": 2, "name": "Clubs", "parent_id": 1},
            ],
            "regular_schedules": [{"weekday": "Monday", "opens_at": "10:00", "closes_at": "17:00"}],
        }
    )

    assert (service.source_id, service.provider_id) == ("test:7", "test:1883")
    assert (service.kind, service.opening) == ("Clubs", "Monday 10:00–17:00")
    assert service.area == LEEDS


def test_nothing_about_people_is_read() -> None:
    person = {"name": "Ann Persona", "email": "ann@example.org", "phones": [{"number": "01632 1"}]}
    entries = read_all(
        service_object(
            email="ann@example.org",
            assurer_email="ann@example.org",
            contacts=[person],
            phones=[{"number": "01632 960001", "description": "Ann Persona"}],
            metadata=[{"updated_by": "Ann Persona"}],
            pc_metadata={"assured_by": "ann@example.org"},
            service_at_locations=[{"location": {"contacts": [person]}, "contacts": [person]}],
        )
    )

    assert "Ann" not in repr(entries)
    assert "ann@" not in repr(entries)
    assert "01632" not in repr(entries)


@pytest.mark.parametrize(
    "value",
    [
        service_object(),
        [service_object()],
        {"contents": [service_object()], "total_pages": 1},
        {"content": [service_object()], "totalPages": 1},
        [{"contents": [service_object()]}],
        {"id": "x", "service": service_object(), "location": {"addresses": [ADDRESS]}},
        {"id": PROVIDER_ID, "name": "The Hub", "services": [{"id": SERVICE_ID, "name": "Drop-in"}]},
    ],
)
def test_a_service_is_found_however_it_is_wrapped(value: object) -> None:
    entries = [entry for entry in read_all(value) if isinstance(entry, Entry)]

    [service] = [entry.service for entry in entries if entry.service]
    assert (service.source_id, service.provider_id) == (SERVICE_ID, PROVIDER_ID)
    assert ProviderRecord(PROVIDER_ID, "The Hub") in [entry.provider for entry in entries]


def test_the_location_of_a_service_at_a_location_counts() -> None:
    item = {"service": service_object(), "location": {"addresses": [ADDRESS]}}

    assert read_one(item).area == LEEDS


def test_the_place_of_each_entry_is_named() -> None:
    page = {
        "contents": [
            service_object(name=" "),
            7,
            {"id": 1, "name": "x", "logo": "", "services": [{}]},
        ]
    }

    where = [entry.where for entry in read_all([page])]

    assert where == [
        "a.json:[0].contents[0]",
        "a.json:[0].contents[1]",
        "a.json:[0].contents[2]",
        "a.json:[0].contents[2].services[0]",
    ]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (service_object(name=None), "no name"),
        (service_object(name="N/A"), "no name"),
        (service_object(name=["x"]), "no name"),
        (service_object(name="Caf\ufffd"), "Letters were lost"),
        (service_object(description="Caf\ufffd"), "Letters were lost"),
        ({"id": PROVIDER_ID, "name": "-", "website": ""}, "no name"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_reason(
    item: dict[str, object], why: str
) -> None:
    [problem] = read_all({"contents": [item]})

    assert isinstance(problem, Problem)
    assert why in untranslated(problem.message)
    assert problem.where == "a.json:contents[0]"


def test_a_service_that_is_nowhere_is_a_problem() -> None:
    [problem] = read_all(service_object(), Origin())

    assert isinstance(problem, Problem)
    assert "--area" in untranslated(problem.message)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        7,
        "text",
        None,
        {"contents": []},
        {"id": "1", "name": "name", "description": "d", "uri": "x", "version": "1"},
        {"id": "1", "name": "Civic Center", "location_type": "physical", "schedules": []},
        [{"id": 3, "label": "Things to do", "slug": "x", "children": []}],
        {"service": {}, "definitions": {}},
    ],
)
def test_a_file_without_services_is_refused(value: object) -> None:
    with pytest.raises(FileRefused, match="no service in this file"):
        read_all(value)


def test_plain_numbers_as_ids_need_a_source() -> None:
    with pytest.raises(FileRefused, match="--source") as refused:
        read_all([service_object(id=7)], Origin())

    assert refused.value.where == "a.json:[0]"


def test_a_service_without_an_id_is_known_by_its_name_and_provider() -> None:
    one, same, other = (
        read_one(service_object(id=None, name=name)) for name in ("Drop-in", "DROP-IN", "Food")
    )

    assert one.source_id == same.source_id != other.source_id


def test_a_service_of_nobody_runs_itself() -> None:
    [entry] = read_all({"id": SERVICE_ID, "name": "Drop-in", "status": "active"})

    assert isinstance(entry, Entry)
    assert entry.provider == ProviderRecord(SERVICE_ID, "Drop-in")


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("active", True),
        ("inactive", False),
        ("Defunct", False),
        ("temporarily closed", True),
        (None, None),
        (3.5, None),
    ],
)
def test_the_status_says_whether_a_service_is_open(status: object, is_open: bool | None) -> None:
    assert read_one(service_object(status=status)).is_open is is_open


def test_every_opening_is_named_once() -> None:
    monday = {"weekday": "Monday", "opens_at": "10:00", "closes_at": "17:00"}
    service = read_one(
        service_object(
            schedules=[monday, monday, {"description": "Call 01632 960001 before you come."}],
            service_at_locations=[{"schedules": [{"weekday": "Tuesday"}]}, {"location": None}],
        )
    )

    assert service.opening == "Monday 10:00–17:00\nCall [phone] before you come.\nTuesday"


@pytest.mark.parametrize(
    ("value", "pages"),
    [
        ({"total_pages": 292}, 292),
        ({"totalPages": 141}, 141),
        ({"total_pages": "many"}, 1),
        ({}, 1),
        ([], 1),
    ],
)
def test_a_page_says_of_how_many_it_is(value: object, pages: int) -> None:
    assert pages_claimed(value) == pages
