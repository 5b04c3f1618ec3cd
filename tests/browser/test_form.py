"""A person rates a service on a small phone, with and without script."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.feedback.models import Inbox
from coproduce.services.queries import Landing
from tests.live import OpenContext, with_and_without_script
from tests.needs import on_sqlite
from tests.walk import SEND, TELLING

pytestmark = on_sqlite

WORDS = "More evenings, please."
WEATHER = re.compile(r"https://www\.bbc\.co\.uk/.*")
STORED = """async () => ({
    cookies: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""

OUTLINE_WIDTH = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
}"""


def fill(page: Page, landing: Landing) -> None:
    page.goto(f"/g/{landing.code}")
    page.check("input[name=overall][value=good]")
    page.check("input[name=barriers][value=wait]")
    page.fill("#better", WORDS)
    page.check("input[name=consent][value=quote]")


def receipt_code(page: Page) -> str:
    code = read_return_code(page.inner_text(".code"))
    assert code
    return code


def count_rows(database: Database) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(Inbox)) or 0


def press_until(page: Page, key: str, selector: str) -> None:
    """Press a key until the element has the focus, as somebody without a mouse would."""
    for _ in range(200):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{key} never reaches {selector}.")


@with_and_without_script
def test_a_rating_is_sent_and_its_code_opens(
    page: Page, landing: Landing, database: Database
) -> None:
    fill(page, landing)
    page.click(SEND)
    code = receipt_code(page)
    assert count_rows(database) == 1
    page.goto("/code")
    page.fill("#code", code)
    page.click("main button")
    expect(page.locator("ol.trail")).to_contain_text("We have it.")
    assert WORDS not in page.content()


@with_and_without_script
def test_a_whole_visit_leaves_nothing_on_the_phone(
    open_context: OpenContext, landing: Landing, *, script: bool
) -> None:
    """T2."""
    context = open_context(java_script_enabled=script)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fill(page, landing)
    page.click(SEND)
    code = receipt_code(page)
    page.goto("/code")
    page.fill("#code", code)
    page.click("main button")
    home = page.url.removesuffix("/code")
    assert page.evaluate(STORED) == {
        "cookies": "",
        "local": 0,
        "session": 0,
        "databases": 0,
        "caches": 0,
        "workers": 0,
    }
    assert context.cookies() == []
    assert [url for url in asked if not url.startswith((home, "data:"))] == []


@with_and_without_script
def test_a_mistake_keeps_every_answer(page: Page, landing: Landing, database: Database) -> None:
    fill(page, landing)
    page.fill("#happened", "x" * 3001)
    page.click(SEND)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("input[name=overall][value=good]")).to_be_checked()
    expect(page.locator("input[name=barriers][value=wait]")).to_be_checked()
    expect(page.locator("input[name=consent][value=quote]")).to_be_checked()
    expect(page.locator("#better")).to_have_value(WORDS)
    expect(page.locator("#happened")).to_have_value("x" * 3001)
    assert count_rows(database) == 0
    page.get_by_role("alert").get_by_role("link").click()
    assert page.url.endswith("#happened")


@with_and_without_script
def test_details_are_asked_about_before_anything_is_stored(
    page: Page, landing: Landing, database: Database
) -> None:
    fill(page, landing)
    page.fill("#better", TELLING)
    page.click(SEND)
    expect(page.locator("mark")).to_have_count(3)
    assert count_rows(database) == 0
    page.click("button[value=show]")
    expect(page.locator("#better")).to_have_value(TELLING)
    expect(page.locator("input[name=overall][value=good]")).to_be_checked()
    page.click(SEND)
    page.click("button[value=hide]")
    receipt_code(page)
    assert count_rows(database) == 1


@with_and_without_script
def test_another_language_keeps_what_was_typed(page: Page, landing: Landing) -> None:
    fill(page, landing)
    page.click("button[lang=ar]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("#better")).to_have_value(WORDS)
    expect(page.locator("input[name=overall][value=good]")).to_be_checked()
    page.click(SEND)
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    receipt_code(page)


@with_and_without_script
def test_a_double_tap_sends_once(page: Page, landing: Landing, database: Database) -> None:
    fill(page, landing)
    page.dblclick(SEND)
    expect(page.locator(".code")).to_be_visible()
    assert count_rows(database) == 1


@pytest.mark.parametrize("script", [False])
def test_sending_again_shows_the_same_code(
    page: Page, landing: Landing, database: Database
) -> None:
    fill(page, landing)
    page.click(SEND)
    code = receipt_code(page)
    page.reload()
    assert receipt_code(page) == code
    assert count_rows(database) == 1


@with_and_without_script
def test_going_back_after_the_receipt_shows_nothing_typed(page: Page, landing: Landing) -> None:
    """T4."""
    page.goto("/")
    fill(page, landing)
    page.click(SEND)
    receipt_code(page)
    page.go_back()
    expect(page.locator("#better")).to_have_value("")
    expect(page.locator("input:checked")).to_have_count(0)
    assert WORDS not in page.content()


@with_and_without_script
def test_the_exit_link_leads_away(page: Page, landing: Landing) -> None:
    page.route(WEATHER, lambda route: route.fulfill(body="<h1>Weather</h1>"))
    fill(page, landing)
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("Weather")


@pytest.mark.parametrize("script", [True])
def test_with_script_the_page_that_was_left_is_not_in_the_history(
    page: Page, landing: Landing
) -> None:
    """T4."""
    page.route(WEATHER, lambda route: route.fulfill(body="<h1>Weather</h1>"))
    page.goto("/safety")
    fill(page, landing)
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("Weather")
    page.go_back()
    assert page.url.endswith("/safety")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Weather")


@with_and_without_script
def test_everything_can_be_done_with_the_keyboard(
    page: Page, landing: Landing, database: Database
) -> None:
    page.goto(f"/g/{landing.code}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "leave"
    press_until(page, "Tab", "a.skip")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "input[name=overall]")
    page.keyboard.press("Space")
    press_until(page, "Tab", "input[name=barriers][value=wait]")
    page.keyboard.press("Space")
    press_until(page, "Tab", "#better")
    page.keyboard.type(WORDS)
    press_until(page, "Tab", "input[name=consent]")
    press_until(page, "ArrowDown", "input[value=quote]")
    press_until(page, "Tab", SEND)
    page.keyboard.press("Enter")
    receipt_code(page)
    with database.read() as db:
        row = db.scalars(select(Inbox)).one()
    assert row.answers["barriers"] == ["wait"]
    assert "overall" in row.answers
    assert row.consent == "quote"


@with_and_without_script
def test_what_has_the_focus_can_be_seen(page: Page, landing: Landing) -> None:
    page.goto(f"/g/{landing.code}")
    widths: list[float] = []
    while not widths or page.evaluate("document.activeElement !== document.body"):
        page.keyboard.press("Tab")
        widths.append(page.evaluate(OUTLINE_WIDTH))
    assert len(widths) > 15
    assert min(widths[:-1]) >= 2
