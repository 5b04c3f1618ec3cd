"""The keys to which texts are sealed. Whoever opens them is no business of this feature."""

import hashlib
from dataclasses import dataclass
from datetime import date

from nacl.exceptions import BadSignatureError
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.core.column_types import ID_BYTES
from coproduce.core.errors import Unavailable
from coproduce.core.keys import Keys
from coproduce.core.sealing import seal_to
from coproduce.feedback.models import ReadingKey

_CONTEXT = b"coproduce reading key 1\0"


@dataclass(frozen=True, slots=True, repr=False)
class NewReadingKey:
    """A reading key that was just stored, with the private half that must now be shared."""

    id: bytes
    private: bytes


def current_public_key(db: Session, keys: Keys) -> bytes:
    """Return the key to seal to: the newest reading key, or the recovery sheet's while none is.

    Raises:
        Unavailable: if the newest one was not made by this deployment. Nothing may be sealed to it.
    """
    newest = db.execute(
        select(ReadingKey.public_key, ReadingKey.since, ReadingKey.signature)
        .order_by(ReadingKey.since.desc(), ReadingKey.id)
        .limit(1)
    ).first()
    if newest is None:
        return keys.recovery_public
    if not _is_genuine(keys, newest.public_key, newest.since, newest.signature):
        raise Unavailable()
    public: bytes = newest.public_key
    return public


def add_reading_key(db: Session, keys: Keys, today: date) -> NewReadingKey:
    """Make a new reading key that is in use from now on; return its private half.

    The recovery sheet can open it; nobody else until it is shared.
    """
    private = PrivateKey.generate()
    public = bytes(private.public_key)
    key_id = reading_key_id(public)
    db.add(
        ReadingKey(
            id=key_id,
            public_key=public,
            signature=SigningKey(keys.signing).sign(_signed(public, today)).signature,
            recovery_box=seal_to(keys.recovery_public, bytes(private)),
            since=today,
        )
    )
    db.flush()
    return NewReadingKey(key_id, bytes(private))


def reading_key_id(public: bytes) -> bytes:
    """Return the id of a key: a fingerprint of its public half."""
    return hashlib.sha256(public).digest()[:ID_BYTES]


def _is_genuine(keys: Keys, public: bytes, since: date, signature: bytes) -> bool:
    try:
        SigningKey(keys.signing).verify_key.verify(_signed(public, since), signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def _signed(public: bytes, since: date) -> bytes:
    """Return what a signature is over: with the day, or an old key could be put in front again."""
    return _CONTEXT + since.isoformat().encode() + b"\0" + public
