"""The screens: sums that tell where the answers to one service in one quarter look odd.

None needs to know who answered, or when. None proves anything: they say where a person should look.
What each finds, and what it does not, was measured (docs/threat-model.md, "Stuffed answers").
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, log1p, sqrt

ODD = 0.001
"""Chance below which answers look odd. Source: ADR 0016."""

FEWEST = 5
"""Answers a screen points at, at least. Source: release rule R6: nothing about fewer than five."""

FEWEST_FOR_BURST = 10
"""Answers below which there is no burst. Source: release rule R3: fewer are not counted alone."""

STATEMENTS = 8
"""Statements that must be answered before a straight line says anything.

With fewer, people who are simply content or not give one too often. Source: ADR 0016.
"""

STRAIGHT_ANYHOW = 0.15
"""Share of people who tick one place everywhere although nobody stuffs. Source: ADR 0016."""

ENOUGH_ELSEWHERE = 50
"""Answers elsewhere from which on their own share of straight lines is used, if it is larger.

Source: ADR 0016: from here on the share is known to within about 10 points.
"""

ODD_CONTRAST = 0.01
"""The same for means that differ, because few ratings say less. Source: ADR 0016."""

LARGE_CONTRAST = 0.8
"""Points of five between two means from which on they differ. Source: ADR 0016."""

EXACT_UP_TO = 60
"""Ratings up to which all ways of dealing them out are counted; beyond it the bell curve does.

Source: ADR 0016: both give the same verdict from about 20 ratings on; the exact one takes long.
"""

ALIKE = 0.6
"""Share of pieces two texts have in common from which on they are nearly the same.

Source: ADR 0016.
"""

PIECE = 3
"""Words in a row that are compared. Source: Broder 1997, On the resemblance and containment of
documents, shingles; ADR 0016.
"""

FEWEST_WORDS = 8
"""Words below which a text is too common to compare. Source: ADR 0016."""

FEWEST_TEXTS = 3
"""Texts that must be alike. Two can be one person who wrote twice. Source: ADR 0016."""

MUCH_MORE = 2
"""How many times as much as a person counted must be odd before they are asked again.

Source: ADR 0016.
"""

ROUNDED_TO = 5
"""What is kept of a number is rounded up to this. Source: ADR 0016."""


@dataclass(frozen=True, slots=True)
class Given:
    """The answers of one form.

    Attributes:
        id: which form.
        choices: of each question that was answered, what was chosen; of several picks, all.
        places: of each statement that was answered, the place on the scale, counted from the best.
        points: how it was, from 5 for the best to 1; None if that was not said.
        through_provider: True if the provider itself handed out the card.
    """

    id: bytes
    choices: Mapping[str, str]
    places: tuple[int, ...] = ()
    points: int | None = None
    through_provider: bool = False

    @property
    def is_long(self) -> bool:
        """True if enough statements were answered to tell people apart."""
        return len(self.places) >= STATEMENTS

    @property
    def line(self) -> int | None:
        """The place that was chosen for every statement; None if there is no such place."""
        return self.places[0] if self.is_long and len(set(self.places)) == 1 else None


@dataclass(frozen=True, slots=True)
class Lines:
    """Straight lines among the long answers to all other services, by place."""

    number: int = 0
    by_place: Mapping[int, int] | None = None

    def share(self, place: int) -> float:
        """Return the share of straight lines at a place that is expected where nobody stuffs."""
        if self.number < ENOUGH_ELSEWHERE or not self.by_place:
            return STRAIGHT_ANYHOW
        return max(STRAIGHT_ANYHOW, self.by_place.get(place, 0) / self.number)


def poisson_tail(count: int, expected: float) -> float:
    """Return the chance of so many or more where so many are expected."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if count <= expected:
        return 1.0 - sum(_poisson(number, expected) for number in range(count))
    term, total = _poisson(count, expected), 0.0
    while term > total * 1e-17:
        total += term
        count += 1
        term *= expected / count
    return total


def binomial_tail(count: int, number: int, share: float) -> float:
    """Return the chance that so many or more of a number do what this share of people do."""
    if count <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if count <= number else 0.0
    return min(1.0, sum(_binomial(k, number, share) for k in range(count, number + 1)))


def is_burst(number: int, history: Sequence[float]) -> bool:
    """Return True if far more people answered than in the quarters before.

    A service without history has no burst.

    Args:
        number: answers in this quarter.
        history: answers in earlier quarters, as far as they are known.
    """
    if number < FEWEST_FOR_BURST or not history:
        return False
    return poisson_tail(number, sum(history) / len(history)) < ODD


def find_burst(answers: Sequence[Given], history: Sequence[float]) -> frozenset[bytes]:
    """Return the answers that may have made a burst: the largest group of equal ones.

    Days are not kept, so nobody can say who came last. Somebody who sends many forms wants to say
    one thing; a real rush says many. If no group of equal answers makes at least half of what is
    too much, nothing is pointed at: honest answers are not held back for others.
    """
    too_many = len(answers) - sum(history) / len(history)
    groups = _equal(answers).values()
    largest = max(groups, key=len, default=())
    return frozenset(largest if len(largest) >= max(FEWEST, too_many / 2) else ())


