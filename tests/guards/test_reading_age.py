"""What participants read can be read at about nine years. Source: docs/reading-age.md."""

from functools import cache

import pytest

from scripts.participant_texts import NOT_FOR_PARTICIPANTS, PROJECT, Text, list_participant_texts
from scripts.reading_age import (
    AGE_OF_THE_WHOLE,
    EXCUSED_TEXTS,
    EXCUSED_WORDS,
    PAGE,
    find_faults,
    is_long,
    page,
    plain_form,
    reading_age,
    sentences_of,
    words_of,
)

EASY = "We do not know who you are. You can skip anything. Your words are read by one person."
HARD = (
    "Notwithstanding aforementioned organisational responsibilities, practitioners systematically"
    " prioritise multidisciplinary interventions throughout."
)

all_texts = cache(list_participant_texts)


def test_every_text_for_participants_is_plain() -> None:
    faults = list(find_faults(all_texts()))
    assert not faults, "Mend these, or excuse them in scripts/reading_age.py:\n" + "\n".join(faults)


def test_all_texts_together_are_for_about_nine_years() -> None:
    assert reading_age([text.words for text in all_texts()]) <= AGE_OF_THE_WHOLE


def test_the_page_shows_what_is_measured() -> None:
    assert PAGE.read_text("utf-8") == page(all_texts()), (
        "Run `.venv/bin/python -m scripts.reading_age`."
    )


@pytest.mark.parametrize(
    "words",
    [
        "Where it stands",
        "Overall, how was your experience of our service?",
        "No one is reading this right now.",
        "Leave this site",
        "Stay safe on this phone",
    ],
)
def test_texts_of_every_kind_of_page_are_found(words: str) -> None:
    assert words in {text.words for text in all_texts()}


def test_texts_of_people_who_sign_in_are_not_measured() -> None:
    files = {name for text in all_texts() for name in text.files}
    assert not {name for name in files if name.startswith(("coproduce/templates/moderation/",))}


def test_what_is_excused_is_there() -> None:
    texts = all_texts()
    words = {plain_form(word) for text in texts for word in words_of(text.words)}
    assert words >= EXCUSED_WORDS.keys(), "Take words off the list that nobody uses any more."
    assert {text.words for text in texts} >= EXCUSED_TEXTS.keys()
    assert all((PROJECT / name).exists() for name in NOT_FOR_PARTICIPANTS)


def test_a_formula_tells_easy_from_hard() -> None:
    """The numbers by hand: 65 letters, 18 words, 3 sentences."""
    letters = sum(character.isalnum() for character in EASY)
    words, sentences = len(words_of(EASY)), len(sentences_of(EASY))
    assert (letters, words, sentences) == (65, 18, 3)
    assert reading_age([EASY]) == pytest.approx(
        5 + max(0, 4.71 * 65 / 18 + 0.5 * 18 / 3 - 21.43, 5.88 * 65 / 18 - 29.6 * 3 / 18 - 15.8),
        abs=0.05,
    )
    assert reading_age([HARD]) > 18
    assert reading_age([]) == 0


def test_a_hyphen_makes_two_short_words() -> None:
    assert not is_long("made-up-of-many")
    assert is_long("multidisciplinary")
    assert plain_form("moderators’") == plain_form("moderator’s") == "moderator"


def test_the_guard_finds_what_is_hard() -> None:
    """A long word, a long sentence, a hard text and a hard file."""
    texts = [
        Text(HARD, ("a.html",)),
        Text("This is a word. " * 3 + "so " * 21 + "on.", ("b.html",)),
    ]
    found = " ".join(find_faults(texts))
    assert "Find a shorter word for 'practitioners'" in found
    assert "Make two of this sentence of 22 words" in found
    assert "Say it in plainer words" in found


def test_the_guard_finds_a_hard_file() -> None:
    hard = "Several different programs require further careful thinking together"
    texts = [Text(f"{hard} {number}.", ("c.html",)) for number in range(10)]
    assert any(fault.startswith("c.html reads like age") for fault in find_faults(texts))
