from collections.abc import Mapping, Sequence
from itertools import combinations, count
from math import comb, exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.feedback.screens import (
    ENOUGH_ELSEWHERE,
    EXACT_UP_TO,
    FEWEST,
    FEWEST_FOR_BURST,
    STATEMENTS,
    STRAIGHT_ANYHOW,
    Given,
    Lines,
    binomial_tail,
    chance_of_contrast,
    count_same_words,
    find_burst,
    find_contrast,
    find_copies,
    find_straight_lines,
    is_asked_again,
    is_burst,
    poisson_tail,
    rounded_up,
)

_numbers = count(1)

ratings = st.lists(st.integers(1, 5), min_size=1, max_size=6)


def form(
    choices: Mapping[str, str] | None = None,
    *,
    places: Sequence[int] = (),
    points: int | None = None,
    cards: bool = False,
) -> Given:
    """Return the answers of one more form; its places are choices too."""
    said = {f"q{number}": str(place) for number, place in enumerate(places)} | dict(choices or {})
    return Given(next(_numbers).to_bytes(8, "big"), said, tuple(places), points, cards)


def line(place: int, length: int = STATEMENTS) -> Given:
    return form(places=[place] * length)


def various(number: int) -> list[Given]:
    """Return long answers of which no two are the same and none is a straight line."""
    return [
        form(places=[(n >> bit & 1) + (bit % 2) for bit in range(STATEMENTS)])
        for n in range(number)
    ]


# Chances, against values that can be looked up or counted by hand.


@pytest.mark.parametrize(
    ("number", "expected", "chance"),
    [(0, 3.0, 1.0), (1, 1.0, 1 - exp(-1)), (10, 3.0, 0.00110249), (40, 20.0, 5.3202e-5)],
)
def test_the_tail_of_a_poisson_number_is_the_one_in_tables(
    number: int, expected: float, chance: float
) -> None:
    assert poisson_tail(number, expected) == pytest.approx(chance, rel=5e-3)


@given(st.integers(1, 40), st.floats(0.1, 30))
def test_a_tail_and_what_lies_below_it_are_everything(number: int, expected: float) -> None:
    below = sum(exp(-expected) * expected**k / factorial(k) for k in range(number))
    assert poisson_tail(number, expected) == pytest.approx(1 - below, abs=1e-9)


def test_where_nothing_is_expected_anything_is_too_much() -> None:
    assert poisson_tail(0, 0) == 1
    assert poisson_tail(1, 0) == 0


@given(st.integers(0, 12), st.integers(0, 12), st.floats(0, 1))
def test_the_tail_of_a_binomial_number_is_the_sum_of_its_ways(
    number: int, of: int, share: float
) -> None:
    ways = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(number, of + 1))
    assert binomial_tail(number, of, share) == pytest.approx(ways, abs=1e-9)


# Burst.


@given(st.integers(0, 500))
def test_a_service_without_history_has_no_burst(number: int) -> None:
    assert not is_burst(number, [])


@given(st.integers(0, 300), st.lists(st.floats(1, 200), min_size=1, max_size=4))
def test_more_answers_never_make_a_burst_go_away(number: int, history: list[float]) -> None:
    assert is_burst(number + 1, history) >= is_burst(number, history)


def test_twice_as_many_as_twenty_are_a_burst_and_half_more_are_not() -> None:
    assert is_burst(40, [20, 20, 20, 20])
    assert not is_burst(30, [20, 20, 20, 20])
    assert not is_burst(FEWEST_FOR_BURST - 1, [1])
    assert is_burst(FEWEST_FOR_BURST, [1])


def test_a_burst_points_at_the_largest_group_of_equal_answers() -> None:
    honest = [form({"overall": "good", "barriers": str(n)}) for n in range(20)]
    sent = [form({"overall": "very_good"}) for _ in range(20)]
    assert find_burst([*honest, *sent], [20]) == {answer.id for answer in sent}


def test_a_burst_of_various_answers_points_at_nobody() -> None:
    assert find_burst([form({"overall": str(n)}) for n in range(40)], [20]) == set()


def test_a_burst_does_not_point_at_a_few_who_said_the_same() -> None:
    honest = [form({"overall": "good", "barriers": str(n)}) for n in range(60)]
    alike = [form({"overall": "very_good"}) for _ in range(19)]
    assert find_burst([*honest, *alike], [39]) == set()


# The same answers.


def test_equal_long_answers_among_various_ones_are_found() -> None:
    places = [0, 1, 0, 2, 0, 1, 3, 0]
    same = [form(places=places) for _ in range(FEWEST)]
    assert find_copies([*various(20), *same]) == {answer.id for answer in same}


def test_fewer_than_five_are_never_pointed_at() -> None:
    places = [0, 1, 0, 2, 0, 1, 3, 0]
    same = [form(places=places) for _ in range(FEWEST - 1)]
    assert find_copies([*various(20), *same]) == set()


def test_short_answers_that_everybody_gives_are_nothing_odd() -> None:
    answers = [form({"overall": "very_good"}) for _ in range(30)]
    answers += [form({"overall": "good"}) for _ in range(20)]
    assert find_copies(answers) == set()


def test_straight_lines_are_left_to_their_own_screen() -> None:
    assert find_copies([*various(20), *[line(0) for _ in range(10)]]) == set()


