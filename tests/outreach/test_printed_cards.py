from datetime import date

import pytest

from coproduce.core.codes import card_in_groups
from coproduce.outreach.printed_cards import CardSheets, render_cards, sheet_of
from coproduce.web.locales import language
from tests.outreach.reading import descriptions, opened, words_of

DAY = date(2026, 8, 12)
CODES = [f"0123456{number:03}" for number in range(20)]


@pytest.mark.parametrize("code", ["en", "ar"])
def test_each_card_has_a_name_an_address_its_code_and_nothing_else(code: str) -> None:
    sheets = CardSheets("Feedback", "https://feedback.example", CODES)
    made = render_cards(sheets, language(code).render, code, DAY)
    assert len(opened(made).pages) == 2
    words = words_of(made)
    for card in CODES:
        assert words.count(card_in_groups(card)) == 1
        words = words.replace(card_in_groups(card), "")
    assert set(words.split()) == {"Feedback", "feedback.example"}
    assert words.split().count("feedback.example") == 20
    told = descriptions(made)
    assert [one.rpartition("/")[2] for one in told] == CODES


def test_small_cards_carry_the_poster_code_ten_times() -> None:
    sheet = sheet_of("Feedback", "https://feedback.example", "7KQ2MD")
    made = render_cards(sheet, language("en").render, "en", DAY)
    assert len(opened(made).pages) == 1
    assert words_of(made).count("7KQ 2MD") == 10
    assert {one.rpartition("/")[2] for one in descriptions(made)} == {"7KQ2MD"}


def test_a_long_name_and_address_stay_on_the_card() -> None:
    address = "https://tell-us.a-long-name-of-a-county-council.example.org.uk"
    sheets = CardSheets("How it was, a page for the whole county", address, CODES)
    made = render_cards(sheets, language("en").render, "en", DAY)
    assert len(opened(made).pages) == 2
