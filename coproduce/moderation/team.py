"""The people who read: what each can and cannot read, how their week was, how much they read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.accounts.queries import get_pseudonyms
from coproduce.accounts.rules import ROLE_NAMES
from coproduce.core.chained_log import Logged, count_by_account, list_log
from coproduce.core.db import insert_once
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Role
from coproduce.feedback.queries import texts_about
from coproduce.feedback.rules import week_of
from coproduce.moderation.key_shares import list_readers
from coproduce.moderation.models import (
    Assignment,
    ConflictOfInterest,
    ModeratorProfile,
    SupervisionKind,
    SupervisionNote,
)
from coproduce.moderation.rules import Step

LOG_PAGE: Final = 100
"""Lines of the log on one page."""

NOTE_WEEKS: Final = 4
"""Weeks over which the lead sees load and notes. Source: privacy rule D.3."""

SMALLEST_TEAM: Final = 2
"""Readers without whom no text is opened: nobody reads alone, and every quote needs a second.

Source: docs/operating.md, the smallest team: two named people.
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody is given to read, and what not.

    Attributes:
        languages: codes of the languages they read.
        declined: content notes they asked not to receive, as stored in flags.
        conflicts: ids of services they must not read about.
    """

    languages: frozenset[str]
    declined: frozenset[str]
    conflicts: frozenset[bytes]


def get_profile(db: Session, account_id: bytes, first_language: str) -> Profile:
    """Return what somebody reads; who set nothing reads the deployment's first language only."""
    row = db.execute(
        select(ModeratorProfile.languages, ModeratorProfile.declined).where(
            ModeratorProfile.account_id == account_id
        )
    ).first()
    conflicts = db.scalars(
        select(ConflictOfInterest.service_id).where(ConflictOfInterest.account_id == account_id)
    )
    return Profile(
        languages=frozenset(row.languages if row else (first_language,)),
        declined=frozenset(row.declined if row else ()),
        conflicts=frozenset(conflicts),
    )


def has_smallest_team(db: Session, today: date) -> bool:
    """Return True if two people at least can open texts."""
    return len(list_readers(db, today).let_in) >= SMALLEST_TEAM


def set_profile(
    db: Session, account_id: bytes, languages: Iterable[str], declined: Iterable[str]
) -> None:
    """Store which languages somebody reads and which content notes they are not given."""
    new = {"languages": sorted(languages), "declined": sorted(declined)}
    if not insert_once(db, ModeratorProfile, account_id=account_id, **new):
        db.execute(
            update(ModeratorProfile).where(ModeratorProfile.account_id == account_id).values(new)
        )


def add_conflict(db: Session, account_id: bytes, service_id: bytes) -> None:
    """Let somebody receive nothing about a service; what they have in hand of it goes back."""
    insert_once(db, ConflictOfInterest, account_id=account_id, service_id=service_id)
    db.execute(
        delete(Assignment).where(
            Assignment.account_id == account_id, Assignment.text_id.in_(texts_about([service_id]))
        )
    )


def end_conflict(db: Session, account_id: bytes, service_id: bytes) -> None:
    """Let somebody read about a service again."""
    db.execute(
        delete(ConflictOfInterest).where(
            ConflictOfInterest.account_id == account_id,
            ConflictOfInterest.service_id == service_id,
        )
    )


def note_week(db: Session, account_id: bytes, week: date, kind: SupervisionKind) -> None:
    """Store how somebody was in a week; what they said last counts."""
    if not insert_once(db, SupervisionNote, account_id=account_id, week=week, kind=kind):
        db.execute(
            update(SupervisionNote)
            .where(SupervisionNote.account_id == account_id, SupervisionNote.week == week)
            .values(kind=kind)
        )


