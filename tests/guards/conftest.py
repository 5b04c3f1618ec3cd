"""A small invented town for the guards to walk through, on a site with every page there is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_service
from tests.html import check_response


@pytest.fixture
def client(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[TestClient]:
    """A browser on a site that also has the pages of the demonstration."""
    demonstration = replace(site, is_demonstration=True)
    app = create_app(demonstration, database, routes=(*ROUTES, *DEMONSTRATION), clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        client.event_hooks = {"response": [check_response]}
        yield client


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service in a town; the town has a code of its own."""
    with database.write() as db:
        area_id = make_area(db)
        make_landing_code(db, area_id=area_id)
        landing = make_service(db, area_id=area_id)
        db.commit()
    return landing
