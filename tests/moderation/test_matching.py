from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.models import Consent, ModeratedText, SealedText
from coproduce.moderation.matching import Matches, get_matched_service, list_matches
from coproduce.moderation.models import Assignment
from coproduce.moderation.team import add_conflict
from coproduce.services.models import AreaLevel, ServiceStatus
from coproduce.services.queries import Landing, get_landing
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_service
from tests.feedback.submissions import stored_rows
from tests.guards.stored_values import rows_of, table_names
from tests.html import parse
from tests.moderation.desks import Desk, desk
from tests.moderation.teams import Team, make_team
from tests.waiting_texts import make_waiting_text

NICKNAME = "rita's kichen"
PARTIAL = {"hx-request": "true", "hx-request-type": "partial"}


@dataclass(frozen=True, slots=True)
class Town:
    """An area, a service in it that people call by another name, and one elsewhere."""

    area: Landing
    meant: Landing
    other: Landing


@pytest.fixture
def town(database: Database) -> Town:
    with database.write() as db:
        county = make_area(db, name="Wealdshire", level=AreaLevel.COUNTY)
        otley = make_area(db, name="Otley", parent_id=county)
        saltby = make_area(db, name="Saltby", parent_id=county)
        area = get_landing(db, make_landing_code(db, area_id=otley))
        meant = make_service(
            db, name="St Bride's", area_id=saltby, is_listed=False, also_called=["Rita's Kitchen"]
        )
        other = make_service(db, name="Rita's Kitchen Garden")
        make_service(db, name="Rita's Kitchen", area_id=saltby, status=ServiceStatus.CLOSED)
        db.commit()
    return Town(area, meant, other)


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    return make_team(database, fresh_keys, today)


@pytest.fixture
def reader(
    site: Site, database: Database, team: Team, clock: Callable[[], datetime]
) -> Iterator[Desk]:
    with desk(site, database, team.reader, clock) as made:
        yield made


@pytest.fixture
def waiting(database: Database, keys: Keys, town: Town, today: date) -> bytes:
    """A text about an area, with what its writer calls the service."""
    with database.write() as db:
        text_id = make_waiting_text(
            db, keys, town.area, today, called=NICKNAME, consent=Consent.PARAPHRASE
        )
        db.commit()
    return text_id


def taken(reader: Desk) -> str:
    path = reader.take()
    assert path is not None
    return path


def offered(page_text: str) -> list[str]:
    return [
        button.get("value")
        for button in parse(page_text).all("button")
        if button.get("name") == "match"
    ]


def everything(database: Database) -> str:
    with database.engine.connect() as connection:
        return "".join(f"{table}{rows_of(connection, table)}" for table in table_names(connection))


def test_what_fits_near_the_place_comes_before_what_fits_elsewhere(
    database: Database, town: Town
) -> None:
    with database.read() as db:
        near = list_matches(db, NICKNAME, service_id=None, area_id=town.area.area_id)
        matched = list_matches(db, NICKNAME, service_id=town.meant.service_id, area_id=None)
        far = list_matches(db, "kitchen garden", service_id=None, area_id=town.area.area_id)
        nothing = list_matches(db, "xylophone", service_id=None, area_id=town.area.area_id)
    assert [one.code for one in near.near] == [town.meant.code]
    assert matched == near
    assert [one.code for one in far.elsewhere] == [town.other.code]
    assert nothing == Matches()


def test_only_an_open_service_can_be_meant(database: Database, town: Town) -> None:
    with database.write() as db:
        closed = make_service(db, status=ServiceStatus.CLOSED)
        assert get_matched_service(db, town.meant.code) == town.meant.service_id
        for code in (town.area.code, closed.code, "222222"):
            with pytest.raises(NotFound):
                get_matched_service(db, code)


