"""Giving out texts: to one person each, by chance, danger first, and never more than is good.

What it costs does not depend on how many texts wait: it begins at a random place of an index and
looks at a bounded number of them.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.accounts.queries import list_holders
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import insert_once
from coproduce.core.permissions import Permission
from coproduce.moderation.models import Assignment, PassedOn, Shift, Task
from coproduce.moderation.queries import (
    Candidate,
    find_open_text,
    is_waiting,
    list_candidates,
    list_gone,
    shift_of,
)
from coproduce.moderation.rules import LAPSES_DAYS, ShiftNow, after_item, before_item, with_break
from coproduce.moderation.team import Profile

LOOKED_AT = 200
"""Most waiting texts, of each language and urgency, that are looked at for one person.

Source: benchmarks/queue.py: bounded, so that a long queue costs what a short one does.
"""

AT_ONCE = 25
"""Texts read from the index at once; nearly always one of the first can be given."""

Chance = Callable[[int], bytes]


def give_next(
    db: Session, account_id: bytes, profile: Profile, now: datetime, chance: Chance
) -> bytes | None:
    """Give somebody a text to read, or the one they have open; return its id.

    Urgent ones come first; among equals chance decides. Nobody gets a text of a service they have
    to do with, in a language or on a topic they do not read, or one they passed on. Two who ask at
    once never get the same; one person who asks twice at once gets one text.

    Returns:
        None if they are on a break, or if nothing was found for them.
    """
    shift = _held_shift(db, account_id, now)
    take_back_lapsed(db, now.date())
    if open_text := find_open_text(db, account_id):
        return open_text
    _forget_open(db, account_id)
    present = _begun(db, account_id, shift, now)
    if present.break_until is not None:
        return None
    if present.items == 0:
        _forget_passed_on(db, account_id)
    for candidate in _eligible(db, account_id, profile, chance):
        given = insert_once(
            db,
            Assignment,
            text_id=candidate.id,
            account_id=account_id,
            task=Task.FIRST_READING,
            given_on=now.date(),
        )
        if given and is_waiting(db, candidate.id):
            return candidate.id
        if given:
            _end_assignment(db, candidate.id)
    return None


def end_reading(db: Session, account_id: bytes, text_id: bytes, now: datetime) -> None:
    """Note that somebody is done with a text for good; it counts toward their break."""
    _end_assignment(db, text_id)
    count_item(db, account_id, now)


def put_back(db: Session, account_id: bytes, text_id: bytes, now: datetime) -> None:
    """Let others have a text; whoever passed it on does not get it again."""
    _end_assignment(db, text_id)
    insert_once(db, PassedOn, text_id=text_id, account_id=account_id)
    count_item(db, account_id, now)


def may_begin(db: Session, account_id: bytes, now: datetime) -> bool:
    """Return True if somebody may have one more text; if their time is over, a break begins."""
    return _begun(db, account_id, _held_shift(db, account_id, now), now).break_until is None


def count_item(db: Session, account_id: bytes, now: datetime) -> None:
    """Count one more text of somebody's shift; after enough of them a break begins."""
    _store_shift(db, account_id, after_item(_held_shift(db, account_id, now), now))


def begin_break(db: Session, account_id: bytes, now: datetime) -> None:
    """Begin a break now, before it is due. The text under work stays with whoever has it."""
    _store_shift(db, account_id, with_break(_held_shift(db, account_id, now), now))


def holds(db: Session, account_id: bytes, text_id: bytes) -> bool:
    """Return True if a text is with somebody for a first reading; nobody can take it meanwhile."""
    row = select(Assignment.text_id).where(
        Assignment.text_id == text_id,
        Assignment.account_id == account_id,
        Assignment.task == Task.FIRST_READING,
    )
    return db.scalar(row.with_for_update()) is not None


def take_back_lapsed(db: Session, today: date) -> None:
    """Take back what lies with somebody for more than a day, or whose role to read has ended."""
    readers = [holder.account_id for holder in list_holders(db, Permission.TEXT_READ, today)]
    oldest = today - timedelta(days=LAPSES_DAYS)
    db.execute(
        delete(Assignment).where(
            (Assignment.given_on < oldest) | Assignment.account_id.not_in(readers)
        )
    )


