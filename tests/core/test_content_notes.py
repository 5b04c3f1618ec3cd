import tomllib
from collections import Counter
from importlib import resources

import pytest

from coproduce.core.content_notes import (
    NAMES_OF_NOTES,
    ContentNote,
    content_notes,
    flags_of_notes,
    is_danger,
    notes_in,
    tells_of_danger,
)

VIOLENCE, SEXUAL, SELF_HARM, CHILDREN, DRUGS, DEATH = ContentNote


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("A man punched me outside and nobody came.", {VIOLENCE}),
        ("He BEAT her up last winter", {VIOLENCE}),
        ("I was raped and they asked what I wore.", {SEXUAL}),
        ("A client took the condom off.", {SEXUAL}),
        ("I cut myself that night.", {SELF_HARM}),
        ("I felt suicidal and the line was engaged", {SELF_HARM}),
        ("They said they would take my kids.", {CHILDREN}),
        ("I was on heroin then", {DRUGS}),
        ("My friend died in the hostel.", {DEATH}),
        ("He killed her in front of my daughter", {VIOLENCE, CHILDREN, DEATH}),
        ("تعرضت للاغتصاب", {SEXUAL}),
        ("ضربني زوجي أمام أطفالي", {VIOLENCE, CHILDREN}),
        ("حاولت الانتحار", {SELF_HARM}),
        ("توفيت صديقتي", {DEATH}),
        ("كنت أتعاطى المخدرات", {DRUGS}),
    ],
)
def test_hard_things_get_a_note(text: str, notes: set[ContentNote]) -> None:
    assert content_notes(text) == notes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Staff were kind and the tea was hot.",
        "I had to wait four hours in a cold room.",
        "The door was stuck and the phone had no battery.",
        "I had a panic attack and they helped.",
        "A dead end street, easy to miss.",
        "Please fix the heating.",
        "The minority language leaflet was good.",
        "كان الموظفون لطفاء والمكان نظيف",
    ],
)
def test_ordinary_words_get_none(text: str) -> None:
    assert content_notes(text) == frozenset()
    assert not is_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "im going to kill myself tonight",
        "He says he will kill me if I leave.",
        "My boyfriend hits my daughter",
        "they locked me in and took my passport",
        "There is a girl there, she's only 14.",
        "أريد أن أموت",
        "سيقتلني إذا رجعت",
        "يضرب أطفالي",
    ],
)
def test_words_of_present_danger_are_read_first(text: str) -> None:
    assert is_danger(text)
    assert tells_of_danger(" ".join(flags_of_notes(text)))


@pytest.mark.parametrize(
    "text",
    [
        "My mum died in March.",
        "I was on drugs for years.",
        "My kids love the playroom.",
        "dangerous",
    ],
)
def test_what_is_only_sad_or_past_is_no_danger(text: str) -> None:
    assert not is_danger(text)


def test_notes_come_back_from_the_flags_and_nothing_else_does() -> None:
    flags = " ".join(sorted({"name", "only_one", *flags_of_notes("He raped me. I want to die.")}))

    assert flags == "danger name note_self_harm note_sexual_violence only_one"
    assert notes_in(flags) == {SEXUAL, SELF_HARM}
    assert tells_of_danger(flags)
    assert notes_in("name note_unknown") == frozenset()
    assert not tells_of_danger("name note_children")


def test_every_note_has_a_name_and_words_in_english_and_arabic() -> None:
    path = resources.files("coproduce").joinpath("words/content_notes.toml")
    lists = tomllib.loads(path.read_text("utf-8"))

    assert set(lists) == {*ContentNote, "danger"}
    assert set(NAMES_OF_NOTES) == set(ContentNote)
    for label, languages in lists.items():
        assert set(languages) >= {"en", "ar"}, label
        for language, phrases in languages.items():
            twice = [phrase for phrase, count in Counter(phrases).items() if count > 1]
            assert not twice, (label, language)


def test_every_phrase_of_the_lists_finds_itself() -> None:
    path = resources.files("coproduce").joinpath("words/content_notes.toml")
    for label, languages in tomllib.loads(path.read_text("utf-8")).items():
        for phrase in (phrase for phrases in languages.values() for phrase in phrases):
            if phrase.startswith("-"):
                continue
            text = phrase.replace("*", "").replace("… ", "")
            assert is_danger(text) if label == "danger" else label in content_notes(text), phrase
