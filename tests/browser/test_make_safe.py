"""A moderator makes texts safe by keyboard alone, with script; and by the page alone, without."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from coproduce.accounts.commands import start_sign_in
from coproduce.accounts.models import Stage
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.models import Coding, ModeratedText, TextUse
from coproduce.services.queries import Landing
from coproduce.web.sign_in_cookie import TOKEN_BYTES, SignedIn, cookie_header
from coproduce.web.site import Site
from tests.feedback.submissions import stored_rows
from tests.live import OpenContext
from tests.moderation.teams import make_team
from tests.needs import on_sqlite
from tests.waiting_texts import make_waiting_text

pytestmark = on_sqlite

BETTER = "Open in the evening. My keyworker Sarah goes home at five."
HAPPENED = "Last Tuesday nurse Janet let me wait outside in the rain with the baby."
LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    open_context: OpenContext,
    site: Site,
    database: Database,
    fresh_keys: NewKeys,
    base_url: str,
    clock: Callable[[], datetime],
    today: date,
) -> OpenPage:
    """Opens a browser in which a moderator is signed in."""
    reader = make_team(database, fresh_keys, today).reader
    token = secrets.token_bytes(TOKEN_BYTES)
    with database.write() as db:
        start_sign_in(
            db, site.keys, reader.account_id, reader.pair.private, Stage.SIGNED_IN, today, token
        )
        db.commit()
    signed_in = SignedIn(token, reader.account_id)
    header = cookie_header(replace(site, public_url=base_url), signed_in, clock())
    name, _, value = header.partition(";")[0].partition("=")

    def opened(**options: Any) -> Page:
        context = open_context(**options)
        context.add_cookies([{"name": name, "value": value, "url": base_url}])
        return context.new_page()

    return opened


@pytest.fixture
def wait(database: Database, keys: Keys, landing: Landing, today: date) -> Callable[..., None]:
    """Let a text wait."""

    def make(better: str = BETTER, happened: str = HAPPENED) -> None:
        with database.write() as db:
            make_waiting_text(db, keys, landing, today, better=better, happened=happened)
            db.commit()

    return make


def press_until(page: Page, selector: str) -> None:
    """Go on with the tabulator until the element has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"The focus never came to {selector}.")


def begin(page: Page) -> None:
    """Take a text, and wait until the script listens to keys."""
    page.goto("/texts")
    page.locator(".work form button").first.click()
    expect(page.locator("#make-safe.with-keys")).to_be_visible()


def is_too_wide(page: Page) -> bool:
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide


def test_a_quote_is_made_safe_by_keyboard_alone(
    open_page: OpenPage, database: Database, wait: Callable[..., None]
) -> None:
    wait()
    page = open_page(viewport=LAPTOP)
    page.goto("/texts")
    press_until(page, "main form[action='/texts/next'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#make-safe.with-keys")).to_be_visible()
    expect(page.locator("#read")).not_to_have_attribute("open", "")
    expect(page.locator("#words")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.locator("#words")).to_be_visible()
    assert not is_too_wide(page)

    page.keyboard.press("1")  # Sarah is a name.
    page.keyboard.press("0")  # "Last Tuesday" may stay.
    press_until(page, "input[name=use]")
    page.keyboard.press("ArrowDown")
    safe = (
        "Open in the evening. My keyworker [name] goes home at five.\n\n"
        "Last Tuesday nurse [worker] let me wait outside in the rain with the baby."
    )
    expect(page.locator("#words")).to_have_value(safe)
    expect(page.locator("#preview blockquote")).to_contain_text("nurse [worker]")
    expect(page.locator("#preview mark")).to_have_count(0)

    page.keyboard.press("Control+Enter")
    expect(page.locator("#top")).to_contain_text("tick the box")
    press_until(page, "input[name=looked]")
    page.keyboard.press("Space")
    press_until(page, "input[name=code]")
    page.keyboard.press("Space")
    press_until(page, "input[name=seriousness]")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Done")

    [kept] = stored_rows(database, ModeratedText)
    assert (kept["use"], kept["words"]) == (TextUse.QUOTE, safe)
    assert len(stored_rows(database, Coding)) == 1


