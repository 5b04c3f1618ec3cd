"""Tables of what was published. Only displays: no number here can be turned back into a person."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Day, Id, TextEnum
from coproduce.core.db import PARTICIPANT_TABLE, PLAIN_TABLE, Base


class PublicationState(StrEnum):
    """Whether a publication may still be downloaded."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Publication(Base):
    """One frozen document, its hash and its signature.

    ``subject`` is the id of a service or an area, by ``subject_kind``. The bytes never change, but
    for one case: where words in it told who somebody is, a signed record of the withdrawal takes
    their place, and a new row with the next ``revision`` holds the same numbers without the words.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject", "edition", "revision"),
        Index("ix_publication_edition", "edition"),
        # Lists of reports are made from this alone: documents are long.
        Index("ix_publication_state", "state", "subject_kind", "subject", "edition"),
        PLAIN_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[bytes] = mapped_column(Id)
    edition: Mapped[str] = mapped_column(Text)
    published_on: Mapped[date] = mapped_column(Day)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[PublicationState] = mapped_column(
        TextEnum(PublicationState), default=PublicationState.PUBLISHED
    )
    revision: Mapped[int] = mapped_column(default=0)


class Atom(Base):
    """That a set of answers was tabulated, once. Its numbers are in the publication alone."""

    __tablename__ = "atom"
    __table_args__ = PLAIN_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    publication_id: Mapped[bytes] = mapped_column(Id)
    clock: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[bytes] = mapped_column(Id)
    edition: Mapped[str] = mapped_column(Text)
    closed_on: Mapped[date] = mapped_column(Day)


class WordsNotice(Base):
    """That somebody says that words in a report tell who a person is. Gone after 30 days.

    ``box`` holds which report and which words, locked with a secret of the key file, so that a copy
    of the database tells nobody. ``since`` is the Monday of its week.
    """

    __tablename__ = "words_notice"
    __table_args__ = PARTICIPANT_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    since: Mapped[date] = mapped_column(Day)
    box: Mapped[bytes] = mapped_column(LargeBinary)


class WordsWithdrawal(Base):
    """That one person asked to take words out of the reports; a second one must agree.

    ``words_tag`` is a keyed HMAC of the words; they themselves stand in the publication alone.
    """

    __tablename__ = "words_withdrawal"
    __table_args__ = PARTICIPANT_TABLE

    words_tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[bytes] = mapped_column(Id)
    asked_by: Mapped[bytes] = mapped_column(Id)
    asked_on: Mapped[date] = mapped_column(Day)


class FrozenPeriod(Base):
    """A quarter that was frozen. No answer can be added to it any more."""

    __tablename__ = "frozen_period"
    __table_args__ = PLAIN_TABLE

    period: Mapped[str] = mapped_column(Text, primary_key=True)
    frozen_on: Mapped[date] = mapped_column(Day)


class FreezeNotice(Base):
    """That a run of the clock found a quarter due. A second, later run must agree (fault F9)."""

    __tablename__ = "freeze_notice"
    __table_args__ = PLAIN_TABLE

    period: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[str] = mapped_column(Text)
