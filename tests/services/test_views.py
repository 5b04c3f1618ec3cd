import brotli
import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.services.area_choice import OFFERED_AT_MOST
from coproduce.services.models import AreaLevel
from coproduce.services.service_search import FOUND_AT_MOST
from tests.factories import make_area, make_landing_code, make_provider, make_service
from tests.html import parse
from tests.needs import on_sqlite

LIGHT = 6_000
"""Bytes of the page alone: with its head, style and script that is well below 14,600.

Source: docs/performance.md, what is measured.
"""


@pytest.mark.parametrize(
    "shape", ["{code}", "{code} ", "{small}", "{first} {second}", "{first}-{second}"]
)
def test_a_poster_code_opens_its_form_however_it_is_typed(
    client: TestClient, database: Database, shape: str
) -> None:
    with database.write() as db:
        code = make_service(db).code
        db.commit()
    typed = shape.format(code=code, small=code.lower(), first=code[:3], second=code[3:])
    answer = client.post("/", data={"code": typed})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/g/{code}"


@pytest.mark.parametrize("typed", ["", "7KQ", "0O1IL!", "<b>bold</b>", "7" * 5000])
def test_what_is_no_code_is_shown_again_with_what_to_do(client: TestClient, typed: str) -> None:
    answer = client.post("/", data={"code": typed})
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.with_id("code").get("aria-describedby") == "code-error"
    assert "six letters and numbers" in page.with_id("code-error").text


def test_a_code_that_nobody_has_says_how_to_go_on(client: TestClient) -> None:
    answer = client.post("/", data={"code": "222222"})
    assert answer.status_code == 404
    assert "find the service by area" in answer.text


def test_a_search_keeps_the_words_and_shows_what_fits(
    client: TestClient, database: Database
) -> None:
    with database.write() as db:
        town = make_area(db, name="Northbridge")
        area_code = make_landing_code(db, area_id=town)
        code = make_service(db, name="Night Van", area_id=town).code
        db.commit()
    page = parse(client.post("/find", data={"words": "night", "area": area_code}).text)
    assert page.with_id("words").get("value") == "night"
    links = [link.get("href") for link in page.all("a")]
    assert f"/g/{code}" in links
    assert f"/g/{area_code}" in links


def test_a_search_that_finds_nothing_says_what_to_try(client: TestClient) -> None:
    answer = client.post("/find", data={"words": "<script>alert(1)</script>", "area": "nowhere"})
    assert answer.status_code == 200
    assert "Try fewer words" in answer.text
    assert "<script>alert" not in answer.text


def test_a_search_with_slips_finds_and_says_how_to_see_fewer(
    client: TestClient, database: Database
) -> None:
    with database.write() as db:
        town = make_area(db, name="Northbridge")
        for number in range(FOUND_AT_MOST + 1):
            make_service(db, name=f"Hamilton Street {number}", area_id=town)
        db.commit()
    answer = client.post("/find", data={"words": "hamiltn stret"})
    assert f"These are the first {FOUND_AT_MOST} of {FOUND_AT_MOST + 1}." in answer.text
    assert answer.text.count("Hamilton Street") == FOUND_AT_MOST


def test_a_poster_code_typed_as_a_search_opens_its_form(
    client: TestClient, database: Database
) -> None:
    with database.write() as db:
        code = make_service(db).code
        db.commit()
    answer = client.post("/find", data={"words": f"{code[:3]} {code[3:]}".lower()})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/g/{code}")
    assert client.post("/find", data={"words": "centre"}).status_code == 200


def test_a_poster_code_typed_for_a_return_code_opens_its_form(
    client: TestClient, database: Database
) -> None:
    with database.write() as db:
        code = make_service(db).code
        db.commit()
    answer = client.post("/code", data={"code": code.lower()})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/g/{code}")
    assert client.post("/code", data={"code": "222222"}).status_code == 422


