"""Finding names of people in free text: cue words, first names, capitals and their neighbours.

One pass over the words; every look to the left or right is a few words long, so time is linear.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple
from unicodedata import name as name_of_character

_WORD = re.compile(
    # Letters, marks above and below them (Latin, Arabic, Hindi, Thai), and signs between letters.
    r"[^\W\d_](?:[^\W\d_]|[’'ʼ-](?=[^\W\d_])"
    r"|[\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])*"
)
_POSSESSIVE = re.compile(r"[’'ʼ]s$", re.IGNORECASE)
_LONGEST_NAME = 40
"""Letters of the longest word that is looked at as a name. Source: docs/identifying.md."""


@dataclass(frozen=True, slots=True)
class _Names:
    """First names: all, those that count in lower case too, those that need more beside them."""

    every: frozenset[str]
    in_lower_case: frozenset[str]
    words: frozenset[str]


class _Token(NamedTuple):
    """A word of a text.

    Attributes:
        plain: the word in lower case, without a possessive ending.
        begins: at the start of a sentence or a line.
        gap: what stands between the word before and this one.
    """

    start: int
    end: int
    plain: str
    has_capital: bool
    is_all_capitals: bool
    begins: bool
    gap: str
    script: str

    @property
    def may_be_name(self) -> bool:
        """A capital, a fair length, and no word that is known to be another."""
        return (
            self.has_capital
            and 2 <= len(self.plain) <= _LONGEST_NAME
            and self.plain.partition("'")[0] not in _words("not_names")
            and len(set(self.plain)) > 1
        )


@cache
def _words(kind: str) -> frozenset[str]:
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
    for match in _WORD.finditer(text):
        word = match.group()
        ending = _POSSESSIVE.search(word)
        plain = word[: ending.start()] if ending else word
        # Words longer than any name are not looked at closely: case changes cost their length.
        gap = text[max(end, match.start() - 8) : match.start()]
        yield _Token(
            start=match.start(),
            end=match.start() + len(plain),
            plain=plain.casefold().replace("’", "'") if len(plain) <= _LONGEST_NAME else "",
            has_capital=plain[0].isupper(),
            is_all_capitals=len(plain) > 1 and plain.isupper(),
            begins=not end or any(sign in gap for sign in ".!?\n:;•–"),
            gap=gap,
            script=_script_of(plain[0]),
        )
        end = match.end()


def _script_of(character: str) -> str:
    if character < "ɐ":
        return "LATIN"
    return name_of_character(character, "").split(" ", 1)[0]


def _is_name(tokens: list[_Token], place: int, *, is_broad: bool) -> bool:
    token = tokens[place]
    if not token.plain or not (token.has_capital or is_broad or token.script != "LATIN"):
        return False
    follows_cue = _follows_cue(tokens, place)
    if not (token.has_capital or follows_cue or _is_in_lower_case(token)):
        return token.script != "LATIN" and is_broad and _is_among_latin(tokens, place)
    if _is_of_a_place(tokens, place):
        return False
    if follows_cue and token.may_be_name and (not token.is_all_capitals or len(token.plain) > 3):
        return True
    if token.has_capital and token.plain in _names().every:
        return _is_listed_name(tokens, place, is_broad=is_broad)
    if not is_broad:
        return False
    return _is_broad_name(tokens, place, follows_cue=follows_cue)


def _is_in_lower_case(token: _Token) -> bool:
    return token.plain in _names().in_lower_case


def _is_listed_name(tokens: list[_Token], place: int, *, is_broad: bool) -> bool:
    token = tokens[place]
    is_word = token.plain in _names().words
    if token.is_all_capitals and (len(token.plain) < 4 or is_word):
        return is_broad
    if is_word and token.begins:
        return _does_something(tokens, place)
    return token.plain not in _words("not_names")


def _is_broad_name(tokens: list[_Token], place: int, *, follows_cue: bool) -> bool:
    token = tokens[place]
    if follows_cue and _is_title(tokens, place):
        return token.plain not in _words("not_names") and token.plain not in _words("person_verbs")
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
    if before and before.plain in _words("place_before") and before.has_capital:
        return True
    for after, following in pairwise(tokens[place : place + 4]):
        if set(following.gap) - set(" '’") or not after.has_capital:
            return False
        if following.plain in _words("place_after"):
            return True
    return False


def _follows_cue(tokens: list[_Token], place: int) -> bool:
    """Return whether a title, a role, "called", "my name is" or "my son" stands just before."""
    if not place or set(tokens[place].gap) - set(" .,:\"'“‘"):
        return False
    before = tokens[place - 1]
    if "." in tokens[place].gap and before.plain not in {"dr", "mr", "mrs", "ms", "prof"}:
        return False
    if before.plain in _words("titles") or before.plain in _words("roles"):
        return True
    second = tokens[place - 2].plain if place > 1 else ""
    if before.plain in _words("relations"):
        return second in _words("owners") or (
            place > 2 and tokens[place - 3].plain in _words("owners")
        )
    return before.plain == "is" and second == "name"


def _is_title(tokens: list[_Token], place: int) -> bool:
    return tokens[place - 1].plain in {"dr", "mr", "mrs", "ms"} and len(tokens[place].plain) > 2


def _does_something(tokens: list[_Token], place: int) -> bool:
    if place + 1 == len(tokens):
        return False
    following = tokens[place + 1]
    return following.gap.strip() == "" and following.plain in _words("person_verbs")


def _is_among_latin(tokens: list[_Token], place: int) -> bool:
    """Return whether most words nearby are of Latin letters: another script is then a name."""
    nearby = tokens[max(0, place - 6) : place + 7]
    return 2 * sum(token.script == "LATIN" for token in nearby) > len(nearby)


def _beside(tokens: list[_Token], found: list[bool]) -> Iterator[int]:
    """Yield the places of words with a capital that a found name makes names too.

    A surname after a first name; the other of two that "and" joins; one after the other in a list.
    """
    known = list(found)
    for place, token in enumerate(tokens):
        if known[place] or not token.may_be_name or token.is_all_capitals:
            continue
        if _is_of_a_place(tokens, place):
            continue
        gap = token.gap
        is_joined = place > 0 and known[place - 1] and gap.strip() in {"", "&", ",", "/", "+"}
        is_second = (
            place > 1 and known[place - 2] and tokens[place - 1].plain == "and" and not token.begins
        )
        if is_joined or is_second:
            known[place] = True
            yield place
    for place in range(len(tokens) - 2, -1, -1):
        token, following = tokens[place], tokens[place + 1]
        if known[place] or not token.may_be_name or token.is_all_capitals:
            continue
        if _is_of_a_place(tokens, place):
            continue
        is_joined = known[place + 1] and following.gap.strip() in {"&", "/", "+"}
        is_first = (
            following.plain == "and"
            and place + 2 < len(tokens)
            and known[place + 2]
            and not set(following.gap) - {" "}
        )
        if is_joined or is_first:
            known[place] = True
            yield place
