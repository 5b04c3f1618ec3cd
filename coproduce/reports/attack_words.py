"""Attack C10: join words that were released to a person, to each other or to a number.

Findings name the document and the kind of detail, never the words: they end in logs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from coproduce.reports.findings import Finding
from coproduce.reports.publications import Atom, words_of
from coproduce.reports.quotes import (
    FEWEST_UNDER_A_HEADING,
    cleaned,
    most_quotes,
    runs_of,
    told_details,
)
from coproduce.reports.released import Archive, is_withdrawn

NOT_BY_CHANCE = 6.0
"""An order is a finding from so many standard deviations on: by chance once in 500 million.

A freeze looks at thousands of orders, and a false alarm would hold back every report.

Source: docs/disclosure.md, C10; Kendall, A new measure of rank correlation (1938).
"""


class _Place(NamedTuple):
    """Where words stand: which are the same words again."""

    atom: str
    words: str


def find_telling_words(archive: Archive) -> Iterator[Finding]:
    """Words that tell who somebody is, that can be joined, or that stand where none may.

    Source: docs/disclosure.md, R10 and C10.
    """
    seen: set[tuple[str, Atom]] = set()
    orders: list[Sequence[str]] = []
    versions: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    by_subject: defaultdict[tuple[str, str], dict[_Place, str]] = defaultdict(dict)
    for released in archive.documents:
        if released.publication is None:
            continue
        subject = released.publication.subject
        for atom in released.publication.atoms:
            if not (atom.quotes or atom.statements) or (released.name, atom) in seen:
                continue
            seen.add((released.name, atom))
            # What is known and withdrawn need not be found again; copies of it may still be out.
            known = is_withdrawn(released, archive)
            for problem in () if known else _problems_of(atom):
                yield Finding("C10", released.name, f"Atom {atom.id}: {problem}.")
            orders.append([quote.words for quote in atom.quotes])
            versions[atom.id].append(frozenset(words_of(atom)))
            for words in words_of(atom):
                by_subject[subject.kind, subject.code][_Place(atom.id, words)] = released.name
    for places in by_subject.values():
        yield from _joined(places)
    yield from _put_in_later(versions)
    for name, orders_of in _outer_orders(orders):
        if is_order_telling(orders_of):
            yield Finding("C10", "all words", f"Words stand in the order of their {name}.")


def is_order_telling(orders: Iterable[Sequence[int]]) -> bool:
    """Whether the order in which words are shown goes with another order, such as that of ids.

    Args:
        orders: for each atom, in the order shown, the rank of each piece in the other order.

    Source: docs/disclosure.md, C10: Kendall's tau, all atoms together.
    """
    agreement = variance = 0.0
    for ranks in orders:
        size = len(ranks)
        for place, rank in enumerate(ranks):
            agreement += sum((later > rank) - (later < rank) for later in ranks[place + 1 :])
        variance += size * (size - 1) * (2 * size + 5) / 18
    return variance > 0 and abs(agreement) / sqrt(variance) >= NOT_BY_CHANCE


def ranks_of(keys: Sequence[Any]) -> list[int]:
    """Return the rank of each key; equal ones keep the rank of the first."""
    places: dict[object, int] = {}
    for rank, key in enumerate(sorted(keys)):
        places.setdefault(key, rank)
    return [places[key] for key in keys]


def _problems_of(atom: Atom) -> Iterator[str]:
    """What is wrong with the words of one atom, in words of ours."""
    if atom.clock != "words" or atom.tier == 0:
        yield "it shows words where none may stand"
    if len(atom.quotes) > most_quotes(atom.n):
        yield "it shows more than one text in five"
    under = Counter(quote.family for quote in atom.quotes if quote.family)
    if any(count < FEWEST_UNDER_A_HEADING for count in under.values()):
        yield "a heading stands over too few words"
    for words in words_of(atom):
        for kind in told_details(words):
            yield f"words tell of a detail ({kind})"
        if words != cleaned(words) or not words:
            yield "words hold signs that nobody sees"


def _joined(places: dict[_Place, str]) -> Iterator[Finding]:
    """Two pieces of words about one subject that share six words in a row, or all."""
    holder: dict[object, _Place] = {}
    reported: set[frozenset[_Place]] = set()
    for place, name in places.items():
        for run in (place.words.casefold(), *runs_of(place.words)):
            first = holder.setdefault(run, place)
            pair = frozenset({first, place})
            if first != place and pair not in reported:
                reported.add(pair)
                message = f"Words of atom {place.atom} can be joined to others by what they share."
                yield Finding("C10", name, message, {"atoms": sorted({first.atom, place.atom})})


def _put_in_later(versions: dict[str, list[frozenset[str]]]) -> Iterator[Finding]:
    """Words may be taken out of an atom after its release, never put in."""
    for atom_id, found in versions.items():
        ordered = sorted(set(found), key=len)
        for fewer, more in pairwise(ordered):
            if not fewer <= more:
                message = f"Atom {atom_id} shows other words in another document."
                yield Finding("C10", "all words", message)
                break


def _outer_orders(orders: Sequence[Sequence[str]]) -> Iterator[tuple[str, list[list[int]]]]:
    """The orders that anybody can try: by letters and by length."""
    distinct = {tuple(order) for order in orders if len(order) > 1}
    yield "letters", [ranks_of(order) for order in distinct]
    yield "length", [ranks_of([len(words) for words in order]) for order in distinct]
