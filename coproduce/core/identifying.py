"""Finding what could tell who somebody is, in free text, by plain rules.

Warns the writer before anything is stored; a person decides. Names are often missed: the interface
says so. Every rule is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from coproduce.core.messages import Message, _
from coproduce.core.name_rules import find_names
from coproduce.core.number_rules import find_numbers


class Setting(Enum):
    """How much must speak for a detail before it is found.

    Attributes:
        PRECISE: for a writer, who must not be asked about ordinary sentences.
        BROAD: for a moderator, who looks at each find and loses little by one too many.
    """

    PRECISE = auto()
    BROAD = auto()


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
_SHORT_DAYS = f"{_DAYS}|mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun"
_YEAR = r"(?:,? ?(?:19|20)\d\d\b)?"
_TOP = "com|org|net|co\\.uk|org\\.uk|ac\\.uk|nhs\\.uk|gov\\.uk|me\\.uk|uk|eu|ie|fr|de|pl|ro|io"
_MAIL_HOST = "gmail|googlemail|hotmail|outlook|yahoo|icloud|live|aol|proton(?:mail)?|btinternet"
_NETWORK = (
    "insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|whats ?app|twitter|tik ?tok|facebook|fb"
    "|only ?fans|kik|discord"
)
_STREET = (
    "Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Court|Drive|Terrace|Way|Place|Crescent|Gardens"
    "|Grove|Square|Hill|Row|Mews|Walk|Park|View|Green|Rise|Parade|Wharf|Quay"
)
# Postcode areas. Source: Royal Mail, PAF programmers' guide.
_AREAS = (
    "AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN "
    "DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L "
    "LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA "
    "SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS "
    "WV YO ZE"
)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? {0,2}\d[A-Z]{2}"

_MIDDLES: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<=[\w.+-])@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b"),
    # An address written so that machines do not see it: "at" and "dot".
    re.compile(
        rf" ?(?:[(\[{{]at[)\]}}]|(?<= )at\b|@) ?"
        rf"(?:(?:{_MAIL_HOST})\b(?: ?(?:\.|[(\[{{]?dot[)\]}}]?) ?(?:{_TOP})\b)?"
        rf"|[\w-]{{2,63}} ?[(\[{{]?\bdot\b[)\]}}]? ?(?:{_TOP}|co|ac)\b(?: dot uk\b)?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<=[a-z0-9-])\.(?:(?:{_TOP})\b(?:/\S{{1,200}})?"
        r"|(?:me|ee|gg|ly|tv|link|page|bio)/\S{1,200})",
        re.IGNORECASE,
    ),
)
"""The later part of an address; what stands before it is looked up to the left, once."""

_LONGEST_START = 64

_POSTCODES: tuple[re.Pattern[str], ...] = (
    # Full postcode. Source: Royal Mail PAF programmers' guide.
    re.compile(rf"(?<![A-Z]){_POSTCODE}(?![A-Z])", re.IGNORECASE),
    # The first part: two letters tell enough; one letter needs a word of place before it.
    re.compile(
        r"\b(?<!vitamin )(?<!ward )(?<!room )(?<!bed )(?<!the )[A-Z]{2}\d[A-Z\d]?\b(?! ward| unit)"
    ),
    re.compile(
        r"\b(?:[Ii]n|[Nn]ear|[Ff]rom|[Aa]round|[Ll]ive at|[Aa]rea) "
        r"([A-Z]\d[A-Z\d]?)\b(?! ward| unit)"
    ),
)
_ANY_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\b", re.IGNORECASE)
_KNOWN_AREAS = frozenset(_AREAS.split())
_LETTERS = re.compile(r"[A-Za-z]{1,2}")

_PATTERNS: tuple[tuple[Found, re.Pattern[str]], ...] = (
    (Found.CONTACT, re.compile(r"\b(?:https?://|www\.)\S{1,200}", re.IGNORECASE)),
    (Found.CONTACT, re.compile(r"(?<![\w@])@\w[\w.]{2,30}\b")),
    (
        Found.CONTACT,
        re.compile(
            rf"\b(?:{_NETWORK})(?: name| handle| user(?:name)?| is| me)? ?[:=] ?[\w.@-]{{3,40}}",
            re.IGNORECASE,
        ),
    ),
    (
        Found.CONTACT,
        re.compile(
            rf"\b(?:{_NETWORK})(?: name| handle| user(?:name)?| is| on| me| at){{0,3}} "
            r"([^\W\d]{0,30}[\d_.][\w.]{1,30})\b",
            re.IGNORECASE,
        ),
    ),
    (
        Found.PLACE,
        re.compile(
            r"\b(?:[Ff]lat |[Rr]oom |[Uu]nit )?\d{1,4}[a-z]?,? (?:[A-Z][\w'’-]{1,20},? ){1,6}"
            rf"(?i:{_POSTCODE})\b"
        ),
    ),
    (
        Found.PLACE,
        re.compile(
            r"\b(?:[Ff]lat \d{1,4}[a-z]?,? )?\d{1,4}[a-z]?,? (?:[A-Z][a-z'’-]{2,20} ){1,3}"
            rf"(?:{_STREET})\b"
        ),
    ),
    (
        Found.PLACE,
        re.compile(
            r"\b\d{1,4}[a-z]? (?!miles?|min|hours?|years?|people|other|of|on|in|to|by|from)"
            r"[a-z'’-]{3,20} (?:street|road|lane|avenue|crescent|terrace)\b"
        ),
    ),
    (
        Found.DAY,
        re.compile(
            rf"\b(?:(?:{_SHORT_DAYS})\b,? )?(?:the )?\d{{1,2}}"
            rf"(?:(?:st|nd|rd|th)(?: of)?|(?: of)?(?! may [a-z])) ?(?:{_MONTHS})\b{_YEAR}",
            re.IGNORECASE,
        ),
    ),
    (
        Found.DAY,
        re.compile(
            rf"\b(?!may \d)(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?! ?%){_YEAR}",
            re.IGNORECASE,
        ),
    ),
    (Found.DAY, re.compile(rf"\bMay \d{{1,2}}(?:st|nd|rd|th)?\b{_YEAR}")),
    (
        Found.DAY,
        re.compile(
            rf"\b(?:{_MONTHS})(?: of)?,? (?:19|20)\d\d\b",
            re.IGNORECASE,
        ),
    ),
    (Found.DAY, re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?!\d)")),
    (Found.DAY, re.compile(r"(?<!\d)(?:19|20)\d\d-\d{1,2}-\d{1,2}(?!\d)")),
    (Found.DAY, re.compile(rf"\b(?:last|on|this|next) (?:{_DAYS})\b", re.IGNORECASE)),
    (Found.DAY, re.compile(r"\b(?:on )?the \d{1,2}(?:st|nd|rd|th)\b(?! time)", re.IGNORECASE)),
    (
        Found.DAY,
        re.compile(
            r"\b(?:my|his|her|their|our|son's|daughter's) (?:\d{1,3}(?:st|nd|rd|th) )?birthday\b"
            r"|\b(?:was|were|am|i'm) born (?:on|in) [\w ]{2,20}"
            r"|\b(?:on )?(?:christmas|boxing|new year's|valentine's) (?:day|eve)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Found.ONLY_ONE,
        re.compile(
            r"\b(?:the only (?:one|person|woman|man|girl|guy|trans \w+|client|patient)"
            r"|(?:(?<=i am )|(?<=i'm )|(?<=i was ))the (?:only|first|youngest|oldest))\b"
            r"[^.!?\n]{0,60}",
            re.IGNORECASE,
        ),
    ),
)

_BROAD_PATTERNS: tuple[tuple[Found, re.Pattern[str]], ...] = (
    (
        Found.PLACE,
        re.compile(
            r"\b(?:[A-Z][a-z'’-]{2,20} ){1,2}"
            r"(?:Street|Road|Lane|Avenue|Crescent|Terrace|Hospital|Infirmary|House|Lodge|Hostel)\b"
        ),
    ),
    (
        Found.DAY,
        re.compile(
            r"(?<!\d)(?:[01]?\d|2[0-3])(?:[:.][0-5]\d ?(?:am|pm)?| ?(?:am|pm))\b"
            rf"|\b(?:{_DAYS}|thurs|weds|tues)\b"
            r"|\b(?:yesterday|last night|last week|this morning|the other day|tonight)\b"
            r"|\b(?:a|one|two|three|four|\d{1,2}) (?:days?|weeks?|months?) ago\b"
            rf"|\b(?:in|since|until|till|last|from|during|of) (?:{_MONTHS})\b",
            re.IGNORECASE,
        ),
    ),
)

_TAG = re.compile(r"\[[^\W\d_A-Z]{2,20}(?: [^\W\d_A-Z]{2,20}){0,2}\]")
"""What stands for a detail that was taken out, such as ``[family member]``."""


def find_identifying(text: str, setting: Setting = Setting.PRECISE) -> tuple[Span, ...]:
    """Return the details found, in order; two that overlap become one of the earlier's kind.

    A tag that stands for a detail already is no find.

    Args:
        text: any text.
        setting: how much must speak for a detail before it is found.
    """
    tags = [match.span() for match in _TAG.finditer(text)]
    kept: list[Span] = []
    passed = 0
    for span in sorted(_all_spans(text, setting), key=lambda span: (span.start, -span.end)):
        while passed < len(tags) and tags[passed][1] < span.end:
            passed += 1
        if passed < len(tags) and tags[passed][0] <= span.start:
            continue
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


def _all_spans(text: str, setting: Setting) -> Iterator[Span]:
    is_broad = setting is Setting.BROAD
    # The first of two equal finds stays: a pattern, then a number, then a name.
    for kind, pattern in _PATTERNS + (_BROAD_PATTERNS if is_broad else ()):
        for match in pattern.finditer(text):
            yield Span(*match.span(match.lastindex or 0), kind)
    for start, end in _addresses(text):
        yield Span(start, end, Found.CONTACT)
    for pattern in (*_POSTCODES, *((_ANY_POSTCODE,) if is_broad else ())):
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            letters = _LETTERS.match(text, start)
            if letters and letters.group().upper() in _KNOWN_AREAS:
                yield Span(start, end, Found.PLACE)
    for start, end, is_phone in find_numbers(text, is_broad=is_broad):
        yield Span(start, end, Found.CONTACT if is_phone else Found.NUMBER)
    for start, end in find_names(text, is_broad=is_broad):
        yield Span(start, end, Found.NAME)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses of mail and of pages. No sign is looked at twice on the way to the left."""
    for pattern in _MIDDLES:
        done = 0
        for match in pattern.finditer(text):
            start = match.start()
            furthest = max(done, start - _LONGEST_START)
            while start > furthest and (text[start - 1].isalnum() or text[start - 1] in "_.+-"):
                start -= 1
            done = match.end()
            if start < match.start():
                yield start, done
