import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.feedback.answer_files import (
    AnswerMapping,
    CollectedAnswer,
    read_answer_mapping,
    read_collected,
)
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import Consent
from coproduce.feedback.rules import COLLECTED_TEXT_LIMIT, Words
from coproduce.services.import_files import FileRefused, SourceFile
from coproduce.services.rules import Problem

FRAMEWORK = load_framework()
MAPPING = """
consent = "paraphrase"

[service]
column = "Where"
codes = { "Drop-in" = "7KQ2MD", "Clinic" = "8RT3NF" }

[answers.overall]
column = "Rating"
values = { "5" = "very_good", "4" = "good", "1" = "very_poor", "?" = "" }

[answers.barriers]
ticked = { "Waited" = "wait", "Hours" = "hours" }

[text]
better = ["Idea"]
happened = ["Story", "More"]
"""
HEADER = "Where,Rating,Waited,Hours,Idea,Story,More,Collected by\n"


def mapping_of(text: str) -> AnswerMapping:
    return read_answer_mapping(SourceFile("paper.toml", text.encode()), FRAMEWORK)


def read(rows: str, mapping: str = MAPPING) -> list[CollectedAnswer | Problem]:
    file = SourceFile("paper.csv", (HEADER + rows).encode())
    return list(read_collected(file, mapping_of(mapping), FRAMEWORK))


def answers(rows: str, mapping: str = MAPPING) -> list[CollectedAnswer]:
    found = read(rows, mapping)
    assert all(isinstance(row, CollectedAnswer) for row in found), found
    return [row for row in found if isinstance(row, CollectedAnswer)]


def problem(rows: str) -> str:
    [found] = read(rows)
    assert isinstance(found, Problem)
    return f"{found.where}: {untranslated(found.message)}"


def refusal(mapping: str) -> str:
    with pytest.raises(FileRefused) as refused:
        mapping_of(mapping)
    return untranslated(refused.value.message)


def test_a_row_becomes_answers_and_words() -> None:
    [row] = answers("Drop-in,4,x,,More evenings.,I waited.,Twice.,Rita\n")

    assert (row.where, row.code) == ("paper.csv:2", "7KQ2MD")
    assert row.answers == {"overall": "good", "barriers": ["wait"]}
    assert row.words == Words(better="More evenings.", happened="I waited.\n\nTwice.")


def test_who_collected_it_is_not_read() -> None:
    rita, tom = answers("Drop-in,4,,,,,,Rita\nDrop-in,4,,,,,,Tom\n")

    assert "Rita" not in rita.said
    assert rita.said.partition("#")[0] == tom.said.partition("#")[0]


def test_one_code_can_stand_for_every_row() -> None:
    mapping = (
        '[service]\ncode = "7KQ2MD"\n[answers.overall]\ncolumn = "Rating"\nvalues = {"4" = "good"}'
    )

    assert [row.code for row in answers("anything,4,,,,,,\n", mapping)] == ["7KQ2MD"]
    assert mapping_of(mapping).consent is Consent.COUNT_ONLY


def test_an_empty_cell_and_a_cell_that_says_nothing_are_no_answer() -> None:
    first, second = answers("Drop-in,,,,,,,\nDrop-in,?,,,,,,\n")

    assert first.answers == second.answers == {}
    assert not first.words


def test_equal_rows_are_told_apart_so_that_both_count() -> None:
    rows = answers("Drop-in,4,,,,,,\nDrop-in,5,,,,,,\nDrop-in,4,,,,,,\n")

    assert len({row.said for row in rows}) == 3


def test_the_same_file_says_the_same_again() -> None:
    rows = "Drop-in,4,,,,,,\nDrop-in,4,,,,,,\nClinic,1,x,x,Tea.,,,\n"

    assert answers(rows) == answers(rows)


def test_what_the_mapping_does_not_know_is_named_with_its_row() -> None:
    assert problem("Depot,4,,,,,,\n") == (
        "paper.csv:2: The mapping gives no poster code for “Depot”. Add it there."
    )
    assert problem("Drop-in,3,,,,,,\n") == (
        "paper.csv:2: The mapping does not know “3” in Rating. Add it there."
    )


def test_a_text_that_is_too_long_is_not_cut() -> None:
    fits = "a" * COLLECTED_TEXT_LIMIT

    assert answers(f"Drop-in,4,,,{fits},,,\n")[0].words.better == fits
    assert problem(f"Drop-in,4,,,{fits}a,,,\n") == (
        "paper.csv:2: The text is longer than 6000 signs. Part it into two rows."
    )


def test_a_row_that_is_too_wide_is_named() -> None:
    assert problem("Drop-in,4,,,,,,,,9\n") == (
        "paper.csv:2: This row has more or fewer cells than others."
    )


