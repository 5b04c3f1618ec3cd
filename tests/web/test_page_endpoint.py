"""Every way a request can end, through a tiny application of a few rows."""

import json
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx2
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from coproduce.accounts.models import Stage
from coproduce.accounts.queries import load_actor
from coproduce.core.actor import Actor
from coproduce.core.db import Database, connect
from coproduce.core.errors import Conflict, Forbidden, NotFound, RuleBroken, Unavailable
from coproduce.core.keys import Keys
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission, Role
from coproduce.feedback.forms import TypedFeedback
from coproduce.feedback.framework import Question
from coproduce.feedback.models import Fate, FateState
from coproduce.web.forms import FieldError
from coproduce.web.page_endpoint import (
    BODY_BYTES,
    BODY_FIELDS,
    TRIES,
    Kit,
    Mode,
    Row,
    failed_outside,
    page_endpoint,
)
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Download, Page, Reply, SeeOther
from coproduce.web.sign_in_cookie import TOKEN_BYTES, SignedIn, SignedOut
from coproduce.web.site import Site
from coproduce.web.throttle import Limit, Throttle
from tests.conftest import no_sleep
from tests.html import check_response, cookie_faults, fields_of, parse
from tests.live import served
from tests.needs import on_postgresql, on_sqlite
from tests.people import Person, make_person, noon, sign_in
from tests.watch import Watch

HOST = "feedback.example"
EVERYONE = Permission.ANONYMOUS
ONCE_AN_HOUR = Limit(count=1, seconds=3600)
PARTIAL = {"hx-request-type": "partial"}
TYPED = {"better": "More <evenings> & “weekends”", "t": "token", "overall": "good"}


@dataclass(frozen=True, kw_only=True)
class PlainPage(Page):
    template: ClassVar[str] = "information/accessibility.html"

    checked_on: date = date(2026, 1, 1)


@dataclass(frozen=True, kw_only=True)
class SecretPage(PlainPage):
    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = 4096


def show(_db: Session, _asked: ParsedRequest) -> Reply:
    return PlainPage()


def show_secret(_db: Session, _asked: ParsedRequest) -> Reply:
    return SecretPage()


@dataclass(frozen=True, kw_only=True)
class PartPage(Page):
    """A page of which a script may ask for a part."""

    template: ClassVar[str] = "demonstration/components.html"
    block: ClassVar[str] = "main"

    questions: tuple[Question, ...] = ()
    typed: TypedFeedback = field(default_factory=TypedFeedback)
    errors: tuple[FieldError, ...] = ()
    wrong: dict[str, Message] = field(default_factory=dict)


def show_part(_db: Session, _asked: ParsedRequest) -> Reply:
    return PartPage()


def ask(_asked: ParsedRequest) -> Page:
    """Stand in for the sign-in page."""
    return PlainPage(status=401)


def begin(_db: Session, asked: ParsedRequest) -> Reply:
    """Start the sign-in that the form names."""
    token = asked.field("token").encode().ljust(TOKEN_BYTES, b".")
    return SeeOther("/next", sign_in=SignedIn(token, bytes(16)))


def finish(_db: Session, _asked: ParsedRequest) -> Reply:
    """End the sign-in, whatever it was."""
    return PlainPage(sign_in=SignedOut())


def echo(_db: Session, asked: ParsedRequest) -> Reply:
    """Send back what a view is told."""
    told = {
        "form": {name: list(values) for name, values in asked.form.items()},
        "path": dict(asked.path),
        "url_path": asked.url_path,
        "prefix": asked.prefix,
        "language": asked.language,
        "today": asked.today.isoformat(),
        "over_limit": asked.over_limit,
        "body": len(asked.body),
        "now": asked.now.isoformat() if asked.now else None,
        "cookie": asked.cookie is not None,
        "wants_block": asked.wants_block,
        "is_signed_in": asked.actor.account_id is not None,
        "roles": sorted(grant.role for grant in asked.actor.grants),
    }
    return Download("told.json", "application/json", lambda: json.dumps(told).encode())


def store(db: Session, asked: ParsedRequest) -> Reply:
    """Store a row, then end as the form asks."""
    db.add(Fate(id=asked.field("id").encode(), period="2026-Q3", state=FateState.USED))
    db.flush()
    match asked.field("end"):
        case "refuse":
            return PlainPage(status=422)
        case "raise":
            raise RuntimeError("words that nobody may see")
        case _:
            return SeeOther("/stored")


