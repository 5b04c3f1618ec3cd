"""What is worked out from published numbers: shares, their uncertainty, change and trend.

Pure, and from displays only: anyone who holds a publication can do the same sums and must
get the same results. No true count can be given to anything in this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, sqrt
from typing import Any, Final, Literal, NamedTuple

from coproduce.core.periods import quarters_between
from coproduce.reports.publications import (
    Atom,
    CategoryTable,
    FamilyTable,
    OptionTable,
    SubjectKind,
)

Change = Literal["better", "worse", "too_few_to_tell"]
Words = Literal["about", "few", "nearly_all"]

NINETY_FIVE_PERCENT = 1.96
"""Standard deviations on either side of a 95 % band. Source: docs/disclosure.md, R7."""

DISPLAY_VARIANCE = 4
"""What noise and rounding add to each display: a standard deviation of 2.

Source: docs/disclosure.md, R7; exact on average over five neighbouring counts.
"""

COARSE_BELOW = 50
"""Shares of fewer people are rounded to tens. Source: docs/disclosure.md, R7."""

FINE_FROM = 100
"""Shares of so many people are shown in single points, and a quarter stands on its own.

Source: docs/disclosure.md, R7.
"""

YEAR = 4
"""Quarters whose atoms are added up to lead a report. Source: docs/disclosure.md, R8."""

FEWEST_ADDED_ATOMS = 3
"""Sums over fewer atoms are not shown. Source: docs/disclosure.md, R8."""

SUMMARY: Final[Mapping[str, frozenset[str]]] = {
    "good": frozenset({"good", "always", "mostly"}),
    "mixed": frozenset({"mixed", "sometimes"}),
    "poor": frozenset({"poor", "hardly_ever", "never"}),
    "none": frozenset({"none"}),
}
"""Which cells are added up for each line of a summary."""


class Tally(NamedTuple):
    """Displays added up: a part of a whole, and how many displays the part is made of."""

    part: int
    whole: int
    displays: int

    def plus(self, other: "Tally") -> "Tally":
        """Both groups together."""
        return Tally(
            self.part + other.part, self.whole + other.whole, self.displays + other.displays
        )


# R7: one share, one change


def share_step(whole: int) -> int:
    """Points that a share of so many people is rounded to.

    Source: docs/disclosure.md, R7.
    """
    if whole < COARSE_BELOW:
        return 10
    return 5 if whole < FINE_FROM else 1


def share_band(tally: Tally) -> tuple[float, float]:
    """Where the share of people like these lies, in 95 of 100 cases: between 0 and 1.

    Wilson's interval on the displays, widened by what noise and rounding add.

    Source: docs/disclosure.md, R7; Wilson 1927.
    """
    if tally.whole == 0:
        return 0.0, 1.0
    share, squared = tally.part / tally.whole, NINETY_FIVE_PERCENT**2
    stretch = 1 + squared / tally.whole
    centre = (share + squared / (2 * tally.whole)) / stretch
    sampling = share * (1 - share) / tally.whole + squared / (4 * tally.whole**2)
    reach = NINETY_FIVE_PERCENT * sqrt(sampling / stretch**2 + _noise_variance(tally))
    return max(0.0, centre - reach), min(1.0, centre + reach)


def share_document(key: str, tally: Tally) -> dict[str, Any]:
    """One share as it is published.

    Returns:
        ``part`` of ``whole`` are sums of displays. ``share``, ``low`` and ``high`` are
        points of 100 in steps of ``step``, the band rounded outwards. ``share`` is null
        where ``words`` must stand for it: a display of 0 does not prove that nobody, and a
        display equal to the whole does not prove that everybody said so.

    Source: docs/disclosure.md, R7.
    """
    step = share_step(tally.whole)
    low, high = share_band(tally)
    share = _rounded_share(tally, step)
    words = _words_for(share)
    return {
        "key": key,
        "part": tally.part,
        "whole": tally.whole,
        "words": words,
        "share": share if words == "about" else None,
        "low": step * floor(100 * low / step),
        "high": min(100, step * ceil(100 * high / step)),
        "step": step,
    }


def change_between(before: Tally, now: Tally) -> Change:
    """Whether a good share rose or fell by more than chance and noise explain.

    Source: docs/disclosure.md, R7.
    """
    if before.whole == 0 or now.whole == 0:
        return "too_few_to_tell"
    common = (before.part + now.part) / (before.whole + now.whole)
    sampling = common * (1 - common) * (1 / before.whole + 1 / now.whole)
    spread = sqrt(sampling + _noise_variance(before) + _noise_variance(now))
    difference = now.part / now.whole - before.part / before.whole
    if abs(difference) <= NINETY_FIVE_PERCENT * spread:
        return "too_few_to_tell"
    return "better" if difference > 0 else "worse"


# The derived part of a document


def derived_from(
    atoms: Sequence[Atom], *, subject_kind: SubjectKind, edition: str
) -> dict[str, Any]:
    """Everything a publication says that is worked out from its atoms.

    Args:
        atoms: all atoms of the subject, oldest first.
        subject_kind: pools hold other services each time, so they are never compared.
        edition: the period the publication covers last.

    Returns:
        ``headlines``: for each question of the newest fast atom the newest ``quarter``, the
        ``year`` (null with fewer than three atoms), which of both ``leads``, and the
        ``trend``, oldest first. ``details``: for each slow atom a summary of every table.

    Source: docs/disclosure.md, R7, R8 and R12.
    """
    comparable = subject_kind != "pool"
    fast = [atom for atom in atoms if atom.clock == "fast"]
    slow = [atom for atom in atoms if atom.clock == "slow"]
    headlines = [
        _headline(table.key, fast, edition=edition, comparable=comparable)
        for table in (fast[-1].tables if fast else ())
        if isinstance(table, CategoryTable)
    ]
    details = [
        _details(atom, earlier=_comparable_to(atom, slow[:place]) if comparable else [])
        for place, atom in enumerate(slow)
    ]
    return {"headlines": headlines, "details": details}


def _headline(key: str, fast: Sequence[Atom], *, edition: str, comparable: bool) -> dict[str, Any]:
    asked = [atom for atom in fast if _category_table(atom, key)]
    year = _year(key, asked, edition) if comparable else None
    return {
        "key": key,
        "leads": "year" if year else "quarter",
        "year": year,
        "quarter": {
            **_point(key, asked[-1:]),
            "tells_alone": _tally(asked[-1], key, "good").whole >= FINE_FROM,
            "change": _change(key, asked[-2:-1], asked[-1:]) if comparable else None,
        },
        "trend": [_point(key, [atom]) for atom in asked] if comparable else [],
    }


def _year(key: str, asked: Sequence[Atom], edition: str) -> dict[str, Any] | None:
    this_year = _closed_within(asked, edition, 0, YEAR)
    if len(this_year) < FEWEST_ADDED_ATOMS:
        return None
    last_year = _closed_within(asked, edition, YEAR, 2 * YEAR)
    before = last_year if len(last_year) >= FEWEST_ADDED_ATOMS else []
    return {**_point(key, this_year), "change": _change(key, before, this_year)}


def _point(key: str, atoms: Sequence[Atom]) -> dict[str, Any]:
    """Some atoms added up; merged quarters stay together, nothing is filled in (R12)."""
    return {
        "atoms": [atom.id for atom in atoms],
        "periods": sorted({period for atom in atoms for period in atom.periods}),
        "n": sum(atom.n for atom in atoms),
        "summary": [share_document(line, _sum(atoms, key, line)) for line in SUMMARY],
    }


def _comparable_to(atom: Atom, earlier: Sequence[Atom]) -> list[Atom]:
    """Earlier atoms of the same people's kind: a pool holds other subjects each time."""
    return [] if atom.is_pool else [other for other in earlier if not other.is_pool]