def test_a_mapped_column_that_is_missing_is_named() -> None:
    file = SourceFile("paper.csv", b"Where,Rating,Waited,Hours,Idea,Story\nDrop-in,4,,,,\n")
    with pytest.raises(FileRefused) as refused:
        list(read_collected(file, mapping_of(MAPPING), FRAMEWORK))

    assert untranslated(refused.value.message) == (
        "There is no column More. Check the mapping file."
    )


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("service = [", "This mapping is not valid TOML: "),
        ("[service]\ncode = 'A'\n[rows]", "A mapping has no part rows. Remove it."),
        ("", "Say under [service] which poster code the answers are about."),
        ("[service]\ncolumn = 'Where'", "Say under [service] which poster code"),
        ("service = '7KQ2MD'", "service is not written as a mapping is."),
        ("[service]\ncode = 7", "service.code is not written as a mapping is."),
        ("[service]\ncode = 'A'\n[text]\nbetter = 'Idea'", "text.better is not written"),
        ("[service]\ncode = 'A'\n[answers]\noverall = 'Rating'", "answers.overall is not written"),
        ("consent = 3\n[service]\ncode = 'A'", "consent is not written as a mapping is."),
        ("consent = 'all'\n[service]\ncode = 'A'", "Consent is one of: count_only, paraphrase"),
        ("[service]\ncode = 'A'\n[answers.mood]\ncolumn = 'M'", "There is no question mood."),
        (
            "[service]\ncode = 'A'\n[answers.overall]\nticked = {X = 'good'}",
            "Say under [answers.overall] in which column its answers are.",
        ),
        (
            "[service]\ncode = 'A'\n[answers.barriers]\ncolumn = 'B'",
            "Say under [answers.barriers] in which column its answers are.",
        ),
        (
            "[service]\ncode = 'A'\n[answers.overall]\ncolumn = 'M'\nvalues = {4 = 'fine'}",
            "overall has no answer fine.",
        ),
    ],
)
def test_a_mapping_that_is_not_understood_says_why(mapping: str, said: str) -> None:
    assert refusal(mapping).startswith(said)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_mapping_or_refused(content: bytes) -> None:
    try:
        mapping = read_answer_mapping(SourceFile("m.toml", content), FRAMEWORK)
    except FileRefused:
        return
    assert mapping.service_codes


@given(st.lists(st.lists(st.text(max_size=20), max_size=9), max_size=5))
def test_any_cells_are_answers_or_problems(rows: list[list[str]]) -> None:
    content = HEADER + "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows
    )
    try:
        found = list(
            read_collected(
                SourceFile("paper.csv", content.encode("utf-8", "replace")),
                mapping_of(MAPPING),
                FRAMEWORK,
            )
        )
    except FileRefused:
        return
    assert all(isinstance(row, CollectedAnswer | Problem) for row in found)


BY_ROW = MAPPING.replace('consent = "paraphrase"', "").replace(
    'happened = ["Story", "More"]',
    'happened = ["Story"]\n[consent]\ncolumn = "More"\n'
    'values = { "2" = "paraphrase", "3" = "quote" }',
)


def test_each_row_can_say_how_far_its_words_may_go() -> None:
    rows = answers("Clinic,4,,,Tea.,,2,\nClinic,4,,,Tea.,,3,\nClinic,4,,,Tea.,,,\n", BY_ROW)

    assert [row.consent for row in rows] == [
        Consent.PARAPHRASE,
        Consent.QUOTE,
        Consent.COUNT_ONLY,
    ]
    assert answers("Clinic,4,,,Tea.,,,\n")[0].consent is None


def test_what_a_row_says_about_its_words_must_be_known() -> None:
    [found] = read("Clinic,4,,,Tea.,,yes,\n", BY_ROW)

    assert isinstance(found, Problem)
    assert untranslated(found.message) == "The mapping does not know “yes” in More. Add it there."


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        ('column = "More"', "Say under [consent] the column, and what its cells stand for."),
        ('values = { "1" = "quote" }', "Say under [consent] the column"),
        ('column = "More"\nvalues = { "1" = "all" }', "Consent is one of: count_only"),
        ('column = "More"\nfor = "all"', "consent is not written as a mapping is."),
    ],
)
def test_a_mapping_that_says_half_about_words_is_refused(consent: str, why: str) -> None:
    assert why in refusal(f'[service]\ncode = "7KQ2MD"\n[consent]\n{consent}')


def test_more_ticks_than_a_question_allows_are_not_cut() -> None:
    mapping = (
        '[service]\ncode = "7KQ2MD"\n[answers.matters]\nticked = '
        '{ "Rating" = "safe", "Waited" = "trust", "Hours" = "my_say", "Idea" = "told_once" }'
    )
    assert answers("a,x,x,x,,,,\n", mapping)[0].answers == {"matters": ["safe", "trust", "my_say"]}
    [found] = read("a,x,x,x,x,,,\n", mapping)
    assert isinstance(found, Problem)
    assert untranslated(found.message) == (
        "More than 3 are ticked under matters. Keep the first ones only."
    )


def test_questions_of_areas_can_be_mapped() -> None:
    mapping = (
        '[service]\ncode = "7KQ2MD"\n[answers.where_stopped]\nticked = { "Waited" = "no_answer" }'
    )
    assert answers("a,,x,,,,,\n", mapping)[0].answers == {"where_stopped": ["no_answer"]}
