"""Who writes a composite statement, and who lets it be published: never the same person."""

from collections.abc import Callable, Collection
from datetime import date
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.db import insert_row
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.feedback.moderated_words import TextState
from coproduce.feedback.statements import (
    Topic,
    approve_statement,
    discard_statement,
    get_statement,
    write_statement,
)
from coproduce.moderation.models import StatementAuthor
from coproduce.moderation.team import Profile

Chance = Callable[[int], bytes]


class StatementStep(StrEnum):
    """What the log says of a statement."""

    WRITTEN = "statement written"
    APPROVED = "statement approved"
    DISCARDED = "statement discarded"


def write_as_author(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    profile: Profile,
    topic: Topic,
    text_ids: Collection[bytes],
    words: str,
    language: str,
    today: date,
    chance: Chance,
) -> bytes:
    """Keep a statement and who wrote it, until a second person has read it; return its id.

    Raises:
        NotFound: if it is about a service this person must not read about.
        RuleBroken: with fewer than three texts.
        Conflict: if a text was taken back meanwhile, or went into another statement.
    """
    if topic.service_id in profile.conflicts:
        raise NotFound()
    statement_id = write_statement(db, topic, text_ids, words, language, chance)
    insert_row(db, StatementAuthor, statement_id=statement_id, account_id=actor_id)
    _log(db, keys, actor_id, StatementStep.WRITTEN, statement_id, today)
    return statement_id


def is_author(db: Session, actor_id: bytes, statement_id: bytes) -> bool:
    """Return True if somebody wrote the statement."""
    return _author(db, statement_id) == actor_id


def can_approve_statement(db: Session, actor_id: bytes, statement_id: bytes) -> bool:
    """Return True if the author is known and is somebody else.

    Where the author's account was erased, nobody can show that there were two.
    """
    author = _author(db, statement_id)
    return author is not None and author != actor_id


def approve_as_second(
    db: Session, keys: Keys, actor_id: bytes, profile: Profile, statement_id: bytes, today: date
) -> None:
    """Let a statement be published; somebody other than its author has read it.

    Raises:
        NotFound: if it is not there, or about a service this person must not read about.
        Conflict: if this person wrote it, or it was decided meanwhile.
        RuleBroken: if fewer than three of its texts are left.
    """
    _require_open_to(db, profile, statement_id)
    if is_author(db, actor_id, statement_id):
        raise Conflict(_("You wrote this statement. Another person must read it."))
    if get_statement(db, statement_id).state is TextState.READY:
        raise Conflict(_("Somebody has approved this statement already."))
    if not can_approve_statement(db, actor_id, statement_id):
        raise Conflict(_("Nobody knows any more who wrote this. It can only be discarded."))
    approve_statement(db, statement_id)
    db.execute(delete(StatementAuthor).where(StatementAuthor.statement_id == statement_id))
    _log(db, keys, actor_id, StatementStep.APPROVED, statement_id, today)


def discard_as_reader(
    db: Session, keys: Keys, actor_id: bytes, profile: Profile, statement_id: bytes, today: date
) -> None:
    """Delete a statement that is not approved; its author may do so too.

    Raises:
        NotFound: if it is not there, or about a service this person must not read about.
        Conflict: if it was approved already.
    """
    _require_open_to(db, profile, statement_id)
    discard_statement(db, statement_id)
    _log(db, keys, actor_id, StatementStep.DISCARDED, statement_id, today)


def _author(db: Session, statement_id: bytes) -> bytes | None:
    return db.scalar(
        select(StatementAuthor.account_id).where(StatementAuthor.statement_id == statement_id)
    )


def _require_open_to(db: Session, profile: Profile, statement_id: bytes) -> None:
    if get_statement(db, statement_id).topic.service_id in profile.conflicts:
        raise NotFound()


def _log(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    what: StatementStep,
    statement_id: bytes,
    today: date,
) -> None:
    about = statement_id.hex()[:8]
    append_to_log(db, keys, day=today, account_id=actor_id, what=what, about=about)
