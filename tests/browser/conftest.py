"""What browser tests share: every one needs Chromium, and a service to talk about."""

import pytest

from coproduce.core.db import Database
from coproduce.services.queries import Landing
from tests.factories import make_service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open landing code."""
    with database.write() as db:
        landing = make_service(db, name="The Open Door")
        db.commit()
    return landing
