"""Reading what waits, what somebody has open, and what is near a service. Returns values only."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coproduce.core.content_notes import ContentNote, notes_in, tells_of_danger
from coproduce.core.errors import NotFound
from coproduce.core.messages import _
from coproduce.feedback.models import Consent, Fate, FateState, ModeratedText, SealedText
from coproduce.feedback.rules import Words
from coproduce.moderation.key_shares import ReadingKeys
from coproduce.moderation.models import Assignment, ConflictOfInterest, KeyShare, Shift, Task
from coproduce.moderation.rules import ShiftNow
from coproduce.moderation.team import Profile
from coproduce.services.names_near import get_names_near


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, in words: no number, and nothing about any one service.

    Attributes:
        for_you: True if something waits that is in a language somebody reads.
        danger: True if some of it may tell of danger.
        in_other_languages: True if something waits that they cannot read.
        oldest_week: Monday of the week in which the oldest came, or None if nothing waits.
    """

    for_you: bool
    danger: bool
    in_other_languages: bool
    oldest_week: date | None


@dataclass(frozen=True, slots=True, repr=False)
class OpenText:
    """A text that somebody has open, still sealed.

    ``language`` is known for its words and is not shown: the first reading is blind.
    """

    id: bytes
    box: bytes
    service_id: bytes | None
    area_id: bytes | None
    consent: Consent
    language: str
    notes: frozenset[ContentNote]
    is_danger: bool

    def words(self, keys: ReadingKeys) -> Words:
        """Return what its writer wrote.

        Raises:
            CannotOpenYet: if it was sealed to a key that the reader does not hold.
        """
        content: dict[str, str] = json.loads(keys.open(self.box))
        return Words(content["better"], content["happened"], content.get("called", ""))


class Became(StrEnum):
    """Why a text is not with somebody who asks for it."""

    DECIDED = "decided"
    TAKEN_BACK = "taken_back"
    LET_GO = "let_go"
    """Nobody read it in time."""
    WENT_BACK = "went_back"
    """It waits for somebody, or is with somebody else."""


def get_waiting(db: Session, profile: Profile) -> Waiting:
    """Return what waits, in a time that does not grow with how much."""
    danger = _is_any(db, profile, is_urgent=True)
    return Waiting(
        for_you=danger or _is_any(db, profile, is_urgent=False),
        danger=danger,
        in_other_languages=_waits_in_others(db, profile.languages),
        oldest_week=db.scalar(
            select(SealedText.waiting_since).order_by(SealedText.waiting_since).limit(1)
        ),
    )


def get_shift(db: Session, account_id: bytes) -> ShiftNow | None:
    """Return the shift somebody is in, or their break; None if they have not begun."""
    row = db.execute(
        select(Shift.began_at, Shift.items, Shift.break_until).where(Shift.account_id == account_id)
    ).first()
    return shift_of(row.began_at, row.items, row.break_until) if row else None


