"""Making a text safe: what in it could tell who somebody is, and tags in its place.

Plain rules over plain strings. They help a person and never decide: names are often missed. Every
rule is linear in the length of the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from coproduce.core.identifying import Found, Setting, find_identifying
from coproduce.moderation.rules import TAG_OF

MOST_FINDS = 40
"""Details that can be replaced one by one; the form has room for no more fields than 200.

What is found beyond them is marked all the same. Source: fault F14 (docs/threat-model.md).
"""

_WORD = re.compile(r"\w+")
_WORKER_BEFORE = re.compile(r"\b(?:nurse|dr\.?|doctor|sister|key ?worker|worker) $", re.IGNORECASE)
_FAMILY_BEFORE = re.compile(
    r"\b(?:son|daughter|partner|boyfriend|girlfriend|husband|wife|mum|dad|sister|brother|friend) $",
    re.IGNORECASE,
)
_LONGEST_CUE = 12

FindNames = Callable[[str], Iterator[tuple[int, int]]]
"""Gives where names of the directory stand in a text."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Where something stands that could tell who somebody is, and the tag that fits it."""

    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Find:
    """One detail as it is written, however often; ``number`` counts from 0."""

    number: int
    words: str
    tag: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text as it is shown. ``number`` is that of its find; None for plain words."""

    words: str
    is_found: bool = False
    number: int | None = None


def finder_of_names(names: Iterable[str]) -> FindNames:
    """Return what finds these names in a text, in any case and with any signs between words."""
    by_first: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(word.group().casefold() for word in _WORD.finditer(name))
        if sum(map(len, words)) > 2:
            by_first.setdefault(words[0], set()).add(words)
    longest_first = {first: sorted(kept, key=len, reverse=True) for first, kept in by_first.items()}

    def find(text: str) -> Iterator[tuple[int, int]]:
        matches = list(_WORD.finditer(text))
        words = [match.group().casefold() for match in matches]
        for place, word in enumerate(words):
            for name in longest_first.get(word, ()):
                if tuple(words[place : place + len(name)]) == name:
                    yield matches[place].start(), matches[place + len(name) - 1].end()
                    break

    return find


def find_details(text: str, find_names: FindNames) -> tuple[Detail, ...]:
    """Return what was found, in order; of two that overlap one longer remains, of the first's tag.

    What stands in square brackets is a tag already.
    """
    found = [Detail(start, end, "service") for start, end in find_names(text)]
    found += [
        Detail(span.start, span.end, _tag_for(text, span.start, span.found))
        for span in find_identifying(text, Setting.BROAD)
    ]
    kept: list[Detail] = []
    for detail in sorted(found, key=lambda detail: (detail.start, -detail.end)):
        if (
            text[detail.start - 1 : detail.start] == "["
            and text[detail.end : detail.end + 1] == "]"
        ):
            continue
        if kept and detail.start < kept[-1].end:
            first = kept.pop()
            kept.append(Detail(first.start, max(first.end, detail.end), first.tag))
        else:
            kept.append(detail)
    return tuple(kept)


def finds_of(text: str, details: Iterable[Detail]) -> tuple[Find, ...]:
    """Return each detail once, in the order of the text; at most `MOST_FINDS`."""
    finds: dict[str, Find] = {}
    for detail in details:
        words = text[detail.start : detail.end]
        if words.casefold() not in finds and len(finds) < MOST_FINDS:
            finds[words.casefold()] = Find(len(finds), words, detail.tag)
    return tuple(finds.values())


def parts_of(text: str, details: Iterable[Detail], finds: Iterable[Find] = ()) -> tuple[Part, ...]:
    """Return a text in pieces: what was found, and the words between."""
    numbers = {find.words.casefold(): find.number for find in finds}
    parts, position = [], 0
    for detail in details:
        words = text[detail.start : detail.end]
        parts += [
            Part(text[position : detail.start]),
            Part(words, is_found=True, number=numbers.get(words.casefold())),
        ]
        position = detail.end
    return tuple(part for part in (*parts, Part(text[position:])) if part.words)


def with_tags(text: str, tags: Mapping[str, str]) -> str:
    """Return a text in which each of these details is its tag, wherever it stands as whole words.

    Args:
        text: the words, whether of the writer or of the moderator.
        tags: the key of a tag for each detail as it is written.
    """
    if not tags:
        return text
    by_words = {words.casefold(): tag for words, tag in tags.items()}
    longest_first = sorted(tags, key=len, reverse=True)
    any_of = "|".join(re.escape(words) for words in longest_first)
    pattern = re.compile(rf"(?<![\w\[])(?:{any_of})(?!\w)", re.IGNORECASE)

    def tag_for(match: re.Match[str]) -> str:
        tag = by_words.get(match.group().casefold())
        return f"[{tag}]" if tag else match.group()

    return pattern.sub(tag_for, text)


def copied_phrase(text: str, words: str, longest: int) -> str:
    """Return the first phrase of more than ``longest`` words that stands in both, or nothing."""
    length = longest + 1
    theirs = [match.group().casefold() for match in _WORD.finditer(text)]
    phrases = {tuple(theirs[n : n + length]) for n in range(len(theirs) - longest)}
    matches = list(_WORD.finditer(words))
    own = [match.group().casefold() for match in matches]
    for n in range(len(own) - longest):
        if tuple(own[n : n + length]) in phrases:
            return words[matches[n].start() : matches[n + longest].end()]
    return ""


def _tag_for(text: str, start: int, found: Found) -> str:
    """Return the tag for what was found, by the word before it if that says whose name it is."""
    if found is Found.NAME:
        before = text[max(0, start - _LONGEST_CUE) : start]
        if _WORKER_BEFORE.search(before):
            return "worker"
        if _FAMILY_BEFORE.search(before):
            return "family member"
    return TAG_OF[found]
