"""One service to write about."""

import pytest

from coproduce.core.db import Database
from coproduce.services.queries import Landing
from tests.factories import make_service


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open code."""
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing
