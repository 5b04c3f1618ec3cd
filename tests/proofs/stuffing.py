"""Invented people who answer honestly, and somebody who stuffs; chance comes from numbered dice.

Real answers hang together: who is content is content with most, some tick one place everywhere,
many answer the first question alone. A simulation without that would make every screen look good.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from coproduce.demonstration.dice import Dice
from coproduce.feedback.framework import Kind, Question, load_framework
from coproduce.feedback.screens import (
    Given,
    Lines,
    find_contrast,
    find_copies,
    find_straight_lines,
    is_burst,
)

MOODS = {"80-100": 55, "40-90": 30, "0-50": 15}
"""Between which moods people are, and how many in a hundred are of this kind."""

NATURAL = (100, 75, 50, 25, 0)
"""The mood at which each place of a scale is the natural one, from the best."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How honest people answer, in parts of a hundred.

    Attributes:
        long: who answer the statements under "Two more minutes?" too.
        liners: of these, who tick one place everywhere.
        blank: how often a statement is left out.
        through_provider: who came through the provider's own cards.
        happier: by how much those feel better.
    """

    long: int = 60
    liners: int = 20
    blank: int = 10
    through_provider: int = 40
    happier: int = 0


def honest(crowd: Crowd, dice: Dice, mood: int | None = None) -> Given:
    """Return what one person answers, in the mood that is given or in one of their own."""
    is_through_provider = dice.happens(crowd.through_provider)
    if mood is None:
        low, high = map(int, dice.one_of(MOODS).split("-"))
        mood = low + dice.below(high - low + 1) + (crowd.happier if is_through_provider else 0)
    choices: dict[str, str] = {}
    overall = _overall()
    points = None
    if not dice.happens(5):
        place = _place(mood, dice)
        points = 5 - place
        choices[overall.key] = overall.options[place].key
    if not dice.happens(25 + mood // 2):
        choices["barriers"] = _picks("barriers", dice)
    places: list[int] = []
    if dice.happens(crowd.long):
        same = _place(mood, dice) if dice.happens(crowd.liners) else None
        for question in _statements():
            if same is None and dice.happens(crowd.blank):
                continue
            places.append(_place(mood, dice) if same is None else same)
            choices[question.key] = question.options[places[-1]].key
        for key, share in (("matters", 65), ("helped", 60)):
            if dice.happens(share):
                choices[key] = _picks(key, dice)
    return Given(dice.bytes(6), choices, tuple(places), points, is_through_provider)


class Stuffing(StrEnum):
    """What somebody sends who wants better numbers."""

    ALL_BEST = "the best answer everywhere"
    FIRST_ONLY = "the best answer to the first question, nothing else"
    VARIED = "good answers that differ, as a very content person gives them"


def stuffed(how: Stuffing, dice: Dice, *, through_provider: bool) -> Given:
    """Return one form of somebody who stuffs."""
    if how is Stuffing.VARIED:
        content = honest(Crowd(long=100, liners=0), dice, mood=100)
        return replace(content, through_provider=through_provider)
    best = {_overall().key: _overall().options[0].key}
    places: tuple[int, ...] = ()
    if how is Stuffing.ALL_BEST:
        best |= {q.key: q.options[0].key for q in _statements()}
        places = (0,) * len(_statements())
    return Given(dice.bytes(6), best, places, 5, through_provider)


def about(rate: int, dice: Dice) -> int:
    """Return a number of people as they come by chance where so many are usual."""
    return sum(dice.below(1000) < rate for _each in range(1000))


def published(number: int, dice: Dice) -> float:
    """Return a number of people as a report shows it: moved by chance, then rounded to 5."""
    return max(10, 5 * round((number + dice.below(256).bit_count() - 4) / 5))


def struck(answers: Sequence[Given], history: Sequence[float]) -> set[str]:
    """Return which screens strike."""
    found = {
        "same answers": find_copies(answers),
        "straight lines": find_straight_lines(answers, Lines()),
        "provider cards": find_contrast(answers),
    }
    kinds = {kind for kind, ids in found.items() if ids}
    return kinds | ({"burst"} if is_burst(len(answers), history) else set())


@cache
def _overall() -> Question:
    return next(q for q in load_framework().asked_about(service=True) if q.key == "overall")


@cache
def _statements() -> tuple[Question, ...]:
    questions = load_framework().asked_about(service=True)
    return tuple(q for q in questions if q.kind is Kind.ONE and q.key != "overall")


@cache
def _keys(question: str) -> tuple[str, ...]:
    asked = load_framework().asked_about(service=True)
    return tuple(o.key for q in asked if q.key == question for o in q.options)


def _place(mood: int, dice: Dice) -> int:
    weights = {str(i): max(1, 40 - abs(mood - own)) ** 2 for i, own in enumerate(NATURAL)}
    return int(dice.one_of(weights))


def _picks(question: str, dice: Dice) -> str:
    """Return one to four picks; the first ones of the list come up most."""
    keys = _keys(question)
    weights = {key: 1000 // (rank + 1) for rank, key in enumerate(keys)}
    return " ".join(sorted({dice.one_of(weights) for _each in range(1 + dice.below(4))}))
