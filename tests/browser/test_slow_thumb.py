"""Short first: how long a slow thumb needs to the first Send, by taps, words and screens."""

import math
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from coproduce.services.queries import Landing
from tests.live import PHONE, OpenContext
from tests.needs import on_sqlite
from tests.walk import SEND

pytestmark = on_sqlite

SECONDS_OF_A_TAP = 2
WORDS_IN_A_MINUTE = 20
SECONDS_AT_MOST = 90
"""Source: the aims of the form, docs/performance.md."""

SENTENCE = "Please open in the evening so that I can come after my work."
"""Of twelve words or more; nothing in it asks for a second look."""


@dataclass(slots=True)
class Thumb:
    """Somebody who is slow on a small phone. Time is counted and never waited for.

    Attributes:
        page: what they look at.
        seconds: how long it took so far.
    """

    page: Page
    seconds: float = 0

    def scrolls_to(self, target: Locator) -> None:
        """Move the page till something is in sight, by three quarters of a screen at a time."""
        before = self.page.evaluate("scrollY")
        target.scroll_into_view_if_needed()
        way = abs(self.page.evaluate("scrollY") - before)
        self.seconds += math.ceil(way / (PHONE["height"] * 0.75)) * SECONDS_OF_A_TAP

    def taps(self, target: Locator) -> None:
        """Touch something where it is."""
        self.scrolls_to(target)
        target.click()
        self.seconds += SECONDS_OF_A_TAP

    def writes(self, target: Locator, words: str) -> None:
        """Write something, one word after the other."""
        self.taps(target)
        target.fill(words)
        self.seconds += len(words.split()) * 60 / WORDS_IN_A_MINUTE


def seconds_to_first_send(page: Page) -> float:
    """Rate, tick two barriers, write a sentence, allow its use and send; return the seconds."""
    thumb = Thumb(page)
    thumb.taps(page.locator("label:has(input[name=overall])").first)
    barriers = page.locator("label:has(input[name=barriers]):visible")
    thumb.taps(barriers.first)
    thumb.taps(barriers.last)
    thumb.writes(page.locator("#better"), SENTENCE)
    thumb.taps(page.locator("label:has(input[value=paraphrase])"))
    thumb.taps(page.locator(SEND).first)
    return thumb.seconds


@pytest.fixture
def form(open_context: OpenContext, landing: Landing) -> Page:
    """The form on a small phone."""
    page = open_context().new_page()
    page.goto(f"/g/{landing.code}")
    return page


def test_the_first_send_is_reached_in_time(form: Page) -> None:
    seconds = seconds_to_first_send(form)
    expect(form.locator(".code")).to_be_visible()
    assert seconds < SECONDS_AT_MOST, f"It takes {seconds:.0f} seconds."


def test_one_tap_and_send_is_enough(form: Page) -> None:
    thumb = Thumb(form)
    thumb.taps(form.locator("label:has(input[name=overall])").first)
    thumb.taps(form.locator(SEND).first)
    expect(form.locator(".code")).to_be_visible()
    assert thumb.seconds < SECONDS_AT_MOST / 3, f"It takes {thumb.seconds:.0f} seconds."


@pytest.mark.parametrize("more", [30])
def test_a_longer_form_is_found_out(form: Page, more: int) -> None:
    form.evaluate(
        """more => {
            const asked = document.querySelector('fieldset');
            for (let i = 0; i < more; i++) asked.after(asked.cloneNode(true));
        }""",
        more,
    )
    assert seconds_to_first_send(form) >= SECONDS_AT_MOST
