import pytest

from coproduce.core.db import Database
from coproduce.services.models import AreaLevel, ServiceStatus
from coproduce.services.queries import list_kinds
from coproduce.services.service_search import FOUND_AT_MOST, find_services, search_services
from tests.factories import make_area, make_landing_code, make_service


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


@pytest.mark.parametrize("words", ["", "lamp", "the lam", "teh lamp", "thelamp", "lamp the"])
def test_nothing_unlisted_can_be_felt_for(database: Database, words: str) -> None:
    def scores() -> list[str]:
        with database.read() as db:
            found = find_services(db, words=words)
        return [f"{service.name} {found.count}" for service in found.services]

    with database.write() as db:
        make_service(db, name="The Lampost", kind="Lamp shop")
        make_service(db, name="The Loom", kind="Weaving")
        db.commit()
    before = scores()
    with database.write() as db:
        make_service(db, name="Lighthouse", is_listed=False, also_called=["The Lamp"])
        db.commit()
    assert scores() == before


def test_those_who_read_find_what_is_not_listed_like_anything_else(database: Database) -> None:
    with database.write() as db:
        make_service(db, name="Lighthouse", is_listed=False, also_called=["The Lamp"])
        db.commit()
    with database.read() as db:
        found = find_services(db, words="lihgthouse", with_unlisted=True)
    assert [service.name for service in found.services] == ["Lighthouse"]


def test_words_of_a_place_and_a_kind_find_too_and_the_best_comes_first(database: Database) -> None:
    with database.write() as db:
        county = make_area(db, name="West Yorkshire", level=AreaLevel.COUNTY)
        otley = make_area(db, name="Otley", parent_id=county)
        make_service(db, name="Alpha", kind="Pharmacy", area_id=otley)
        make_service(db, name="Otley Pharmacy", kind="Pharmacy", area_id=otley)
        make_service(db, name="Elsewhere", kind="Pharmacy")
        db.commit()
    assert names_found(database, "pharmcy otley yorkshire") == ["Otley Pharmacy", "Alpha"]


def test_a_kind_narrows_the_search_and_the_whole_number_is_told(database: Database) -> None:
    with database.write() as db:
        area = make_area(db)
        for number in range(FOUND_AT_MOST + 5):
            make_service(db, name=f"Van {number:02}", kind="Needle exchange", area_id=area)
        make_service(db, name="Van of books", kind="Library", area_id=area)
        db.commit()
    with database.read() as db:
        found = find_services(db, words="van", kind="Needle exchange")
        assert (len(found.services), found.count) == (FOUND_AT_MOST, FOUND_AT_MOST + 5)
        assert [one.name for one in find_services(db, kind="Library").services] == ["Van of books"]
        assert list_kinds(db) == ["Needle exchange", "Library"]


def test_a_larger_area_holds_what_lies_in_the_smaller_ones(database: Database) -> None:
    with database.write() as db:
        county = make_area(db, name="County", level=AreaLevel.COUNTY)
        code = make_landing_code(db, area_id=county)
        make_service(db, name="Near", area_id=make_area(db, name="Town", parent_id=county))
        make_service(db, name="Far")
        db.commit()
    assert names_found(database, "", code) == ["Near"]


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
