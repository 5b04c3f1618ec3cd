"""Every address is written down, states what it asks, and answers strangers as written."""

import ast
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Permission, Role
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.services.queries import Landing
from coproduce.web.headers import CONTENT_SECURITY_POLICY, FOR_A_YEAR, HEADERS, NO_STORE
from coproduce.web.page_endpoint import Row
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Reply
from coproduce.web.site import Site
from coproduce.web.static_files import static_url
from tests.guards.site_map import TABLE, Address, path_pattern, written_addresses
from tests.guards.stored_values import Row as StoredRow
from tests.guards.stored_values import rows_of, table_names
from tests.html import check_response, parse
from tests.people import make_person, noon, sign_in

PACKAGE = Path(__file__).parents[2] / "coproduce"

BLIND = [row for row in (*ROUTES, *DEMONSTRATION) if row.permission is Permission.ANONYMOUS]

EXACT = {
    **HEADERS,
    "strict-transport-security": "max-age=63072000",
}
ALLOWED = frozenset(
    {
        "allow",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "location",
        "vary",
    }
)
"""What an answer may say besides `EXACT`; none of it is about the visitor."""


def raise_fault(_db: Session, _asked: ParsedRequest) -> Reply:
    raise RuntimeError("a fault on purpose")


@pytest.fixture
def faulty_client(
    site: Site, database: Database, clock: Callable[[], datetime]
) -> Iterator[TestClient]:
    """A browser on a site with one page that always fails."""
    broken = Row("GET", "/broken", raise_fault, Permission.ANONYMOUS)
    app = create_app(site, database, routes=(broken,), clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        client.event_hooks = {"response": [check_response]}
        yield client


def visit(client: TestClient, address: Address, path: str) -> httpx2.Response:
    """Ask for an address; a POST holds one field that nobody asked for."""
    if address.method == "GET":
        return client.get(path)
    return client.post(path, data={"unknown": "field"}, headers={"origin": str(client.base_url)})


def header_faults(
    response: httpx2.Response, cached: str = NO_STORE, *, is_blind: bool = True
) -> list[str]:
    """Return how the headers of an answer differ from what every answer says.

    Pages that may look at the cookie tell our own site, and only it, where a form came from.
    """
    said = dict(response.headers)
    wanted = {**EXACT, "cache-control": cached}
    if not is_blind and said.get("content-type", "").startswith("text/html"):
        wanted["referrer-policy"] = "same-origin"
    faults = [
        f"{name}: {said.get(name)!r} instead of {value!r}"
        for name, value in wanted.items()
        if said.get(name) != value
    ]
    return [*faults, *(f"{n}: not on the list" for n in said.keys() - wanted.keys() - ALLOWED)]


def visits(client: TestClient, landing: Landing) -> Iterator[tuple[str, httpx2.Response]]:
    """Visit every blind address as written down, and all that can go wrong outside of them."""
    for address in written_addresses():
        if address.is_blind:
            path = address.filled(landing.code)
            yield f"{address.method} {path}", visit(client, address, path)
    yield "404", client.get("/no-such-page")
    yield "404 in a language", client.get("/ar/no-such-page")
    yield "405", client.post("/safety", data={"a": "b"})
    yield "static 404", client.get("/static/no-such-file.css")
    yield "421", client.get("/", headers={"host": "elsewhere.example"})
    yield "400", client.post("/g", content=b"{}", headers={"content-type": "text/plain"})
    yield "403", client.post("/g", data={"a": "b"}, headers={"sec-fetch-site": "cross-site"})


def test_every_route_is_written_down_and_none_has_vanished() -> None:
    """A vanished address breaks posters and bookmarks: keep a redirect, then edit routes.txt."""
    written = {(a.method, a.path, a.permission, a.where) for a in written_addresses()}
    real = {
        (row.method, row.path, row.permission.value, where)
        for where, rows in (("always", ROUTES), ("demonstration", DEMONSTRATION))
        for row in rows
    }
    assert real == written, f"{TABLE.name} and coproduce/routes.py differ in the lines shown here."


def test_strangers_get_what_the_table_says(client: TestClient, landing: Landing) -> None:
    got = {}
    for address in written_addresses():
        for prefix in ("", "/ar"):
            path = prefix + address.filled(landing.code)
            status = visit(client, address, path).status_code
            got[address.method, path] = (status, address.anonymous_status)
    wrong = {visit: codes for visit, codes in got.items() if codes[0] != codes[1]}
    assert not wrong, f"(is, should be) by {TABLE.name}: {wrong}"


def test_every_answer_carries_exactly_these_headers(
    client: TestClient, faulty_client: TestClient, landing: Landing
) -> None:
    answers = dict(visits(client, landing))
    answers["500"] = faulty_client.get("/broken")
    assert answers["500"].status_code == 500
    wrong = {name: faults for name, r in answers.items() if (faults := header_faults(r))}
    for address in written_addresses():
        if not address.is_blind:
            path = address.filled(landing.code)
            faults = header_faults(visit(client, address, path), is_blind=False)
            wrong |= {f"{address.method} {path}": faults} if faults else {}
    assert not wrong, f"coproduce/web/headers.py decides them: {wrong}"


def test_files_of_our_own_carry_the_same_headers_and_may_be_kept(client: TestClient) -> None:
    for name in ("site.css", "leave.js", "staff.css", "htmx.js"):
        assert not header_faults(client.get(static_url(name)), cached=FOR_A_YEAR)


def test_the_header_guard_finds_what_is_missing_and_what_is_too_much() -> None:
    headers = {**EXACT, "cache-control": NO_STORE, "x-powered-by": "us", "set-cookie": "id=1"}
    del headers["referrer-policy"]
    faults = header_faults(httpx2.Response(200, headers=headers))
    assert {fault.split(":")[0] for fault in faults} == {
        "referrer-policy",
        "x-powered-by",
        "set-cookie",
    }


def test_the_policy_allows_no_inline_code_and_nothing_from_elsewhere() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    sources = {source for value in directives.values() for source in value.split()}
    assert sources == {"'none'", "'self'", "data:"}


def test_looking_changes_nothing(client: TestClient, database: Database, landing: Landing) -> None:
    """F21: no address changes anything unless it is sent a form."""

    def everything() -> dict[str, list[StoredRow]]:
        with database.engine.connect() as connection:
            return {table: rows_of(connection, table) for table in table_names(connection)}

    before = everything()
    for address in written_addresses():
        if address.method == "GET":
            client.get(address.filled(landing.code))
    assert everything() == before


def test_nobody_gets_a_cookie_for_looking(client: TestClient, landing: Landing) -> None:
    for name, response in visits(client, landing):
        assert "set-cookie" not in response.headers, name
    for address in written_addresses():
        response = visit(client, address, address.filled(landing.code))
        assert "set-cookie" not in response.headers or address.permission == Permission.STRANGER
    assert not client.cookies


def test_a_cookie_changes_nothing_on_a_blind_page(
    client: TestClient, site: Site, database: Database, landing: Landing, keys: Keys, today: date
) -> None:
    """Neither a foreign one nor the real one of somebody who may do everything."""
    person = make_person(database, keys, today, *Role)
    sign_in(client, site, database, person, noon(today))
    real = client.headers.pop("cookie")
    del client.headers["origin"]
    foreign = "__Host-s=canary; session=canary"
    for address in written_addresses():
        path = address.filled(landing.code)
        if address.is_blind and address.method == "GET":
            plain = client.get(path)
            for cookie in (real, foreign):
                with_cookie = client.get(path, headers={"cookie": cookie})
                assert "canary" not in with_cookie.text
                assert person.pseudonym not in with_cookie.text
                assert "set-cookie" not in with_cookie.headers
                assert _what_stays(plain) == _what_stays(with_cookie), path
                assert plain.headers.keys() == with_cookie.headers.keys(), path


KNOW_COOKIES = {
    "web/sign_in_cookie.py",
    "web/page_endpoint.py",
    "web/parsed_request.py",
    "accounts/views.py",
    "demonstration/views.py",
}
"""Modules that may name a cookie: those at the edge, and the pages on which people sign in."""


def test_the_words_for_cookies_stand_in_few_modules() -> None:
    """What code cannot name, it cannot read."""
    named = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and "cookie" in node.attr)
        or (isinstance(node, ast.Constant) and node.value in {"cookie", "set-cookie", "Cookie"})
    }
    assert named <= KNOW_COOKIES


