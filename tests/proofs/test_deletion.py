"""T7: what was deleted cannot be found in any file of the database."""

import secrets
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys
from coproduce.feedback.commands import expire_feedback, withdraw_feedback
from coproduce.feedback.models import Inbox, Response, SealedText
from coproduce.feedback.settle import clear_up, settle_feedback, vacuum
from tests.factories import make_service
from tests.feedback.submissions import Writer, make_writer, stored_rows

PEOPLE = 20


def files_of(database: Database) -> list[Path]:
    """Return every file in which a database may keep what it was given."""
    if database.is_sqlite:
        path = Path(str(database.engine.url.database))
        return [p for p in path.parent.glob(path.name + "*") if p.is_file()]
    with database.engine.connect() as connection:
        folder = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar()))
        oid = connection.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar()
    return [path for path in (folder / "base" / str(oid)).iterdir() if path.is_file()]


def found_in_files(database: Database, needles: list[bytes]) -> int:
    """Return how many of these byte strings stand somewhere in the files."""
    if not database.is_sqlite:
        with database.alone() as connection:
            connection.exec_driver_sql("CHECKPOINT")
    images = [path.read_bytes() for path in files_of(database)]
    return sum(any(needle in image for image in images) for needle in needles)


def settled_writers(database: Database, keys: Keys, today: date) -> list[Writer]:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    writers = []
    for number in range(PEOPLE):
        writers.append(make_writer(database, keys, landing, today))
        writers[-1].sends(better=f"canary {number} canary", today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    return writers


def traces_of(database: Database, writers: list[Writer]) -> list[bytes]:
    """Return the keys and the sealed words of some people's rows."""
    traces: list[bytes] = []
    for writer in writers:
        opened = writer.opens()
        assert opened is not None
        assert opened.response_id is not None
        assert opened.text_id is not None
        with database.read() as db:
            box = db.scalar(select(SealedText.box).where(SealedText.id == opened.text_id))
        assert box is not None
        traces += [box[40:120], opened.response_id, opened.text_id]
    return traces


def withdraw(database: Database, writers: list[Writer]) -> None:
    for writer in writers:
        opened = writer.opens()
        assert opened is not None
        with database.write() as db:
            withdraw_feedback(db, opened)
            db.commit()


def test_words_are_never_in_any_file(database: Database, keys: Keys, today: date) -> None:
    settled_writers(database, keys, today)
    assert found_in_files(database, [b"canary"]) == 0


def test_what_led_from_a_code_to_the_inbox_is_gone_after_settling(
    database: Database, keys: Keys, today: date
) -> None:
    """Without waiting for the night: until then it would tell which row belonged to which code."""
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    for _number in range(PEOPLE):
        make_writer(database, keys, landing, today).sends(better="More.", today=today)
    links = [
        bytes(row[name])  # type: ignore[call-overload]
        for row in stored_rows(database, Inbox)
        for name in ("code_tag", "sealed_nonce")
    ]
    if database.is_sqlite:
        assert clear_up(database)
    assert found_in_files(database, links) == len(links) == 2 * PEOPLE

    settle_feedback(database, keys, today, secrets.token_bytes)

    assert found_in_files(database, links) == 0


def test_withdrawn_words_leave_no_bytes(database: Database, keys: Keys, today: date) -> None:
    writers = settled_writers(database, keys, today)
    gone, kept = writers[: PEOPLE // 2], writers[PEOPLE // 2 :]
    sealed = [trace for trace in traces_of(database, gone) if len(trace) > 16]
    still = [trace for trace in traces_of(database, kept) if len(trace) > 16]
    assert found_in_files(database, sealed) == len(gone)
    withdraw(database, gone)
    clear_up(database)
    assert vacuum(database)
    assert found_in_files(database, sealed) == 0
    assert found_in_files(database, still) == len(kept)


def test_what_expired_leaves_no_bytes_but_its_fate(
    database: Database, keys: Keys, today: date
) -> None:
    writers = settled_writers(database, keys, today)
    sealed = [trace for trace in traces_of(database, writers) if len(trace) > 16]
    with database.write() as db:
        expire_feedback(db, today + timedelta(days=800))
        db.commit()
        assert db.scalar(select(Response.id)) is None
    clear_up(database)
    assert vacuum(database)
    assert found_in_files(database, sealed) == 0


def test_a_database_that_does_not_overwrite_would_be_found_out(
    sqlite_template: Path, tmp_path: Path, keys: Keys, today: date
) -> None:
    path = tmp_path / "careless.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    careless = connect(f"sqlite:///{path}")
    event.listen(
        careless.engine,
        "connect",
        lambda connection, _record: connection.execute("PRAGMA secure_delete=0"),
    )
    writers = settled_writers(careless, keys, today)
    sealed = [trace for trace in traces_of(careless, writers) if len(trace) > 16]
    withdraw(careless, writers)
    with careless.alone() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert found_in_files(careless, sealed) > 0
    careless.close()


@pytest.mark.parametrize("delay", [0, 1])
def test_withdrawing_from_the_inbox_leaves_no_words(
    database: Database, keys: Keys, today: date, delay: int
) -> None:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    writer = make_writer(database, keys, landing, today)
    writer.sends(better="canary", today=today)
    settle_feedback(database, keys, today + timedelta(days=delay), secrets.token_bytes)
    withdraw(database, [writer])
    clear_up(database)
    assert vacuum(database)
    with database.read() as db:
        assert db.scalar(select(SealedText.id)) is None
