"""Invented answers of many services, frozen quarter by quarter with the real rules.

No database: enough of a freeze to give the intruder a whole archive of honest documents.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import shake_256
from typing import Any

from coproduce.core.periods import freeze_day, periods_between, shift_period
from coproduce.reports.derived import derived_from
from coproduce.reports.disclosure import (
    Draw,
    draw_families,
    draw_option,
    draw_table,
    is_option_shown,
)
from coproduce.reports.freeze_plan import OpenPool, PlannedAtom, plan_freeze
from coproduce.reports.publications import (
    CATEGORIES,
    Atom,
    CategoryTable,
    Cell,
    Clock,
    Detail,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Publication,
    Subject,
    Table,
    document_from,
)
from coproduce.reports.released import ROLL_UP_SCHEMA

FIRST_PERIOD = "2025-Q1"
HEADLINES = ("overall", "accepted")
SMALL_REPORT = ("safe", "easy_in")
STATEMENTS = ("safe", "easy_in", "trust", "told_once")
FAMILIES = {
    "getting_in": ("hours", "wait", "distance"),
    "money_travel": ("cost", "fares"),
    "how_treated": ("judged", "not_believed", "refused"),
}
SUMMARY_OF = {
    "always": "good",
    "mostly": "good",
    "sometimes": "mixed",
    "hardly_ever": "poor",
    "never": "poor",
    "none": "none",
}


def chance(seed: str) -> Draw:
    """Eight bits at a time, the same for the same seed."""

    def stream() -> Iterator[int]:
        block = 0
        while True:
            yield from shake_256(f"{seed} {block}".encode()).digest(65_536)
            block += 1

    return stream().__next__


def below(limit: int, draw: Draw) -> int:
    """A whole number from 0 up to the limit, which is not included."""
    return (draw() << 16 | draw() << 8 | draw()) % limit


def pick(weights: Sequence[int], draw: Draw) -> int:
    """A place in the list, in proportion to its weight."""
    left = below(sum(weights), draw)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    raise AssertionError("the weights were all used up")


def split(total: int, weights: Sequence[int], draw: Draw) -> list[int]:
    """So many people spread over categories."""
    counts = [0] * len(weights)
    for _ in range(total):
        counts[pick(weights, draw)] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answers."""

    period: str
    through_provider: bool
    chosen: dict[str, str]
    picked: frozenset[str]


@dataclass(frozen=True, slots=True)
class SimulatedService:
    """A service with its own size and its own faults."""

    code: str
    areas: tuple[str, ...]
    rate: int
    weights: tuple[int, ...]
    barriers: dict[str, int]
    provider_share: int

    def answers(self, period: str, draw: Draw) -> list[Answer]:
        """What came in during one quarter."""
        return [self._answer(period, draw) for _ in range(below(2 * self.rate + 1, draw))]

    def _answer(self, period: str, draw: Draw) -> Answer:
        chosen = {
            key: CATEGORIES["five"][pick(self.weights, draw)] for key in (*HEADLINES, *STATEMENTS)
        }
        picked = frozenset(key for key, part in self.barriers.items() if below(100, draw) < part)
        return Answer(period, below(100, draw) < self.provider_share, chosen, picked)


def simulate_releases(services: int, quarters: int, seed: str) -> list[dict[str, Any]]:
    """Every document that honest freezes of all these quarters release, in order."""
    draw = chance(seed)
    simulated = {
        service.code: service
        for service in (_simulated_service(number, draw) for number in range(services))
    }
    waiting: dict[Clock, dict[str, list[Answer]]] = {
        "fast": {code: [] for code in simulated},
        "slow": {code: [] for code in simulated},
    }
    atoms: defaultdict[tuple[bool, str], list[Atom]] = defaultdict(list)
    documents: list[dict[str, Any]] = []
    last = shift_period(FIRST_PERIOD, quarters - 1)
    for edition in periods_between(FIRST_PERIOD, last):
        for code, service in simulated.items():
            arrived = service.answers(edition, draw)
            waiting["fast"][code] += arrived
            waiting["slow"][code] += arrived
        touched: dict[tuple[bool, str], None] = {}
        for clock, by_service in waiting.items():
            pools = [_pool(simulated[code], answers) for code, answers in by_service.items()]
            for planned in plan_freeze(pools, clock=clock, edition=edition, draw=draw).atoms:
                answers = [one for member in planned.members for one in by_service[member]]
                key = (planned.is_pool, planned.subject)
                atoms[key].append(tabulate(answers, planned, clock, edition, draw))
                touched[key] = None
                for member in planned.members:
                    by_service[member] = []
        for is_pool, code in touched:
            subject = Subject("pool" if is_pool else "service", code, code, ("Town", "Country"))
            documents.append(publish(subject, atoms[is_pool, code], edition))
    return documents


def small_archive() -> list[dict[str, Any]]:
    """Honest documents of twelve services over five quarters, to be spoilt at will."""
    return simulate_releases(services=12, quarters=5, seed="small")