@pytest.mark.parametrize(("path", "field"), [("/", "code"), ("/find", "words")])
@pytest.mark.parametrize("typed", ["1234 5678 9012 3456", "123456789012345", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦"])
def test_a_return_code_in_the_wrong_place_leads_on_and_is_not_shown_again(
    client: TestClient, path: str, field: str, typed: str
) -> None:
    answer = client.post(path, data={field: typed})
    assert answer.status_code == 422
    page = parse(answer.text)
    links = [link.get("href") for link in page.with_id("main").all("a")]
    assert "/code" in links
    assert typed not in answer.text
    assert page.with_id(field).get("value") == ""


def make_many_towns(database: Database, count: int) -> None:
    with database.write() as db:
        nation = make_area(db, name="England", level=AreaLevel.NATION)
        make_landing_code(db, area_id=nation)
        provider = make_provider(db)
        for number in range(count // 10):
            county = make_area(
                db, name=f"County of {number}", level=AreaLevel.COUNTY, parent_id=nation
            )
            make_landing_code(db, area_id=county)
            for place in range(10):
                town = make_area(db, name=f"Town-upon-Brook {number} {place}", parent_id=county)
                make_landing_code(db, area_id=town)
                make_service(
                    db,
                    name=f"Clinic in the street {number} {place}",
                    area_id=town,
                    provider_id=provider,
                )
        db.commit()


@on_sqlite
def test_many_towns_stay_light_and_are_reached_by_typing_or_from_around_them(
    client: TestClient, database: Database
) -> None:
    make_many_towns(database, 600)
    heaviest = 0
    for fields in ({}, {"words": "clinic"}, {"place": "county of 1"}):
        answer = client.post("/find", data=fields) if fields else client.get("/find")
        heaviest = max(heaviest, len(brotli.compress(answer.content, quality=5)))
    assert heaviest < LIGHT

    page = parse(client.get("/find").text)
    counties = {b.text: b.get("value") for b in page.all("button") if b.get("name") == "area"}
    assert len(counties) == OFFERED_AT_MOST
    answer = client.post("/find", data={"area": counties["County of 1"]})
    page = parse(answer.text)
    assert page.with_id("place").get("value") == "County of 1"
    below = {b.text for b in page.all("button") if b.get("name") == "area"}
    assert {"Town-upon-Brook 1 3", "All of England"} <= below
    assert answer.text.count("Clinic in the street") == 10
    assert "We do not know this place" in client.post("/find", data={"place": "Mars"}).text


def test_who_never_got_in_says_where_and_comes_to_the_form_of_the_area(
    client: TestClient, database: Database
) -> None:
    with database.write() as db:
        code = make_landing_code(db, area_id=make_area(db, name="Saltby"))
        db.commit()
    home = [link.get("href") for link in parse(client.get("/").text).all("a")]
    assert "/never-in" in home
    page = parse(client.get("/never-in").text)
    assert [option.get("value") for option in page.with_id("k").all("option")] == ["", code]
    assert client.post("/never-in", data={"k": ""}).status_code == 422
    answer = client.post("/never-in", data={"k": code})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/g/{code}")


@on_sqlite
def test_who_never_got_in_may_type_the_place_where_there_are_many(
    client: TestClient, database: Database
) -> None:
    make_many_towns(database, 60)
    answer = client.post("/never-in", data={"place": "town-upon-brook 3 3"})
    assert answer.status_code == 303
    answer = client.post("/never-in", data={"place": "town-upon-brok"})
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.with_id("place").get("value") == "town-upon-brok"
    assert len(list(page.with_id("k").all("option"))) > 1


def test_an_empty_directory_says_what_to_do(client: TestClient) -> None:
    assert "No services are listed here yet." in client.get("/find").text


def test_a_kind_with_a_long_name_is_found_as_it_stands_in_the_list(
    client: TestClient, database: Database
) -> None:
    kind = "Help with housing, money, food and letters for people who came here " * 4
    with database.write() as db:
        code = make_service(db, name="Night Van", kind=kind.strip()).code
        make_service(db, name="The Shed", kind="Library")
        db.commit()
    page = parse(client.get("/find").text)
    offered = max((one.get("value") or one.text for one in page.all("option")), key=len)
    found = parse(client.post("/find", data={"kind": offered}).text)
    assert f"/g/{code}" in [link.get("href") for link in found.all("a")]
