"""T15: whether a code is known cannot be told by the work it takes to look it up."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, datetime

import pytest
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.web.site import Site
from tests.factories import make_service, sent_form
from tests.feedback.pages import settle
from tests.moments import statements

UNKNOWN = "1234 1234 1234 1234"
SLIP = "1234 1234 1234 1235"


class CountingKeys(Keys):
    """Keys that write down for which codes the slow hash was made."""

    hashed: list[str]

    def slow_key(self, code: str) -> bytes:
        """Write the code down and make its slow hash."""
        self.hashed.append(code)
        return super().slow_key(code)


@pytest.fixture
def counting_keys(keys: Keys) -> Keys:
    counting = CountingKeys(**{field.name: getattr(keys, field.name) for field in fields(keys)})
    object.__setattr__(counting, "hashed", [])
    return counting


@pytest.fixture
def visitor(
    site: Site, database: Database, counting_keys: Keys, clock: Callable[[], datetime]
) -> Iterator[TestClient]:
    app = create_app(replace(site, keys=counting_keys), database, clock=clock)
    with TestClient(app, base_url=site.public_url) as client:
        yield client


def test_a_known_and_an_unknown_code_cost_one_slow_hash_and_the_same_looks(
    visitor: TestClient, database: Database, counting_keys: CountingKeys, today: date
) -> None:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    known = sent_form(visitor, landing.code, overall="good", better="More.")
    for _number in range(4):
        sent_form(visitor, landing.code, overall="good")
    settle(database, counting_keys, today)
    looks, sizes = [], set()
    for code in (known, UNKNOWN):
        counting_keys.hashed.clear()
        with statements(database) as work:
            page = visitor.post("/code", data={"code": code})
        assert len(counting_keys.hashed) == 1
        looks.append([said for said in work if said.startswith("SELECT")])
        sizes.add(len(page.content))

    assert looks[0] == looks[1]
    assert sum("WHERE inbox.code_tag" in said or "FROM receipt" in said for said in looks[0]) == 2
    assert len(sizes) == 1


def test_a_slip_costs_no_slow_hash(visitor: TestClient, counting_keys: CountingKeys) -> None:
    visitor.post("/code", data={"code": SLIP})

    assert counting_keys.hashed == []
