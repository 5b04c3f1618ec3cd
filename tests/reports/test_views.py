"""Who signs in sees the reports they were given, and nothing of any other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from coproduce.reports.queries import list_publications
from coproduce.services.models import AreaLevel, Provider, Service
from coproduce.web.site import Site
from tests.factories import make_area, make_service
from tests.moments import statements
from tests.people import make_person, sign_in
from tests.releases import freeze_on_its_day, make_texts
from tests.reports.test_commands import answer

PERIODS = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")


@dataclass(frozen=True, slots=True)
class Released:
    """Two towns in two counties: a large service in each, three small ones and a need in the first.

    ``paths`` leads to each report by a name: its kind and the town.
    """

    provider: bytes
    other_provider: bytes
    county: bytes
    service: bytes
    paths: dict[str, str]


def service_in(db: Session, town: bytes) -> bytes:
    service_id = make_service(db, area_id=town).service_id
    assert service_id is not None
    return service_id


@pytest.fixture
def released(database: Database, keys: Keys) -> Released:
    with database.write() as db:
        nation = make_area(db, name="Nation", level=AreaLevel.NATION)
        counties = [
            make_area(db, name=f"County {name}", level=AreaLevel.COUNTY, parent_id=nation)
            for name in ("one", "two")
        ]
        towns = [
            make_area(db, name=f"Town {number}", level=AreaLevel.TOWN, parent_id=county)
            for number, county in enumerate(counties)
        ]
        large = [service_in(db, town) for town in towns]
        small = [service_in(db, towns[0]) for _ in range(3)]
        for service_id in large:
            answer(db, 40, PERIODS[0], service_id=service_id)
        for service_id in small:
            answer(db, 6, PERIODS[0], service_id=service_id)
        answer(db, 40, PERIODS[0], area_id=towns[0], answers={"where_stopped": ["wait"]})
        for number, service_id in enumerate(large):
            provider = Provider(id=bytes([number]) * 16, source_id=f"own {number}", name="Own")
            db.add(provider)
            db.flush()
            db.execute(
                update(Service).where(Service.id == service_id).values(provider_id=provider.id)
            )
        db.commit()
    for period in PERIODS:
        freeze_on_its_day(database, period, keys)
    with database.read() as db:
        names = {large[0]: "0", large[1]: "1", towns[0]: "0"}
        paths = {
            f"{p.subject_kind} {names[p.subject_id]}": f"/reports/{p.id.hex()}"
            for p in list_publications(db)
        }
    assert sorted(paths) == ["area 0", "pool 0", "service 0", "service 1"]
    return Released(bytes(16), b"\1" * 16, counties[0], large[0], paths)


@pytest.fixture
def come_as(
    client: TestClient,
    site: Site,
    database: Database,
    keys: Keys,
    today: date,
    clock: Callable[[], datetime],
) -> Callable[..., TestClient]:
    def come(*roles: Role | Grant) -> TestClient:
        person = make_person(database, keys, today, *roles)
        sign_in(client, site, database, person, clock())
        return client

    return come


def seen(client: TestClient, released: Released) -> list[str]:
    """The reports of the list; each can be opened and downloaded, every other is not found."""
    page = client.get("/reports").text
    listed = [name for name, path in released.paths.items() if f'href="{path}"' in page]
    for name, path in released.paths.items():
        wanted = 200 if name in listed else 404
        assert client.get(path).status_code == wanted
        assert client.get(f"{path}/report.json").status_code == wanted
    return sorted(listed)


def test_provider_staff_see_their_services_and_the_pools_around_them(
    come_as: Callable[..., TestClient], released: Released
) -> None:
    client = come_as(Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, released.provider))
    assert seen(client, released) == ["pool 0", "service 0"]


def test_after_a_change_of_provider_the_new_one_sees_the_record(
    come_as: Callable[..., TestClient], released: Released, database: Database
) -> None:
    with database.write() as db:
        db.execute(
            update(Service)
            .where(Service.id == released.service)
            .values(provider_id=released.other_provider)
        )
        db.commit()
    old = come_as(Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, released.provider))
    assert seen(old, released) == []
    new = come_as(Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, released.other_provider))
    assert seen(new, released) == ["pool 0", "service 0", "service 1"]


def test_a_commissioner_sees_an_area_and_below_or_everything(
    come_as: Callable[..., TestClient], released: Released
) -> None:
    area = come_as(Grant(Role.COMMISSIONER, Scope.AREA, released.county))
    assert seen(area, released) == ["area 0", "pool 0", "service 0"]
    assert seen(come_as(Role.COMMISSIONER), released) == sorted(released.paths)


def test_several_roles_add_up(come_as: Callable[..., TestClient], released: Released) -> None:
    client = come_as(
        Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, released.other_provider),
        Grant(Role.COMMISSIONER, Scope.AREA, released.county),
    )
    assert seen(client, released) == sorted(released.paths)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MODERATOR, Role.LEAD, Role.FACILITATOR])
def test_other_roles_open_no_report(
    come_as: Callable[..., TestClient], released: Released, role: Role
) -> None:
    client = come_as(role)
    for path in ("/reports", *released.paths.values()):
        assert client.get(path).status_code == 403
        assert client.get(f"{path}/report.json").status_code in {403, 404}


def test_a_provider_without_a_report_is_told_what_will_be_here(
    come_as: Callable[..., TestClient],
) -> None:
    client = come_as(Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, b"x" * 16))
    page = client.get("/reports")
    assert page.status_code == 200
    assert "You will see reports about your services" in page.text


def test_an_address_that_is_no_id_is_not_found(come_as: Callable[..., TestClient]) -> None:
    client = come_as(Role.COMMISSIONER)
    assert client.get("/reports/xyz").status_code == 404
    assert client.get(f"/reports/{'0' * 32}").status_code == 404
    assert client.get(f"/reports/{'0' * 32}/report.pdf").status_code == 404


def test_the_list_reads_no_document(
    come_as: Callable[..., TestClient], released: Released, database: Database
) -> None:
    client = come_as(Role.COMMISSIONER)
    with statements(database) as said:
        client.get("/reports")
    asked = [one for one in said if "FROM publication" in one]
    assert asked
    assert not any("document" in one for one in asked)


def test_a_newer_report_stands_in_front(
    come_as: Callable[..., TestClient], released: Released, database: Database, keys: Keys
) -> None:
    with database.write() as db:
        other = db.scalar(select(Service.id).where(Service.provider_id == released.other_provider))
        answer(db, 40, "2026-Q3", service_id=other)
        db.commit()
    freeze_on_its_day(database, "2026-Q3", keys)
    client = come_as(Role.COMMISSIONER)
    page = client.get("/reports").text
    assert page.index("2026-Q3") < page.index("2025-Q3")
    assert released.paths["service 1"] not in page
    assert replace(released).paths["service 0"] in page


def test_words_are_shown_in_their_language_with_a_way_to_tell(
    come_as: Callable[..., TestClient], database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service_id = make_service(db).service_id
        for number in range(60):
            make_texts(
                db,
                1,
                PERIODS[0],
                first=number,
                service_id=service_id,
                language="ar",
                words=f"<i>ساعدني {'م' * (number + 1)}</i> 😀",
            )
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    client = come_as(Role.COMMISSIONER)
    with database.read() as db:
        (published,) = list_publications(db)
    page = client.get(f"/reports/{published.id.hex()}").text
    assert '<blockquote lang="ar" dir="rtl">&lt;i&gt;ساعدني' in page
    assert 'href="/words-problem"' in page
    for ending, kind in (("pdf", "application/pdf"), ("zip", "application/zip")):
        file = client.get(f"/reports/{published.id.hex()}/report.{ending}")
        assert file.status_code == 200
        assert file.headers["content-type"] == kind
