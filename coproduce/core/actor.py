"""Who asks. A person giving feedback is always the same nobody."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from coproduce.core.errors import Forbidden
from coproduce.core.permissions import ROLE_PERMISSIONS, SCOPES, Permission, Role, Scope

OPEN_TO_ALL = frozenset({Permission.ANONYMOUS, Permission.STRANGER})


@dataclass(frozen=True, slots=True)
class Grant:
    """One role as it stands today. ``scope_id`` is the provider or the area, else None."""

    role: Role
    scope: Scope = Scope.EVERYWHERE
    scope_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks, reduced to what they may do.

    Attributes:
        permissions: what their roles open.
        account_id: who they are here, or None for nobody.
        grants: their roles, for questions about one provider or one area.
        sign_in: the token that only their cookie holds; opens their own keys.
    """

    permissions: frozenset[Permission] = frozenset()
    account_id: bytes | None = None
    grants: frozenset[Grant] = frozenset()
    sign_in: bytes | None = field(default=None, repr=False)

    def has(self, needed: Permission) -> bool:
        """Return True if the actor holds the permission."""
        return needed in OPEN_TO_ALL or needed in self.permissions

    def require(self, needed: Permission) -> None:
        """Pass if the actor holds the permission.

        Raises:
            Forbidden: if not.
        """
        if not self.has(needed):
            raise Forbidden()

    def own_id(self) -> bytes:
        """Return the id of the account that asks.

        Raises:
            Forbidden: if nobody is signed in.
        """
        if self.account_id is None:
            raise Forbidden()
        return self.account_id


ANONYMOUS = Actor()


@dataclass(frozen=True, slots=True)
class Reach:
    """About which services, areas and pools somebody may do a thing.

    Attributes:
        is_everywhere: all of them.
        providers: services that these run today, and pools around them.
        areas: services, needs and pools in these areas and below.
    """

    is_everywhere: bool = False
    providers: frozenset[bytes] = frozenset()
    areas: frozenset[bytes] = frozenset()


def reach_of(grants: Iterable[Grant], permission: Permission) -> Reach:
    """Return how far a permission reaches; roles that do not hold it add nothing.

    A role with a scope that it may not be given opens nothing either.
    """
    holding = [
        grant
        for grant in grants
        if permission in ROLE_PERMISSIONS[grant.role]
        and grant.scope in SCOPES.get(grant.role, {Scope.EVERYWHERE})
    ]
    return Reach(
        is_everywhere=any(grant.scope is Scope.EVERYWHERE for grant in holding),
        providers=_ids(holding, Scope.PROVIDER),
        areas=_ids(holding, Scope.AREA),
    )


def _ids(grants: Iterable[Grant], scope: Scope) -> frozenset[bytes]:
    return frozenset(g.scope_id for g in grants if g.scope is scope and g.scope_id is not None)