def store_with_own_session(database: Database, asked: ParsedRequest) -> Reply:
    with database.write() as db:
        store(db, asked)
        db.commit()
    return PlainPage()


def fail(_db: Session, asked: ParsedRequest) -> Reply:
    """Fail in the way that the path names."""
    failures = {
        "400": RuntimeError("unused"),
        "403": Forbidden(),
        "404": NotFound(),
        "409": Conflict(_("It has changed.")),
        "422": RuleBroken(_("Not like this.")),
        "500": RuntimeError("words that nobody may see"),
        "503": Unavailable(),
    }
    raise failures[asked.path["how"]]


def go_on(_db: Session, asked: ParsedRequest) -> Reply:
    outside = "https://elsewhere.example/weather"
    return SeeOther(outside if asked.path["where"] == "out" else "/next")


def keep(_db: Session, asked: ParsedRequest) -> Reply:
    return Download(asked.path["name"], "text/csv", lambda: b"a,b\n")


ROWS = (
    Row("GET", "/", show, EVERYONE),
    Row("GET", "/secret", show_secret, EVERYONE),
    Row("GET", "/echo/{name}", echo, EVERYONE),
    Row("POST", "/echo/{name}", echo, EVERYONE),
    Row("POST", "/limited", echo, EVERYONE, limit=ONCE_AN_HOUR),
    Row("POST", "/store", store, EVERYONE, Mode.WRITE),
    Row("POST", "/read", store, EVERYONE, Mode.READ),
    Row("POST", "/own", store_with_own_session, EVERYONE, Mode.OWN),
    Row("GET", "/fail/{how}", fail, EVERYONE),
    Row("POST", "/fail/{how}", fail, EVERYONE, Mode.WRITE),
    Row("GET", "/go/{where}", go_on, EVERYONE),
    Row("GET", "/keep/{name}", keep, EVERYONE),
    Row("GET", "/reports", show, Permission.REPORT_READ),
    Row("POST", "/reports", show, Permission.REPORT_READ),
    Row("GET", "/told", echo, Permission.REPORT_READ),
    Row("GET", "/part", show_part, Permission.REPORT_READ),
    Row("GET", "/open-part", show_part, EVERYONE),
    Row("GET", "/own-page", show, Permission.SIGNED_IN),
    Row("GET", "/second-step", show, Permission.SECOND_STEP),
    Row("GET", "/stranger", echo, Permission.STRANGER),
    Row("POST", "/begin", begin, Permission.STRANGER),
    Row("POST", "/finish", finish, Permission.STRANGER),
    Row("POST", "/change", store, Permission.REPORT_READ, Mode.WRITE),
)

MakeApp = Callable[..., Starlette]


@pytest.fixture
def make_app(site: Site, database: Database, clock: Callable[[], datetime]) -> MakeApp:
    """Makes the tiny application; named values change its kit."""

    def made(*rows: Row, **changes: object) -> Starlette:
        kit = Kit(
            site=site,
            database=database,
            load_actor=load_actor,
            ask_to_sign_in=ask,
            clock=clock,
            throttles={ONCE_AN_HOUR: Throttle(ONCE_AN_HOUR, lambda: 0.0)},
            seconds=lambda: 0.0,
            sleep=no_sleep,
        )
        kit = replace(kit, **changes)  # type: ignore[arg-type]
        return Starlette(
            routes=[
                Route(prefix + row.path, page_endpoint(kit, row, prefix), methods=[row.method])
                for prefix in ("", "/ar")
                for row in rows or ROWS
            ],
            exception_handlers={
                404: lambda request, _error: failed_outside(kit, request, 404, _("Not here."))
            },
        )

    return made


@pytest.fixture
def tiny(make_app: MakeApp) -> Iterator[TestClient]:
    """A browser on the tiny application."""
    with browser_on(make_app()) as client:
        yield client


def browser_on(app: Starlette, **options: str) -> TestClient:
    client = TestClient(
        app, base_url=f"https://{HOST}", follow_redirects=False, headers=dict(options)
    )
    client.event_hooks = {"response": [check_response]}
    return client


def stored_ids(database: Database) -> list[bytes]:
    with database.read() as db:
        return list(db.scalars(select(Fate.id)))


