import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coproduce.core.codes import POSTER_ALPHABET
from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.services.commands import (
    ImportSummary,
    close_code,
    import_services,
    replace_code,
)
from coproduce.services.directory_files import read_directory
from coproduce.services.models import (
    Area,
    AreaLevel,
    CodeState,
    LandingCode,
    PastProvider,
    Provider,
    Service,
    ServiceName,
    ServiceStatus,
)
from coproduce.services.queries import (
    get_landing,
    list_codes,
    list_service_facts,
    list_towns,
)
from coproduce.services.rules import (
    AreaRecord,
    DirectoryRecords,
    ProviderRecord,
    ServiceRecord,
)
from coproduce.services.service_search import search_services
from tests.factories import make_service

HERE = Path(__file__).parent
NOW = "2026-Q3"
TABLES = ("area", "provider", "service", "service_name", "past_provider", "landing_code")
LEEDS = AreaRecord("Leeds", "West Yorkshire", nation="England")
HUB, TRUST = ProviderRecord("test:hub", "The Hub"), ProviderRecord("test:trust", "The Trust")
DROP_IN = ServiceRecord(
    source_id="test:1",
    provider_id=HUB.source_id,
    name="Drop-in",
    area=LEEDS,
    also_called=("The Shed",),
    description="Tea and talk",
    kind="support group",
    opening="Monday 10:00–12:00",
    website="https://example.org",
)
FOOD = replace(DROP_IN, source_id="test:2", name="Food bank", also_called=())


def store(
    database: Database,
    *services: ServiceRecord,
    providers: Sequence[ProviderRecord] = (HUB, TRUST),
    period: str = NOW,
) -> ImportSummary:
    records = DirectoryRecords(tuple(providers), services)
    with database.write() as db:
        summary = import_services(db, records, period=period, chance=secrets.randbelow)
        db.commit()
    return summary


def everything(database: Database) -> dict[str, set[object]]:
    with database.read() as db:
        return {table: {*db.execute(text(f"select * from {table}"))} for table in TABLES}


def stored(db: Session, source_id: str = DROP_IN.source_id) -> Service:
    return db.scalars(select(Service).where(Service.source_id == source_id)).one()


def test_a_service_is_stored_with_all_that_its_file_says(database: Database) -> None:
    assert store(database, DROP_IN) == ImportSummary(added=1)

    with database.read() as db:
        service = stored(db)
        area = db.get_one(Area, service.area_id)
        assert (service.name, service.description) == ("Drop-in", "Tea and talk")
        assert (service.kind, service.opening) == ("support group", "Monday 10:00–12:00")
        assert (service.website, service.status) == ("https://example.org", ServiceStatus.ACTIVE)
        assert service.is_listed
        assert db.get_one(Provider, service.provider_id).name == "The Hub"
        assert list(db.scalars(select(ServiceName.name))) == ["The Shed"]
        assert (area.level, area.name) == (AreaLevel.TOWN, "Leeds")


def test_an_area_lies_in_the_larger_ones(database: Database) -> None:
    store(database, DROP_IN)

    with database.read() as db:
        names = {}
        for area in db.scalars(select(Area)):
            parent = db.get(Area, area.parent_id) if area.parent_id else None
            names[area.name] = parent.name if parent else None
    assert names == {"Leeds": "West Yorkshire", "West Yorkshire": "England", "England": None}


def test_a_new_service_is_found_and_opened_by_its_code(database: Database) -> None:
    store(database, DROP_IN, FOOD)

    with database.read() as db:
        [town] = list_towns(db)
        found = search_services(db, words="shed", area_code=town.code)
        assert [service.name for service in found] == ["Drop-in"]
        assert get_landing(db, found[0].code).name == "Drop-in"
        codes = list(db.scalars(select(LandingCode.code)))
    assert len(set(codes)) == 5  # two services, three areas
    assert all(set(code) <= set(POSTER_ALPHABET) for code in codes)


