"""Every word for people can be translated, and is, wherever a language is offered."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from html import escape

import pytest
from babel.messages.catalog import Message
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.accounts.models import Account
from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.deployment import Deployment, Helpline
from coproduce.core.permissions import Permission
from coproduce.demonstration.people import BY_KEY
from coproduce.feedback.models import ModeratedText
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.services.models import Area, Provider, Service, ServiceName
from coproduce.web.locales import PSEUDO_LANGUAGE, PseudoTranslations
from coproduce.web.page_endpoint import Row
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Reply
from coproduce.web.site import Site
from tests.factories import blank_form, code_on, make_area, make_landing_code, make_service
from tests.guards.catalogues import (
    TRANSLATED,
    catalogue,
    message_faults,
    singular,
    texts_of_the_program,
)
from tests.guards.site_map import written_addresses
from tests.html import Element, parse
from tests.live import Demonstration
from tests.needs import on_sqlite

OPEN, CLOSE = PseudoTranslations.OPEN, PseudoTranslations.CLOSE
ADDRESS = "http://127.0.0.1"
DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}\b|\b\d{4}-Q[1-4]\b")
"""A day as Babel writes it, in the language of the page without our doing, or a quarter."""

SPOKEN = ("aria-label", "placeholder", "title", "alt")
"""Attributes that people read or hear."""


def in_brackets(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}"


def raise_fault(_db: Session, _asked: ParsedRequest) -> Reply:
    raise RuntimeError("a fault on purpose")


@pytest.fixture
def pseudo_client(
    site: Site, database: Database, clock: Callable[[], datetime]
) -> Iterator[TestClient]:
    """A site in the made-up language; what an operator or a person wrote stands in brackets too."""
    deployment = Deployment(
        title=in_brackets("Feedback"),
        run_by=in_brackets("Voices"),
        contact=in_brackets("post@example.org"),
        reading_days=("monday",),
        helplines=(Helpline(in_brackets("A line"), in_brackets("1"), in_brackets("always")),),
        helplines_checked_on=date(2026, 3, 31),
        exit_url="https://www.example.org",
    )
    made_up = replace(
        site, deployment=deployment, languages=(PSEUDO_LANGUAGE, "ar"), is_demonstration=True
    )
    broken = Row("POST", "/broken", raise_fault, Permission.ANONYMOUS)
    app = create_app(made_up, database, routes=(*ROUTES, *DEMONSTRATION, broken), clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        yield client


@pytest.fixture
def code(database: Database) -> str:
    """The landing code of a service whose names stand in brackets."""
    with database.write() as db:
        area_id = make_area(db, name=in_brackets("Town"))
        make_landing_code(db, area_id=area_id)
        kind, name = in_brackets("drop-in"), in_brackets("Service")
        landing = make_service(db, name=name, area_id=area_id, kind=kind)
        db.commit()
    return landing.code


def untranslated(html: str) -> list[str]:
    """Return every visible or spoken text of a page that stands outside the brackets."""
    page = parse(html)
    faults, depth = [], 0
    for text in _visible(next(page.all("body"))):
        outside = ""
        for character in text:
            depth += (character == OPEN) - (character == CLOSE)
            outside += character if depth == 0 and character.isalpha() else ""
        if outside:
            faults.append(text.strip())
    spoken = [element.get(name) for element in page.all() for name in SPOKEN]
    return faults + [text for text in spoken if text and not text.startswith(OPEN)]


def _visible(element: Element) -> Iterator[str]:
    """Give the texts below an element, apart from typed ones, addresses and other languages."""
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif (
            child.name not in {"textarea", "blockquote", "q"}
            and not child.get("lang")
            and child.get("translate") != "no"
        ):
            yield from _visible(child)


def pages(client: TestClient, code: str) -> Iterator[tuple[str, str]]:
    """Walk through every page in every state, and give its name and its HTML."""
    for address in written_addresses():
        if (
            address.method == "GET"
            and address.anonymous_status != 303
            and address.where == "always"
        ):
            yield address.path, client.get(address.filled(code)).text
    yield "wrong poster code", client.post("/", data={"code": "zzz"}).text
    yield "unknown poster code", client.get("/g/222222").text
    yield "found", client.post("/find", data={"words": "service"}).text
    yield "nothing found", client.post("/find", data={"words": "qqq"}).text
    form = blank_form(client, code)
    yield "empty form", client.post("/g", data=form).text
    wrong = {"overall": "best", "better": "x" * 4000, "consent": "all", "barriers": "none"}
    yield "wrong answers", client.post("/g", data={**form, **wrong}).text
    yield "old form", client.post("/g", data={**form, "t": "old", "overall": "good"}).text
    told = {**form, "better": "Ask Dr Smith, 07700 900123, SW1A 1AA, on 3 May. The only one here."}
    yield "check", client.post("/g", data=told).text
    receipt = client.post("/g", data={**told, "act": "hide"}).text
    yield "receipt", receipt
    yield "replaced", client.post("/g", data={**form, "overall": "poor", "act": "as_is"}).text
    number = code_on(client.post("/g", data={**form, "overall": "poor"}))
    yield "unknown code", client.post("/code", data={"code": "0000 0000 0000 0000"}).text
    yield "half a code", client.post("/code", data={"code": "12"}).text
    for act in ("look", "ask", "withdraw", "look"):
        yield f"code: {act}", client.post("/code", data={"code": number, "act": act}).text
    yield "404", client.get("/no-such-page").text
    yield "405", client.post("/safety", data=form).text
    yield "500", client.post("/broken", data=told).text
    yield "400", client.post("/g", content=b"{}", headers={"content-type": "text/plain"}).text
    yield "403", client.post("/g", data=form, headers={"sec-fetch-site": "cross-site"}).text
    yield "421", client.get("/", headers={"host": "elsewhere.example"}).text


@on_sqlite
def test_no_page_shows_a_word_that_cannot_be_translated(
    pseudo_client: TestClient, code: str
) -> None:
    for name, html in pages(pseudo_client, code):
        faults = untranslated(html)
        assert not faults, f"Wrap these texts of {name!r} in _(): {faults}"


def test_no_report_shows_a_word_that_cannot_be_translated(demonstration: Demonstration) -> None:
    """Names of services and places stay as they are; everything else stands in brackets."""
    with demonstration.database.read() as db:
        columns = (Service.name, Service.kind, ServiceName.name, Provider.name, Area.name)
        names = {name for column in columns for name in db.scalars(select(column)) if name}
    deployment = demonstration.settings.deployment
    names |= {deployment.title, *(f"{line.name}" for line in deployment.helplines)}
    with TestClient(demonstration.app(ADDRESS), base_url=ADDRESS) as client:
        step_into(client, "commissioner")
        listed = parse(client.get(f"/{PSEUDO_LANGUAGE}/reports").text)
        paths = [a.get("href") for a in listed.all("a") if "/reports/" in a.get("href")]
        assert len(paths) > 3
        for path in (f"/{PSEUDO_LANGUAGE}/reports", *paths):
            html = DATE.sub("", client.get(path).text)
            for name in sorted(names, key=len, reverse=True):
                html = html.replace(escape(name), in_brackets("name"))
            faults = untranslated(html)
            assert not faults, f"Wrap these texts of {path} in _(): {faults}"


def step_into(client: TestClient, key: str) -> str:
    """Sign in as an invented person, and return the address where their work begins."""
    data = {"role": key}
    answer = client.post("/demonstration/sign-in", data=data, headers={"origin": ADDRESS})
    assert answer.status_code == 200
    return answer.url.path


def test_no_signed_in_page_shows_a_word_that_cannot_be_translated(
    demonstration: Demonstration,
) -> None:
    """What people and the directory are called, and safe words, stay as they are."""
    with demonstration.database.read() as db:
        columns = (
            Service.name,
            Service.kind,
            Provider.name,
            Area.name,
            Account.pseudonym,
            ModeratedText.words,
        )
        names = {name for column in columns for name in db.scalars(select(column)) if name}
    deployment = demonstration.settings.deployment
    names |= {deployment.title, *(f"{line.name}" for line in deployment.helplines)}
    names |= set(_texts_in(dataclasses.asdict(deployment)))
    ordered = sorted(names, key=len, reverse=True)
    faults: dict[tuple[str, str], list[str]] = {}
    with TestClient(demonstration.app(ADDRESS), base_url=ADDRESS) as client:
        for key in BY_KEY:
            step_into(client, key)
            for path in PLAIN_PLACES:
                response = client.get(f"/{PSEUDO_LANGUAGE}{path}")
                if response.status_code != 200:
                    continue
                html = DATE.sub("", response.text)
                for name in ordered:
                    html = html.replace(escape(name), in_brackets("name"))
                if found := untranslated(html):
                    faults[key, path] = found
    assert not faults, f"Wrap these texts in _(): {faults}"


def _texts_in(value: object) -> Iterator[str]:
    """Give every text that the operator has written down for the deployment."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts_in(one)


