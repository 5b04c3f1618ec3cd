"""Somebody looks for a service on a small phone, finds that it is not there, and tells of it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.services.queries import Landing, get_landing
from tests.browser.test_form import count_rows
from tests.factories import make_area, make_landing_code, make_service
from tests.live import with_and_without_script
from tests.needs import on_sqlite
from tests.walk import SEND, press

pytestmark = on_sqlite

WIDER_THAN_THE_PHONE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def otley(database: Database) -> Landing:
    """A town with one service."""
    with database.write() as db:
        town = make_area(db, name="Otley")
        make_service(db, name="Hamilton Street Clinic", area_id=town)
        landing = get_landing(db, make_landing_code(db, area_id=town))
        db.commit()
    return landing


def fits_everybody(page: Page, *, script: bool) -> None:
    """Pass if nothing is wider than the phone and, where scripts run, axe finds nothing."""
    assert not page.evaluate(WIDER_THAN_THE_PHONE)
    if script:
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert not found.violations_count, found.generate_snapshot()


@with_and_without_script
def test_a_service_is_found_though_its_name_is_typed_with_slips(page: Page, otley: Landing) -> None:
    page.goto("/find")
    page.fill("#words", "hamiltn stret")
    press(page, "main button")
    page.get_by_role("link", name="Hamilton Street Clinic").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hamilton Street Clinic")
    page.get_by_role("link", name="You never got in?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Otley")


@with_and_without_script
def test_what_is_not_here_is_told_on_a_small_phone(
    page: Page, database: Database, otley: Landing, *, script: bool
) -> None:
    page.goto("/find")
    fits_everybody(page, script=script)
    page.fill("#words", "the kitchen")
    page.select_option("#area", otley.code)
    press(page, "main button")
    fits_everybody(page, script=script)
    press(page, "button[value=show]")
    expect(page.locator("#called")).to_have_value("the kitchen")
    expect(page.locator("#k")).to_have_value(otley.code)
    fits_everybody(page, script=script)
    page.select_option("#k", "")
    page.fill("#happened", "Call me on 07700 900123.")
    press(page, SEND)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#happened")).to_have_value("Call me on 07700 900123.")
    fits_everybody(page, script=script)
    page.select_option("#k", otley.code)
    press(page, SEND)
    expect(page.locator("mark")).to_have_text("07700 900123")
    assert count_rows(database) == 0
    fits_everybody(page, script=script)
    press(page, "button[value=show]")
    expect(page.locator("#called")).to_have_value("the kitchen")
    press(page, SEND)
    press(page, "button[value=hide]")
    assert read_return_code(page.inner_text(".code"))
    fits_everybody(page, script=script)
    assert count_rows(database) == 1


@with_and_without_script
def test_who_never_got_in_comes_from_the_first_page_to_the_form_of_the_place(
    page: Page, otley: Landing, *, script: bool
) -> None:
    page.goto("/")
    press(page, "a[href='/never-in']")
    fits_everybody(page, script=script)
    page.select_option("#k", otley.code)
    press(page, "main button")
    page.check("input[name=where_stopped][value=wait]")
    press(page, SEND)
    assert read_return_code(page.inner_text(".code"))
