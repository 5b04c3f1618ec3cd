"""Handing on the reading keys: the recovery sheet, letting in, new keys, leaving (ADR 0013).

Every hand-over is in the log with the public key it went to. A new reading key goes only to those
whom the log vouches for: whoever can change the database cannot put a key of their own in between.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.accounts.queries import Holder, get_pseudonyms, list_holders
from coproduce.core.actor import Actor
from coproduce.core.chained_log import append_to_log, find_broken_line, list_lines
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.permissions import Permission
from coproduce.feedback.open_pool import hold_open_pool
from coproduce.feedback.reading_keys import (
    NewReadingKey,
    add_reading_key,
    drop_replaced_reading_keys,
    get_newest_reading_key,
    key_fingerprint,
    make_reading_key,
    open_with_sheet,
    reseal_texts,
    seal_anew,
)
from coproduce.moderation.key_shares import (
    CannotOpenYet,
    get_own_public_key,
    list_readers,
    open_reading_keys,
    share_reading_keys,
)
from coproduce.moderation.models import KeyShare, SafeguardingCase

KEY_DAYS: Final = 365
"""Days after which the team is asked for a new reading key.

Source: docs/adr/0013-recovery-sheet-and-reading-keys.md.
"""


class KeyEvent(StrEnum):
    """What the log says was done with reading keys."""

    MADE = "reading key made"
    SHEET_TYPED = "recovery sheet typed"
    LET_IN = "let in"
    SHARED = "new reading key shared"
    TAKEN_BACK = "reading keys taken back"


_HANDED_OVER: Final = (KeyEvent.SHEET_TYPED, KeyEvent.LET_IN, KeyEvent.SHARED)
"""Events about the account that got keys and the public key they were sealed to."""


@dataclass(frozen=True, slots=True)
class KeyReminder:
    """Why a new reading key is due, if it is."""

    since: date
    is_old: bool
    has_somebody_left: bool


def use_recovery_sheet(
    database: Database, keys: Keys, actor: Actor, recovery_private: bytes, today: date
) -> bool:
    """Let whoever typed the recovery sheet open all texts.

    The first time a reading key is made, and every waiting text is sealed to it anew, in one
    transaction. Later the sheet opens the reading keys there are. Two people who type it at once
    end up with the same keys.

    Args:
        database: where the texts are; opened twice, so that the slow work is outside the write.
        keys: the secrets of the deployment.
        actor: who typed it.
        recovery_private: the reading key of the sheet, compared with `Keys.recovery_public` before.
        today: the day by the server's clock.

    Returns:
        True if they can open more than before.
    """
    new = make_reading_key()
    with database.read() as db:
        prepared = (
            seal_anew(db, recovery_private, new.public)
            if get_newest_reading_key(db) is None
            else {}
        )
    with database.write() as db:
        hold_open_pool(db)
        own_id, own_key = actor.own_id(), get_own_public_key(db, keys, actor)
        if get_newest_reading_key(db) is None:
            add_reading_key(db, keys, today, new)
            reseal_texts(db, recovery_private, new.public, prepared)
            _log(db, keys, today, own_id, KeyEvent.MADE, new.id.hex())
        can_more = share_reading_keys(db, open_with_sheet(db, recovery_private), own_id, own_key)
        if can_more:
            _log(db, keys, today, own_id, KeyEvent.SHEET_TYPED, _handed_to(own_id, own_key))
        db.commit()
    return can_more


def let_in(
    db: Session,
    keys: Keys,
    actor: Actor,
    account_id: bytes,
    today: date,
    *,
    key_seen: bytes | None = None,
) -> Holder | None:
    """Seal every reading key that the actor holds to somebody who waits.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        actor: who lets them in.
        account_id: who waits.
        today: the day by the server's clock.
        key_seen: fingerprint of the key whose words two people compared; None for the newest.

    Returns:
        Who was let in, or None if somebody else let them in before.

    Raises:
        CannotOpenYet: if the actor waits to be let in themselves.
        NotFound: if no account with the task to read has this id.
        Conflict: if they have another key by now than the one whose words were compared.
    """
    held = _held(db, keys, actor)
    readers = list_readers(db, today)
    reader = next(
        (r for r in (*readers.waiting, *readers.let_in) if r.account_id == account_id), None
    )
    if reader is None:
        raise NotFound(_("This person does not read any more, or has left."))
    if key_seen not in {None, key_fingerprint(reader.public_key)}:
        raise Conflict(_("Their four words have changed. Please ask for the new ones."))
    if not share_reading_keys(db, held, reader.account_id, reader.public_key):
        return None
    about = _handed_to(reader.account_id, reader.public_key)
    _log(db, keys, today, actor.own_id(), KeyEvent.LET_IN, about)
    return reader


def make_new_key(
    database: Database, keys: Keys, actor: Actor | None, today: date
) -> tuple[Holder, ...]:
    """Make a new reading key and hand it to everybody who reads now.

    Texts are sealed to it from now on. Older keys stay with those who hold them, for what still
    waits. Whom the log does not vouch for waits to be let in by the others.

    Args:
        database: where the keys are.
        keys: the secrets of the deployment.
        actor: who makes it and can open texts; None for the shell.
        today: the day by the server's clock.

    Returns:
        Who holds it.

    Raises:
        CannotOpenYet: if the actor waits to be let in themselves.
        RuleBroken: if nobody can open texts, one was made today, or the log was changed.
    """
    with database.read() as db:
        if find_broken_line(db, keys) is not None:
            raise RuleBroken(
                _("The log was changed from outside. Ask whoever runs this to check it first.")
            )
    with database.write() as db:
        own_id = actor.own_id() if actor else None
        vouched = _vouched_for(db, today)
        if actor is not None:
            # Whoever asks proves by their cookie which key is theirs; no log has to vouch for it.
            # The key in the table of accounts may be another that somebody put there.
            _held(db, keys, actor)
            own_key = get_own_public_key(db, keys, actor)
            asks = actor.own_id()
            own = Holder(asks, get_pseudonyms(db, [asks])[asks], own_key)
            vouched = (own, *(reader for reader in vouched if reader.account_id != own_id))
        if not vouched:
            raise RuleBroken(
                _("Nobody can open texts yet. Type the recovery sheet on the team page first.")
            )
        new = add_reading_key(db, keys, today)
        _log(db, keys, today, own_id, KeyEvent.MADE, new.id.hex())
        _hand_on(db, keys, new, vouched, own_id, today)
        db.commit()
    return vouched


def drop_shares_of_leavers(db: Session, keys: Keys, today: date) -> int:
    """Delete the shares of everybody whose task to read has ended; return how many people."""
    readers = {holder.account_id for holder in list_holders(db, Permission.TEXT_READ, today)}
    holding = set(db.scalars(select(KeyShare.account_id).distinct()))
    leavers = sorted(holding - readers)
    db.execute(delete(KeyShare).where(KeyShare.account_id.in_(leavers)))
    for account_id in leavers:
        _log(db, keys, today, None, KeyEvent.TAKEN_BACK, account_id.hex())
    return len(leavers)


def drop_old_reading_keys(db: Session, today: date) -> int:
    """Delete the reading keys that nothing can be sealed to any more; return how many.

    While the words of a safeguarding case are kept all stay: the case may be sealed to any.
    """
    if db.scalar(select(SafeguardingCase.id).where(SafeguardingCase.box.is_not(None)).limit(1)):
        return 0
    return drop_replaced_reading_keys(db, today)


def get_key_reminder(db: Session, today: date) -> KeyReminder | None:
    """Return how the newest reading key stands, or None while there is none."""
    newest = get_newest_reading_key(db)
    if newest is None:
        return None
    readers = {holder.account_id for holder in list_holders(db, Permission.TEXT_READ, today)}
    held: set[bytes] = set()
    for line in list_lines(db, (KeyEvent.MADE, *_HANDED_OVER), newest.since):
        # Who was let in before the newest key was made never held it.
        held = set() if line.what == KeyEvent.MADE else held | {_account_in(line.about)}
    return KeyReminder(
        since=newest.since,
        is_old=(today - newest.since).days > KEY_DAYS,
        has_somebody_left=not held <= readers,
    )


def _held(db: Session, keys: Keys, actor: Actor) -> dict[bytes, bytes]:
    """Return the private halves that somebody holds, the newest among them."""
    newest, held = get_newest_reading_key(db), open_reading_keys(db, keys, actor).private
    if newest is None or newest.id not in held:
        raise CannotOpenYet()
    return held


def _vouched_for(db: Session, today: date) -> tuple[Holder, ...]:
    """Return the readers whose public key is the one that the log says was let in."""
    vouched: dict[bytes, str] = {}
    for line in list_lines(db, (*_HANDED_OVER, KeyEvent.TAKEN_BACK)):
        vouched[_account_in(line.about)] = line.about
    return tuple(
        reader
        for reader in list_readers(db, today).let_in
        if vouched.get(reader.account_id) == _handed_to(reader.account_id, reader.public_key)
    )


def _hand_on(
    db: Session,
    keys: Keys,
    new: NewReadingKey,
    readers: tuple[Holder, ...],
    own_id: bytes | None,
    today: date,
) -> None:
    for reader in readers:
        share_reading_keys(db, {new.id: new.private}, reader.account_id, reader.public_key)
        about = _handed_to(reader.account_id, reader.public_key)
        _log(db, keys, today, own_id, KeyEvent.SHARED, about)


def _log(
    db: Session, keys: Keys, today: date, own_id: bytes | None, event: KeyEvent, about: str
) -> None:
    append_to_log(db, keys, day=today, account_id=own_id, what=event, about=about)


def _handed_to(account_id: bytes, public_key: bytes) -> str:
    return f"{account_id.hex()} {key_fingerprint(public_key).hex()}"


def _account_in(about: str) -> bytes:
    return bytes.fromhex(about.partition(" ")[0])
