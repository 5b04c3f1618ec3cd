"""What a page costs: bytes on the wire with all it loads, and statements in the database.

Source: docs/performance.md, what is measured: 14,600 bytes are what ten TCP segments carry before
the first answer of the visitor's phone; the form aims at 8,000.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

import brotli
import pytest
from sqlalchemy import event
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.services.queries import Landing
from coproduce.web.headers import FOR_A_YEAR
from coproduce.web.locales import PSEUDO_LANGUAGE, SOURCE_LANGUAGE
from coproduce.web.page_endpoint import FORM_TYPE
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_service
from tests.guards.catalogues import LANGUAGES
from tests.guards.site_map import written_addresses
from tests.html import Element, fields_of, parse
from tests.live import Demonstration, served
from tests.needs import on_sqlite

LAW_BYTES = 14_600
FORM_BYTES = 8_000
FORM_REQUESTS = 3
JOURNEY_BYTES = 15_000
JOURNEY_REQUESTS = 5
"""From opening the form to the receipt. Source: docs/performance.md, a journey in a browser."""

SENTENCE = "Open in the evening please, and let us wait inside when it rains."
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


def fetched(address: str, path: str, form: dict[str, list[str]] | None = None) -> bytes:
    """Return every byte a server sends for one address to a browser that takes brotli."""
    parts = urlsplit(address)
    content = urlencode(form or {}, doseq=True)
    head = f"Host: {parts.netloc}\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: close\r\n"
    if form:
        head += f"Content-Type: {FORM_TYPE}\r\nContent-Length: {len(content)}\r\n"
    received = bytearray()
    with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as connection:
        method = "POST" if form else "GET"
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n{content}".encode())
        while chunk := connection.recv(65536):
            received += chunk
    return bytes(received)


@dataclass
class Phone:
    """A browser that has never been here: what it asks for, and every byte it is sent.

    Attributes:
        address: where the server is.
        asked: every path it asked for. What may be kept is asked for once.
        weight: bytes on the wire, heads included.
    """

    address: str
    asked: list[str] = field(default_factory=list)
    weight: int = 0

    def opens(self, path: str, form: dict[str, list[str]] | None = None) -> Element:
        """Fetch a page, or send a form, with all the page loads; return the page."""
        head, body = self._gets(path, form).split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200"), head
        html = (brotli.decompress(body) if b"content-encoding: br" in head else body).decode()
        page = parse(html)
        for element in page.all("link", "script", "img"):
            link = element.get("src") or element.get("href")
            if not link.startswith("data:") and link not in self.asked:
                assert f"cache-control: {FOR_A_YEAR}".encode() in self._gets(link)
        return page

    def _gets(self, path: str, form: dict[str, list[str]] | None = None) -> bytes:
        answer = fetched(self.address, path, form)
        self.asked.append(path)
        self.weight += len(answer)
        return answer


def weight_with_all_it_loads(address: str, path: str) -> int:
    """Return the bytes of a page with its heads, its style and its script."""
    phone = Phone(address)
    phone.opens(path)
    return phone.weight


@on_sqlite
@pytest.mark.parametrize("code", [*LANGUAGES, PSEUDO_LANGUAGE])
def test_the_form_is_light_in_every_language(
    all_languages: str, landing: Landing, code: str
) -> None:
    weight = weight_with_all_it_loads(all_languages, f"/{code}/g/{landing.code}")
    limit = FORM_BYTES if code == SOURCE_LANGUAGE else LAW_BYTES
    assert weight <= limit, f"The form in {code} weighs {weight:,} bytes; {limit:,} are allowed."


@on_sqlite
@pytest.mark.parametrize("code", [*LANGUAGES, PSEUDO_LANGUAGE])
@pytest.mark.parametrize("road", ["", "/helper", "/kiosk"], ids=["own", "helper", "kiosk"])
def test_the_whole_journey_is_light_in_every_language(
    all_languages: str, landing: Landing, code: str, road: str
) -> None:
    phone = Phone(all_languages)
    page = phone.opens(f"/{code}/g/{landing.code}{road}")
    assert len(phone.asked) <= FORM_REQUESTS, phone.asked
    form = fields_of(next(page.all("form")))
    written = {"overall": ["poor"], "barriers": ["wait", "hours"], "better": [SENTENCE]}
    receipt = phone.opens(f"/{code}/g", {**form, **written, "consent": ["paraphrase"]})
    assert any("code" in element.get("class").split() for element in receipt.all())
    assert len(phone.asked) <= JOURNEY_REQUESTS, phone.asked
    assert phone.weight <= JOURNEY_BYTES, f"The journey in {code} weighs {phone.weight:,} bytes."


@on_sqlite
def test_a_journey_that_loads_more_is_found_out(all_languages: str, landing: Landing) -> None:
    phone = Phone(all_languages)
    phone.opens(f"/g/{landing.code}")
    light, few = phone.weight, len(phone.asked)
    phone.opens("/sign-in")
    assert len(phone.asked) > few
    assert phone.weight > light


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
