"""Finding numbers that belong to a person or reach one, in free text. Every rule is linear."""

import re
from collections.abc import Iterator

import phonenumbers
from stdnum import iban, luhn
from stdnum.gb import nhs

from coproduce.core.written_forms import Form, find_forms

# People write the letter for nought: "o7700".
_DIGIT_RUN = re.compile(
    r"(?<!\d)(?:\+|\b00|\b[oO](?=[ 127]))?\(?\d(?:[ ()./-]{0,3}(?:\d|[oO](?=[\doO ]))){6,24}(?!\d)"
)
_NOUGHTS = str.maketrans("oO", "00")
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_DATE_OR_TIME = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"
    r"|\d{4} ?[-/] ?\d{4}"
)
_SPOKEN_DIGIT = "(?:oh|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_SPOKEN_PART = f"(?:{_SPOKEN_DIGIT}|hundred|thousand)"
_SPOKEN_SIGNS = (
    *("oh", "zero", "nought", "one", "two", "three", "four", "five", "six", "seven", "eight"),
    *("nine", "double", "triple", "hundred", "thousand"),
)
_SPOKEN = (
    Form(
        re.compile(rf"\b{_SPOKEN_DIGIT}(?:[ ,-]{{1,3}}{_SPOKEN_DIGIT}){{6,20}}\b", re.IGNORECASE),
        needs=_SPOKEN_SIGNS,
    ),
    Form(
        re.compile(
            rf"(?<!\d)0\d{{3,5}} ?(?:\d{{1,6}}[ ,-]{{1,3}}){{0,6}}{_SPOKEN_PART}\b"
            rf"(?:[ ,-]{{1,3}}(?:\d{{1,6}}|{_SPOKEN_PART})\b){{1,10}}",
            re.IGNORECASE,
        ),
        needs=_SPOKEN_SIGNS,
    ),
)

# Source: HMRC manual NIM39110.
_NINO = re.compile(
    r"(?<![A-Z])[A-CEGHJ-PR-TW-Z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?![A-Z0-9])",
    re.IGNORECASE,
)
# Present form of a vehicle registration, then the two before. Source: DVLA INF104.
_REGISTRATION = re.compile(
    r"\b(?:[A-Z]{2}\d{2} ?[A-Z]{3}|[A-HJ-NPR-TV-Y]\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Y])\b"
)
_ANY_REGISTRATION = re.compile(
    r"\b(?:[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]\d{3} ?[A-Z]{3}|[A-Z]{3} ?\d{3}[A-Y])\b", re.IGNORECASE
)
# Driver number. Source: DVLA, the sixteen characters on a driving licence.
_DRIVER = re.compile(r"\b[A-Z]{1,5}9{0,4}\d{6}[A-Z9]{2}\d?[A-Z]{2}\b", re.IGNORECASE)

_SHORTEST_NUMBER = 9
"""Nine digits or more in a row are no price and no year. Passports have nine, NHS numbers ten.

Source: docs/identifying.md.
"""
_SHORTEST_PHONE, _LONGEST_PHONE = 10, 13
_HIGHEST_BYTE = 255
"""Highest part of an IPv4 address. Source: RFC 791."""
_MOST_PARSED = 100
"""How many runs of seven or eight digits are tried as telephone numbers: it takes long.

Source: docs/identifying.md.
"""


def find_numbers(text: str, *, is_broad: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield where numbers of persons, cards, vehicles and machines stand, and if one is a phone's.

    Args:
        text: any text.
        is_broad: also registrations in lower case.
    """
    for pattern in (_NINO, _ANY_REGISTRATION if is_broad else _REGISTRATION, _DRIVER):
        for match in pattern.finditer(text):
            yield *match.span(), False
    for match in _IBAN.finditer(text):
        if iban.is_valid(match.group()):
            yield *match.span(), False
    for match in _IP.finditer(text):
        if all(int(part) <= _HIGHEST_BYTE for part in match.group().split(".")):
            yield *match.span(), False
    for start, end in find_forms(text, _SPOKEN):
        yield start, end, True
    yield from _long_numbers(text)


def _long_numbers(text: str) -> Iterator[tuple[int, int, bool]]:
    tried = 0
    for start, end, run, digits in _runs(text):
        if len(digits) >= _SHORTEST_NUMBER:
            yield start, end, _is_phone(run, digits)
        elif tried < _MOST_PARSED:
            tried += 1
            if _is_short_phone(run):
                yield start, end, True


def _runs(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield runs of digits, with signs between, that are neither a date nor a span of years."""
    for match in _DIGIT_RUN.finditer(text):
        run = match.group().translate(_NOUGHTS)
        if not _DATE_OR_TIME.fullmatch(run) and not _IP.fullmatch(run):
            digits = "".join(character for character in run if character.isdecimal())
            yield match.start(), match.end(), run, digits


def _is_phone(run: str, digits: str) -> bool:
    if nhs.is_valid(digits) and not run.startswith(("0", "+", "(0")):
        return False
    if len(digits) > _LONGEST_PHONE and luhn.is_valid(digits):
        return False
    return run.startswith(("0", "+", "(0", "(+", "44", "7", "00")) and (
        _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE
    )


def _is_short_phone(run: str) -> bool:
    try:
        number = phonenumbers.parse(run, "GB")
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))
