"""F3, F4, F5: a full disk, a held lock, a lost server. What was typed is never lost."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import httpx2
import pytest
from sqlalchemy import Connection, event, text
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.models import Inbox
from coproduce.services.queries import Landing
from tests.factories import blank_form, code_on
from tests.faults.senders import Form, Senders, between, check_stored_once, code_in, filled_form
from tests.faults.test_network import address_of
from tests.feedback.submissions import stored_rows
from tests.html import fields_of, parse
from tests.needs import on_postgresql, on_sqlite

WORDS = "More <evenings> & “weekends”, please."
NO_LIMIT = 1 << 30


def kept_on(response: httpx2.Response) -> dict[str, list[str]]:
    """Return what a page would send again, after finding that nothing was lost on it."""
    assert response.status_code == 503
    kept = fields_of(next(parse(response.text).all("form")))
    assert kept["better"] == [WORDS]
    return kept


# A full disk


@contextmanager
def told_each_connection(database: Database, pragma: str) -> Iterator[None]:
    """Give every connection a setting for as long as the block lasts."""

    def tell(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute(pragma)

    event.listen(database.engine, "checkout", tell)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", tell)


@on_sqlite
@pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="3"), pytest.param(200, id="200", marks=pytest.mark.prove)]
)
def test_a_full_disk_keeps_the_words_and_what_was_stored(
    rounds: int, client: TestClient, database: Database, landing: Landing
) -> None:
    """F3."""
    codes: list[str] = []
    for _round in range(rounds):
        with database.read() as db:
            pages = db.scalar(text("PRAGMA page_count"))
        with told_each_connection(database, f"PRAGMA max_page_count={pages}"):
            while True:
                form = {**blank_form(client, landing.code), "better": WORDS, "overall": "good"}
                response = client.post("/g", data=form)
                if response.status_code != 200:
                    break
                codes.append(code_on(response))
            kept = kept_on(response)
            assert client.get(f"/g/{landing.code}").status_code == 200
        with told_each_connection(database, f"PRAGMA max_page_count={NO_LIMIT}"):
            sent = client.post("/g", data=kept)
            codes.append(code_on(sent))
            assert code_on(client.post("/g", data=form)) == codes[-1]
        check_whole(database)
    assert len(stored_rows(database, Inbox)) == len(set(codes)) == len(codes)


def check_whole(database: Database) -> None:
    """Pass if SQLite finds the file whole."""
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


# A lock that somebody holds


@contextmanager
def held(database: Database) -> Iterator[Connection]:
    """Hold the database so that nobody else can write, until a rollback."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.rollback()
            own = sqlite3.connect(
                str(database.engine.url.database), isolation_level=None, check_same_thread=False
            )
            own.execute("BEGIN IMMEDIATE")
            event.listen(connection, "rollback", lambda _connection: own.close())
        else:
            connection.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))
        yield connection


def test_a_short_lock_only_takes_time(
    client: TestClient, database: Database, landing: Landing
) -> None:
    """F4."""
    form = {**blank_form(client, landing.code), "overall": "good", "better": WORDS}
    with held(database) as lock, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(client.post, "/g", data=form)
        time.sleep(0.3)
        assert not sending.done()
        if database.is_sqlite:
            lock.exec_driver_sql("SELECT 1")
        lock.rollback()
        assert code_on(sending.result())
    assert len(stored_rows(database, Inbox)) == 1
