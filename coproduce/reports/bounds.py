"""The least and the most each hidden count can be, given every published sum.

The general case, by integer programming (HiGHS through scipy, from the extra ``audit``).
Tables that share nothing but their total need only ``disclosure.bounds_within``.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from coproduce.reports.disclosure import Interval

Name = TypeVar("Name", bound=Hashable)

INFEASIBLE = 2
"""The status by which HiGHS says that nothing fits. Source: scipy.optimize.milp."""


@dataclass(frozen=True, slots=True)
class PublishedSum(Generic[Name]):
    """That some counts, added up and less others, lie in an interval."""

    added: tuple[Name, ...]
    total: Interval
    taken_away: tuple[Name, ...] = ()


class ContradictionError(ValueError):
    """No true counts could have led to what was published."""


def integer_bounds(
    counts: Mapping[Name, Interval], sums: Sequence[PublishedSum[Name]]
) -> dict[Name, Interval]:
    """What each count can still be: both ends are reached by some whole-number solution.

    Args:
        counts: what each count can be on its own.
        sums: everything published that ties counts together.

    Raises:
        ContradictionError: if nothing fits all of it.

    Source: docs/disclosure.md, C4; the attacker's problem of Fischetti and Salazar.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    names = list(counts)
    place = {name: number for number, name in enumerate(names)}
    entries = [
        (row, place[name], sign)
        for row, published in enumerate(sums)
        for sign, part in ((1, published.added), (-1, published.taken_away))
        for name in part
    ]
    rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = csr_array((signs, (rows, columns)), shape=(len(sums), len(names)))
    limits = Bounds([counts[name].low for name in names], [counts[name].high for name in names])
    constraint = LinearConstraint(
        matrix, [published.total.low for published in sums], [s.total.high for s in sums]
    )

    def least(name: Name, sign: int) -> int:
        objective = [0] * len(names)
        objective[place[name]] = sign
        solution = milp(
            objective,
            integrality=[1] * len(names),
            bounds=limits,
            constraints=constraint,
            options={"mip_rel_gap": 0},
        )
        if solution.status == INFEASIBLE:
            raise ContradictionError(f"nothing fits the published sums of {name!r}")
        if not solution.success:
            raise ArithmeticError(solution.message)
        return round(solution.fun)

    return {name: Interval(least(name, 1), -least(name, -1)) for name in names}
