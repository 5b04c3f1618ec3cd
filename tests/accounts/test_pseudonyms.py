"""Names from a list."""

import math
import secrets

from hypothesis import given
from hypothesis import strategies as st

from coproduce.accounts.pseudonyms import (
    FIRST_WORDS,
    OFFERED,
    PSEUDONYM_LIMIT,
    SECOND_WORDS,
    UNKIND_WORDS,
    folded_pseudonym,
    is_of_our_words,
    kind_words,
    offer_pseudonyms,
)
from coproduce.core.keys import word_list

ALL = frozenset(f"{first} {second}" for first in FIRST_WORDS for second in SECOND_WORDS)


@given(st.text(max_size=2 * PSEUDONYM_LIMIT))
def test_folding_twice_changes_nothing(typed: str) -> None:
    once = folded_pseudonym(typed)
    assert folded_pseudonym(once)[:PSEUDONYM_LIMIT] == once[:PSEUDONYM_LIMIT]


@given(st.sampled_from(sorted(ALL)), st.sampled_from([" ", "  ", "-", "\t", " - "]), st.booleans())
def test_case_and_spaces_do_not_matter(name: str, between: str, shouted: bool) -> None:
    typed = f" {name.replace(' ', between)} "
    assert folded_pseudonym(typed.upper() if shouted else typed) == name


def test_every_word_is_on_the_list_everybody_can_read() -> None:
    assert set(FIRST_WORDS) | set(SECOND_WORDS) <= set(word_list())
    assert len(ALL) == len(FIRST_WORDS) * len(SECOND_WORDS) > 5000


@given(st.sets(st.sampled_from(sorted(ALL)), max_size=50))
def test_offered_names_are_free_and_different(taken: set[str]) -> None:
    offered = offer_pseudonyms(taken, secrets.randbelow)
    assert len(set(offered)) == OFFERED
    assert not taken.intersection(offered)
    assert all(is_of_our_words(name) for name in offered)


def test_a_chosen_name_stays_first_unless_it_was_taken() -> None:
    assert offer_pseudonyms((), secrets.randbelow, keep="calm otter")[0] == "calm otter"
    kept = offer_pseudonyms({"calm otter"}, secrets.randbelow, keep="calm otter")
    assert "calm otter" not in kept
    assert "big anna" not in offer_pseudonyms((), secrets.randbelow, keep="big anna")


def test_nobody_is_given_an_unkind_word_and_enough_words_are_left() -> None:
    assert set(word_list()) >= UNKIND_WORDS
    assert not UNKIND_WORDS.intersection(kind_words())
    assert not UNKIND_WORDS.intersection((*FIRST_WORDS, *SECOND_WORDS))
    assert 5 * math.log2(len(kind_words())) > 50


def test_when_few_names_are_left_fewer_are_offered() -> None:
    taken = ALL - {"calm otter", "wise owl"}
    assert set(offer_pseudonyms(taken, secrets.randbelow)) == {"calm otter", "wise owl"}


def test_other_words_are_no_name() -> None:
    for other in ("", "calm", "otter calm", "calm otter owl", "calm  otter"):
        assert not is_of_our_words(other)