def shift_of(began_at: str, items: int, break_until: str | None) -> ShiftNow:
    """Return a shift as the rules know it."""
    until = datetime.fromisoformat(break_until) if break_until else None
    return ShiftNow(datetime.fromisoformat(began_at), items, until)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that waits, and all that decides whether somebody may be given it."""

    id: bytes
    service_id: bytes | None
    notes: frozenset[ContentNote]


def list_candidates(
    db: Session, *, is_urgent: bool, language: str, after: bytes, before: bytes | None, limit: int
) -> list[Candidate]:
    """Return texts that wait, by id, from one id on and before another."""
    statement = select(SealedText.id, SealedText.service_id, SealedText.flags).where(
        SealedText.is_urgent == is_urgent, SealedText.language == language, SealedText.id >= after
    )
    if before is not None:
        statement = statement.where(SealedText.id < before)
    # All columns of the index, so that no planner takes the rows in another order and sorts them.
    in_order = (SealedText.is_urgent, SealedText.language, SealedText.id)
    rows = db.execute(statement.order_by(*in_order).limit(limit))
    return [Candidate(row.id, row.service_id, notes_in(row.flags)) for row in rows]


def is_waiting(db: Session, text_id: bytes) -> bool:
    """Return True if nobody has decided on a text, and it was not taken back."""
    return db.scalar(select(SealedText.id).where(SealedText.id == text_id)) is not None


def list_gone(db: Session, text_ids: Collection[bytes]) -> frozenset[bytes]:
    """Return which of these are no longer anywhere, neither sealed nor made safe."""
    there = set(db.scalars(select(SealedText.id).where(SealedText.id.in_(text_ids))))
    there.update(db.scalars(select(ModeratedText.id).where(ModeratedText.id.in_(text_ids))))
    return frozenset(text_ids) - there


def find_open_text(db: Session, account_id: bytes) -> bytes | None:
    """Return the text that somebody has open for a first reading, or None."""
    return db.scalar(
        select(SealedText.id).where(
            SealedText.id.in_(
                select(Assignment.text_id).where(
                    Assignment.account_id == account_id, Assignment.task == Task.FIRST_READING
                )
            ),
            _no_conflict(account_id),
        )
    )


def get_open_text(db: Session, account_id: bytes, text_id: bytes) -> OpenText:
    """Return a text that is with somebody now.

    Raises:
        NotFound: if it is not with them, or is about a service they must not read about.
    """
    row = db.execute(
        select(
            SealedText.id,
            SealedText.box,
            SealedText.service_id,
            SealedText.area_id,
            SealedText.consent,
            SealedText.language,
            SealedText.flags,
        )
        .join(Assignment, Assignment.text_id == SealedText.id)
        .where(
            SealedText.id == text_id,
            Assignment.account_id == account_id,
            Assignment.task == Task.FIRST_READING,
            _no_conflict(account_id),
        )
    ).first()
    if row is None:
        raise NotFound(_("This text is not with you. Please go to your list."))
    return OpenText(
        id=row.id,
        box=row.box,
        service_id=row.service_id,
        area_id=row.area_id,
        consent=row.consent,
        language=row.language,
        notes=notes_in(row.flags),
        is_danger=tells_of_danger(row.flags),
    )


def is_anybody_let_in(db: Session) -> bool:
    """Return True if somebody holds a key that opens texts."""
    return db.scalar(select(KeyShare.account_id).limit(1)) is not None


def find_what_became(db: Session, text_id: bytes) -> Became | None:
    """Return what became of a text; None if there never was one, or nothing tells of it now."""
    if db.scalar(select(ModeratedText.id).where(ModeratedText.id == text_id)):
        return Became.DECIDED
    fate = db.scalar(select(Fate.state).where(Fate.id == text_id))
    if fate is not None:
        by_fate = {FateState.WITHDRAWN: Became.TAKEN_BACK, FateState.EXPIRED: Became.LET_GO}
        return by_fate.get(fate, Became.DECIDED)
    if db.scalar(select(SealedText.id).where(SealedText.id == text_id)):
        return Became.WENT_BACK
    return None


def list_names_near(db: Session, text: OpenText) -> list[str]:
    """Return what services, providers and areas around a text's service are called."""
    near = get_names_near(db, service_id=text.service_id, area_id=text.area_id, with_unlisted=True)
    return sorted(near.own | near.others)


def _waits_in_others(db: Session, languages: Collection[str]) -> bool:
    """Return True if a text waits in a language that is not among these.

    Steps from one language to the next one in the index, so that it looks at as many rows as
    there are languages, however many texts wait.
    """
    for is_urgent in (True, False):
        language: str | None = ""
        while language is not None:
            language = db.scalar(
                select(SealedText.language)
                .where(SealedText.is_urgent == is_urgent, SealedText.language > language)
                .order_by(SealedText.is_urgent, SealedText.language)
                .limit(1)
            )
            if language is not None and language not in languages:
                return True
    return False


def _no_conflict(account_id: bytes) -> ColumnElement[bool]:
    own = select(ConflictOfInterest.service_id).where(ConflictOfInterest.account_id == account_id)
    return SealedText.service_id.is_(None) | SealedText.service_id.not_in(own)


def _is_any(db: Session, profile: Profile, *, is_urgent: bool) -> bool:
    reads = SealedText.language.in_(sorted(profile.languages))
    one = select(SealedText.id).where(SealedText.is_urgent == is_urgent, reads).limit(1)
    return db.scalar(one) is not None
