"""Integer bounds, compared with the results of other people's software on known tables."""

import csv
from itertools import product
from pathlib import Path

import pytest

from coproduce.reports.bounds import ContradictionError, PublishedSum, integer_bounds
from coproduce.reports.disclosure import Interval


def test_a_service_left_out_is_recovered_from_an_exact_sum() -> None:
    counts = {name: Interval(0, 50) for name in ("shown", "left out")}
    sums = [
        PublishedSum(("shown", "left out"), Interval(17, 17)),
        PublishedSum(("shown",), Interval(12, 12)),
    ]

    assert integer_bounds(counts, sums) == {
        "shown": Interval(12, 12),
        "left out": Interval(5, 5),
    }


def test_counts_that_nothing_ties_together_keep_their_own_bounds() -> None:
    assert integer_bounds({"a": Interval(2, 7)}, []) == {"a": Interval(2, 7)}


def test_a_difference_of_counts_can_be_published_too() -> None:
    counts = {"a": Interval(0, 9), "b": Interval(3, 5)}
    sums = [PublishedSum(("a",), Interval(2, 2), taken_away=("b",))]

    assert integer_bounds(counts, sums) == {"a": Interval(5, 7), "b": Interval(3, 5)}


def test_sums_that_nothing_fits_are_a_contradiction() -> None:
    with pytest.raises(ContradictionError):
        integer_bounds({"a": Interval(0, 3)}, [PublishedSum(("a",), Interval(5, 5))])


@pytest.mark.parametrize("rule", ["n4_nz", "n9_nz", "n4_z", "n9_z"])
@pytest.mark.parametrize("case", ["chr_site_gender", "ssb_d1", "ssb_mun_accidents"])
def test_cells_hidden_without_secondary_suppression_are_recovered(
    shared_data: Path, case: str, rule: str
) -> None:
    rows = read_rows(
        shared_data / "sdc_known_solutions" / case / f"{rule}__primary_only_UNSAFE.csv"
    )
    bounds = bounds_of(rows)

    for row in rows:
        low, high = bounds[row_name(row)]
        assert low <= int(row["freq"]) <= high
        assert int(row["lo"]) <= low
        assert row["hi"] == "inf" or high <= int(row["hi"])
        if row["suppressed"] == "True" and row["recoverable"] == "True":
            assert low == high


@pytest.mark.parametrize("case", ["chr_site_gender", "ssb_d1", "ssb_mun_accidents"])
def test_no_primary_cell_is_recovered_where_reference_software_hid_enough(
    shared_data: Path, case: str
) -> None:
    rows = read_rows(shared_data / "sdc_known_solutions" / case / "n4_nz__gauss_suppression.csv")
    bounds = bounds_of(rows)

    assert any(row["primary"] == "True" for row in rows)
    assert all(bounds[row_name(row)].width > 0 for row in rows if row["primary"] == "True")


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row_name(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[dimension] for dimension in dimensions_of(row))


def dimensions_of(row: dict[str, str]) -> list[str]:
    figures = {"freq", "primary", "suppressed", "lo", "hi", "recoverable"}
    return [column for column in row if column not in figures]


def bounds_of(rows: list[dict[str, str]]) -> dict[tuple[str, ...], Interval]:
    """Every published cell is a sum of inner cells; hidden ones are only not negative."""
    most = max(int(row["freq"]) for row in rows)
    values = [
        sorted({row[dimension] for row in rows} - {"Total"}) for dimension in dimensions_of(rows[0])
    ]
    inner = list(product(*values))
    counts = {cell: Interval(0, most) for cell in inner}
    counts |= {row_name(row): Interval(0, most) for row in rows}
    sums = []
    for row in rows:
        name = row_name(row)
        parts = tuple(
            cell
            for cell in inner
            if all(wanted in ("Total", value) for wanted, value in zip(name, cell, strict=True))
        )
        if name not in inner:
            sums.append(PublishedSum(parts, Interval(0, 0), taken_away=(name,)))
        if row["suppressed"] == "False":
            sums.append(PublishedSum((name,), Interval(int(row["freq"]), int(row["freq"]))))
    return integer_bounds(counts, sums)
