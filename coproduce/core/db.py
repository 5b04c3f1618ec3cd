"""The database: one engine, reading and writing sessions, and what each kind of database needs.

Only the edge (`web/page_endpoint.py`, `cli.py`, `jobs.py`) commits.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    MetaData,
    create_engine,
    event,
    insert,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

THREADS = 16
"""Requests in progress at once, and connections: one number, or the surplus would stall.

Source: measured for SQLite and PostgreSQL with 32 clients; see ADR 0002.
"""

LOCK_MILLISECONDS = 10_000
"""How long a statement waits for somebody else's lock; then the person is asked to send again.

Source: fault F4 (docs/threat-model.md).
"""

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": LOCK_MILLISECONDS,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "temp_store": 2,
    "journal_size_limit": 0,
}
"""What each SQLite connection runs with; `coproduce check` compares it with what it finds.

``synchronous`` 2 is FULL: what was acknowledged survives a power cut. ``secure_delete`` overwrites
what is deleted. Source: sqlite.org/pragma.html; privacy rules T7 and F.2 (docs/threat-model.md).
"""

PARTICIPANT_TABLE: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Table options without a hidden row number, which would record the order in which people wrote."""

PLAIN_TABLE: dict[str, Any] = {"sqlite_strict": True}


class Base(DeclarativeBase):
    """Every table, with named constraints so that a migration can alter them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One engine and the two ways to use it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer. Without this lock the threads poll for it and the slowest wait
        # seconds; with it they queue. PostgreSQL has row locks and needs none.
        self._writer = threading.Lock() if self.is_sqlite else nullcontext()
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(
            engine.execution_options(coproduce_begin="BEGIN IMMEDIATE"), expire_on_commit=False
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; whatever it changed is rolled back."""
        with self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session for writing; the caller commits, or everything is rolled back."""
        with self._writer, self._writing() as session:
            yield session

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Give a connection outside any transaction while no other thread writes; for VACUUM."""
        with (
            self._writer,
            self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            yield connection

    def close(self) -> None:
        """Close every connection; on SQLite empty the write-ahead log first."""
        if self.is_sqlite:
            with self.alone() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()


def connect(url: str) -> Database:
    """Return a database for the address; nothing is opened yet.

    Parameters of statements never reach an exception text (``hide_parameters``).
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address,
            pool_size=THREADS + 2,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_size=THREADS + 2,
            max_overflow=0,
            hide_parameters=True,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", _prepare_postgresql)
    return Database(engine)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by its own rules; `_begin_sqlite` does it by ours.
    connection.isolation_level = None
    for pragma, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {pragma}={value}")


def _prepare_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Without an end to waiting, one forgotten lock would hold every thread of the server.
    connection.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql(options.get("coproduce_begin", "BEGIN"))


def insert_once(db: Session, table: type[Base], **values: object) -> bool:
    """Insert a row unless its primary key is there; return True if it was inserted.

    Two that come at once: the second waits for the first and then returns False.
    """
    statement = _insert_once(db.get_bind().dialect.name, table)
    return db.execute(statement, values).first() is not None


def insert_row(db: Session, table: type[Base], **values: object) -> None:
    """Insert a row now; quicker than `Session.add`, which also prepares for later changes of it."""
    db.execute(_insert_row(table), values)


@cache
def _insert_row(table: type[Base]) -> Executable:
    return insert(Base.metadata.tables[table.__tablename__])


@cache
def _insert_once(dialect: str, table: type[Base]) -> Executable:
    """Return the statement; making it takes longer than running it."""
    kind = sqlite if dialect == "sqlite" else postgresql
    unless_there = kind.insert(table.__table__).on_conflict_do_nothing()
    statement: Executable = unless_there.returning(*table.__table__.primary_key)
    return statement
