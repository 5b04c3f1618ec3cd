import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count as count_up
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from coproduce.core.db import Base, Database, connect
from coproduce.core.errors import OperatorError
from coproduce.core.job_log import JobRequest, JobRun
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.framework import CURRENT, Kind, load_framework
from coproduce.feedback.models import (
    Inbox,
    ReadingKey,
    Receipt,
    Response,
    Screen,
    SealedText,
    Source,
    UsedForm,
)
from coproduce.feedback.panel_ideas import list_ideas, offer_idea
from coproduce.feedback.reading_keys import add_reading_key
from coproduce.feedback.rules import LARGEST_BATCH
from coproduce.jobs import JOBS, Jobs, Workplace, alert, ask_server, run_job
from coproduce.moderation.key_shares import share_reading_keys
from coproduce.moderation.models import KeyShare
from coproduce.moderation.safeguarding import open_case
from coproduce.reports.models import FreezeNotice, FrozenPeriod, Publication
from coproduce.services.queries import Landing
from coproduce.settings import Settings
from tests.factories import make_service
from tests.feedback.submissions import make_writer
from tests.moderation.made_texts import make_moderated
from tests.moments import failing, statements
from tests.needs import on_postgresql, on_sqlite
from tests.people import make_person
from tests.waiting_texts import make_waiting_text
from tests.workplaces import make_settings

NOON = datetime(2026, 8, 12, 12, tzinfo=UTC)
OFTEN = 0.02
"""Seconds between two looks of the jobs, where a real server looks every 20."""

PATIENCE = 20


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open code."""
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    return landing


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An instance whose alert command leaves a file."""
    data = tmp_path / "data"
    return make_settings(data, database_url, alert_command=f"touch '{data / 'alerted'}'")


@pytest.fixture
def workplace(settings: Settings, database: Database, keys: Keys) -> Workplace:
    return Workplace(settings, database, keys)


def send(workplace: Workplace, landing: Landing, today: date, count: int = 5) -> None:
    for _number in range(count):
        writer = make_writer(workplace.database, workplace.keys, landing, today)
        writer.sends(better="More evenings.", today=today)


def count(database: Database, table: type[Base]) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def newest_run(database: Database, name: str) -> JobRun:
    with database.read() as db:
        return db.get_one(JobRun, name)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends, "It did not happen."
        time.sleep(OFTEN)


@contextmanager
def running(workplace: Workplace, clock: Callable[[], datetime] = lambda: NOON) -> Iterator[None]:
    with Jobs(workplace, clock, look_every=OFTEN).running():
        yield


# One job


