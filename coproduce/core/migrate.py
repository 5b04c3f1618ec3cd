"""Bringing the schema of a database up to date with Alembic, and telling whether it is."""

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from coproduce.core.db import Database
from coproduce.core.errors import OperatorError

LOCK_SECONDS = 4
"""How long a migration waits for a table on PostgreSQL before it gives up.

Source: the value the Python Package Index uses for its own migrations.
"""

_LOCK_NUMBER = 7_276_300
"""Names the advisory lock under which one process at a time migrates; any constant would do."""


def migration_folder() -> Path:
    """Return the folder of the migrations, in a checkout or in an installed package."""
    package = Path(str(resources.files("coproduce")))
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def migrate(database: Database, *, to: str = "head") -> None:
    """Bring the schema to a revision. Running it twice changes nothing."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # Altering a table on SQLite means copying it, which enforced foreign keys forbid.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=0")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
        _run(connection, to)
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise OperatorError("The migration broke a link between tables. Nothing was changed.")
        connection.commit()
        if database.is_sqlite:
            connection.invalidate()


def is_up_to_date(database: Database) -> bool:
    """Return True if the database has the newest schema."""
    newest = ScriptDirectory(str(migration_folder())).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def _run(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migration_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision() or ""
    if to == "base" or (to != "head" and to < current):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)
