"""Who asks. A person giving feedback is always the same nobody."""

from dataclasses import dataclass

from coproduce.core.errors import Forbidden
from coproduce.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks, reduced to what they may do."""

    permissions: frozenset[Permission] = frozenset()

    def require(self, needed: Permission) -> None:
        """Pass if the actor holds the permission.

        Raises:
            Forbidden: if not.
        """
        if needed is not Permission.ANONYMOUS and needed not in self.permissions:
            raise Forbidden()


ANONYMOUS = Actor()
