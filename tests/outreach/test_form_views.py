"""Staff print forms for the services and areas they were given, and for no other."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from coproduce.services.models import AreaLevel, CodeState
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_provider, make_service
from tests.outreach.reading import opened
from tests.people import make_person, noon, sign_in

ComeAs = Callable[[Role | Grant], TestClient]


@pytest.fixture
def come_as(client: TestClient, site: Site, database: Database, keys: Keys, today: date) -> ComeAs:
    def come(role: Role | Grant) -> TestClient:
        person = make_person(database, keys, today, role)
        sign_in(client, site, database, person, noon(today))
        return client

    return come


def test_forms_are_printed_within_reach_only(come_as: ComeAs, database: Database) -> None:
    with database.write() as db:
        provider = make_provider(db)
        county = make_area(db, name="County", level=AreaLevel.COUNTY)
        place = make_area(db, name="Saltby", parent_id=county)
        codes = {
            "ours": make_service(db, provider_id=provider, area_id=place).code,
            "theirs": make_service(db, area_id=place).code,
            "far": make_service(db).code,
            "place": make_landing_code(db, area_id=place),
            "elsewhere": make_landing_code(db, area_id=make_area(db)),
        }
        shut = make_landing_code(db, area_id=place, state=CodeState.CLOSED)
        db.commit()
    may: dict[Role | Grant, set[str]] = {
        Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, provider): {"ours"},
        Grant(Role.COMMISSIONER, Scope.AREA, county): {"ours", "theirs", "place"},
        Role.FACILITATOR: set(codes),
        Role.ADMINISTRATOR: set(codes),
    }
    for role, allowed in may.items():
        client = come_as(role)
        for name, code in codes.items():
            wanted = 200 if name in allowed else 404
            assert client.get(f"/print/{code}/form-en.pdf").status_code == wanted, (role, name)
        assert client.get(f"/print/{shut}/form-en.pdf").status_code == 404


def test_the_file_is_a_form_in_the_language_of_its_address(
    come_as: ComeAs, database: Database
) -> None:
    with database.write() as db:
        code = make_service(db, name="The Drop-in").code
        db.commit()
    client = come_as(Role.FACILITATOR)
    answer = client.get(f"/print/{code}/form-ar.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (f'attachment; filename="form-{code}-ar.pdf"')
    assert answer.headers["cache-control"] == "no-store"
    root: Any = opened(answer.content).root_object
    assert root["/Lang"] == "ar"
    for other in ("xx", "en-XA", "..", "AR"):
        assert client.get(f"/print/{code}/form-{other}.pdf").status_code == 404
    assert f"/print/{code}/form-ar.pdf" in client.get(f"/print/{code}").text
