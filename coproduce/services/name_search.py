"""Finding names by what people type: case, accents, order, gaps and slips of spelling forgiven.

Pure values in, pure values out. An index is made once for a directory and kept until it changes.
How well it finds was measured with the numbers below: docs/directory.md, how people find a service.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from itertools import islice, pairwise, takewhile

from coproduce.core.text import folded

WORDS_AT_MOST = 12
"""Words of a search that count; a longer one is no name, and each word costs time."""

INDEXES_KEPT = 4
"""Indexes in memory: services for everyone, services for readers, areas, and one more."""

MATCHES_AT_MOST = 25
"""Words of the directory that one typed word may stand for; the likest are taken."""

_ABOUT_WEIGHT = 0.8
"""What a word of the kind or the area counts for, against 1 for one of the name."""

_LIKE_ENOUGH = 0.72
"""How like two words must be, from 0 to 1: one slip in four letters, two in seven.

Source: measured on 1,268 clinics with made-up slips; docs/directory.md, how people find a service.
"""

_SHORTEST_WITH_SLIPS = 4
"""Letters of the shortest word in which a slip is forgiven: "cab" and "car" are two words."""

_SHARED_PAIRS = 0.4
"""Share of letter pairs two words must have in common before they are compared closely."""

_FITS = 0.3
"""Share of a search, by weight, that must be found. Less is chance."""

_BESIDE_THE_BEST = 0.65
"""What fits less than this share of the best is not shown beside it."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something with names, and with words about it that help to find it."""

    names: tuple[str, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The words of a directory, ready to be searched.

    Attributes:
        postings: for each word, what it stands for, and how much it counts there.
        rareness: for each word, how much it tells.
        in_order: all words in the order of their letters.
        by_pair: for each pair of letters, the words that have it.
        lengths: number of words of each first name.
    """

    postings: Mapping[str, Mapping[int, float]]
    rareness: Mapping[str, float]
    in_order: tuple[str, ...]
    by_pair: Mapping[str, tuple[str, ...]]
    lengths: tuple[int, ...]


@lru_cache(maxsize=INDEXES_KEPT)
def index_of(directory: tuple[Named, ...]) -> Index:
    """Return the index of a directory; the same directory gives the one that was made before."""
    postings: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for number, named in enumerate(directory):
        for text in named.about:
            for word in words_of(text):
                postings[word][number] = _ABOUT_WEIGHT
        for text in named.names:
            words = words_of(text)
            for word in (*words, *_joined(words)):
                postings[word][number] = 1.0
    by_pair: defaultdict[str, list[str]] = defaultdict(list)
    for word in postings:
        for pair in _pairs(word):
            by_pair[pair].append(word)
    count = len(directory)
    return Index(
        postings=dict(postings),
        rareness={word: _rareness(len(held), count) for word, held in postings.items()},
        in_order=tuple(sorted(postings)),
        by_pair={pair: tuple(words) for pair, words in by_pair.items()},
        lengths=tuple(len(words_of(named.names[0])) if named.names else 0 for named in directory),
    )


def search(index: Index, typed: str, among: Collection[int] | None = None) -> dict[int, float]:
    """Return what fits the typed words, with how well, from 0 to a little over 1.

    Args:
        index: where to look.
        typed: as people type.
        among: the only numbers that may be found; None for all.
    """
    words = words_of(typed)[:WORDS_AT_MOST]
    if not words:
        return {}
    unknown = _rareness(0, len(index.lengths))
    # "night van" may be written "Nightvan": then both words are found in the one.
    together = [_held(index, _surely(index, pair), among) for pair in _joined(words)]
    weights: list[float] = []
    found: list[dict[int, float]] = []
    for number, word in enumerate(words):
        likest = _likest(index, word)
        held = _held(index, likest, among)
        for in_one in together[max(0, number - 1) : number + 1]:
            for at, how in in_one.items():
                held[at] = max(how, held.get(at, 0))
        best = max(likest.items(), key=lambda one: (one[1], index.rareness[one[0]]), default=None)
        weights.append(index.rareness[best[0]] if best else unknown)
        found.append(held)
    whole = sum(weights)
    scores: defaultdict[int, float] = defaultdict(float)
    for weight, held in zip(weights, found, strict=True):
        for at, how in held.items():
            scores[at] += weight * how / whole
    fitting = {at: how for at, how in scores.items() if how >= _FITS}
    least = max(fitting.values(), default=0) * _BESIDE_THE_BEST
    # Of two that have all the words, the one whose name holds little else is likelier.
    return {
        at: how + 0.1 * min(1, len(words) / max(1, index.lengths[at]))
        for at, how in fitting.items()
        if how >= least
    }


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared: "Women’s Café" is `womens`, `cafe`."""
    return tuple(folded(text.replace("'", "").replace("’", "")).split())


def _rareness(times: int, count: int) -> float:
    """Return how much a word tells that stands with so many of so many. Always over zero."""
    return math.log((count + 2) / (times + 1)) + 0.2


def _joined(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one + other for one, other in pairwise(words))


def _pairs(word: str) -> set[str]:
    edged = f" {word} "
    return {edged[at : at + 2] for at in range(len(edged) - 1)}


def _likest(index: Index, word: str) -> dict[str, float]:
    """Return the words of the directory that a typed word may stand for, and how surely."""
    likest = _surely(index, word)
    # Numbers and very short words have no near miss: 2 is not 3, and "st" is not "so".
    if len(word) < _SHORTEST_WITH_SLIPS or word.isdigit():
        return likest
    shared: Counter[str] = Counter()
    for pair in _pairs(word):
        shared.update(index.by_pair.get(pair, ()))
    own = len(word) + 1
    nearest = nlargest(
        MATCHES_AT_MOST,
        (
            (2 * number / (own + len(other) + 1), other)
            for other, number in shared.items()
            if 2 * number >= _SHARED_PAIRS * (own + len(other) + 1)
        ),
    )
    compare = SequenceMatcher(autojunk=False)
    compare.set_seq2(word)
    for _share, other in nearest:
        if other not in likest:
            compare.set_seq1(other)
            if compare.quick_ratio() >= _LIKE_ENOUGH and (how := compare.ratio()) >= _LIKE_ENOUGH:
                likest[other] = 0.95 * how
    return likest


def _surely(index: Index, word: str) -> dict[str, float]:
    """Return the word itself, if it is there, and words that begin with it."""
    first = bisect_left(index.in_order, word)
    begin = islice(index.in_order, first, first + MATCHES_AT_MOST)
    return {
        other: 1.0 if other == word else 0.8 + 0.15 * len(word) / len(other)
        for other in takewhile(lambda other: other.startswith(word), begin)
        if other == word or len(word) > 1
    }


def _held(
    index: Index, likest: Mapping[str, float], among: Collection[int] | None
) -> dict[int, float]:
    """Return what holds one of the words, with the best of them."""
    held: dict[int, float] = {}
    for word, how in likest.items():
        for at, weight in index.postings[word].items():
            if (among is None or at in among) and how * weight > held.get(at, 0):
                held[at] = how * weight
    return held
