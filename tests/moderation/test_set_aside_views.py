import secrets
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.messages import untranslated
from coproduce.core.periods import freeze_day
from coproduce.core.permissions import Role
from coproduce.feedback.models import (
    Fate,
    FateState,
    FlagState,
    Response,
    Screen,
    ScreenFlag,
    ScreenKind,
    Source,
)
from coproduce.feedback.moderated_words import shown_from
from coproduce.feedback.settle import settle_feedback
from coproduce.moderation.set_aside import can_decide
from coproduce.moderation.set_aside_views import STRUCK
from coproduce.moderation.team import add_conflict
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_service
from tests.feedback.submissions import make_writer, stored_rows
from tests.html import parse
from tests.moderation.made_texts import PERIOD, logged
from tests.people import Person, make_person, noon, sign_in

SignIn = Callable[[Person], None]


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing


@pytest.fixture
def lead(client: TestClient, site: Site, database: Database, keys: Keys, today: date) -> Person:
    person = make_person(database, keys, today, Role.LEAD)
    sign_in(client, site, database, person, noon(today))
    return person


def set_aside(
    database: Database,
    landing: Landing,
    number: int,
    *,
    overall: str = "good",
    period: str = PERIOD,
    screen: Screen = Screen.SET_ASIDE,
) -> None:
    with database.write() as db:
        for _answer in range(number):
            db.add(
                Response(
                    id=secrets.token_bytes(16),
                    period=period,
                    service_id=landing.service_id,
                    framework="2026-1",
                    answers={"overall": overall},
                    source=Source.OPEN,
                    screen=screen,
                )
            )
        db.commit()


def raise_flag(
    database: Database, landing: Landing, kind: ScreenKind, period: str = PERIOD
) -> None:
    with database.write() as db:
        db.add(
            ScreenFlag(
                service_id=landing.service_id,
                period=period,
                kind=kind,
                state=FlagState.WAITS,
                size=15,
            )
        )
        db.commit()


def flag_states(database: Database) -> list[FlagState]:
    with database.read() as db:
        return list(db.scalars(select(ScreenFlag.state)))


def form(landing: Landing, act: str, period: str = PERIOD) -> dict[str, str]:
    assert landing.service_id is not None
    return {"act": act, "group": f"service {landing.service_id.hex()} {period}"}


def screens(database: Database) -> list[object]:
    return [row["screen"] for row in stored_rows(database, Response)]


@pytest.mark.usefixtures("lead")
def test_nothing_set_aside_says_what_would_be_here(client: TestClient) -> None:
    assert "Nothing is set aside" in client.get("/set-aside").text


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize(
    ("number", "said", "unsaid"),
    [
        (4, "A few answers. Too few to say how it was.", "Most say"),
        (5, "5 answers or more. Most say it was good.", "Too few"),
        (20, "20 answers or more. Most say it was good.", "Too few"),
    ],
)
def test_numbers_and_answers_are_said_in_rough_words(
    client: TestClient, database: Database, landing: Landing, number: int, said: str, unsaid: str
) -> None:
    set_aside(database, landing, number)
    page = parse(client.get("/set-aside").text).text
    assert said in page
    assert unsaid not in page
    assert "The Drop-in" in page
    assert "Decide before 14 October 2026." in page
    assert "Many answers came from one network in a short time." in page


@pytest.mark.usefixtures("lead")
def test_counted_answers_count_like_all_others(
    client: TestClient, database: Database, landing: Landing
) -> None:
    set_aside(database, landing, 6)
    response = client.post("/set-aside", data=form(landing, "count"))
    assert response.headers["location"] == "/set-aside#done"
    assert screens(database) == [Screen.CLEAR] * 6
    assert logged(database) == [f"set-aside answers counted {PERIOD}"]


@pytest.mark.usefixtures("lead")
def test_answers_left_out_are_deleted_and_their_codes_say_so(
    client: TestClient, database: Database, landing: Landing, today: date
) -> None:
    set_aside(database, landing, 3)
    set_aside(database, landing, 2, screen=Screen.CLEAR)
    client.post("/set-aside", data=form(landing, "leave_out"))
    assert screens(database) == [Screen.CLEAR] * 2
    fates = stored_rows(database, Fate)
    assert [fate["state"] for fate in fates] == [FateState.NOT_USED] * 3
    assert {fate["shown_from"] for fate in fates} == {shown_from(today)}
    assert logged(database) == [f"set-aside answers left out {PERIOD}"]


