"""Who may do what, as names. `routes.py` puts one permission on every route; roles hold them."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """What a route asks of whoever comes."""

    ANONYMOUS = "anonymous"
    """Open to everyone and blind: the cookie is never looked at, even of somebody signed in."""

    STRANGER = "stranger"
    """Open to everyone who is about to sign in. Unlike `ANONYMOUS` it refuses a form that cannot
    show that it comes from our own page."""

    SECOND_STEP = "sign-in:second-step"
    """Gave the right passphrase and still owes the second factor. Opens nothing else."""

    SIGNED_IN = "account:own"
    """Look after the own account."""

    ACCOUNTS_MANAGE = "accounts:manage"
    """Invite people, give and end their roles, print recovery codes."""

    TEXT_READ = "text:read"
    """Read what people wrote, make it safe and code it."""

    MODERATION_LEAD = "moderation:lead"
    """See the load of each moderator, serious matters, and decide what was set aside."""

    REPORT_READ = "report:read"
    """Read and download published reports: of the own services or areas only."""

    PRINT = "print"
    """Print posters, forms and invitation cards for services: of the own reach only."""


class Role(StrEnum):
    """A task somebody was given, named as the field names it."""

    ADMINISTRATOR = "administrator"
    MODERATOR = "moderator"
    LEAD = "lead"
    FACILITATOR = "facilitator"
    PANEL_MEMBER = "panel_member"
    PROVIDER_STAFF = "provider_staff"
    COMMISSIONER = "commissioner"


ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset({Permission.ACCOUNTS_MANAGE, Permission.PRINT}),
    Role.MODERATOR: frozenset({Permission.TEXT_READ}),
    Role.LEAD: frozenset({Permission.TEXT_READ, Permission.MODERATION_LEAD}),
    Role.FACILITATOR: frozenset({Permission.PRINT}),
    Role.PANEL_MEMBER: frozenset(),
    Role.PROVIDER_STAFF: frozenset({Permission.REPORT_READ, Permission.PRINT}),
    Role.COMMISSIONER: frozenset({Permission.REPORT_READ, Permission.PRINT}),
}
"""What each role opens besides the own account. An administrator reads no text and no report."""

STAFF = frozenset(Role) - {Role.PANEL_MEMBER}
"""Roles that need a second factor. Source: docs/adr/0011-accounts-without-e-mail.md."""


class Scope(StrEnum):
    """How far a role reaches."""

    EVERYWHERE = "everywhere"
    PROVIDER = "provider"
    AREA = "area"
    """An area and every smaller one inside it."""


SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.PROVIDER_STAFF: frozenset({Scope.PROVIDER}),
    Role.COMMISSIONER: frozenset({Scope.EVERYWHERE, Scope.AREA}),
}
"""Reach a role may be given; roles that are not named here reach everywhere."""
