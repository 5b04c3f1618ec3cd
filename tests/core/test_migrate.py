import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from coproduce.core.db import Database, connect
from coproduce.core.migrate import is_up_to_date, migrate, migration_folder
from tests.needs import on_postgresql


def test_the_migrations_of_a_checkout_are_found() -> None:
    assert (migration_folder() / "versions").is_dir()


def test_a_migrated_database_is_up_to_date(database: Database) -> None:
    assert is_up_to_date(database)


def test_an_empty_database_is_not(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert not is_up_to_date(database)
    migrate(database)
    assert is_up_to_date(database)
    database.close()


def test_migrating_goes_to_any_revision(database: Database) -> None:
    migrate(database, to="0001")
    assert "area" in inspect(database.engine).get_table_names()
    assert "inbox" not in inspect(database.engine).get_table_names()
    migrate(database, to="0002")
    assert "inbox" in inspect(database.engine).get_table_names()


def test_a_failed_migration_changes_nothing(database: Database) -> None:
    migrate(database, to="0001")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("create table receipt (x text)")
        connection.commit()
    with pytest.raises(Exception, match="already exists"):
        migrate(database)
    tables = inspect(database.engine).get_table_names()
    assert "inbox" not in tables, "0002 fails at its fifth table; the first four must go again."


def test_two_that_migrate_at_once_do_it_once(database: Database) -> None:
    migrate(database, to="base")
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(database)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert is_up_to_date(database)


@on_postgresql
def test_a_migration_does_not_wait_for_ever_for_a_table(database: Database) -> None:
    with database.engine.connect() as reader:
        reader.exec_driver_sql("select * from job_run")
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate(database, to="0003")
    assert is_up_to_date(database)
