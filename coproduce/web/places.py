"""The rail of signed-in pages: which places somebody's roles open, in the order shown."""

from dataclasses import dataclass

from coproduce.core.actor import Actor
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the rail."""

    path: str
    name: Message
    permission: Permission


PLACES = (
    Place("/texts", _("Read"), Permission.TEXT_READ),
    Place("/statements", _("Statements"), Permission.TEXT_READ),
    Place("/team", _("Team"), Permission.TEXT_READ),
    Place("/set-aside", _("Set aside"), Permission.MODERATION_LEAD),
    Place("/safeguarding", _("Safeguarding"), Permission.TEXT_READ),
    Place("/reports", _("Reports"), Permission.REPORT_READ),
    Place("/words-problems", _("Words in reports"), Permission.TEXT_READ),
    Place("/people", _("People"), Permission.ACCOUNTS_MANAGE),
    Place("/account", _("Your account"), Permission.SIGNED_IN),
)


def places(actor: Actor) -> tuple[Place, ...]:
    """Return the places somebody may open."""
    return tuple(place for place in PLACES if actor.has(place.permission))
