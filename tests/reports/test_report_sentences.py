import re
from typing import Any

import pytest

from coproduce.core.messages import untranslated
from coproduce.reports.report_sentences import (
    answered_words,
    answers_added,
    change_words,
    good_words,
    people,
    range_words,
    share_words,
    span,
)
from tests.reports.reading import report_of, words
from tests.reports.sample_publications import ALL, FRAMEWORK

OVERALL, ACCEPTED = (
    next(question for question in FRAMEWORK.questions if question.key == key)
    for key in ("overall", "accepted")
)


def share(number: int | None, low: int = 50, high: int = 70, said: str = "about") -> dict[str, Any]:
    return {"share": number, "low": low, "high": high, "words": said}


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (["2026-Q3"], "July to September 2026"),
        (["2026-Q1", "2026-Q2"], "January to June 2026"),
        (["2025-Q4", "2026-Q1"], "October 2025 to March 2026"),
    ],
)
def test_periods_are_named_by_their_months(periods: list[str], expected: str) -> None:
    assert untranslated(span(periods)) == expected


def test_a_display_of_nought_is_never_called_none() -> None:
    assert untranslated(people(0)) == "under 5"
    assert untranslated(answers_added(0)) == "few, if any"


def test_displays_are_counted_in_people_and_sums_in_answers() -> None:
    assert untranslated(people(15)) == "15 people"
    assert untranslated(answers_added(60)) == "60 answers"


def test_shares_that_would_say_too_much_are_said_in_words() -> None:
    assert untranslated(share_words(share(60))) == "60%"
    assert untranslated(share_words(share(None, said="few"))) == "few, if any"
    assert untranslated(share_words(share(None, said="nearly_all"))) == "nearly all"
    assert untranslated(range_words(share(60))) == "50% to 70%"


def test_a_share_is_said_with_about() -> None:
    assert "About 60%" in untranslated(good_words(OVERALL, share(60)))


def test_a_share_that_could_be_nearly_anything_is_not_said() -> None:
    for question in (OVERALL, ACCEPTED):
        said = untranslated(good_words(question, share(60, low=20, high=90)))
        assert said.startswith("Too few people")
        assert not re.search(r"\d", said)


def test_a_statement_is_said_again_only_where_it_does_not_stand_above() -> None:
    assert "took me" not in untranslated(good_words(ACCEPTED, share(60)))
    assert "took me" in untranslated(good_words(ACCEPTED, share(60), is_quoted=True))


@pytest.mark.parametrize("change", ["better", "worse", "too_few_to_tell", None])
@pytest.mark.parametrize("since_year", [True, False])
def test_every_kind_of_change_has_its_own_sentence(change: str | None, since_year: bool) -> None:
    said = untranslated(change_words(change, since_year=since_year))

    assert said.startswith({"better": "Better", "worse": "Worse"}.get(change or "", "T"))


def test_how_many_answered_is_said_with_about_and_when() -> None:
    said = untranslated(answered_words(25, ["2026-Q3"]))

    assert said == "About 25 people answered, July to September 2026."


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_sentence_of_a_report_is_longer_than_twenty_words(name: str) -> None:
    for text in words(report_of(ALL[name]())):
        for sentence in re.split(r"[.:?!]\s", text):
            assert len(sentence.split()) <= 20, sentence
