import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.feedback.forms import (
    TYPED_LIMIT,
    ReadFeedback,
    TypedFeedback,
    read_feedback,
    typed_feedback,
)
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import Consent
from coproduce.feedback.rules import TEXT_LIMIT, Words
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import Fields

FRAMEWORK = load_framework()
NAMES = [question.key for question in FRAMEWORK.questions]
KEYS = sorted({key for question in FRAMEWORK.questions for key in question.keys})

submitted = st.dictionaries(
    st.sampled_from([*NAMES, "better", "happened", "consent", "unknown", ""]) | st.text(),
    st.lists(st.sampled_from([*KEYS, *Consent]) | st.text(), min_size=1, max_size=5).map(tuple),
    max_size=12,
)


def read(form: Fields, *, service: bool = True) -> ReadFeedback:
    result = read_feedback(form, FRAMEWORK, service=service)
    assert isinstance(result, ReadFeedback), result
    return result


def errors_of(form: Fields) -> list[tuple[str, str]]:
    result = read_feedback(form, FRAMEWORK, service=True)
    assert isinstance(result, list), result
    return [(error.name, untranslated(error.message)) for error in result]


def test_one_tap_is_enough() -> None:
    assert read({"overall": ("good",)}) == ReadFeedback(
        {"overall": "good"}, Words(), Consent.COUNT_ONLY
    )


def test_words_alone_are_enough() -> None:
    assert read({"better": ("More evenings.",)}).words == Words(better="More evenings.")


def test_every_question_can_be_answered_at_once() -> None:
    form = {
        question.key: tuple(sorted(question.keys)[: question.most or 1])
        for question in FRAMEWORK.questions
    }

    assert read(form).answers.keys() == set(NAMES)


def test_several_answers_stay_in_order_and_are_counted_once() -> None:
    picked = read({"barriers": ("wait", "hours", "wait")}).answers

    assert picked == {"barriers": ["wait", "hours"]}


def test_nothing_said_is_pointed_out_kindly() -> None:
    nothing = [("top", "There is nothing to send yet. Pick an answer or write a few words.")]

    assert errors_of({}) == nothing
    assert errors_of({"overall": ("",), "better": (" \n ",), "consent": ("quote",)}) == nothing


def test_every_error_is_told_at_once() -> None:
    form = {
        "overall": ("excellent",),
        "barriers": ("wait", "made up"),
        "matters": ("trust", "safe", "my_say", "told_once"),
        "better": ("a" * (TEXT_LIMIT + 1),),
        "consent": ("everything",),
    }

    assert errors_of(form) == [
        ("overall", "Please choose one of the answers."),
        ("barriers", "Please choose from the list."),
        ("matters", "Please choose at most 3."),
        ("better", "This is too long. Please use at most 3000 signs."),
        ("consent", "Please choose one of the answers."),
    ]


@pytest.mark.parametrize("name", ["better", "happened"])
def test_a_text_may_have_three_thousand_signs_of_any_script(name: str) -> None:
    assert read({name: ("ن" * TEXT_LIMIT,)}).words
    assert errors_of({name: ("ن" * (TEXT_LIMIT + 1),)})


def test_consent_is_just_counting_unless_more_was_chosen() -> None:
    assert read({"better": ("More.",)}).consent is Consent.COUNT_ONLY
    assert read({"better": ("More.",), "consent": ("quote",)}).consent is Consent.QUOTE


def test_an_area_asks_its_own_questions() -> None:
    form = {"where_stopped": ("wait",), "overall": ("good",)}

    assert read(form, service=False).answers == {"where_stopped": ["wait"]}
    assert read(form).answers == {"overall": "good"}


def test_what_was_typed_is_kept_whether_right_or_wrong() -> None:
    form = {
        "overall": ("good", "excellent"),
        "barriers": ("wait", "made up"),
        "better": ("a" * (TEXT_LIMIT + 5),),
        "consent": ("quote",),
    }

    assert typed_feedback(form, FRAMEWORK, service=True) == TypedFeedback(
        chosen=frozenset({("overall", "good"), ("barriers", "wait")}),
        better="a" * (TEXT_LIMIT + 5),
        consent="quote",
    )


def test_what_was_chosen_is_known_by_question_and_answer() -> None:
    typed = TypedFeedback(frozenset({("accepted", "always")}))
    asked = {question.key: question for question in FRAMEWORK.questions}

    assert typed.has("accepted", "always")
    assert not typed.has("safe", "always")
    assert typed.any_of([asked["accepted"], asked["safe"]])
    assert not typed.any_of([asked["safe"]])


@given(submitted, st.booleans())
def test_any_form_gives_answers_to_our_questions_or_errors(form: Fields, service: bool) -> None:
    result = read_feedback(form, FRAMEWORK, service=service)

    if isinstance(result, ReadFeedback):
        asked = {q.key: q.keys for q in FRAMEWORK.asked_about(service=service)}
        for key, given_answer in result.answers.items():
            picked = {given_answer} if isinstance(given_answer, str) else {*given_answer}
            assert picked
            assert picked <= asked[key]
        assert max(len(result.words.better), len(result.words.happened)) <= TEXT_LIMIT
        assert result.answers or result.words
    else:
        assert result
        assert all(isinstance(error, FieldError) for error in result)


@given(submitted, st.booleans())
def test_any_form_can_be_shown_again(form: Fields, service: bool) -> None:
    typed = typed_feedback(form, FRAMEWORK, service=service)

    assert max(len(typed.better), len(typed.happened)) <= TYPED_LIMIT