def kept_on(response: httpx2.Response) -> dict[str, list[str]]:
    """Return what a page would send again."""
    return fields_of(next(parse(response.text).all("form")))


def as_lists(fields: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in fields.items()}


# What a view is told


@on_sqlite
def test_a_view_is_told_values_and_nothing_about_the_visitor(tiny: TestClient) -> None:
    data = {"a": ["1", "2"], "b": "ü", "empty": ""}
    told = tiny.post("/ar/echo/x?query=1", data=data).json()
    assert told["form"] == {"a": ["1", "2"], "b": ["ü"], "empty": [""]}
    assert told["path"] == {"name": "x"}
    assert (told["url_path"], told["prefix"], told["language"]) == ("/echo/x", "/ar", "ar")
    assert told["today"] == "2026-08-12"
    assert told["body"] > 0


@on_sqlite
def test_the_day_is_that_of_utc(make_app: MakeApp) -> None:
    late = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    told = browser_on(make_app(clock=lambda: late)).get("/echo/x").json()
    assert told["today"] == "2026-12-31"


@on_sqlite
def test_the_language_is_the_one_in_the_path_or_else_the_browsers(tiny: TestClient) -> None:
    arabic = {"accept-language": "ar-EG,en;q=0.5"}
    assert tiny.get("/echo/x", headers=arabic).json()["language"] == "ar"
    assert tiny.get("/ar/echo/x", headers={"accept-language": "en"}).json()["language"] == "ar"
    assert tiny.get("/echo/x", headers={"accept-language": "xx"}).json()["language"] == "en"


