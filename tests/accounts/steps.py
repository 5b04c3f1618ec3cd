"""Signing in step by step, as a browser does it: real cookies, real codes, a clock to turn."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2
import pyotp
from starlette.testclient import TestClient

from coproduce.accounts.commands import set_second_factor
from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.web.site import Site
from tests.html import Element, check_response, fields_of, parse
from tests.people import PASSPHRASE, Person

COOKIE = "__Host-s"


@dataclass(slots=True)
class TurnedClock:
    """A clock that stands still until somebody turns it."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.now

    def turn(self, **by: float) -> None:
        """Let time go by."""
        self.now += timedelta(**by)


@contextmanager
def browsers(
    site: Site, database: Database, clock: Callable[[], datetime]
) -> Iterator[Callable[[], TestClient]]:
    """Give a way to open browsers on one running site, each with cookies of its own."""
    app = create_app(site, database, clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as first:

        def opened() -> TestClient:
            client = TestClient(app, base_url=site.public_url, follow_redirects=False)
            client.headers["origin"] = site.public_url
            client.event_hooks = {"response": [check_response]}
            return client

        assert first.get("/safety").status_code == 200
        yield opened


def give_passphrase(
    client: TestClient, person: Person, *, kept: str = "", passphrase: str = PASSPHRASE
) -> httpx2.Response:
    """Send the sign-in page."""
    form = {"pseudonym": person.pseudonym, "passphrase": passphrase, "kept": kept}
    return client.post("/sign-in", data=form)


def signed_in(client: TestClient, person: Person) -> str:
    """Sign somebody in who needs one step; return their cookie."""
    answer = give_passphrase(client, person)
    assert answer.status_code == 303
    return cookie_of(client)


def cookie_of(client: TestClient) -> str:
    """Return the value of the cookie that a browser holds, or nothing."""
    return client.cookies.get(COOKIE) or ""


def add_second_factor(database: Database, keys: Keys, person: Person, now: datetime) -> pyotp.TOTP:
    """Set up a code app for somebody an hour ago; return the app."""
    secret, earlier = secrets.token_bytes(20), now - timedelta(hours=1)
    app = pyotp.TOTP(base64.b32encode(secret).decode())
    with database.write() as db:
        assert set_second_factor(
            db, keys, person.account_id, secret, app.at(earlier), now=earlier, is_first=True
        )
        db.commit()
    return app


def page_of(answer: httpx2.Response) -> Element:
    """Return the parsed page."""
    return parse(answer.text)


def form_to(answer: httpx2.Response, action: str) -> dict[str, list[str]]:
    """Return what the form with this action would send untouched."""
    forms = [form for form in page_of(answer).all("form") if form.get("action") == action]
    assert forms, f"There is no form to {action}: {page_of(answer).text}"
    return fields_of(forms[0])


def app_shown(answer: httpx2.Response) -> pyotp.TOTP:
    """Return the code app that has typed in the letters of a page."""
    letters = next(e for e in page_of(answer).all("p") if "letters" in e.get("class"))
    return pyotp.TOTP(letters.text.replace(" ", ""))


def codes_shown(answer: httpx2.Response) -> list[str]:
    """Return the recovery codes on a page."""
    listed = next(e for e in page_of(answer).all("ol") if e.get("class") == "printed")
    return [item.text for item in listed.all("li")]
