"""Attack C4: the least and the most that each true count can be.

Exact and in closed form where an atom stands alone; by integer programming where sums that
were not made from displays tie atoms together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coproduce.reports.attack_structure import is_sum_of_parts
from coproduce.reports.bounds import ContradictionError, PublishedSum, integer_bounds
from coproduce.reports.disclosure import FEWEST_OTHERS, Interval, bounds_within, leaves_doubt
from coproduce.reports.findings import Finding
from coproduce.reports.released import Archive, ReleasedAtom, ReleasedTable, RollUp, table_of

NARROWEST_UNKNOWN_CELL = 5
"""Smallest allowed width of a cell to someone who does not know n.

Source: docs/disclosure.md, C4.
"""

Name = tuple[str, str, str]
"""A hidden count: id of the atom, key of the table, label of the cell."""


@dataclass(frozen=True, slots=True)
class BoundedTable:
    """What the cells of one released table can be, all published numbers considered."""

    atom: ReleasedAtom
    table: ReleasedTable
    cells: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The outcome of the attack: every table that could be bounded, and what is wrong."""

    tables: tuple[BoundedTable, ...]
    findings: tuple[Finding, ...]

    @property
    def widths(self) -> list[int]:
        """How far the ends of each cell lie apart."""
        return [cell.width for table in self.tables for cell in table.cells]


def bound_cells(archive: Archive) -> Bounds:
    """Bound every cell of every atom ever released.

    Source: docs/disclosure.md, C4.
    """
    raw = [roll_up for roll_up in archive.roll_ups if not is_sum_of_parts(roll_up, archive)]
    tied = {part for roll_up in raw for part in roll_up.parts}
    tables: list[BoundedTable] = []
    findings: list[Finding] = []
    for atom in archive.atoms:
        if atom.id not in tied:
            total = possible_total(atom)
            tables += _bounded_alone(atom, total)
            findings += _certainties(atom, total)
    try:
        tables += _bounded_together([atom for atom in archive.atoms if atom.id in tied], raw)
    except ContradictionError as error:
        findings.append(Finding("C4", raw[0].publication, f"No true counts fit: {error}."))
    findings += [finding for table in tables for finding in _narrow_cells(table)]
    return Bounds(tuple(tables), tuple(findings))


def possible_total(atom: ReleasedAtom) -> Interval:
    """What the true number of answers can be; every table counts the same people."""
    low, high = atom.method.bounds_of_total(atom.n)
    for table in atom.tables:
        cells = _cells_alone(atom, table)
        low = max(low, sum(cell.low for cell in cells))
        high = min(high, sum(cell.high for cell in cells))
    return Interval(low, high)


def _cells_alone(atom: ReleasedAtom, table: ReleasedTable) -> list[Interval]:
    return [atom.method.bounds(value) for value in table.values]


def _bounded_alone(atom: ReleasedAtom, total: Interval) -> Iterator[BoundedTable]:
    if total.width < 0:
        return
    for table in atom.tables:
        cells = bounds_within(_cells_alone(atom, table), total)
        yield BoundedTable(atom, table, tuple(cells))


def _narrow_cells(bounded: BoundedTable) -> Iterator[Finding]:
    for label, cell in zip(bounded.table.labels, bounded.cells, strict=True):
        if cell.width < NARROWEST_UNKNOWN_CELL:
            message = f"Atom {bounded.atom.id}, {bounded.table.key}, {label}: too narrow."
            figures = {"low": cell.low, "high": cell.high}
            yield Finding("C4", bounded.atom.publication, message, figures)


def _certainties(atom: ReleasedAtom, total: Interval) -> Iterator[Finding]:
    """What is certain about everyone, or becomes so to whoever knows n."""
    if total.width < 0:
        message = f"Atom {atom.id}: no true counts fit its numbers."
        yield Finding("C4", atom.publication, message)
        return
    for table in atom.tables:
        cells = _cells_alone(atom, table)
        for place, label in enumerate(table.labels):
            if _most_others(cells, place, total) < FEWEST_OTHERS:
                message = f"Atom {atom.id}, {table.key}: all, or all but one, said {label}."
                yield Finding("C4", atom.publication, message)
    if not _may_have_passed_audit(atom, total):
        message = f"Atom {atom.id}: too narrow to whoever knows how many answered."
        figures = {"n_from": total.low, "n_to": total.high}
        yield Finding("C4", atom.publication, message, figures)