@on_sqlite
def test_bytes_that_are_no_text_become_replacement_signs(tiny: TestClient) -> None:
    response = tiny.post(
        "/echo/x",
        content=b"a=%ff%fe&b=\xff&c=%ED%A0%80",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    told = response.json()["form"]
    assert set("".join(value for values in told.values() for value in values)) == {"\ufffd"}


@on_sqlite
def test_a_network_over_its_limit_is_told_to_the_view_not_to_the_person(tiny: TestClient) -> None:
    over = [tiny.post("/limited", data={"a": "b"}).json()["over_limit"] for _ in range(3)]
    assert over == [False, True, True]


@on_sqlite
def test_forms_whose_ends_come_together_are_not_all_within_the_limit(make_app: MakeApp) -> None:
    async def send_together() -> list[bool]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1
        told: list[bool] = []
        way = httpx2.ASGITransport(app=make_app())
        async with (
            httpx2.AsyncClient(transport=way, base_url=f"https://{HOST}") as client,
            anyio.create_task_group() as tasks,
        ):

            async def send() -> None:
                told.append((await client.post("/limited", data={"a": "b"})).json()["over_limit"])

            for _form in range(3):
                tasks.start_soon(send)
        return told

    assert sorted(anyio.run(send_together)) == [False, True, True]


@on_sqlite
def test_a_limit_may_count_only_what_was_refused(make_app: MakeApp) -> None:
    limit = Limit(count=1, seconds=3600, counted_status=404)
    told: list[bool] = []

    def look(_db: Session, asked: ParsedRequest) -> Reply:
        told.append(asked.over_limit)
        return PlainPage(status=int(asked.field("status")))

    throttles = {limit: Throttle(limit, lambda: 0.0)}
    row = Row("POST", "/look", look, EVERYONE, limit=limit)
    client = browser_on(make_app(row, throttles=throttles))
    for status in ("200", "422", "200", "404", "200"):
        client.post("/look", data={"status": status})
    assert told == [False, False, False, False, True]


@on_sqlite
def test_a_trusted_proxy_tells_whom_to_count(make_app: MakeApp, site: Site) -> None:
    trusting = browser_on(make_app(site=replace(site, trusted_proxies=("testclient",))))
    over = [
        trusting.post("/limited", data={"a": "b"}, headers={"x-forwarded-for": address})
        for address in ("192.0.2.1", "192.0.2.2", "203.0.113.9, 192.0.2.1")
    ]
    assert [response.json()["over_limit"] for response in over] == [False, False, True]


@on_sqlite
def test_nobody_else_is_believed_about_an_address(tiny: TestClient) -> None:
    over = [
        tiny.post("/limited", data={"a": "b"}, headers={"x-forwarded-for": address})
        for address in ("192.0.2.1", "192.0.2.2")
    ]
    assert [response.json()["over_limit"] for response in over] == [False, True]


# What a reply becomes


@on_sqlite
def test_a_page_is_compressed_and_says_its_language(tiny: TestClient) -> None:
    for encoding, sent in (("br", "br"), ("gzip", "gzip"), ("identity", None), ("gzip, br", "br")):
        response = tiny.get("/", headers={"accept-encoding": encoding})
        assert response.headers.get("content-encoding") == sent
        assert response.headers["content-language"] == "en"
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "Accept-Encoding" in response.headers["vary"]


@on_sqlite
def test_a_page_with_a_secret_is_padded_and_never_compressed(tiny: TestClient) -> None:
    response = tiny.get("/secret", headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in response.headers
    assert len(response.content) % 4096 == 0
    assert response.content != tiny.get("/secret").content


@on_sqlite
def test_a_redirect_keeps_the_language_on_our_own_site_only(tiny: TestClient) -> None:
    assert tiny.get("/ar/go/on").headers["location"] == "/ar/next"
    assert tiny.get("/go/on").headers["location"] == "/next"
    assert tiny.get("/ar/go/out").headers["location"] == "https://elsewhere.example/weather"
    assert tiny.get("/go/on").status_code == 303


@on_sqlite
def test_a_file_is_sent_under_a_harmless_name(tiny: TestClient) -> None:
    response = tiny.get("/keep/a b%0d%0aX-Y: 1%22.csv")
    assert response.headers["content-disposition"] == 'attachment; filename="a-b-X-Y-1-.csv"'
    assert response.content == b"a,b\n"
    assert "x-y" not in response.headers


# What is stored


def test_what_a_writing_view_stored_is_committed(tiny: TestClient, database: Database) -> None:
    assert tiny.post("/store", data={"id": "a" * 16}).status_code == 303
    assert stored_ids(database) == [b"a" * 16]


@pytest.mark.parametrize(("end", "status"), [("refuse", 422), ("raise", 500)])
def test_a_view_that_refuses_or_fails_stores_nothing(
    tiny: TestClient, database: Database, end: str, status: int
) -> None:
    assert tiny.post("/store", data={"id": "a" * 16, "end": end}).status_code == status
    assert stored_ids(database) == []


def test_a_reading_view_stores_nothing(tiny: TestClient, database: Database) -> None:
    tiny.post("/read", data={"id": "a" * 16})
    assert stored_ids(database) == []


def test_a_view_with_its_own_session_commits_itself(tiny: TestClient, database: Database) -> None:
    assert tiny.post("/own", data={"id": "a" * 16}).status_code == 200
    assert stored_ids(database) == [b"a" * 16]


# Failures


@on_sqlite
@pytest.mark.parametrize("how", ["403", "404", "409", "422", "500", "503"])
def test_every_failure_keeps_what_was_typed_and_offers_a_way_on(tiny: TestClient, how: str) -> None:
    response = tiny.post(f"/fail/{how}", data=TYPED)
    assert response.status_code == int(how)
    assert kept_on(response) == as_lists(TYPED)
    form = next(parse(response.text).all("form"))
    assert form.get("action") == f"/fail/{how}"
    assert any(link.get("href") == "/" for link in parse(response.text).all("a"))
    assert "nobody may see" not in response.text


@on_sqlite
def test_a_failure_in_a_language_stays_in_it(tiny: TestClient) -> None:
    response = tiny.post("/ar/fail/500", data=TYPED)
    page = parse(response.text)
    assert next(page.all("html")).get("dir") == "rtl"
    assert next(page.all("form")).get("action") == "/ar/fail/500"
    assert kept_on(response) == as_lists(TYPED)


@on_sqlite
def test_a_failed_page_that_nobody_typed_on_offers_no_form(tiny: TestClient) -> None:
    response = tiny.get("/fail/500")
    assert response.status_code == 500
    assert not list(parse(response.text).all("form"))


@on_sqlite
def test_an_unknown_address_gets_a_page_in_its_language(tiny: TestClient) -> None:
    for path, direction, home in (("/nothing", "ltr", "/"), ("/ar/nothing", "rtl", "/ar/")):
        response = tiny.get(path)
        assert response.status_code == 404
        assert next(parse(response.text).all("html")).get("dir") == direction
        assert any(link.get("href") == home for link in parse(response.text).all("a"))


# Who is signed in


@pytest.fixture
def reader(database: Database, keys: Keys, today: date) -> Person:
    """Somebody who may read reports."""
    return make_person(database, keys, today, Role.COMMISSIONER)


@dataclass(slots=True)
class Clock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def moving(today: date) -> Clock:
    """A clock that stands at noon until somebody moves it."""
    return Clock(noon(today))


@pytest.fixture
def signed_in(
    make_app: MakeApp, moving: Clock, site: Site, database: Database, reader: Person
) -> TestClient:
    """The browser of somebody who just signed in and may read reports."""
    client = browser_on(make_app(clock=moving))
    sign_in(client, site, database, reader, moving.now)
    return client


def taken_over(client: TestClient, response: httpx2.Response) -> None:
    """Keep the cookie of an answer, as a browser does."""
    client.headers["cookie"] = response.headers["set-cookie"].partition(";")[0]
    client.cookies.clear()


@on_sqlite
def test_strangers_are_asked_to_sign_in(tiny: TestClient) -> None:
    for path in ("/reports", "/own-page", "/second-step", "/ar/reports"):
        assert tiny.get(path).status_code == 401


@on_sqlite
def test_whoever_may_is_let_in_and_told_to_the_view(signed_in: TestClient) -> None:
    told = signed_in.get("/told").json()
    assert told["is_signed_in"] is True
    assert told["roles"] == ["commissioner"]
    assert told["now"] == "2026-08-12T12:00:00+00:00"


@on_sqlite
def test_somebody_signed_in_without_the_permission_is_refused_not_asked(
    make_app: MakeApp, site: Site, database: Database, keys: Keys, today: date
) -> None:
    client = browser_on(make_app())
    sign_in(client, site, database, make_person(database, keys, today), noon(today))
    assert client.get("/own-page").status_code == 200
    assert client.get("/reports").status_code == 403


@on_sqlite
def test_half_a_sign_in_opens_its_second_step_and_nothing_else(
    make_app: MakeApp, site: Site, database: Database, reader: Person, today: date
) -> None:
    client = browser_on(make_app())
    sign_in(client, site, database, reader, noon(today), Stage.SECOND_STEP)
    assert client.get("/second-step").status_code == 200
    for path in ("/reports", "/own-page"):
        assert client.get(path).status_code == 401


@on_sqlite
def test_a_sign_in_ends_after_twenty_minutes_without_a_click(
    signed_in: TestClient, moving: Clock
) -> None:
    moving.goes_on(minutes=20)
    assert signed_in.get("/reports").status_code == 200
    moving.goes_on(minutes=1)
    assert signed_in.get("/reports").status_code == 401


@on_sqlite
def test_every_click_winds_the_clock_up_again(signed_in: TestClient, moving: Clock) -> None:
    for _click in range(12):
        moving.goes_on(minutes=19)
        response = signed_in.get("/reports")
        assert response.status_code == 200
        taken_over(signed_in, response)


@on_sqlite
def test_a_busy_sign_in_ends_after_its_last_day(signed_in: TestClient, moving: Clock) -> None:
    last = moving.now + timedelta(days=2)
    while moving.now < last:
        moving.goes_on(minutes=19)
        response = signed_in.get("/reports")
        if response.status_code == 401:
            break
        taken_over(signed_in, response)
    assert moving.now.date() == (last - timedelta(days=2)).date() + timedelta(days=2)


@on_sqlite
def test_a_clock_that_went_back_ends_the_sign_in(signed_in: TestClient, moving: Clock) -> None:
    moving.goes_on(minutes=-2)
    assert signed_in.get("/reports").status_code == 401


@on_sqlite
def test_the_cookie_is_sent_anew_after_a_minute_and_not_before(
    signed_in: TestClient, moving: Clock
) -> None:
    first = signed_in.headers["cookie"]
    assert "set-cookie" not in signed_in.get("/reports").headers
    moving.goes_on(seconds=61)
    renewed = signed_in.get("/told")
    assert not cookie_faults(renewed.headers["set-cookie"])
    taken_over(signed_in, renewed)
    assert signed_in.headers["cookie"] != first
    assert "set-cookie" not in signed_in.get("/reports").headers


@on_sqlite
def test_a_sign_in_that_is_over_is_not_wound_up(signed_in: TestClient, moving: Clock) -> None:
    moving.goes_on(minutes=25)
    for path in ("/reports", "/stranger", "/reports"):
        assert "set-cookie" not in signed_in.get(path).headers


@on_sqlite
def test_an_open_page_never_looks_at_the_cookie_of_somebody_signed_in(
    make_app: MakeApp, moving: Clock, site: Site, database: Database, reader: Person
) -> None:
    def nobody_may_ask(_db: Session, _keys: Keys, _token: bytes, _day: date) -> Actor:
        raise AssertionError("nobody may ask")

    client = browser_on(make_app(clock=moving, load_actor=nobody_may_ask))
    sign_in(client, site, database, reader, moving.now)
    moving.goes_on(minutes=5)
    for method, path in (("GET", "/echo/x"), ("POST", "/echo/x"), ("GET", "/ar/echo/x")):
        data = {"a": "b"} if method == "POST" else None
        response = client.request(method, path, data=data, headers=PARTIAL)
        told = response.json()
        assert (told["now"], told["cookie"], told["wants_block"]) == (None, False, False)
        assert told["is_signed_in"] is False
        assert "set-cookie" not in response.headers
        assert "Cookie" not in response.headers.get("vary", "")
    assert client.get("/reports").status_code == 500


@on_sqlite
def test_an_open_view_that_asks_for_the_time_fails(make_app: MakeApp) -> None:
    def ask_for_the_time(_db: Session, asked: ParsedRequest) -> Reply:
        asked.moment()
        return PlainPage()

    client = browser_on(make_app(Row("GET", "/when", ask_for_the_time, EVERYONE)))
    assert client.get("/when").status_code == 500


@on_sqlite
def test_a_page_for_strangers_may_see_a_cookie_but_nobody_behind_it(
    signed_in: TestClient,
) -> None:
    told = signed_in.get("/stranger").json()
    assert told["cookie"] is True
    assert told["is_signed_in"] is False
    assert told["now"] is not None


@on_sqlite
def test_a_new_sign_in_gets_its_cookie_and_the_end_takes_it_back(tiny: TestClient) -> None:
    headers = {"origin": f"https://{HOST}"}
    begun = tiny.post("/begin", data={"token": "new"}, headers=headers)
    assert (begun.status_code, begun.headers["location"]) == (303, "/next")
    assert not cookie_faults(begun.headers["set-cookie"])
    ended = tiny.post("/finish", data={"a": "b"}, headers=headers)
    assert "Max-Age=0" in ended.headers["set-cookie"]
    assert not cookie_faults(ended.headers["set-cookie"])


@on_sqlite
@pytest.mark.parametrize(
    "cookie", ["", "__Host-s=", "__Host-s=x", "s=1", "__Host-s=\\; a=b", "=", "__Host-s=AAAA" * 400]
)
def test_a_cookie_that_is_not_ours_is_no_cookie(tiny: TestClient, cookie: str) -> None:
    assert tiny.get("/reports", headers={"cookie": cookie}).status_code == 401
    assert tiny.get("/stranger", headers={"cookie": cookie}).json()["cookie"] is False


# A part of a page


@on_sqlite
def test_a_script_gets_the_part_of_a_page_that_it_asks_for(signed_in: TestClient) -> None:
    signed_in.event_hooks = {"response": []}  # A part has no skeleton.
    whole = signed_in.get("/part")
    part = signed_in.get("/part", headers={"hx-request": "true", **PARTIAL})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert part.text.strip().startswith("<h1>")
    assert part.text.strip() in whole.text
    assert "HX-Request-Type" in part.headers["vary"]
    full = signed_in.get("/part", headers={"hx-request": "true", "hx-request-type": "full"})
    assert "<html" in full.text


@on_sqlite
def test_a_page_without_parts_and_an_open_page_are_always_whole(signed_in: TestClient) -> None:
    for path in ("/reports", "/open-part"):
        assert "<html" in signed_in.get(path, headers=PARTIAL).text


# What our own pages tell other sites


@on_sqlite
def test_signed_in_pages_tell_our_own_site_where_a_form_came_from(signed_in: TestClient) -> None:
    for path in ("/reports", "/own-page", "/stranger", "/ar/reports"):
        response = signed_in.get(path)
        if response.headers["content-type"].startswith("text/html"):
            assert response.headers["referrer-policy"] == "same-origin"
            assert {"Cookie", "HX-Request-Type"} <= set(response.headers["vary"].split(", "))


@on_sqlite
def test_open_pages_leave_the_referrer_to_what_is_said_everywhere(signed_in: TestClient) -> None:
    """`Headers` says no-referrer wherever a page says nothing itself."""
    for path in ("/", "/secret", "/nothing-here"):
        assert "referrer-policy" not in signed_in.get(path).headers


# What is turned away before a view sees it


@pytest.mark.parametrize("origin", [None, "null", f"https://{HOST}", "https://elsewhere.example"])
@pytest.mark.parametrize("site_header", [None, "same-origin", "same-site", "none", "cross-site"])
def test_a_signed_in_form_must_show_that_it_is_our_own(
    signed_in: TestClient, database: Database, site_header: str | None, origin: str | None
) -> None:
    """F21, for routes with an account: without either header there is no way in."""
    del signed_in.headers["origin"]
    sent = {"sec-fetch-site": site_header, "origin": origin}
    headers = {name: value for name, value in sent.items() if value}
    ours = origin == f"https://{HOST}"
    if site_header is not None:
        ours = site_header in {"same-origin", "none"}
    response = signed_in.post("/change", data={"id": "a" * 16}, headers=headers)
    assert response.status_code == (303 if ours else 403)
    assert stored_ids(database) == ([b"a" * 16] if ours else [])


@on_sqlite
@pytest.mark.parametrize("host", ["elsewhere.example", "feedback.example.evil", "", "[", "a b"])
def test_another_host_is_refused(tiny: TestClient, host: str) -> None:
    assert tiny.get("/", headers={"host": host}).status_code == 421


@on_sqlite
@pytest.mark.parametrize("host", [HOST, f"{HOST}:443", "127.0.0.1:8000", HOST.upper()])
def test_our_own_hosts_are_answered(tiny: TestClient, host: str) -> None:
    assert tiny.get("/", headers={"host": host}).status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/json", "multipart/form-data; boundary=x", "text/html"],
)
def test_only_plain_forms_are_read(tiny: TestClient, content_type: str) -> None:
    response = tiny.post("/echo/x", content=b"a=b", headers={"content-type": content_type})
    assert response.status_code == 400


@on_sqlite
def test_a_charset_beside_the_type_of_a_form_is_fine(tiny: TestClient) -> None:
    kind = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
    response = tiny.post("/echo/x", content=b"a=b", headers={"content-type": kind})
    assert response.json()["form"] == {"a": ["b"]}


@on_sqlite
def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(tiny: TestClient) -> None:
    for size, status in ((BODY_BYTES, 200), (BODY_BYTES + 1, 413)):
        assert tiny.post("/echo/x", data={"a": "x" * (size - 2)}).status_code == status


@on_sqlite
def test_a_body_without_a_length_is_counted_as_it_comes(tiny: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 1024] * 70

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert tiny.post("/echo/x", content=pieces(), headers=kind).status_code == 413


@on_sqlite
def test_too_many_fields_are_refused(tiny: TestClient) -> None:
    for count, status in ((BODY_FIELDS, 200), (BODY_FIELDS + 1, 400)):
        data = {f"f{number}": "" for number in range(count)}
        assert tiny.post("/echo/x", data=data).status_code == status


@on_sqlite
def test_a_body_that_takes_too_long_is_refused(make_app: MakeApp) -> None:
    def quick(_address: str) -> Starlette:
        return make_app(body_seconds=0.2)

    head = (
        "POST /echo/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b"
    )
    with served(quick) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as connection:
            connection.sendall(head.encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 408")


SITES = (None, "same-origin", "same-site", "none", "cross-site")
ORIGINS = (None, "null", f"https://{HOST}", "https://elsewhere.example")


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("site_header", SITES)
def test_an_open_form_is_refused_only_if_it_says_it_is_foreign(
    tiny: TestClient, database: Database, site_header: str | None, origin: str | None
) -> None:
    """F21, for routes without an account: an old phone without these headers can always send."""
    sent = {"sec-fetch-site": site_header, "origin": origin}
    headers = {name: value for name, value in sent.items() if value}
    foreign = site_header == "cross-site" or origin == "https://elsewhere.example"
    response = tiny.post("/store", data={"id": "a" * 16}, headers=headers)
    assert response.status_code == (403 if foreign else 303)
    assert stored_ids(database) == ([] if foreign else [b"a" * 16])


# What the database does


@on_sqlite
def test_a_locked_database_keeps_the_typed_words(database_url: str, make_app: MakeApp) -> None:
    """Another process holds the file for longer than anybody waits."""
    impatient = connect(database_url)
    event.listen(impatient.engine, "connect", _wait_little)
    path = urlsplit(database_url).path
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    client = browser_on(make_app(database=impatient))
    data = {**TYPED, "id": "a" * 16}
    locked = client.post("/store", data=data)
    holder.communicate(b"\n")
    assert locked.status_code == 503
    assert kept_on(locked) == as_lists(data)
    assert client.post("/store", data=data).status_code == 303
    impatient.close()


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.readline()
connection.execute("rollback")
connection.close()
"""


def _wait_little(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=100")


@on_postgresql
def test_a_conflict_is_tried_again(make_app: MakeApp, database: Database) -> None:
    """Two transactions that may not both happen: PostgreSQL refuses one, which is then repeated."""
    barrier = threading.Barrier(2, timeout=20)
    attempts: list[str] = []

    def count_then_add(db: Session, asked: ParsedRequest) -> Reply:
        attempts.append(asked.field("id"))
        db.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        rows = len(db.scalars(select(Fate.id)).all())
        if len(attempts) <= 2:
            barrier.wait()
        db.add(Fate(id=asked.field("id").encode(), period=f"{rows}", state=FateState.USED))
        db.flush()
        return PlainPage()

    client = browser_on(make_app(Row("POST", "/add", count_then_add, EVERYONE, Mode.WRITE)))
    answers: list[int] = []

    def send(letter: str) -> None:
        answers.append(client.post("/add", data={"id": letter * 16}).status_code)

    threads = [threading.Thread(target=send, args=(letter,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    assert len(attempts) == 3
    with database.read() as db:
        assert sorted(db.scalars(select(Fate.period))) == ["0", "1"]


@on_postgresql
def test_a_conflict_without_end_is_given_up_with_the_words_kept(make_app: MakeApp) -> None:
    attempts: list[int] = []

    def conflict(db: Session, _asked: ParsedRequest) -> Reply:
        attempts.append(1)
        db.execute(text("do $$ begin raise exception 'again' using errcode = '40001'; end $$"))
        return PlainPage()

    client = browser_on(make_app(Row("POST", "/add", conflict, EVERYONE, Mode.WRITE)))
    response = client.post("/add", data=TYPED)
    assert response.status_code == 503
    assert kept_on(response) == as_lists(TYPED)
    assert len(attempts) == TRIES


@on_postgresql
def test_a_connection_lost_in_the_middle_is_tried_again(
    make_app: MakeApp, database: Database
) -> None:
    attempts: list[int] = []

    def lose_first(db: Session, asked: ParsedRequest) -> Reply:
        attempts.append(1)
        if len(attempts) == 1:
            own = db.scalar(text("select pg_backend_pid()"))
            with database.engine.connect() as other:
                other.execute(text("select pg_terminate_backend(:own)"), {"own": own})
        return store(db, asked)

    client = browser_on(make_app(Row("POST", "/add", lose_first, EVERYONE, Mode.WRITE)))
    assert client.post("/add", data={"id": "a" * 16}).status_code == 303
    assert stored_ids(database) == [b"a" * 16]
    assert len(attempts) == 2


@pytest.mark.parametrize(("took", "waits"), [(0.0, 0.0), (0.03, 0.22), (0.25, 0.0), (0.3, 0.2)])
def test_an_even_answer_leaves_at_a_multiple_of_its_seconds(
    make_app: MakeApp, watch: Watch, took: float, waits: float
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    def work(_db: Session, _asked: ParsedRequest) -> Reply:
        watch.now += took
        return PlainPage()

    row = Row("GET", "/even", work, EVERYONE, even_seconds=0.25)
    with TestClient(make_app(row, seconds=watch, sleep=sleep)) as browser:
        assert browser.get("/even", headers={"host": HOST}).status_code == 200
    assert waited == [pytest.approx(waits, abs=1e-9)]


def test_other_answers_leave_at_once(make_app: MakeApp) -> None:
    async def never(_seconds: float) -> None:
        raise AssertionError

    row = Row("GET", "/plain", show, EVERYONE)
    with TestClient(make_app(row, sleep=never)) as browser:
        assert browser.get("/plain", headers={"host": HOST}).status_code == 200
