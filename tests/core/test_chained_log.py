import secrets
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, text, update

from coproduce.core.chained_log import (
    LogEntry,
    append_to_log,
    count_by_account,
    find_broken_line,
    list_lines,
    list_log,
)
from coproduce.core.db import Database
from coproduce.core.keys import Keys, new_keys

LINES = 5
SOMEBODY = secrets.token_bytes(16)


@pytest.fixture
def logged(database: Database, keys: Keys, today: date) -> Database:
    """A database with five lines: two of the shell, three of somebody, on five days."""
    with database.write() as db:
        for number in range(LINES):
            append_to_log(
                db,
                keys,
                day=today + timedelta(days=number),
                account_id=SOMEBODY if number % 2 == 0 else None,
                what="thing" if number % 2 == 0 else "other",
                about=f"about {number}",
            )
        db.commit()
    return database


def broken(database: Database, keys: Keys) -> int | None:
    with database.read() as db:
        return find_broken_line(db, keys)


def change(database: Database, number: int, **values: object) -> None:
    with database.write() as db:
        db.execute(update(LogEntry).where(LogEntry.number == number).values(values))
        db.commit()


def test_a_log_as_it_was_written_is_whole(logged: Database, keys: Keys) -> None:
    assert broken(logged, keys) is None


def test_an_empty_log_is_whole(database: Database, keys: Keys) -> None:
    assert broken(database, keys) is None


@pytest.mark.parametrize("number", range(1, LINES + 1))
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", date(2020, 1, 1)),
        ("account_id", secrets.token_bytes(16)),
        ("account_id", None),
        ("what", "nothing"),
        ("about", ""),
        ("tie", secrets.token_bytes(16)),
    ],
)
def test_a_change_of_any_field_of_any_line_is_found(
    logged: Database, keys: Keys, number: int, field: str, value: object
) -> None:
    if field == "account_id" and value is None and number % 2 == 0:
        value = SOMEBODY
    change(logged, number, **{field: value})

    assert broken(logged, keys) == number


@pytest.mark.parametrize("number", range(1, LINES))
def test_a_dropped_line_is_found(logged: Database, keys: Keys, number: int) -> None:
    with logged.write() as db:
        db.execute(delete(LogEntry).where(LogEntry.number == number))
        db.commit()

    assert broken(logged, keys) == number


@pytest.mark.parametrize("number", range(1, LINES))
def test_a_dropped_line_is_found_though_the_others_were_numbered_anew(
    logged: Database, keys: Keys, number: int
) -> None:
    with logged.write() as db:
        db.execute(delete(LogEntry).where(LogEntry.number == number))
        for later in range(number + 1, LINES + 1):
            db.execute(update(LogEntry).where(LogEntry.number == later).values(number=later - 1))
        db.commit()

    assert broken(logged, keys) == number


@pytest.mark.parametrize("number", range(1, LINES))
def test_two_lines_that_changed_places_are_found(logged: Database, keys: Keys, number: int) -> None:
    with logged.write() as db:
        for old, new in ((number, 99), (number + 1, number), (99, number + 1)):
            db.execute(update(LogEntry).where(LogEntry.number == old).values(number=new))
        db.commit()

    assert broken(logged, keys) == number


def test_a_line_put_in_by_somebody_without_the_key_file_is_found(
    logged: Database, keys: Keys, today: date
) -> None:
    with logged.write() as db:
        append_to_log(db, new_keys().keys, day=today, account_id=None, what="let in")
        db.commit()

    assert broken(logged, keys) == LINES + 1


def test_a_day_that_is_none_is_found(logged: Database, keys: Keys) -> None:
    with logged.write() as db:
        db.execute(text("UPDATE log_entry SET day = 'yesterday' WHERE number = 3"))
        db.commit()

    assert broken(logged, keys) == 3


def test_lines_come_newest_first_and_before_a_number(logged: Database) -> None:
    with logged.read() as db:
        assert [line.number for line in list_log(db, limit=2)] == [5, 4]
        assert [line.number for line in list_log(db, before=3)] == [2, 1]


def test_lines_of_one_kind_come_oldest_first(logged: Database, today: date) -> None:
    with logged.read() as db:
        assert [line.number for line in list_lines(db, ["thing"])] == [1, 3, 5]
        since = today + timedelta(days=2)
        assert [line.number for line in list_lines(db, ["thing", "other"], since)] == [3, 4, 5]


def test_what_somebody_did_is_counted_since_a_day(logged: Database, today: date) -> None:
    """The shell is nobody."""
    with logged.read() as db:
        assert count_by_account(db, ["thing", "other"], today) == {SOMEBODY: 3}
        assert count_by_account(db, ["thing"], today + timedelta(days=3)) == {SOMEBODY: 1}
        assert count_by_account(db, ["other"], today) == {}
