"""Nothing about a person reaches a log, also when something fails."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.permissions import Permission
from coproduce.routes import ROUTES
from coproduce.services.queries import Landing
from coproduce.web.logs import FIELDS, AllowListed
from coproduce.web.page_endpoint import Mode, Row
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Reply
from coproduce.web.site import Site
from tests.factories import blank_form, posted_form

ADDRESS = "203.0.113.77"
CANARIES = (ADDRESS, "canary-agent", "canary-path", "canary-words", "canary-query", "canary-cookie")
LINE = frozenset({"level", "logger", *FIELDS})
HEADERS = {
    "user-agent": "canary-agent",
    "referer": "https://elsewhere.example/canary-path",
    "cookie": "a=canary-cookie",
    "x-forwarded-for": ADDRESS,
}


def raise_words(_db: Session, asked: ParsedRequest) -> Reply:
    raise RuntimeError(f"{asked.url_path} {asked.form}")


def break_statement(db: Session, asked: ParsedRequest) -> Reply:
    db.execute(text("select * from no_such_table where words = :words"), {"words": asked.form})
    raise AssertionError("unreachable: the statement fails")


BROKEN = (
    Row("POST", "/broken/{name}", raise_words, Permission.ANONYMOUS),
    Row("POST", "/statement", break_statement, Permission.ANONYMOUS, Mode.WRITE),
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger of the process says, written as a running server writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(AllowListed())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def visitor(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[TestClient]:
    """Somebody whose address, browser and words are easy to recognise."""
    app = create_app(site, database, routes=(*ROUTES, *BROKEN), clock=clock)
    with TestClient(
        app,
        base_url=site.public_url,
        client=(ADDRESS, 50000),
        headers=HEADERS,
        raise_server_exceptions=False,
    ) as client:
        yield client


def log_faults(written: str) -> list[str]:
    """Return the lines that hold more than they may."""
    return [
        line
        for line in written.splitlines()
        if any(canary in line for canary in CANARIES) or not json.loads(line).keys() <= LINE
    ]


def test_a_visit_leaves_nothing_about_the_visitor_in_the_log(
    visitor: TestClient, log: io.StringIO, landing: Landing
) -> None:
    posted_form(visitor, landing.code, overall="good", better="canary-words")
    visitor.get("/canary-path?canary-query=1")
    visitor.post("/find", data={"words": "canary-words"})
    visitor.post("/code", data={"code": "canary-words"})
    assert not log_faults(log.getvalue())


def test_a_fault_is_logged_by_its_kind_and_place_alone(
    visitor: TestClient, log: io.StringIO, landing: Landing
) -> None:
    form = {**blank_form(visitor, landing.code), "better": "canary-words"}
    assert visitor.post("/broken/canary-path", data=form).status_code == 500
    assert visitor.post("/statement", data=form).status_code == 503
    faults = [line for line in map(json.loads, log.getvalue().splitlines()) if "fault" in line]
    assert [line["level"] for line in faults] == ["ERROR", "ERROR"]
    assert faults[0]["fault"] == "RuntimeError"
    assert faults[0]["where"].startswith("test_logs.py:")
    assert not log_faults(log.getvalue())


def test_the_log_guard_finds_words_and_unknown_fields() -> None:
    said = logging.LogRecord("coproduce", logging.INFO, "f", 1, "canary-words", (), None)
    unknown = json.dumps({"level": "INFO", "logger": "coproduce", "agent": "old phone"})
    written = f"{AllowListed().format(said)}\n{unknown}"
    assert len(log_faults(written)) == 2