PLAIN_PLACES = [
    address.path
    for address in written_addresses()
    if address.method == "GET" and "{" not in address.path and address.permission != "anonymous"
]


def test_the_guard_finds_a_plain_text_and_a_plain_label() -> None:
    html = f"<body><p>{in_brackets('fine')}</p><p>plain</p><nav aria-label='plain'></nav></body>"
    assert untranslated(html) == ["plain", "plain"]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    faults = [fault for m in catalogue(language) if m.id for fault in message_faults(m)]
    assert not faults, f"Mend coproduce/locale/{language}: {faults}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_catalogue_has_the_texts_of_the_program(language: str) -> None:
    known = {singular(m) for m in catalogue(language) if m.id}
    missing, old = texts_of_the_program() - known, known - texts_of_the_program()
    assert not missing | old, f"Run `make messages`, then translate. New: {missing}; gone: {old}"


def test_texts_are_found_in_code_templates_and_questions() -> None:
    texts = texts_of_the_program()
    assert "We do not know this code. Please check it, or find the service by area." in texts
    assert "Tell us how a service was for you" in texts
    assert "Overall, how was your experience of our service?" in texts
    assert "We read on: %(days)s." in texts


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Used by %(month)s.", "Bis dann."),
        ("Used by %(month)s.", "Bis %(monat)s."),
        ("Plain.", ""),
        ("<b>Bold</b>", "Bold"),
        (("%(count)s row", "%(count)s rows of %(all)s"), ("eine", "%(count)s")),
    ],
)
def test_the_catalogue_guard_finds_a_bad_translation(
    source: str | tuple[str, str], translation: str | tuple[str, str]
) -> None:
    assert list(message_faults(Message(source, translation)))


def test_the_catalogue_guard_lets_one_leave_the_number_out() -> None:
    message = Message(("%(count)s row", "%(count)s rows"), ("eine Zeile", "%(count)s Zeilen"))
    assert not list(message_faults(message))