@pytest.mark.usefixtures("lead")
def test_the_code_of_answers_left_out_tells_what_became_of_them_from_monday_on(
    client: TestClient, site: Site, database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    writers = [make_writer(database, keys, landing, today) for _writer in range(5)]
    for writer in writers:
        writer.sends(screen=Screen.SET_ASIDE, today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    before = client.post("/code", data={"code": writers[0].code}).text.partition("<!--")[0]
    client.post("/set-aside", data=form(landing, "leave_out"))

    page = client.post("/code", data={"code": writers[0].code})
    assert page.text.partition("<!--")[0] == before
    monday = create_app(site, database, clock=lambda: noon(shown_from(today)))
    with TestClient(monday, base_url=site.public_url) as later:
        page = later.post("/code", data={"code": writers[0].code})
        assert "Your answers are not counted" in page.text
    client.post("/code", data={"code": writers[1].code, "act": "withdraw"})
    assert FateState.WITHDRAWN in {fate["state"] for fate in stored_rows(database, Fate)}


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("kind", ScreenKind)
def test_the_page_says_in_words_which_screen_struck(
    client: TestClient, database: Database, landing: Landing, kind: ScreenKind
) -> None:
    set_aside(database, landing, 6)
    raise_flag(database, landing, kind)
    page = parse(client.get("/set-aside").text).text
    assert untranslated(STRUCK[kind]) in page
    assert "Many answers came from one network in a short time." not in page
    assert "5 answers or more" in page
    assert "15" not in page


@pytest.mark.usefixtures("lead")
def test_a_flag_without_answers_set_aside_is_told_and_can_only_be_seen(
    client: TestClient, database: Database, landing: Landing
) -> None:
    raise_flag(database, landing, ScreenKind.SAME_WORDS)
    page = client.get("/set-aside").text
    assert "Nothing was set aside for it" in page
    assert "Leave them out" not in page
    assert client.post("/set-aside", data=form(landing, "leave_out")).status_code == 409
    assert flag_states(database) == [FlagState.WAITS]
    client.post("/set-aside", data=form(landing, "count"))
    assert flag_states(database) == [FlagState.COUNTED]
    assert "Nothing is set aside" in client.get("/set-aside").text
    assert logged(database) == [f"set-aside answers counted {PERIOD}"]


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize(
    ("act", "state"), [("count", FlagState.COUNTED), ("leave_out", FlagState.LEFT_OUT)]
)
def test_flags_carry_the_decision(
    client: TestClient, database: Database, landing: Landing, act: str, state: FlagState
) -> None:
    set_aside(database, landing, 6)
    raise_flag(database, landing, ScreenKind.BURST)
    raise_flag(database, landing, ScreenKind.STRAIGHT_LINES)
    raise_flag(database, landing, ScreenKind.BURST, "2026-Q2")
    client.post("/set-aside", data=form(landing, act))
    assert sorted(flag_states(database)) == sorted([state, state, FlagState.WAITS])


@pytest.mark.usefixtures("lead")
def test_deciding_twice_has_one_effect_and_says_so(
    client: TestClient, database: Database, landing: Landing
) -> None:
    set_aside(database, landing, 6)
    client.post("/set-aside", data=form(landing, "count"))
    again = client.post("/set-aside", data=form(landing, "leave_out"))
    assert again.status_code == 409
    assert "decided on these answers already" in again.text
    assert screens(database) == [Screen.CLEAR] * 6
    assert len(logged(database)) == 1


@pytest.mark.usefixtures("lead")
def test_a_closed_quarter_is_not_shown_and_not_decided(
    client: TestClient, database: Database, landing: Landing
) -> None:
    set_aside(database, landing, 6, period="2026-Q2")
    assert "Nothing is set aside" in client.get("/set-aside").text
    late = client.post("/set-aside", data=form(landing, "count", "2026-Q2"))
    assert late.status_code == 409
    assert "This quarter is closed" in late.text
    assert screens(database) == [Screen.SET_ASIDE] * 6


@pytest.mark.usefixtures("lead")
def test_a_form_that_names_nothing_is_refused(client: TestClient, landing: Landing) -> None:
    good = form(landing, "count")
    never = form(landing, "count", "0000-Q1")
    for wrong in ({"act": "erase"}, {"group": "x"}, {"group": "service 00 2026-Q3"}, never):
        assert client.post("/set-aside", data=good | wrong).status_code == 404


def test_a_lead_decides_nothing_about_a_service_they_have_to_do_with(
    client: TestClient, database: Database, landing: Landing, lead: Person
) -> None:
    assert landing.service_id is not None
    set_aside(database, landing, 6, overall="poor")
    with database.write() as db:
        add_conflict(db, lead.account_id, landing.service_id)
        db.commit()
    assert "The Drop-in" not in client.get("/set-aside").text
    refused = client.post("/set-aside", data=form(landing, "leave_out"))
    assert refused.status_code == 404
    assert "Another lead must decide." in refused.text
    assert screens(database) == [Screen.SET_ASIDE] * 6


def test_a_moderator_decides_nothing_here(
    client: TestClient, site: Site, database: Database, keys: Keys, today: date, landing: Landing
) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)
    sign_in(client, site, database, person, noon(today))
    set_aside(database, landing, 6)
    assert client.get("/set-aside").status_code == 403
    assert client.post("/set-aside", data=form(landing, "count")).status_code == 403
    assert screens(database) == [Screen.SET_ASIDE] * 6


def test_a_quarter_can_be_decided_until_it_may_be_frozen() -> None:
    freezes = freeze_day(PERIOD)
    assert can_decide(PERIOD, freezes - timedelta(days=1), ())
    assert not can_decide(PERIOD, freezes, ())
    assert not can_decide(PERIOD, freezes - timedelta(days=1), [PERIOD])