def test_the_first_reading_is_blind_until_somebody_asks_which_service_it_is(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    blind = reader.client.get(path).text
    assert "kichen" not in blind
    assert "Which service is it?" in blind
    shown = reader.send(path, act="which", words="Typed so far.")
    page = parse(shown.text)
    assert NICKNAME in page.with_id("which").text
    assert page.with_id("words").text == "Typed so far."
    assert offered(shown.text)[0] == town.meant.code
    assert "service shown" in everything(database)
    part = reader.client.post(path, data={"act": "which"}, headers=PARTIAL)
    assert NICKNAME in parse(part.text).with_id("which").text
    assert "<html" not in part.text


def test_a_text_without_a_nickname_has_no_match_step(
    reader: Desk, database: Database, keys: Keys, town: Town, today: date
) -> None:
    with database.write() as db:
        make_waiting_text(db, keys, town.area, today)
        db.commit()
    path = taken(reader)
    assert "Which service is it?" not in reader.client.get(path).text
    reader.client.post(path, data={"match": town.meant.code})
    [row] = stored_rows(database, SealedText)
    assert row["area_id"] == town.area.area_id


def test_a_match_makes_it_a_text_about_the_service_however_often_it_is_sent(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    for _time in range(2):
        answer = reader.send(path, match=town.meant.code, words="Typed so far.")
        assert answer.status_code == 200
        page = parse(answer.text)
        assert "St Bride's" in page.with_id("which").text
        assert page.with_id("words").text == "Typed so far."
    [row] = stored_rows(database, SealedText)
    assert (row["id"], row["service_id"], row["area_id"]) == (waiting, town.meant.service_id, None)
    reader.keep(path)
    [kept] = stored_rows(database, ModeratedText)
    assert (kept["service_id"], kept["area_id"]) == (town.meant.service_id, None)
    log = everything(database)
    assert "matched with a service" in log
    assert "kichen" not in log


def test_a_wrong_match_can_be_put_right(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    reader.send(path, match=town.other.code)
    reader.send(path, match=town.meant.code)
    [row] = stored_rows(database, SealedText)
    assert row["service_id"] == town.meant.service_id


def test_it_can_stay_with_the_area(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    reader.send(path, act="which")
    assert "kichen" not in reader.send(path, act="look").text
    reader.keep(path)
    [kept] = stored_rows(database, ModeratedText)
    assert (kept["service_id"], kept["area_id"]) == (None, town.area.area_id)


def test_a_service_that_closed_meanwhile_is_an_error_that_keeps_the_text(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    answer = reader.send(path, match="222222", words="Typed so far.")
    assert answer.status_code == 422
    assert parse(answer.text).with_id("words").text == "Typed so far."
    assert [row["area_id"] for row in stored_rows(database, SealedText)] == [town.area.area_id]


def test_who_has_to_do_with_the_service_passes_the_text_on_with_the_match(
    reader: Desk, database: Database, waiting: bytes, town: Town
) -> None:
    path = taken(reader)
    assert town.meant.service_id is not None
    with database.write() as db:
        add_conflict(db, reader.person.account_id, town.meant.service_id)
        db.commit()
    answer = reader.send(path, match=town.meant.code)
    assert "somebody else gets the text" in answer.text
    assert not stored_rows(database, Assignment)
    [row] = stored_rows(database, SealedText)
    assert row["service_id"] == town.meant.service_id
    assert reader.take() is None
    assert reader.client.get(path).status_code == 404


def test_the_nickname_may_not_leave_in_the_words(reader: Desk, waiting: bytes) -> None:
    path = taken(reader)
    answer = reader.keep(path, words="At Rita's kichen people wait too long.")
    assert answer.status_code == 422
    assert "kichen" in " ".join(mark.text for mark in parse(answer.text).all("mark"))


def test_a_second_reader_never_sees_the_nickname(
    site: Site,
    database: Database,
    keys: Keys,
    team: Team,
    town: Town,
    today: date,
    clock: Callable[[], datetime],
) -> None:
    with database.write() as db:
        make_waiting_text(db, keys, town.area, today, called=NICKNAME, consent=Consent.QUOTE)
        db.commit()
    with ExitStack() as stack:
        first = stack.enter_context(desk(site, database, team.reader, clock))
        second = stack.enter_context(desk(site, database, team.lead, clock))
        path = taken(first)
        first.send(path, match=town.meant.code)
        first.keep(path, use="quote", words="More evenings please.")
        second.client.post("/second", data={"act": "next"})
        location = second.client.post("/second", data={"act": "next"}).headers["location"]
        page = second.client.get(location).text
    assert "More evenings please." in page
    assert "kichen" not in page
    assert "kichen" not in everything(database)
