import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.errors import NotFound
from coproduce.feedback.codebook import load_codebook
from coproduce.feedback.models import Direction, Level
from coproduce.feedback.moderated_words import MOST_CODES, MadeCoding
from coproduce.moderation.second_forms import (
    SENTENCES_LIMIT,
    read_codings,
    read_id,
    read_ids,
    read_words,
    typed_codings,
    typed_words,
)
from coproduce.web.parsed_request import Fields

CODEBOOK = load_codebook()
THEIRS = "The team there listened to me for as long as I wanted to talk."


def said(form: Fields, *theirs: str) -> list[str]:
    read = read_words(form, theirs)
    return [error.message.text for error in read] if isinstance(read, list) else []


@given(st.binary(min_size=16, max_size=16))
def test_an_id_is_read_as_it_is_written(value: bytes) -> None:
    assert read_id(value.hex()) == value
    assert read_ids([value.hex(), value.hex()]) == (value,)


@given(st.text(max_size=40).filter(lambda text: len("".join(text.split())) != 32))
def test_what_is_no_id_is_not_there(text: str) -> None:
    with pytest.raises(NotFound):
        read_id(text)


def test_own_words_are_cleaned_and_read() -> None:
    assert read_words({"words": (" People felt heard.\r\n",)}, [THEIRS]) == "People felt heard."


def test_a_long_phrase_of_theirs_does_not_come_back() -> None:
    copied = {"words": ("They said: the TEAM there, listened to me for as long.",)}
    assert any("phrase of theirs" in message for message in said(copied, "Short.", THEIRS))
    assert said({"words": ("The team listened to me.",)}, THEIRS) == []


def test_what_may_tell_who_somebody_is_needs_a_second_look() -> None:
    words = "Ring 07700 900123."
    assert len(said({"words": (words,)})) == 1
    assert said({"words": (words,), "looked": ("yes",)}) == []
    assert typed_words({"words": (words,)}).found


def test_too_many_signs_are_refused_and_none_is_lost() -> None:
    words = "x" * (SENTENCES_LIMIT + 1)
    assert len(said({"words": (words,)})) == 1
    assert typed_words({"words": (words,)}).words == words


def test_a_theme_without_a_level_is_about_the_service() -> None:
    form: Fields = {"direction_B1": ("idea",), "direction_A1": ("works",), "level_A1": ("person",)}
    assert read_codings(form, CODEBOOK) == (
        MadeCoding("A1", Direction.WORKS, Level.PERSON),
        MadeCoding("B1", Direction.IDEA, Level.SERVICE),
    )
    assert typed_codings(form, CODEBOOK).has_any(["B1"])
    assert not typed_codings(form, CODEBOOK).has_any(["B2"])


def test_no_theme_too_many_and_unknown_words_are_refused() -> None:
    many = {f"direction_{code.key}": ("works",) for code in CODEBOOK.codes[: MOST_CODES + 1]}
    wrong: list[Fields] = [{}, {"level_A1": ("person",)}, many, {"direction_A1": ("up",)}]
    for form in wrong:
        assert isinstance(read_codings(form, CODEBOOK), list)
