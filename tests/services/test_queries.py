import pytest

from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.services.models import AreaLevel, CodeState
from coproduce.services.queries import (
    get_landing,
    list_area_places,
    list_providers,
    list_towns,
)
from tests.factories import make_area, make_landing_code, make_provider, make_service


def test_a_service_knows_the_form_of_its_area_for_who_never_got_in(database: Database) -> None:
    with database.write() as db:
        town = make_area(db, name="Town")
        closed = make_landing_code(db, area_id=town, state=CodeState.CLOSED)
        service = make_service(db, area_id=town)
        assert service.area_code == ""
        code = make_landing_code(db, area_id=town)
        assert get_landing(db, service.code).area_code == code != closed
        assert get_landing(db, code).area_code == ""


def test_towns_are_the_places_that_hold_services(database: Database) -> None:
    with database.write() as db:
        county = make_area(db, name="County", level=AreaLevel.COUNTY)
        town = make_area(db, name="Town", parent_id=county)
        for area in (county, town):
            make_landing_code(db, area_id=area)
        make_service(db, area_id=town)
        assert [found.name for found in list_towns(db)] == ["Town"]
        assert list_area_places(db)[town].parent_id == county


def test_a_code_opens_its_service_or_area_until_it_is_closed(database: Database) -> None:
    with database.write() as db:
        area = make_area(db, name="Town")
        code = make_landing_code(db, area_id=area, state=CodeState.CLOSED)
        landing = get_landing(db, code)
        assert (landing.area_id, landing.name, landing.is_open) == (area, "Town", False)
        with pytest.raises(NotFound):
            get_landing(db, "222222")


def test_providers_stand_by_name_with_what_the_directory_calls_them(database: Database) -> None:
    with database.write() as db:
        ids = {name: make_provider(db, name=name) for name in ("the Hub", "Éclair", "Trust")}
        db.commit()
    with database.read() as db:
        found = list_providers(db)

    assert [(one.name, one.id) for one in found] == [
        (name, ids[name]) for name in ("Éclair", "the Hub", "Trust")
    ]
    assert all(one.source_id.startswith("test:provider-") for one in found)
