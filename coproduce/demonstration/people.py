"""Invented people with accounts, one for each role, into which everybody may step with one tap."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from coproduce.accounts.commands import (
    NewAccount,
    create_account,
    end_sign_in,
    grant_role,
    start_sign_in,
)
from coproduce.accounts.key_chain import (
    SALT_BYTES,
    Cost,
    KeyPair,
    new_key_pair,
    open_own_key,
    passphrase_key,
)
from coproduce.accounts.models import Stage
from coproduce.accounts.queries import find_account_by_pseudonym, load_actor
from coproduce.core.actor import Actor, Grant
from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.messages import Message, _
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role, Scope
from coproduce.moderation.letting_in import let_in, use_recovery_sheet
from coproduce.web.places import places
from coproduce.web.sign_in_cookie import TOKEN_BYTES, SignedIn

PASSPHRASE = "everybody knows this one"  # noqa: S105 - invented people have no secret
COST = Cost(passes=1, kibibytes=8, lanes=1)
"""The lowest cost there is: everybody knows the passphrase, so nobody has to guess it."""


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """An invented person: what they are called here, their task, and what it is about."""

    key: str
    pseudonym: str
    role: Role
    title: Message
    what: Message

    @property
    def first_place(self) -> str:
        """The page on which their work begins."""
        permissions = ROLE_PERMISSIONS[self.role] | {Permission.SIGNED_IN}
        return places(Actor(permissions))[0].path


SAMPLE_PEOPLE = (
    SamplePerson(
        "moderator",
        "calm crane",
        Role.MODERATOR,
        _("Moderator"),
        _("Read what people wrote, make it safe, and find its themes."),
    ),
    SamplePerson(
        "second_moderator",
        "early robin",
        Role.MODERATOR,
        _("Second moderator"),
        _("Look at safe words once more, before anybody else sees them."),
    ),
    SamplePerson(
        "lead",
        "polar oak",
        Role.LEAD,
        _("Lead of the moderators"),
        _("See how much each person reads, and decide what was set aside."),
    ),
    SamplePerson(
        "provider_staff",
        "brisk ferry",
        Role.PROVIDER_STAFF,
        _("Staff of a provider"),
        _("Read and download the reports of the own services."),
    ),
    SamplePerson(
        "commissioner",
        "broad river",
        Role.COMMISSIONER,
        _("Commissioner"),
        _("Read the reports of all services in an area."),
    ),
    SamplePerson(
        "administrator",
        "clear desk",
        Role.ADMINISTRATOR,
        _("Administrator"),
        _("Invite people and give them tasks, without reading a text or a report."),
    ),
    SamplePerson(
        "facilitator",
        "glad cedar",
        Role.FACILITATOR,
        _("Facilitator of a panel"),
        _("Print posters and cards, until there are panels."),
    ),
    SamplePerson(
        "panel_member",
        "sandy fox",
        Role.PANEL_MEMBER,
        _("Member of a panel"),
        _("So far: the own account."),
    ),
)
BY_KEY: Mapping[str, SamplePerson] = {person.key: person for person in SAMPLE_PEOPLE}

NEWCOMER = "happy otter"
"""A third moderator who still waits to be let in, so that somebody can do it."""


@dataclass(frozen=True, slots=True)
class SampleTeam:
    """The accounts that the invented past was made by."""

    moderator: bytes
    second_moderator: bytes
    lead: bytes


def add_people(
    database: Database, made: NewKeys, *, provider_id: bytes, area_id: bytes, today: date
) -> SampleTeam:
    """Store every invented person, and let three of them open texts.

    It goes the way it goes in earnest: the first types the recovery sheet, then lets others in.
    """
    reaches = {
        Role.PROVIDER_STAFF: Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, provider_id),
        Role.COMMISSIONER: Grant(Role.COMMISSIONER, Scope.AREA, area_id),
    }
    ids: dict[str, bytes] = {}
    with database.write() as db:
        for person in SAMPLE_PEOPLE:
            grant = reaches.get(person.role, Grant(person.role))
            ids[person.key] = _add(db, made.keys, person.pseudonym, grant, today)
        _add(db, made.keys, NEWCOMER, Grant(Role.MODERATOR), today)
        db.commit()
    signed_in = step_into(database, made.keys, BY_KEY["moderator"], today)
    with database.read() as db:
        actor = load_actor(db, made.keys, signed_in.token, today)
    if actor is None:
        raise AssertionError("unreachable: the sign-in was started just now")
    use_recovery_sheet(database, made.keys, actor, made.recovery_private, today)
    with database.write() as db:
        for key in ("second_moderator", "lead"):
            let_in(db, made.keys, actor, ids[key], today)
        end_sign_in(db, made.keys, signed_in.token)
        db.commit()
    return SampleTeam(ids["moderator"], ids["second_moderator"], ids["lead"])


def step_into(
    database: Database,
    keys: Keys,
    person: SamplePerson,
    today: date,
    *,
    old_token: bytes | None = None,
) -> SignedIn:
    """Start a sign-in of an invented person; the one this browser had ends.

    The passphrase opens their key as it does for anybody. Only the second factor is not asked for.

    Raises:
        NotFound: if somebody has changed their passphrase or erased them meanwhile.
    """
    with database.read() as db:
        stored = find_account_by_pseudonym(db, person.pseudonym)
    private = open_own_key(keys, stored, person.pseudonym, PASSPHRASE)
    if stored is None or private is None:
        raise NotFound()
    token = secrets.token_bytes(TOKEN_BYTES)
    with database.write() as db:
        if old_token is not None:
            end_sign_in(db, keys, old_token)
        start_sign_in(db, keys, stored.account_id, private, Stage.SIGNED_IN, today, token)
        db.commit()
    return SignedIn(token, stored.account_id)


def _add(db: Session, keys: Keys, pseudonym: str, grant: Grant, today: date) -> bytes:
    pair: KeyPair = new_key_pair()
    salt = secrets.token_bytes(SALT_BYTES)
    key = passphrase_key(keys, PASSPHRASE, salt, COST)
    new = NewAccount(pseudonym, salt, str(COST), pair, key)
    account_id = create_account(db, new, secrets.token_bytes)
    grant_role(db, account_id, grant, secrets.token_bytes, starts_on=today)
    return account_id
