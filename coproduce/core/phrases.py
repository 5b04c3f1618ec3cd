"""Finding the words and phrases of a list in a text, in time that grows with its length only.

In a list, ``wait`` is that word, ``wait*`` each word that begins so, and ``…`` up to three words in
between. A phrase with ``-`` in front takes back what else was found within it; one with ``=`` in
front must be the whole text. Case, accents, apostrophes and vowel marks do not count. Arabic words
are also tried without the particles that are written together with them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from coproduce.core.text import folded

GAP = "…"
LONGEST_GAP = 3
"""Words that ``…`` may stand for. Source: docs/coding.md."""

_WORD = re.compile(r"\w[\w'’ʼ\u0300-\u036f\u064b-\u065f\u0670]*")
_APOSTROPHES = str.maketrans("", "", "'’ʼ\u0640_")
_ARABIC = re.compile(r"[\u0621-\u064a]")
_ARABIC_PARTICLES = re.compile(r"(?:و|ف)?(?:بال|كال|وال|لل|ال|ب|ل|ك|س)?")
_SHORTEST_ARABIC = 3


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: where it stands, and the forms by which a list may know it."""

    start: int
    end: int
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found, from ``start`` up to but not including ``end``, and its label."""

    start: int
    end: int
    label: str
    phrase: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One place of a phrase: a word, the beginning of one, or a gap."""

    text: str
    is_beginning: bool = False

    def fits(self, word: Word) -> bool:
        if self.is_beginning:
            return any(form.startswith(self.text) for form in word.forms)
        return self.text in word.forms


@dataclass(frozen=True, slots=True)
class _Phrase:
    label: str
    text: str
    parts: tuple[_Part, ...]
    takes_back: bool
    is_whole_text: bool


Find = Callable[[str], tuple[Hit, ...]]


def finder_of(phrases: Iterable[tuple[str, str]]) -> Find:
    """Return what finds phrases in a text: all hits, by where they begin, then by the list.

    Args:
        phrases: pairs of a label and a phrase; any number of phrases may share a label.
    """
    whole: dict[str, list[_Phrase]] = {}
    beginnings: dict[str, list[_Phrase]] = {}
    for label, text in phrases:
        phrase = _Phrase(
            label,
            text,
            _parts_of(text.lstrip("-=")),
            takes_back=text.startswith("-"),
            is_whole_text=text.startswith("="),
        )
        first = phrase.parts[0]
        (beginnings if first.is_beginning else whole).setdefault(first.text, []).append(phrase)
    lengths = sorted({len(beginning) for beginning in beginnings})

    def candidates(word: Word) -> Iterator[_Phrase]:
        for form in word.forms:
            yield from whole.get(form, ())
            for length in lengths:
                if length > len(form):
                    break
                yield from beginnings.get(form[:length], ())

    def find(text: str) -> tuple[Hit, ...]:
        words = _words_of(text)
        found = [
            (phrase, at, last)
            for at, word in enumerate(words)
            for phrase in dict.fromkeys(candidates(word))
            if (last := _end_of(phrase.parts, words, at)) is not None
            and (not phrase.is_whole_text or last - at + 1 == len(words))
        ]
        taken_back = {
            (phrase.label, place)
            for phrase, at, last in found
            if phrase.takes_back
            for place in range(at, last + 1)
        }
        return tuple(
            Hit(words[at].start, words[last].end, phrase.label, phrase.text)
            for phrase, at, last in found
            if not phrase.takes_back
            and any((phrase.label, place) not in taken_back for place in range(at, last + 1))
        )

    return find


def _words_of(text: str) -> list[Word]:
    return [Word(*match.span(), _forms_of(match.group())) for match in _WORD.finditer(text)]


def _forms_of(word: str) -> tuple[str, ...]:
    form = _plain(word)
    if not _ARABIC.match(form):
        return (form,)
    without = _ARABIC_PARTICLES.sub("", form, count=1)
    conjunction = form[1:] if form[0] in "وف" else form
    shorter = [f for f in (conjunction, without) if len(f) >= _SHORTEST_ARABIC]
    return tuple(dict.fromkeys((form, *shorter)))


def _plain(word: str) -> str:
    return folded(word.translate(_APOSTROPHES)).replace(" ", "")


def _parts_of(phrase: str) -> tuple[_Part, ...]:
    return tuple(
        _Part(GAP) if part == GAP else _Part(_plain(part), is_beginning=part.endswith("*"))
        for part in phrase.split()
    )


def _end_of(parts: Sequence[_Part], words: Sequence[Word], at: int) -> int | None:
    """Return at which word a phrase ends if it begins at one, or None if it does not stand there.

    Each gap is as short as can be, so that a phrase costs its own length at most once.
    """
    position, gap = at, 0
    for part in parts:
        if part.text == GAP:
            gap = LONGEST_GAP
            continue
        reach = range(position, min(position + gap + 1, len(words)))
        found = next((place for place in reach if part.fits(words[place])), None)
        if found is None:
            return None
        position, gap = found + 1, 0
    return position - 1