def _eligible(
    db: Session, account_id: bytes, profile: Profile, chance: Chance
) -> Iterator[Candidate]:
    """Give the texts that somebody may be given, urgent ones first."""
    languages = sorted(profile.languages, key=lambda _language: chance(ID_BYTES))
    for is_urgent in (True, False):
        for language in languages:
            pivot = chance(ID_BYTES)
            for some in _from_a_random_place(
                db, is_urgent=is_urgent, language=language, pivot=pivot
            ):
                ids = [candidate.id for candidate in some]
                taken = set(
                    db.scalars(select(Assignment.text_id).where(Assignment.text_id.in_(ids)))
                )
                taken.update(
                    db.scalars(
                        select(PassedOn.text_id).where(
                            PassedOn.account_id == account_id, PassedOn.text_id.in_(ids)
                        )
                    )
                )
                for candidate in some:
                    if candidate.id not in taken and _may_receive(profile, candidate):
                        yield candidate


def _from_a_random_place(
    db: Session, *, is_urgent: bool, language: str, pivot: bytes
) -> Iterator[list[Candidate]]:
    """Give waiting texts in the order of their random ids, a few at once, from a place on.

    After the last comes the first. At most `LOOKED_AT` are given.
    """
    left = LOOKED_AT
    for first, before in ((pivot, None), (b"", pivot)):
        after = first
        while left > 0:
            limit = min(AT_ONCE, left)
            some = list_candidates(
                db,
                is_urgent=is_urgent,
                language=language,
                after=after,
                before=before,
                limit=limit,
            )
            if some:
                yield some
                after = some[-1].id + b"\0"
            left -= len(some)
            if len(some) < limit:
                break


def _may_receive(profile: Profile, candidate: Candidate) -> bool:
    """Return True if nothing of what somebody said speaks against giving them a text."""
    return candidate.service_id not in profile.conflicts and not (
        {note.value for note in candidate.notes} & profile.declined
    )


def _end_assignment(db: Session, text_id: bytes) -> None:
    db.execute(delete(Assignment).where(Assignment.text_id == text_id))


def _forget_open(db: Session, account_id: bytes) -> None:
    """Give back what somebody had open and may not, or can no longer, read."""
    db.execute(
        delete(Assignment).where(
            Assignment.account_id == account_id, Assignment.task == Task.FIRST_READING
        )
    )


def _forget_passed_on(db: Session, account_id: bytes) -> None:
    """Forget what somebody passed on and what is no longer there. Done as a shift begins."""
    passed = db.scalars(select(PassedOn.text_id).where(PassedOn.account_id == account_id)).all()
    gone = list_gone(db, passed)
    db.execute(
        delete(PassedOn).where(PassedOn.account_id == account_id, PassedOn.text_id.in_(gone))
    )


def _held_shift(db: Session, account_id: bytes, now: datetime) -> ShiftNow:
    """Return somebody's shift, begun now if there was none. Nobody else can change it meanwhile."""
    insert_once(
        db, Shift, account_id=account_id, began_at=now.isoformat(), items=0, break_until=None
    )
    row = db.execute(
        select(Shift.began_at, Shift.items, Shift.break_until)
        .where(Shift.account_id == account_id)
        .with_for_update()
    ).one()
    return shift_of(row.began_at, row.items, row.break_until)


def _begun(db: Session, account_id: bytes, shift: ShiftNow, now: datetime) -> ShiftNow:
    """Store and return the shift in which somebody asks for a text."""
    present = before_item(shift, now)
    if present != shift:
        _store_shift(db, account_id, present)
    return present


def _store_shift(db: Session, account_id: bytes, shift: ShiftNow) -> None:
    until = shift.break_until.isoformat() if shift.break_until else None
    db.execute(
        update(Shift)
        .where(Shift.account_id == account_id)
        .values(began_at=shift.began_at.isoformat(), items=shift.items, break_until=until)
    )
