import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

from coproduce.core.db import SQLITE_PRAGMAS, THREADS, Database, connect, insert_once
from coproduce.feedback.models import Fate, FateState
from tests.needs import on_postgresql, on_sqlite

ID = b"0123456789abcdef"
OTHER = b"fedcba9876543210"


def add_fate(db: Session, row_id: bytes = ID, period: str = "2026-Q3") -> None:
    db.add(Fate(id=row_id, period=period, state=FateState.USED))
    db.flush()


def stored_ids(database: Database) -> list[bytes]:
    with database.read() as db:
        return list(db.scalars(select(Fate.id).order_by(Fate.id)))


def test_what_is_committed_stays(database: Database) -> None:
    with database.write() as db:
        add_fate(db)
        db.commit()
    assert stored_ids(database) == [ID]


def test_what_is_not_committed_goes(database: Database) -> None:
    with database.write() as db:
        add_fate(db)
    assert stored_ids(database) == []


def test_an_error_undoes_everything(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as db:
            add_fate(db)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert stored_ids(database) == []


def test_what_a_reader_changes_goes(database: Database) -> None:
    with database.read() as db:
        add_fate(db)
    assert stored_ids(database) == []


def test_a_row_is_inserted_once(database: Database) -> None:
    values = {"id": ID, "period": "2026-Q3", "state": FateState.USED}
    with database.write() as db:
        assert insert_once(db, Fate, **values)
        assert not insert_once(db, Fate, **values)
        db.commit()
    assert stored_ids(database) == [ID]


def test_of_two_that_insert_at_once_one_is_told_so(database: Database) -> None:
    barrier = threading.Barrier(2)
    results: list[bool] = []

    def insert() -> None:
        barrier.wait()
        with database.write() as db:
            results.append(insert_once(db, Fate, id=ID, period="2026-Q3", state=FateState.EXPIRED))
            time.sleep(0.05)
            db.commit()

    threads = [threading.Thread(target=insert) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]


def test_all_threads_have_a_connection_at_once(database: Database) -> None:
    barrier = threading.Barrier(THREADS + 1)

    def read() -> None:
        with database.read() as db:
            db.scalar(select(Fate.id))
            barrier.wait(timeout=20)

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    barrier.wait(timeout=20)
    for thread in threads:
        thread.join()


def test_values_never_stand_in_the_text_of_an_error(database: Database) -> None:
    with database.write() as db:
        add_fate(db)
        db.expunge_all()
        with pytest.raises(StatementError) as raised:
            add_fate(db, period="canary words")
    assert "canary" not in str(raised.value)


@on_sqlite
def test_every_connection_runs_with_our_settings(database: Database) -> None:
    with database.engine.connect() as one, database.engine.connect() as other:
        for connection in (one, other):
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in SQLITE_PRAGMAS
            }
            assert found == SQLITE_PRAGMAS


@on_sqlite
def test_writers_queue_instead_of_failing(database: Database) -> None:
    """Each reads before it writes: without BEGIN IMMEDIATE one of two would be refused."""

    def add_one(number: int) -> None:
        with database.write() as db:
            db.scalars(select(Fate.id)).all()
            time.sleep(0.002)
            add_fate(db, number.to_bytes(16, "big"))
            db.commit()

    threads = [threading.Thread(target=add_one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored_ids(database)) == 20


@on_sqlite
def test_a_writer_holds_the_file_from_its_first_moment(database: Database) -> None:
    with database.write() as db:
        db.connection()
        with _impatient(database) as other, pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("BEGIN IMMEDIATE")


@on_sqlite
def test_a_reader_waits_for_nobody(database: Database) -> None:
    with database.write() as db:
        add_fate(db)
        assert stored_ids(database) == []


@on_sqlite
def test_deleted_words_do_not_stay_in_the_file(database: Database, tmp_path: Path) -> None:
    words = b"canary" * 30
    with database.write() as db:
        db.connection().exec_driver_sql(
            "insert into receipt (tag, period, pointer) values (?, '2026-Q3', ?)", (ID, words)
        )
        db.commit()
    _into_file(database)
    assert words in (tmp_path / "coproduce.sqlite").read_bytes()
    with database.write() as db:
        db.connection().exec_driver_sql("delete from receipt")
        db.commit()
    _into_file(database)
    assert words not in (tmp_path / "coproduce.sqlite").read_bytes()


@on_sqlite
def test_closing_leaves_one_whole_file(database: Database, tmp_path: Path) -> None:
    with database.write() as db:
        add_fate(db)
        db.commit()
    database.close()
    assert [path.name for path in tmp_path.glob("coproduce.sqlite*")] == ["coproduce.sqlite"]


@on_sqlite
def test_vacuum_runs_alone(database: Database) -> None:
    with database.alone() as connection:
        connection.exec_driver_sql("VACUUM")


@on_postgresql
def test_a_lost_connection_is_replaced_before_it_is_used(database: Database) -> None:
    with database.read() as db:
        assert db.connection().exec_driver_sql("select 1").scalar() == 1
    with database.engine.connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    for _ in range(3):
        assert stored_ids(database) == []


def test_any_way_to_write_the_address_of_postgresql_uses_the_same_driver() -> None:
    for scheme in ("postgresql", "postgresql+psycopg"):
        database = connect(f"{scheme}://somebody@/nowhere")
        assert database.engine.driver == "psycopg"
        assert not database.is_sqlite


def _into_file(database: Database) -> None:
    with database.alone() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _impatient(database: Database) -> Connection:
    """Return a connection outside any transaction that waits for no lock."""
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    return connection
