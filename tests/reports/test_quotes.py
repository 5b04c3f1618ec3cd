"""Words are shown as R10 allows: few of them, without details, in an order that tells nothing."""

import secrets
from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.reports.attack_words import is_order_telling
from coproduce.reports.publications import Quote, Statement
from coproduce.reports.quotes import (
    FEWEST_UNDER_A_HEADING,
    AllowedWords,
    choose_quotes,
    choose_statements,
    cleaned,
    most_quotes,
    runs_of,
    shuffled,
    told_details,
    without_words,
)
from tests.releases import invented_words

FAMILIES = ("A", "B", "C")


def fair() -> int:
    return secrets.randbits(8)


def allowed(number: int, *, families: frozenset[str] = frozenset()) -> AllowedWords:
    return AllowedWords(invented_words(number), "en", "other_words", families)


@given(texts=st.integers(0, 120), n=st.integers(0, 60).map(lambda fives: 5 * fives))
def test_at_most_one_text_in_five_is_shown_and_each_once(texts: int, n: int) -> None:
    given_words = [allowed(number) for number in range(texts)]
    quotes = choose_quotes(given_words, n=n, tier=2, already=(), draw=fair)
    assert len(quotes) == min(texts, most_quotes(n))
    assert most_quotes(n) == (n + 4) // 5
    shown = Counter(quote.words for quote in quotes)
    assert set(shown.values()) <= {1}
    assert set(shown) <= {one.words for one in given_words}


def test_nothing_is_shown_at_tier_0() -> None:
    words = [allowed(number) for number in range(60)]
    assert choose_quotes(words, n=60, tier=0, already=(), draw=fair) == ()


@given(st.lists(st.sets(st.sampled_from(FAMILIES)), max_size=20))
def test_a_heading_stands_over_three_or_more(families: list[set[str]]) -> None:
    words = [allowed(number, families=frozenset(some)) for number, some in enumerate(families)]
    quotes = choose_quotes(words, n=200, tier=3, already=(), draw=fair)
    assert len(quotes) == len(families)
    under = Counter(quote.family for quote in quotes if quote.family)
    assert all(number >= FEWEST_UNDER_A_HEADING for number in under.values())
    named = {one.words: one.families for one in words}
    assert all(quote.family is None or quote.family in named[quote.words] for quote in quotes)


@given(st.lists(st.sampled_from((*FAMILIES, None)), max_size=12), st.integers(0, 11))
def test_taking_words_out_leaves_no_heading_over_too_few(
    families: list[str | None], gone: int
) -> None:
    quotes = [
        Quote(invented_words(number), "en", "their_words", family)
        for number, family in enumerate(families)
    ]
    left = without_words(quotes, invented_words(gone))
    assert [one.words for one in left] == [
        one.words for one in quotes if one.words != invented_words(gone)
    ]
    under = Counter(one.family for one in left if one.family)
    assert all(number >= FEWEST_UNDER_A_HEADING for number in under.values())


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Ring 020 7946 0018 and ask for help.", "contact"),
        ("I was there on the 3rd and nobody came.", "day"),
        ("My worker Sharon was kind to me.", "name"),
        ("I would give it 2 out of 5.", "rating"),
        ("Good for 80 % of what I need.", "rating"),
        ("They moved in 2019 and it got worse.", "year"),
        ("10", "no words"),
    ],
)
def test_words_with_a_detail_are_never_shown(words: str, kind: str) -> None:
    assert kind in told_details(words)
    one = AllowedWords(words, "en", "their_words", frozenset())
    assert choose_quotes([one], n=30, tier=2, already=(), draw=fair) == ()
    assert choose_statements([Statement(words, "en", "A")], ()) == ()


@pytest.mark.parametrize(
    "words",
    [
        "It took three weeks until [worker] called me.",
        "Waited 6 weeks, then started again.",
        "فتح الباب مساء ساعدني كثيرا",
    ],
)
def test_ordinary_words_are_shown(words: str) -> None:
    assert told_details(words) == ()


def test_words_that_share_six_in_a_row_are_not_shown_together() -> None:
    first = "They told me to come back when I was sober and sorted."
    second = "And again: come back WHEN I was sober, and then they closed."
    assert runs_of(first) & runs_of(second)
    words = [AllowedWords(one, "en", "their_words", frozenset()) for one in (first, second)]
    assert len(choose_quotes(words, n=60, tier=2, already=(), draw=fair)) == 1
    assert choose_quotes(words, n=60, tier=2, already=[first], draw=fair) == ()
    assert choose_statements([Statement(second, "en", "A")], [first]) == ()


@given(st.text(max_size=80))
def test_what_is_published_has_no_sign_that_nobody_sees(text: str) -> None:
    clean = cleaned(text)
    assert clean == cleaned(clean) == " ".join(clean.split())
    assert "\u202e" not in clean
    assert clean.isprintable() or any(sign in clean for sign in "\u200c\u200d")


@given(st.lists(st.integers(), max_size=40))
def test_shuffling_loses_and_adds_nothing(items: list[int]) -> None:
    assert Counter(shuffled(items, fair)) == Counter(items)


def test_every_order_is_as_likely() -> None:
    orders = Counter(tuple(shuffled("abc", fair)) for _ in range(6000))
    assert len(orders) == 6
    assert all(800 <= number <= 1200 for number in orders.values())


def test_the_order_shown_has_nothing_to_do_with_ids_and_the_test_would_see_it() -> None:
    numbers = count()
    ids = [[next(numbers) for _ in range(8)] for _ in range(400)]
    assert not is_order_telling([shuffled(some, fair) for some in ids])
    assert is_order_telling(ids)