def get_notes(
    db: Session, account_ids: Collection[bytes], since: date
) -> dict[bytes, SupervisionKind]:
    """Return the newest note of each account since a week."""
    rows = db.execute(
        select(SupervisionNote.account_id, SupervisionNote.kind)
        .where(SupervisionNote.account_id.in_(account_ids), SupervisionNote.week >= since)
        .order_by(SupervisionNote.week)
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Member:
    """One person who reads, as the lead sees them: how much they read, and how they are."""

    account_id: bytes
    pseudonym: str
    can_open: bool
    languages: frozenset[str]
    this_week: int
    four_weeks: int
    note: SupervisionKind | None


def list_members(db: Session, today: date, first_language: str) -> tuple[Member, ...]:
    """Return everybody who reads, with their load. For the lead only."""
    readers, week = list_readers(db, today), week_of(today)
    since = week - timedelta(weeks=NOTE_WEEKS - 1)
    this_week = count_by_account(db, READINGS, week)
    four_weeks = count_by_account(db, READINGS, since)
    everybody = sorted((*readers.let_in, *readers.waiting), key=lambda one: one.pseudonym)
    notes = get_notes(db, [one.account_id for one in everybody], since)
    return tuple(
        Member(
            account_id=one.account_id,
            pseudonym=one.pseudonym,
            can_open=one in readers.let_in,
            languages=get_profile(db, one.account_id, first_language).languages,
            this_week=this_week.get(one.account_id, 0),
            four_weeks=four_weeks.get(one.account_id, 0),
            note=notes.get(one.account_id),
        )
        for one in everybody
    )


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log in words."""

    number: int
    day: date
    who: Message | str
    what: Message | str
    about: tuple[Message | str, ...]


def read_log(db: Session, before: int | None) -> tuple[LogLine, ...]:
    """Return one page of the log, newest first, and one line more if there is an older one."""
    lines = list_log(db, before=before, limit=LOG_PAGE + 1)
    ids = {line.account_id for line in lines if line.account_id}
    ids |= {named for line in lines if (named := _account_in(line))}
    names = get_pseudonyms(db, ids)
    return tuple(
        LogLine(
            line.number,
            line.day,
            names.get(line.account_id, ERASED) if line.account_id else _("the system"),
            NAMES_OF_EVENTS.get(line.what, line.what),
            _about(line, names),
        )
        for line in lines
    )


def _account_in(line: Logged) -> bytes | None:
    """Return which account a line is about, if it is about one."""
    first = line.about.partition(" ")[0]
    if line.what not in ABOUT_ACCOUNTS or len(first) != _HEX_ID:
        return None
    return bytes.fromhex(first)


def _about(line: Logged, names: Mapping[bytes, str]) -> tuple[Message | str, ...]:
    """Return whom a line is about, and which role; ids of anything else stay out."""
    account_id = _account_in(line)
    told: list[Message | str] = [names.get(account_id, ERASED)] if account_id else []
    told += [ROLE_NAMES[role] for role in Role if role in line.about.split()]
    return tuple(told)


ERASED: Final = _("a former member")
_HEX_ID: Final = 32

READINGS: Final = (Step.READ, Step.NOT_USED)
"""What counts as one reading."""

ABOUT_ACCOUNTS: Final = frozenset(
    {
        "let in",
        "new reading key shared",
        "reading keys taken back",
        "role granted",
        "role ended",
        "recovery code printed",
        "recovery code cancelled",
        "left",
    }
)
"""Things of the log that begin with the account they were done to."""

NAMES_OF_EVENTS: Final[Mapping[str, Message]] = {
    "reading key made": _("made a new reading key"),
    "recovery sheet typed": _("typed the recovery sheet"),
    "let in": _("let somebody in"),
    "new reading key shared": _("shared the new reading key"),
    "reading keys taken back": _("took the reading keys back"),
    "first reading": _("read a text"),
    "not used": _("read a text that was not used"),
    "passed on": _("passed a text on"),
    "service shown": _("looked which service a text is about"),
    "matched with a service": _("found which service a text is about"),
    "quote approved": _("approved a quote"),
    "quote put in other words": _("put a quote in other words"),
    "quote kept as themes only": _("kept a quote as themes only"),
    "second reading passed on": _("passed a second reading on"),
    "service shown at second reading": _("looked which service a second reading is about"),
    "second coding saved": _("coded a text as the second person"),
    "text coded again": _("coded a text again"),
    "statement written": _("wrote a statement"),
    "statement approved": _("approved a statement"),
    "statement discarded": _("discarded a statement"),
    "set-aside answers counted": _("let answers count that were set aside"),
    "set-aside answers left out": _("left answers out that were set aside"),
    "words withdrawal asked": _("asked to take words out of reports"),
    "words withdrawn": _("took words out of reports"),
    "words kept": _("kept words in reports"),
    "words notice closed": _("closed a notice about words in a report"),
    "safeguarding case opened": _("opened a safeguarding case"),
    "safeguarding case joined": _("joined a safeguarding case"),
    "safeguarding decision proposed": _("proposed what to do in a safeguarding case"),
    "safeguarding decision taken back": _("took a safeguarding proposal back"),
    "safeguarding decision confirmed": _("confirmed a safeguarding decision"),
    "safeguarding case closed": _("closed a safeguarding case"),
    "invited": _("invited somebody"),
    "invitation cancelled": _("cancelled an invitation"),
    "role granted": _("gave a role"),
    "role ended": _("ended a role"),
    "recovery code printed": _("printed a recovery code"),
    "recovery code cancelled": _("cancelled a recovery code"),
    "left": _("ended all roles of somebody who left"),
    "account made": _("joined"),
    "passphrase changed": _("changed their passphrase"),
    "second factor set": _("set up their second step"),
    "recovery codes made": _("made new recovery codes"),
    "account recovered": _("recovered their account"),
    "account erased": _("erased their account"),
    "cards printed": _("printed invitation cards"),
    "cards cancelled": _("cancelled invitation cards"),
}
"""What the log says, as a sentence about whoever did it. Another word stands as it is."""
