from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.periods import periods_between
from coproduce.reports.derived import (
    Tally,
    change_between,
    derived_from,
    share_band,
    share_document,
    share_step,
)
from coproduce.reports.publications import (
    CATEGORIES,
    Atom,
    CategoryTable,
    Cell,
    Clock,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Table,
)

tallies = st.builds(
    lambda part, rest, displays: Tally(5 * part, 5 * (part + rest), displays),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(1, 8),
)


def atom(
    edition: str,
    good: int = 15,
    poor: int = 10,
    *,
    periods: tuple[str, ...] = (),
    clock: Clock = "fast",
    tables: tuple[Table, ...] = (),
) -> Atom:
    """A headline atom of one edition; the id tells the edition."""
    numbers = (good, 5, poor, 0)
    overall = CategoryTable("overall", "three", tuple(map(Cell, CATEGORIES["three"], numbers)))
    return Atom(
        id=edition,
        clock=clock,
        edition=edition,
        periods=periods or (edition,),
        n=sum(numbers),
        tier=0,
        tables=tables or (overall,),
    )


def headline(atoms: list[Atom], edition: str, kind: Any = "service") -> dict[str, Any]:
    derived = derived_from(atoms, subject_kind=kind, edition=edition)
    (found,) = derived["headlines"]
    assert isinstance(found, dict)
    return found


# R7, one share


@pytest.mark.parametrize(
    ("whole", "step"), [(10, 10), (45, 10), (50, 5), (95, 5), (100, 1), (900, 1)]
)
def test_shares_of_few_people_are_coarse(whole: int, step: int) -> None:
    assert share_step(whole) == step


@given(tallies)
def test_a_share_lies_in_its_band_and_both_on_the_step(tally: Tally) -> None:
    share = share_document("good", tally)

    assert 0 <= share["low"] < share["high"] <= 100
    assert share["low"] % share["step"] == 0
    if share["words"] == "about":
        assert share["low"] <= share["share"] <= share["high"]
        assert share["share"] % share["step"] == 0
        assert 0 < share["share"] < 100
    else:
        assert share["share"] is None


@given(tallies)
def test_the_band_is_wider_than_sampling_alone(tally: Tally) -> None:
    low, high = share_band(tally)
    if tally.whole:
        share, squared = tally.part / tally.whole, 1.96**2
        sampling = 1.96 * sqrt(share * (1 - share) / tally.whole + squared / (4 * tally.whole**2))
        assert low == 0 or high == 1 or high - low > 2 * sampling / (1 + squared / tally.whole)


def test_the_band_of_half_of_a_hundred_is_known() -> None:
    # Wilson reaches 0.0962 from the middle and noise 1.96 * 2 / 100; together 0.1039.
    low, high = share_band(Tally(50, 100, 1))

    assert (round(low, 3), round(high, 3)) == (0.396, 0.604)


def test_a_display_of_nobody_is_said_in_words() -> None:
    assert share_document("poor", Tally(0, 25, 1))["words"] == "few"
    assert share_document("poor", Tally(0, 0, 1))["words"] == "few"
    assert share_document("poor", Tally(5, 1500, 1))["words"] == "few"


def test_a_display_of_everybody_is_said_in_words() -> None:
    share = share_document("good", Tally(15, 15, 1))

    assert (share["words"], share["share"], share["high"]) == ("nearly_all", None, 100)


def test_halves_are_rounded_up() -> None:
    assert share_document("good", Tally(5, 20, 1))["share"] == 30
    assert share_document("good", Tally(25, 200, 1))["share"] == 13


# R7, one change


def test_a_large_change_is_better_or_worse() -> None:
    small, large = Tally(60, 200, 1), Tally(140, 200, 1)

    assert change_between(small, large) == "better"
    assert change_between(large, small) == "worse"


def test_a_change_that_chance_and_noise_explain_is_too_small_to_tell() -> None:
    assert change_between(Tally(10, 25, 1), Tally(15, 25, 1)) == "too_few_to_tell"
    assert change_between(Tally(0, 0, 1), Tally(15, 25, 1)) == "too_few_to_tell"


def test_noise_of_more_displays_hides_a_change_that_fewer_would_show() -> None:
    before, now = (60, 200), (81, 200)

    assert change_between(Tally(*before, 1), Tally(*now, 1)) == "better"
    assert change_between(Tally(*before, 20), Tally(*now, 20)) == "too_few_to_tell"


@given(tallies, tallies)
def test_a_change_turned_round_is_its_opposite(before: Tally, now: Tally) -> None:
    opposite = {"better": "worse", "worse": "better", "too_few_to_tell": "too_few_to_tell"}

    assert change_between(now, before) == opposite[change_between(before, now)]


# R8 and R12, the year and the trend


