"""People who sign in, in a real browser: joining, coming back, and from a rating to a report."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from starlette.types import ASGIApp

from coproduce.accounts.invitations import invite
from coproduce.app import create_app
from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import freeze_day, period_of
from coproduce.core.permissions import Role, Scope
from coproduce.feedback.models import ModeratedText, SealedText, TextState, TextUse
from coproduce.feedback.settle import settle_feedback
from coproduce.moderation.models import SupervisionKind, SupervisionNote
from coproduce.reports.commands import freeze_period
from coproduce.reports.queries import list_publications
from coproduce.services.models import Service
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.browser.test_form import press_until
from tests.feedback.submissions import make_writer
from tests.live import LAPTOP, OpenContext, served
from tests.needs import on_sqlite
from tests.people import PASSPHRASE, Person, let_in_all, make_person, noon
from tests.walk import SEND

pytestmark = on_sqlite

OTHERS = 14
WORDS = "My worker Susan should open late on Thursday."
CHOSEN = "otter lamp seven rivers wide"


@dataclass(slots=True)
class TurnedClock:
    """A clock that stands still until somebody turns it."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.now


@dataclass(slots=True)
class Device:
    """A browser of somebody, and the app on their phone that shows codes."""

    page: Page
    clock: TurnedClock
    letters: str = ""

    def press(self, name: str) -> None:
        """Press a button and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def sets_up_codes(self) -> None:
        """Put the key of the account into the app, prove it, and keep the recovery codes."""
        self.page.locator("summary").click()
        self.letters = self.page.inner_text(".letters").replace(" ", "").replace("\n", "")
        self.types_code()
        self.press("Go on")
        expect(self.page.locator(".printed li")).not_to_have_count(0)

    def types_code(self) -> None:
        """Type what the app shows now."""
        self.page.fill("#typed_code", pyotp.TOTP(self.letters).at(self.clock.now))

    def gives_passphrase(self, name: str, passphrase: str) -> None:
        """Fill in the first step of signing in."""
        self.page.fill("#pseudonym", name)
        self.page.fill("#passphrase", passphrase)
        self.press("Sign in")


@pytest.fixture
def turned(today: date) -> TurnedClock:
    """A clock at noon."""
    return TurnedClock(noon(today))


@pytest.fixture
def base_url(site: Site, database: Database, turned: TurnedClock) -> Iterator[str]:
    """A running instance whose clock can be turned."""

    def make_app(address: str) -> ASGIApp:
        return create_app(replace(site, public_url=address), database, clock=turned)

    with served(make_app) as address:
        yield address


@pytest.fixture
def make_device(open_context: OpenContext, turned: TurnedClock) -> Callable[[], Device]:
    """Makes a laptop of somebody's own."""

    def made(**options: object) -> Device:
        context: BrowserContext = open_context(viewport=LAPTOP, **options)
        return Device(context.new_page(), turned)

    return made


