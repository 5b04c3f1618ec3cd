"""A small invented town for people to write about."""

from datetime import date

import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.services.queries import Landing, get_landing
from tests.factories import (
    blank_form,
    make_area,
    make_landing_code,
    make_service,
    sent_form,
)
from tests.feedback.pages import Form, settle


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


@pytest.fixture
def settled(
    client: TestClient, database: Database, landing: Landing, keys: Keys, today: date
) -> Form:
    """A form that was sent, with its words, and mixed with four others."""
    form: Form = {**blank_form(client, landing.code), "overall": "good", "better": "More."}
    client.post("/g", data=form)
    for _number in range(4):
        sent_form(client, landing.code, overall="poor")
    settle(database, keys, today)
    return form
