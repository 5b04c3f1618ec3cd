import re
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Base, Database
from coproduce.core.identifying import Found
from coproduce.core.keys import Keys
from coproduce.feedback.commands import expire_feedback
from coproduce.feedback.models import Reason
from coproduce.feedback.rules import (
    CLOSED_DAYS,
    CODE_MONTHS,
    RAW_DAYS,
    RAW_MONTHS,
    SAYS_SO_DAYS,
    UNREAD_DAYS,
)
from coproduce.information.rules import HOLDINGS, About
from tests.factories import make_service
from tests.html import parse
from tests.needs import on_sqlite
from tests.waiting_texts import make_waiting_text

PAGES = {
    "/safety": "Stay safe on this phone",
    "/privacy": "Privacy",
    "/hand-over": "What we hold",
    "/accessibility": "Accessibility",
    "/how-we-read": "How we read",
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
    people, accounts, rest = (
        {item.text.partition(":")[0] for item in block.all("p") if item.get("class") == "hint"}
        for block in page.all("ul")
        if list(block.all("b"))
    )

    assert people == {name for name, held in HOLDINGS.items() if held.about is About.PEOPLE}
    assert accounts == {n for n, held in HOLDINGS.items() if held.about is About.ACCOUNTS}
    assert people | accounts | rest == set(Base.metadata.tables)


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


def test_quarters_in_which_words_were_deleted_unread_are_said_in_public(
    client: TestClient, database: Database, keys: Keys, today: date
) -> None:
    before = client.get("/about").text
    with database.write() as db:
        make_waiting_text(db, keys, make_service(db), today)
        make_waiting_text(db, keys, make_service(db), today)
        db.commit()
    for _time in range(2):
        with database.write() as db:
            expire_feedback(db, today + timedelta(days=70))
            db.commit()

    page = parse(client.get("/about").text)

    assert "What went wrong" not in before
    assert [item.text for item in page.all("li")] == [
        "From October 2026 to December 2026: words were deleted unread"
        " because nobody read them in time. We are sorry."
    ]


@on_sqlite
def test_the_rules_of_reading_say_what_the_program_does(client: TestClient) -> None:
    text = client.get("/how-we-read").text

    tags = {match.replace("_", " ") for match in re.findall(r"<li>\[([a-z ]+)\]</li>", text)}
    assert {found.value for found in Found} - {"only one"} <= tags
    assert f"after {UNREAD_DAYS} days at most" in text
    assert (SAYS_SO_DAYS, CLOSED_DAYS) == (7, 21)
    assert "more than a week, the form says so. After three weeks it stops asking" in text
    reasons = text.partition("Your code then tells you")[2].partition("</ul>")[0]
    assert reasons.count("<li>") == len(Reason)


@on_sqlite
def test_the_rules_of_reading_are_one_tap_from_the_privacy_notice(client: TestClient) -> None:
    links = [link.get("href") for link in parse(client.get("/privacy").text).all("a")]

    assert "/how-we-read" in links
