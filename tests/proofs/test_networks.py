"""T16: who sent how often is in memory only, and cannot be worked out once the window is over."""

import gc
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from types import FrameType, ModuleType

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.codes import fingerprint
from coproduce.core.db import Database
from coproduce.services.queries import Landing
from coproduce.web.page_endpoint import Kit
from coproduce.web.site import Site
from coproduce.web.throttle import SUBMISSIONS, Throttle
from tests.factories import make_service, posted_form
from tests.guards.stored_values import table_names
from tests.watch import Watch

ADDRESSES = [f"203.0.113.{number}" for number in range(1, 41)]
HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def visitors(
    site: Site, database: Database, clock: Callable[[], datetime], watch: Watch
) -> Iterator[TestClient]:
    """Browsers behind a proxy that says from which address each came."""
    behind = replace(site, trusted_proxies=("testclient",))
    app = create_app(behind, database, clock=clock, seconds=watch, forgets_every=0.01)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        yield client


def things_from(root: object) -> Iterator[object]:
    """Give everything that can be reached in memory from an object, apart from whole modules."""
    waiting, known = [root], {id(root)}
    while waiting:
        thing = waiting.pop()
        yield thing
        for next_one in gc.get_referents(thing):
            is_module = isinstance(next_one, ModuleType | FrameType) or (
                isinstance(next_one, dict) and "__builtins__" in next_one
            )
            if id(next_one) not in known and not is_module:
                known.add(id(next_one))
                waiting.append(next_one)


def memory_of(root: object) -> bytes:
    """Return every text and every row of bytes that can be reached from an object."""
    things = things_from(root)
    texts = (thing for thing in things if isinstance(thing, str | bytes))
    return b"\0".join(t.encode("utf-8", "replace") if isinstance(t, str) else t for t in texts)


def throttle_of(client: TestClient) -> Throttle:
    """Return what counts sent forms in the application behind a browser."""
    kits = (thing for thing in things_from(client.app) if isinstance(thing, Kit))
    return next(kits).throttles[SUBMISSIONS]


def names_under(key: bytes) -> list[bytes]:
    """Return what the addresses are called under a key."""
    return [fingerprint(key, address.encode())[:8] for address in ADDRESSES]


def hits(memory: bytes, needles: list[bytes]) -> int:
    return sum(needle in memory for needle in needles)


def stored(database: Database) -> bytes:
    """Return every value of every table."""
    with database.read() as db:
        connection = db.connection()
        values = [
            value
            for table in table_names(connection)
            for row in connection.execute(text(f"select * from {table}"))
            for value in row
        ]
    return b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


def forgets(client: TestClient, needles: list[bytes]) -> bool:
    """Wait until the application has looked for windows that are over, then search its memory."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if not hits(memory_of(client.app), needles):
            return True
    return False


def test_after_the_window_no_network_can_be_found_in_memory_or_in_the_database(
    visitors: TestClient, database: Database, watch: Watch
) -> None:
    with database.write() as db:
        landing: Landing = make_service(db)
        db.commit()
    for address in ADDRESSES:
        visitors.headers["x-forwarded-for"] = address
        assert posted_form(visitors, landing.code, overall="good").status_code == 200
    hour, day = (window._key for window in throttle_of(visitors)._windows)
    of_hour, of_day = [hour, *names_under(hour)], [day, *names_under(day)]
    raw = [address.encode() for address in ADDRESSES]
    packed = [bytes(map(int, address.split("."))) for address in ADDRESSES]

    memory = memory_of(visitors.app)
    assert hits(memory, of_hour) == len(of_hour), "the search finds what is there"
    assert hits(memory, of_day) == len(of_day)
    assert hits(memory, raw) == 0

    watch.now += HOUR
    assert forgets(visitors, of_hour), "names of an hour outlive it"
    watch.now += DAY
    assert forgets(visitors, of_day), "names of a day outlive it"
    assert hits(memory_of(visitors.app), raw) == 0
    assert hits(stored(database), of_hour + of_day + raw + packed) == 0


def test_a_key_that_is_kept_would_be_found() -> None:
    """A known-bad one: it forgets who came, but not the key under which it can find out again."""
    key = secrets.token_bytes(32)
    keeps = {"key": key, "seen": dict.fromkeys(names_under(key), 1)}
    assert hits(memory_of(keeps), [key]) == 1
    assert hits(memory_of(keeps), names_under(key)) == len(ADDRESSES)
    keeps["seen"] = {}
    assert hits(memory_of(keeps), [key]) == 1