def test_what_a_job_did_is_kept_in_words(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    send(workplace, landing, today, 7)

    outcome = run_job(workplace, "settle", NOON)

    assert outcome == "7 answers and 7 texts settled, 0 wait"
    run = newest_run(workplace.database, "settle")
    assert (run.ran_at, run.went_well, run.outcome) == ("2026-08-12T12:00+00:00", True, outcome)


@pytest.mark.parametrize("name", JOBS)
def test_every_job_may_run_where_there_is_nothing_and_twice(
    workplace: Workplace, name: str
) -> None:
    assert run_job(workplace, name, NOON) == run_job(workplace, name, NOON)


def test_a_job_that_fails_is_kept_alerted_and_raised(workplace: Workplace) -> None:
    with (
        failing(workplace.database, "FROM inbox"),
        pytest.raises(RuntimeError, match="a fault on purpose"),
    ):
        run_job(workplace, "settle", NOON)

    run = newest_run(workplace.database, "settle")
    assert (run.went_well, run.outcome) == (False, "RuntimeError")
    assert (workplace.settings.data / "alerted").exists()


def test_an_alert_command_that_is_missing_stops_nothing(tmp_path: Path) -> None:
    alert(make_settings(tmp_path, "sqlite://", alert_command="/no/such/program 'with words'"))


@on_sqlite
def test_settle_goes_on_until_nothing_moves(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    send(workplace, landing, today, LARGEST_BATCH + 6)

    assert run_job(workplace, "settle", NOON).startswith(f"{LARGEST_BATCH + 6} answers")
    assert count(workplace.database, Inbox) == 0


def test_a_day_can_be_given_by_hand(workplace: Workplace, landing: Landing, today: date) -> None:
    send(workplace, landing, today, 2)

    assert run_job(workplace, "settle", NOON) == "0 answers and 0 texts settled, 2 wait"
    tomorrow = today + timedelta(days=1)
    assert run_job(workplace, "settle", NOON, tomorrow) == "0 answers and 2 texts settled, 2 wait"


def test_expire_deletes_and_rewrites(workplace: Workplace, landing: Landing, today: date) -> None:
    send(workplace, landing, today)
    run_job(workplace, "settle", NOON)

    assert run_job(workplace, "expire", NOON) == "0 counted and 0 unused expired"
    assert count(workplace.database, UsedForm) == 5
    assert run_job(workplace, "expire", NOON, today + timedelta(days=70)) == (
        "0 counted and 5 unused expired"
    )
    assert count(workplace.database, UsedForm) == count(workplace.database, SealedText) == 0


def test_expire_takes_keys_back_from_who_left_and_drops_old_keys(
    workplace: Workplace, today: date
) -> None:
    keys, database = workplace.keys, workplace.database
    person = make_person(database, keys, today)
    with database.write() as db:
        old = add_reading_key(db, keys, today)
        share_reading_keys(db, {old.id: old.private}, person.account_id, person.pair.public)
        add_reading_key(db, keys, today + timedelta(days=1))
        db.commit()

    run_job(workplace, "expire", NOON)
    assert count(database, KeyShare) == 0
    assert count(database, ReadingKey) == 2

    run_job(workplace, "expire", NOON, today + timedelta(days=90))
    assert count(database, ReadingKey) == 1


def test_expire_says_so_if_somebody_was_reading(workplace: Workplace) -> None:
    with workplace.database.read() as reader:
        reader.connection().execute(text("SELECT count(*) FROM inbox")).scalar()

        assert run_job(workplace, "expire", NOON).endswith("expired, not compacted")


def test_a_backup_settles_before(workplace: Workplace, landing: Landing, today: date) -> None:
    send(workplace, landing, today)

    assert run_job(workplace, "backup", NOON) == "written: coproduce-2026-08-12-daily.backup"
    assert count(workplace.database, Inbox) == 0


# Freezing by the clock. F9: two runs an hour apart must agree.


@pytest.fixture
def rated(workplace: Workplace, landing: Landing, today: date) -> Workplace:
    """An instance with forty settled answers of 2026-Q3."""
    send(workplace, landing, today, 40)
    run_job(workplace, "settle", NOON)
    return workplace


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


DUE = freeze_day("2026-Q3")
NOT_YET = "no quarter is due"


def freeze_at(workplace: Workplace, *times: datetime) -> list[str]:
    return [run_job(workplace, "freeze", now) for now in times]


def test_a_quarter_is_frozen_by_the_second_of_two_runs_an_hour_apart(rated: Workplace) -> None:
    said = freeze_at(rated, at(DUE, 0, 5), at(DUE, 0, 50), at(DUE, 1, 5), at(DUE, 2, 5))

    assert said[:2] == [NOT_YET] * 2
    assert said[2] == "2026-Q3: 1 publications, 2 groups, 0 carried"
    assert said[3] == NOT_YET
    backups = [path.name for path in (rated.settings.data / "backups").iterdir()]
    assert backups == ["coproduce-2026-10-14-before-freeze.backup"]
    assert count(rated.database, FreezeNotice) == 0


def test_nothing_freezes_before_its_day(rated: Workplace) -> None:
    before = DUE - timedelta(days=1)

    assert set(freeze_at(rated, at(before, 1), at(before, 12), at(before, 23, 59))) == {NOT_YET}


@pytest.mark.parametrize("jump", [timedelta(days=366), timedelta(days=1), timedelta(hours=13)])
def test_a_clock_that_jumps_ahead_once_freezes_nothing_early(
    rated: Workplace, jump: timedelta
) -> None:
    """F9."""
    eve = at(DUE - timedelta(days=1), 12)
    hour = timedelta(hours=1)

    said = freeze_at(rated, eve, eve + jump, eve + hour, eve + 2 * hour + jump, eve + 3 * hour)

    assert set(said) == {NOT_YET}
    assert freeze_at(rated, at(DUE, 0), at(DUE, 1))[1].startswith("2026-Q3: 1 publications")


def test_a_clock_that_jumps_back_opens_nothing_and_freezes_nothing_twice(rated: Workplace) -> None:
    """F9."""
    freeze_at(rated, at(DUE, 0), at(DUE, 1))
    year_before = at(DUE - timedelta(days=365), 3)

    assert set(freeze_at(rated, year_before, year_before + timedelta(hours=2))) == {NOT_YET}
    assert set(freeze_at(rated, at(DUE, 5), at(DUE, 7))) == {NOT_YET}
    assert count(rated.database, FrozenPeriod) == count(rated.database, Publication) == 1


def test_a_notice_from_the_future_holds_no_freeze_up(rated: Workplace) -> None:
    """F9."""
    said = freeze_at(rated, at(DUE, 9), at(DUE, 3), at(DUE, 4))

    assert said[2].startswith("2026-Q3: 1 publications")


def test_a_day_given_by_hand_counts_as_both_runs(rated: Workplace) -> None:
    assert run_job(rated, "freeze", NOON, DUE - timedelta(days=1)) == NOT_YET
    assert run_job(rated, "freeze", NOON, DUE).startswith("2026-Q3: 1 publications")


def test_raw_answers_expire_after_their_freeze_and_the_codes_say_used(
    rated: Workplace, today: date
) -> None:
    run_job(rated, "freeze", NOON, DUE)
    run_job(rated, "expire", NOON, DUE + timedelta(days=89))
    assert count(rated.database, Response) == 40

    run_job(rated, "expire", NOON, DUE + timedelta(days=90))

    assert count(rated.database, Response) == 0
    assert count(rated.database, Receipt) == 40


# Beside the server


def minute_by_minute() -> Callable[[], datetime]:
    """A clock that is a minute later each time somebody looks."""
    minutes = count_up()
    return lambda: NOON + timedelta(minutes=next(minutes))


def test_five_that_wait_are_settled_without_being_asked(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    with running(workplace, minute_by_minute()):
        until(lambda: count(workplace.database, JobRun) == len(JOBS))
        send(workplace, landing, today)
        until(lambda: count(workplace.database, Inbox) == 0)

    assert count(workplace.database, Response) == 5


def test_the_command_line_is_answered_by_the_server(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    send(workplace, landing, today, 2)
    with running(workplace):
        outcome = ask_server(workplace.database, "settle", today + timedelta(days=1), PATIENCE)

    assert outcome == "0 answers and 2 texts settled, 2 wait"
    assert count(workplace.database, JobRequest) == 0


def test_the_command_line_is_told_what_the_server_could_not_do(workplace: Workplace) -> None:
    with (
        running(workplace),
        failing(workplace.database, "FROM sealed_text"),
        pytest.raises(OperatorError, match="The server could not do it: RuntimeError"),
    ):
        ask_server(workplace.database, "expire", None, PATIENCE)


def test_a_server_that_is_not_there_is_not_waited_for_for_ever(workplace: Workplace) -> None:
    with pytest.raises(OperatorError, match="did not answer"):
        ask_server(workplace.database, "settle", None, 0.5)


@pytest.mark.parametrize("fragment", ["FROM inbox", "FROM job_request"])
def test_a_database_that_is_away_for_a_moment_does_not_end_the_jobs(
    workplace: Workplace, landing: Landing, today: date, fragment: str
) -> None:
    with running(workplace, minute_by_minute()):
        with failing(workplace.database, fragment):
            until(lambda: (workplace.settings.data / "alerted").exists())
        send(workplace, landing, today)
        until(lambda: count(workplace.database, Inbox) == 0)


def test_a_clock_that_was_put_back_does_not_hold_the_jobs_up(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    """F9."""
    now = [NOON]
    with running(workplace, lambda: now[0]):
        until(lambda: count(workplace.database, JobRun) == len(JOBS))
        now[0] = NOON - timedelta(days=365)

        until(lambda: newest_run(workplace.database, "backup").ran_at.startswith("2025-08-12"))


@on_postgresql
def test_of_two_processes_one_runs_the_jobs_and_the_other_takes_over(
    workplace: Workplace, database_url: str
) -> None:
    other = Workplace(workplace.settings, connect(database_url), workplace.keys)
    with statements(other.database) as work:

        def others_turn() -> bool:
            return any("FROM inbox" in statement for statement in work)

        with running(workplace):
            until(lambda: count(workplace.database, JobRun) == len(JOBS))
            with running(other):
                until(lambda: len(work) > 10)
                assert not others_turn()
        with running(other):
            until(others_turn)
    other.database.close()


@on_postgresql
def test_jobs_go_on_after_postgresql_ended_every_connection(
    workplace: Workplace, landing: Landing, today: date
) -> None:
    """F5."""
    with running(workplace, minute_by_minute()):
        until(lambda: count(workplace.database, JobRun) == len(JOBS))
        with workplace.database.alone() as connection:
            ended = connection.execute(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).scalar()
        assert ended
        send(workplace, landing, today)
        until(lambda: count(workplace.database, Inbox) == 0)


def test_what_jobs_log_holds_no_content(
    workplace: Workplace, landing: Landing, today: date, caplog: pytest.LogCaptureFixture
) -> None:
    send(workplace, landing, today)
    with caplog.at_level(logging.INFO, logger="coproduce"):
        run_job(workplace, "settle", NOON)

    [record] = caplog.records
    assert record.message == "job done"
    assert record.__dict__["outcome"] == "5 answers and 5 texts settled, 0 wait"


def test_an_answer_that_nobody_fetched_goes_with_the_next_expire(workplace: Workplace) -> None:
    with workplace.database.write() as db:
        for name, outcome in (("settle", "done"), ("freeze", None)):
            db.add(
                JobRequest(
                    id=name.encode().ljust(16),
                    name=name,
                    on_day=None,
                    went_well=None,
                    outcome=outcome,
                )
            )
        db.commit()
    run_job(workplace, "expire", datetime(2026, 8, 12, 12, tzinfo=UTC))
    with workplace.database.read() as db:
        assert db.scalars(select(JobRequest.name)).all() == ["freeze"]


def offer_one(workplace: Workplace, words: str) -> None:
    with workplace.database.write() as db:
        text_id = make_moderated(db, make_service(db))
        offer_idea(db, text_id, words, must_be_answered=False, chance=secrets.token_bytes)
        db.commit()


def batches(workplace: Workplace) -> dict[str, date | None]:
    with workplace.database.read() as db:
        return {idea.words: idea.batch for idea in list_ideas(db)}


def test_ideas_go_to_the_panels_once_on_their_day(workplace: Workplace, today: date) -> None:
    offer_one(workplace, "First.")
    assert run_job(workplace, "ideas", NOON - timedelta(days=1)) == "not the day"
    assert batches(workplace) == {}

    assert run_job(workplace, "ideas", NOON) == "1 ideas sent"
    offer_one(workplace, "Later on that day.")
    assert run_job(workplace, "ideas", NOON + timedelta(hours=1)) == "0 ideas sent"
    assert batches(workplace) == {"First.": today}

    next_week = NOON + timedelta(days=7)
    assert run_job(workplace, "ideas", next_week) == "1 ideas sent"
    assert batches(workplace) == {"First.": today, "Later on that day.": next_week.date()}


def test_a_freeze_looks_for_stuffed_answers_first(workplace: Workplace, landing: Landing) -> None:
    questions = [q for q in load_framework().asked_about(service=True) if q.kind is Kind.ONE]
    best = {question.key: question.options[0].key for question in questions}
    with workplace.database.write() as db:
        db.add_all(
            Response(
                id=secrets.token_bytes(16),
                period="2026-Q2",
                service_id=landing.service_id,
                framework=CURRENT,
                answers=best,
                source=Source.OPEN,
                screen=Screen.CLEAR,
            )
            for _form in range(20)
        )
        db.commit()
    run_job(workplace, "freeze", NOON, freeze_day("2026-Q2"))
    assert count(workplace.database, Publication) == 0
    with workplace.database.read() as db:
        assert set(db.scalars(select(Response.screen))) == {Screen.SET_ASIDE}
    assert run_job(workplace, "screen", NOON) == "0 flags wait", "the quarter is closed"


def test_staff_are_reminded_while_a_case_is_due(workplace: Workplace, today: date) -> None:
    alerted = workplace.settings.data / "alerted"
    with workplace.database.write() as db:
        open_case(db, workplace.keys, bytes(16), "Words.", "A service", today, secrets.token_bytes)
        db.commit()
    assert run_job(workplace, "remind", NOON) == "0 cases are due"
    assert not alerted.exists()

    assert run_job(workplace, "remind", NOON + timedelta(days=1)) == "1 cases are due"
    assert alerted.exists()


@pytest.mark.parametrize(
    ("waits", "is_urgent", "outcome"),
    [
        (timedelta(days=0), False, "0 cases are due"),
        (timedelta(days=0), True, "0 cases are due, words of danger wait"),
        (timedelta(days=14), False, "0 cases are due, words wait too long"),
    ],
)
def test_staff_are_reminded_of_words_that_wait(
    workplace: Workplace, today: date, *, waits: timedelta, is_urgent: bool, outcome: str
) -> None:
    monday = today - timedelta(days=today.weekday())
    with workplace.database.write() as db:
        landing = make_service(db)
        make_waiting_text(db, workplace.keys, landing, monday - waits, is_urgent=is_urgent)
        db.commit()

    noon = datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC)
    assert run_job(workplace, "remind", noon) == outcome
