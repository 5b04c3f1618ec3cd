"""The fixtures of every test: a database of each kind, keys, a site, a client, a day."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import settings
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database, connect
from coproduce.core.deployment import read_deployment
from coproduce.core.keys import Keys, NewKeys, SlowHash, new_keys
from coproduce.core.migrate import migrate
from coproduce.settings import EXAMPLE_DEPLOYMENT
from coproduce.web.site import Site
from tests.html import check_response
from tests.needs import missing
from tests.watch import Watch

pytest_plugins = ("tests.postgres", "tests.live")

PROJECT = Path(__file__).parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"
"""Real input, where it is there. It never becomes part of the project."""

HOST = "feedback.example"
settings.register_profile("coproduce", deadline=None)
settings.load_profile("coproduce")  # A busy machine is slow; that is no fault of a property.

PROVE = bool(os.environ.get("COPRODUCE_PROVE"))
"""True if the full numbers are wanted: minutes to hours. Set by `make prove`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests marked `prove` to `make prove`; let the browser wait for all others."""
    long = [item for item in items if item.get_closest_marker("prove") and not PROVE]
    config.hook.pytest_deselected(items=long)
    kept = [item for item in items if PROVE or not item.get_closest_marker("prove")]
    items[:] = sorted(kept, key=lambda item: bool(item.get_closest_marker("browser")))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that is copied for each test."""
    path = tmp_path_factory.mktemp("template") / "coproduce.sqlite"
    database = connect(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; each test runs on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        with request.getfixturevalue("postgres_template").copy() as url:
            yield url
    else:
        path = tmp_path / "coproduce.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database of each kind."""
    database = connect(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def fresh_keys() -> NewKeys:
    """Real keys with the cheapest slow hash, and the private halves of the recovery sheet."""
    made = new_keys()
    return replace(made, keys=replace(made.keys, slow_hash=SlowHash(passes=1, kibibytes=8)))


@pytest.fixture(scope="session")
def keys(fresh_keys: NewKeys) -> Keys:
    """Real keys with the cheapest slow hash."""
    return fresh_keys.keys


@pytest.fixture
def today() -> date:
    """The day on which every test happens: a Wednesday in 2026-Q3."""
    return date(2026, 8, 12)


@pytest.fixture
def clock(today: date) -> Callable[[], datetime]:
    """A clock that stands still at noon of that day."""
    return lambda: datetime.combine(today, time(12), UTC)


@pytest.fixture
def watch() -> Watch:
    """Seconds that a test moves."""
    return Watch()


@pytest.fixture
def site(keys: Keys) -> Site:
    """An instance with two languages, the second written from right to left."""
    return Site(
        keys=keys,
        deployment=read_deployment(EXAMPLE_DEPLOYMENT),
        languages=("en", "ar"),
        public_url=f"https://{HOST}",
        hosts=frozenset({HOST, "127.0.0.1"}),
    )


async def no_sleep(_seconds: float) -> None:
    """Let no time go by: an answer that is even in time is tested where it belongs."""


@pytest.fixture
def client(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[TestClient]:
    """A browser without script, without cookies and without redirects of its own.

    Every page it gets is checked against the laws of `tests/html.py`.
    """
    app = create_app(site, database, clock=clock, sleep=no_sleep)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        client.event_hooks = {"response": [check_response]}
        yield client


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input beside the project."""
    if not SHARED_DATA.is_dir():
        missing(f"No folder {os.path.relpath(SHARED_DATA, PROJECT)} with real input.")
    return SHARED_DATA
