"""What is true about feedback, whatever stores it: limits, consent, when a batch may settle."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coproduce.core.messages import Message, _
from coproduce.core.periods import freeze_day, next_period, period_of, shift_period

TEXT_LIMIT = 3000
"""Longest text in characters. Source: privacy rule D.5 (docs/threat-model.md)."""

COLLECTED_TEXT_LIMIT = 6000
"""Longest collected text in characters: nobody can ask its writer to shorten it any more.

Two of them fit the largest sealed size in most scripts. Source: privacy rule D.5.
"""

CALLED_LIMIT = 80
"""Longest name of a service that is not in the directory, in characters.

Source: the longest name in the directories that were read has 90, and people say less.
"""

SMALLEST_BATCH = 5
"""Rows that must leave the inbox together, so that none can be told by when it left.

Source: privacy rule A.4, settle.
"""

LARGEST_BATCH = 200
"""Rows one turn of settle takes, so that its slow hashes and its transaction stay short.

Source: design of the inbox, ADR 0004.
"""

UNREAD_DAYS = 60
"""Days an unread text is kept. Source: privacy rule D.5."""

LATE_DAYS = 3
"""Days after which an unread text is late: whoever leads the reading is told.

Source: docs/operating.md, when words wait. The other two likewise.
"""

SAYS_SO_DAYS = 7
"""Days after which the form says that reading is behind. Source: docs/operating.md."""

CLOSED_DAYS = 21
"""Days after which the form no longer asks for words: none are asked for that nobody reads.

Source: docs/operating.md.
"""

USED_FORM_DAYS = 3
"""Days a sent form is recognised; one longer than a form may be open. Source: privacy rule A.6."""

CODE_MONTHS = 30
"""Months the state behind a code is kept. Source: retention table, docs/retention.md."""

RAW_DAYS = 90
"""Days raw answers are kept after the publication that closed them. Source: release rule R15."""

RAW_MONTHS = 16
"""Months after which raw answers are deleted in any case. Source: release rule R15."""

CARDS_AT_LEAST = 20
"""Invitation cards in one batch at least, so that none stands for a person.

Source: privacy rule A.7 (docs/threat-model.md).
"""

CARDS_AT_MOST = 200
"""Invitation cards in one batch at most: 20 sheets of paper. Source: docs/outreach.md."""

CARD_MONTHS = 12
"""Months for which an invitation card may be good at most. Source: docs/retention.md."""

Answers = Mapping[str, str | Sequence[str]]
"""Question key to the chosen key, or to a list of them. What was skipped is not there."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an answer is about: one service, or an area where somebody did not get in."""

    service_id: bytes | None
    area_id: bytes | None

    @property
    def is_service(self) -> bool:
        """True if it is about a service."""
        return self.service_id is not None


@dataclass(frozen=True, slots=True)
class Words:
    """What a person wrote, in their own words.

    ``called`` is what they call a service that is not in the directory; empty for any other. It
    helps a moderator to find the service and goes nowhere else.
    """

    better: str = ""
    happened: str = ""
    called: str = ""

    def __bool__(self) -> bool:
        """Return True if anything was written."""
        return bool(self.better or self.happened or self.called)

    def answered(self, *, is_service: bool) -> tuple[tuple[Message, str], tuple[Message, str]]:
        """Return the two questions of the form, each with what was written, perhaps nothing."""
        better, happened = words_asked(is_service=is_service)
        return (better, self.better), (happened, self.happened)


def words_asked(*, is_service: bool) -> tuple[Message, Message]:
    """Return the two questions that people answer in their own words."""
    if is_service:
        return _("What would make it better?"), _("What happened?")
    return _("What would have got you in?"), _("What were you after?")


@dataclass(frozen=True, slots=True)
class ReadingState:
    """How far reading is behind, by the week in which the oldest unread text left the inbox.

    Only the week is known, so days are counted from its Monday: early rather than late, by up to
    six days.
    """

    oldest_week: date | None
    today: date

    @property
    def days(self) -> int:
        """Days the oldest unread text has waited at most; 0 if none waits."""
        return (self.today - self.oldest_week).days if self.oldest_week else 0

    @property
    def is_late(self) -> bool:
        """True if whoever leads the reading must be told."""
        return self.days > LATE_DAYS

    @property
    def says_so(self) -> bool:
        """True if the form must say that reading is behind."""
        return self.days > SAYS_SO_DAYS

    @property
    def is_closed(self) -> bool:
        """True if the form may not ask for words."""
        return self.days > CLOSED_DAYS


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What the settle rule may know of an inbox row."""

    key: bytes
    received_day: date
    has_period_ended: bool
    has_text: bool
    has_answers: bool


@dataclass(frozen=True, slots=True)
class SettlePlan:
    """Which rows give their text and which give their answers in this turn."""

    texts: frozenset[bytes] = frozenset()
    answers: frozenset[bytes] = frozenset()


def settle_plan(rows: Iterable[WaitingRow], today: date) -> SettlePlan:
    """Decide what leaves the inbox now.

    Five rows or more leave whole, mixed. Fewer: a text leaves alone from the day after it came,
    because it may tell of danger; answers leave when their quarter is over. A text and answers
    never leave in the same turn of fewer than five.

    Source: privacy rule A.4 with the changes of ADR 0004.
    """
    waiting = list(rows)
    if len(waiting) >= SMALLEST_BATCH:
        return SettlePlan(
            texts=frozenset(row.key for row in waiting if row.has_text),
            answers=frozenset(row.key for row in waiting),
        )
    texts = frozenset(r.key for r in waiting if r.has_text and r.received_day < today)
    if texts:
        return SettlePlan(texts=texts)
    return SettlePlan(
        answers=frozenset(r.key for r in waiting if r.has_period_ended and not r.has_text)
    )


def week_of(day: date) -> date:
    """Return the Monday of the week: all that is kept of when a text left the inbox."""
    return day - timedelta(days=day.weekday())


def unread_before(today: date) -> date:
    """Return the week from which on unread texts are kept; older ones have had their 60 days.

    A text has been in the inbox for up to a day before, and the job may be a day late.
    """
    return today - timedelta(days=UNREAD_DAYS - 2)


def sent_before(today: date) -> date:
    """Return the day from which on it is known that a form was sent."""
    return today - timedelta(days=USED_FORM_DAYS - 1)


def last_day_of_cards(today: date, months: int) -> date:
    """Return the last day on which cards made today are good: the last before the same day."""
    years, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    # Every month has a day 28: cards may end some days early, never late.
    return date(years, month + 1, min(today.day, 28)) - timedelta(days=1)


def oldest_period_kept(today: date, months: int) -> str:
    """Return the first quarter of which nothing is older than so many months."""
    years, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return next_period(period_of(date(years, month + 1, 1)))


def counted_in(period: str, today: date, frozen: Collection[str] = ()) -> str:
    """Return the quarter in which an answer is counted: its own, or the present one if late.

    From its freeze day on a quarter may be closed, and a frozen one is, whatever the clock says. A
    quarter is never counted twice.

    Source: release rules R2 and C6 (docs/disclosure.md); fault F9.
    """
    if today < freeze_day(period) and period not in frozen:
        return period
    present = period_of(today)
    while present in frozen:
        present = next_period(present)
    return present


def used_by(period: str) -> date:
    """Return the day by which answers of a quarter are counted: four quarters are waited for.

    Source: release rules R2 and R3: a freeze 14 days after each quarter, at most four of them.
    """
    return freeze_day(shift_period(period, 3))


def nothing_said() -> Message:
    """Return what to say about an empty form."""
    return _("There is nothing to send yet. Pick an answer or write a few words.")
