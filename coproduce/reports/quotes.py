"""Which words of an atom may be shown, in which order, and what must not stand in them.

Pure: words come in with what their writers allowed, chance comes in as eight random bits.
The rule is R10 of docs/disclosure.md; docs/adr/0014-words-clock.md says why it is done so.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from unicodedata import category, normalize

from coproduce.core.identifying import find_identifying
from coproduce.reports.disclosure import Draw
from coproduce.reports.publications import Manner, Quote, Statement

FEWEST_FOR_QUOTES = 5
"""Fewest texts in an atom that shows words; the gate of ten implies it.

Source: docs/disclosure.md, R10.
"""

ONE_QUOTE_IN = 5
"""At most one text in so many is shown in words, rounded up. Source: docs/disclosure.md, R10."""

FEWEST_UNDER_A_HEADING = 3
"""So many quotes stand under a heading, or none does. Source: docs/disclosure.md, R10."""

SHARED_RUN = 6
"""So many equal words in a row join two pieces of words. Source: docs/disclosure.md, C10."""

JOINERS: Final = frozenset("\u200c\u200d")
"""Format characters that letters of Arabic, Farsi and Indic scripts need; all others go."""

_RATING = re.compile(r"\d\s?[%٪]|\d\s?/\s?\d|\b\d+ out of \d+\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WORD = re.compile(r"[^\W_]+")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class AllowedWords:
    """Words of one text that its writer allowed to be shown, and the families of its themes."""

    words: str
    language: str
    manner: Manner
    families: frozenset[str]


def most_quotes(n: int) -> int:
    """Return how many quotes an atom may show.

    Args:
        n: the displayed number of texts.

    Source: docs/disclosure.md, R10.
    """
    return -(-n // ONE_QUOTE_IN) if n >= FEWEST_FOR_QUOTES else 0


def cleaned(words: str) -> str:
    """Return words as they are published: one line, without controls or marks that turn text round.

    Source: Unicode UAX 9: embeddings and overrides change the order of what stands around them.
    """
    kept = "".join(
        " " if character.isspace() or category(character) in {"Zl", "Zp", "Cc"} else character
        for character in normalize("NFC", words)
        if character in JOINERS or category(character) not in {"Cf", "Co", "Cs", "Cn"}
    )
    return " ".join(kept.split())


def told_details(words: str) -> tuple[str, ...]:
    """Return the kinds of detail that published words must not hold; never the words themselves.

    Source: docs/disclosure.md, R10 and C10.
    """
    kinds = {span.found.value for span in find_identifying(words)}
    if _RATING.search(words):
        kinds.add("rating")
    if _YEAR.search(words):
        kinds.add("year")
    if not any(character.isalpha() for character in words):
        kinds.add("no words")
    return tuple(sorted(kinds))


def runs_of(words: str) -> frozenset[tuple[str, ...]]:
    """Return every run of six words in a row, without case and signs between them."""
    found = [match.group() for match in _WORD.finditer(words.casefold())]
    return frozenset(
        tuple(found[start : start + SHARED_RUN]) for start in range(len(found) - SHARED_RUN + 1)
    )


def choose_statements(
    statements: Iterable[Statement], already: Iterable[str]
) -> tuple[Statement, ...]:
    """Return the statements that may be shown: without details, and not joined to other words.

    Args:
        statements: cleaned here.
        already: all words published about the subject so far.
    """
    taken = _Taken(already)
    clean = (replace(statement, words=cleaned(statement.words)) for statement in statements)
    return tuple(statement for statement in clean if taken.take(statement.words))


def choose_quotes(
    allowed: Iterable[AllowedWords], *, n: int, tier: int, already: Iterable[str], draw: Draw
) -> tuple[Quote, ...]:
    """Return the words an atom shows: at most one text in five, by chance, in an order by chance.

    What holds a detail, or shares six words in a row with other words, is left out; the text was
    counted all the same.

    Args:
        allowed: at most one piece for each text; writers who allowed nothing are not among them.
        n: the displayed number of texts.
        tier: how much detail the atom shows; nothing at 0.
        already: all words published about the subject so far, and the statements beside these.
        draw: eight random bits.

    Source: docs/disclosure.md, R10.
    """
    most = most_quotes(n) if tier > 0 else 0
    taken = _Taken(already)
    chosen: list[AllowedWords] = []
    for one in shuffled(allowed, draw):
        clean = replace(one, words=cleaned(one.words))
        if len(chosen) < most and taken.take(clean.words):
            chosen.append(clean)
    return _under_headings(chosen)


def without_words(quotes: Sequence[Quote], words: str) -> tuple[Quote, ...]:
    """Return the quotes without one of them; a heading over too few of the others goes too."""
    left = [quote for quote in quotes if quote.words != words]
    under = Counter(quote.family for quote in left)
    return tuple(
        replace(quote, family=None) if under[quote.family] < FEWEST_UNDER_A_HEADING else quote
        for quote in left
    )


def shuffled(items: Iterable[Item], draw: Draw) -> list[Item]:
    """Return the items in an order by chance, each order as likely as any other.

    Source: Fisher and Yates, as in Knuth, The Art of Computer Programming 3.4.2, algorithm P.
    """
    mixed = list(items)
    for last in range(len(mixed) - 1, 0, -1):
        other = _below(last + 1, draw)
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


class _Taken:
    """Words that are out already, and whether others may join them."""

    def __init__(self, already: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._runs: set[tuple[str, ...]] = set()
        for words in already:
            self._add(words)

    def take(self, words: str) -> bool:
        """Take the words if they may be shown beside the others; return whether they may."""
        if not words or told_details(words):
            return False
        if words.casefold() in self._whole or not self._runs.isdisjoint(runs_of(words)):
            return False
        self._add(words)
        return True

    def _add(self, words: str) -> None:
        self._whole.add(words.casefold())
        self._runs |= runs_of(words)


def _under_headings(chosen: Sequence[AllowedWords]) -> tuple[Quote, ...]:
    """Put each piece under the family that most of them share; none under a family of few."""
    left = list(range(len(chosen)))
    family_of: dict[int, str] = {}
    while counted := Counter(family for place in left for family in sorted(chosen[place].families)):
        family, count = counted.most_common(1)[0]
        if count < FEWEST_UNDER_A_HEADING:
            break
        members = [place for place in left if family in chosen[place].families]
        family_of.update(dict.fromkeys(members, family))
        left = [place for place in left if place not in members]
    return tuple(_quotes(chosen, family_of))


def _quotes(chosen: Sequence[AllowedWords], family_of: dict[int, str]) -> Iterator[Quote]:
    for place, one in enumerate(chosen):
        yield Quote(one.words, one.language, one.manner, family_of.get(place))


def _below(limit: int, draw: Draw) -> int:
    """Return a fair number below a limit: what would favour the low ones is drawn again."""
    ceiling = (1 << 24) - (1 << 24) % limit
    while True:
        number = draw() << 16 | draw() << 8 | draw()
        if number < ceiling:
            return number % limit