@given(st.lists(st.sampled_from(["very_good", "good", "poor"]), max_size=40))
def test_the_order_of_answers_changes_nothing(overall: list[str]) -> None:
    answers = [form({"overall": said}, places=[len(said) % 3] * 8) for said in overall]
    turned = list(reversed(answers))
    assert find_copies(answers) == find_copies(turned)
    assert find_straight_lines(answers, Lines()) == find_straight_lines(turned, Lines())


# Straight lines.


def test_many_straight_lines_are_found_at_their_place_only() -> None:
    best = [line(0) for _ in range(10)]
    worst = [line(4) for _ in range(2)]
    answers = [*various(10), *best, *worst]
    assert find_straight_lines(answers, Lines()) == {answer.id for answer in best}


def test_the_share_that_is_usual_is_not_odd() -> None:
    answers = [*various(17), *[line(0) for _ in range(3)]]
    assert find_straight_lines(answers, Lines()) == set()


def test_short_answers_are_no_straight_lines() -> None:
    answers = [line(0, STATEMENTS - 1) for _ in range(30)]
    assert find_straight_lines(answers, Lines()) == set()


def test_where_people_tick_one_place_elsewhere_too_it_is_not_odd_here() -> None:
    answers = [*various(10), *[line(0) for _ in range(10)]]
    usual = Lines(ENOUGH_ELSEWHERE, {0: ENOUGH_ELSEWHERE // 2})
    assert find_straight_lines(answers, Lines())
    assert find_straight_lines(answers, usual) == set()


@given(st.integers(0, 200), st.integers(0, 200))
def test_elsewhere_can_only_raise_what_is_expected(number: int, lines: int) -> None:
    share = Lines(number, {0: min(lines, number)}).share(0)
    assert share >= STRAIGHT_ANYHOW
    assert number >= ENOUGH_ELSEWHERE or share == STRAIGHT_ANYHOW


# The provider's cards against all others.


def rated(points: int, number: int, *, cards: bool) -> list[Given]:
    return [form(points=points, cards=cards) for _ in range(number)]


def test_much_better_answers_through_own_cards_are_found() -> None:
    own = rated(5, 10, cards=True)
    others = [*rated(5, 4, cards=False), *rated(3, 6, cards=False), *rated(2, 4, cards=False)]
    assert find_contrast([*own, *others]) == {answer.id for answer in own}


def test_much_worse_answers_through_own_cards_are_nothing_odd() -> None:
    assert find_contrast([*rated(1, 10, cards=True), *rated(5, 10, cards=False)]) == set()


def test_a_small_difference_is_nothing_odd_however_sure_it_is() -> None:
    own = [*rated(5, 700, cards=True), *rated(4, 300, cards=True)]
    assert find_contrast([*own, *rated(4, 1000, cards=False)]) == set()


def test_fewer_than_five_on_one_side_tell_nothing() -> None:
    assert find_contrast([*rated(5, 4, cards=True), *rated(1, 50, cards=False)]) == set()


@given(ratings, ratings)
def test_the_chance_is_the_share_of_all_ways_to_deal(own: list[int], others: list[int]) -> None:
    everything = [*own, *others]
    sums = [sum(dealt) for dealt in combinations(everything, len(own))]
    share = sum(one >= sum(own) for one in sums) / len(sums)
    assert chance_of_contrast(own, others) == pytest.approx(share)


@given(
    st.lists(st.integers(1, 5), min_size=20, max_size=30).filter(lambda some: len(set(some)) > 2)
)
def test_the_bell_curve_agrees_with_counting(some: list[int]) -> None:
    own, others = some[:10], some[10:]
    times = EXACT_UP_TO // len(some) + 1
    exact = chance_of_contrast(own, others)
    many = chance_of_contrast(own * times, others * times)
    assert (exact < 0.5) == (many < 0.5) or abs(exact - 0.5) < 0.2
    assert 0 <= many <= 1


# Words.

LONG = "they listened to me and helped me to find a room of my own"


def test_nearly_the_same_words_in_three_texts_are_found() -> None:
    assert count_same_words([LONG, LONG + " again", LONG.upper() + "!"]) == 3
    assert (
        count_same_words([LONG, LONG + " again", "nobody came when I rang four times in one week"])
        == 0
    )


def test_short_texts_say_nothing() -> None:
    assert count_same_words(["They listened to me."] * 5) == 0


@given(st.lists(st.text("abc ", max_size=60), max_size=8))
def test_texts_alike_are_counted_whatever_their_order(texts: list[str]) -> None:
    assert count_same_words(texts) == count_same_words(texts[::-1])
    assert count_same_words(texts) <= len(texts)


# Being asked again.


@given(st.integers(1, 500))
def test_what_is_kept_of_a_number_is_never_the_number_of_a_few(number: int) -> None:
    kept = rounded_up(number)
    assert kept % 5 == 0
    assert 0 <= kept - number < 5


@given(st.integers(1, 100))
def test_who_counted_is_asked_again_only_about_twice_as_much(number: int) -> None:
    then = rounded_up(number)

    def again(size: int) -> bool:
        return is_asked_again(
            was_counted=True, size_then=then, size=size, points_at=frozenset({b"x"})
        )

    assert not again(number)
    assert not again(2 * number - 1)
    assert again(2 * then)


def test_who_left_out_is_asked_again_when_anything_new_is_pointed_at() -> None:
    assert is_asked_again(was_counted=False, size_then=20, size=5, points_at=frozenset({b"x"}))
    assert not is_asked_again(was_counted=False, size_then=20, size=90, points_at=frozenset())
