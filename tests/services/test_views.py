import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Database
from tests.factories import make_area, make_landing_code, make_service
from tests.html import parse


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


def test_an_empty_directory_says_what_to_do(client: TestClient) -> None:
    assert "No services are listed here yet." in client.get("/find").text
