"""A real Chromium and a real server, for tests that need what only a browser does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys, SlowHash
from coproduce.demonstration.run import prepare
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.server import server_config, site_of
from coproduce.settings import Settings
from coproduce.web.head_deadline import HeadDeadline
from coproduce.web.site import Site
from tests.find_browser import ADVICE, find_browser
from tests.needs import missing
from tests.people import noon

PHONE = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
DEMONSTRATION_DAY = date(2026, 8, 12)
"""The day on which the demonstration of the tests was made, and stands still."""

OpenContext = Callable[..., BrowserContext]

with_and_without_script = pytest.mark.parametrize(
    "script", [False, True], ids=["script_off", "script_on"]
)


class QuickHeadDeadline(HeadDeadline):
    """The same deadline, shorter."""

    head_seconds: ClassVar[float] = 0.3


@contextmanager
def served(
    make_app: Callable[[str], ASGIApp], *, http: type[HeadDeadline] = HeadDeadline
) -> Iterator[str]:
    """Serve an application as `coproduce serve` does, on a free port, and give its address.

    ``make_app`` is told the address. The server stops by itself at the end.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    config = server_config(make_app(address), host="127.0.0.1", port=port)
    config.http = http
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "The server did not start."
            time.sleep(0.01)
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def live_site(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[str]:
    """The address of a running instance on this machine."""

    def make_app(address: str) -> ASGIApp:
        return create_app(replace(site, public_url=address), database, clock=clock)

    with served(make_app) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium for the whole run."""
    path = find_browser()
    if path is None:
        missing(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A prepared demonstration, not served yet."""

    settings: Settings
    keys: Keys
    database: Database

    def app(self, address: str) -> ASGIApp:
        """Return the application for an address; what it counts by network starts anew."""
        settings = replace(self.settings, public_url=address)
        return create_app(
            site_of(settings, self.keys, is_demonstration=True),
            self.database,
            routes=(*ROUTES, *DEMONSTRATION),
            clock=lambda: noon(DEMONSTRATION_DAY),
        )


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """An invented town with six quarters of answers and their reports, made once."""
    settings, keys, database = prepare(tmp_path_factory.mktemp("demonstration"), DEMONSTRATION_DAY)
    quick = replace(keys, slow_hash=SlowHash(passes=1, kibibytes=8))
    yield Demonstration(settings, quick, database)
    database.close()


@pytest.fixture
def demonstration_site(demonstration: Demonstration) -> Iterator[str]:
    """The address of a running demonstration."""
    with served(demonstration.app) as address:
        yield address


@pytest.fixture
def base_url(live_site: str) -> str:
    """The site that the browser is on. A module that looks at the demonstration says so."""
    return live_site


@pytest.fixture
def open_context(chromium: Browser, base_url: str) -> Iterator[OpenContext]:
    """Opens fresh browser profiles on a small phone; named options change that."""
    contexts = []

    def opened(**options: Any) -> BrowserContext:
        chosen = {"viewport": PHONE, "base_url": base_url, "locale": "en-GB", **options}
        context = chromium.new_context(**chosen)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def script() -> bool:
    """Whether the browser runs scripts. `with_and_without_script` tries both."""
    return False


@pytest.fixture
def page(open_context: OpenContext, *, script: bool) -> Page:
    """A blank page in a fresh profile on a small phone."""
    return open_context(java_script_enabled=script).new_page()