def _details(atom: Atom, *, earlier: Sequence[Atom]) -> dict[str, Any]:
    tables = [
        _table_details(table, atom, earlier)
        for table in atom.tables
        if not isinstance(table, FamilyTable)
    ]
    return {"atom": atom.id, "tables": tables}


def _table_details(
    table: CategoryTable | OptionTable, atom: Atom, earlier: Sequence[Atom]
) -> dict[str, Any]:
    if isinstance(table, OptionTable):
        shares = [
            share_document(option.key, Tally(option.picked, option.picked + option.not_picked, 1))
            for option in table.options
        ]
        return {"key": table.key, "summary": shares, "change": None}
    before = [other for other in earlier if _category_table(other, table.key)]
    return {
        "key": table.key,
        "summary": [share_document(line, _tally(atom, table.key, line)) for line in SUMMARY],
        "change": _change(table.key, before[-1:], [atom]),
    }


def _change(key: str, before: Sequence[Atom], now: Sequence[Atom]) -> Change | None:
    if not before:
        return None
    return change_between(_sum(before, key, "good"), _sum(now, key, "good"))


def _closed_within(atoms: Iterable[Atom], edition: str, newest: int, oldest: int) -> list[Atom]:
    """Atoms made so many quarters before the edition; the upper end is not included."""
    return [atom for atom in atoms if newest <= quarters_between(atom.edition, edition) < oldest]


def _sum(atoms: Iterable[Atom], key: str, line: str) -> Tally:
    total = Tally(0, 0, 0)
    for atom in atoms:
        total = total.plus(_tally(atom, key, line))
    return total


def _tally(atom: Atom, key: str, line: str) -> Tally:
    table = _category_table(atom, key)
    if table is None:
        return Tally(0, 0, 0)
    chosen = [cell.display for cell in table.cells if cell.key in SUMMARY[line]]
    return Tally(sum(chosen), sum(cell.display for cell in table.cells), len(chosen))


def _category_table(atom: Atom, key: str) -> CategoryTable | None:
    for table in atom.tables:
        if table.key == key and isinstance(table, CategoryTable):
            return table
    return None


def _rounded_share(tally: Tally, step: int) -> int:
    """Points of 100, halves rounded up, in whole numbers from start to end."""
    if tally.whole == 0:
        return 0
    return step * ((200 * tally.part + step * tally.whole) // (2 * step * tally.whole))


def _words_for(share: int) -> Words:
    if share == 0:
        return "few"
    return "nearly_all" if share == 100 else "about"


def _noise_variance(tally: Tally) -> float:
    return DISPLAY_VARIANCE * tally.displays / tally.whole**2
