"""The settle job: moves what waits in the inbox, mixed, into the tables that live on.

After it nothing tells in which order people wrote, and answers and texts share no key (ADR 0004).
Also the clearing up that makes deleted rows unreadable.
"""

import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coproduce.core.codes import return_code_for
from coproduce.core.content_notes import tells_of_danger
from coproduce.core.db import LOCK_MILLISECONDS, Base, Database
from coproduce.core.keys import Keys
from coproduce.core.periods import period_of
from coproduce.core.sealing import unlock
from coproduce.feedback.models import Inbox, Receipt, Response, SealedText
from coproduce.feedback.open_pool import hold_open_pool, mix_open_pool, mix_used_forms
from coproduce.feedback.queries import (
    Pointer,
    count_waiting,
    lock_pointer,
    slow_tag,
    unlock_pointer,
)
from coproduce.feedback.rules import (
    LARGEST_BATCH,
    SMALLEST_BATCH,
    SettlePlan,
    Subject,
    WaitingRow,
    counted_in,
    settle_plan,
    week_of,
)

PATIENCE_SECONDS = 2
"""How long clearing up waits for readers; whoever sends meanwhile waits behind it.

A tenth of the time a request may take. Source: fault F4 (docs/threat-model.md).
"""

Chance = Callable[[int], bytes]
ListFrozen = Callable[[Session], Collection[str]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one turn moved: numbers of answers and of texts, and what still waits."""

    answers: int
    texts: int
    waiting: int


@dataclass(frozen=True, slots=True, repr=False)
class _Candidate:
    row: WaitingRow
    nonce: bytes


def settle_feedback(
    database: Database,
    keys: Keys,
    today: date,
    chance: Chance,
    list_frozen: ListFrozen = lambda _db: (),
) -> Settled:
    """Move one batch out of the inbox, in one transaction, and clear up behind it.

    The slow hashes are made before the transaction; a row that was withdrawn or replaced meanwhile
    is taken as it is then. Safe to kill at any point and to run again.

    Args:
        database: where the inbox is.
        keys: the secrets of the deployment.
        today: the day by the server's clock.
        chance: gives random bytes, such as `secrets.token_bytes`.
        list_frozen: gives the quarters that are in a report already; none of them grows any more.
    """
    with database.read() as db:
        candidates = _candidates(db, keys, today)
    plan = settle_plan([candidate.row for candidate in candidates], today)
    moving = [c for c in candidates if c.row.key in plan.answers | plan.texts]
    slow_keys = {c.row.key: keys.slow_key(return_code_for(keys.code, c.nonce)) for c in moving}
    if not slow_keys:
        return Settled(0, 0, len(candidates))
    with database.write() as db:
        settled = _move(db, keys, plan, slow_keys, today, chance, list_frozen)
        db.commit()
    clear_up(database)
    return settled


def _candidates(db: Session, keys: Keys, today: date) -> list[_Candidate]:
    """Return up to `LARGEST_BATCH` rows; by key, which is a keyed hash and tells no order."""
    rows = db.execute(
        select(
            Inbox.form_tag,
            Inbox.sealed_nonce,
            Inbox.received_day,
            Inbox.period,
            Inbox.text_box.is_not(None).label("has_text"),
            Inbox.answers,
        )
        .order_by(Inbox.form_tag)
        .limit(LARGEST_BATCH)
    )
    return [
        _Candidate(
            WaitingRow(
                key=row.form_tag,
                received_day=row.received_day,
                has_period_ended=row.period < period_of(today),
                has_text=row.has_text,
                has_answers=bool(row.answers),
            ),
            unlock(keys.nonce, row.sealed_nonce),
        )
        for row in rows
    ]


def _move(
    db: Session,
    keys: Keys,
    plan: SettlePlan,
    slow_keys: dict[bytes, bytes],
    today: date,
    chance: Chance,
    list_frozen: ListFrozen,
) -> Settled:
    hold_open_pool(db)
    rows = db.scalars(
        select(Inbox).where(Inbox.form_tag.in_(slow_keys)).order_by(Inbox.form_tag)
    ).all()
    if len(plan.answers) >= SMALLEST_BATCH > len(rows):
        # Some were withdrawn meanwhile; the next turn plans anew for those that are left.
        return Settled(0, 0, count_waiting(db))
    frozen = list_frozen(db)
    for row in rows:
        row.period = counted_in(row.period, today, frozen)
    periods = {row.period for row in rows}
    answers = texts = 0
    for row in rows:
        slow_key = slow_keys[row.form_tag]
        tag = slow_tag(keys, slow_key)
        receipt = db.get(Receipt, tag)
        before = unlock_pointer(slow_key, receipt.pointer) if receipt else Pointer()
        response_id, text_id = before.response_id, before.text_id
        if row.form_tag in plan.texts and row.text_box is not None:
            text_id = chance(16)
            db.add(_text(row, text_id, today))
            row.text_box, row.is_text_settled = None, True
            texts += 1
        if row.form_tag in plan.answers and row.text_box is None:
            if row.answers:
                response_id = chance(16)
                db.add(_response(row, response_id))
                answers += 1
            db.delete(row)
        subject = Subject(row.service_id, row.area_id)
        pointer = lock_pointer(slow_key, Pointer(response_id, text_id, subject))
        if receipt:
            receipt.pointer = pointer
        else:
            db.add(Receipt(tag=tag, period=row.period, pointer=pointer))
    db.flush()
    mix_open_pool(db, periods)
    mix_used_forms(db)
    return Settled(answers, texts, count_waiting(db))


def _response(row: Inbox, response_id: bytes) -> Response:
    return Response(
        id=response_id,
        period=row.period,
        service_id=row.service_id,
        area_id=row.area_id,
        framework=row.framework,
        answers=row.answers,
        source=row.source,
        screen=row.screen,
    )


def _text(row: Inbox, text_id: bytes, today: date) -> SealedText:
    return SealedText(
        id=text_id,
        period=row.period,
        waiting_since=week_of(today),
        service_id=row.service_id,
        area_id=row.area_id,
        box=row.text_box,
        consent=row.consent,
        language=row.language,
        flags=row.flags,
        source=row.source,
        is_urgent=tells_of_danger(row.flags),
    )


def clear_up(database: Database) -> bool:
    """Make what was deleted unreadable in the write-ahead log and in dead rows.

    Returns False if somebody was reading for too long; the next turn then does it.
    """
    with _alone_for_a_moment(database) as connection:
        if database.is_sqlite:
            return _is_log_empty(connection)
        return _vacuumed(
            connection,
            full=["inbox"],
            # That a card is unused was deleted by the transaction that stored its form.
            plain=["response", "sealed_text", "receipt", "used_form", "unused_card"],
        )


def vacuum(database: Database) -> bool:
    """Rewrite the whole database; return False if there was no room or somebody was reading.

    Needs twice the size of the database as free space. Run at most nightly; until it succeeds,
    SQLite's `secure_delete` has overwritten what was deleted.
    """
    with _alone_for_a_moment(database) as connection:
        if not database.is_sqlite:
            return _vacuumed(connection, full=list_tables_without_order())
        path = Path(str(database.engine.url.database))
        if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
            return False
        try:
            connection.exec_driver_sql("VACUUM")
        except OperationalError as error:
            if isinstance(error.orig, sqlite3.OperationalError):
                return False
            raise
        return _is_log_empty(connection)


def list_tables_without_order() -> list[str]:
    """Return the tables whose rows may not tell in which order they came: all about people."""
    tables = Base.metadata.sorted_tables
    return [table.name for table in tables if not table.dialect_options["sqlite"]["with_rowid"]]


@contextmanager
def _alone_for_a_moment(database: Database) -> Iterator[Connection]:
    """Give a connection for clearing up that waits for readers, but not for long."""
    with database.alone() as connection:
        if database.is_sqlite:
            usual = f"PRAGMA busy_timeout={LOCK_MILLISECONDS}"
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000}")
        else:
            usual = f"SET lock_timeout = {LOCK_MILLISECONDS}"
            connection.exec_driver_sql(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
        try:
            yield connection
        finally:
            connection.exec_driver_sql(usual)


def _is_log_empty(connection: Connection) -> bool:
    """Move the write-ahead log into the database file; return True if nothing is left in it."""
    return connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar() == 0


def _vacuumed(connection: Connection, *, full: list[str], plain: Iterable[str] = ()) -> bool:
    try:
        for name in full:
            connection.exec_driver_sql(f"VACUUM (FULL) {name}")
        for name in plain:
            connection.exec_driver_sql(f"VACUUM {name}")
    except OperationalError:
        return False
    return True