def _most_others(cells: Sequence[Interval], place: int, total: Interval) -> int:
    """The most people who can have answered otherwise than this cell."""
    highs = sum(cell.high for cell in cells) - cells[place].high
    return min(highs, total.high - cells[place].low)


def _may_have_passed_audit(atom: ReleasedAtom, total: Interval) -> bool:
    """Whether at least one possible n keeps every table vague, as R5 asks of the true n."""
    tables = [_cells_alone(atom, table) for table in atom.tables]
    return not tables or any(
        all(leaves_doubt(cells, n) for cells in tables) for n in range(total.low, total.high + 1)
    )


# Raw sums


def _bounded_together(
    atoms: Sequence[ReleasedAtom], raw: Sequence[RollUp]
) -> Iterator[BoundedTable]:
    """Bound the atoms that sums tie together, also those of which only the sums are out."""
    if not raw:
        return
    atoms = [*atoms, *_unseen_parts(atoms, raw)]
    counts = {
        (atom.id, table.key, label): cell
        for atom in atoms
        for table in atom.tables
        for label, cell in zip(table.labels, _cells_alone(atom, table), strict=True)
    }
    totals = {_total_name(atom): atom.method.bounds_of_total(atom.n) for atom in atoms}
    sums = [*_sums_within(atoms), *_sums_across(atoms, raw)]
    bounds = integer_bounds({**counts, **totals}, sums)
    for atom in atoms:
        for table in atom.tables:
            cells = [bounds[atom.id, table.key, label] for label in table.labels]
            yield BoundedTable(atom, table, tuple(cells))


def _unseen_parts(atoms: Iterable[ReleasedAtom], raw: Sequence[RollUp]) -> Iterator[ReleasedAtom]:
    """Parts of a sum that were themselves left out, with every number hidden."""
    seen = {atom.id for atom in atoms}
    for roll_up in raw:
        for part in roll_up.parts:
            if part in seen:
                continue
            seen.add(part)
            yield ReleasedAtom(
                publication=roll_up.publication,
                id=part,
                subject=("part", part),
                clock="",
                periods=(),
                is_pool=False,
                n=None,
                questions=frozenset(table.question for table in roll_up.tables),
                tables=tuple(
                    ReleasedTable(
                        table.question, table.key, table.labels, (None,) * len(table.labels)
                    )
                    for table in roll_up.tables
                ),
                method=roll_up.method,
            )


def _sums_within(atoms: Iterable[ReleasedAtom]) -> Iterator[PublishedSum[Name]]:
    for atom in atoms:
        for table in atom.tables:
            names = tuple((atom.id, table.key, label) for label in table.labels)
            yield PublishedSum(names, Interval(0, 0), taken_away=(_total_name(atom),))


def _sums_across(
    atoms: Sequence[ReleasedAtom], raw: Iterable[RollUp]
) -> Iterator[PublishedSum[Name]]:
    by_id = {atom.id: atom for atom in atoms}
    for roll_up in raw:
        parts = [by_id[part] for part in roll_up.parts]
        if roll_up.n is not None:
            totals = tuple(_total_name(part) for part in parts)
            yield PublishedSum(totals, roll_up.method.bounds(roll_up.n))
        for table in roll_up.tables:
            if not all(table_of(part, table.key) for part in parts):
                continue
            for label, value in zip(table.labels, table.values, strict=True):
                names = tuple((part.id, table.key, label) for part in parts)
                yield PublishedSum(names, roll_up.method.bounds(value))


def _total_name(atom: ReleasedAtom) -> Name:
    return (atom.id, "", "n")
