"""What is true about accounts, whatever stores them: roles, reach, days, names, passphrases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from coproduce.core.messages import Message, _
from coproduce.core.permissions import STAFF, Role

SIGN_IN_DAYS: Final = 1
"""Days after which a sign-in ends however busy it is. Source: docs/adr/0012-key-chain.md."""

_NOT_IN_A_PATH: Final = frozenset("\\?#") | frozenset(chr(code) for code in range(33))


def needs_second_factor(roles: Iterable[Role]) -> bool:
    """Return True if somebody with these roles must sign in in two steps."""
    return not STAFF.isdisjoint(roles)


def last_day_of_sign_in(today: date) -> date:
    """Return the last day of a sign-in that begins today; it may go over midnight."""
    return today + timedelta(days=SIGN_IN_DAYS)


class PeopleEvent(StrEnum):
    """What the log says an administrator did about people."""

    INVITED = "invited"
    INVITATION_CANCELLED = "invitation cancelled"
    ROLE_GRANTED = "role granted"
    ROLE_ENDED = "role ended"
    RECOVERY_CODE_PRINTED = "recovery code printed"
    RECOVERY_CODE_CANCELLED = "recovery code cancelled"
    LEFT = "left"


class AccountEvent(StrEnum):
    """What the log says somebody did with their own account."""

    MADE = "account made"
    PASSPHRASE_CHANGED = "passphrase changed"  # noqa: S105 - a word of the log, no secret
    SECOND_FACTOR_SET = "second factor set"
    RECOVERY_CODES_MADE = "recovery codes made"
    RECOVERED = "account recovered"
    ERASED = "account erased"


def is_own_path(path: str) -> bool:
    """Return True if a path leads to a page of ours, whatever a browser makes of it."""
    return path.startswith("/") and not path.startswith("//") and not set(path) & _NOT_IN_A_PATH


def words_of(tag: bytes, words: Sequence[str]) -> str:
    """Return two words by which people tell one sign-in from another; they lead to nothing."""
    number = int.from_bytes(tag)
    rest, first = divmod(number, len(words))
    return f"{words[first]} {words[rest % len(words)]}"


ROLE_NAMES: Mapping[Role, Message] = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.MODERATOR: _("Moderator"),
    Role.LEAD: _("Lead moderator"),
    Role.FACILITATOR: _("Facilitator"),
    Role.PANEL_MEMBER: _("Panel member"),
    Role.PROVIDER_STAFF: _("Provider staff"),
    Role.COMMISSIONER: _("Commissioner"),
}

ROLE_OPENS: Mapping[Role, Message] = {
    Role.ADMINISTRATOR: _("Invites people and gives roles. Reads no text and no report."),
    Role.MODERATOR: _("Reads what people wrote, makes it safe and sorts it by theme."),
    Role.LEAD: _("A moderator who also handles serious matters and looks after the team."),
    Role.FACILITATOR: _("Runs a panel, and prints posters and cards."),
    Role.PANEL_MEMBER: _("Discusses and votes on a panel. Needs no second step to sign in."),
    Role.PROVIDER_STAFF: _("Reads reports about services of one provider, and prints for them."),
    Role.COMMISSIONER: _("Reads reports about one area or all of them, and prints for these."),
}
"""What each role is for, in one line."""
