"""Counting the answers of one atom, once, into tables that may be published."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from coproduce.feedback.framework import Clock as QuestionClock
from coproduce.feedback.framework import Framework, Kind, Question
from coproduce.reports.disclosure import (
    Draw,
    draw_families,
    draw_option,
    draw_table,
    is_option_shown,
)
from coproduce.reports.publications import (
    CATEGORIES,
    CategoryTable,
    Cell,
    Clock,
    Detail,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Table,
)

SMALL_TIER = 1
"""The tier that shows headline questions in three categories and families without numbers."""


def tabulate(
    answers: Iterable[Mapping[str, Any]],
    framework: Framework,
    *,
    clock: Clock,
    tier: int,
    about_service: bool,
    draw: Draw,
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return the tables of an atom, and the keys of those that had to be withheld.

    The answers are read once, in any order; only counts are kept.

    Args:
        answers: the answers of each response: question key to key, or to a list of keys.
        framework: the questions.
        clock: whose questions are counted.
        tier: how much detail the displayed total allows.
        about_service: False for people who never got in.
        draw: eight random bits.

    Source: docs/disclosure.md, R4 to R6.
    """
    questions = [
        question
        for question in framework.asked_about(service=about_service)
        if question.clock is QuestionClock(clock)
    ]
    counts = _Counts(questions)
    for answer in answers:
        counts.add(answer)
    tables: list[Table] = []
    withheld: list[str] = []
    for question in questions:
        table, missing = _table(question, counts, clock, tier, draw)
        withheld += missing
        if table is not None:
            tables.append(table)
    return tuple(tables), tuple(withheld)


class _Counts:
    """How many people gave each answer, and how many named each family, to some questions."""

    def __init__(self, questions: list[Question]) -> None:
        self.people = 0
        self.options: dict[str, Counter[str]] = {q.key: Counter() for q in questions}
        self.families: dict[str, Counter[str]] = {q.key: Counter() for q in questions}
        self._family_of = {
            q.key: {option.key: option.family for option in q.options} for q in questions
        }

    def add(self, answer: Mapping[str, Any]) -> None:
        """Count the answers of one person."""
        self.people += 1
        for key, options in self.options.items():
            given = answer.get(key)
            if given is None:
                continue
            picked = [given] if isinstance(given, str) else given
            options.update(picked)
            families = {self._family_of[key].get(option) for option in picked}
            self.families[key].update(family for family in families if family)


def _table(
    question: Question, counts: _Counts, clock: Clock, tier: int, draw: Draw
) -> tuple[Table | None, list[str]]:
    if question.kind is Kind.ONE:
        if clock == "slow" and tier == SMALL_TIER and not question.headline:
            return None, []
        coarse = clock == "fast" or tier == SMALL_TIER
        return _category_table(question, counts, "three" if coarse else "five", draw)
    if tier == SMALL_TIER:
        named = {family: counts.families[question.key][family] for family in question.families}
        return FamilyTable(question.key, draw_families(named, draw)), []
    return _option_table(question, counts, draw)


def _category_table(
    question: Question, counts: _Counts, detail: Detail, draw: Draw
) -> tuple[CategoryTable | None, list[str]]:
    cells = dict.fromkeys(CATEGORIES[detail], 0)
    for option in question.options:
        group = option.group or "none"
        cell = group if detail == "three" or group == "none" else option.key
        cells[cell] += counts.options[question.key][option.key]
    cells["none"] = counts.people - sum(n for cell, n in cells.items() if cell != "none")
    displays = draw_table(tuple(cells.values()), draw)
    if displays is None:
        return None, [question.key]
    shown = tuple(Cell(key, display) for key, display in zip(cells, displays, strict=True))
    return CategoryTable(question.key, detail, shown), []


def _option_table(question: Question, counts: _Counts, draw: Draw) -> tuple[OptionTable, list[str]]:
    shown: list[OptionCounts] = []
    withheld: list[str] = []
    for option in question.options:
        displays = draw_option(counts.options[question.key][option.key], counts.people, draw)
        if displays is None:
            withheld.append(f"{question.key}.{option.key}")
        elif is_option_shown(displays[0]):
            shown.append(OptionCounts(option.key, *displays))
    return OptionTable(question.key, tuple(shown)), withheld
