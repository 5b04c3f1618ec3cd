import re
from collections import Counter
from typing import Any

import pytest

from coproduce.core.messages import untranslated
from coproduce.reports.derived import derived_from
from coproduce.reports.publications import UnreadableDocumentError, publication_from
from coproduce.reports.report_document import Figure, Listing, Paragraph, Suggestion
from tests.reports.reading import blocks, report_of, section, sections, tables, words
from tests.reports.sample_publications import (
    ALL,
    area_of_people_who_never_got_in,
    large_service,
    middling_service,
    pool_of_small_services,
    quiet_quarter,
    silent_quarter,
    small_service,
)


def told(document: dict[str, Any], key: str) -> str:
    return " ".join(words(section(report_of(document), key)))


def without_slow(document: dict[str, Any]) -> dict[str, Any]:
    """Return the same publication without its longer answers, worked out anew."""
    atoms = [atom for atom in document["atoms"] if atom["clock"] == "fast"]
    changed = {**document, "atoms": atoms}
    read = publication_from(changed).atoms
    return {
        **changed,
        "derived": derived_from(read, subject_kind="service", edition=document["edition"]),
    }


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_sample_makes_a_report_without_empty_sections(name: str) -> None:
    report = report_of(ALL[name]())

    assert all(part.blocks for part in sections(report))
    assert [part.key for part in report.first_page] == ["in-short", "monday"]
    assert report.sections[-1].key in {"how-made", "earlier"}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_key_is_there_once(name: str) -> None:
    report = report_of(ALL[name]())
    keys = Counter(part.key for part in sections(report))
    keys += Counter(table.key for table in tables(report))
    figures = Counter(block.key for block in blocks(report) if isinstance(block, Figure))

    assert not {key for key, times in (keys + Counter()).items() if times > 1}
    assert not {key for key, times in figures.items() if times > 1}


def test_a_report_on_few_people_has_no_picture_and_no_share() -> None:
    report = report_of(quiet_quarter())
    text = " ".join(words(report))

    assert not [block for block in blocks(report) if isinstance(block, Figure)]
    assert not re.search(r"\d%", text)
    assert "Too few people to tell" in text


def test_the_last_year_leads_and_the_quarter_is_too_few_on_its_own() -> None:
    text = told(small_service(), "how-it-was")

    assert text.index("answers came in, October 2025 to September 2026") < text.index(
        "too few to tell on its own"
    )


def test_a_quarter_of_many_people_stands_on_its_own() -> None:
    assert "too few to tell on its own" not in told(large_service(), "how-it-was")


def test_few_people_name_families_in_no_order_and_without_numbers() -> None:
    barriers = section(report_of(small_service()), "barriers")
    assert barriers
    (listing,) = [block for block in barriers.blocks if isinstance(block, Listing)]

    assert "In no order" in untranslated(listing.intro)
    assert not re.search(r"\d", " ".join(map(untranslated, listing.lines)))


def test_each_suggestion_says_what_people_named() -> None:
    report = report_of(middling_service())
    suggestions = [block for block in blocks(report) if isinstance(block, Suggestion)]
    named = " ".join(words(section(report, "barriers")))

    assert len(suggestions) == 3
    for suggestion in suggestions:
        assert untranslated(suggestion.named).removeprefix("People named: ") in named


def test_where_nothing_was_named_there_is_still_a_question_for_the_team() -> None:
    assert "Ask your team this" in told(quiet_quarter(), "monday")


def test_the_first_report_compares_nothing() -> None:
    assert told(quiet_quarter(), "what-changed").endswith("there is nothing to compare.")


def test_small_quarters_are_a_table_and_no_picture_of_ups_and_downs() -> None:
    changed = section(report_of(small_service()), "what-changed")

    assert changed
    assert not [block for block in changed.blocks if isinstance(block, Figure)]
    assert "mostly chance" in " ".join(words(changed))


def test_better_is_said_where_it_was_worked_out() -> None:
    assert "Better than the year before" in told(large_service(), "what-changed")


def test_services_that_were_pooled_are_not_compared() -> None:
    assert "nothing can be compared" in told(pool_of_small_services(), "what-changed")


def test_a_quarter_with_too_few_answers_is_said_without_a_number() -> None:
    text = told(silent_quarter(), "not-heard")

    assert "Not enough answers came in this quarter" in text
    assert not re.search(r"\d", text)


def test_longer_answers_that_wait_are_said_without_a_number() -> None:
    text = told(without_slow(large_service()), "not-heard")

    assert "longer answers wait" in text
    assert not re.search(r"\d", text)


def test_what_is_held_back_is_named_without_a_number() -> None:
    document = middling_service()
    document["atoms"][-1]["withheld"] = ["trust", "barriers.hours"]
    text = told(document, "not-heard")

    assert "There is someone there I can trust." in text
    assert "Not open when I can go." in text
    assert not re.search(r"\d", text)


def test_people_who_never_got_in_have_a_report_about_where_it_stopped() -> None:
    report = report_of(area_of_people_who_never_got_in())

    assert section(report, "where-stopped")
    assert not section(report, "barriers")
    assert not section(report, "statements")


def test_how_the_numbers_were_made_is_always_said() -> None:
    for make in ALL.values():
        text = told(make(), "how-made")
        assert "They may not add up." in text
        assert "Do not rank services" in text
        assert "not a sample" in text


def test_how_sure_a_line_without_number_is_stands_where_there_are_such_lines() -> None:
    assert "1 in 20" in told(small_service(), "how-made")
    assert "1 in 20" not in told(large_service(), "how-made")


def test_a_publication_without_any_answers_says_so() -> None:
    document = {**quiet_quarter(), "atoms": [], "derived": {"headlines": [], "details": []}}
    (first, *_rest) = report_of(document).first_page

    assert first.blocks == (first.blocks[0],)
    assert isinstance(first.blocks[0], Paragraph)
    assert "Not enough answers yet" in untranslated(first.blocks[0].words)


def test_numbers_that_replace_others_are_said_to() -> None:
    document = large_service()
    document["atoms"][1]["revision"] = {"changed_at_least": 10, "reason": "stuffing"}

    assert "replace earlier ones" in " ".join(words(report_of(document)))


def test_a_question_that_nobody_knows_is_refused() -> None:
    document = quiet_quarter()
    document["atoms"][0]["tables"][0]["key"] = "unheard_of"
    document["derived"]["headlines"][0]["key"] = "unheard_of"

    with pytest.raises(KeyError):
        report_of(document)


def test_what_is_no_publication_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError):
        report_of({**quiet_quarter(), "extra": 17})
