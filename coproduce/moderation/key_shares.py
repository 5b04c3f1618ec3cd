"""Who can open texts: the reading keys, sealed to each account that was let in (ADR 0012)."""

from dataclasses import dataclass

from nacl.exceptions import CryptoError
from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.accounts.queries import get_own_private_key
from coproduce.core.actor import Actor
from coproduce.core.errors import Forbidden
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.sealing import open_with, seal_to
from coproduce.moderation.models import KeyShare


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

    Raises:
        CannotOpenYet: if they hold none.
    """
    shares = db.execute(
        select(KeyShare.reading_key_id, KeyShare.box).where(KeyShare.account_id == actor.own_id())
    ).all()
    if not shares:
        raise CannotOpenYet()
    private = get_own_private_key(db, keys, actor)
    return ReadingKeys({share.reading_key_id: open_with(private, share.box) for share in shares})


def share_reading_keys(
    db: Session, reading: dict[bytes, bytes], account_id: bytes, public_key: bytes
) -> None:
    """Seal reading keys to an account; those it holds already stay as they are.

    Args:
        db: a writing session.
        reading: private halves by the id of the reading key.
        account_id: who is let in.
        public_key: the account's own public key.
    """
    held = set(db.scalars(select(KeyShare.reading_key_id).where(KeyShare.account_id == account_id)))
    for key_id, private in reading.items():
        if key_id not in held:
            box = seal_to(public_key, private)
            db.add(KeyShare(account_id=account_id, reading_key_id=key_id, box=box))
    db.flush()
