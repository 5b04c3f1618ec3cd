"""An answer that settles after its quarter was closed is counted later, and never twice."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import first_day, freeze_day, shift_period
from coproduce.feedback.queries import find_code, get_standing
from coproduce.feedback.settle import settle_feedback
from coproduce.reports.queries import find_partition_faults
from coproduce.web.site import Site
from tests.factories import make_service, sent_form
from tests.releases import freeze_on_its_day

PERIOD = "2026-Q3"
NEXT = shift_period(PERIOD, 1)


def test_a_late_answer_is_counted_in_the_present_quarter(
    database: Database, site: Site, clock: Callable[[], datetime], keys: Keys
) -> None:
    # Two networks: more than 15 answers an hour from one of them would be set aside.
    here, there = (
        TestClient(create_app(site, database, clock=clock), base_url=site.public_url)
        for _network in range(2)
    )
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    for _answer in range(12):
        sent_form(here, landing.code, overall="good")
    settle_feedback(database, keys, first_day(NEXT), secrets.token_bytes)
    late = [sent_form(there, landing.code, overall="poor") for _answer in range(12)]
    assert freeze_on_its_day(database, PERIOD, keys).publications == 1

    settle_feedback(database, keys, freeze_day(PERIOD) + timedelta(days=3), secrets.token_bytes)
    code = read_return_code(late[0])
    assert code is not None
    with database.read() as db:
        opened = find_code(db, keys, code, keys.slow_key(code))
        assert opened is not None
        assert get_standing(db, opened, freeze_day(PERIOD)).period == NEXT

    # The intruder looks at both quarters together and must find each answer once.
    assert freeze_on_its_day(database, NEXT, keys).publications == 1
    with database.read() as db:
        assert find_partition_faults(db) == []
