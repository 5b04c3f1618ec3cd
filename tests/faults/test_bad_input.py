"""F12, F14: hostile input in every field of every form for people who give no name.

The forms and their fields are read off the pages themselves, so that a new field is tried as soon
as it is there. Wanted of each answer: a page that keeps the laws of `tests/html.py`, never a fault
of the server, nothing stored twice.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from urllib.parse import quote_plus, urlencode

import httpx2
import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.permissions import Permission
from coproduce.feedback.models import Inbox
from coproduce.routes import ROUTES
from coproduce.services.queries import Landing
from coproduce.web.page_endpoint import BODY_BYTES, BODY_FIELDS, FORM_TYPE
from coproduce.web.site import Site
from tests.conftest import PROVE, SHARED_DATA, no_sleep
from tests.factories import blank_form, code_on
from tests.feedback.submissions import stored_rows
from tests.guards.site_map import written_addresses
from tests.html import Element, check_response, fields_of, parse
from tests.live import OpenContext, served
from tests.needs import on_sqlite

TELLING = "Ask Dr Smith, 07700 900123."
UNDERSTOOD = {200, 303, 400, 404, 409, 413, 422, 429}
"""What may be answered to anything: a page, a way on, or a clear message what is wrong."""

OWN: tuple[str, ...] = (
    "",
    " ",
    "\x00",
    "\r\n\r\n<script>document.title='run'</script>",
    "'\"><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "%(name)s %s %d {0} {name}",
    "'; DROP TABLE inbox; --",
    "../../../../etc/passwd",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "٣٤٥٦",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "\u202e\u2066\u200b\ufeff\u0000\u001b[31m",
    "Z\u0351\u036b\u0343\u036a\u0302" * 50,
    "👩‍👩‍👧‍👦🏳️‍🌈" * 40,
    "ﷺ" * 300,
    "İıſK" * 100,
    "a" * 20_001,
    "\n" * 5_000,
)
"""Strings of our own that have broken programs before."""

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no names": b"&&&===&",
    "latin-1": "better=Café für Ärzte&overall=good".encode("latin-1"),
    "utf-16": "better=Café&overall=good".encode("utf-16"),
    "overlong": b"better=%C0%AF%C0%80%E0%80%AF&k=%C0%AF",
    "half a letter": b"better=%E2%82&happened=%F0%9F",
    "lone surrogate": b"better=%ED%A0%80%ED%B0%80&code=%ED%A0%80",
    "zero bytes": b"better=%00%00&code=%00&k=\x00&t=\x00",
    "half an escape": b"better=%&code=%zz&k=%u0041",
    "json": b'{"better": "words", "k": 1}',
    "multipart": b'--x\r\nContent-Disposition: form-data; name="better"\r\n\r\nwords\r\n--x--\r\n',
    "semicolons": b"better=a;overall=good;k=b",
    "raw bytes": bytes(range(256)),
}
SHARE = 1 if PROVE else 10
"""Of all strings each field is given one in so many, each field others."""

BODY_SHARE = 1 if PROVE else 4
"""The same of broken bodies."""

TYPES = ("", "text/plain", "application/json", "multipart/form-data; boundary=x", FORM_TYPE * 9)


NEVER_TIRED = tuple(replace(row, limit=None) for row in ROUTES)
"""The site without a limit for one network, which would answer most of what is tried here."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form as it stands on a page: where it is sent, and what it would send by itself."""

    action: str
    fields: dict[str, list[str]]


@pytest.fixture
def busy(
    site: Site, database: Database, clock: Callable[[], datetime], landing: Landing
) -> TestClient:
    """A browser without script on a site that never tires of one network.

    ``landing`` is there before any page is asked for.
    """
    assert landing.is_open
    client = TestClient(
        create_app(site, database, routes=NEVER_TIRED, clock=clock, sleep=no_sleep),
        base_url=site.public_url,
        follow_redirects=False,
        raise_server_exceptions=False,
    )
    client.event_hooks = {"response": [check_response]}
    return client


