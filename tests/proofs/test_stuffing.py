"""T17: somebody who stuffs a service is noticed, and honest people are left alone.

`pytest -s` prints what was measured; the table in docs/threat-model.md comes from `make prove`.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from coproduce.demonstration.dice import Dice
from coproduce.feedback.screens import Given
from tests.conftest import PROVE
from tests.proofs.stuffing import Crowd, Stuffing, about, honest, published, struck, stuffed

RUNS = 500 if PROVE else 40
USUAL = 20
"""Honest answers in a quarter. Source: privacy test T17 (docs/threat-model.md)."""

QUARTERS = 4
MOST_FALSE = 0.05
LEAST_FOUND = {10: 0.5, 20: 0.8}
"""Share of runs in which so many stuffed answers must be found. Source: privacy test T17."""

Screens = Callable[[Sequence[Given], Sequence[float]], set[str]]


def found(
    how: Stuffing,
    added: int,
    screens: Screens = struck,
    *,
    quarters: int = QUARTERS,
    through_provider: bool = False,
) -> float:
    """Return in which share of runs any screen strikes when so many answers are stuffed."""
    kinds: Counter[str] = Counter()
    runs = 0
    for run in range(RUNS):
        dice = Dice(f"{how} {added} {quarters} {through_provider} {run}")
        answers = [honest(Crowd(), dice) for _person in range(USUAL)]
        answers += [stuffed(how, dice, through_provider=through_provider) for _form in range(added)]
        history = [published(about(USUAL, dice), dice) for _quarter in range(quarters)]
        kinds.update(strikes := screens(answers, history))
        runs += bool(strikes)
    by_kind = {kind: number / RUNS for kind, number in kinds.items()}
    cards = "own cards" if through_provider else "open link"
    print(f"{how}, {added} added, {cards}, {quarters} quarters: {runs / RUNS}, {by_kind}")  # noqa: T201 - figures for the table, by -s
    return runs / RUNS


def false_flags(crowd: Crowd, screens: Screens = struck) -> float:
    """Return in which share of honest quarters any screen strikes, looked at after each answer."""
    kinds: Counter[str] = Counter()
    runs = 0
    for run in range(RUNS):
        dice = Dice(f"{crowd} {run}")
        answers = [honest(crowd, dice) for _person in range(about(USUAL, dice))]
        history = [published(about(USUAL, dice), dice) for _quarter in range(QUARTERS)]
        looks = [screens(answers[:end], history) for end in range(5, len(answers) + 1)]
        strikes = set().union(*looks)
        kinds.update(strikes)
        runs += bool(strikes)
    print(f"honest {crowd}: {runs / RUNS}, { ({k: n / RUNS for k, n in kinds.items()}) }")  # noqa: T201 - figures for the table, by -s
    return runs / RUNS


@pytest.mark.parametrize("quarters", [QUARTERS, 0])
@pytest.mark.parametrize("through_provider", [False, True])
@pytest.mark.parametrize("added", LEAST_FOUND)
def test_the_best_answers_everywhere_are_found(
    added: int, through_provider: bool, quarters: int
) -> None:
    """Also at a service without history, and through the provider's own cards."""
    share = found(Stuffing.ALL_BEST, added, quarters=quarters, through_provider=through_provider)
    assert share >= LEAST_FOUND[added]


def test_twenty_short_forms_are_found_where_there_is_a_history() -> None:
    assert found(Stuffing.FIRST_ONLY, 20) >= LEAST_FOUND[20]
    assert found(Stuffing.VARIED, 20) >= LEAST_FOUND[20]


@pytest.mark.prove
@pytest.mark.parametrize("through_provider", [False, True])
@pytest.mark.parametrize("added", [5, 10, 20])
@pytest.mark.parametrize("how", Stuffing)
def test_what_is_found_of_all_kinds_of_stuffing_is_written_down(
    how: Stuffing, added: int, through_provider: bool
) -> None:
    """More stuffing is not found less often. The figures are in docs/threat-model.md."""
    less = found(how, added // 2, through_provider=through_provider)
    assert found(how, added, through_provider=through_provider) >= less - 0.05


@pytest.mark.parametrize(
    "crowd",
    [Crowd(), Crowd(long=100), Crowd(liners=40), Crowd(liners=60, blank=0)],
    ids=["usual", "all long", "many straight lines", "straight lines most"],
)
def test_honest_people_are_left_alone(crowd: Crowd) -> None:
    assert false_flags(crowd) <= MOST_FALSE


@pytest.mark.prove
def test_people_who_are_a_little_happier_with_cards_are_seldom_told_of() -> None:
    assert false_flags(Crowd(happier=5)) <= MOST_FALSE


def test_a_screen_that_never_strikes_would_not_pass() -> None:
    """A known-bad one."""
    blind: Screens = lambda _answers, _history: set()  # noqa: E731 - it is all there is to say
    assert found(Stuffing.ALL_BEST, 20, blind) < LEAST_FOUND[20]


def test_a_screen_that_knows_margins_only_would_flag_honest_people() -> None:
    """A known-bad one: it takes every five equal forms for copies, whoever is content."""

    def naive(answers: Sequence[Given], _history: Sequence[float]) -> set[str]:
        equal = Counter(frozenset(answer.choices.items()) for answer in answers)
        return {"same answers"} if max(equal.values()) >= 3 else set()

    assert false_flags(Crowd(), naive) > MOST_FALSE