def test_the_same_file_a_second_time_changes_nothing(database: Database) -> None:
    store(database, DROP_IN, FOOD)
    before = everything(database)

    assert store(database, DROP_IN, FOOD) == ImportSummary(unchanged=2)
    assert everything(database) == before


def test_a_dry_run_counts_and_stores_nothing(database: Database) -> None:
    records = DirectoryRecords((HUB,), (DROP_IN,))
    before = everything(database)

    with database.write() as db:
        summary = import_services(db, records, period=NOW, chance=secrets.randbelow)

    assert summary == ImportSummary(added=1)
    assert everything(database) == before


def test_what_differs_is_changed_and_keeps_its_code(database: Database) -> None:
    store(database, DROP_IN, FOOD)
    codes = everything(database)["landing_code"]

    summary = store(database, replace(DROP_IN, name="Drop-in and café", opening=""), FOOD)

    assert summary == ImportSummary(changed=1, unchanged=1)
    with database.read() as db:
        assert (stored(db).name, stored(db).opening) == ("Drop-in and café", "")
    assert everything(database)["landing_code"] == codes


def test_a_service_that_is_not_in_the_file_stays(database: Database) -> None:
    store(database, DROP_IN, FOOD)

    assert store(database, FOOD) == ImportSummary(unchanged=1)
    with database.read() as db:
        assert stored(db).status is ServiceStatus.ACTIVE


def test_a_file_closes_a_service_and_opens_it_again(database: Database) -> None:
    store(database, DROP_IN)

    assert store(database, replace(DROP_IN, is_open=False)) == ImportSummary(closed=1)
    assert store(database, replace(DROP_IN, is_open=False)) == ImportSummary(unchanged=1)
    assert store(database, replace(DROP_IN, is_open=True)) == ImportSummary(changed=1)


def test_what_was_decided_here_stays_if_the_file_is_silent(database: Database) -> None:
    store(database, replace(DROP_IN, is_listed=False, is_open=False))

    assert store(database, DROP_IN) == ImportSummary(unchanged=1)
    with database.read() as db:
        assert not stored(db).is_listed
        assert stored(db).status is ServiceStatus.CLOSED


def test_another_name_is_added_and_none_is_taken_away(database: Database) -> None:
    store(database, DROP_IN)

    assert store(database, replace(DROP_IN, also_called=("Tea room",))).changed == 1
    with database.read() as db:
        assert set(db.scalars(select(ServiceName.name))) == {"The Shed", "Tea room"}


def test_a_service_lives_on_when_another_provider_takes_over(database: Database) -> None:
    store(database, DROP_IN, period="2026-Q1")
    taken_over = replace(DROP_IN, provider_id=TRUST.source_id)

    assert store(database, taken_over) == ImportSummary(changed=1)
    assert store(database, taken_over) == ImportSummary(unchanged=1)

    with database.read() as db:
        [past] = db.scalars(select(PastProvider))
        assert (past.service_id, past.until_period) == (stored(db).id, NOW)
        assert db.get_one(Provider, past.provider_id).name == "The Hub"
        assert db.get_one(Provider, stored(db).provider_id).name == "The Trust"


def test_a_change_of_provider_that_was_a_mistake_leaves_no_trace(database: Database) -> None:
    store(database, DROP_IN)
    store(database, replace(DROP_IN, provider_id=TRUST.source_id))
    store(database, DROP_IN)

    with database.read() as db:
        assert not db.scalars(select(PastProvider)).all()


def test_a_provider_without_a_name_is_called_like_its_first_service(database: Database) -> None:
    nameless = replace(HUB, name="")
    store(database, FOOD, DROP_IN, providers=[nameless])
    store(database, replace(FOOD, name="Pantry"), DROP_IN, providers=[nameless])

    with database.read() as db:
        assert list(db.scalars(select(Provider.name))) == ["Food bank"]

    store(database, FOOD, DROP_IN, providers=[HUB])
    with database.read() as db:
        assert list(db.scalars(select(Provider.name))) == ["The Hub"]