@pytest.fixture
def base_url(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[str]:
    """The same site for a browser."""

    def make_app(address: str) -> ASGIApp:
        ours = replace(site, public_url=address)
        return create_app(ours, database, routes=NEVER_TIRED, clock=clock, sleep=no_sleep)

    with served(make_app) as address:
        yield address


def participant_forms(client: TestClient, landing: Landing) -> list[Form]:
    """Return every form on every page for people who give no name, and on the pages behind them.

    Forms that send the same fields to the same address are one.
    """
    pages = {
        address.path: client.get(address.filled(landing.code))
        for address in written_addresses()
        if address.is_page and address.is_blind and address.where == "always"
    }
    sent = {**blank_form(client, landing.code), "overall": "good", "better": TELLING}
    pages["the check"] = client.post("/g", data=sent)
    receipt = client.post("/g", data={**sent, "act": "as_is"})
    pages["the receipt"] = receipt
    pages["a mistake"] = client.post("/g", data={**sent, "better": "x" * 3001})
    for act in ("look", "ask", "add"):
        code = {"code": code_on(receipt), "act": act}
        pages[f"the code, {act}"] = client.post("/code", data=code)
    forms = [
        Form(form.get("action"), {key: [""] for key in choices_of(form)} | fields_of(form))
        for page in pages.values()
        for form in parse(page.text).all("form")
    ]
    return list({(form.action, *sorted(form.fields)): form for form in forms}.values())


def choices_of(form: Element) -> Iterator[str]:
    """Give the names of what sends nothing by itself: boxes that are not ticked, buttons."""
    for element in form.all("input", "button"):
        is_choice = element.get("type") in {"radio", "checkbox"} or element.name == "button"
        if is_choice and element.get("name"):
            yield element.get("name")


def fault_in(response: httpx2.Response) -> str:
    """Return what is wrong with an answer, or nothing."""
    if response.status_code not in UNDERSTOOD:
        return f"is answered with {response.status_code}"
    if response.status_code >= 400 and not parse(response.text).with_id("main").text:
        return "says nothing"
    return ""


@pytest.fixture(scope="module")
def hostile() -> list[str]:
    """Our own strings, and those that nobody here made up, where they are; fewer by default."""
    folder = SHARED_DATA / "naughty_inputs"
    strings: list[str] = []
    if folder.is_dir():
        strings = json.loads((folder / "blns.json").read_text("utf-8"))
        for file in sorted(folder.glob("*.txt")):
            strings += file.read_text("utf-8").split("\n")
    return [*OWN, *list(dict.fromkeys(strings))[:: 1 if PROVE else 60]]


@on_sqlite
def test_hostile_strings_in_any_field_of_any_form_are_understood(
    busy: TestClient, landing: Landing, hostile: list[str]
) -> None:
    faults = []
    forms = participant_forms(busy, landing)
    assert {form.action.removeprefix("/ar") for form in forms} >= {
        row.path
        for row in ROUTES
        if row.method == "POST" and row.permission is Permission.ANONYMOUS
    }, "No page leads to this form, so its fields are not tried."
    tried = 0
    for form in forms:
        for name in form.fields:
            tried += 1
            for text in hostile[tried % SHARE :: SHARE]:
                response = busy.post(form.action, data={**form.fields, name: [text]})
                if fault := fault_in(response):
                    faults.append((form.action, name, text[:40], fault))
    assert not faults, faults[:5]


@on_sqlite
def test_forms_of_any_shape_are_understood(busy: TestClient, landing: Landing) -> None:
    faults = []
    for form in participant_forms(busy, landing):
        names = list(form.fields)
        twice = {name: [*values, *values, "other"] for name, values in form.fields.items()}
        many = {**form.fields, **{f"field{number}": ["x"] for number in range(BODY_FIELDS + 1)}}
        long = {**form.fields, names[-1]: ["x" * BODY_BYTES]}
        bodies = {
            "twice": urlencode(twice, doseq=True).encode(),
            "200 fields": urlencode(dict.fromkeys(map(str, range(BODY_FIELDS)), "x")).encode(),
            "too many fields": urlencode(many, doseq=True).encode(),
            "too long": urlencode(long, doseq=True).encode(),
            "as long as may be": f"{names[0]}=".encode().ljust(BODY_BYTES, b"x"),
            **{
                f"{field}, {kind}": _named(field, body)
                for number, field in enumerate(names)
                for kind, body in islice(BODIES.items(), number % BODY_SHARE, None, BODY_SHARE)
            },
        }
        for kind, body in bodies.items():
            response = busy.post(form.action, content=body, headers={"content-type": FORM_TYPE})
            if fault := fault_in(response):
                faults.append((form.action, kind, fault))
        for media_type in TYPES:
            response = busy.post(form.action, content=b"x=y", headers={"content-type": media_type})
            if response.status_code != 400 or fault_in(response):
                faults.append((form.action, media_type, str(response.status_code)))
    assert not faults, faults[:5]


def _named(field: str, body: bytes) -> bytes:
    """Return a broken body in which a known field is broken too."""
    return body + b"&" + quote_plus(field).encode() + b"=" + body.partition(b"=")[2]


@on_sqlite
def test_whatever_is_in_it_a_form_is_stored_once(
    busy: TestClient, database: Database, landing: Landing, hostile: list[str]
) -> None:
    codes = []
    for text in hostile:
        form = {**blank_form(busy, landing.code), "overall": "good", "better": text[:3000]}
        sent = [busy.post("/g", data={**form, "act": "as_is", text[:99]: "x"}) for _ in range(3)]
        assert len({code_on(receipt) for receipt in sent}) == 1
        codes.append(code_on(sent[0]))
    assert len(set(codes)) == len(codes) == len(stored_rows(database, Inbox))


def test_the_check_finds_a_form_that_breaks_the_server() -> None:
    assert fault_in(httpx2.Response(500, text="<main id='main'>x</main>"))
    assert fault_in(httpx2.Response(422, text="<main id='main'></main>"))


# Nothing runs


SUBMIT = """([action, fields]) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = action;
    for (const [name, values] of Object.entries(fields)) for (const value of values) {
        const field = document.createElement('textarea');
        field.name = name;
        field.value = value;
        form.append(field);
    }
    document.body.append(form);
    window.isBefore = true;
    form.submit();
}"""
IS_ANSWERED = "!window.isBefore && document.readyState === 'complete'"


def wait_for_answer(page: Page) -> None:
    """Wait for the next page. Its policy forbids what Playwright itself would wait with."""
    for _look in range(500):
        with contextlib.suppress(Error):  # The page went away while it was asked.
            if page.evaluate(IS_ANSWERED):
                return
        page.wait_for_timeout(20)
    pytest.fail("No page comes.")


STRUCTURE = {"t", "k", "code", "act", "way", "publication"}
"""Fields without which a form goes no further than to a page that says so."""


@on_sqlite
@pytest.mark.browser
def test_nothing_that_is_shown_again_runs(
    open_context: OpenContext, busy: TestClient, landing: Landing, base_url: str, hostile: list[str]
) -> None:
    """Every form with hostile words in all of its fields, in a browser that runs scripts."""
    page = open_context().new_page()
    ran: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        ran.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def note_complaint(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            ran.append(message.text)

    def note_request(request: Request) -> None:
        if not request.url.startswith((base_url, "data:")):
            ran.append(request.url)

    page.on("dialog", note_dialog)
    page.on("console", note_complaint)
    page.on("pageerror", lambda error: ran.append(str(error)))
    page.on("request", note_request)
    page.goto("/safety")
    dangerous = [text for text in hostile if set("<&'\"{(:") & set(text)]
    together = "\n".join(dangerous)[:2900]
    for form in participant_forms(busy, landing):
        for text in (together, *(dangerous if PROVE else dangerous[:1])):
            for kept in (set[str](), STRUCTURE):
                fields = {n: v if n in kept else [text] for n, v in form.fields.items()}
                page.evaluate(SUBMIT, [form.action, fields])
                wait_for_answer(page)
    assert not ran, ran[:5]


@on_sqlite
@pytest.mark.browser
def test_a_page_that_runs_what_it_is_sent_is_found_out(open_context: OpenContext) -> None:
    page = open_context().new_page()
    said: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note_dialog)
    page.set_content(f"<p>{OWN[4]}</p>")
    page.wait_for_function("document.images[0]?.complete")
    assert said == ["1"]
