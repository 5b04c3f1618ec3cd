"""One device, many people, one after the other: nobody sees what another typed."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from coproduce.services.queries import Landing
from tests.live import OpenContext, with_and_without_script
from tests.needs import on_sqlite
from tests.walk import SEND, TELLING

pytestmark = on_sqlite

WORDS = "More evenings, please."
QUESTION = "#still"
with_script = pytest.mark.parametrize("script", [True])

OTHER_FORM = """old => {
    const token = document.querySelector('[name=t]');
    return token && token.value !== old;
}"""

Shorten = Callable[..., None]


@pytest.fixture
def shorten(page: Page) -> Shorten:
    """Sets the times that stand in the pages, on their way to the browser."""

    def set_times(*, idle: float = 600, answer: float = 600, refresh: float = 600) -> None:
        def answered(route: Route) -> None:
            response = route.fetch()
            html = response.text()
            html = html.replace('data-idle="90"', f'data-idle="{idle}"')
            html = html.replace('data-answer="20"', f'data-answer="{answer}"')
            html = html.replace('content="120;', f'content="{refresh};')
            route.fulfill(response=response, body=html)

        page.route(re.compile(r"/g(/\w+/kiosk)?$"), answered)

    return set_times


def address(landing: Landing) -> str:
    return f"/g/{landing.code}/kiosk"


def fill(page: Page, landing: Landing) -> None:
    page.goto(address(landing))
    page.check("input[name=overall][value=good]")
    page.fill("#better", WORDS)


def expect_blank(page: Page, landing: Landing) -> None:
    """Pass if the form is there and shows nothing of anybody."""
    expect(page).to_have_url(re.compile(f"{address(landing)}$"))
    expect(page.locator("#better")).to_have_value("")
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator(".code")).to_have_count(0)
    assert WORDS not in page.content()


def token(page: Page) -> str:
    return page.locator("input[name=t]").first.get_attribute("value") or ""


@with_and_without_script
def test_start_again_clears_everything(page: Page, landing: Landing) -> None:
    fill(page, landing)
    before = token(page)
    page.keyboard.press("Tab")
    page.click("#leave")
    page.wait_for_function(OTHER_FORM, arg=before)
    expect_blank(page, landing)
    page.go_back()
    assert WORDS not in page.content()


@with_and_without_script
def test_the_button_on_the_receipt_makes_room_for_the_next_person(
    page: Page, landing: Landing
) -> None:
    fill(page, landing)
    first = token(page)
    page.click(SEND)
    page.click("main a.button")
    expect_blank(page, landing)
    assert token(page) != first


@with_and_without_script
def test_every_page_on_the_way_keeps_the_control_in_sight(page: Page, landing: Landing) -> None:
    fill(page, landing)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#leave")).to_be_in_viewport()
    page.fill("#better", TELLING)
    page.click(SEND)
    expect(page.locator("#leave")).to_have_text("Clear and start again")
    expect(page.locator("mark").first).to_be_visible()
    page.click("#leave")
    expect_blank(page, landing)


# With script


@with_script
def test_an_idle_form_clears_itself_and_back_shows_nothing(
    page: Page, landing: Landing, shorten: Shorten
) -> None:
    shorten(idle=0.3, answer=0.3)
    page.goto("/")
    fill(page, landing)
    first = token(page)
    page.wait_for_function(OTHER_FORM, arg=first)
    expect_blank(page, landing)
    page.go_back()
    assert WORDS not in page.content()
    page.go_forward()
    expect_blank(page, landing)


@with_script
def test_an_idle_receipt_clears_itself_and_back_shows_no_numbers(
    page: Page, landing: Landing, shorten: Shorten
) -> None:
    shorten(idle=0.5, answer=0.5)
    fill(page, landing)
    page.fill("#better", TELLING)
    page.click(SEND)
    page.click("button[value=as_is]")
    expect(page.locator(".code")).to_be_visible()
    expect_blank(page, landing)
    for _step in ("the check", "the form"):
        page.go_back()
        expect_blank(page, landing)


@with_script
@pytest.mark.parametrize("answered_by", ["key", "tap", "button", "enter"])
def test_any_key_or_touch_keeps_what_was_typed(
    page: Page, landing: Landing, shorten: Shorten, answered_by: str
) -> None:
    """WCAG 2.2.1: told before, and one simple act is enough."""
    shorten(idle=1, answer=4)
    fill(page, landing)
    page.focus(SEND)
    expect(page.locator(QUESTION)).to_be_visible()
    expect(page.locator(f"{QUESTION} button")).to_be_focused()
    match answered_by:
        case "key":
            page.keyboard.press("x")
        case "tap":
            page.mouse.click(20, 400)
        case "button":
            page.click(f"{QUESTION} button")
        case "enter":
            page.keyboard.press("Enter")
    expect(page.locator(QUESTION)).to_be_hidden()
    expect(page.locator("#better")).to_have_value(WORDS)
    expect(page.locator("input[name=overall][value=good]")).to_be_checked()
    expect(page).to_have_url(re.compile(f"{address(landing)}$"))
    expect(page.locator(QUESTION)).to_be_visible()  # It is asked again, as often as it takes.


@with_script
def test_who_types_is_not_asked(page: Page, landing: Landing, shorten: Shorten) -> None:
    shorten(idle=0.6, answer=0.6)
    page.goto(address(landing))
    page.focus("#better")
    for letter in "I waited very long":
        page.keyboard.type(letter)
        page.wait_for_timeout(100)
        assert not page.is_visible(QUESTION)


@with_script
def test_an_empty_form_that_nobody_touched_asks_nothing(
    page: Page, landing: Landing, shorten: Shorten
) -> None:
    shorten(idle=0.2, answer=0.2)
    page.goto(address(landing))
    first = token(page)
    page.wait_for_timeout(1000)
    assert token(page) == first


@with_script
def test_the_question_can_be_heard_and_answered(
    page: Page, landing: Landing, shorten: Shorten
) -> None:
    shorten(idle=0.2)
    fill(page, landing)
    expect(page.get_by_role("alertdialog", name="Are you still there?")).to_be_visible()
    results = Axe().run(page)
    assert not results.violations_count, results.generate_snapshot()


@pytest.mark.parametrize("path", ["kiosk", "helper"])
@pytest.mark.parametrize("language", ["", "/ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_roads(
    open_context: OpenContext, landing: Landing, path: str, language: str, scheme: str
) -> None:
    page = open_context(color_scheme=scheme).new_page()
    page.goto(f"{language}/g/{landing.code}/{path}")
    found = [Axe().run(page)]
    page.check("input[name=overall][value=good]")
    page.click(SEND)
    found.append(Axe().run(page))
    assert not [r.generate_snapshot() for r in found if r.violations_count]


# Without script


@pytest.mark.parametrize("script", [False])
def test_the_receipt_returns_to_an_empty_form(
    page: Page, landing: Landing, shorten: Shorten
) -> None:
    shorten(refresh=1)
    fill(page, landing)
    page.click(SEND)
    expect(page.locator(".code")).to_be_visible()
    expect_blank(page, landing)
    page.go_back()
    assert WORDS not in page.content()
    assert not re.search(r"\d{4} \d{4} \d{4} \d{4}", page.content())


@pytest.mark.parametrize("script", [False])
def test_a_receipt_that_is_kept_stays(page: Page, landing: Landing, shorten: Shorten) -> None:
    shorten(refresh=2)
    fill(page, landing)
    page.click(SEND)
    numbers = page.inner_text(".code")
    page.click("button[value=keep]")
    expect(page.locator("button[value=keep]")).to_have_count(0)
    page.wait_for_timeout(3000)
    assert page.inner_text(".code") == numbers
    page.click("main a.button")
    expect_blank(page, landing)


@pytest.mark.parametrize("script", [False])
def test_the_question_stays_out_of_sight_without_script(page: Page, landing: Landing) -> None:
    page.goto(address(landing))
    expect(page.locator(QUESTION)).to_be_hidden()
