"""Reading what a code opens and what waits. Returns values, never rows of a table."""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import CompoundSelect, Select, exists, func, select, union_all
from sqlalchemy.orm import Session

from coproduce.core.codes import fingerprint
from coproduce.core.keys import Keys
from coproduce.core.sealing import lock, unlock
from coproduce.feedback.models import (
    Fate,
    FateState,
    Inbox,
    Incident,
    IncidentKind,
    ModeratedText,
    PanelIdea,
    Reason,
    Receipt,
    Response,
    SealedText,
    Signpost,
    TextState,
    TextUse,
)
from coproduce.feedback.rules import ReadingState, Subject, week_of

NO_ID = b"\0" * 16


@dataclass(frozen=True, slots=True, repr=False)
class OpenedCode:
    """What a return code leads to: where the rows are, and nothing of what they say.

    Attributes:
        form_tag: the inbox row, if it still waits there.
        receipt_tag: the settled receipt, if there is one.
        response_id: the settled answers, or None.
        text_id: the settled text, or None.
        subject: what the form was about when it was sent; None once it was taken back.
        taken_back: what the receipt is to hold once the form is taken back, if there is a receipt.
    """

    form_tag: bytes | None
    receipt_tag: bytes | None
    response_id: bytes | None
    text_id: bytes | None
    subject: Subject | None = None
    taken_back: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Pointer:
    """What a receipt holds, readable with its code only.

    Attributes:
        response_id: the answers, or None.
        text_id: the text, or None.
        subject: what the form was about when it was sent. The code page tells it from here, not
            from the rows: they go, or come to be about another service, on the day of a decision.
    """

    response_id: bytes | None = None
    text_id: bytes | None = None
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person who read a text decided, as far as its code page may tell.

    Attributes:
        use: in which form it may be used, or None if it is not.
        reason: why it is not used, or None.
        is_with_panel: True if an idea made from it went to a panel with others.
    """

    use: TextUse | None
    reason: Reason | None
    is_with_panel: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one form stands, as far as its code page may tell. No decision shows on its own day.

    Attributes:
        period: the quarter it came in, or None once nothing tells it any more.
        is_in_inbox: True while it has not been mixed with others.
        has_answers: True while answers are stored, counted or not.
        counted_fast, counted_slow: True once a report holds the first, or all other, answers.
            People who never got in are asked nothing first: both turn true together.
        has_text: True while a text waits to be read, or is to be shown as if it did.
        decision: what was decided about the text, from the Monday after on.
        signpost: a fixed message for the writer, from the same day on, or None.
        fate, text_fate: what became of the answers, or of the text, that is no longer there.
        subject: what it was about when it was sent, as long as anything of it is left.
    """

    period: str | None
    is_in_inbox: bool
    has_answers: bool
    counted_fast: bool
    counted_slow: bool
    has_text: bool
    decision: Decision | None
    signpost: Signpost | None
    fate: FateState | None
    text_fate: FateState | None
    subject: Subject | None

    @property
    def is_withdrawn(self) -> bool:
        """True if its writer took it back."""
        return FateState.WITHDRAWN in {self.fate, self.text_fate}

    @property
    def waits_with_others(self) -> bool:
        """True if something of it waits for a report: answers, or words that were read."""
        words_wait = self.decision is not None and self.decision.use is not None
        answers_wait = self.has_answers and not (self.counted_fast and self.counted_slow)
        return self.period is not None and (answers_wait or words_wait)


def quick_tag(keys: Keys, code: str) -> bytes:
    """Return what finds a code in the inbox."""
    return fingerprint(keys.quick_code, code.encode())


def slow_tag(keys: Keys, slow_key: bytes) -> bytes:
    """Return what finds a settled code. Source: privacy rule A.6."""
    return fingerprint(keys.slow_code, slow_key)


def lock_pointer(slow_key: bytes, pointer: Pointer) -> bytes:
    """Return the pointer as a receipt holds it: of one length, whatever it points to."""
    about = pointer.subject or Subject(None, None)
    ids = (pointer.response_id, pointer.text_id, about.service_id, about.area_id)
    return lock(_pointer_key(slow_key), b"".join(id_ or NO_ID for id_ in ids))


def unlock_pointer(slow_key: bytes, locked: bytes) -> Pointer:
    """Return the pointer that a receipt holds."""
    opened = unlock(_pointer_key(slow_key), locked)
    ids = (opened[start : start + len(NO_ID)] for start in range(0, len(opened), len(NO_ID)))
    response_id, text_id, service_id, area_id = (id_ if id_ != NO_ID else None for id_ in ids)
    about = Subject(service_id, area_id) if service_id or area_id else None
    return Pointer(response_id, text_id, about)


