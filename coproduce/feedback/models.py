"""Tables of what people send. No account, address, device or exact time exists here, on purpose."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coproduce.core.column_types import Day, Flag, Id, JsonText, TextEnum
from coproduce.core.db import PARTICIPANT_TABLE, Base

_ONE_SUBJECT = "(service_id IS NULL) <> (area_id IS NULL)"


class Source(StrEnum):
    """By which road an answer came. Decides how far it is trusted, never who wrote it."""

    OPEN = "open"
    HELPER = "helper"
    """Somebody typed what another person said."""
    OUTREACH = "outreach"
    AGENCY = "agency"
    PROVIDER = "provider"


class Screen(StrEnum):
    """Whether an answer counts. Nothing is ever refused; what looks odd waits for a person."""

    CLEAR = "clear"
    SET_ASIDE = "set_aside"


class ScreenKind(StrEnum):
    """What looked odd about the answers to one service in one quarter."""

    BURST = "burst"
    """Far more than usual."""
    SAME_ANSWERS = "same_answers"
    """The same choices again and again, more often than chance gives."""
    STRAIGHT_LINES = "straight_lines"
    """The same place of the scale in every question."""
    SAME_WORDS = "same_words"
    """Nearly the same words in several texts."""
    PROVIDER_CARDS = "provider_cards"
    """Answers through the provider's own cards differ from all others."""


class FlagState(StrEnum):
    """What a person decided about something that looked odd."""

    WAITS = "waits"
    COUNTED = "counted"
    LEFT_OUT = "left_out"


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
    NOT_USED = "not_used"
    """A person found that it cannot be used. Of a text `Fate.reason` says why; of answers it is
    that they were set aside and left out."""


class Reason(StrEnum):
    """Why a text was not used. Fixed words, so that nothing of the text comes back."""

    NO_CONTENT = "no_content"
    NOT_ABOUT_SERVICE = "not_about_service"
    TOO_IDENTIFYING = "too_identifying"
    ABOUT_SOMEONE_ELSE = "about_someone_else"
    ABUSE = "abuse"
    ADVERTISING = "advertising"


class Signpost(StrEnum):
    """A fixed message that a moderator may send back to the code page."""

    SOMEONE_TO_TALK_TO = "someone_to_talk_to"
    NOT_SAFE_NOW = "not_safe_now"
    COMPLAINT = "complaint"
    RIGHTS = "rights"
    OTHER_SERVICE = "other_service"
    THANK_YOU = "thank_you"


class TextUse(StrEnum):
    """In which form a text may leave; never more than its writer allowed."""

    THEMES = "themes"
    """Counted under its themes. No words are kept."""
    PARAPHRASE = "paraphrase"
    QUOTE = "quote"


class TextState(StrEnum):
    """Whether what a moderator made of a text may be published."""

    WAITS_FOR_SECOND = "waits_for_second"
    READY = "ready"


class Direction(StrEnum):
    """Which way a theme points in one text."""

    WORKS = "works"
    DOES_NOT = "does_not"
    MIXED = "mixed"
    IDEA = "idea"


class Level(StrEnum):
    """Who or what a theme is about: one person, a rule of the service, or the system."""

    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"


