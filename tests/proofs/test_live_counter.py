"""T11: while people write, no page that a provider or anybody can see changes, until a report."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.messages import Message
from coproduce.core.periods import freeze_day
from coproduce.core.permissions import Permission, Role, Scope
from coproduce.feedback.models import Consent
from coproduce.feedback.queries import count_waiting
from coproduce.reports.queries import list_publications
from coproduce.routes import ROUTES
from coproduce.services.queries import Landing
from coproduce.web.error_page import ErrorPage
from coproduce.web.page_endpoint import Row
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Reply
from coproduce.web.site import Site
from tests.conftest import PROVE
from tests.factories import make_provider, make_service
from tests.feedback.pages import settle
from tests.feedback.submissions import make_writer
from tests.guards.site_map import written_addresses
from tests.people import Person, make_person, sign_in
from tests.releases import freeze_on_its_day
from tests.reports.test_commands import answer

PEOPLE = 30
BEFORE, PERIOD = "2026-Q2", "2026-Q3"
START = datetime(2026, 8, 12, 9, tzinfo=UTC)
NEW_EACH_TIME = re.compile(rb'name="t" value="[\w-]+"|<!--[0-9a-f]*-->|value="[\w-]+" name="t"')
"""What differs between two answers to the same question: the number of a form, and the filling."""

Seen = dict[tuple[str, str], tuple[int, bytes]]


@dataclass(slots=True)
class Clock:
    """A clock that a test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Probe:
    """Everybody who looks from outside: a stranger, the provider, a commissioner."""

    SIGNED_IN_PATHS: ClassVar = (
        "/reports",
        "/reports/{publication}",
        "/reports/{publication}/report.json",
        "/reports/{publication}/report.csv",
    )

    world: "World"
    viewers: dict[str, TestClient]
    people: dict[str, Person]
    paths: tuple[str, ...]
    publication: str

    def looks(self) -> Seen:
        """Ask for every page; return what came, without what is made anew each time."""
        seen: Seen = {}
        for who, browser in self.viewers.items():
            if who in self.people:
                # A sign-in that nobody uses for a while is over.
                world = self.world
                sign_in(browser, world.site, world.database, self.people[who], world.clock.now)
            wanted = self.paths if who == "stranger" else self.SIGNED_IN_PATHS
            for path in wanted:
                answer = browser.get(path.format(publication=self.publication))
                seen[who, path] = answer.status_code, NEW_EACH_TIME.sub(b"", answer.content)
        found = self.viewers["stranger"].post("/find", data={"words": "open door"})
        seen["stranger", "POST /find"] = found.status_code, NEW_EACH_TIME.sub(b"", found.content)
        return seen


@dataclass(frozen=True, slots=True)
class World:
    """A provider with one report behind it, and thirty people who will write."""

    database: Database
    site: Site
    clock: Clock
    landing: Landing
    provider_id: bytes

    @contextmanager
    def probe(self, routes: Sequence[Row] = ROUTES, *more: str) -> Iterator[Probe]:
        """Let everybody look at an application made of these routes."""
        app = create_app(self.site, self.database, routes=routes, clock=self.clock)
        grants = {
            "provider": Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, self.provider_id),
            "commissioner": Grant(Role.COMMISSIONER),
        }
        with ExitStack() as stack:
            viewers = {
                who: stack.enter_context(
                    TestClient(app, base_url=self.site.public_url, follow_redirects=False)
                )
                for who in ("stranger", *grants)
            }
            people = {
                who: make_person(
                    self.database, self.site.keys, START.date(), grant, pseudonym=f"the {who}"
                )
                for who, grant in grants.items()
            }
            with self.database.read() as db:
                [publication] = list_publications(db)
            public = (
                address.filled(self.landing.code)
                for address in written_addresses()
                if address.is_page and address.where == "always"
            )
            yield Probe(self, viewers, people, (*public, *more), publication.id.hex())

    def one_hour(self) -> None:
        """Let somebody write, and let the hour's settling happen."""
        today = self.clock.now.date()
        writer = make_writer(self.database, self.site.keys, self.landing, today)
        writer.sends(
            overall="poor", better="More evenings.", today=today, consent=Consent.PARAPHRASE
        )
        settle(self.database, self.site.keys, today)
        self.clock.now += timedelta(hours=1)


@pytest.fixture
def world(database: Database, site: Site) -> World:
    with database.write() as db:
        provider_id = make_provider(db)
        landing = make_service(db, name="The Open Door", provider_id=provider_id)
        answer(db, 40, BEFORE, service_id=landing.service_id)
        db.commit()
    freeze_on_its_day(database, BEFORE, site.keys)
    return World(database, site, Clock(), landing, provider_id)


def changed(before: Seen, after: Seen) -> list[tuple[str, str]]:
    assert before.keys() == after.keys()
    return [page for page, content in before.items() if after[page] != content]


def test_thirty_people_write_and_nothing_outside_changes_until_there_is_a_report(
    world: World,
) -> None:
    with world.probe() as probe:
        before = probe.looks()
        for who in ("provider", "commissioner"):
            assert before[who, "/reports/{publication}"][0] == 200
        for number in range(PEOPLE):
            world.one_hour()
            if PROVE or number % 6 == 5:
                assert not changed(before, probe.looks())
        freeze_on_its_day(world.database, PERIOD, world.site.keys)
        world.clock.now = datetime.combine(freeze_day(PERIOD), START.timetz())
        reported = changed(before, probe.looks())
    assert ("provider", "/reports") in reported
    assert ("stranger", "/") not in reported


def test_a_page_that_counts_is_found_out(world: World) -> None:
    def count(db: Session, _asked: ParsedRequest) -> Reply:
        return ErrorPage(
            status=200, message=Message(f"{count_waiting(db)} wait."), can_send_again=False
        )

    counting = Row("GET", "/count", count, Permission.ANONYMOUS)
    with world.probe((*ROUTES, counting), "/count") as probe:
        before = probe.looks()
        world.one_hour()
        assert changed(before, probe.looks()) == [("stranger", "/count")]
