"""Anyone says that words tell who somebody is; two readers take them out; addresses are gone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from coproduce.reports.models import WordsNotice
from coproduce.reports.queries import list_publications
from coproduce.web.site import Site
from tests.factories import make_service
from tests.people import make_person, sign_in
from tests.releases import freeze_on_its_day, make_texts

PERIOD = "2026-Q1"


@dataclass(frozen=True, slots=True)
class Released:
    """One report with words, and the poster code of what it is about."""

    path: str
    words_path: str
    code: str


@pytest.fixture
def released(database: Database, keys: Keys) -> Released:
    with database.write() as db:
        service = make_service(db)
        make_texts(db, 60, PERIOD, service_id=service.service_id)
        db.commit()
    freeze_on_its_day(database, PERIOD, keys)
    with database.read() as db:
        (published,) = list_publications(db)
    name = published.id.hex()
    return Released(f"/reports/{name}", f"/words-problems/{name}", service.code)


@pytest.fixture
def come_as(
    client: TestClient,
    site: Site,
    database: Database,
    keys: Keys,
    today: date,
    clock: Callable[[], datetime],
) -> Callable[[Role], TestClient]:
    app = create_app(site, database, clock=clock)

    def come(role: Role) -> TestClient:
        browser = TestClient(app, base_url=site.public_url, follow_redirects=False)
        sign_in(browser, site, database, make_person(database, keys, today, role), clock())
        return browser

    return come


def forms(page: str) -> list[tuple[str, list[str]]]:
    """For each piece of words its tag, and what can be done with it."""
    parts = re.findall(r'name="words" value="([0-9a-f]{32})"(.*?)</form>', page, re.DOTALL)
    return [(tag, re.findall(r'name="act" value="(\w+)"', rest)) for tag, rest in parts]


def test_anyone_can_say_so_and_readers_see_it(
    client: TestClient,
    released: Released,
    database: Database,
    come_as: Callable[[Role], TestClient],
) -> None:
    assert client.get("/words-problem").status_code == 200
    sent = client.post(
        "/words-problem", data={"report": f"{released.code} {PERIOD}", "words": "the red door"}
    )
    assert sent.status_code == 200
    assert "Thank you" in sent.text
    with database.read() as db:
        assert b"red door" not in db.scalars(select(WordsNotice.box)).one()
    page = come_as(Role.MODERATOR).get("/words-problems").text
    assert "the red door" in page
    assert f'href="{released.words_path}"' in page


@pytest.mark.parametrize(
    ("report", "words"), [("", "the red door"), ("7KQ2MD", ""), ("", ""), (" ", "\u0000 ")]
)
def test_what_was_typed_stays_when_something_is_missing(
    client: TestClient, database: Database, report: str, words: str
) -> None:
    sent = client.post("/words-problem", data={"report": report, "words": words})
    assert sent.status_code == 422
    assert words.strip("\0 ") in sent.text
    with database.read() as db:
        assert db.scalars(select(WordsNotice)).all() == []


def test_too_many_notes_of_one_network_are_refused_with_what_was_typed(
    client: TestClient, database: Database
) -> None:
    data = {"report": "7KQ2MD", "words": "the red door"}
    answers = [client.post("/words-problem", data=data) for _ in range(13)]
    assert [one.status_code for one in answers] == [200] * 12 + [429]
    assert "the red door" in answers[-1].text
    with database.read() as db:
        assert len(db.scalars(select(WordsNotice)).all()) == 12


def test_a_notice_is_closed_once(client: TestClient, come_as: Callable[[Role], TestClient]) -> None:
    client.post("/words-problem", data={"report": "elsewhere", "words": "the red door"})
    reader = come_as(Role.MODERATOR)
    page = reader.get("/words-problems").text
    (notice,) = re.findall(r'name="notice" value="([0-9a-f]{32})"', page)
    for _twice in range(2):
        closed = reader.post("/words-problems", data={"act": "close", "notice": notice})
        assert closed.status_code == 303
    assert "the red door" not in reader.get("/words-problems").text


def test_a_report_is_found_by_its_address_or_code(
    released: Released, come_as: Callable[[Role], TestClient]
) -> None:
    reader = come_as(Role.MODERATOR)
    for typed in (released.code, f"{released.code} {PERIOD}", f"https://x.example{released.path}"):
        found = reader.post("/words-problems", data={"report": typed})
        assert (found.status_code, found.headers["location"]) == (303, released.words_path)
    unknown = reader.post("/words-problems", data={"report": "no such thing"})
    assert unknown.status_code == 422
    assert "no such thing" in unknown.text


def test_two_readers_take_words_out_and_the_old_address_is_gone(
    released: Released, come_as: Callable[[Role], TestClient], database: Database
) -> None:
    first, second = come_as(Role.MODERATOR), come_as(Role.LEAD)
    reader_of_reports, other = come_as(Role.COMMISSIONER), come_as(Role.PROVIDER_STAFF)
    tag, acts = forms(first.get(released.words_path).text)[0]
    assert acts == ["ask"]
    for _twice in range(2):
        asked = first.post(released.words_path, data={"words": tag, "act": "ask"})
        assert asked.status_code == 303
    assert (tag, ["keep"]) in forms(first.get(released.words_path).text)
    assert (tag, ["withdraw", "keep"]) in forms(second.get(released.words_path).text)
    assert released.words_path in second.get("/words-problems").text
    alone = first.post(released.words_path, data={"words": tag, "act": "withdraw"})
    assert alone.status_code == 422
    assert "A second person must agree" in alone.text
    assert reader_of_reports.get(released.path).status_code == 200

    done = second.post(released.words_path, data={"words": tag, "act": "withdraw"})
    assert (done.status_code, done.headers["location"]) == (303, "/words-problems")
    again = second.post(released.words_path, data={"words": tag, "act": "withdraw"})
    assert again.status_code == 404
    for address in (released.path, f"{released.path}/report.pdf", f"{released.path}/report.json"):
        gone = reader_of_reports.get(address)
        assert gone.status_code == 410
        assert "This report was withdrawn" in gone.text
    (there,) = re.findall(r'href="(/reports/[0-9a-f]{32})"', gone.text)
    assert reader_of_reports.get(there).status_code == 200
    assert reader_of_reports.get(f"{there}/report.pdf").status_code == 200
    listed = reader_of_reports.get("/reports").text
    assert there in listed
    assert released.path not in listed
    assert other.get(released.path).status_code == 404
    assert other.get(there).status_code == 404


def test_a_second_reader_can_keep_them(
    released: Released, come_as: Callable[[Role], TestClient]
) -> None:
    first, second = come_as(Role.MODERATOR), come_as(Role.MODERATOR)
    tag, _acts = forms(first.get(released.words_path).text)[0]
    first.post(released.words_path, data={"words": tag, "act": "ask"})
    kept = second.post(released.words_path, data={"words": tag, "act": "keep"})
    assert kept.status_code == 303
    assert (tag, ["ask"]) in forms(second.get(released.words_path).text)
    late = first.post(released.words_path, data={"words": tag, "act": "keep"})
    assert late.status_code == 409
    assert "They stay" in late.text


@pytest.mark.parametrize(
    "data",
    [
        {"words": ""},
        {"words": "xyz", "act": "ask"},
        {"words": "0" * 32, "act": "ask"},
        {"words": "0" * 32, "act": "dance"},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    released: Released, come_as: Callable[[Role], TestClient], data: dict[str, str]
) -> None:
    reader = come_as(Role.MODERATOR)
    assert reader.post(released.words_path, data=data).status_code in {404, 409, 422}
    assert reader.get(f"/words-problems/{'0' * 32}").status_code == 404


def test_only_readers_open_these_pages(
    released: Released, come_as: Callable[[Role], TestClient]
) -> None:
    commissioner = come_as(Role.COMMISSIONER)
    for path in ("/words-problems", released.words_path):
        assert commissioner.get(path).status_code == 403
        assert commissioner.post(path, data={"act": "ask"}).status_code == 403


def test_nothing_is_there_before_the_first_report(come_as: Callable[[Role], TestClient]) -> None:
    page = come_as(Role.MODERATOR).get("/words-problems").text
    assert "No report with words is out yet." in page
    assert "Nothing waits." in page
