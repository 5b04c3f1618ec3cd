"""What is true about reading, whatever stores it: shifts and breaks, tags, what the log says."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from coproduce.core.identifying import Found
from coproduce.core.messages import Message, _

SHIFT_ITEMS = 20
"""Texts somebody decides before a break. Source: privacy rule D.3 (docs/threat-model.md)."""

SHIFT_MINUTES = 30
"""Minutes somebody reads before a break. Source: privacy rule D.3."""

BREAK_MINUTES = 15
"""Minutes of a break, before the next text is given. Source: privacy rule D.3."""

LAPSES_DAYS = 1
"""Whole days after which a text that was not decided goes back to the others.

Source: ageing rules of unread texts, docs/retention.md.
"""

SAMPLE_OF = 10
"""One in so many texts with words is coded by a second person too. Source: docs/coding.md."""

LONGEST_COPY = 7
"""Words in a row that words of one's own may share with the text.

Source: privacy rule D.3 (docs/threat-model.md): other words keep no phrase of the writer's.
"""


class Step(StrEnum):
    """What the log says of a first reading. Never which text, and no word of it."""

    READ = "first reading"
    NOT_USED = "not used"
    PASSED_ON = "passed on"
    SERVICE_SHOWN = "service shown"
    MATCHED = "matched with a service"


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """A stretch of reading: since when, how many texts were decided, and the break after it."""

    began_at: datetime
    items: int
    break_until: datetime | None


def is_shift_over(shift: ShiftNow, now: datetime) -> bool:
    """Return True if it is time for a break: 20 texts or 30 minutes."""
    return shift.items >= SHIFT_ITEMS or now >= shift.began_at + timedelta(minutes=SHIFT_MINUTES)


def is_on_break(shift: ShiftNow, now: datetime) -> bool:
    """Return True while the break lasts."""
    return shift.break_until is not None and now < shift.break_until


def after_item(shift: ShiftNow, now: datetime) -> ShiftNow:
    """Return the shift after one more text; a shift that is over becomes a break."""
    more = replace(shift, items=shift.items + 1)
    return with_break(more, now) if is_shift_over(more, now) else more


def before_item(shift: ShiftNow, now: datetime) -> ShiftNow:
    """Return the shift in which somebody asks for a text: the same, a new one, or a break.

    Who decided nothing for as long as a break lasts, after their time was over, has had it.
    """
    fresh = ShiftNow(now, 0, None)
    if shift.break_until is not None:
        return shift if is_on_break(shift, now) else fresh
    if not is_shift_over(shift, now):
        return shift
    rested_from = shift.began_at + timedelta(minutes=SHIFT_MINUTES + BREAK_MINUTES)
    return fresh if now >= rested_from else with_break(shift, now)


def with_break(shift: ShiftNow, now: datetime) -> ShiftNow:
    """Return the shift with a break that begins now; one that runs already is not made longer."""
    if is_on_break(shift, now):
        return shift
    return replace(shift, break_until=now + timedelta(minutes=BREAK_MINUTES))


def minutes_left(shift: ShiftNow, now: datetime) -> int:
    """Return how many minutes of a break are left, rounded up; 0 if none runs."""
    if shift.break_until is None or now >= shift.break_until:
        return 0
    return -((now - shift.break_until) // timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands in place of a detail, in square brackets, and what it is for."""

    key: str
    explanation: Message

    @property
    def written(self) -> str:
        """The tag as it stands in a text."""
        return f"[{self.key}]"


TAGS = (
    Tag("name", _("what somebody is called")),
    Tag("worker", _("somebody who works there")),
    Tag("family member", _("a child, a partner, a parent, a friend")),
    Tag("place", _("a street, a town, a building")),
    Tag("service", _("the name of a service or a provider")),
    Tag("day", _("a date, a weekday, a time")),
    Tag("number", _("any number that belongs to one person")),
    Tag("contact", _("a telephone number, an address on the web")),
    Tag("event", _("something that happened to one person only")),
)
"""Tags, in the order of the keys 1 to 9 that set them."""

TAG_KEYS = frozenset(tag.key for tag in TAGS)

TAG_OF = {
    Found.NUMBER: "number",
    Found.CONTACT: "contact",
    Found.PLACE: "place",
    Found.DAY: "day",
    Found.NAME: "name",
    Found.ONLY_ONE: "event",
}
"""The tag for what a rule found, unless the words before it say more."""

CHECKLIST = (
    _("a person: a name, a nickname, how somebody looks"),
    _("staff, also in praise"),
    _("a date, a weekday or a time"),
    _("a place"),
    _("something that happened to one person only"),
    _("facts about other people"),
    _("a phrase that sounds like one person and nobody else"),
)
"""What to look for before words leave. Source: privacy rule D.3 (docs/threat-model.md)."""
