"""Changing accounts: making them, giving and ending roles, starting and ending sign-ins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coproduce.accounts.key_chain import (
    KeyPair,
    lock_private_key,
    sign_in_tag,
)
from coproduce.accounts.models import Account, RoleGrant, SignIn, Stage
from coproduce.accounts.rules import last_day_of_sign_in
from coproduce.core.actor import Grant
from coproduce.core.keys import Keys

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """An account ready to be stored; the slow work with its passphrase is done.

    ``cost`` is as `key_chain.Cost` is stored.
    """

    pseudonym: str
    salt: bytes
    cost: str
    pair: KeyPair
    passphrase_key: bytes


def create_account(db: Session, new: NewAccount, chance: Chance) -> bytes:
    """Store an account without roles and return its id."""
    account_id = chance(16)
    db.add(
        Account(
            id=account_id,
            pseudonym=new.pseudonym,
            salt=new.salt,
            cost=new.cost,
            public_key=new.pair.public,
            locked_private_key=lock_private_key(new.passphrase_key, new.pair.private),
        )
    )
    db.flush()
    return account_id


def grant_role(
    db: Session,
    account_id: bytes,
    grant: Grant,
    chance: Chance,
    *,
    starts_on: date,
    last_day: date | None = None,
) -> None:
    """Give an account a role. Its sign-ins end: what it may do has changed."""
    db.add(
        RoleGrant(
            id=chance(16),
            account_id=account_id,
            role=grant.role,
            scope=grant.scope,
            scope_id=grant.scope_id,
            starts_on=starts_on,
            last_day=last_day,
        )
    )
    db.execute(delete(SignIn).where(SignIn.account_id == account_id))
    db.flush()


def start_sign_in(
    db: Session,
    keys: Keys,
    account_id: bytes,
    private_key: bytes,
    stage: Stage,
    today: date,
    token: bytes,
) -> None:
    """Store a sign-in under a fresh token; the account's own key is locked with that token.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        account_id: who signs in.
        private_key: their own key, just opened.
        stage: how far they have come.
        today: the day by the server's clock.
        token: 32 random bytes that only the cookie will hold.
    """
    db.add(
        SignIn(
            tag=sign_in_tag(keys, token),
            account_id=account_id,
            stage=stage,
            locked_private_key=lock_private_key(token, private_key),
            last_day=last_day_of_sign_in(today),
        )
    )
    db.flush()


def end_sign_in(db: Session, keys: Keys, token: bytes) -> None:
    """End the sign-in of a token; nothing happens if it is over already."""
    db.execute(delete(SignIn).where(SignIn.tag == sign_in_tag(keys, token)))