def test_what_is_typed_is_looked_at_while_it_is_typed(
    open_page: OpenPage, wait: Callable[..., None]
) -> None:
    wait()
    page = open_page(viewport=LAPTOP)
    begin(page)
    page.keyboard.press("r")
    page.locator("#words").focus()
    page.keyboard.type("People wait for nurse Rob at 1 place. t p r")
    expect(page.locator("#preview mark")).to_have_text("Rob")
    expect(page.locator("#words")).to_have_value("People wait for nurse Rob at 1 place. t p r")

    page.evaluate(
        "() => { const words = document.getElementById('words');"
        " const at = words.value.indexOf('Rob'); words.setSelectionRange(at, at + 3); }"
    )
    page.locator("[data-tag=worker]").click()
    expect(page.locator("#words")).to_have_value("People wait for nurse [worker] at 1 place. t p r")
    expect(page.locator("#preview mark")).to_have_count(0)


def test_one_key_is_enough_for_thanks_and_for_passing_on(
    open_page: OpenPage, database: Database, wait: Callable[..., None]
) -> None:
    wait("Thank you so much.", "")
    page = open_page(viewport=LAPTOP)
    begin(page)
    page.keyboard.press("t")  # Nothing happens to a text that was not opened.
    page.keyboard.press("r")
    page.keyboard.press("t")
    expect(page.locator("h1")).to_have_text("Done")
    wait()
    expect(page.locator("[data-first]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#make-safe.with-keys")).to_be_visible()
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("/texts$"))
    assert len(stored_rows(database, ModeratedText)) == 1


def test_keys_can_be_turned_off(open_page: OpenPage, wait: Callable[..., None]) -> None:
    wait()
    page = open_page(viewport=LAPTOP)
    begin(page)
    page.keyboard.press("r")
    page.locator("#keys").uncheck()
    page.keyboard.press("p")
    page.keyboard.press("r")
    expect(page.locator("#words")).to_be_visible()
    expect(page.locator("#make-safe kbd").first).to_be_hidden()


def test_the_service_is_shown_in_its_place(
    open_page: OpenPage, landing: Landing, wait: Callable[..., None]
) -> None:
    wait()
    page = open_page(viewport=LAPTOP)
    begin(page)
    page.keyboard.press("r")
    page.locator("#words").fill("Typed before.")
    page.get_by_role("button", name="Show the service").click()
    expect(page.locator("#service")).to_contain_text(landing.name)
    expect(page.locator("#words")).to_have_value("Typed before.")


def test_without_script_the_page_alone_is_enough(
    open_page: OpenPage, database: Database, wait: Callable[..., None]
) -> None:
    wait()
    page = open_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/texts")
    page.get_by_role("button", name="Give me a text").click()
    page.locator("summary").first.click()
    expect(page.locator("#make-safe kbd").first).to_be_hidden()
    page.get_by_role("button", name="Start from their words").click()
    page.locator("#tag_1").select_option("keep")
    words = page.locator("#words").input_value()
    page.locator("#words").fill(words.replace("[day]", "Last Tuesday") + " Sarah!")
    page.get_by_role("button", name="Put the tags in and look again").click()
    expect(page.locator("#preview mark")).to_have_count(0)
    expect(page.locator("#preview")).to_contain_text("[worker]!")
    page.locator("input[name=looked]").check()
    page.locator("input[name=seriousness][value='1']").check()
    page.locator("[data-save]").click()
    expect(page.locator("h1")).to_have_text("Done")
    [kept] = stored_rows(database, ModeratedText)
    assert str(kept["words"]).startswith("Open in the evening. My keyworker [worker]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["", "/ar"])
def test_nothing_scrolls_sideways(
    open_page: OpenPage, wait: Callable[..., None], scheme: str, language: str
) -> None:
    wait("ا" * 400 + " الانتظار طويل " * 40, "x" * 600 + " nurse Janet " * 30)
    for viewport in (PHONE, LAPTOP):
        page = open_page(viewport=viewport, color_scheme=scheme)
        page.goto(f"{language}/texts")
        assert not is_too_wide(page)
        page.locator("main .work a.button, main form[action$='/texts/next'] button").first.click()
        expect(page.locator("#make-safe.with-keys")).to_be_visible()
        assert not is_too_wide(page)
        page.locator("summary").first.click()
        page.locator("input[name=use][value=quote]").check()
        expect(page.locator("#preview blockquote")).to_be_visible()
        assert not is_too_wide(page)
