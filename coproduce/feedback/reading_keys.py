"""The keys to which texts are sealed. Whoever opens them is no business of this feature."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import insert_once
from coproduce.core.errors import RuleBroken, Unavailable
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.sealing import open_with, seal_to
from coproduce.feedback.models import Inbox, ReadingKey, SealedText
from coproduce.feedback.rules import UNREAD_DAYS

REPLACED_DAYS: Final = UNREAD_DAYS + 2
"""Days a key is kept after another took its place: what was sealed to it is gone by then.

A text may be a day in the inbox before its 60 days begin, and the job a day late. Source:
docs/retention.md.
"""

_CONTEXT: Final = b"coproduce reading key 1\0"
_ROWS_AT_ONCE: Final = 500
"""Boxes in memory at a time: at most 8 MB."""


@dataclass(frozen=True, slots=True)
class NewReadingKey:
    """A fresh reading key, with the private half that must now be shared."""

    id: bytes
    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadingKeySummary:
    """A reading key without its private half."""

    id: bytes
    since: date


def current_public_key(db: Session, keys: Keys) -> bytes:
    """Return the key to seal to: the newest reading key, or the recovery sheet's while none is.

    Raises:
        Unavailable: if the newest one was not made by this deployment. Nothing may be sealed to it.
    """
    newest = _newest(db)
    if newest is None:
        return keys.recovery_public
    if not _is_genuine(keys, newest):
        raise Unavailable()
    return newest.public


def get_newest_reading_key(db: Session) -> ReadingKeySummary | None:
    """Return the key that is in use, or None while texts are sealed to the recovery sheet."""
    newest = _newest(db)
    return ReadingKeySummary(newest.id, newest.since) if newest else None


def make_reading_key() -> NewReadingKey:
    """Return a fresh key from the operating system's chance; nothing is stored."""
    private = PrivateKey.generate()
    public = bytes(private.public_key)
    return NewReadingKey(key_fingerprint(public), public, bytes(private))


def add_reading_key(
    db: Session, keys: Keys, today: date, new: NewReadingKey | None = None
) -> NewReadingKey:
    """Store a new reading key that is in use from now on; return its private half.

    The recovery sheet can open it; nobody else until it is shared.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        today: the day by the server's clock.
        new: a key that was made before; a fresh one if it is left out.

    Raises:
        RuleBroken: if a key was made today already, or the clock was put back.
    """
    newest = _newest(db)
    new = new or make_reading_key()
    is_newer = newest is None or newest.since < today
    if not is_newer or not insert_once(
        db,
        ReadingKey,
        id=new.id,
        public_key=new.public,
        signature=SigningKey(keys.signing).sign(_signed(new.public, today)).signature,
        recovery_box=seal_to(keys.recovery_public, new.private),
        since=today,
    ):
        raise RuleBroken(_("A new reading key was made today already. You can make one tomorrow."))
    return new


def open_with_sheet(db: Session, recovery_private: bytes) -> dict[bytes, bytes]:
    """Return the private halves of all reading keys, opened with the recovery sheet, by id."""
    rows = db.execute(select(ReadingKey.id, ReadingKey.recovery_box))
    opened: dict[bytes, bytes] = {}
    for key_id, box in rows:
        try:
            opened[key_id] = open_with(recovery_private, box)
        except CryptoError:
            continue
    return opened


def seal_anew(db: Session, private: bytes, public: bytes) -> dict[bytes, bytes]:
    """Return a new box for every waiting text that a key opens; nothing is stored.

    This is slow where thousands wait, so it happens before the write.

    Args:
        db: any session.
        private: what opens the texts now.
        public: what they are sealed to from now on.

    Returns:
        The new boxes by the fingerprint of the old ones.
    """
    boxes = (box for waiting in _waiting(db) for box in waiting.boxes.values())
    return {key_fingerprint(box): new for box in boxes if (new := _anew(box, private, public))}


def reseal_texts(
    db: Session, private: bytes, public: bytes, prepared: Mapping[bytes, bytes]
) -> None:
    """Seal every waiting text that a key opens to another key.

    Args:
        db: a writing session that holds the open pool (`open_pool.hold_open_pool`), so that no
            text comes or moves meanwhile.
        private: what opens the texts now.
        public: what they are sealed to from now on.
        prepared: what `seal_anew` gave; only what came since is sealed here.
    """
    for waiting in _waiting(db):
        changed = []
        for key, box in waiting.boxes.items():
            new = prepared.get(key_fingerprint(box)) or _anew(box, private, public)
            if new:
                changed.append({waiting.key: key, waiting.box: new})
        if changed:
            db.execute(update(waiting.model), changed)


def drop_replaced_reading_keys(db: Session, today: date) -> int:
    """Delete the keys that another took the place of long ago; return how many.

    What was sealed to them was read or has expired.
    """
    days = list(db.scalars(select(ReadingKey.since).order_by(ReadingKey.since)))
    long_ago = today - timedelta(days=REPLACED_DAYS)
    replaced = [since for since, next_one in pairwise(days) if next_one < long_ago]
    db.execute(delete(ReadingKey).where(ReadingKey.since.in_(replaced)))
    return len(replaced)


def count_false_reading_keys(db: Session, keys: Keys) -> int:
    """Return how many reading keys were not made by this deployment."""
    return sum(not _is_genuine(keys, _StoredKey(*row)) for row in db.execute(_STORED))


def key_fingerprint(public: bytes) -> bytes:
    """Return what a public key, or a box, is recognised by; also the id of a reading key."""
    return hashlib.sha256(public).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Some texts that wait: their boxes by the key of the row, and what the columns are called."""

    model: type[Inbox | SealedText]
    key: str
    box: str
    boxes: dict[bytes, bytes]


def _waiting(db: Session) -> Iterator[_Waiting]:
    """Return every waiting text, some at a time, so that they need not fit into memory."""
    for model, key, box in ((Inbox, "form_tag", "text_box"), (SealedText, "id", "box")):
        columns = model.__table__.c
        after = b""
        while True:
            rows = db.execute(
                select(columns[key], columns[box])
                .where(columns[key] > after, columns[box].is_not(None))
                .order_by(columns[key])
                .limit(_ROWS_AT_ONCE)
            )
            boxes = dict(rows.all())
            if not boxes:
                break
            yield _Waiting(model, key, box, boxes)
            after = max(boxes)


def _anew(box: bytes, private: bytes, public: bytes) -> bytes | None:
    """Return the content in a new box, or None if the key does not open the old one."""
    try:
        return seal_to(public, open_with(private, box))
    except CryptoError:
        return None


class _StoredKey(NamedTuple):
    """What is in clear of a reading key."""

    id: bytes
    public: bytes
    since: date
    signature: bytes


_STORED = select(
    ReadingKey.id, ReadingKey.public_key, ReadingKey.since, ReadingKey.signature
).order_by(ReadingKey.since.desc())


def _newest(db: Session) -> _StoredKey | None:
    row = db.execute(_STORED.limit(1)).first()
    return _StoredKey(*row) if row else None


def _is_genuine(keys: Keys, key: _StoredKey) -> bool:
    try:
        signed = _signed(key.public, key.since)
        SigningKey(keys.signing).verify_key.verify(signed, key.signature)
    except (BadSignatureError, ValueError):
        return False
    return key.id == key_fingerprint(key.public)


def _signed(public: bytes, since: date) -> bytes:
    """Return what a signature is over: with the day, or an old key could be put in front again."""
    return _CONTEXT + since.isoformat().encode() + b"\0" + public
