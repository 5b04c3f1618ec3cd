from coproduce.core.messages import _
from coproduce.reports.known_changes import (
    MOST_SUGGESTIONS,
    fitting_changes,
    load_known_changes,
)
from coproduce.reports.report_sentences import DECIDED_BY, TAKES
from tests.reports.sample_publications import FRAMEWORK

CHANGES = load_known_changes()
BARRIERS = next(question for question in FRAMEWORK.questions if question.key == "barriers")


def named(*barriers: str) -> list[tuple[object, frozenset[str]]]:
    return [(_(barrier), frozenset({barrier})) for barrier in barriers]


def test_every_barrier_of_the_list_is_asked_about_on_the_form() -> None:
    for change in CHANGES:
        assert change.barriers <= BARRIERS.keys, change.key


def test_every_family_of_barriers_has_a_change_that_answers_it() -> None:
    for family in BARRIERS.families:
        keys = {option.key for option in BARRIERS.options if option.family == family}
        assert any(change.barriers & keys for change in CHANGES), family


def test_every_change_says_who_decides_it_and_what_it_takes() -> None:
    for change in CHANGES:
        assert change.decided_by in DECIDED_BY
        assert change.takes in TAKES


def test_a_barrier_brings_the_change_that_answers_it() -> None:
    ((words, change),) = fitting_changes([(_("Closed"), frozenset({"hours"}))], CHANGES)

    assert (words, change.key) == (_("Closed"), "opening_hours")


def test_a_change_is_suggested_once_for_what_was_named_first() -> None:
    chosen = fitting_changes(
        [(_("first"), frozenset({"wait"})), (_("second"), frozenset({"no_drop_in"}))], CHANGES
    )

    assert [(words.text, change.key) for words, change in chosen] == [("first", "drop_in")]


def test_a_family_brings_the_first_change_that_answers_any_of_it() -> None:
    family = frozenset({"felt_judged", "find_out", "police_law", "say_too_much"})

    assert [change.key for _words, change in fitting_changes([(_("x"), family)], CHANGES)] == [
        "one_assessment"
    ]


def test_no_more_than_three_things_are_suggested() -> None:
    everything = [(_(b), frozenset({b})) for change in CHANGES for b in change.barriers]

    assert len(fitting_changes(everything, CHANGES)) == MOST_SUGGESTIONS


def test_what_no_change_answers_brings_nothing() -> None:
    assert fitting_changes([(_("x"), frozenset({"something_else"}))], CHANGES) == ()
