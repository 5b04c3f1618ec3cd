"""Somebody who reads at a desk of their own: a signed-in browser without script."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx2
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.web.site import Site
from tests.html import Element, check_response, fields_of, parse
from tests.people import Person, sign_in

SAFE = "People should not have to wait outside."
KEPT = {
    "act": "decide",
    "use": "paraphrase",
    "words": SAFE,
    "looked": "1",
    "code": ["C1"],
    "seriousness": "1",
}
"""What somebody sends who put a text into other words."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One reader and their browser."""

    client: TestClient
    person: Person

    def take(self) -> str | None:
        """Ask for a text; return where it is, or None if there is none."""
        response = self.client.post("/texts/next", data={"act": "next"})
        assert response.status_code in {200, 303}, response.text
        location = response.headers.get("location", "/texts")
        return location if location != "/texts" else None

    def page(self, path: str) -> Element:
        """Return a page that must be there."""
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return parse(response.text)

    def send(self, path: str, **fields: str | list[str]) -> httpx2.Response:
        """Send the form of a text as it stands, with these fields changed."""
        return self.client.post(path, data={**self._blank(path), **fields})

    def keep(self, path: str, **fields: str | list[str]) -> httpx2.Response:
        """Put a text into other words, or as the fields say."""
        return self.client.post(path, data={**KEPT, **fields})

    def _blank(self, path: str) -> dict[str, list[str]]:
        return fields_of(self.page(path).with_id("make-safe"))


@contextmanager
def desk(
    site: Site, database: Database, person: Person, clock: Callable[[], datetime]
) -> Iterator[Desk]:
    """Give somebody a browser of their own, signed in."""
    app = create_app(site, database, clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        client.event_hooks = {"response": [check_response]}
        sign_in(client, site, database, person, clock())
        yield Desk(client, person)
