"""Who can open texts: the reading keys, sealed to each account that was let in (ADR 0013)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.accounts.queries import (
    Holder,
    get_own_private_key,
    get_pseudonyms,
    list_holders,
)
from coproduce.core.actor import Actor
from coproduce.core.codes import fingerprint
from coproduce.core.db import insert_once
from coproduce.core.errors import Forbidden
from coproduce.core.keys import PHRASE_WORDS, Keys, word_list
from coproduce.core.messages import _
from coproduce.core.permissions import Permission
from coproduce.core.sealing import open_with, seal_to
from coproduce.feedback.reading_keys import get_newest_reading_key, key_fingerprint
from coproduce.moderation.models import KeyShare

_WORDS_OF_KEY = "words of a key"


class CannotOpenYet(Forbidden):
    """The account holds no reading key, or not the one that a text was sealed to."""

    def __init__(self) -> None:
        super().__init__(
            _("You cannot open texts yet. Someone who reads already must let you in first.")
        )


@dataclass(frozen=True, slots=True, repr=False)
class ReadingKeys:
    """The private halves that one signed-in person holds, by the id of the reading key."""

    private: dict[bytes, bytes]

    def open(self, box: bytes) -> bytes:
        """Return what was sealed to any of the keys.

        Raises:
            CannotOpenYet: if none of them fits.
        """
        for private in self.private.values():
            try:
                return open_with(private, box)
            except CryptoError:
                continue
        raise CannotOpenYet()


def open_reading_keys(db: Session, keys: Keys, actor: Actor) -> ReadingKeys:
    """Return the reading keys of whoever asks, opened with the token in their cookie.

    Shares from before a recovery of the account stay closed and are left out.

    Raises:
        CannotOpenYet: if they hold none.
    """
    shares = db.execute(
        select(KeyShare.reading_key_id, KeyShare.box).where(KeyShare.account_id == actor.own_id())
    ).all()
    if not shares:
        raise CannotOpenYet()
    private = get_own_private_key(db, keys, actor)
    opened: dict[bytes, bytes] = {}
    for share in shares:
        try:
            opened[share.reading_key_id] = open_with(private, share.box)
        except CryptoError:
            continue
    if not opened:
        raise CannotOpenYet()
    return ReadingKeys(opened)


def words_of_key(keys: Keys, public_key: bytes) -> str:
    """Return four words that tell one public key from another; for two people to compare.

    They are keyed: whoever can only change the database cannot search for a key with given words.
    """
    words = word_list()
    number = int.from_bytes(fingerprint(keys.secret_for(_WORDS_OF_KEY), public_key))
    chosen = []
    for _place in range(PHRASE_WORDS):
        number, index = divmod(number, len(words))
        chosen.append(words[index])
    return " ".join(chosen)


def get_own_public_key(db: Session, keys: Keys, actor: Actor) -> bytes:
    """Return the public key of whoever asks, made from their private one and not looked up."""
    return bytes(PrivateKey(get_own_private_key(db, keys, actor)).public_key)


def share_reading_keys(
    db: Session, reading: Mapping[bytes, bytes], account_id: bytes, public_key: bytes
) -> bool:
    """Seal reading keys to an account; those it can open already stay as they are.

    Args:
        db: a writing session.
        reading: private halves by the id of the reading key.
        account_id: who is let in.
        public_key: the account's own public key.

    Returns:
        True if the account can now open a key that it could not open before.
    """
    sealed_to = key_fingerprint(public_key)
    db.execute(
        delete(KeyShare).where(KeyShare.account_id == account_id, KeyShare.sealed_to != sealed_to)
    )
    held = set(db.scalars(select(KeyShare.reading_key_id).where(KeyShare.account_id == account_id)))
    added = [
        insert_once(
            db,
            KeyShare,
            account_id=account_id,
            reading_key_id=key_id,
            box=seal_to(public_key, private),
            sealed_to=sealed_to,
        )
        for key_id, private in reading.items()
        if key_id not in held
    ]
    return any(added)


def count_shares_of_nobody(db: Session) -> int:
    """Return how many accounts hold shares though they are not there; a sound database has none."""
    holding = set(db.scalars(select(KeyShare.account_id).distinct()))
    return len(holding - get_pseudonyms(db, holding).keys())


@dataclass(frozen=True, slots=True)
class Readers:
    """Everybody whose role is to read: those who can open texts, and those who wait."""

    let_in: tuple[Holder, ...]
    waiting: tuple[Holder, ...]


def list_readers(db: Session, today: date) -> Readers:
    """Return who can open what is written today, and who waits to be let in.

    Somebody waits if they hold no share of the newest reading key that fits their present public
    key: they are new, they recovered their account, or they were away when the key was made.
    """
    newest = get_newest_reading_key(db)
    fitting = (
        set(
            db.execute(
                select(KeyShare.account_id, KeyShare.sealed_to).where(
                    KeyShare.reading_key_id == newest.id
                )
            )
        )
        if newest
        else set()
    )
    readers = list_holders(db, Permission.TEXT_READ, today)
    let_in = tuple(r for r in readers if (r.account_id, key_fingerprint(r.public_key)) in fitting)
    return Readers(let_in, tuple(reader for reader in readers if reader not in let_in))
