"""What a report says of texts: themes first, words last, in their own language."""

import pytest

from coproduce.core.messages import untranslated
from coproduce.reports.report_document import Figure, Listing, Sayings, Subheading, Table
from coproduce.reports.report_figures import text_direction
from tests.reports.reading import report_of, section, words
from tests.reports.sample_publications import (
    EARLIER_QUOTES,
    QUOTES,
    STATEMENTS,
    middling_service,
    service_after_words_were_taken_out,
    service_with_words,
    small_service_with_words,
    words_alone,
)


def test_a_report_without_words_has_none_of_the_sections_and_says_why() -> None:
    report = report_of(middling_service())
    assert all(section(report, key) is None for key in ("themes", "together", "words"))
    missing = section(report, "not-heard")
    assert missing
    assert any("is read by a person first" in line for line in words(missing))
    assert report.words == ()


def test_where_many_wrote_themes_have_numbers_and_directions() -> None:
    found = section(report_of(service_with_words()), "themes")
    assert found
    assert any(isinstance(block, Figure) for block in found.blocks)
    grid = next(block for block in found.blocks if isinstance(block, Table))
    assert [untranslated(name) for name in grid.head][1:] == [
        "Works well",
        "Does not work",
        "Some of both",
        "An idea",
        "Wrote about other things",
    ]


def test_where_few_wrote_kinds_of_themes_stand_without_numbers() -> None:
    found = section(report_of(small_service_with_words()), "themes")
    assert found
    assert any(isinstance(block, Listing) for block in found.blocks)
    assert not any(isinstance(block, Figure | Table) for block in found.blocks)


def test_words_stand_in_their_language_and_under_a_heading_only_where_it_was_given() -> None:
    found = section(report_of(service_with_words()), "words")
    assert found
    said = [line for block in found.blocks if isinstance(block, Sayings) for line in block.lines]
    assert {line.words for line in said} == {quote.words for quote in QUOTES}
    assert {(line.language, line.direction) for line in said} == {
        ("en", "ltr"),
        ("ar", "rtl"),
        ("pl", "ltr"),
    }
    headings = [block for block in found.blocks if isinstance(block, Subheading)]
    assert [untranslated(heading.words) for heading in headings] == ["Getting in"]


def test_sentences_made_from_several_texts_say_that_they_are_nobodys_own_words() -> None:
    found = section(report_of(words_alone()), "together")
    assert found
    assert "nobody’s own words" in words(found)[1]
    assert [text for text in words(found) if text in {one.words for one in STATEMENTS}] == [
        statement.words for statement in STATEMENTS
    ]


def test_earlier_words_stand_with_the_earlier_numbers() -> None:
    found = section(report_of(service_with_words()), "earlier")
    assert found
    assert EARLIER_QUOTES[0].words in words(found)


def test_a_report_made_again_says_so() -> None:
    report = report_of(service_after_words_were_taken_out())
    made = section(report, "how-made")
    assert made
    assert any("taken out later" in line for line in words(made))
    assert any(untranslated(name) == "Made again" for name, _value in report.facts)


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("ur-PK", "rtl"), ("xx", "ltr"), ("", "ltr")],
)
def test_a_language_has_its_direction(language: str, direction: str) -> None:
    assert text_direction(language) == direction
