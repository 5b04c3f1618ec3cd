"""What a page costs: bytes on the wire with all it loads, and statements in the database.

Source: design law 2 (docs/threat-model.md): 14,600 bytes are what ten TCP segments carry before
the first answer of the visitor's phone; the form aims at 8,000.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import brotli
import pytest
from sqlalchemy import event
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.services.queries import Landing
from coproduce.web.locales import PSEUDO_LANGUAGE, SOURCE_LANGUAGE
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_service
from tests.guards.catalogues import LANGUAGES
from tests.guards.site_map import written_addresses
from tests.html import parse
from tests.live import Demonstration, served
from tests.needs import on_sqlite

LAW_BYTES = 14_600
FORM_BYTES = 8_000
STATEMENTS = 8
"""Most statements of one page. More means a loop over rows that should be one statement."""


@pytest.fixture
def all_languages(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[str]:
    """The address of a real server that offers every language there is, and the made-up one."""

    def make_app(address: str) -> ASGIApp:
        offered = replace(site, languages=(*LANGUAGES, PSEUDO_LANGUAGE), public_url=address)
        return create_app(offered, database, clock=clock)

    with served(make_app) as address:
        yield address


def fetched(address: str, path: str) -> bytes:
    """Return every byte a server sends for one address to a browser that takes brotli."""
    parts = urlsplit(address)
    head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip, deflate, br\r\n"
    received = bytearray()
    with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        while chunk := connection.recv(65536):
            received += chunk
    return bytes(received)


def weight_with_all_it_loads(address: str, path: str) -> int:
    """Return the bytes of a page with its heads, its style and its script."""
    page = fetched(address, path)
    head, body = page.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200"), head
    html = (brotli.decompress(body) if b"content-encoding: br" in head else body).decode()
    loaded = [
        element.get("src") or element.get("href")
        for element in parse(html).all("link", "script", "img")
    ]
    ours = {link for link in loaded if not link.startswith("data:")}
    return len(page) + sum(len(fetched(address, link)) for link in ours)


@on_sqlite
@pytest.mark.parametrize("code", [*LANGUAGES, PSEUDO_LANGUAGE])
def test_the_form_is_light_in_every_language(
    all_languages: str, landing: Landing, code: str
) -> None:
    weight = weight_with_all_it_loads(all_languages, f"/{code}/g/{landing.code}")
    limit = FORM_BYTES if code == SOURCE_LANGUAGE else LAW_BYTES
    assert weight <= limit, f"The form in {code} weighs {weight:,} bytes; {limit:,} are allowed."


@on_sqlite
def test_no_page_is_heavier_than_the_law(all_languages: str, landing: Landing) -> None:
    weights = {
        path: weight_with_all_it_loads(all_languages, f"/{code}{path}")
        for code in (*LANGUAGES, PSEUDO_LANGUAGE)
        for address in written_addresses()
        if address.is_page and address.where == "always"
        for path in [address.filled(landing.code)]
    }
    heavy = {path: weight for path, weight in weights.items() if weight > LAW_BYTES}
    assert not heavy, f"{LAW_BYTES:,} bytes are allowed: {heavy}"


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements a database is sent, apart from the beginning of transactions."""
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_no_page_asks_the_database_often(
    client: TestClient, database: Database, landing: Landing
) -> None:
    with database.write() as db:
        for _ in range(30):
            area_id = make_area(db)
            make_landing_code(db, area_id=area_id)
            make_service(db, area_id=area_id, also_called=("the old place",))
        db.commit()
    for address in written_addresses():
        if address.method == "GET":
            with counted_statements(database) as seen:
                client.get(address.filled(landing.code))
            assert len(seen) <= STATEMENTS, f"{address.path} sends {len(seen)}: {seen}"


def test_no_report_asks_the_database_often(demonstration: Demonstration) -> None:
    with TestClient(demonstration.app("http://127.0.0.1"), base_url="http://127.0.0.1") as client:
        tapped = {"role": "commissioner"}
        ours = {"origin": "http://127.0.0.1"}
        assert client.post("/demonstration/sign-in", data=tapped, headers=ours).is_success
        listed = parse(client.get("/reports").text)
        paths = [a.get("href") for a in listed.all("a") if "/reports/" in a.get("href")]
        for path in ("/reports", "/demonstration", paths[0]):
            with counted_statements(demonstration.database) as seen:
                assert client.get(path).status_code == 200
            assert len(seen) <= STATEMENTS, f"{path} sends {len(seen)}: {seen}"


def test_the_statement_guard_counts_a_loop(database: Database) -> None:
    with counted_statements(database) as seen, database.read() as db:
        for _ in range(STATEMENTS + 1):
            db.connection().exec_driver_sql("select 1")
    assert len(seen) == STATEMENTS + 1
