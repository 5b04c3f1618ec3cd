"""Who may see which report, and what staff do about words that tell who somebody is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from coproduce.core.actor import Grant
from coproduce.core.permissions import ROLE_PERMISSIONS, SCOPES, Permission, Scope

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


@dataclass(frozen=True, slots=True)
class Reach:
    """Which reports somebody may see.

    Attributes:
        is_everywhere: all of them.
        providers: those about services that these run today, and about pools around them.
        areas: those about services, needs and pools in these areas and below.
    """

    is_everywhere: bool = False
    providers: frozenset[bytes] = frozenset()
    areas: frozenset[bytes] = frozenset()


EVERYWHERE = Reach(is_everywhere=True)


def reach_of(grants: Iterable[Grant]) -> Reach:
    """Return which reports these roles open; roles that open none add nothing.

    A role with a reach that it may not be given opens nothing either.

    Source: docs/reports.md, who may see which report.
    """
    reading = [
        grant
        for grant in grants
        if Permission.REPORT_READ in ROLE_PERMISSIONS[grant.role]
        and grant.scope in SCOPES.get(grant.role, ())
    ]
    return Reach(
        is_everywhere=any(grant.scope is Scope.EVERYWHERE for grant in reading),
        providers=_ids(reading, Scope.PROVIDER),
        areas=_ids(reading, Scope.AREA),
    )


def week_of(day: date) -> date:
    """Return the Monday of a week."""
    return day - timedelta(days=day.weekday())


def kept_notices_from(today: date) -> date:
    """Return the first week whose notices are still kept."""
    return week_of(today - timedelta(days=NOTICE_DAYS))


def _ids(grants: Iterable[Grant], scope: Scope) -> frozenset[bytes]:
    return frozenset(g.scope_id for g in grants if g.scope is scope and g.scope_id is not None)
