from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from coproduce.demonstration.dice import Dice

words = st.text(max_size=20)


@given(words, st.integers(1, 1000), st.integers(1, 1000))
def test_the_same_word_throws_the_same_row(word: str, low: int, high: int) -> None:
    thrown = [
        (dice.below(low), dice.bytes(3), dice.happens(50), dice.below(high))
        for dice in (Dice(word), Dice(word))
    ]
    assert thrown[0] == thrown[1]


@given(words, st.integers(1, 10**9))
def test_a_number_is_below_its_limit(word: str, limit: int) -> None:
    assert 0 <= Dice(word).below(limit) < limit


def test_another_word_throws_another_row() -> None:
    assert Dice("one").bytes(16) != Dice("two").bytes(16)


def test_every_number_comes_up_about_as_often() -> None:
    dice = Dice("fair")
    thrown = Counter(dice.below(6) for _ in range(6000))
    assert set(thrown) == set(range(6))
    assert all(850 < count < 1150 for count in thrown.values())


def test_chances_are_kept() -> None:
    dice = Dice("chances")
    assert 250 < sum(dice.happens(30) for _ in range(1000)) < 350
    assert not any(dice.happens(0) for _ in range(100))
    assert all(dice.happens(100) for _ in range(100))


def test_a_weight_twice_as_large_comes_up_twice_as_often() -> None:
    dice = Dice("weights")
    thrown = Counter(dice.one_of({"a": 2, "b": 1, "never": 0}) for _ in range(3000))
    assert set(thrown) == {"a", "b"}
    assert 1.7 < thrown["a"] / thrown["b"] < 2.3