class IncidentKind(StrEnum):
    """What went wrong and is said in public."""

    UNREAD_EXPIRED = "unread_expired"


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
    ``flags`` holds the kinds of detail and the content notes that were found before sealing.
    """

    __tablename__ = "sealed_text"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        # The queue takes urgent ones first, then by language, from a random place on.
        Index("ix_sealed_text_is_urgent_language_id", "is_urgent", "language", "id"),
        Index("ix_sealed_text_waiting_since", "waiting_since"),
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
    source: Mapped[Source] = mapped_column(TextEnum(Source), default=Source.OPEN)
    is_urgent: Mapped[bool] = mapped_column(Flag, default=False)


class ReadingKey(Base):
    """A key to which texts are sealed. The newest is in use; older ones open what still waits.

    Its private half is nowhere in clear: it is sealed to each moderator who was let in, and in
    ``recovery_box`` to the recovery sheet. ``signature`` is by the key file, so that whoever can
    only change the database cannot put in a key of their own. One a day at most: the newest day
    says which is in use.
    """

    __tablename__ = "reading_key"
    __table_args__ = (UniqueConstraint("since"), PARTICIPANT_TABLE)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    recovery_box: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[date] = mapped_column(Day)


class ModeratedText(Base):
    """What a moderator made of one text: how it may be used and, if allowed, safe words.

    It keeps the text's id until it is published, so that taking the text back by its code also
    removes this and all that hangs on it. ``language`` is that of ``words``. ``seriousness`` is 0
    to 4 and never published. From ``shown_from`` on, a Monday, the code page tells of it.
    """

    __tablename__ = "moderated_text"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        CheckConstraint("seriousness BETWEEN 0 AND 4", name="seriousness"),
        CheckConstraint("(use = 'themes') = (words IS NULL)", name="words_or_themes"),
        Index("ix_moderated_text_service_id", "service_id"),
        Index("ix_moderated_text_area_id", "area_id"),
        Index("ix_moderated_text_state", "state"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    service_id: Mapped[bytes | None] = mapped_column(Id)
    area_id: Mapped[bytes | None] = mapped_column(Id)
    source: Mapped[Source] = mapped_column(TextEnum(Source))
    consent: Mapped[Consent] = mapped_column(TextEnum(Consent))
    use: Mapped[TextUse] = mapped_column(TextEnum(TextUse))
    state: Mapped[TextState] = mapped_column(TextEnum(TextState))
    words: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    seriousness: Mapped[int]
    matters_to_few: Mapped[bool] = mapped_column(Flag, default=False)
    codebook: Mapped[str] = mapped_column(Text)
    signpost: Mapped[Signpost | None] = mapped_column(TextEnum(Signpost))
    shown_from: Mapped[date] = mapped_column(Day)


class Coding(Base):
    """One theme of one text, by the codebook that the text names."""

    __tablename__ = "coding"
    __table_args__ = (Index("ix_coding_code", "code"), PARTICIPANT_TABLE)

    text_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey("moderated_text.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    direction: Mapped[Direction] = mapped_column(TextEnum(Direction))
    level: Mapped[Level] = mapped_column(TextEnum(Level))


class Statement(Base):
    """One plain sentence made from three texts or more on the same family; nobody's own words.

    Stands where quotes may not. Without three texts left it is not published.
    """

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        Index("ix_statement_service_id", "service_id"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    service_id: Mapped[bytes | None] = mapped_column(Id)
    area_id: Mapped[bytes | None] = mapped_column(Id)
    family: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    state: Mapped[TextState] = mapped_column(TextEnum(TextState))


class StatementSource(Base):
    """That a text went into a statement."""

    __tablename__ = "statement_source"
    __table_args__ = (Index("ix_statement_source_text_id", "text_id"), PARTICIPANT_TABLE)

    statement_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True
    )
    text_id: Mapped[bytes] = mapped_column(
        Id, ForeignKey("moderated_text.id", ondelete="CASCADE"), primary_key=True
    )


class PanelIdea(Base):
    """An idea or a problem in a moderator's words, for a panel to read.

    Never with the service's name, a number, a date or ratings: an area, a kind of service and the
    words. ``batch`` is the day on which it went out with others, None while it waits. Until the
    text is published ``text_id`` leads to it, so that taking it back removes this too.
    """

    __tablename__ = "panel_idea"
    __table_args__ = (
        Index("ix_panel_idea_batch", "batch"),
        Index("ix_panel_idea_text_id", "text_id"),
        PARTICIPANT_TABLE,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    batch: Mapped[date | None] = mapped_column(Day)
    area_id: Mapped[bytes] = mapped_column(Id)
    service_kind: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    must_be_answered: Mapped[bool] = mapped_column(Flag)
    text_id: Mapped[bytes | None] = mapped_column(
        Id, ForeignKey("moderated_text.id", ondelete="CASCADE")
    )


class CardBatch(Base):
    """Invitation cards that were printed together, for one service, by one road."""

    __tablename__ = "card_batch"
    __table_args__ = (Index("ix_card_batch_service_id", "service_id"), PARTICIPANT_TABLE)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    service_id: Mapped[bytes] = mapped_column(Id)
    source: Mapped[Source] = mapped_column(TextEnum(Source))
    size: Mapped[int]
    made_on: Mapped[date] = mapped_column(Day)
    good_until: Mapped[date] = mapped_column(Day)


class Card(Base):
    """A card, as a keyed HMAC of its code. Using it changes nothing here: it still opens."""

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_batch_id", "batch_id"), PARTICIPANT_TABLE)

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[bytes] = mapped_column(Id, ForeignKey("card_batch.id", ondelete="CASCADE"))


class UnusedCard(Base):
    """That nobody has used a card yet. Using it deletes the row."""

    __tablename__ = "unused_card"
    __table_args__ = PARTICIPANT_TABLE

    tag: Mapped[bytes] = mapped_column(
        Id, ForeignKey("card.tag", ondelete="CASCADE"), primary_key=True
    )


class ScreenFlag(Base):
    """That answers to one service in one quarter looked odd, and what a person decided.

    ``size`` says roughly how much looked odd, so that a person who decided is asked again only when
    much more came.
    """

    __tablename__ = "screen_flag"
    __table_args__ = PARTICIPANT_TABLE

    service_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[ScreenKind] = mapped_column(TextEnum(ScreenKind), primary_key=True)
    state: Mapped[FlagState] = mapped_column(TextEnum(FlagState))
    size: Mapped[int]


class Incident(Base):
    """Something that went wrong in a quarter and is said in public, without a number."""

    __tablename__ = "incident"
    __table_args__ = PARTICIPANT_TABLE

    period: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[IncidentKind] = mapped_column(TextEnum(IncidentKind), primary_key=True)


class Receipt(Base):
    """What a return code opens: an encrypted pointer. Without the code it tells nothing."""

    __tablename__ = "receipt"
    __table_args__ = PARTICIPANT_TABLE

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    pointer: Mapped[bytes] = mapped_column(LargeBinary)


class Fate(Base):
    """What became of a response or a text that is no longer stored; read through a code.

    ``shown_from`` is the Monday from which on the code page tells of a decision, so that the page
    never says on which day somebody read the text. What people did themselves shows at once.
    """

    __tablename__ = "fate"
    __table_args__ = PARTICIPANT_TABLE

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    state: Mapped[FateState] = mapped_column(TextEnum(FateState))
    reason: Mapped[Reason | None] = mapped_column(TextEnum(Reason))
    signpost: Mapped[Signpost | None] = mapped_column(TextEnum(Signpost))
    shown_from: Mapped[date | None] = mapped_column(Day)


class ImportedRow(Base):
    """A row of a file that was brought in, as a keyed HMAC, so that a repeat changes nothing."""

    __tablename__ = "imported_row"
    __table_args__ = PARTICIPANT_TABLE

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    period: Mapped[str] = mapped_column(Text)
