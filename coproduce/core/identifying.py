"""Finding what could tell who somebody is, in free text, by plain rules.

Warns the writer before anything is stored; a person decides. Names are often missed: the interface
says so. Every rule is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from stdnum.gb import nhs

from coproduce.core.messages import Message, _


class Found(StrEnum):
    """What kind of detail was found; the value is the tag that replaces it."""

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

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"

_PATTERNS: tuple[tuple[Found, re.Pattern[str]], ...] = (
    (Found.CONTACT, re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b")),
    (Found.CONTACT, re.compile(r"\b(?:https?://|www\.)\S{1,200}", re.IGNORECASE)),
    (Found.CONTACT, re.compile(r"(?<![\w@])@\w{3,30}\b")),
    # National Insurance number. Source: HMRC manual NIM39110.
    (
        Found.NUMBER,
        re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE),
    ),
    # Vehicle registration of the present form. Source: DVLA INF104.
    (Found.NUMBER, re.compile(r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b")),
    # Full postcode. Source: Royal Mail PAF programmers' guide.
    (Found.PLACE, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)),
    (
        Found.PLACE,
        re.compile(
            r"\b\d{1,4}[a-z]? (?:[A-Z][a-z]{2,20} ){1,3}"
            r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Court|Drive|Terrace|Way|Place)\b"
        ),
    ),
    (Found.DAY, re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTHS})\b", re.IGNORECASE)),
    (Found.DAY, re.compile(rf"\b(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b", re.IGNORECASE)),
    (Found.DAY, re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})\b")),
    (Found.DAY, re.compile(rf"\b(?:last|on|this|next) (?:{_DAYS})\b", re.IGNORECASE)),
    (Found.DAY, re.compile(r"\b(?:on )?the \d{1,2}(?:st|nd|rd|th)\b", re.IGNORECASE)),
    (
        Found.ONLY_ONE,
        re.compile(
            r"\bthe only (?:one|person|woman|man|girl|guy|trans \w+|client|patient)\b"
            r"[^.!?\n]{0,60}",
            re.IGNORECASE,
        ),
    ),
    (
        Found.NAME,
        re.compile(
            r"\b(?:[Nn]urse|[Dd]r\.?|[Dd]octor|[Mm]r\.?|[Mm]rs\.?|[Mm]s\.?|[Mm]iss|[Ss]ister"
            r"|[Cc]alled|[Nn]amed|[Mm]y name is|[Mm]y (?:key ?)?worker"
            r"|[Mm]y (?:son|daughter|partner|boyfriend|girlfriend|husband|wife)"
            r"|[Mm]y (?:mum|dad|sister|brother|friend)) "
            r"([A-Z][a-z'’-]{1,20}(?: [A-Z][a-z'’-]{1,20})?)"
        ),
    ),
)

_DIGIT_RUN = re.compile(r"\d(?:[ -]?\d){8,11}")


def find_identifying(text: str) -> tuple[Span, ...]:
    """Return the details found, in order; two that overlap become one of the earlier's kind."""
    kept: list[Span] = []
    for span in sorted(_all_spans(text), key=lambda span: (span.start, -span.end)):
        if kept and span.start < kept[-1].end:
            end = max(span.end, kept[-1].end)
            kept[-1] = Span(kept[-1].start, end, kept[-1].found)
        else:
            kept.append(span)
    return tuple(kept)


def hidden(text: str, spans: Iterable[Span]) -> str:
    """Return the text with every span replaced by its tag, such as ``[name]``."""
    out, position = [], 0
    for span in sorted(spans):
        out += [text[position : span.start], f"[{span.found.value}]"]
        position = span.end
    return "".join([*out, text[position:]])


def what_was_found(spans: Iterable[Span]) -> tuple[Message, ...]:
    """Return each kind of detail once, in the order of `Found`."""
    kinds = {span.found for span in spans}
    return tuple(NAMES_OF[kind] for kind in Found if kind in kinds)


def _all_spans(text: str) -> Iterator[Span]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Span(*match.span(match.lastindex or 0), kind)
    # Before telephone numbers: an NHS number could be one, and the first of two equal finds stays.
    for run in _DIGIT_RUN.finditer(text):
        if nhs.is_valid(run.group()):
            yield Span(*run.span(), Found.NUMBER)
    for number in phonenumbers.PhoneNumberMatcher(
        text, "GB", phonenumbers.Leniency.POSSIBLE, max_tries=100
    ):
        yield Span(number.start, number.end, Found.CONTACT)