def test_files_that_know_more_or_less_about_a_place_mean_the_same(database: Database) -> None:
    store(database, replace(DROP_IN, area=AreaRecord(town="LEEDS")))
    store(database, replace(FOOD, area=LEEDS))
    store(
        database, replace(DROP_IN, source_id="test:3", area=AreaRecord("Leeds", nation="England"))
    )

    with database.read() as db:
        areas = list(db.scalars(select(Area)))
        [town] = [area for area in areas if area.level is AreaLevel.TOWN]
        assert set(db.scalars(select(Service.area_id))) == {town.id}
        assert db.get_one(Area, town.parent_id).name == "West Yorkshire"


def test_two_towns_of_one_name_stay_two(database: Database) -> None:
    isle = AreaRecord("Newport", "Isle of Wight")
    store(
        database, replace(DROP_IN, area=isle), replace(FOOD, area=replace(isle, county="Telford"))
    )

    with database.read() as db:
        assert stored(db).area_id != stored(db, FOOD.source_id).area_id


names = st.sampled_from(["", "Newport", "Leeds", "York"])
areas = st.builds(AreaRecord, names, names, names, st.sampled_from(["", "England", "Wales"]))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(areas.filter(lambda area: area.is_known), min_size=1, max_size=12))
def test_whatever_the_places_a_second_time_changes_nothing(
    database: Database, found: list[AreaRecord]
) -> None:
    services = [
        replace(DROP_IN, source_id=f"test:{number}", area=area) for number, area in enumerate(found)
    ]
    store(database, *services)
    before = everything(database)

    assert store(database, *services) == ImportSummary(unchanged=len(services))
    assert everything(database) == before


@pytest.mark.parametrize(
    ("path", "mapping", "services"),
    [
        ("oruk_feeds/real/bucks_outpost_services_page1.json", None, 20),
        ("oruk_feeds/real/bristol_v3_services_page1.json", None, 3),
        ("oruk_feeds/hsds_3.0_examples/csv", None, 1),
        ("nhs_choices_directory/Clinics.csv", "nhs_choices.toml", 1271),
        ("nhs_choices_directory/SCLServices_sample.csv", "nhs_social_care.toml", 3745),
    ],
)
def test_a_real_directory_is_stored_once(
    database: Database, shared_data: Path, path: str, mapping: str | None, services: int
) -> None:
    records = read_directory(
        shared_data / path,
        mapping=HERE / mapping if mapping else None,
        places=shared_data / "uk_places" / "outward_codes.csv",
        area="nation:England",
        source="test",
    )
    assert not records.problems

    first = store(database, *records.services, providers=records.providers)
    before = everything(database)
    second = store(database, *records.services, providers=records.providers)

    assert first == ImportSummary(added=services)
    assert second == ImportSummary(unchanged=services)
    assert everything(database) == before


def test_a_replaced_code_still_opens_the_form_until_it_is_closed(database: Database) -> None:
    with database.write() as db:
        old = make_service(db, name="Night Van").code
        new = replace_code(db, old, secrets.randbelow)
        assert new != old
        assert get_landing(db, old).is_open
        assert get_landing(db, new).is_open
        assert [facts.code for facts in list_service_facts(db).values()] == [new]
        close_code(db, old)
        assert not get_landing(db, old).is_open
        states = {listed.code: listed.state for listed in list_codes(db)}
    assert states == {old: CodeState.CLOSED, new: CodeState.OPEN}


def test_a_code_that_nobody_has_cannot_be_replaced_or_closed(database: Database) -> None:
    with database.write() as db:
        with pytest.raises(NotFound):
            replace_code(db, "222222", secrets.randbelow)
        with pytest.raises(NotFound):
            close_code(db, "222222")
