"""Tables of those who read: who may open what, who reads what now, and what keeps them well.

What they make of a text stands with the feedback (`feedback/models.py`); no words stand here.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Day, Id, JsonText, TextEnum
from coproduce.core.db import PARTICIPANT_TABLE, Base

_ACCOUNT = "account.id"
_TEXT = "moderated_text.id"


class KeyShare(Base):
    """The private half of a reading key, sealed to one account that was let in.

    ``sealed_to`` is the fingerprint of the account's public key at that time. After a recovery
    the account has another one: the box stays closed, and somebody must let them in again.
    """

    __tablename__ = "key_share"
    __table_args__ = PARTICIPANT_TABLE

    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )
    reading_key_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey("reading_key.id", ondelete="CASCADE"), primary_key=True
    )
    box: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[bytes] = mapped_column(Id)


class ModeratorProfile(Base):
    """Which languages somebody reads, and which topics they asked not to receive."""

    __tablename__ = "moderator_profile"
    __table_args__ = PARTICIPANT_TABLE

    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )
    languages: Mapped[Any] = mapped_column(JsonText)
    declined: Mapped[Any] = mapped_column(JsonText)


class ConflictOfInterest(Base):
    """That somebody must not read about a service: they work there, or know people there."""

    __tablename__ = "conflict_of_interest"
    __table_args__ = PARTICIPANT_TABLE

    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )
    service_id: Mapped[bytes] = mapped_column(Id, primary_key=True)


class Task(StrEnum):
    """What is to be done with an assigned text."""

    FIRST_READING = "first_reading"
    SECOND_READING = "second_reading"
    SECOND_CODING = "second_coding"


class Assignment(Base):
    """That a text is with one person now. One row for each text: never two on one reading."""

    __tablename__ = "assignment"
    __table_args__ = (Index("ix_assignment_account_id", "account_id"), PARTICIPANT_TABLE)

    text_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"))
    task: Mapped[Task] = mapped_column(TextEnum(Task))
    given_on: Mapped[date] = mapped_column(Day)


class PassedOn(Base):
    """That somebody passed a text on; nobody asks why. They do not get it again."""

    __tablename__ = "passed_on"
    __table_args__ = PARTICIPANT_TABLE

    text_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )


class FirstReading(Base):
    """Who read a text first, while a second person must still look at what they made of it."""

    __tablename__ = "first_reading"
    __table_args__ = PARTICIPANT_TABLE

    text_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_TEXT, ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"))


class CodingSample(Base):
    """That a second person is to code a text, without seeing how the first did."""

    __tablename__ = "coding_sample"
    __table_args__ = PARTICIPANT_TABLE

    text_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_TEXT, ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"))


class CodingAgreement(Base):
    """How often two coders agreed on one code, counted over all texts that both coded."""

    __tablename__ = "coding_agreement"
    __table_args__ = PARTICIPANT_TABLE

    codebook: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    both: Mapped[int]
    one: Mapped[int]
    neither: Mapped[int]


class StatementAuthor(Base):
    """Who wrote a composite statement, while a second person must still read it."""

    __tablename__ = "statement_author"
    __table_args__ = PARTICIPANT_TABLE

    statement_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"))


class Shift(Base):
    """A stretch of reading that is under way, or the break after it. Left out of backups."""

    __tablename__ = "shift"
    __table_args__ = PARTICIPANT_TABLE

    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )
    began_at: Mapped[str] = mapped_column(Text)
    items: Mapped[int]
    break_until: Mapped[str | None] = mapped_column(Text)


class SupervisionKind(StrEnum):
    """What somebody noted about how they are."""

    FINE = "fine"
    HEAVY = "heavy"
    TALK_WANTED = "talk_wanted"
    TALKED = "talked"


class SupervisionNote(Base):
    """How somebody was in a week, in fixed words. Never anything about a text."""

    __tablename__ = "supervision_note"
    __table_args__ = PARTICIPANT_TABLE

    account_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True
    )
    week: Mapped[date] = mapped_column(Day, primary_key=True)
    kind: Mapped[SupervisionKind] = mapped_column(TextEnum(SupervisionKind))


class CaseState(StrEnum):
    """Where a safeguarding case stands."""

    OPEN = "open"
    PASSED_ON = "passed_on"
    CLOSED = "closed"


class SafeguardingCase(Base):
    """That a text tells of a risk to life or to a child. Two people decide what to pass on.

    ``box`` holds the safe words and the service, sealed to the reading key, until the case is
    closed. ``second`` decides together with who opened it; who did what stands in the log.
    ``recipient`` is one of those the deployment names, or "" where nothing is passed on; it counts
    once somebody other than ``proposed_by`` confirms it.
    """

    __tablename__ = "safeguarding_case"
    __table_args__ = PARTICIPANT_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    state: Mapped[CaseState] = mapped_column(TextEnum(CaseState))
    opened_by: Mapped[bytes] = mapped_column(Id)
    second: Mapped[bytes | None] = mapped_column(Id)
    proposed_by: Mapped[bytes | None] = mapped_column(Id)
    recipient: Mapped[str | None] = mapped_column(Text)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_on: Mapped[date] = mapped_column(Day)
