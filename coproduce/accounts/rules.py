"""What is true about accounts, whatever stores them: roles, reach, days, names, passphrases."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from coproduce.core.actor import Grant
from coproduce.core.permissions import STAFF, Role, Scope

SIGN_IN_DAYS: Final = 1
"""Days after which a sign-in ends however busy it is. Source: docs/adr/0012-key-chain.md."""


def needs_second_factor(roles: Iterable[Role]) -> bool:
    """Return True if somebody with these roles must sign in in two steps."""
    return not STAFF.isdisjoint(roles)


def last_day_of_sign_in(today: date) -> date:
    """Return the last day of a sign-in that begins today; it may go over midnight."""
    return today + timedelta(days=SIGN_IN_DAYS)


def scope_ids(grants: Iterable[Grant], role: Role, scope: Scope) -> frozenset[bytes]:
    """Return the providers, or the areas, that a role of somebody reaches."""
    return frozenset(
        grant.scope_id
        for grant in grants
        if grant.role is role and grant.scope is scope and grant.scope_id is not None
    )
