import io
from collections import Counter
from collections.abc import Iterator
from importlib import resources

import pytest
from babel.messages.extract import extract

from coproduce.core.messages import Message, untranslated
from coproduce.feedback.framework import (
    CURRENT,
    Clock,
    Framework,
    Kind,
    Part,
    Question,
    load_framework,
)

VERSIONS = sorted(
    entry.name.removesuffix(".toml")
    for entry in resources.files("coproduce").joinpath("feedback/frameworks").iterdir()
)
GROUPS = {"good", "mixed", "poor", "none"}
WORDS_IN_A_SENTENCE = 20
FREQUENCY = ("always", "mostly", "sometimes", "hardly_ever", "never", "not_sure")

in_every_version = pytest.mark.parametrize("version", VERSIONS)


def all_questions(framework: Framework) -> tuple[Question, ...]:
    return (*framework.questions, *framework.area_questions)


def texts_of(framework: Framework) -> Iterator[Message]:
    for question in all_questions(framework):
        yield from (question.text, question.name, *question.families.values())
        yield from (option.text for option in question.options)
        if question.hint:
            yield question.hint


def question(key: str) -> Question:
    framework = load_framework()
    return next(question for question in all_questions(framework) if question.key == key)


@in_every_version
def test_every_key_is_used_once(version: str) -> None:
    framework = load_framework(version)

    for questions in (framework.questions, framework.area_questions):
        counts = Counter(question.key for question in questions)
        assert set(counts.values()) == {1}
    for asked in all_questions(framework):
        assert len(asked.keys) == len(asked.options), asked.key


@in_every_version
def test_every_family_and_group_is_known_and_used(version: str) -> None:
    for asked in all_questions(load_framework(version)):
        families = {option.family for option in asked.options if option.family}
        assert families == set(asked.families), asked.key
        groups = {option.group for option in asked.options}
        assert groups <= (GROUPS if asked.kind is Kind.ONE else {None}), asked.key


@in_every_version
def test_every_text_is_given_to_translators(version: str) -> None:
    path = resources.files("coproduce").joinpath(f"feedback/frameworks/{version}.toml")
    found = extract("scripts.framework_texts:extract", io.BytesIO(path.read_bytes()))
    given = {message for _line, message, _comments, _context in found}

    assert {untranslated(text) for text in texts_of(load_framework(version))} == given


@in_every_version
def test_every_sentence_is_short(version: str) -> None:
    for text in texts_of(load_framework(version)):
        for sentence in untranslated(text).split(". "):
            assert len(sentence.split()) <= WORDS_IN_A_SENTENCE, sentence


@in_every_version
def test_a_file_says_its_own_version(version: str) -> None:
    assert load_framework(version).version == version


def test_the_first_question_is_the_friends_and_family_item_word_for_word() -> None:
    """Source: NHS England, Friends and Family Test guidance, 2020."""
    asked = load_framework().questions[0]

    assert untranslated(asked.text) == "Overall, how was your experience of our service?"
    assert [untranslated(option.text) for option in asked.options] == [
        "Very good",
        "Good",
        "Neither good nor poor",
        "Poor",
        "Very poor",
        "Don’t know",
    ]
    assert [option.group for option in asked.options] == [
        "good",
        "good",
        "mixed",
        "poor",
        "poor",
        "none",
    ]


def test_the_form_asks_what_it_was_made_to_ask() -> None:
    framework = load_framework()
    statements = [asked for asked in framework.questions if asked.key in question("matters").keys]

    assert len(statements) == len(question("matters").keys) == 12
    for statement in statements:
        assert tuple(option.key for option in statement.options) == FREQUENCY
    assert len(question("barriers").options) == 30
    assert len(question("helped").options) == 15
    assert len(question("where_stopped").options) == 9
    assert len(framework.questions) == 16


def test_the_short_part_is_two_questions_and_nothing_is_asked_about_the_person() -> None:
    framework = load_framework()

    assert [q.key for q in framework.questions if q.part is Part.SHORT] == ["overall", "barriers"]
    assert framework.asked_about(service=False) == framework.area_questions
    assert framework.asked_about(service=True) == framework.questions


def test_the_fast_clock_counts_two_questions_in_three_groups() -> None:
    fast = [q for q in load_framework().questions if q.clock is Clock.FAST]

    assert [q.key for q in fast] == ["overall", "accepted"]
    assert {option.group for q in fast for option in q.options} == GROUPS


def test_eight_barriers_stand_before_the_rest() -> None:
    assert question("barriers").shown_first == 8
    assert question("barriers").options[-1].key == "nothing"
    assert question("matters").most == 3


def test_an_unknown_version_is_refused() -> None:
    assert load_framework().version == CURRENT
    with pytest.raises(KeyError):
        load_framework("1999-1")
