"""The rail of signed-in pages: which places somebody's roles open, in the order shown."""

from dataclasses import dataclass

from coproduce.core.actor import Actor
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the rail.

    Attributes:
        path: where it leads.
        name: what it says.
        permission: who sees it.
        also: other paths that belong to it, without a line of their own.
    """

    path: str
    name: Message
    permission: Permission
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Return whether a page, or a page below it, belongs to this place."""
        return any(path == one or path.startswith(one + "/") for one in (self.path, *self.also))


PLACES = (
    Place("/texts", _("Read"), Permission.TEXT_READ, ("/second", "/reread", "/agreement")),
    Place("/statements", _("Statements"), Permission.TEXT_READ),
    Place("/team", _("Team"), Permission.TEXT_READ, ("/log",)),
    Place("/set-aside", _("Set aside"), Permission.MODERATION_LEAD),
    Place("/safeguarding", _("Safeguarding"), Permission.TEXT_READ),
    Place("/reports", _("Reports"), Permission.REPORT_READ),
    Place("/words-problems", _("Words in reports"), Permission.TEXT_READ),
    Place("/print", _("Print"), Permission.PRINT),
    Place("/people", _("People"), Permission.ACCOUNTS_MANAGE),
    Place("/account", _("Your account"), Permission.SIGNED_IN),
)


def places(actor: Actor) -> tuple[Place, ...]:
    """Return the places somebody may open."""
    return tuple(place for place in PLACES if actor.has(place.permission))