def test_the_year_leads_from_three_atoms_on() -> None:
    two = [atom(period) for period in periods_between("2026-Q2", "2026-Q3")]
    three = [atom(period) for period in periods_between("2026-Q1", "2026-Q3")]

    assert headline(two, "2026-Q3")["leads"] == "quarter"
    assert headline(two, "2026-Q3")["year"] is None
    assert headline(three, "2026-Q3")["leads"] == "year"


def test_the_year_is_the_sum_of_the_last_four_quarters() -> None:
    atoms = [atom(period) for period in periods_between("2025-Q1", "2026-Q3")]
    year = headline(atoms, "2026-Q3")["year"]

    assert year["periods"] == list(periods_between("2025-Q4", "2026-Q3"))
    assert year["n"] == 4 * 30
    good = year["summary"][0]
    assert (good["key"], good["part"], good["whole"]) == ("good", 60, 120)


def test_the_year_is_compared_with_the_four_quarters_before_and_never_with_itself() -> None:
    first = [atom(period, good=10, poor=60) for period in periods_between("2024-Q4", "2025-Q3")]
    second = [atom(period, good=60, poor=10) for period in periods_between("2025-Q4", "2026-Q3")]

    assert headline([*first, *second], "2026-Q3")["year"]["change"] == "better"
    assert headline([*first[2:], *second], "2026-Q3")["year"]["change"] is None


def test_a_small_quarter_does_not_tell_alone_and_a_large_one_does() -> None:
    assert headline([atom("2026-Q3")], "2026-Q3")["quarter"]["tells_alone"] is False
    assert headline([atom("2026-Q3", good=90)], "2026-Q3")["quarter"]["tells_alone"] is True


def test_the_first_quarter_has_nothing_to_be_compared_with() -> None:
    atoms = [atom("2026-Q2"), atom("2026-Q3")]

    assert headline(atoms[:1], "2026-Q2")["quarter"]["change"] is None
    assert headline(atoms, "2026-Q3")["quarter"]["change"] == "too_few_to_tell"


def test_merged_quarters_are_one_point_and_gaps_stay_empty() -> None:
    atoms = [atom("2025-Q4", periods=("2025-Q3", "2025-Q4")), atom("2026-Q3")]

    assert [point["periods"] for point in headline(atoms, "2026-Q3")["trend"]] == [
        ["2025-Q3", "2025-Q4"],
        ["2026-Q3"],
    ]


def test_pools_hold_other_services_each_time_and_are_never_compared() -> None:
    atoms = [atom(period) for period in periods_between("2025-Q4", "2026-Q3")]
    found = headline(atoms, "2026-Q3", kind="pool")

    assert (found["leads"], found["year"], found["trend"]) == ("quarter", None, [])
    assert found["quarter"]["change"] is None


# Details of the slow clock


def test_five_categories_are_added_up_to_three() -> None:
    cells = tuple(map(Cell, CATEGORIES["five"], (10, 15, 5, 0, 5, 15)))
    slow = atom("2026-Q3", clock="slow", tables=(CategoryTable("safe", "five", cells),))
    (details,) = derived_from([slow], subject_kind="service", edition="2026-Q3")["details"]
    (table,) = details["tables"]

    assert details["atom"] == slow.id
    assert [(share["key"], share["part"], share["whole"]) for share in table["summary"]] == [
        ("good", 25, 50),
        ("mixed", 5, 50),
        ("poor", 5, 50),
        ("none", 15, 50),
    ]
    assert table["change"] is None


def test_options_have_shares_and_families_have_none() -> None:
    tables = (
        OptionTable("barriers", (OptionCounts("hours", 15, 20),)),
        FamilyTable("helped", ("people",)),
    )
    slow = atom("2026-Q3", clock="slow", tables=tables)
    (details,) = derived_from([slow], subject_kind="service", edition="2026-Q3")["details"]

    (table,) = details["tables"]
    assert table["key"] == "barriers"
    (share,) = table["summary"]
    assert (share["key"], share["part"], share["whole"]) == ("hours", 15, 35)


def test_a_statement_is_compared_with_the_slow_atom_before() -> None:
    def slow(edition: str, good: int, poor: int) -> Atom:
        cells = tuple(map(Cell, CATEGORIES["three"], (good, 0, poor, 0)))
        return atom(edition, clock="slow", tables=(CategoryTable("safe", "three", cells),))

    atoms = [slow("2025-Q3", 20, 80), slow("2026-Q3", 80, 20)]
    details = derived_from(atoms, subject_kind="service", edition="2026-Q3")["details"]

    assert [one["tables"][0]["change"] for one in details] == [None, "better"]


def test_a_subject_without_headlines_has_none() -> None:
    assert derived_from([], subject_kind="area", edition="2026-Q3") == {
        "headlines": [],
        "details": [],
    }