@pytest.mark.parametrize("script", [False, True], ids=["script_off", "script_on"])
def test_joining_by_code_and_losing_nothing_when_the_sign_in_is_over(
    make_device: Callable[..., Device],
    database: Database,
    keys: Keys,
    today: date,
    *,
    script: bool,
) -> None:
    with database.write() as db:
        grant = Grant(Role.MODERATOR)
        code = invite(db, keys, grant, today=today, chance=secrets.token_bytes)
        db.commit()
    device = make_device(java_script_enabled=script)
    page = device.page

    page.goto("/join")
    page.fill("#code", code)
    page.locator("main form button").first.click()
    name = page.locator("input[name=pseudonym]").first.get_attribute("value") or ""
    page.locator("input[name=pseudonym]").first.check()
    page.fill("#new_passphrase", CHOSEN)
    device.press("Join")
    device.sets_up_codes()
    page.get_by_role("link", name="I have kept them. Go on").click()
    expect(page.locator("nav.rail")).to_be_visible()

    page.goto("/team")
    page.locator(f"input[name=week][value={SupervisionKind.HEAVY}]").check()
    device.clock.now += timedelta(minutes=25)
    device.press("Keep this")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    with database.read() as db:
        assert db.scalars(select(SupervisionNote.kind)).all() == []
    device.gives_passphrase(name, CHOSEN)
    device.types_code()
    device.press("Sign in")
    device.press("Send it now")
    with database.read() as db:
        assert db.scalars(select(SupervisionNote.kind)).all() == [SupervisionKind.HEAVY]

    device.press("Sign out")
    page.goto("/team")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_from_a_rating_to_a_report_that_the_provider_downloads(
    make_device: Callable[..., Device],
    page: Page,
    landing: Landing,
    database: Database,
    fresh_keys: NewKeys,
    today: date,
) -> None:
    """A person writes, two people read by keyboard alone, a quarter closes, staff get the file."""
    keys = fresh_keys.keys
    first, second = (make_person(database, keys, today, Role.MODERATOR) for _ in range(2))
    let_in_all(database, fresh_keys, (first, second), today)
    with database.write() as db:
        provider_id = db.scalars(select(Service.provider_id)).one()
        db.commit()
    grant = Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, provider_id)
    staff = make_person(database, keys, today, grant)
    for _other in range(OTHERS):
        make_writer(database, keys, landing, today).sends(today=today)

    rate(page, landing)
    settle_feedback(database, keys, today, secrets.token_bytes)
    settle_feedback(database, keys, today + timedelta(days=1), secrets.token_bytes)
    with database.read() as db:
        text_id = db.scalars(select(SealedText.id)).one()

    reads_and_makes_safe(signed_in(make_device(), first))
    with database.read() as db:
        kept = db.scalars(select(ModeratedText)).one()
    assert (kept.id, kept.use, kept.state) == (text_id, TextUse.QUOTE, TextState.WAITS_FOR_SECOND)
    assert kept.words is not None
    assert "Susan" not in kept.words
    assert "Thursday" not in kept.words

    approves(signed_in(make_device(), second))
    with database.read() as db:
        assert db.scalars(select(ModeratedText.state)).one() is TextState.READY

    freeze(database, keys, period_of(today))
    device = signed_in(make_device(), staff)
    device.page.goto("/reports")
    device.page.locator("main a[href*='/reports/']").first.click()
    with device.page.expect_download() as download:
        device.page.locator("a[href$='.pdf']").first.click()
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    with database.read() as db:
        [published] = list_publications(db)
    assert json.loads(published.document)["subject"]["name"] == "The Open Door"


def rate(page: Page, landing: Landing) -> None:
    """Write something on a small phone without script, and allow it to be shown."""
    page.goto(f"/g/{landing.code}")
    page.check("input[name=overall][value=poor]")
    page.fill("#better", WORDS)
    page.check("input[name=consent][value=quote]")
    page.click(SEND)
    page.click("button[value=as_is]")
    expect(page.locator(".code")).to_be_visible()


def signed_in(device: Device, person: Person) -> Device:
    """Sign in for the first time: passphrase, a code app, recovery codes."""
    device.page.goto("/sign-in")
    device.gives_passphrase(person.pseudonym, PASSPHRASE)
    device.sets_up_codes()
    return device


def reads_and_makes_safe(device: Device) -> None:
    """Read the only text and make a quote of it, without a mouse."""
    page = device.page
    page.goto("/texts")
    press_until(page, "Tab", "form[action$='/texts/next'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert not page.locator(".original").first.is_visible()
    page.keyboard.press("r")
    expect(page.locator(".original").first).to_be_visible()
    expect(page.locator("mark[aria-current]")).to_have_count(1)
    press_until(page, "Tab", "input[name=use]:checked")
    press_until(page, "ArrowDown", "input[name=use][value=quote]")
    expect(page.locator("#words")).to_have_value("My worker [worker] should open late [day].")
    press_until(page, "Tab", "input[name=looked]")
    page.keyboard.press("Space")
    press_until(page, "Tab", "input[name=code]")
    page.keyboard.press("Space")
    press_until(page, "Tab", "input[name=seriousness]")
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator("p.done")).to_be_visible()


def approves(device: Device) -> None:
    """Read the safe words as a second person and let them leave, without a mouse."""
    page = device.page
    page.goto("/second")
    press_until(page, "Tab", "form[action$='/second'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Susan" not in page.content()
    press_until(page, "Tab", "button[value=approve]")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def freeze(database: Database, keys: Keys, period: str) -> None:
    """Publish the quarter, as the job does when its day has come."""
    with database.write() as db:
        freeze_period(
            db,
            period,
            keys,
            deployment="Feedback",
            today=freeze_day(period),
            draw=lambda: secrets.randbits(8),
            new_id=lambda: secrets.token_bytes(16),
        )
        db.commit()
