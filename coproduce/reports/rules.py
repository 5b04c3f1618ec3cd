"""What staff do about words that tell who somebody is. Pure."""

from datetime import date, timedelta
from enum import StrEnum

NOTICE_DAYS = 30
"""Days for which a notice about words is kept. Source: docs/retention.md."""

REPORT_LIMIT = 200
"""Longest address or code of a report that a notice may hold, in characters.

Source: an address of a report has less than 100.
"""

NOTICE_LIMIT = 500
"""Longest words of a notice, in characters: a few of them are enough to find the place.

Source: docs/reports.md.
"""


class Done(StrEnum):
    """What the log calls each step of taking words out of reports."""

    ASKED = "words withdrawal asked"
    WITHDRAWN = "words withdrawn"
    KEPT = "words kept"
    NOTICE_CLOSED = "words notice closed"


def week_of(day: date) -> date:
    """Return the Monday of a week."""
    return day - timedelta(days=day.weekday())


def kept_notices_from(today: date) -> date:
    """Return the first week whose notices are still kept."""
    return week_of(today - timedelta(days=NOTICE_DAYS))
