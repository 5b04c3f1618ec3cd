"""Who asks. A person giving feedback is always the same nobody."""

from dataclasses import dataclass, field

from coproduce.core.errors import Forbidden
from coproduce.core.permissions import Permission, Role, Scope

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
