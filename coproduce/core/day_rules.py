"""Finding days and times in free text. Every rule is linear."""

import re
from collections.abc import Iterator

from coproduce.core.written_forms import Form, find_forms

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_SHORT_DAYS = f"{_DAYS}|mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun"
_YEAR = r"(?:,? ?(?:19|20)\d\d\b)?"
_MONTH_SIGNS = (
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_DAY_SIGNS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_FORMS = (
    Form(
        re.compile(
            rf"\b(?:(?:{_SHORT_DAYS})\b,? )?(?:the )?\d{{1,2}}"
            rf"(?:(?:st|nd|rd|th)(?: of)?|(?: of)?(?! may [a-z])) ?(?:{_MONTHS})\b{_YEAR}",
            re.IGNORECASE,
        ),
        needs=_MONTH_SIGNS,
    ),
    Form(
        re.compile(
            rf"\b(?!may \d)(?:{_MONTHS})(?:(?<=\b\w\w\w)\.)? \d{{1,2}}(?:st|nd|rd|th)?\b(?! ?%)"
            rf"{_YEAR}",
            re.IGNORECASE,
        ),
        needs=_MONTH_SIGNS,
    ),
    Form(
        re.compile(rf"\bMay \d{{1,2}}(?:st|nd|rd|th)?\b{_YEAR}"),
        needs=("may",),
    ),
    Form(re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?!\d)")),
    Form(
        re.compile(r"\bon (?:the )?(\d{1,2}/(?:1[0-2]|0?[1-9]))(?![\d/])", re.IGNORECASE),
        needs=("/",),
    ),
    Form(
        re.compile(r"(?<!\d)(?:19|20)\d\d-\d{1,2}-\d{1,2}(?!\d)"),
        needs=("-",),
    ),
    Form(
        re.compile(rf"\b(?:last|on|this|next) (?:{_SHORT_DAYS})\b", re.IGNORECASE),
        needs=_DAY_SIGNS,
    ),
    Form(
        re.compile(r"\b(?:on )?the \d{1,2}(?:st|nd|rd|th)\b(?! time)", re.IGNORECASE),
        needs=("the ",),
    ),
    Form(
        re.compile(
            r"\b(?:my|his|her|their|our|son's|daughter's) (?:\d{1,3}(?:st|nd|rd|th) )?birthday\b"
            r"|\b(?:was|were|am|i'm) born (?:on [\w ]{2,20}|in (?:19|20)\d\d\b)"
            r"|\b(?:on )?(?:christmas|boxing|new year's|valentine's) (?:day|eve)\b",
            re.IGNORECASE,
        ),
        needs=("birthday", "born", "day", "eve"),
    ),
)
_BROAD_FORMS = (
    Form(
        re.compile(
            r"(?<!\d)(?:[01]?\d|2[0-3])(?:[:.][0-5]\d ?(?:am|pm)?| ?(?:am|pm))\b", re.IGNORECASE
        ),
        needs=(":", ".", "am", "pm"),
    ),
    Form(re.compile(rf"\b(?:(?:{_DAYS})s?|thurs|weds|tues)\b", re.IGNORECASE), needs=_DAY_SIGNS),
    Form(
        re.compile(
            r"(?<![\d/])(?!24/7|\d{1,2}/10\b)(?:[0-2]?\d|3[01])/(?:1[0-2]|0?[1-9])(?![\d/])"
        ),
        needs=("/",),
    ),
    Form(
        re.compile(
            r"\b(?:at )?(?:half|quarter) (?:past |to )?"
            r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
            re.IGNORECASE,
        ),
        needs=("half", "quarter"),
    ),
    Form(
        re.compile(
            r"\b(?:yesterday|last night|last week|this morning|the other day|tonight)\b"
            r"|\b(?:a|one|two|three|four|\d{1,2}) (?:days?|weeks?|months?) ago\b",
            re.IGNORECASE,
        ),
        needs=("yesterday", "night", "week", "morning", "day", " ago"),
    ),
    Form(
        re.compile(
            rf"\b(?:{_MONTHS})(?: of)?,? (?:19|20)\d\d\b"
            rf"|\b(?:in|since|until|till|last|from|during|of) (?:{_MONTHS})\b"
            r"(?:,? (?:19|20)\d\d\b)?",
            re.IGNORECASE,
        ),
        needs=_MONTH_SIGNS,
    ),
    Form(
        re.compile(r"\b(?:was|were|am|i'm) born in [\w ]{2,20}", re.IGNORECASE), needs=("born in",)
    ),
)


def find_days(text: str, *, is_broad: bool) -> Iterator[tuple[int, int]]:
    """Yield where a date stands, or a day that people remember.

    Args:
        text: any text.
        is_broad: also hours, weekdays, months, and days told from today, such as "yesterday".
    """
    yield from find_forms(text, _FORMS)
    if is_broad:
        yield from find_forms(text, _BROAD_FORMS)
