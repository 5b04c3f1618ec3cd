"""Finding addresses, streets and postcodes in free text. Every rule is linear.

Names of the directory are `place_names`.
"""

import re
from collections.abc import Iterator

from coproduce.core.written_forms import Form, find_forms

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

_WAYS = ("street", "road", "lane", "avenue", "crescent", "terrace")

_FORMS = (
    Form(
        re.compile(
            r"\b(?:[Ff]lat |[Rr]oom |[Uu]nit )?\d{1,4}[a-z]?,? (?:[A-Z][\w'’-]{1,20},? ){1,6}"
            rf"(?i:{_POSTCODE})\b"
        )
    ),
    Form(
        re.compile(
            r"\b(?:[Ff]lat \d{1,4}[a-z]?,? )?\d{1,4}[a-z]?,? (?:[A-Z][a-z'’-]{2,20} ){1,3}"
            rf"(?:{_STREET})\b"
        )
    ),
    Form(
        re.compile(
            r"\b\d{1,4}[a-z]? (?!miles?|min|hours?|years?|people|other|of|on|in|to|by|from)"
            r"[a-z'’-]{3,20} (?:street|road|lane|avenue|crescent|terrace)\b"
        ),
        needs=_WAYS,
    ),
    Form(
        re.compile(
            r"\b(?:[A-Z][a-z'’-]{2,20} ){1,2}"
            r"(?:Street|Road|Lane|Avenue|Crescent|Terrace)\b(?<!High Street)"
        ),
        needs=_WAYS,
    ),
    Form(
        re.compile(
            r"\b(?:on|off|by|near|down|along|outside|behind|of) "
            r"((?!(?:the|this|that|my|our|your|their|his|her|main|same|busy|high|other|back|side) )"
            r"[a-z'’-]{3,20} (?:street|road|lane|avenue|crescent|terrace))\b"
        ),
        needs=_WAYS,
    ),
)
_BROAD_FORMS = (
    Form(
        re.compile(r"\b(?:[A-Z][a-z'’-]{2,20} ){1,2}(?:Hospital|Infirmary|House|Lodge|Hostel)\b"),
        needs=("hospital", "infirmary", "house", "lodge", "hostel"),
    ),
)


def find_addresses(text: str, *, is_broad: bool) -> Iterator[tuple[int, int]]:
    """Yield where an address, a street or a postcode stands, whole or its first part.

    Args:
        text: any text.
        is_broad: also houses by their name, and any part of a postcode.
    """
    yield from find_forms(text, _FORMS)
    if is_broad:
        yield from find_forms(text, _BROAD_FORMS)
    for pattern in (*_POSTCODES, *((_ANY_POSTCODE,) if is_broad else ())):
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            letters = _LETTERS.match(text, start)
            if letters and letters.group().upper() in _KNOWN_AREAS:
                yield start, end
