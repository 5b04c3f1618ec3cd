"""A team that reads, for tests: real accounts, real sign-ins, let in with the real sheet."""

import secrets
from dataclasses import dataclass
from datetime import date

from coproduce.accounts.commands import start_sign_in
from coproduce.accounts.models import Stage
from coproduce.accounts.queries import load_actor
from coproduce.core.actor import Actor
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.moderation.letting_in import let_in, use_recovery_sheet
from coproduce.web.sign_in_cookie import TOKEN_BYTES
from tests.people import Person, make_person


@dataclass(frozen=True, slots=True)
class Team:
    """One who typed the recovery sheet and leads, and one whom they let in."""

    lead: Person
    reader: Person


def actor_of(database: Database, keys: Keys, person: Person, today: date) -> Actor:
    """Sign somebody in without a browser, and return them as the edge does."""
    token = secrets.token_bytes(TOKEN_BYTES)
    with database.write() as db:
        start_sign_in(
            db, keys, person.account_id, person.pair.private, Stage.SIGNED_IN, today, token
        )
        db.commit()
    with database.read() as db:
        actor = load_actor(db, keys, token, today)
    assert actor is not None
    return actor


def type_sheet(database: Database, made: NewKeys, person: Person, today: date) -> bool:
    """Let somebody type the recovery sheet."""
    actor = actor_of(database, made.keys, person, today)
    return use_recovery_sheet(database, made.keys, actor, made.recovery_private, today)


def let_person_in(
    database: Database, keys: Keys, reader: Person, waiting: Person, today: date
) -> bool:
    """Let a reader let somebody in; return True if that changed anything."""
    actor = actor_of(database, keys, reader, today)
    with database.write() as db:
        done = let_in(db, keys, actor, waiting.account_id, today)
        db.commit()
    return done is not None


def make_team(database: Database, made: NewKeys, today: date) -> Team:
    """Store a lead who typed the sheet, and a moderator whom they let in."""
    lead = make_person(database, made.keys, today, Role.LEAD)
    reader = make_person(database, made.keys, today, Role.MODERATOR)
    assert type_sheet(database, made, lead, today)
    assert let_person_in(database, made.keys, lead, reader, today)
    return Team(lead, reader)