def publish(subject: Subject, atoms: Sequence[Atom], edition: str) -> dict[str, Any]:
    """The document about a subject, with everything derived."""
    return document_from(
        Publication(
            edition=edition,
            published_on=freeze_day(edition).isoformat(),
            deployment="Northbridge",
            framework="2026-1",
            subject=subject,
            atoms=tuple(atoms),
            derived=derived_from(atoms, subject_kind=subject.kind, edition=edition),
        )
    )


def roll_up(
    name: str,
    counts: Mapping[str, Sequence[int]],
    method: Mapping[str, Any],
    edition: str,
) -> dict[str, Any]:
    """A sum of the same table over several atoms."""
    sums = [sum(column) for column in zip(*counts.values(), strict=True)]
    return {
        "schema": ROLL_UP_SCHEMA,
        "edition": edition,
        "published_on": freeze_day(edition).isoformat(),
        "deployment": "Northbridge",
        "method": dict(method),
        "subject": {"kind": "roll_up", "code": name, "name": name},
        "parts": list(counts),
        "tables": [overall_document(sums)],
    }


def honest_roll_up(documents: Sequence[dict[str, Any]], parts: int = 3) -> dict[str, Any]:
    """The displays of the first so many atoms added up."""
    displays: dict[str, list[int]] = {}
    for document in documents:
        for atom in document["atoms"]:
            if atom["clock"] == "fast" and len(displays) < parts:
                displays[atom["id"]] = [cell[1] for cell in atom["tables"][0]["cells"]]
    return roll_up("town", displays, documents[0]["method"], documents[-1]["edition"])


def overall_document(values: Sequence[int | None]) -> dict[str, Any]:
    """The table of the first headline question, also with hidden cells."""
    cells = [list(pair) for pair in zip(CATEGORIES["three"], values, strict=True)]
    return {"key": "overall", "kind": "one", "detail": "three", "cells": cells}


def tabulate(
    answers: Sequence[Answer], planned: PlannedAtom, clock: Clock, edition: str, draw: Draw
) -> Atom:
    """The atom that a freeze makes of these answers."""
    drawn: list[Table | None]
    if clock == "fast":
        drawn = [category_table(key, "three", answers, draw) for key in HEADLINES]
    elif planned.tier == 1:
        headlines = [category_table(key, "three", answers, draw) for key in SMALL_REPORT]
        drawn = [*headlines, _family_table(answers, draw)]
    else:
        statements = [category_table(key, "five", answers, draw) for key in STATEMENTS]
        drawn = [*statements, _option_table(answers, draw)]
    return Atom(
        id=new_atom_id(draw),
        clock=clock,
        edition=edition,
        periods=planned.periods,
        n=planned.n,
        tier=planned.tier,
        tables=tuple(table for table in drawn if table is not None),
        is_pool=planned.is_pool,
    )


def category_table(
    key: str, detail: Detail, answers: Sequence[Answer], draw: Draw
) -> CategoryTable | None:
    """One question of all these answers, noisy, or nothing where it is withheld."""
    chosen = [one.chosen[key] for one in answers]
    if detail == "three":
        chosen = [SUMMARY_OF[value] for value in chosen]
    labels = CATEGORIES[detail]
    displays = draw_table([chosen.count(label) for label in labels], draw)
    if displays is None:
        return None
    return CategoryTable(key, detail, tuple(map(Cell, labels, displays)))


def new_atom_id(draw: Draw) -> str:
    """Sixteen random bytes."""
    return bytes(draw() for _ in range(16)).hex()


def _family_table(answers: Sequence[Answer], draw: Draw) -> Table:
    counts = {
        family: sum(not one.picked.isdisjoint(options) for one in answers)
        for family, options in FAMILIES.items()
    }
    return FamilyTable("barriers", draw_families(counts, draw))


def _option_table(answers: Sequence[Answer], draw: Draw) -> Table:
    shown = []
    for option in (option for options in FAMILIES.values() for option in options):
        picked = sum(option in one.picked for one in answers)
        displays = draw_option(picked, len(answers), draw)
        if displays is not None and is_option_shown(displays[0]):
            shown.append(OptionCounts(option, *displays))
    return OptionTable("barriers", tuple(shown))


def _pool(service: SimulatedService, answers: Sequence[Answer]) -> OpenPool:
    by_period: defaultdict[str, int] = defaultdict(int)
    for answer in answers:
        by_period[answer.period] += 1
    through_provider = sum(answer.through_provider for answer in answers)
    return OpenPool(service.code, service.areas, by_period, through_provider)


def _simulated_service(number: int, draw: Draw) -> SimulatedService:
    town, county = number % 20, number % 5
    return SimulatedService(
        code=f"S{number:04d}",
        areas=(f"town-{town:02d}", f"county-{county}", "region", "nation"),
        rate=(2, 5, 12, 30, 80)[below(5, draw)],
        weights=tuple(1 + below(30, draw) for _ in CATEGORIES["five"]),
        barriers={option: below(25, draw) for options in FAMILIES.values() for option in options},
        provider_share=(0, 30, 60, 90)[below(4, draw)],
    )
