"""Finding what could tell who somebody is, in free text, by plain rules.

Warns the writer before anything is stored; a person decides. Names are often missed: the interface
says so. Every rule is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from coproduce.core.contact_rules import find_contacts
from coproduce.core.day_rules import find_days
from coproduce.core.messages import Message, Translate, _, untranslated
from coproduce.core.name_rules import find_names
from coproduce.core.number_rules import find_numbers
from coproduce.core.place_names import FindPlaces, no_places
from coproduce.core.place_rules import find_addresses
from coproduce.core.written_forms import Form, find_forms


class Setting(Enum):
    """How much must speak for a detail before it is found.

    Attributes:
        PRECISE: for a writer, who must not be asked about ordinary sentences.
        BROAD: for a moderator, who looks at each find and loses little by one too many.
    """

    PRECISE = auto()
    BROAD = auto()


class Found(StrEnum):
    """What kind of detail was found; the value is kept in flags beside sealed words."""

    NUMBER = "number"
    CONTACT = "contact"
    PLACE = "place"
    DAY = "day"
    NAME = "name"
    ONLY_ONE = "only one"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where a detail stands in a text: from ``start`` up to but not including ``end``."""

    start: int
    end: int
    found: Found


NAMES_OF = {
    Found.NUMBER: _("a number that belongs to a person"),
    Found.CONTACT: _("a way to reach somebody"),
    Found.PLACE: _("a place"),
    Found.DAY: _("a day or time"),
    Found.NAME: _("a name"),
    Found.ONLY_ONE: _("words that may fit one person only"),
}

TAGS = {
    Found.NUMBER: _("number"),
    Found.CONTACT: _("contact"),
    Found.PLACE: _("place"),
    Found.DAY: _("day"),
    Found.NAME: _("name"),
    Found.ONLY_ONE: _("only one"),
}
"""What stands, in square brackets, in place of a detail that was taken out: one to three words."""

WITHOUT_WORDS = "…"
"""What stands in place of a detail where its tag would make a text too long."""

_ONLY = (
    "one|person|woman|man|girl|guy|lad|lass|mum|dad|couple|trans \\w+|black \\w+|asian \\w+"
    "|deaf \\w+|client|patient"
)
# What follows where somebody else is praised: "the only one who helped".
_OF_OTHERS = (
    "(?:who|that)(?: ever| really| actually| would| could| even| has| had| have){0,2}"
    " (?:help|listen|car|talk|ask|understood|understand|bother|treat|took|take|gave|give|made|make"
    "|seem|answer|explain|got|tried|try|stay|saw|see|spoke|speak|told|tell|believ|notic)\\w{0,3}"
)
_ONLY_FORMS = (
    Form(
        re.compile(
            r"(?:(?<=\bi am )|(?<=\bi['’]m )|(?<=\bim )|(?<=\bi was )|(?<=\bbeing )|(?<=\bas ))"
            r"the (?:only|first|youngest|oldest)\b[^.!?,\n]{0,60}"
            rf"|(?<!was )(?<!is )\bthe only (?:{_ONLY})\b(?! (?:{_OF_OTHERS})\b)[^.!?,\n]{{0,60}}",
            re.IGNORECASE,
        ),
        needs=("the only", "the first", "the youngest", "the oldest"),
    ),
)

_TAG = re.compile(r"\[[^\]\[\s\dA-Z@./:]{2,24}(?: [^\]\[\s\dA-Z@./:]{2,24}){0,2}\]")
"""What stands for a detail that was taken out, such as ``[family member]``, in any script."""


def find_identifying(
    text: str, setting: Setting = Setting.PRECISE, find_places: FindPlaces = no_places
) -> tuple[Span, ...]:
    """Return the details found, in order; two that overlap become one of the earlier's kind.

    A tag that stands for a detail already is no find; one that a find touches goes with it whole.

    Args:
        text: any text.
        setting: how much must speak for a detail before it is found.
        find_places: gives where names of the directory stand.
    """
    tags = [match.span() for match in _TAG.finditer(text)]
    found = [Span(start, end, Found.PLACE) for start, end in find_places(text)]
    found += _all_spans(text, setting)
    kept: list[Span] = []
    for span in _clear_of(tags, sorted(found, key=lambda span: (span.start, -span.end))):
        if kept and span.start < kept[-1].end:
            end = max(span.end, kept[-1].end)
            kept[-1] = Span(kept[-1].start, end, kept[-1].found)
        else:
            kept.append(span)
    return tuple(kept)


def _clear_of(tags: list[tuple[int, int]], spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans that stand in no tag; one that begins or ends in a tag covers all of it."""
    first = 0
    for span in spans:
        while first < len(tags) and tags[first][1] <= span.start:
            first += 1
        start, end, place = span.start, span.end, first
        if place < len(tags) and tags[place][0] <= start and end <= tags[place][1]:
            continue
        while place < len(tags) and tags[place][0] < end:
            start, end = min(start, tags[place][0]), max(end, tags[place][1])
            place += 1
        yield Span(start, end, span.found)


def hidden(text: str, spans: Iterable[Span], say: Translate = untranslated) -> str:
    """Return the text with every span replaced by its tag, such as ``[name]``.

    Args:
        text: any text.
        spans: what was found in it.
        say: puts a tag into the language of the writer.
    """
    return _replaced(text, [(span, f"[{say(TAGS[span.found])}]") for span in sorted(spans)])


def without_details(
    text: str, limit: int, find_places: FindPlaces = no_places, say: Translate = untranslated
) -> str:
    """Return the text without anything that is found in it, and nothing is found afterwards.

    What was taken out may join what stood around it, so it is looked at until nothing is left. A
    text that tags would make longer than the limit gets the shortest sign there is instead.

    Args:
        text: any text, at most as long as the limit.
        limit: most characters of the text that is returned.
        find_places: gives where names of the directory stand.
        say: puts a tag into the language of the writer.
    """
    left = text
    while spans := find_identifying(left, find_places=find_places):
        left = hidden(left, spans, say)
    if len(left) <= limit:
        return left
    left = text
    while spans := find_identifying(left, find_places=find_places):
        left = _replaced(left, [(span, WITHOUT_WORDS) for span in spans])
    return left


def _replaced(text: str, spans: Iterable[tuple[Span, str]]) -> str:
    out, position = [], 0
    for span, instead in spans:
        out += [text[position : span.start], instead]
        position = span.end
    return "".join([*out, text[position:]])


def what_was_found(spans: Iterable[Span]) -> tuple[Message, ...]:
    """Return each kind of detail once, in the order of `Found`."""
    kinds = {span.found for span in spans}
    return tuple(NAMES_OF[kind] for kind in Found if kind in kinds)


def _all_spans(text: str, setting: Setting) -> Iterator[Span]:
    is_broad = setting is Setting.BROAD
    # The first of two equal finds stays: one by its form, then a number, then a name.
    for kind, found in (
        (Found.CONTACT, find_contacts(text)),
        (Found.PLACE, find_addresses(text, is_broad=is_broad)),
        (Found.DAY, find_days(text, is_broad=is_broad)),
        (Found.ONLY_ONE, find_forms(text, _ONLY_FORMS)),
    ):
        for start, end in found:
            yield Span(start, end, kind)
    for start, end, is_phone in find_numbers(text, is_broad=is_broad):
        yield Span(start, end, Found.CONTACT if is_phone else Found.NUMBER)
    for start, end in find_names(text, is_broad=is_broad):
        yield Span(start, end, Found.NAME)
