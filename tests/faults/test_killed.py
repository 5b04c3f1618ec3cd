"""F1 and F2: killed without warning, nothing that was acknowledged is lost or doubled."""

import secrets
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from coproduce.backup import restore_backup
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import freeze_day, period_of
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Inbox, Receipt, Response, Screen, SealedText, Source
from coproduce.feedback.settle import settle_feedback
from coproduce.jobs import Workplace, run_job
from coproduce.reports.commands import is_genuine
from coproduce.reports.models import Atom, FrozenPeriod, Publication
from coproduce.reports.queries import find_partition_faults, list_publications
from coproduce.services.queries import Landing
from coproduce.settings import Settings
from coproduce.web.site import Site
from tests.factories import make_service
from tests.faults.lives import (
    freeze,
    killed_after,
    life,
    seconds_for,
    serve,
    settle,
    wait_for_the_dead,
)
from tests.faults.senders import Senders, between, check_stored_once, listening
from tests.feedback.submissions import Writer, make_writer
from tests.workplaces import make_settings

SENDERS = 4
JUST_AFTER = 0.05
"""Seconds within which a server dies after its first answer."""

ANSWERS = {"overall": "good", "accepted": "always", "barriers": ["wait", "hours"]}

kills = pytest.mark.parametrize(
    "kills", [pytest.param(25, id="25"), pytest.param(1000, id="1000", marks=pytest.mark.prove)]
)
tries = pytest.mark.parametrize(
    "tries", [pytest.param(10, id="10"), pytest.param(100, id="100", marks=pytest.mark.prove)]
)


@kills
def test_a_server_that_is_killed_loses_and_doubles_nothing(
    kills: int,
    database: Database,
    database_url: str,
    site: Site,
    fresh_keys: NewKeys,
    landing: Landing,
    clock: Callable[[], datetime],
    record_property: Callable[[str, object], None],
) -> None:
    """F1."""
    senders = Senders(site.keys, landing.code, clock().date())
    with listening() as listener, ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(senders.run, listener.getsockname()) for _ in range(SENDERS)]
        try:
            for _kill in range(kills):
                senders.answered.clear()
                with life(serve, site, database_url, clock(), listener):
                    assert senders.answered.wait(30), [future.done() for future in sending]
                    time.sleep(between(0, JUST_AFTER))
                check_file(database)
        finally:
            senders.stopped.set()
            with life(serve, site, database_url, clock(), listener):
                for future in sending:
                    future.result()
    wait_for_the_dead(database)
    record_property("acknowledged", len(senders.acknowledged))
    record_property("sent again", senders.failures)
    assert senders.failures > 0
    assert len(senders.acknowledged) >= kills / 2
    check_stored_once(database, site.keys, senders.acknowledged, fresh_keys.recovery_private)


def check_file(database: Database) -> None:
    """Pass if SQLite finds the file whole."""
    if database.is_sqlite:
        connection = sqlite3.connect(str(database.engine.url.database))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


@tries
def test_a_settle_that_is_killed_and_run_again_ends_the_same(
    tries: int, database: Database, database_url: str, keys: Keys, landing: Landing, today: date
) -> None:
    """F2."""
    people = 6
    writers: list[Writer] = []
    duration = 0.0
    killed = 0
    for attempt in range(tries + 1):
        settled = len(writers)
        for _person in range(people):
            writers.append(make_writer(database, keys, landing, today))
            writers[-1].sends(better="More.", today=today)
        if attempt == 0:
            duration = seconds_for(settle, keys, database_url, today)
            continue
        killed += killed_after(between(0, duration), settle, keys, database_url, today)
        wait_for_the_dead(database)
        assert waiting_and_settled(database) in {
            (people, settled, settled, settled),
            (0, settled + people, settled + people, settled + people),
        }
        settle_feedback(database, keys, today, secrets.token_bytes)
        whole = len(writers)
        assert waiting_and_settled(database) == (0, whole, whole, whole)
    assert killed > tries / 4
    assert all(writer.opens() for writer in writers)
    check_file(database)


def waiting_and_settled(database: Database) -> tuple[int, ...]:
    """Count inbox, answers, texts and receipts."""
    with database.read() as db:
        return tuple(
            db.scalar(select(func.count()).select_from(table)) or 0
            for table in (Inbox, Response, SealedText, Receipt)
        )


@tries
def test_a_freeze_that_is_killed_and_run_again_ends_the_same(
    tries: int,
    database: Database,
    database_url: str,
    fresh_keys: NewKeys,
    today: date,
    tmp_path: Path,
    sqlite_template: Path,
) -> None:
    """F2: a quarter is published whole or not at all, and so is the backup before it."""
    keys, services = fresh_keys.keys, 3
    period = period_of(today)
    answer_everywhere(database, services, period)
    settings = make_settings(tmp_path / "data", database_url)
    values = settings, keys, freeze_day(period)
    duration = seconds_for(freeze, *values)
    killed = 0
    for _attempt in range(tries):
        undo_freeze(database, settings)
        killed += killed_after(between(0, duration), freeze, *values)
        wait_for_the_dead(database)
        assert published(database, keys) in {(0, 0, 0), (services, 2 * services, 1)}
        for backup in (settings.data / "backups").glob("*.backup"):
            check_backup(backup, fresh_keys, sqlite_template, tmp_path)
        run_job(Workplace(settings, database, keys), "freeze", _noon(values[2]), values[2])
        assert published(database, keys) == (services, 2 * services, 1)
    assert killed > tries / 4
    check_file(database)


def _noon(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T12:00:00+00:00")


def answer_everywhere(database: Database, services: int, period: str) -> None:
    """Store enough settled answers about so many services that each gets a report of its own."""
    with database.write() as db:
        for _service in range(services):
            service = make_service(db)
            db.add_all(
                Response(
                    id=secrets.token_bytes(16),
                    period=period,
                    service_id=service.service_id,
                    framework=CURRENT,
                    answers=ANSWERS,
                    source=Source.OPEN,
                    screen=Screen.CLEAR,
                )
                for _person in range(60)
            )
        db.commit()


def undo_freeze(database: Database, settings: Settings) -> None:
    """Bring back the day before the freeze."""
    with database.write() as db:
        db.execute(update(Response).values(fast_atom_id=None, slow_atom_id=None))
        for table in (Atom, Publication, FrozenPeriod):
            db.execute(delete(table))
        db.commit()
    for backup in (settings.data / "backups").glob("*.backup"):
        backup.unlink()


def published(database: Database, keys: Keys) -> tuple[int, ...]:
    """Count publications, atoms and frozen quarters, after finding that they agree."""
    with database.read() as db:
        assert find_partition_faults(db) == []
        assert all(is_genuine(publication, keys) for publication in list_publications(db))
        return tuple(
            db.scalar(select(func.count()).select_from(table)) or 0
            for table in (Publication, Atom, FrozenPeriod)
        )


def check_backup(backup: Path, made: NewKeys, template: Path, folder: Path) -> None:
    """Pass if a backup can be restored whole."""
    path = folder / "restored.sqlite"
    path.write_bytes(template.read_bytes())
    restored = connect(f"sqlite:///{path}")
    assert restore_backup(backup, made.backup_private, restored) > 180
    restored.close()
    path.unlink()
