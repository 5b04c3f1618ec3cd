"""F3, F4, F5: a full disk, a held lock, a lost server. What was typed is never lost."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import NullPool, create_engine, event, text
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import LOCK_MILLISECONDS, Database, connect
from coproduce.core.keys import NewKeys
from coproduce.feedback.models import Inbox
from coproduce.services.queries import Landing
from coproduce.web.room import Room
from coproduce.web.site import Site
from tests.factories import blank_form, code_on
from tests.faults.senders import (
    Senders,
    address_of,
    between,
    check_stored_once,
    filled_form,
    send,
)
from tests.feedback.submissions import stored_rows
from tests.html import fields_of, parse
from tests.needs import on_postgresql, on_sqlite

WORDS = "More <evenings> & “weekends”, please."
NO_LIMIT = 1 << 30
OVERALL = {"overall": ["good"]}


def kept_on(response: httpx2.Response, words: str = WORDS) -> dict[str, list[str]]:
    """Return what a page would send again, after finding that nothing was lost on it."""
    assert response.status_code == 503
    kept = fields_of(next(parse(response.text).all("form")))
    assert kept["better"] == [words]
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
def held(database: Database) -> Iterator[Callable[[], object]]:
    """Hold the database so that nobody else can write; what is given lets go."""
    own = create_engine(database.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    begin = "BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN; LOCK TABLE inbox IN EXCLUSIVE MODE"
    with own.connect() as connection:
        connection.exec_driver_sql(begin)
        yield lambda: connection.exec_driver_sql("ROLLBACK")


def patience(database: Database, milliseconds: int) -> AbstractContextManager[None]:
    """Change how long every connection waits for a lock."""
    name = "PRAGMA busy_timeout" if database.is_sqlite else "SET lock_timeout"
    return told_each_connection(database, f"{name} = {milliseconds}")


def test_a_short_lock_only_takes_time(
    client: TestClient, database: Database, landing: Landing
) -> None:
    """F4."""
    form = {**blank_form(client, landing.code), "overall": "good", "better": WORDS}
    with held(database) as let_go, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(client.post, "/g", data=form)
        time.sleep(0.3)
        assert not sending.done()
        let_go()
        assert code_on(sending.result())
    assert len(stored_rows(database, Inbox)) == 1


def test_a_long_lock_keeps_the_words_and_nobody_waits_for_ever(
    client: TestClient, database: Database, landing: Landing
) -> None:
    """F4."""
    form = {**blank_form(client, landing.code), "overall": "good", "better": WORDS}
    with held(database) as let_go:
        with patience(database, 200):
            kept = kept_on(client.post("/g", data=form))
        assert client.get(f"/g/{landing.code}").status_code == 200
        let_go()
    with patience(database, LOCK_MILLISECONDS):
        code = code_on(client.post("/g", data=kept))
    assert code_on(client.post("/g", data=form)) == code
    assert len(stored_rows(database, Inbox)) == 1


def test_a_long_lock_keeps_the_answer_to_the_check(
    client: TestClient, database: Database, landing: Landing
) -> None:
    """F4: which button was pressed is kept as well, so that nothing is asked twice."""
    telling = f"{WORDS} Ask Dr Smith, 07700 900123."
    form = {**blank_form(client, landing.code), "overall": "good", "better": telling}
    checked = fields_of(next(parse(client.post("/g", data=form).text).all("form")))
    with held(database), patience(database, 200):
        kept = kept_on(client.post("/g", data={**checked, "act": "hide"}), telling)
    with patience(database, LOCK_MILLISECONDS):
        assert code_on(client.post("/g", data=kept))
    assert len(stored_rows(database, Inbox)) == 1


def test_a_long_lock_keeps_words_that_are_added_later(
    client: TestClient, database: Database, landing: Landing
) -> None:
    """F4."""
    first = {**blank_form(client, landing.code), "overall": "good", "better": "Tea."}
    code = code_on(client.post("/g", data=first))
    page = parse(client.post("/code", data={"code": code, "act": "add"}).text)
    adds = {**fields_of(next(page.all("form"))), "better": WORDS, "act": "send"}
    with held(database), patience(database, 200):
        kept = kept_on(client.post("/code", data=adds))
    with patience(database, LOCK_MILLISECONDS):
        added = code_on(client.post("/code", data=kept))
    assert code_on(client.post("/code", data=adds)) == added != code
    assert len(stored_rows(database, Inbox)) == 2


def test_every_connection_waits_ten_seconds_for_a_lock(database: Database) -> None:
    question = "PRAGMA busy_timeout" if database.is_sqlite else "SHOW lock_timeout"
    with database.read() as db:
        assert db.scalar(text(question)) in {10_000, "10s"}


# A disk that is nearly full


def test_a_disk_that_is_nearly_full_is_told_before_anybody_types(
    site: Site,
    database: Database,
    clock: Callable[[], datetime],
    landing: Landing,
    tmp_path: Path,
) -> None:
    """F3. Whoever writes all the same is not turned away: it may well find room."""
    told = {}
    for least in (0, NO_LIMIT << 30):
        room = Room(tmp_path, least_bytes=least, least_share=1)
        app = create_app(replace(site, room=room), database, clock=clock)
        with TestClient(app, base_url=site.public_url) as client:
            for path in (f"/g/{landing.code}", f"/g/{landing.code}/helper", "/missing"):
                page = client.get(path)
                told[least, path] = "We cannot save anything right now." in page.text
            assert code_on(client.post("/g", data=blank_form(client, landing.code) | OVERALL))
    assert [is_told for (least, _path), is_told in told.items()] == [False] * 3 + [True] * 3


# A server that goes away


def test_without_any_database_the_words_are_kept_for_another_try(
    client: TestClient,
    site: Site,
    database: Database,
    clock: Callable[[], datetime],
    landing: Landing,
    tmp_path: Path,
) -> None:
    """F5: nobody answers at the address of the database."""
    url = f"sqlite:///{tmp_path / 'none' / 'none.sqlite'}"
    if not database.is_sqlite:
        url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    gone = connect(url)
    form = {**blank_form(client, landing.code), **OVERALL, "better": WORDS}
    with TestClient(create_app(site, gone, clock=clock), base_url=site.public_url) as unlucky:
        kept = kept_on(unlucky.post("/g", data=form))
        assert unlucky.get(f"/g/{landing.code}").status_code == 503
        assert unlucky.get("/safety").status_code == 200
    gone.engine.dispose()
    assert code_on(client.post("/g", data=kept))
    assert len(stored_rows(database, Inbox)) == 1


@on_postgresql
@pytest.mark.parametrize(
    "storms", [pytest.param(20, id="20"), pytest.param(500, id="500", marks=pytest.mark.prove)]
)
def test_lost_connections_to_postgresql_lose_and_double_nothing(
    storms: int,
    live_site: str,
    database: Database,
    fresh_keys: NewKeys,
    landing: Landing,
    today: date,
) -> None:
    """F5."""
    senders = Senders(fresh_keys.keys, landing.code, today)
    address = address_of(live_site)
    own = create_engine(database.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    ended = 0
    with ThreadPoolExecutor(SENDERS) as pool, own.connect() as connection:
        sending = [pool.submit(senders.run, address) for _ in range(SENDERS)]
        for _storm in range(storms):
            senders.answered.clear()
            assert senders.answered.wait(30)
            time.sleep(between(0, 0.05))
            ended += connection.execute(END_ALL_OTHERS).rowcount
        senders.stopped.set()
        for future in sending:
            future.result()
    assert ended >= storms
    check_stored_once(database, fresh_keys.keys, senders.acknowledged, fresh_keys.recovery_private)
    assert send(address, filled_form(fresh_keys.keys, landing.code, today))


SENDERS = 4
END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
