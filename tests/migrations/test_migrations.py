"""The migrations and the models say the same, on both databases, on the way up and down."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, func, select, text

from coproduce.core.db import Database, connect
from coproduce.core.migrate import is_up_to_date, migrate, migration_folder
from coproduce.tables import SCHEMA
from tests.needs import on_sqlite

FILES = sorted((migration_folder() / "versions").glob("*.py"))
REVISIONS = [path.name[:4] for path in FILES]


@pytest.fixture
def other_database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind that was taken down to nothing again."""
    database = connect(database_url)
    migrate(database, to="base")
    yield database
    database.close()


def tables_in(database: Database) -> MetaData:
    """Return what a database holds now, apart from the place that migrations keep."""
    found = MetaData()
    found.reflect(database.engine)
    if "alembic_version" in found.tables:
        found.remove(found.tables["alembic_version"])
    return found


def fill(database: Database) -> dict[str, int]:
    """Put one row into every table that has none; return the rows of each table."""
    tables = tables_in(database)
    with database.write() as db:
        for table in tables.sorted_tables:
            if not db.scalar(select(func.count()).select_from(table)):
                db.execute(table.insert().values(sample_row(table)))
        db.commit()
        return {
            t.name: db.scalar(select(func.count()).select_from(t)) or 0
            for t in tables.sorted_tables
        }


CHECKED = frozenset({"service_id", "scope_id", "account_id", "words"})
"""Columns that may be empty, but not in a row in which everything else is of no known kind."""


def sample_row(table: Table) -> dict[str, object]:
    """Return values that every constraint of a table accepts."""
    return {c.name: sample_value(c) for c in table.columns if not c.nullable or c.name in CHECKED}


def sample_value(column: Column[object]) -> object:
    """Return the same value for the same kind of column, so that references meet."""
    if isinstance(column.type, LargeBinary):
        return b"0123456789abcdef"
    if isinstance(column.type, Integer):
        return 1
    assert isinstance(column.type, Text), column
    return "{}"


def test_files_are_numbered_without_gaps() -> None:
    numbers = [int(revision) for revision in REVISIONS]
    assert numbers == list(range(1, len(FILES) + 1))
    for path in FILES:
        assert re.fullmatch(r"\d{4}_[a-z_]+\.py", path.name), path.name


def test_each_revision_follows_the_one_before() -> None:
    scripts = ScriptDirectory(str(migration_folder()))
    chain = [script.revision for script in scripts.walk_revisions()][::-1]
    assert chain == REVISIONS
    assert scripts.get_heads() == REVISIONS[-1:]


def test_the_newest_revision_equals_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": SCHEMA}
        )
        assert compare_metadata(context, SCHEMA) == []


def test_check_constraints_of_the_newest_revision_equal_the_models(database: Database) -> None:
    """The comparison above does not see them."""
    real = tables_in(database)
    for table in SCHEMA.sorted_tables:
        names = {
            check.name for check in table.constraints if type(check).__name__ == "CheckConstraint"
        }
        found = real.tables[table.name].constraints
        assert names == {c.name for c in found if type(c).__name__ == "CheckConstraint"}, table.name


def test_every_revision_goes_up_and_down_with_data(other_database: Database) -> None:
    rows: dict[str, int] = {}
    for revision in REVISIONS:
        migrate(other_database, to=revision)
        before = dict(rows)
        rows = fill(other_database)
        assert before.items() <= rows.items(), f"{revision} lost rows on the way up."
    for revision in REVISIONS[-2::-1]:
        migrate(other_database, to=revision)
        kept = fill(other_database)
        assert kept.items() <= rows.items(), f"Going down to {revision} lost rows."
    migrate(other_database, to="base")
    assert not tables_in(other_database).tables
    migrate(other_database)
    assert is_up_to_date(other_database)


def test_migrating_twice_changes_nothing(database: Database) -> None:
    rows = fill(database)
    migrate(database)
    assert fill(database) == rows


def test_an_old_schema_is_told_from_the_newest(other_database: Database) -> None:
    migrate(other_database, to=REVISIONS[0])
    assert not is_up_to_date(other_database)
    migrate(other_database)
    assert is_up_to_date(other_database)


def test_the_comparison_finds_a_column_that_no_migration_made(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("alter table fate add column note text")
        context = MigrationContext.configure(connection)
        assert [change[0] for change in compare_metadata(context, SCHEMA)] == ["remove_column"]
        connection.rollback()


@on_sqlite
def test_foreign_keys_are_on_again_after_a_migration(database: Database) -> None:
    migrate(database)
    with database.engine.connect() as connection:
        assert connection.scalar(text("pragma foreign_keys")) == 1