def find_code(
    db: Session, keys: Keys, code: str, slow_key: bytes, *, to_change: bool = False
) -> OpenedCode | None:
    """Return what a code opens, or None. Looks in both places whatever it finds first.

    With ``to_change`` nothing of it can be settled until the transaction ends.
    """
    in_inbox = select(Inbox.form_tag, Inbox.service_id, Inbox.area_id).where(
        Inbox.code_tag == quick_tag(keys, code)
    )
    waiting = db.execute(in_inbox.with_for_update() if to_change else in_inbox).first()
    tag = slow_tag(keys, slow_key)
    locked = db.scalar(select(Receipt.pointer).where(Receipt.tag == tag))
    if waiting is None and locked is None:
        return None
    pointer = unlock_pointer(slow_key, locked) if locked else Pointer()
    return OpenedCode(
        form_tag=waiting.form_tag if waiting else None,
        receipt_tag=tag if locked else None,
        response_id=pointer.response_id,
        text_id=pointer.text_id,
        subject=Subject(waiting.service_id, waiting.area_id) if waiting else pointer.subject,
        taken_back=lock_pointer(slow_key, replace(pointer, subject=None)) if locked else None,
    )


def get_standing(db: Session, opened: OpenedCode, today: date) -> Standing:
    """Return where the form behind a code stands, as it may be told on a day."""
    waiting = db.get(Inbox, opened.form_tag) if opened.form_tag else None
    response = db.get(Response, opened.response_id) if opened.response_id else None
    text = db.get(SealedText, opened.text_id) if opened.text_id else None
    made = db.get(ModeratedText, opened.text_id) if opened.text_id else None
    text_fate = db.get(Fate, opened.text_id) if opened.text_id else None
    decided = made or text_fate
    # A quote is decided once a second person has read it: what it may be can change until then.
    is_half = made is not None and made.state is TextState.WAITS_FOR_SECOND
    is_secret = is_half or bool(decided and decided.shown_from and today < decided.shown_from)
    fate = db.get(Fate, opened.response_id) if opened.response_id else None
    left_out = fate if fate and fate.shown_from and today < fate.shown_from else None
    # A decision that may not be told yet counts as what still waits, with all that shows.
    # Answers before words: a quarter that ended between the two may have parted them.
    there = waiting or response or left_out or text or made or (text_fate if is_secret else None)
    return Standing(
        period=there.period if there else None,
        is_in_inbox=waiting is not None,
        has_answers=bool(response or left_out or (waiting and waiting.answers)),
        counted_fast=response is not None
        and (response.slow_atom_id if response.area_id else response.fast_atom_id) is not None,
        counted_slow=response is not None and response.slow_atom_id is not None,
        has_text=text is not None or bool(waiting and waiting.text_box) or is_secret,
        decision=None if is_secret else _decision(db, made, text_fate, today),
        signpost=None if is_secret or decided is None else decided.signpost,
        fate=fate.state if fate and not left_out else None,
        text_fate=text_fate.state if text_fate and not is_secret else None,
        subject=opened.subject if there else None,
    )


def get_reading_state(db: Session, today: date) -> ReadingState:
    """Return how far reading is behind. One look into an index: the form asks it each time."""
    return ReadingState(db.scalar(select(func.min(SealedText.waiting_since))), today)


def has_words_of_danger(db: Session) -> bool:
    """Return True if a text waits whose words may tell of danger."""
    return bool(db.scalar(select(exists().where(SealedText.is_urgent.in_([True])))))


def list_unread_languages(db: Session, offered: Iterable[str]) -> frozenset[str]:
    """Return in which of these languages words wait to be read. One look into an index for each."""
    return frozenset(
        code
        for code in offered
        if db.scalar(
            select(
                exists().where(SealedText.is_urgent.in_([False, True]), SealedText.language == code)
            )
        )
    )


def list_quarters_with_unread(db: Session) -> tuple[str, ...]:
    """Return the quarters in which words were deleted unread, newest first."""
    statement = (
        select(Incident.period)
        .where(Incident.kind == IncidentKind.UNREAD_EXPIRED)
        .order_by(Incident.period.desc())
    )
    return tuple(db.scalars(statement))


def texts_about(services: Collection[bytes] | Select[bytes]) -> CompoundSelect[bytes]:
    """Return the query for the ids of all texts about some services, sealed or made safe."""
    return union_all(
        select(SealedText.id).where(SealedText.service_id.in_(services)),
        select(ModeratedText.id).where(ModeratedText.service_id.in_(services)),
    )


def count_waiting(db: Session) -> int:
    """Return how many rows wait in the inbox; for the jobs page, never for a provider."""
    return db.scalar(select(func.count()).select_from(Inbox)) or 0


def _decision(
    db: Session, made: ModeratedText | None, fate: Fate | None, today: date
) -> Decision | None:
    """Return what may be told of a decision whose day to be told has come, or None without one."""
    if made:
        return Decision(made.use, None, _is_with_panel(db, made.id, today))
    if fate and fate.state is FateState.NOT_USED:
        return Decision(None, fate.reason, is_with_panel=False)
    return None


def _is_with_panel(db: Session, text_id: bytes, today: date) -> bool:
    """Return True from the Monday after the day on which an idea went out with others."""
    batches = db.scalars(select(PanelIdea.batch).where(PanelIdea.text_id == text_id))
    return any(batch and week_of(batch) + timedelta(days=7) <= today for batch in batches)


def _pointer_key(slow_key: bytes) -> bytes:
    return hmac.digest(slow_key, b"pointer", "sha256")
