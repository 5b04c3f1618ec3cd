"""Finding names of the directory in free text: services and towns, each said as people say it.

One pass over the words; the names that begin with a word are looked up, so time is linear.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from coproduce.core.name_rules import words_around_names
from coproduce.core.text import folded

FindPlaces = Callable[[str], Iterator[tuple[int, int]]]
"""Gives where names of the directory stand in a text."""

KEPT_FINDERS = 32
"""Sets of names of which the finder is kept, one for each area that people write about at a time.

A finder of 2,000 names takes about 1 MB. Source: docs/identifying.md.
"""

_LONG_NAME = 3
"""Words from which on a name is known in small letters too. Source: docs/identifying.md."""

_WORD = re.compile(r"\w+")
_BEGINS = re.compile(r"(?:^|[.!?\n:;•])\W*$")
_SHORTEST = 3


def no_places(_text: str) -> Iterator[tuple[int, int]]:
    """Find nothing: there is no directory."""
    return iter(())


@lru_cache(maxsize=KEPT_FINDERS)
def finder_of_places(names: frozenset[str]) -> FindPlaces:
    """Return what finds these names in a text. The same names give the finder made before.

    A long name is found however it is written. One of one or two words needs capitals or a word
    such as "at" before it; one that is an ordinary word needs both.
    """
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        words = _words_of_name(name)
        if sum(map(len, words)) >= _SHORTEST:
            by_first.setdefault(words[0], []).append(words)
    for beginning in by_first.values():
        beginning.sort(key=len, reverse=True)

    def find(text: str) -> Iterator[tuple[int, int]]:
        matches = list(_WORD.finditer(text))
        small = [_plain(match.group()) for match in matches]
        for place, word in enumerate(small):
            for name in by_first.get(word, ()):
                last = place + len(name) - 1
                if tuple(small[place : last + 1]) == name and _is_meant(text, matches, place, last):
                    yield matches[place].start(), matches[last].end()
                    break

    return find


def _plain(word: str) -> str:
    """Return a word as it is compared; most need no long look."""
    return word.lower() if word.isascii() else folded(word)


def _words_of_name(name: str) -> tuple[str, ...]:
    words = tuple(filter(None, (_plain(match.group()) for match in _WORD.finditer(name))))
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _is_meant(text: str, matches: list[re.Match[str]], first: int, last: int) -> bool:
    """Return whether words that are a name are used as one."""
    words = [match.group() for match in matches[first : last + 1]]
    if len(words) >= _LONG_NAME:
        return True
    has_capitals = all(word[0].isupper() or not word[0].isalpha() for word in words)
    before = [match.group().casefold() for match in matches[max(0, first - 2) : first]]
    if len(before) > 1 and before[-1] == "the":
        before.pop()
    follows_cue = bool(before) and before[-1] in words_around_names("place_cues")
    if len(words) > 1:
        return has_capitals or follows_cue
    if words[0].casefold() in words_around_names("ordinary_places"):
        return has_capitals and follows_cue
    begins = _BEGINS.search(text, max(0, matches[first].start() - 8), matches[first].start())
    return follows_cue or (has_capitals and (first > 0 and not begins))
