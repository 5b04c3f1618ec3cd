import re

import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Base
from coproduce.feedback.rules import (
    CODE_MONTHS,
    RAW_DAYS,
    RAW_MONTHS,
    UNREAD_DAYS,
)
from coproduce.information.rules import HOLDINGS, About
from tests.html import parse
from tests.needs import on_sqlite

PAGES = {
    "/safety": "Stay safe on this phone",
    "/privacy": "Privacy",
    "/hand-over": "What we hold",
    "/accessibility": "Accessibility",
    "/about": "Who runs this",
}


@on_sqlite
@pytest.mark.parametrize(("path", "heading"), PAGES.items())
def test_every_page_is_there_in_every_language(client: TestClient, path: str, heading: str) -> None:
    page = parse(client.get(path).text)
    assert next(page.all("h1")).text == heading

    arabic = parse(client.get(f"/ar{path}").text)
    assert next(arabic.all("html")).get("dir") == "rtl"


@on_sqlite
def test_the_way_out_leads_somewhere_harmless(client: TestClient) -> None:
    answer = client.get("/leave")

    assert answer.status_code == 303
    assert answer.headers["location"] == "https://www.bbc.co.uk/weather"


@on_sqlite
def test_the_page_on_what_we_hold_parts_people_from_the_rest(client: TestClient) -> None:
    page = parse(client.get("/hand-over").text)
    people, rest = (
        {item.text.partition(":")[0] for item in block.all("p") if item.get("class") == "hint"}
        for block in page.all("ul")
        if list(block.all("b"))
    )

    assert people == {name for name, held in HOLDINGS.items() if held.about is About.PEOPLE}
    assert people | rest == set(Base.metadata.tables)


@on_sqlite
def test_the_privacy_page_promises_what_the_rules_keep(client: TestClient) -> None:
    page = parse(client.get("/privacy").text)
    [line] = [p.text for p in page.all("p") if p.text.startswith("Words: until read")]

    numbers = [int(number) for number in re.findall(r"\d+", line)]
    assert numbers == [UNREAD_DAYS, RAW_DAYS, RAW_MONTHS, CODE_MONTHS]


@on_sqlite
def test_who_runs_it_and_how_to_reach_them_stands_on_its_page(client: TestClient) -> None:
    page = client.get("/about").text

    assert "Example Voices, an invented charity" in page
    assert "post@example.org" in page
