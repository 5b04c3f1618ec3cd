"""Staff print, somebody types the code of a card on a phone, and says how it was."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.live import LAPTOP, OpenContext
from tests.outreach.reading import descriptions
from tests.walk import SEND, press, see_it_as


@pytest.fixture
def base_url(demonstration_site: str) -> str:
    """These tests look at the demonstration, where anybody can be staff."""
    return demonstration_site


def to_a_service(page: Page, person: str, language: str = "") -> None:
    """Go to what can be printed for a service, as somebody of the demonstration."""
    see_it_as(page, person, language)
    page.goto(f"{language}/print")
    page.locator("main .ways a").first.click()
    expect(page.locator("#cards")).to_be_visible()


def findings(page: Page) -> str:
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    return result.generate_snapshot() if result.violations_count else ""


@pytest.mark.parametrize("script", [False, True], ids=["script_off", "script_on"])
def test_a_card_that_staff_print_opens_the_form_and_never_tells_that_it_was_used(
    open_context: OpenContext, *, script: bool
) -> None:
    staff = open_context(viewport=LAPTOP, java_script_enabled=script).new_page()
    to_a_service(staff, "commissioner")
    name = staff.locator("h1").inner_text()
    staff.check("input[name=source][value=outreach]")
    staff.select_option("#size", "20")
    with staff.expect_download() as download:
        staff.click("form[action$='/cards'] button")
    cards = descriptions(Path(download.value.path()).read_bytes())
    assert len(cards) == 20

    person = open_context(java_script_enabled=script).new_page()
    code = cards[7].rpartition("/")[2]
    person.goto("/")
    person.fill("#code", f"{code[:3]} {code[3:6]} {code[6:]}".lower())
    press(person, "main button")
    expect(person.locator("h1")).to_have_text(name)
    person.check("input[name=overall][value=good]")
    press(person, SEND)
    expect(person.locator(".code")).to_be_visible()

    person.goto(f"/g/{code}")
    expect(person.locator("h1")).to_have_text(name)
    person.goto("/g/0000000000")
    expect(person.locator("h1")).to_have_text("This card does not open anything now")
    assert findings(person) == "" if script else True


@pytest.mark.parametrize("language", ["", "/ar"], ids=["english", "right_to_left"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_staff_print(
    open_context: OpenContext, language: str, scheme: str
) -> None:
    page = open_context(viewport=LAPTOP, color_scheme=scheme).new_page()
    see_it_as(page, "commissioner", language)
    page.goto(f"{language}/print")
    assert findings(page) == ""
    page.locator("main .ways a").first.click()
    assert findings(page) == ""
    page.evaluate("document.querySelectorAll('input[type=radio]').forEach(e => e.checked = false)")
    page.locator("form[action$='/cards'] button").click()
    expect(page.locator("#top")).to_be_visible()
    assert findings(page) == ""
