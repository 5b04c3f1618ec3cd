"""The queue of those who read: its page, a text, a decision, beside few and many waiting texts."""

import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from starlette.testclient import TestClient

from benchmarks.freeze import ROWS_AT_ONCE
from benchmarks.instances import CODE, Instance, Workshop
from coproduce.app import create_app
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Base, Database, connect
from coproduce.core.keys import Keys
from coproduce.core.periods import period_of
from coproduce.core.permissions import Role
from coproduce.feedback.commands import sealed_words
from coproduce.feedback.models import Consent, Source
from coproduce.feedback.reading_keys import add_reading_key
from coproduce.feedback.rules import Words, week_of
from coproduce.moderation.key_shares import share_reading_keys
from coproduce.server import site_of
from coproduce.services.queries import get_landing
from tests.people import Person, make_person, sign_in

TODAY = date(2026, 8, 12)
NOW = datetime(2026, 8, 12, 12, tzinfo=UTC)
SIZES = (100, 100_000)
ROUNDS = 40
WORDS = Words(
    better="Open in the evening please, and let us wait inside when it rains.",
    happened="My keyworker Sarah was kind, but last Tuesday nobody was there.",
)
KEPT = {
    "act": "decide",
    "use": "paraphrase",
    "words": "People should not have to wait outside.",
    "looked": "1",
    "code": "C1",
    "seriousness": "1",
}


@dataclass(frozen=True, slots=True)
class Took:
    """Median seconds of each step."""

    page: float
    text: float
    decision: float


def measure_queue(workshop: Workshop, kinds: tuple[str, ...]) -> None:
    """Print what each step takes beside few and many waiting texts, and how they compare."""
    for kind in kinds:
        print(f"\nQueue on {kind}, medians of {ROUNDS} texts that one person reads")
        with ExitStack() as stack:
            desks = [_Desk(stack, workshop.instance(kind), size) for size in SIZES]
            # In turns: whatever else the machine does falls on both alike.
            for _round in range(ROUNDS):
                for desk in desks:
                    desk.read_one()
            few, many = (desk.took() for desk in desks)
        for size, steps in zip(SIZES, (few, many), strict=True):
            print(
                f"  {size:9,} waiting  queue page {steps.page * 1000:6.1f} ms"
                f"  next text {steps.text * 1000:6.1f} ms"
                f"  decision {steps.decision * 1000:6.1f} ms"
            )
        print(
            f"  many against few: page {many.page / few.page:.2f},"
            f" next text {many.text / few.text:.2f}, decision {many.decision / few.decision:.2f}"
        )


class _Desk:
    """One person with one browser, beside so many waiting texts."""

    def __init__(self, stack: ExitStack, instance: Instance, size: int) -> None:
        self._database = connect(instance.database_url)
        stack.callback(self._database.close)
        # The key first: what is sealed before there is one opens with the recovery sheet only.
        person = _reader(self._database, instance.keys)
        _fill(self._database, instance.keys, size)
        site = site_of(instance.settings, instance.keys)
        app = create_app(site, self._database, clock=lambda: NOW)
        made = TestClient(app, base_url=site.public_url, follow_redirects=False)
        self._client = stack.enter_context(made)
        sign_in(self._client, site, self._database, person, NOW)
        self._steps: dict[str, list[float]] = {"page": [], "text": [], "decision": []}

    def read_one(self) -> None:
        """Look at the queue, take a text, open it, and decide."""
        with self._database.write() as db:
            db.execute(Base.metadata.tables["shift"].delete())  # Nobody is sent into a break.
            db.commit()
        path = "/texts"
        with self._timed("page"):
            _check(self._client.get(path).status_code)
        with self._timed("text"):
            path = self._client.post("/texts/next", data={"act": "next"}).headers["location"]
            _check(self._client.get(path).status_code)
        with self._timed("decision"):
            _check(self._client.post(path, data=KEPT).status_code)

    def took(self) -> Took:
        """Return the medians."""
        return Took(**{name: statistics.median(times) for name, times in self._steps.items()})

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self._steps[step].append(time.perf_counter() - begun)


def _check(status: int) -> None:
    if status != 200:
        raise RuntimeError(f"the server answered {status}")


def _reader(database: Database, keys: Keys) -> Person:
    """Store somebody who reads and was let in."""
    person = make_person(database, keys, TODAY, Role.MODERATOR)
    with database.write() as db:
        key = add_reading_key(db, keys, TODAY)
        share_reading_keys(db, {key.id: key.private}, person.account_id, person.pair.public)
        db.commit()
    return person


def _fill(database: Database, keys: Keys, size: int) -> None:
    with database.read() as db:
        service_id = get_landing(db, CODE).service_id
    rows = _texts(database, keys, service_id, size)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        with database.write() as db:
            db.execute(Base.metadata.tables["sealed_text"].insert(), chunk)
            db.commit()
    if not database.is_sqlite:
        with database.alone() as connection:
            connection.exec_driver_sql("ANALYZE")


def _texts(
    database: Database, keys: Keys, service_id: bytes | None, size: int
) -> Iterator[dict[str, Any]]:
    with database.read() as db:
        box = sealed_words(db, WORDS, keys)
    for _ in range(size):
        yield {
            "id": secrets.token_bytes(ID_BYTES),
            "period": period_of(TODAY),
            "waiting_since": week_of(TODAY),
            "service_id": service_id,
            "area_id": None,
            "box": box,
            "consent": Consent.PARAPHRASE,
            "language": "en",
            "flags": "",
            "source": Source.OPEN,
            "is_urgent": False,
        }
