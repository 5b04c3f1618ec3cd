"""Calendar quarters, written like "2026-Q3": the only unit of time an answer keeps.

Pure arithmetic. A period is plain text, so that it can be stored and published as it
stands; four-digit years make text order the order of time. Nothing here asks the clock.
"""

import re
from datetime import MAXYEAR, MINYEAR, date, timedelta

WITHDRAWAL_DAYS = 14
"""Days between the end of a period and its freeze, for withdrawals and moderation.

Source: docs/disclosure.md, R2.
"""

_PERIOD = re.compile(r"([0-9]{4})-Q([1-4])")


def is_period(text: str) -> bool:
    """Whether the text names a calendar quarter, such as "2026-Q3", whose days can be counted."""
    match = _PERIOD.fullmatch(text)
    return match is not None and MINYEAR <= int(match[1]) < MAXYEAR


def period_of(day: date) -> str:
    """The calendar quarter that a day lies in."""
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


def shift_period(period: str, quarters: int) -> str:
    """The period that many quarters later, or earlier where the number is negative."""
    return _period_at(_position(period) + quarters)


def next_period(period: str) -> str:
    """The quarter that follows."""
    return shift_period(period, 1)


def previous_period(period: str) -> str:
    """The quarter before."""
    return shift_period(period, -1)


def quarters_between(earlier: str, later: str) -> int:
    """How many quarters the second period lies after the first: 0 for the same one."""
    return _position(later) - _position(earlier)


def periods_between(first: str, last: str) -> tuple[str, ...]:
    """Every period from the first to the last, both included; none if they are reversed."""
    return tuple(map(_period_at, range(_position(first), _position(last) + 1)))


def first_day(period: str) -> date:
    """The day a period begins."""
    year, quarter = divmod(_position(period), 4)
    return date(year, 3 * quarter + 1, 1)


def last_day(period: str) -> date:
    """The day a period ends."""
    return first_day(next_period(period)) - timedelta(days=1)


def freeze_day(period: str) -> date:
    """The first day on which a period may be frozen.

    Source: docs/disclosure.md, R2.
    """
    return last_day(period) + timedelta(days=WITHDRAWAL_DAYS)


def latest_freezable(day: date) -> str:
    """The newest period whose freeze day has come."""
    return previous_period(period_of(day - timedelta(days=WITHDRAWAL_DAYS - 1)))


def _position(period: str) -> int:
    """Count quarters since the year 0, so that periods can be added and compared."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(f"not a calendar quarter: {period!r}")
    return int(match[1]) * 4 + int(match[2]) - 1


def _period_at(position: int) -> str:
    year, quarter = divmod(position, 4)
    return f"{year:04d}-Q{quarter + 1}"
