"""A small invented town for people to write about."""

import pytest

from coproduce.core.db import Database
from coproduce.services.queries import Landing, get_landing
from tests.factories import make_area, make_landing_code, make_service


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open code."""
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing


@pytest.fixture
def area_landing(database: Database) -> Landing:
    """An area with a code of its own: for people who never got in."""
    with database.write() as db:
        landing = get_landing(db, make_landing_code(db, area_id=make_area(db, name="Otley")))
        db.commit()
    return landing
