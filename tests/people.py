"""People with an account, for tests: real keys, real sign-ins, browsers that hold their cookie."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from starlette.testclient import TestClient

from coproduce.accounts.commands import (
    NewAccount,
    create_account,
    end_sign_in,
    grant_role,
    start_sign_in,
)
from coproduce.accounts.key_chain import Cost, KeyPair, new_key_pair, passphrase_key
from coproduce.accounts.models import Stage
from coproduce.accounts.queries import load_actor
from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.moderation.letting_in import let_in, use_recovery_sheet
from coproduce.web.sign_in_cookie import TOKEN_BYTES, SignedIn, cookie_header
from coproduce.web.site import Site

CHEAP = Cost(passes=1, kibibytes=8, lanes=1)
"""The same algorithm at its lowest cost."""

PASSPHRASE = "otter lamp seven rivers"


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Somebody with an account."""

    account_id: bytes
    pseudonym: str
    pair: KeyPair


def make_person(
    database: Database, keys: Keys, today: date, *roles: Role | Grant, pseudonym: str = ""
) -> Person:
    """Store an account with these roles; a role alone reaches everywhere."""
    pair, salt = new_key_pair(), secrets.token_bytes(16)
    name = pseudonym or f"person {secrets.token_hex(4)}"
    key = passphrase_key(keys, PASSPHRASE, salt, CHEAP)
    with database.write() as db:
        account_id = create_account(
            db, NewAccount(name, salt, str(CHEAP), pair, key), secrets.token_bytes
        )
        for role in roles:
            grant = role if isinstance(role, Grant) else Grant(role)
            grant_role(db, account_id, grant, secrets.token_bytes, starts_on=today)
        db.commit()
    return Person(account_id, name, pair)


def sign_in(
    client: TestClient,
    site: Site,
    database: Database,
    person: Person,
    now: datetime,
    stage: Stage = Stage.SIGNED_IN,
) -> bytes:
    """Give a browser the cookie of a real sign-in, without the pages; return its token."""
    token = secrets.token_bytes(TOKEN_BYTES)
    with database.write() as db:
        start_sign_in(
            db, site.keys, person.account_id, person.pair.private, stage, now.date(), token
        )
        db.commit()
    header = cookie_header(site, SignedIn(token, person.account_id), now)
    client.headers["cookie"] = header.partition(";")[0]
    client.headers["origin"] = site.public_url
    return token


def noon(day: date) -> datetime:
    """Return noon of a day."""
    return datetime.combine(day, time(12), UTC)


def let_in_all(database: Database, made: NewKeys, people: Sequence[Person], today: date) -> None:
    """Let people open texts: the first types the recovery sheet, then lets the others in."""
    token = secrets.token_bytes(TOKEN_BYTES)
    first, *others = people
    with database.write() as db:
        own = (first.account_id, first.pair.private)
        start_sign_in(db, made.keys, *own, Stage.SIGNED_IN, today, token)
        actor = load_actor(db, made.keys, token, today)
        db.commit()
    assert actor is not None
    use_recovery_sheet(database, made.keys, actor, made.recovery_private, today)
    with database.write() as db:
        for person in others:
            let_in(db, made.keys, actor, person.account_id, today)
        end_sign_in(db, made.keys, token)
        db.commit()
