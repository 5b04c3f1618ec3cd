"""Which answers a freeze tabulates together, and which wait for the next one.

Pure: a command brings the open pools of one clock as plain data and gets a plan back. An
answer stands in at most one planned atom; what no atom takes is carried, never dropped.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coproduce.core.periods import quarters_between
from coproduce.reports.disclosure import (
    FULL_DETAIL_FROM,
    Draw,
    displayed_total,
    may_show_detail,
    passes_gate,
    passes_pool_gate,
    tier_of,
)
from coproduce.reports.publications import Clock

PATIENCE = 4
"""Freezes after which open answers no longer wait: they are closed small, or climb.

Source: docs/disclosure.md, R3.
"""


@dataclass(frozen=True, slots=True)
class OpenPool:
    """What one service, or one area's need, has waiting on one clock: answers, or texts.

    Attributes:
        subject: id of the service or area.
        areas: ids of the areas it can climb to, nearest first: town, county, region, nation.
        answers: open answers by period; none of them is in an atom.
        through_provider: how many of them came through the provider itself.
    """

    subject: str
    areas: tuple[str, ...]
    answers: Mapping[str, int]
    through_provider: int = 0

    @property
    def size(self) -> int:
        """All open answers."""
        return sum(self.answers.values())

    @property
    def periods(self) -> tuple[str, ...]:
        """The quarters that hold open answers, oldest first."""
        return tuple(sorted(period for period, count in self.answers.items() if count))


@dataclass(frozen=True, slots=True)
class PlannedAtom:
    """Open answers that will be tabulated together.

    Attributes:
        subject: the service or area that stands alone, or the area of a pool.
        members: the subjects whose open answers go in, all of them.
        n: the display of the number of answers; drawn once, decides the tier and is
            published.
    """

    subject: str
    is_pool: bool
    members: tuple[str, ...]
    periods: tuple[str, ...]
    n: int
    tier: int


@dataclass(frozen=True, slots=True)
class FreezePlan:
    """What a freeze does on one clock.

    Attributes:
        atoms: local ones first, then pools from the nearest areas to the widest.
        carried: subjects whose answers wait for the next freeze.
    """

    atoms: tuple[PlannedAtom, ...]
    carried: tuple[str, ...]


def plan_freeze(pools: Iterable[OpenPool], *, clock: Clock, edition: str, draw: Draw) -> FreezePlan:
    """Every open answer is in exactly one planned atom, or carried.

    A service stands alone where it passes the gate. What is too small and has waited for
    four freezes climbs from area to area until enough has come together; what is not enough
    even in the widest area is carried. Where the provider itself brought most answers, the
    slow ones are carried however many they are: in a pool they would outweigh all others.

    Args:
        pools: services, or areas' needs; the two are planned apart.
        clock: the fast clock closes whatever passes the gate; the slow one, and that of
            words, wait for full detail or four quarters.
        edition: the period that is frozen; later answers must not be in the pools.
        draw: eight random bits.

    Source: docs/disclosure.md, R1, R3 and R6.
    """
    waiting = sorted((pool for pool in pools if pool.size), key=lambda pool: pool.subject)
    local = {
        pool.subject: atom
        for pool in waiting
        if (atom := _local_atom(pool, clock, edition, draw)) is not None
    }
    left = [pool for pool in waiting if pool.subject not in local]
    climbing = [
        pool for pool in left if not passes_gate(pool.size) and has_waited_enough(pool, edition)
    ]
    pooled = _climb(climbing, clock, draw)
    placed = {member for atom in pooled for member in atom.members}
    return FreezePlan(
        atoms=(*local.values(), *pooled),
        carried=tuple(pool.subject for pool in left if pool.subject not in placed),
    )


def has_waited_enough(pool: OpenPool, edition: str) -> bool:
    """Whether this is the fourth freeze, or a later one, for the oldest open answers.

    Source: docs/disclosure.md, R3.
    """
    return bool(pool.periods) and quarters_between(pool.periods[0], edition) + 1 >= PATIENCE


def _local_atom(pool: OpenPool, clock: Clock, edition: str, draw: Draw) -> PlannedAtom | None:
    if not passes_gate(pool.size):
        return None
    if clock != "fast" and not may_show_detail(pool.size, pool.through_provider):
        return None
    atom = _planned(pool.subject, [pool], clock, draw, is_pool=False)
    if clock != "fast" and atom.n < FULL_DETAIL_FROM and not has_waited_enough(pool, edition):
        return None
    return atom


def _climb(climbing: Sequence[OpenPool], clock: Clock, draw: Draw) -> list[PlannedAtom]:
    """Try the nearest areas first; whoever is left joins the next larger area."""
    atoms: list[PlannedAtom] = []
    left = {pool.subject: pool for pool in climbing}
    for level in range(max((len(pool.areas) for pool in climbing), default=0)):
        for area, members in sorted(_by_area(left.values(), level).items()):
            if _may_pool(members, clock):
                atoms.append(_planned(area, members, clock, draw, is_pool=True))
                for member in members:
                    del left[member.subject]
    return atoms


def _by_area(pools: Iterable[OpenPool], level: int) -> dict[str, list[OpenPool]]:
    areas: defaultdict[str, list[OpenPool]] = defaultdict(list)
    for pool in pools:
        if level < len(pool.areas):
            areas[pool.areas[level]].append(pool)
    return areas


def _may_pool(members: Sequence[OpenPool], clock: Clock) -> bool:
    sizes = [pool.size for pool in members]
    through_provider = sum(pool.through_provider for pool in members)
    if clock != "fast" and not may_show_detail(sum(sizes), through_provider):
        return False
    return passes_pool_gate(sizes)


def _planned(
    subject: str, members: Sequence[OpenPool], clock: Clock, draw: Draw, *, is_pool: bool
) -> PlannedAtom:
    n = displayed_total(sum(pool.size for pool in members), draw())
    return PlannedAtom(
        subject=subject,
        is_pool=is_pool,
        members=tuple(pool.subject for pool in members),
        periods=tuple(sorted({period for pool in members for period in pool.periods})),
        n=n,
        tier=0 if clock == "fast" else tier_of(n),
    )
