"""The mechanism, by enumeration where it is finite and over thousands of tables elsewhere."""

import os
from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.reports.bounds import PublishedSum, integer_bounds
from coproduce.reports.derived import DISPLAY_VARIANCE
from coproduce.reports.disclosure import (
    LEAST_FOR_A_FAMILY,
    MOST_DRAWS,
    Draw,
    Interval,
    bounds_within,
    cell_bounds,
    displayed,
    displayed_total,
    draw_families,
    draw_option,
    draw_table,
    is_family_listed,
    is_option_shown,
    leaves_doubt,
    may_show_detail,
    noise,
    passes_gate,
    passes_pool_gate,
    tier_of,
    total_bounds,
    withstands_known_total,
)
from tests.reports.simulated_releases import below, chance, split

TABLES = 1_000_000 if os.environ.get("COPRODUCE_PROVE") else 4_000
BYTES = range(256)

cells = st.builds(
    lambda low, width: Interval(low, low + width),
    st.integers(min_value=0, max_value=12),
    st.integers(min_value=0, max_value=12),
)


def shares_of_displays(count: int) -> dict[int, Fraction]:
    """How often each display comes out of a count, exactly."""
    shares: dict[int, Fraction] = {}
    for bits in BYTES:
        display = displayed(count, bits)
        shares[display] = shares.get(display, Fraction(0)) + Fraction(1, 256)
    return shares


# R4, noise and rounding


def test_noise_is_the_heads_of_eight_coins_less_four() -> None:
    seen = [noise(bits) for bits in BYTES]

    assert [seen.count(value) for value in range(-4, 5)] == [comb(8, heads) for heads in range(9)]


def test_displays_lean_nowhere_and_vary_by_two_on_average() -> None:
    leaning: list[Fraction] = []
    variance: list[Fraction] = []
    for count in range(15, 60):
        shares = shares_of_displays(count)
        leaning.append(
            sum(((shown - count) * share for shown, share in shares.items()), Fraction(0))
        )
        variance.append(
            sum(((shown - count) ** 2 * share for shown, share in shares.items()), Fraction(0))
        )
        assert max(abs(display - count) for display in shares) <= 6

    assert max(map(abs, leaning)) < Fraction(31, 100)
    assert sum(leaning) == 0
    assert sum(variance) / len(variance) == DISPLAY_VARIANCE


@pytest.mark.parametrize("count", range(60))
def test_bounds_hold_exactly_the_counts_that_can_be_behind_a_display(count: int) -> None:
    for display in range(0, 80, 5):
        possible = any(displayed(count, bits) == display for bits in BYTES)
        low, high = cell_bounds(display)
        assert possible == (low <= count <= high)


@pytest.mark.parametrize("count", range(10, 60))
def test_bounds_of_a_total_hold_exactly_the_groups_that_can_be_behind_it(count: int) -> None:
    for display in range(10, 80, 5):
        possible = any(displayed_total(count, bits) == display for bits in BYTES)
        low, high = total_bounds(display)
        assert possible == (low <= count <= high)


def test_no_display_proves_that_anyone_or_no_one_was_there() -> None:
    assert shares_of_displays(0)[5] == Fraction(9, 256)
    assert shares_of_displays(3)[5] == Fraction(163, 256)
    assert cell_bounds(0) == Interval(0, 6)
    assert cell_bounds(5) == Interval(0, 11)


def test_one_person_changes_the_chance_of_any_display_by_little() -> None:
    for count in range(60):
        before, after = shares_of_displays(count), shares_of_displays(count + 1)
        distance = sum(
            abs(before.get(display, Fraction(0)) - after.get(display, Fraction(0)))
            for display in before.keys() | after.keys()
        )
        assert distance / 2 <= Fraction(28, 100)


@pytest.mark.parametrize("display", [-5, 3, 12])
def test_a_number_that_is_never_published_has_no_bounds(display: int) -> None:
    with pytest.raises(ValueError, match="not a display"):
        cell_bounds(display)


def test_a_group_of_fewer_than_ten_has_no_total() -> None:
    with pytest.raises(ValueError, match="not the total of a group"):
        total_bounds(5)


# R5, bounds and audit


@given(st.lists(cells, min_size=1, max_size=4), st.integers(0, 40), st.integers(0, 12))
def test_bounds_within_a_total_are_what_trying_every_table_gives(
    table: list[Interval], low: int, width: int
) -> None:
    total = Interval(low, low + width)
    ranges = [range(cell.low, cell.high + 1) for cell in table]
    fitting = [counts for counts in product(*ranges) if total.low <= sum(counts) <= total.high]
    bounds = bounds_within(table, total)

    if not fitting:
        assert any(cell.width < 0 for cell in bounds)
    else:
        assert bounds == [
            Interval(min(column), max(column)) for column in zip(*fitting, strict=True)
        ]


def test_bounds_within_a_total_are_what_integer_programming_gives() -> None:
    draw = chance("closed form against integer programming")
    for _ in range(12):
        counts = split(10 + below(40, draw), (9, 5, 3, 1, 1, 4), draw)
        total = total_bounds(displayed_total(sum(counts), draw()))
        table = {place: cell_bounds(displayed(count, draw())) for place, count in enumerate(counts)}
        expected = integer_bounds(table, [PublishedSum(tuple(table), total)])
        assert bounds_within(list(table.values()), total) == list(expected.values())


def test_the_audit_refuses_a_pinned_table_and_allows_the_same_one_where_it_is_vague() -> None:
    assert not withstands_known_total((15, 0), 11)
    assert withstands_known_total((15, 0), 16)


