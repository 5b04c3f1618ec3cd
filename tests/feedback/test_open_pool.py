from datetime import date

import pytest

from coproduce.core.db import Base, Database
from coproduce.core.keys import Keys
from coproduce.feedback.models import Fate, FateState, Inbox, Receipt, Response, UsedForm
from coproduce.feedback.open_pool import (
    hold_open_pool,
    mix_open_pool,
    mix_used_forms,
    mix_withdrawn,
)
from coproduce.services.queries import Landing
from tests.feedback.submissions import make_writer, stored_rows
from tests.needs import on_postgresql

PERIOD = "2026-Q3"


def rows_in_file_order(database: Database, table: type[Base]) -> list[tuple[object, ...]]:
    """The key, and the number of the writing transaction, of each row in the order of the file."""
    [key] = table.__table__.primary_key
    with database.engine.connect() as connection:
        query = f"SELECT {key.name}, xmin::text FROM {table.__tablename__} ORDER BY ctid"
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.fixture
def filled(database: Database, keys: Keys, landing: Landing, today: date) -> Database:
    """A database to which every row came in a transaction of its own."""
    for number in range(20):
        make_writer(database, keys, landing, today).sends(better=f"{number}", today=today)
        with database.write() as db:
            key = (number * 83 % 256).to_bytes(1) * 16
            db.add(Receipt(tag=key, period=PERIOD, pointer=b"p"))
            db.add(Fate(id=key, period=PERIOD, state=FateState.WITHDRAWN))
            db.commit()
    return database


def mix_all(database: Database) -> None:
    with database.write() as db:
        mix_withdrawn(db)
        mix_open_pool(db, {PERIOD})
        mix_used_forms(db)
        db.commit()


def test_mixing_changes_no_row(filled: Database) -> None:
    tables = (Inbox, UsedForm, Receipt, Fate, Response)
    before = [stored_rows(filled, table) for table in tables]

    mix_all(filled)

    assert [stored_rows(filled, table) for table in tables] == before
    assert all(before[:4])


@pytest.mark.parametrize("table", [Inbox, UsedForm, Receipt, Fate])
@on_postgresql
def test_after_mixing_the_file_is_in_the_order_of_the_keys_and_of_one_transaction(
    filled: Database, table: type[Base]
) -> None:
    before = rows_in_file_order(filled, table)
    assert len({transaction for _key, transaction in before}) == 20
    assert before != sorted(before)

    mix_all(filled)

    after = rows_in_file_order(filled, table)
    assert len({transaction for _key, transaction in after}) == 1
    assert [key for key, _transaction in after] == sorted(key for key, _transaction in after)  # type: ignore[type-var]


def test_nothing_else_is_touched(filled: Database) -> None:
    with filled.write() as db:
        mix_open_pool(db, {"2026-Q1", "2026-Q2"})
        db.commit()

    if not filled.is_sqlite:
        for table in (Inbox, UsedForm, Receipt):
            assert len({number for _key, number in rows_in_file_order(filled, table)}) == 20


def test_holding_can_be_repeated(filled: Database) -> None:
    with filled.write() as db:
        hold_open_pool(db)
        hold_open_pool(db)
        mix_open_pool(db, {PERIOD})
        db.commit()

    assert len(stored_rows(filled, Inbox)) == 20
