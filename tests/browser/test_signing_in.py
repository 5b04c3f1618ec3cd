"""Somebody joins, comes back, and is interrupted, on a small phone, with and without script."""

import secrets
from datetime import date

import pyotp
import pytest
from playwright.sync_api import Page, expect

from coproduce.accounts.invitations import invite
from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from tests.accounts.steps import TurnedClock
from tests.live import OpenContext, with_and_without_script
from tests.needs import on_sqlite
from tests.people import PASSPHRASE, Person, make_person, noon

pytestmark = on_sqlite

NEW = "seven green rivers under paper"


@pytest.fixture
def clock(today: date) -> TurnedClock:
    """A clock that the test turns, in place of the one that stands still."""
    return TurnedClock(noon(today))


def sign_in(page: Page, person: Person) -> None:
    page.fill("#pseudonym", person.pseudonym.upper())
    page.fill("#passphrase", PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()


def is_too_wide(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


@with_and_without_script
def test_a_moderator_joins_with_a_printed_code_and_comes_back_with_a_code_of_the_app(
    page: Page, database: Database, keys: Keys, today: date, clock: TurnedClock
) -> None:
    with database.write() as db:
        code = invite(db, keys, Grant(Role.MODERATOR), today=today, chance=secrets.token_bytes)
        db.commit()
    page.goto("/join")
    page.fill("#code", f" {code[:4].lower()}-{code[4:8]} {code[8:]}")
    page.get_by_role("button", name="Go on").click()
    page.fill("#new_passphrase", "password")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("Please choose one of these names.")
    assert not is_too_wide(page)
    pseudonym = page.locator("input[name=pseudonym]").nth(3).get_attribute("value") or ""
    page.check(f"input[value='{pseudonym}']")
    page.fill("#new_passphrase", NEW)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_alt_text("Picture for your code app")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 100
    page.click("summary")
    app = pyotp.TOTP(page.inner_text(".letters").replace(" ", ""))
    page.fill("#typed_code", app.at(clock.now))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".printed li")).to_have_count(10)
    page.goto("/account")
    expect(page.locator("h1")).to_have_text(pseudonym)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account")
    expect(page.locator("h1")).to_have_text("Sign in")
    clock.turn(minutes=5)
    page.fill("#pseudonym", pseudonym)
    page.fill("#passphrase", NEW)
    page.keyboard.press("Enter")
    page.fill("#typed_code", app.at(clock.now))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(pseudonym)
    assert not is_too_wide(page)


@with_and_without_script
def test_what_was_sent_too_late_is_sent_after_signing_in_again(
    page: Page,
    open_context: OpenContext,
    database: Database,
    keys: Keys,
    today: date,
    clock: TurnedClock,
) -> None:
    person = make_person(database, keys, today, Role.PANEL_MEMBER)
    other = open_context().new_page()
    for browser in (other, page):
        browser.goto("/account")
        sign_in(browser, person)
        expect(browser.locator("h1")).to_have_text(person.pseudonym)
    clock.turn(minutes=21)
    page.get_by_role("button", name="End all others").click()
    expect(page.locator(".notice")).to_contain_text("Nothing is lost")
    sign_in(page, person)
    expect(page.locator("h1")).to_have_text("You are signed in again. Send what you typed?")
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator(".sign-ins li")).to_have_count(1)
