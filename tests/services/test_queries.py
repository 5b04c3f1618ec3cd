import pytest

from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.services.models import AreaLevel, CodeState, ServiceStatus
from coproduce.services.queries import (
    FOUND_AT_MOST,
    get_landing,
    list_area_places,
    list_providers,
    list_towns,
    search_services,
)
from tests.factories import make_area, make_landing_code, make_provider, make_service


def names_found(database: Database, words: str, area_code: str = "") -> list[str]:
    with database.read() as db:
        return [found.name for found in search_services(db, words=words, area_code=area_code)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Café Müller", "Night Van"]),
        ("cafe muller", ["Café Müller"]),
        ("MÜLLER", ["Café Müller"]),
        ("van", ["Night Van"]),
        ("needle exchange", ["Night Van"]),
        ("shed", ["Café Müller"]),
        ("nothing like it", []),
    ],
)
def test_words_are_found_without_accents_in_names_nicknames_and_kinds(
    database: Database, words: str, found: list[str]
) -> None:
    with database.write() as db:
        make_service(db, name="Café Müller", also_called=["The Shed"])
        make_service(db, name="Night Van", kind="Needle exchange")
        db.commit()
    assert names_found(database, words) == found


def test_what_is_not_listed_is_found_by_its_whole_nickname_only(database: Database) -> None:
    with database.write() as db:
        make_service(db, name="Lighthouse", is_listed=False, also_called=["The Lamp"])
        db.commit()
    assert names_found(database, "") == []
    assert names_found(database, "lighthouse") == []
    assert names_found(database, "lamp") == []
    assert names_found(database, "the lamp") == ["Lighthouse"]


def test_an_area_narrows_the_search(database: Database) -> None:
    with database.write() as db:
        here, there = make_area(db, name="Here"), make_area(db, name="There")
        code = make_landing_code(db, area_id=here)
        make_service(db, name="Near", area_id=here)
        make_service(db, name="Far", area_id=there)
        db.commit()
    assert names_found(database, "", code) == ["Near"]
    assert names_found(database, "far", code) == []


def test_closed_services_and_codes_are_not_found(database: Database) -> None:
    with database.write() as db:
        make_service(db, name="Gone", status=ServiceStatus.CLOSED)
        db.commit()
    assert names_found(database, "") == []


def test_a_search_shows_no_more_than_fits(database: Database) -> None:
    with database.write() as db:
        area = make_area(db)
        for _number in range(FOUND_AT_MOST + 5):
            make_service(db, area_id=area)
        db.commit()
    assert len(names_found(database, "")) == FOUND_AT_MOST


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
