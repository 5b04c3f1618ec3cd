"""What may be said about people in numbers: noise, rounding, audit, detail and gates.

Pure: counts come in, and chance comes in as a function that returns eight random bits.
This module does not know periods, documents or the database. The rules R1 to R16 are
explained in docs/disclosure.md.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

Draw = Callable[[], int]
"""Eight fresh random bits, 0 to 255. In production: ``lambda: secrets.randbits(8)``."""

SMALLEST_GROUP = 10
"""Fewest answers that are tabulated at all.

Source: docs/disclosure.md, R3; ABS DataLab "rule of 10"; ACRO ``safe_threshold: 10``.
"""

NOISE_BITS = 8
"""Coins thrown for each count: their heads less half of them are the noise.

Source: docs/disclosure.md, R4.
"""

LARGEST_NOISE = NOISE_BITS // 2
"""How far noise alone can move a count, up or down. Source: docs/disclosure.md, R4."""

ROUNDING = 5
"""Published counts are multiples of this.

Source: docs/disclosure.md, R4; Statistics Canada and NHS Digital round to 5.
"""

NARROWEST_CELL = 4
"""Smallest allowed distance between the least and the most a cell can hide, given n.

Source: docs/disclosure.md, R5.
"""

FEWEST_OTHERS = 2
"""So many people at least must be able to have answered differently from the rest.

Source: docs/disclosure.md, R5.
"""

MOST_DRAWS = 20
"""A table that fails the audit is drawn anew so often before it is withheld.

Source: docs/disclosure.md, R5.
"""

LEAST_FOR_A_FAMILY = 4
"""A family of options is named from this noisy, not yet rounded, number of people on.

Source: docs/disclosure.md, R6; chosen so that fewer than 1 named line in 20 is empty.
"""

LEAST_FOR_AN_OPTION = ROUNDING
"""An option is shown with its number from this display on. Source: docs/disclosure.md, R6."""

FULL_DETAIL_FROM = 30
"""From this displayed total on, all questions are shown in full.

Source: docs/disclosure.md, R6; CQC shows NHS survey results from 30 answers on.
"""

COMPARISONS_FROM = 100
"""From this displayed total on, two groups may be compared. Source: docs/disclosure.md, R6."""

LARGEST_PROVIDER_SHARE = 70
"""Most answers in a hundred that may have come through the provider itself.

Source: docs/disclosure.md, R3.
"""

FEWEST_POOLED_SERVICES = 3
"""Fewest services in a pooled atom. Source: docs/disclosure.md, R1."""

FEWEST_POOLED_ANSWERS = 15
"""Fewest answers in a pooled atom. Source: docs/disclosure.md, R1."""

LARGEST_POOLED_SHARE = 60
"""Most answers in a hundred that one service may give to a pool.