def test_the_audit_refuses_a_table_in_which_all_but_one_must_agree() -> None:
    # The first cell is 9 to 13, the width is enough, but 9 of 10 is all but one.
    cells = [Interval(9, 13), Interval(0, 1)]

    assert not leaves_doubt(cells, 10)


def test_thousands_of_tables_pass_the_audit_after_few_draws_and_hold_the_truth() -> None:
    draw = chance("thousands of tables")
    drawn = withheld = 0
    shapes = ((9, 5, 3, 2), (60, 1, 1, 1), (9, 7, 5, 3, 2, 4), (1, 0), (1, 9), (1, 1, 0, 0, 0, 0))
    for number in range(TABLES):
        counts = split(10 + below(30, draw), shapes[number % len(shapes)], draw)
        displays = draw_table(counts, draw)
        if displays is None:
            withheld += 1
            continue
        drawn += 1
        assert withstands_known_total(displays, sum(counts))
        for count, display in zip(counts, displays, strict=True):
            assert display % 5 == 0
            assert cell_bounds(display).low <= count <= cell_bounds(display).high
    assert drawn == TABLES
    assert withheld == 0


def test_a_table_that_never_passes_is_withheld_after_twenty_draws() -> None:
    thrown: list[int] = []

    def always_four_more() -> int:
        thrown.append(1)
        return 0b11111111

    assert draw_table((11, 0), always_four_more) is None
    assert len(thrown) == 2 * MOST_DRAWS


def test_a_failing_table_is_drawn_anew_with_fresh_chance() -> None:
    bits = iter([0b11111111, 0b11111111, 0b00001111, 0b00001111])

    assert draw_table((11, 0), lambda: next(bits)) == (10, 0)


def test_an_option_is_a_table_of_two_cells() -> None:
    assert draw_option(20, 30, no_noise()) == (20, 10)
    assert draw_option(11, 11, lambda: 0b11111111) is None


# R6, detail by size


def test_an_option_is_shown_from_a_display_of_five_on() -> None:
    assert not is_option_shown(0)
    assert is_option_shown(5)


def test_a_family_is_listed_from_a_noisy_count_of_four_on() -> None:
    assert is_family_listed(LEAST_FOR_A_FAMILY, 0b00001111)
    assert not is_family_listed(LEAST_FOR_A_FAMILY - 1, 0b00001111)
    assert sum(is_family_listed(0, bits) for bits in BYTES) == 1
    assert sum(is_family_listed(8, bits) for bits in BYTES) == 256


def test_families_keep_their_order_and_lose_their_numbers() -> None:
    counts = {"getting_in": 9, "money_travel": 1, "how_treated": 4}

    assert draw_families(counts, no_noise()) == ("getting_in", "how_treated")


@pytest.mark.parametrize("picks_per_person", [0.25, 0.5, 1.0, 2.0])
def test_fewer_than_one_listed_family_in_twenty_is_a_ghost(picks_per_person: float) -> None:
    draw = chance(f"ghosts {picks_per_person}")
    listed, ghosts = listed_families(picks_per_person, reports=TABLES // 4, draw=draw)

    assert listed > 100
    assert ghosts / listed < 1 / 20


@pytest.mark.parametrize(
    ("total", "tier"), [(10, 1), (25, 1), (30, 2), (95, 2), (100, 3), (1500, 3)]
)
def test_the_tier_follows_from_the_displayed_total(total: int, tier: int) -> None:
    assert tier_of(total) == tier


# R1 and R3, the gates


def test_ten_answers_pass_the_gate_and_nine_do_not() -> None:
    assert passes_gate(10)
    assert not passes_gate(9)


def test_detail_needs_three_answers_in_ten_from_elsewhere_than_the_provider() -> None:
    assert may_show_detail(10, 7)
    assert not may_show_detail(10, 8)
    assert not may_show_detail(100, 71)


@pytest.mark.parametrize(
    ("answers", "passes"),
    [
        ((5, 5, 5), True),
        ((9, 3, 3), True),
        ((10, 3, 3), False),
        ((5, 5, 4), False),
        ((8, 7), False),
        ((8, 7, 0), False),
        ((), False),
    ],
)
def test_a_pool_needs_three_services_fifteen_answers_and_no_giant(
    answers: tuple[int, ...], passes: bool
) -> None:
    assert passes_pool_gate(answers) is passes


def no_noise() -> Draw:
    """Four heads of eight, every time."""
    return lambda: 0b00001111


def listed_families(picks: float, *, reports: int, draw: Draw) -> tuple[int, int]:
    """Families listed in small reports, and how many of them nobody had picked.

    Thirty options in six families; options are picked in proportion to 1 / rank.
    """
    options = 30
    scale = sum(1 / rank for rank in range(1, options + 1))
    listed = ghosts = 0
    for _ in range(reports):
        people = 10 + below(20, draw)
        families = shuffled([option % 6 for option in range(options)], draw)
        chances = [min(999, round(1000 * picks / (scale * rank))) for rank in range(1, options + 1)]
        counts = dict.fromkeys(map(str, range(6)), 0)
        for _ in range(people):
            picked = {
                families[option] for option in range(options) if below(1000, draw) < chances[option]
            }
            for family in picked:
                counts[str(family)] += 1
        names = draw_families(counts, draw)
        listed += len(names)
        ghosts += sum(counts[name] == 0 for name in names)
    return listed, ghosts


def shuffled(items: list[int], draw: Draw) -> list[int]:
    left, taken = list(items), []
    while left:
        taken.append(left.pop(below(len(left), draw)))
    return taken
