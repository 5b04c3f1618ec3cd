"""The log of what staff did: one line each, day-level, no text, every line tied to the one before.

The tie is a keyed hash. Whoever can change the database alone cannot change or reorder a line, or
drop one before the newest, without `coproduce check` seeing it.
"""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Index, Text, func, select, text, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from coproduce.core.codes import fingerprint
from coproduce.core.column_types import Day, Id
from coproduce.core.db import PLAIN_TABLE, Base
from coproduce.core.keys import Keys

FIRST_TIE = bytes(16)
_PURPOSE = "chained log"


class LogEntry(Base):
    """One thing that somebody did. ``what`` and ``about`` are words of ours, never of a person.

    ``account_id`` is who did it, or None for the shell. It stays when an account is erased and
    then leads to nobody.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        # The page of the team counts readings of some weeks, however long the log is.
        Index("ix_log_entry_what_day_account_id", "what", "day", "account_id"),
        PLAIN_TABLE,
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Day)
    account_id: Mapped[bytes | None] = mapped_column(Id)
    what: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    tie: Mapped[bytes] = mapped_column(Id)


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the log as it is shown."""

    number: int
    day: date
    account_id: bytes | None
    what: str
    about: str


def append_to_log(
    db: Session, keys: Keys, *, day: date, account_id: bytes | None, what: str, about: str = ""
) -> None:
    """Add one line, tied to the newest. Whoever appends at the same time waits."""
    if db.get_bind().dialect.name != "sqlite":
        db.execute(text("LOCK TABLE log_entry IN EXCLUSIVE MODE"))
    newest = db.execute(
        select(LogEntry.number, LogEntry.tie).order_by(LogEntry.number.desc()).limit(1)
    ).first()
    number, tie = (newest.number + 1, newest.tie) if newest else (1, FIRST_TIE)
    db.add(
        LogEntry(
            number=number,
            day=day,
            account_id=account_id,
            what=what,
            about=about,
            tie=_tie(keys, tie, number, day.isoformat(), account_id, what, about),
        )
    )
    db.flush()


def list_log(db: Session, *, before: int | None = None, limit: int = 100) -> list[Logged]:
    """Return the newest lines, or those before a number, newest first."""
    lines = select(LogEntry).order_by(LogEntry.number.desc()).limit(limit)
    if before is not None:
        lines = lines.where(LogEntry.number < before)
    return [_logged(entry) for entry in db.scalars(lines)]


def list_lines(db: Session, what: Iterable[str], since: date = date.min) -> list[Logged]:
    """Return every line that says one of these things since a day, oldest first."""
    lines = select(LogEntry).where(LogEntry.what.in_(list(what)), LogEntry.day >= since)
    return [_logged(entry) for entry in db.scalars(lines.order_by(LogEntry.number))]


def count_by_account(db: Session, what: Iterable[str], since: date) -> dict[bytes, int]:
    """Return how often each account did one of these things since a day."""
    rows = db.execute(
        select(LogEntry.account_id, func.count())
        .where(
            LogEntry.what.in_(list(what)), LogEntry.day >= since, LogEntry.account_id.is_not(None)
        )
        .group_by(LogEntry.account_id)
    )
    return {account_id: count for account_id, count in rows if account_id is not None}


def find_broken_line(db: Session, keys: Keys) -> int | None:
    """Return the number of the first line that was changed or follows a gap, or None."""
    tie, expected = FIRST_TIE, 1
    # The day as it stands: one that is none must be found, not stop the search.
    entries = select(
        LogEntry.number,
        type_coerce(LogEntry.day, Text),
        LogEntry.account_id,
        LogEntry.what,
        LogEntry.about,
        LogEntry.tie,
    ).order_by(LogEntry.number)
    with closing(db.execute(entries.execution_options(yield_per=1000))) as found:
        for number, day, account_id, what, about, stored in found:
            if number != expected or stored != _tie(
                keys, tie, number, day, account_id, what, about
            ):
                return expected
            tie, expected = stored, expected + 1
    return None


def _logged(entry: LogEntry) -> Logged:
    return Logged(entry.number, entry.day, entry.account_id, entry.what, entry.about)


def _tie(
    keys: Keys,
    before: bytes,
    number: int,
    day: str,
    account_id: bytes | None,
    what: str,
    about: str,
) -> bytes:
    who = account_id.hex() if account_id is not None else None
    content = [before.hex(), number, day, who, what, about]
    return fingerprint(keys.secret_for(_PURPOSE), json.dumps(content).encode())
