"""Tables of what people send. No account, address, device or exact time exists here, on purpose."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Day, Flag, Id, JsonText, TextEnum
from coproduce.core.db import PARTICIPANT_TABLE, Base

_ONE_SUBJECT = "(service_id IS NULL) <> (area_id IS NULL)"


class Source(StrEnum):
    """By which road an answer came. Decides how far it is trusted, never who wrote it."""

    OPEN = "open"
    OUTREACH = "outreach"
    AGENCY = "agency"
    PROVIDER = "provider"


class Screen(StrEnum):
    """Whether an answer counts. Nothing is ever refused; what looks odd waits for a person."""

    CLEAR = "clear"
    SET_ASIDE = "set_aside"


class Consent(StrEnum):
    """How far a text may go, chosen by its writer; staff can never raise it."""

    COUNT_ONLY = "count_only"
    PARAPHRASE = "paraphrase"
    QUOTE = "quote"


class FateState(StrEnum):
    """What became of something that is no longer there."""

    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Inbox(Base):
    """One form as it was sent, for hours: the only place where ratings and text stand together.

    Holds the day (for retention), never a time. `form_tag` is a keyed HMAC of the form's number;
    `code_tag` finds the row by its return code without a slow hash; `sealed_nonce` lets the settle
    job make the code again. Settle forgets all three.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        Index("ix_inbox_code_tag", "code_tag", unique=True),
        PARTICIPANT_TABLE,
    )

    form_tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    code_tag: Mapped[bytes] = mapped_column(Id)
    sealed_nonce: Mapped[bytes] = mapped_column(LargeBinary)
    received_day: Mapped[date] = mapped_column(Day)
    period: Mapped[str] = mapped_column(Text)
    service_id: Mapped[bytes | None] = mapped_column(Id)
    area_id: Mapped[bytes | None] = mapped_column(Id)
    framework: Mapped[str] = mapped_column(Text)
    answers: Mapped[Any] = mapped_column(JsonText)
    source: Mapped[Source] = mapped_column(TextEnum(Source))
    screen: Mapped[Screen] = mapped_column(TextEnum(Screen))
    text_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    consent: Mapped[Consent] = mapped_column(TextEnum(Consent))
    language: Mapped[str] = mapped_column(Text)
    flags: Mapped[str] = mapped_column(Text)
    is_text_settled: Mapped[bool] = mapped_column(Flag, default=False)


class UsedForm(Base):
    """A form that was sent, so that sending it again changes nothing. Gone after three days."""

    __tablename__ = "used_form"
    __table_args__ = PARTICIPANT_TABLE

    form_tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    body_tag: Mapped[bytes] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)


class Response(Base):
    """The answers of one form, without its text. Belongs to one atom on each clock, for ever."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        Index("ix_response_service_id", "service_id"),
        Index("ix_response_fast_atom_id", "fast_atom_id"),
        Index("ix_response_slow_atom_id", "slow_atom_id"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    service_id: Mapped[bytes | None] = mapped_column(Id)
    area_id: Mapped[bytes | None] = mapped_column(Id)
    framework: Mapped[str] = mapped_column(Text)
    answers: Mapped[Any] = mapped_column(JsonText)
    source: Mapped[Source] = mapped_column(TextEnum(Source))
    screen: Mapped[Screen] = mapped_column(TextEnum(Screen))
    fast_atom_id: Mapped[bytes | None] = mapped_column(Id)
    slow_atom_id: Mapped[bytes | None] = mapped_column(Id)


class SealedText(Base):
    """What one person wrote, sealed to the moderators. Shares no key with any response.

    ``waiting_since`` is the Monday of the week in which the text left the inbox. The rules on
    unread text (a warning after days, an end after 60) need it; it goes with the text.
    """

    __tablename__ = "sealed_text"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    waiting_since: Mapped[date] = mapped_column(Day)
    service_id: Mapped[bytes | None] = mapped_column(Id)
    area_id: Mapped[bytes | None] = mapped_column(Id)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    consent: Mapped[Consent] = mapped_column(TextEnum(Consent))
    language: Mapped[str] = mapped_column(Text)
    flags: Mapped[str] = mapped_column(Text)


class Receipt(Base):
    """What a return code opens: an encrypted pointer. Without the code it tells nothing."""

    __tablename__ = "receipt"
    __table_args__ = PARTICIPANT_TABLE

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    pointer: Mapped[bytes] = mapped_column(LargeBinary)


class Fate(Base):
    """What became of a response or a text that is no longer stored; read through a code."""

    __tablename__ = "fate"
    __table_args__ = PARTICIPANT_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    state: Mapped[FateState] = mapped_column(TextEnum(FateState))


class ImportedRow(Base):
    """A row of a file that was brought in, as a keyed HMAC, so that a repeat changes nothing."""

    __tablename__ = "imported_row"
    __table_args__ = PARTICIPANT_TABLE

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
