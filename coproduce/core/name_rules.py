"""Finding names of people in free text: cue words, first names, capitals and their neighbours.

One pass over the words; every look to the left or right is a few words long, so time is linear.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple
from unicodedata import name as name_of_character

_WORDS = re.compile(
    # Letters, marks above and below them (Latin, Arabic, Hindi, Thai), and signs between letters.
    r"[^\W\d_](?:[^\W\d_]|[’'ʼ-](?=[^\W\d_])"
    r"|[\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])*"
)
_POSSESSIVE = re.compile(r"[’'ʼ]s$", re.IGNORECASE)
_LONGEST_NAME = 40
"""Letters of the longest word that is looked at as a name. Source: docs/identifying.md."""
_LONGEST_GAP = 8
"""Signs between two words that are looked at. Source: docs/identifying.md."""
_ENDS = frozenset(".!?\n:;•–")
_WITHIN_NAMES = frozenset(" '’")
_SHORT_TITLES = frozenset({"dr", "mr", "mrs", "ms"})


@dataclass(frozen=True, slots=True)
class _Names:
    """First names: all, those that count in lower case too, those that need more beside them."""

    every: frozenset[str]
    in_lower_case: frozenset[str]
    words: frozenset[str]


class _Word(NamedTuple):
    """What is true of a word wherever it stands.

    Attributes:
        plain: the word in lower case, without a possessive ending; empty if longer than any name.
        length: signs without that ending.
        may_be_name: a capital, a fair length, and no word that is known to be another.
        is_listed: a first name, or a name that is a word too.
    """

    plain: str
    length: int
    has_capital: bool
    is_all_capitals: bool
    may_be_name: bool
    is_listed: bool
    script: str


class _Token(NamedTuple):
    """A word of a text.

    Attributes:
        word: what is true of it wherever it stands.
        begins: at the start of a sentence or a line.
        gap: what stands between the word before and this one.
    """

    start: int
    word: _Word
    begins: bool
    gap: str

    @property
    def end(self) -> int:
        return self.start + self.word.length

    @property
    def plain(self) -> str:
        return self.word.plain

    @property
    def has_capital(self) -> bool:
        return self.word.has_capital

    @property
    def is_all_capitals(self) -> bool:
        return self.word.is_all_capitals

    @property
    def may_be_name(self) -> bool:
        return self.word.may_be_name

    @property
    def script(self) -> str:
        return self.word.script


@cache
def words_around_names(kind: str) -> frozenset[str]:
    """Return the words around names that ``words/around_names.toml`` has under this key."""
    file = resources.files("coproduce").joinpath("words/around_names.toml")
    words: str = tomllib.loads(file.read_text("utf-8"))[kind]
    return frozenset(words.split())


@cache
def _names() -> _Names:
    kinds: dict[str, set[str]] = {"": set(), "~": set(), "=": set()}
    file = resources.files("coproduce").joinpath("words/first_names.txt")
    for line in file.read_text("utf-8").splitlines():
        mark, _gap, rest = line.partition(" ")
        if mark in kinds and mark:
            kinds[mark].update(rest.split())
        elif mark != "#":
            kinds[""].update(line.split())
    plain, capital, words = (frozenset(kinds[mark]) for mark in ("", "~", "="))
    return _Names(plain | capital | words, plain, words)


def find_names(text: str, *, is_broad: bool) -> Iterator[tuple[int, int]]:
    """Yield where a name of a person seems to stand, from its start up to its end.

    Args:
        text: any text.
        is_broad: also by lower-case first names and by a capital inside a sentence alone.
    """
    tokens = list(_tokens(text))
    found = [_is_name(tokens, place, is_broad=is_broad) for place in range(len(tokens))]
    for place in _beside(tokens, found):
        found[place] = True
    begun: int | None = None
    for place, token in enumerate(tokens):
        if not found[place]:
            continue
        begun = token.start if begun is None else begun
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        is_joined = following and found[place + 1] and following.gap in {" ", ". "}
        if not is_joined or (following and following.begins):
            yield begun, token.end
            begun = None


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    # A word that stands in a text more than once is looked at once.
    known: dict[str, _Word] = {}
    for match in _WORDS.finditer(text):
        written, start = match.group(), match.start()
        word = known.get(written) or known.setdefault(written, _word(written))
        gap = text[end:start] if start - end < _LONGEST_GAP else text[start - _LONGEST_GAP : start]
        yield _Token(start, word, not end or (gap != " " and not _ENDS.isdisjoint(gap)), gap)
        end = match.end()


def _word(written: str) -> _Word:
    ending = _POSSESSIVE.search(written)
    bare = written[: ending.start()] if ending else written
    # Words longer than any name are not looked at closely: case changes cost their length.
    plain = bare.casefold().replace("’", "'") if len(bare) <= _LONGEST_NAME else ""
    return _Word(
        plain=plain,
        length=len(bare),
        has_capital=bare[0].isupper(),
        is_all_capitals=len(bare) > 1 and bare.isupper(),
        may_be_name=(
            bare[0].isupper()
            and 2 <= len(plain) <= _LONGEST_NAME
            and plain.partition("'")[0] not in words_around_names("not_names")
            and len(set(plain)) > 1
        ),
        is_listed=plain in _names().every,
        script=_script_of(bare[0]),
    )


def _script_of(character: str) -> str:
    if character < "ɐ":
        return "LATIN"
    return name_of_character(character, "").split(" ", 1)[0]


def _is_name(tokens: list[_Token], place: int, *, is_broad: bool) -> bool:
    token = tokens[place]
    word = token.word
    if not word.plain:
        return False
    if not (word.may_be_name or word.is_listed or word.script != "LATIN"):
        # Most words are no names. Only a title makes a name of one.
        return is_broad and place > 0 and _is_surname(tokens, place)
    follows_cue = _follows_cue(tokens, place)
    if not (token.has_capital or follows_cue or _is_in_lower_case(token)):
        return token.script != "LATIN" and is_broad and _is_among_latin(tokens, place)
    if _is_of_a_place(tokens, place):
        return False
    if not token.has_capital and _is_name_in_lower_case(token, follows_cue=follows_cue):
        return True
    if follows_cue and token.may_be_name and (not token.is_all_capitals or len(token.plain) > 3):
        return True
    if token.has_capital and token.plain in _names().every:
        return _is_listed_name(tokens, place, is_broad=is_broad)
    if not is_broad:
        return False
    return _is_broad_name(tokens, place)


def _is_in_lower_case(token: _Token) -> bool:
    return token.plain in _names().in_lower_case


def _is_name_in_lower_case(token: _Token, *, follows_cue: bool) -> bool:
    """Return whether a first name is written small: one that is no word, or any but after a cue."""
    if _is_in_lower_case(token):
        return True
    return follows_cue and token.plain in _names().every - _names().words


def _is_listed_name(tokens: list[_Token], place: int, *, is_broad: bool) -> bool:
    token = tokens[place]
    is_word = token.plain in _names().words
    if token.is_all_capitals and (len(token.plain) < 4 or is_word):
        return is_broad
    if is_word and token.begins:
        return _does_something(tokens, place)
    return token.plain not in words_around_names("not_names")


def _is_broad_name(tokens: list[_Token], place: int) -> bool:
    token = tokens[place]
    if place and _is_surname(tokens, place):
        return True
    if _is_in_lower_case(token):
        return True
    if token.script != "LATIN":
        return _is_among_latin(tokens, place)
    if not token.may_be_name or token.is_all_capitals or len(token.plain) < 3:
        return False
    # Adverbs of a whole sentence: "Sadly", "Clearly". Names that end so are listed.
    if token.plain.endswith("ly"):
        return False
    return not token.begins or _does_something(tokens, place)


def _is_of_a_place(tokens: list[_Token], place: int) -> bool:
    before = tokens[place - 1] if place else None
    if (
        before
        and before.word.has_capital
        and before.word.plain in words_around_names("place_before")
    ):
        return True
    place_after = words_around_names("place_after")
    for number in range(place + 1, min(place + 4, len(tokens))):
        gap = tokens[number].gap
        if (gap != " " and set(gap) - _WITHIN_NAMES) or not tokens[number - 1].word.has_capital:
            return False
        if tokens[number].word.plain in place_after:
            return True
    return False


def _follows_cue(tokens: list[_Token], place: int) -> bool:
    """Return whether a title, a role, "called", "my name is" or "my son" stands just before."""
    if not place or set(tokens[place].gap) - set(" .,:\"'“‘"):
        return False
    before = tokens[place - 1]
    if "." in tokens[place].gap and before.plain not in _SHORT_TITLES | {"prof"}:
        return False
    if before.plain in words_around_names("titles") or before.plain in words_around_names("roles"):
        return True
    second = tokens[place - 2].plain if place > 1 else ""
    if before.plain in words_around_names("relations"):
        return second in words_around_names("owners") or (
            place > 2 and tokens[place - 3].plain in words_around_names("owners")
        )
    return before.plain == "is" and second == "name"


def _is_surname(tokens: list[_Token], place: int) -> bool:
    """Return whether a short title stands just before, and what follows it is no other word."""
    if tokens[place - 1].plain not in _SHORT_TITLES or not _follows_cue(tokens, place):
        return False
    plain = tokens[place].plain
    return len(plain) > 2 and not any(
        plain in words_around_names(kind) for kind in ("not_names", "person_verbs")
    )


def _does_something(tokens: list[_Token], place: int) -> bool:
    if place + 1 == len(tokens):
        return False
    following = tokens[place + 1]
    return following.gap.strip() == "" and following.plain in words_around_names("person_verbs")


def _is_among_latin(tokens: list[_Token], place: int) -> bool:
    """Return whether most words nearby are of Latin letters: another script is then a name."""
    nearby = tokens[max(0, place - 6) : place + 7]
    return 2 * sum(token.script == "LATIN" for token in nearby) > len(nearby)


def _beside(tokens: list[_Token], found: list[bool]) -> Iterator[int]:
    """Yield the places of words with a capital that a found name makes names too.

    A surname after a first name; the other of two that "and" joins; one after the other in a list.
    """
    known = list(found)
    open_places = [
        place
        for place, token in enumerate(tokens)
        if token.word.may_be_name and not token.word.is_all_capitals and not found[place]
    ]
    for place in open_places:
        is_beside = (place > 0 and known[place - 1]) or (place > 1 and known[place - 2])
        if is_beside and _follows_name(tokens, place, known) and not _is_of_a_place(tokens, place):
            known[place] = True
            yield place
    for place in reversed(open_places):
        is_beside = any(known[place + 1 : place + 3]) and not known[place]
        if is_beside and _leads_to_name(tokens, place, known) and not _is_of_a_place(tokens, place):
            known[place] = True
            yield place


def _follows_name(tokens: list[_Token], place: int, known: list[bool]) -> bool:
    gap = tokens[place].gap
    if known[place - 1] and gap.strip() in {"", "&", ",", "/", "+"}:
        return True
    is_joined = place > 1 and known[place - 2] and tokens[place - 1].plain == "and"
    return is_joined and not tokens[place].begins


def _leads_to_name(tokens: list[_Token], place: int, known: list[bool]) -> bool:
    following = tokens[place + 1]
    if known[place + 1]:
        return following.gap.strip() in {"&", "/", "+"}
    return following.plain == "and" and not set(following.gap) - {" "}
