"""T15: how long a code takes to open does not tell whether it is known. Measured, not in a hurry.

From the request to the answer, at the real cost of the slow hash.
"""

import math
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.codes import return_code_for
from coproduce.core.db import Database
from coproduce.core.keys import SLOW_HASH
from coproduce.routes import ROUTES
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_service
from tests.feedback.pages import settle
from tests.feedback.submissions import make_writer

EACH = 500
SLOWEST_MEDIAN = 0.005
"""Seconds by which the medians may differ. Source: privacy test T15 (docs/threat-model.md)."""

SMALLEST_P = 0.01
SERIES_HOLDS_FROM = 0.3
"""Below it the value is 1 to nine places, and the series no longer adds up."""

WARM_UP = 20


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    return landing


def seconds_to_open(browser: TestClient, code: str) -> float:
    begun = time.perf_counter()
    browser.post("/code", data={"code": code})
    return time.perf_counter() - begun


def ks_p_value(first: list[float], second: list[float]) -> float:
    """Return how likely two samples of one distribution differ as much as these.

    Source: the asymptotic two-sample Kolmogorov-Smirnov test.
    """
    n, m = len(first), len(second)
    points = sorted({*first, *second})
    widest = max(
        abs(sum(a <= x for a in first) / n - sum(b <= x for b in second) / m) for x in points
    )
    root = math.sqrt(n * m / (n + m))
    at = (root + 0.12 + 0.11 / root) * widest
    if at < SERIES_HOLDS_FROM:
        return 1.0
    return 2.0 * sum((-1.0) ** (k - 1) * math.exp(-2 * k * k * at * at) for k in range(1, 101))


def test_the_comparison_finds_a_difference_and_only_a_difference() -> None:
    even = [number / 100 for number in range(500)]
    assert ks_p_value(even, even[:]) > 0.99
    assert ks_p_value(even, [value + 0.02 for value in even]) > SMALLEST_P
    assert ks_p_value(even, [value + 1 for value in even]) < SMALLEST_P


@pytest.mark.prove
def test_a_known_code_opens_as_quickly_as_an_unknown_one(
    database: Database,
    site: Site,
    landing: Landing,
    today: date,
    clock: Callable[[], datetime],
) -> None:
    """Sent at once, they are half a millisecond apart, which 500 of each show beyond doubt."""
    site = replace(site, keys=replace(site.keys, slow_hash=SLOW_HASH))
    writers = [make_writer(database, site.keys, landing, today) for _number in range(5)]
    for writer in writers:
        writer.sends(better="More.", today=today)
    settle(database, site.keys, today)
    # Without its limit the same route answers a thousand times.
    rows = [replace(row, limit=None, stores=None) for row in ROUTES if row.path == "/code"]
    app = create_app(site, database, routes=rows, clock=clock)
    known: list[float] = []
    unknown: list[float] = []
    with TestClient(app, base_url=site.public_url) as browser:
        for number in range(EACH + WARM_UP):
            nobodys = return_code_for(site.keys.code, secrets.token_bytes(16))
            for times, code in ((known, writers[number % 5].code), (unknown, nobodys)):
                taken = seconds_to_open(browser, code)
                if number >= WARM_UP:
                    times.append(taken)
    apart = abs(statistics.median(known) - statistics.median(unknown))
    p = ks_p_value(known, unknown)
    print(f"T15: medians {apart * 1000:.2f} ms apart, p = {p:.3f}")  # noqa: T201 - for make prove
    assert apart < SLOWEST_MEDIAN
    assert p > SMALLEST_P