def test_every_link_leads_to_a_known_address_without_a_query(
    client: TestClient, landing: Landing, site: Site
) -> None:
    """T1. A path of the site tells nothing but which page it was."""
    routes = (*ROUTES, *DEMONSTRATION)
    blind = path_pattern(BLIND, site.languages)
    pattern = path_pattern(routes, site.languages)
    seen, waiting = set[str](), ["/", f"/g/{landing.code}"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        response = client.get(path)
        assert not header_faults(
            response,
            cached=FOR_A_YEAR if path.startswith("/static/") else NO_STORE,
            is_blind=bool(blind.fullmatch(path)),
        ), path
        if response.headers.get("content-type", "").startswith("text/html"):
            found = list(_addresses_on(response.text, site))
            assert all(pattern.fullmatch(link) for link, _is_page in found), (path, found)
            waiting += [link for link, is_page in found if is_page]
    assert {row.path for row in BLIND if row.method == "GET" and "{" not in row.path} - seen <= {
        "/leave"
    }, "No link leads to these pages."


def _addresses_on(html: str, site: Site) -> Iterator[tuple[str, bool]]:
    """Give every address of ours on a page, and whether a tap or the browser would fetch it."""
    for element in parse(html).all():
        link = element.get("href") or element.get("src")
        outside = link.startswith(("data:", "#")) or link == site.deployment.exit_url
        if link and not outside:
            assert not urlsplit(link).netloc, link
            yield link, True
        for action in (element.get("action"), element.get("formaction")):
            if action:
                yield action, False


def _what_stays(response: httpx2.Response) -> list[tuple[str, dict[str, str], str]]:
    """Return a page without what is new each time: the token of a form, and padding."""
    return [
        (element.name, element.attributes, element.text)
        for element in parse(response.text).all()
        if element.get("name") != "t"
    ]
