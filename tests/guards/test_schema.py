"""What the database can hold is written down, and none of it tells an order, a time or a person."""

import secrets
from datetime import date

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.settle import settle_feedback
from coproduce.information.rules import HOLDINGS, About
from coproduce.services.queries import Landing
from tests.factories import posted_form
from tests.guards.stored_values import (
    columns_of,
    rows_of,
    schema_faults,
    table_names,
    time_faults,
)

COLUMNS = {
    "inbox": (
        "form_tag code_tag sealed_nonce received_day period service_id area_id framework answers"
        " source screen text_box consent language flags is_text_settled"
    ),
    "used_form": "form_tag body_tag day",
    "response": (
        "id period service_id area_id framework answers source screen fast_atom_id slow_atom_id"
    ),
    "sealed_text": "id period waiting_since service_id area_id box consent language flags",
    "receipt": "tag period pointer",
    "fate": "id period state",
    "imported_row": "tag period",
}
"""Everything that is kept of what a person sent. A new column is a new thing to hand over."""

DAYS = frozenset({"inbox.received_day", "used_form.day", "sealed_text.waiting_since"})
"""The only places where a day is kept, each with a reason in `feedback/models.py`."""

PEOPLE = {name for name, holding in HOLDINGS.items() if holding.about is About.PEOPLE}


@pytest.fixture
def fed(
    client: TestClient, database: Database, landing: Landing, keys: Keys, today: date
) -> Database:
    """A database after a dozen people wrote, some of them after the first were mixed."""
    for number in range(12):
        if number == 7:
            settle_feedback(database, keys, today, secrets.token_bytes)
        better = f"More evenings, please. {number}"
        answered = posted_form(client, landing.code, overall="good", better=better)
        assert answered.status_code == 200
    return database


def test_tables_of_what_people_send_have_these_columns_and_no_others(database: Database) -> None:
    with database.engine.connect() as connection:
        real = {
            table: " ".join(column.name for column in columns_of(connection, table))
            for table in table_names(connection)
            if table in PEOPLE
        }
    assert real == COLUMNS, "A new column here must also be explained in docs/threat-model.md."


def test_no_table_can_record_an_order_or_a_time(database: Database) -> None:
    """T9."""
    with database.engine.connect() as connection:
        assert not list(schema_faults(connection, PEOPLE))


def test_no_stored_value_tells_when_somebody_wrote(fed: Database, today: date) -> None:
    """T9."""
    with fed.engine.connect() as connection:
        tables = {table: rows_of(connection, table) for table in PEOPLE}
    assert all(tables[name] for name in ("inbox", "used_form", "response", "sealed_text"))
    for table, rows in tables.items():
        assert not list(time_faults(table, rows, around=today, day_columns=DAYS))


def test_the_page_on_what_we_hold_lists_every_table_and_column(
    client: TestClient, database: Database
) -> None:
    page = client.get("/hand-over").text
    with database.engine.connect() as connection:
        for table in table_names(connection):
            assert table in HOLDINGS, f"Describe {table} in coproduce/information/rules.py."
            columns = ", ".join(column.name for column in columns_of(connection, table))
            assert f"{table}: {columns}" in page, f"/hand-over does not list {table}."
        assert set(HOLDINGS) == set(table_names(connection)), "A described table is not there."


def make_bad_tables(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    number = "integer primary key" if on_sqlite else "bigserial primary key"
    instant = "datetime" if on_sqlite else "timestamptz"
    connection.exec_driver_sql(f"create table diary (id {number}, written {instant})")


def test_the_schema_guard_finds_a_counter_and_a_time(database: Database) -> None:
    with database.engine.connect() as connection:
        make_bad_tables(connection)
        faults = " ".join(schema_faults(connection, {*PEOPLE, "diary"}))
        connection.rollback()
    assert "diary.written has type" in faults
    assert "diary.id" in faults
    if database.is_sqlite:
        assert "not STRICT" in faults
        assert "hidden row number" in faults
    else:
        assert "counts by itself" in faults


@pytest.mark.parametrize(
    "value",
    [
        "2026-08-12T09:41",
        "seen 2026-08-12 09:41",
        "2026-08-12",
        1786528860,
        "t=1786528860123",
        1786528860123456789,
    ],
)
def test_the_value_guard_finds_a_time(value: str | int, today: date) -> None:
    assert list(time_faults("inbox", [{"flags": value}], around=today, day_columns=DAYS))


def test_the_value_guard_finds_ids_made_from_a_time(today: date) -> None:
    rows = [{"id": bytes.fromhex(f"018a2b3c4d5e7{n:03x}a0b1c2d3e4f50617")} for n in range(3)]
    assert list(time_faults("response", rows, around=today, day_columns=DAYS))


@pytest.mark.parametrize("value", ["2026-Q3", '{"overall":"good"}', "en", 1, "07700 900123"])
def test_the_value_guard_lets_plain_values_pass(value: str | int, today: date) -> None:
    assert not list(time_faults("inbox", [{"period": value}], around=today, day_columns=DAYS))