def find_copies(answers: Sequence[Given]) -> frozenset[bytes]:
    """Return answers that are the same in every question, more often than chance gives.

    How often each answer is given says how many equal forms are expected. Short forms are compared
    with short ones, long with long: who skips one statement skips most. Straight lines are left to
    their own screen, because people who are content with everything say so.
    """
    found: set[bytes] = set()
    for group in ([a for a in answers if a.is_long], [a for a in answers if not a.is_long]):
        questions = {key for answer in group for key in answer.choices}
        how_often = {q: Counter(answer.choices.get(q) for answer in group) for q in questions}
        equal = _equal(answer for answer in group if answer.line is None)
        large = {choices: ids for choices, ids in equal.items() if len(ids) >= FEWEST}
        for choices, ids in large.items():
            chosen = dict(choices)
            expected = float(len(group))
            for question in questions:
                expected *= how_often[question][chosen.get(question)] / len(group)
            if poisson_tail(len(ids), expected) < ODD / len(large):
                found |= set(ids)
    return frozenset(found)


def find_straight_lines(answers: Iterable[Given], elsewhere: Lines) -> frozenset[bytes]:
    """Return answers with one place everywhere, where there are more of them than people give."""
    long = [answer for answer in answers if answer.is_long]
    places: defaultdict[int, set[bytes]] = defaultdict(set)
    for answer in long:
        if answer.line is not None:
            places[answer.line].add(answer.id)
    return frozenset(
        answer_id
        for place, ids in places.items()
        if len(ids) >= FEWEST and binomial_tail(len(ids), len(long), elsewhere.share(place)) < ODD
        for answer_id in ids
    )


def find_contrast(answers: Iterable[Given]) -> frozenset[bytes]:
    """Return what came through the provider's own cards, if it is much better than all else."""
    own: list[int] = []
    others: list[int] = []
    ids: set[bytes] = set()
    for answer in answers:
        if answer.through_provider:
            ids.add(answer.id)
        if answer.points is not None:
            (own if answer.through_provider else others).append(answer.points)
    if min(len(own), len(others)) < FEWEST:
        return frozenset()
    if sum(own) / len(own) - sum(others) / len(others) < LARGE_CONTRAST:
        return frozenset()
    return frozenset(ids) if chance_of_contrast(own, others) < ODD_CONTRAST else frozenset()


def chance_of_contrast(own: Sequence[int], others: Sequence[int]) -> float:
    """Return the chance of ratings as good as the first if all were dealt out blindly.

    A permutation test: up to `EXACT_UP_TO` ratings every way of dealing is counted, so that the
    same answers always give the same verdict.
    """
    everything = Counter([*own, *others])
    number, total = len(own) + len(others), sum(own) + sum(others)
    if number > EXACT_UP_TO:
        mean = total / number
        spread = sum(n * (points - mean) ** 2 for points, n in everything.items()) / (number - 1)
        deviation = sqrt(spread * len(own) * len(others) / number)
        # Half a point less, because sums are whole numbers.
        return erfc((sum(own) - 0.5 - mean * len(own)) / deviation / sqrt(2)) / 2
    ways = Counter({(0, 0): 1})
    for points, there in everything.items():
        dealt: Counter[tuple[int, int]] = Counter()
        for (cards, so_far), so_many in ways.items():
            several = 1
            for taken in range(min(there, len(own) - cards) + 1):
                dealt[cards + taken, so_far + taken * points] += so_many * several
                several = several * (there - taken) // (taken + 1)
        ways = dealt
    full = {so_far: n for (cards, so_far), n in ways.items() if cards == len(own)}
    return sum(n for so_far, n in full.items() if so_far >= sum(own)) / sum(full.values())


def count_same_words(texts: Iterable[str]) -> int:
    """Return how many texts are nearly the same as two others at least."""
    pieces = [_pieces(text) for text in texts]
    where: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for text, of_text in enumerate(pieces):
        for piece in of_text:
            where[piece].append(text)
    shared: Counter[tuple[int, int]] = Counter()
    for holders in where.values():
        shared.update((a, b) for i, a in enumerate(holders) for b in holders[i + 1 :])
    alike: Counter[int] = Counter()
    for (a, b), both in shared.items():
        if both >= ALIKE * (len(pieces[a]) + len(pieces[b]) - both):
            alike.update((a, b))
    return sum(others >= FEWEST_TEXTS - 1 for others in alike.values())


def rounded_up(number: int) -> int:
    """Return what is kept of a number."""
    return -(-number // ROUNDED_TO) * ROUNDED_TO


def is_asked_again(
    *, was_counted: bool, size_then: int, size: int, points_at: Collection[bytes]
) -> bool:
    """Return True if a person who decided already is asked again about the same screen.

    What they left out is deleted, so whatever a screen points at now came later. What they counted
    is still there: they are asked again only when it is twice as much.
    """
    return size >= MUCH_MORE * size_then if was_counted else bool(points_at)


def _equal(answers: Iterable[Given]) -> dict[frozenset[tuple[str, str]], list[bytes]]:
    groups: defaultdict[frozenset[tuple[str, str]], list[bytes]] = defaultdict(list)
    for answer in answers:
        groups[frozenset(answer.choices.items())].append(answer.id)
    return groups


def _pieces(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    if len(words) < FEWEST_WORDS:
        return frozenset()
    return frozenset(tuple(words[i : i + PIECE]) for i in range(len(words) - PIECE + 1))


def _poisson(count: int, expected: float) -> float:
    return exp(count * log(expected) - expected - lgamma(count + 1))


def _binomial(count: int, number: int, share: float) -> float:
    if share <= 0:
        return 0.0
    ways = lgamma(number + 1) - lgamma(count + 1) - lgamma(number - count + 1)
    return exp(ways + count * log(share) + (number - count) * log1p(-share))