Source: docs/disclosure.md, R1.
"""


class Interval(NamedTuple):
    """The least and the most a true count can be, both possible."""

    low: int
    high: int

    @property
    def width(self) -> int:
        """How far the ends lie apart: 0 where the count is known exactly."""
        return self.high - self.low


# Noise and rounding


def noise(bits: int) -> int:
    """Heads among eight coins, less four: mean 0, from -4 to 4, standard deviation 1.41.

    Source: docs/disclosure.md, R4.
    """
    return (bits & 0xFF).bit_count() - LARGEST_NOISE


def displayed(count: int, bits: int) -> int:
    """The number published in place of a count: noise added, then rounded to five.

    Source: docs/disclosure.md, R4.
    """
    return _nearest_multiple(max(0, count + noise(bits)))


def displayed_total(count: int, bits: int) -> int:
    """The number of answers published for a group that passed the gate: never under ten.

    Source: docs/disclosure.md, R4.
    """
    return max(SMALLEST_GROUP, displayed(count, bits))


# What an intruder can work out


def cell_bounds(display: int) -> Interval:
    """Every true count that could have been published as this display.

    Raises:
        ValueError: if no count is ever published so.

    Source: docs/disclosure.md, R4.
    """
    if display < 0 or display % ROUNDING:
        raise ValueError(f"not a display: {display}")
    reach = LARGEST_NOISE + ROUNDING // 2
    return Interval(max(0, display - reach), display + reach)


def total_bounds(display: int) -> Interval:
    """Every true size of a group that could have been published as this total.

    Raises:
        ValueError: if no size is ever published so.

    Source: docs/disclosure.md, R3 and R4.
    """
    if display < SMALLEST_GROUP:
        raise ValueError(f"not the total of a group: {display}")
    low, high = cell_bounds(display)
    return Interval(max(SMALLEST_GROUP, low), high)


def bounds_within(cells: Sequence[Interval], total: Interval) -> list[Interval]:
    """What each cell can still be, when the cells of a table add up to one total.

    Exact, not only an outer bound: with a single sum every whole number between the ends
    can be reached.

    Args:
        cells: what each cell can be on its own.
        total: what the sum can be; both ends equal where it is known.
    """
    lows = sum(cell.low for cell in cells)
    highs = sum(cell.high for cell in cells)
    return [
        Interval(
            max(cell.low, total.low - (highs - cell.high)),
            min(cell.high, total.high - (lows - cell.low)),
        )
        for cell in cells
    ]


def leaves_doubt(cells: Sequence[Interval], total: int) -> bool:
    """Whether a table stays vague to someone who knows exactly how many answered.

    Every cell must leave a choice, and nobody may conclude that all, or all but one, said
    the same.

    Args:
        cells: what each cell can be on its own.
        total: the true number of answers.

    Source: docs/disclosure.md, R5.
    """
    return all(
        cell.width >= NARROWEST_CELL and cell.low <= total - FEWEST_OTHERS
        for cell in bounds_within(cells, Interval(total, total))
    )


def withstands_known_total(displays: Sequence[int], total: int) -> bool:
    """Whether displays may be published: they leave doubt even where n is known.

    Reads displays and the total only, so that drawing anew tells nothing about the true
    counts.

    Source: docs/disclosure.md, R5.
    """
    return leaves_doubt([cell_bounds(display) for display in displays], total)


# Tables


def draw_table(counts: Sequence[int], draw: Draw) -> tuple[int, ...] | None:
    """The displays of one table, or ``None`` where it must be withheld.

    Args:
        counts: people in each category; the categories hold everyone of the group once.
        draw: eight random bits.

    Source: docs/disclosure.md, R4 and R5.
    """
    total = sum(counts)
    for _ in range(MOST_DRAWS):
        displays = tuple(displayed(count, draw()) for count in counts)
        if withstands_known_total(displays, total):
            return displays
    return None


def draw_option(picked: int, total: int, draw: Draw) -> tuple[int, int] | None:
    """The displays of those who picked an option and those who did not, as one table.

    Returns:
        Picked and not picked, or ``None`` where the option must be withheld.

    Source: docs/disclosure.md, R4 and R5.
    """
    displays = draw_table((picked, total - picked), draw)
    return None if displays is None else (displays[0], displays[1])


def is_option_shown(picked_display: int) -> bool:
    """Whether an option appears with its number.

    Source: docs/disclosure.md, R6.
    """
    return picked_display >= LEAST_FOR_AN_OPTION


def is_family_listed(count: int, bits: int) -> bool:
    """Whether a family of options is named, without a number, in a small report.

    Source: docs/disclosure.md, R6.
    """
    return count + noise(bits) >= LEAST_FOR_A_FAMILY


def draw_families(counts: Mapping[str, int], draw: Draw) -> tuple[str, ...]:
    """The families named in a small report, in the order given.

    Args:
        counts: for each family the people who picked at least one of its options.
        draw: eight random bits.

    Source: docs/disclosure.md, R6.
    """
    return tuple(family for family, count in counts.items() if is_family_listed(count, draw()))


# Detail and gates


def tier_of(total_display: int) -> int:
    """How much detail the slow clock may show, decided by the displayed total alone.

    Returns:
        1: few questions in three categories, families named; 2: all questions and options;
        3: also comparisons of two groups. Tier 0, the two headline questions, is what the
        fast clock shows of every group.

    Source: docs/disclosure.md, R6.
    """
    if total_display < FULL_DETAIL_FROM:
        return 1
    return 2 if total_display < COMPARISONS_FROM else 3


def passes_gate(answers: int) -> bool:
    """Whether a group is large enough to be tabulated on its own.

    Source: docs/disclosure.md, R3.
    """
    return answers >= SMALLEST_GROUP


def may_show_detail(answers: int, through_provider: int) -> bool:
    """Whether enough answers came past the provider to show more than the headlines.

    A provider that fills in most answers itself could otherwise single out the others.

    Source: docs/disclosure.md, R3.
    """
    return 100 * through_provider <= LARGEST_PROVIDER_SHARE * answers


def passes_pool_gate(answers_by_service: Collection[int]) -> bool:
    """Whether leftovers of several services may be tabulated together.

    Source: docs/disclosure.md, R1.
    """
    contributions = [answers for answers in answers_by_service if answers > 0]
    total = sum(contributions)
    return (
        len(contributions) >= FEWEST_POOLED_SERVICES
        and total >= FEWEST_POOLED_ANSWERS
        and 100 * max(contributions) <= LARGEST_POOLED_SHARE * total
    )


def _nearest_multiple(count: int) -> int:
    return (count + ROUNDING // 2) // ROUNDING * ROUNDING
