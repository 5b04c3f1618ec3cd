"""F8, F9: forms that were open for long, and a clock that jumps."""

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day, period_of
from coproduce.feedback.models import Inbox, Response
from coproduce.feedback.settle import settle_feedback
from coproduce.reports.commands import freeze_period
from coproduce.reports.queries import find_partition_faults, list_frozen_periods, list_publications
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import blank_form, code_on
from tests.feedback.submissions import make_writer, stored_rows
from tests.html import fields_of, parse

NOW = datetime(2026, 8, 12, 9, 30, tzinfo=UTC)
JUMPS = {
    "ten years back": timedelta(days=-3653),
    "a day back": timedelta(days=-1),
    "an hour back": timedelta(hours=-1),
    "a day ahead": timedelta(days=1),
    "a year ahead": timedelta(days=365),
}
jumps = pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
At = Callable[[datetime], TestClient]


@pytest.fixture
def at(site: Site, database: Database) -> At:
    """Gives a browser on a worker of its own, whose clock stands still at a moment."""

    def opened(now: datetime) -> TestClient:
        app = create_app(site, database, clock=lambda: now)
        return TestClient(app, base_url=site.public_url, follow_redirects=False)

    return opened


def typed(client: TestClient, landing: Landing) -> dict[str, list[str]]:
    """Fetch a form and fill it in."""
    return {**blank_form(client, landing.code), "overall": ["good"], "better": ["More evenings."]}


@pytest.mark.parametrize("hours", [0, 1, 24, 47, 49])
def test_a_form_may_be_open_for_two_days_and_be_sent_to_another_worker(
    at: At, database: Database, landing: Landing, hours: int
) -> None:
    """F8."""
    form = typed(at(NOW), landing)
    later = NOW + timedelta(hours=hours)
    code = code_on(at(later).post("/g", data=form))
    assert code_on(at(later).post("/g", data=form)) == code
    assert len(stored_rows(database, Inbox)) == 1


@pytest.mark.parametrize("days", [3, 4, 30])
def test_a_form_that_was_open_for_longer_keeps_its_words_and_asks_for_one_more_tap(
    at: At, database: Database, landing: Landing, days: int
) -> None:
    """F8."""
    form = typed(at(NOW), landing)
    later = at(NOW + timedelta(days=days))
    asked_again = later.post("/g", data=form)
    assert asked_again.status_code == 422
    assert stored_rows(database, Inbox) == []
    kept = fields_of(next(parse(asked_again.text).all("form")))
    assert kept["better"] == ["More evenings."]
    assert kept["overall"] == ["good"]
    assert code_on(later.post("/g", data=kept))
    assert len(stored_rows(database, Inbox)) == 1


@jumps
def test_a_form_that_is_open_while_the_clock_jumps_is_stored_once(
    at: At, database: Database, landing: Landing, jump: timedelta
) -> None:
    """F9: a form from the future, or from long ago, asks for one more tap at most."""
    form = typed(at(NOW), landing)
    jumped = at(NOW + jump)
    answer = jumped.post("/g", data=form)
    if answer.status_code == 422:
        form = fields_of(next(parse(answer.text).all("form")))
        assert form["better"] == ["More evenings."]
        answer = jumped.post("/g", data=form)
    code = code_on(answer)
    assert code_on(at(NOW).post("/g", data=form)) == code
    assert len(stored_rows(database, Inbox)) == 1
    assert jumped.post("/code", data={"code": code}).status_code == 200


@jumps
def test_a_frozen_quarter_never_reopens_whatever_the_clock_says(
    database: Database, keys: Keys, landing: Landing, jump: timedelta
) -> None:
    """F9: what comes or settles while the clock is wrong is counted once, in a later quarter."""
    first = period_of(NOW.date())
    wrong_day = freeze_day(first) + jump
    for _person in range(20):
        make_writer(database, keys, landing, NOW.date()).sends(today=NOW.date())
    settle(database, keys, NOW.date())
    late = [make_writer(database, keys, landing, NOW.date()) for _person in range(12)]
    for writer in late:
        writer.sends(today=NOW.date())
    freeze(database, keys, first)
    released = archive(database)

    settle(database, keys, wrong_day)
    for _person in range(5):
        make_writer(database, keys, landing, wrong_day).sends(today=wrong_day)
    settle(database, keys, wrong_day)
    with database.read() as db:
        newest = max(period_of(NOW.date()), *db.scalars(select(Response.period)))
    freeze(database, keys, period_of(freeze_day(newest)))

    assert archive(database)[: len(released)] == released
    with database.read() as db:
        assert find_partition_faults(db) == []
        assert db.scalars(select(Response.id).where(Response.fast_atom_id.is_(None))).all() == []
        assert len(set(list_frozen_periods(db))) == 2
    assert all(writer.opens() for writer in late)


def settle(database: Database, keys: Keys, day: date) -> None:
    settle_feedback(database, keys, day, secrets.token_bytes, list_frozen_periods)


def freeze(database: Database, keys: Keys, period: str) -> None:
    with database.write() as db:
        freeze_period(
            db,
            period,
            keys,
            deployment="Feedback",
            today=freeze_day(period),
            draw=lambda: secrets.randbits(8),
            new_id=lambda: secrets.token_bytes(16),
        )
        db.commit()


def archive(database: Database) -> list[bytes]:
    """Return every document that was released, oldest first."""
    with database.read() as db:
        return [published.document for published in list_publications(db)]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2028-02-29", "2026-12-31"])
def test_no_day_of_the_calendar_is_special(at: At, landing: Landing, day: str) -> None:
    """F9: hours that come twice or never, a leap day, the end of a year."""
    midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    for minutes in range(0, 24 * 60, 90):
        client = at(midnight + timedelta(minutes=minutes))
        assert code_on(client.post("/g", data=typed(client, landing)))
