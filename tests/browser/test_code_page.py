"""The receipt and the page behind a code, on a small phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from coproduce.services.queries import Landing
from tests.live import OpenContext, with_and_without_script
from tests.needs import on_sqlite
from tests.walk import SEND, press

pytestmark = on_sqlite

only_with_script = pytest.mark.parametrize("script", [True])
only_without_script = pytest.mark.parametrize("script", [False])


def digits_of_a_sent_form(page: Page, landing: Landing) -> str:
    page.goto(f"/g/{landing.code}")
    page.check("input[name=overall][value=good]")
    page.click(SEND)
    return re.sub(r"\D", "", page.inner_text(".code"))


def open_code(page: Page, digits: str) -> None:
    page.goto("/code")
    page.fill("#code", digits)
    press(page, "main button")


def axe_findings(page: Page) -> str:
    results = Axe().run(page)
    return results.generate_report() if results.violations_count else ""


def test_with_script_the_numbers_are_copied_and_nothing_is_kept(
    open_context: OpenContext, landing: Landing
) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    digits = digits_of_a_sent_form(page, landing)
    page.click("#keep button[value=copy]")
    expect(page.locator("#keep button[value=copy]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.sub(r"\D", "", copied) == digits
    assert re.sub(r"\D", "", page.evaluate("getSelection().toString()")) == digits
    assert not axe_findings(page)


@only_without_script
def test_without_script_there_is_no_button_that_does_nothing(page: Page, landing: Landing) -> None:
    digits_of_a_sent_form(page, landing)
    expect(page.locator("#keep")).to_be_hidden()


@with_and_without_script
def test_a_print_shows_the_numbers_and_the_host_and_nothing_else(
    page: Page, landing: Landing
) -> None:
    digits_of_a_sent_form(page, landing)
    page.emulate_media(media="print")
    printed = page.inner_text("body").split("\n")
    host = page.url.split("/")[2]
    shown = [re.sub(r"\D", "", line) if ":" not in line else line for line in printed if line]
    assert len(shown) == 2
    assert (len(shown[0]), shown[1]) == (16, host)


@with_and_without_script
def test_words_are_added_and_the_name_is_shown_after_a_second_tap(
    page: Page, landing: Landing
) -> None:
    digits = digits_of_a_sent_form(page, landing)
    open_code(page, digits)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    press(page, "button[value=add]")
    page.fill("#better", "More chairs.")
    press(page, "button[value=send]")
    added = re.sub(r"\D", "", page.inner_text(".code"))
    assert added != digits
    open_code(page, added)
    expect(page.locator("ol.trail li").first).to_have_text(re.compile(r"Done:\s+We have it\."))
    press(page, "button[value=which]")
    assert "The Open Door" not in page.content()
    press(page, "button[value=name]")
    expect(page.locator("main")).to_contain_text("The Open Door")


@only_with_script
def test_axe_finds_nothing_on_any_part_of_the_code_page(page: Page, landing: Landing) -> None:
    digits = digits_of_a_sent_form(page, landing)
    found = {}
    for act in ("add", "which", "name", "ask", "withdraw"):
        open_code(page, digits)
        found["look"] = axe_findings(page)
        if act == "name":
            press(page, "button[value=which]")
        if act == "withdraw":
            press(page, "button[value=ask]")
        press(page, f"button[value={act}]")
        found[act] = axe_findings(page)
    assert not any(found.values()), found


@only_with_script
def test_going_back_after_taking_it_back_shows_nothing_of_it(page: Page, landing: Landing) -> None:
    digits = digits_of_a_sent_form(page, landing)
    open_code(page, digits)
    press(page, "button[value=ask]")
    press(page, "button[value=withdraw]")
    page.go_back()
    expect(page.locator("ol.trail")).to_have_count(0)
    assert digits not in re.sub(r"\s", "", page.content())
