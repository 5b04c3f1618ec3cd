"""What makes a passphrase strong enough, and what people are told."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.accounts.passphrases import (
    PASSPHRASE_LIMIT,
    SUGGESTED_WORDS,
    advice,
    passphrase_faults,
    read_passphrase,
    suggest_passphrase,
)
from coproduce.accounts.pseudonyms import kind_words
from coproduce.core.messages import untranslated

KNOWN = ("calm", "otter", "Feedback")


@given(st.text(max_size=200))
def test_reading_a_passphrase_twice_changes_nothing(typed: str) -> None:
    once = read_passphrase(typed)
    assert read_passphrase(once) == once
    assert once == once.strip()
    assert "  " not in once


def test_the_same_words_typed_on_another_keyboard_are_the_same_passphrase() -> None:
    assert read_passphrase(" ne\u0301e\u00a0seven \t rivers ") == read_passphrase(
        "née seven rivers"
    )


@given(st.integers(min_value=0))
def test_a_suggested_passphrase_is_strong_enough(seed: int) -> None:
    words, numbers = kind_words(), iter(range(SUGGESTED_WORDS))
    passphrase = suggest_passphrase(words, lambda n: (seed // n ** next(numbers)) % n)
    assert len(passphrase.split()) == SUGGESTED_WORDS
    if len(set(passphrase.split())) == SUGGESTED_WORDS:
        assert passphrase_faults(passphrase, ()) == ()


@pytest.mark.parametrize(
    ("passphrase", "said"),
    [
        ("", "Please type a passphrase."),
        ("password", "Common words"),
        ("qwertyuiop", "easy to guess"),
        ("aaaaaaaaaaaaaaaaaa", "again and again"),
        ("abcdefgh", "Rows like"),
        ("12/05/1987", "Dates"),
        ("calm otter calm otter", "your name here"),
        ("Feedback Calm-Otter feedback", "Add another word"),
        ("river " * 30, "too long"),
    ],
)
def test_a_weak_passphrase_is_refused_with_advice(passphrase: str, said: str) -> None:
    faults = " ".join(map(untranslated, passphrase_faults(passphrase, KNOWN)))
    assert said in faults


def test_words_that_others_know_make_nothing_stronger() -> None:
    assert passphrase_faults("calm otter hm", KNOWN)
    assert not passphrase_faults("calm otter under seven green rivers", KNOWN)


@pytest.mark.parametrize("passphrase", ["a1" * 50, "سبعة أنهار خضراء تحت الورق", "4@$s" * 25])
def test_long_and_foreign_passphrases_are_judged(passphrase: str) -> None:
    assert len(passphrase) <= PASSPHRASE_LIMIT
    assert isinstance(passphrase_faults(passphrase, KNOWN), tuple)


def test_each_advice_is_given_once_and_unknown_patterns_give_none() -> None:
    patterns = [{"pattern": name} for name in ("date", "bruteforce", "date", "spatial")]
    assert len(advice(patterns)) == 2


def test_suggestions_are_different_each_time() -> None:
    made = {suggest_passphrase(kind_words(), secrets.randbelow) for _n in range(20)}
    assert len(made) == 20
