"""What the database can hold is written down, and none of it tells an order, a time or a person."""

import secrets
from datetime import date

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from coproduce.backup import LEFT_OUT
from coproduce.core.column_types import Day
from coproduce.core.db import Base, Database
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
    # What people send, and what moderators make of it.
    "inbox": (
        "form_tag code_tag sealed_nonce received_day period service_id area_id framework answers"
        " source screen text_box consent language flags is_text_settled"
    ),
    "used_form": "form_tag body_tag day",
    "response": (
        "id period service_id area_id framework answers source screen fast_atom_id slow_atom_id"
    ),
    "sealed_text": (
        "id period waiting_since service_id area_id box consent language flags source is_urgent"
    ),
    "moderated_text": (
        "id period service_id area_id source consent use state words language seriousness"
        " matters_to_few codebook signpost shown_from"
    ),
    "coding": "text_id code direction level",
    "statement": "id period service_id area_id family words language state",
    "statement_source": "statement_id text_id",
    "panel_idea": "id batch area_id service_kind words language must_be_answered text_id",
    "safeguarding_case": "id state opened_by second proposed_by recipient box due_on",
    "words_notice": "id since box",
    "receipt": "tag period pointer",
    "fate": "id period state reason signpost shown_from",
    "imported_row": "tag period",
    "card": "tag batch_id",
    "unused_card": "tag",
    # People who sign in.
    "account": (
        "id pseudonym salt cost public_key locked_private_key locked_second_factor last_code_tag"
    ),
    "recovery_code": "tag account_id",
    "role_grant": "id account_id role scope scope_id starts_on last_day",
    "invitation": (
        "tag kind valid_until role scope scope_id last_day account_id renews_second_factor state"
    ),
    "sign_in": "tag account_id stage locked_private_key last_day",
    "key_share": "account_id reading_key_id box sealed_to",
    "moderator_profile": "account_id languages declined",
    "conflict_of_interest": "account_id service_id",
    "assignment": "text_id account_id task given_on",
    "passed_on": "text_id account_id",
    "first_reading": "text_id account_id",
    "coding_sample": "text_id account_id",
    "statement_author": "statement_id account_id",
    "shift": "account_id began_at items break_until",
    "supervision_note": "account_id week kind",
    "words_withdrawal": "words_tag subject_kind subject asked_by asked_on",
    "log_entry": "number day account_id what about tie",
}
"""Everything that is kept about a person. A new column is a new thing to hand over."""

DAYS = {
    "inbox.received_day": "it is mixed and deleted by its age",
    "used_form.day": "it is forgotten after three days",
    "sealed_text.waiting_since": "a Monday: unread words are warned about and deleted by their age",
    "moderated_text.shown_from": "a Monday: the code page tells of it from then on",
    "fate.shown_from": "a Monday: the code page tells of it from then on",
    "panel_idea.batch": "the weekday on which all ideas of a week went out together",
    "safeguarding_case.due_on": "two people must decide by then",
    "words_notice.since": "a Monday: it is deleted by its age",
    "words_withdrawal.asked_on": "a second person must decide soon",
    "role_grant.starts_on": "a role begins",
    "role_grant.last_day": "a role ends by itself",
    "invitation.valid_until": "a printed code ends by itself",
    "invitation.last_day": "the role it gives ends by itself",
    "sign_in.last_day": "a sign-in ends however busy it is",
    "assignment.given_on": "a text that nobody decides on goes to somebody else",
    "supervision_note.week": "a Monday: somebody asks again next week",
    "log_entry.day": "what staff did must be answered for, by day",
}
"""The only places where a day is kept about a person, each with its reason."""

MINUTES = {
    "shift.began_at": "nobody reads for longer than half an hour",
    "shift.break_until": "nobody reads during a break",
}
"""The one exception: a minute of a moderator's own stretch of reading. Never in a backup."""

WATCHED = {name for name, held in HOLDINGS.items() if held.about in {About.PEOPLE, About.ACCOUNTS}}
NO_ORDER = WATCHED - {"log_entry"}
"""The log of what staff did is there to show an order; nobody who gives feedback is in it."""


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
            if table in WATCHED
        }
    assert real == COLUMNS, "A new column here must also be explained in docs/threat-model.md."


def test_no_table_can_record_an_order_or_a_time(database: Database) -> None:
    """T9."""
    with database.engine.connect() as connection:
        faults = list(schema_faults(connection, NO_ORDER))
    assert [fault for fault in faults if not fault.startswith("log_entry.number is")] == []


def test_every_day_and_minute_that_is_kept_is_a_column_and_has_a_reason() -> None:
    real = {f"{table}.{column}" for table, names in COLUMNS.items() for column in names.split()}
    assert real >= DAYS.keys() | MINUTES.keys()
    days = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if table.name in WATCHED and isinstance(column.type, Day)
    }
    assert days == DAYS.keys()


def test_what_holds_a_minute_or_an_open_sign_in_is_in_no_backup() -> None:
    assert {name.partition(".")[0] for name in MINUTES} | {"sign_in", "assignment"} <= LEFT_OUT


def test_no_stored_value_tells_when_somebody_wrote(fed: Database, today: date) -> None:
    """T9."""
    with fed.engine.connect() as connection:
        tables = {table: rows_of(connection, table) for table in WATCHED}
    assert all(tables[name] for name in ("inbox", "used_form", "response", "sealed_text"))
    for table, rows in tables.items():
        assert not list(time_faults(table, rows, around=today, day_columns=frozenset(DAYS)))


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
        faults = " ".join(schema_faults(connection, {*NO_ORDER, "diary"}))
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
    assert list(time_faults("inbox", [{"flags": value}], around=today, day_columns=frozenset(DAYS)))


def test_the_value_guard_finds_ids_made_from_a_time(today: date) -> None:
    rows = [{"id": bytes.fromhex(f"018a2b3c4d5e7{n:03x}a0b1c2d3e4f50617")} for n in range(3)]
    assert list(time_faults("response", rows, around=today, day_columns=frozenset(DAYS)))


@pytest.mark.parametrize("value", ["2026-Q3", '{"overall":"good"}', "en", 1, "07700 900123"])
def test_the_value_guard_lets_plain_values_pass(value: str | int, today: date) -> None:
    assert not list(
        time_faults("inbox", [{"period": value}], around=today, day_columns=frozenset(DAYS))
    )
