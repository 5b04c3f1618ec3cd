"""Reading accounts. Returns values, never rows of a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coproduce.accounts.key_chain import LockedKey, sign_in_tag, unlock_private_key
from coproduce.accounts.models import Account, RecoveryCode, RoleGrant, SignIn, Stage
from coproduce.accounts.pseudonyms import folded_pseudonym, kind_words
from coproduce.accounts.rules import words_of
from coproduce.core.actor import Actor, Grant
from coproduce.core.errors import Forbidden, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import Message, _
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role, Scope
from coproduce.core.text import folded
from coproduce.services.queries import list_area_places, list_providers


def load_actor(db: Session, keys: Keys, token: bytes, today: date) -> Actor | None:
    """Return who holds the token of a sign-in and what they may do today; None if it is over."""
    sign_in = db.get(SignIn, sign_in_tag(keys, token))
    if sign_in is None or sign_in.last_day < today:
        return None
    if sign_in.stage is Stage.SECOND_STEP:
        return Actor(frozenset({Permission.SECOND_STEP}), sign_in.account_id, sign_in=token)
    grants = list_grants(db, sign_in.account_id, today)
    permissions = {Permission.SIGNED_IN}.union(*(ROLE_PERMISSIONS[g.role] for g in grants))
    return Actor(frozenset(permissions), sign_in.account_id, grants, token)


def list_grants(db: Session, account_id: bytes, today: date) -> frozenset[Grant]:
    """Return the roles an account has on a day."""
    rows = db.execute(
        select(RoleGrant.role, RoleGrant.scope, RoleGrant.scope_id).where(
            RoleGrant.account_id == account_id,
            RoleGrant.starts_on <= today,
            RoleGrant.last_day.is_(None) | (RoleGrant.last_day >= today),
        )
    )
    return frozenset(Grant(role, scope, scope_id) for role, scope, scope_id in rows)


def get_own_private_key(db: Session, keys: Keys, actor: Actor) -> bytes:
    """Return the private key of whoever asks, opened with the token in their cookie.

    Raises:
        Forbidden: if the sign-in is over.
    """
    if actor.sign_in is None:
        raise Forbidden()
    locked = db.scalar(
        select(SignIn.locked_private_key).where(SignIn.tag == sign_in_tag(keys, actor.sign_in))
    )
    private = unlock_private_key(actor.sign_in, locked) if locked else None
    if private is None:
        raise Forbidden()
    return private


@dataclass(frozen=True, slots=True)
class Holder:
    """An account that holds a permission, and the key to seal to."""

    account_id: bytes
    pseudonym: str
    public_key: bytes


def list_holders(db: Session, permission: Permission, today: date) -> tuple[Holder, ...]:
    """Return every account whose roles open a permission today, by pseudonym."""
    roles = [role for role, opened in ROLE_PERMISSIONS.items() if permission in opened]
    rows = db.execute(
        select(Account.id, Account.pseudonym, Account.public_key)
        .where(
            Account.id.in_(
                select(RoleGrant.account_id).where(
                    RoleGrant.role.in_(roles),
                    RoleGrant.starts_on <= today,
                    RoleGrant.last_day.is_(None) | (RoleGrant.last_day >= today),
                )
            )
        )
        .order_by(Account.pseudonym)
    )
    return tuple(Holder(*row) for row in rows)


def get_pseudonyms(db: Session, account_ids: Collection[bytes]) -> dict[bytes, str]:
    """Return the pseudonyms of accounts by id; those that were erased are left out."""
    rows = db.execute(select(Account.id, Account.pseudonym).where(Account.id.in_(account_ids)))
    return {row.id: row.pseudonym for row in rows}


@dataclass(frozen=True, slots=True)
class Reaches:
    """What a role can reach in the directory, by id: providers and areas with their names."""

    providers: Mapping[bytes, str]
    areas: Mapping[bytes, str]

    def name_of(self, grant: Grant) -> str:
        """Return the name of the provider or area of a role, or nothing."""
        names = self.providers if grant.scope is Scope.PROVIDER else self.areas
        return names.get(grant.scope_id, "") if grant.scope_id else ""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One role somebody has, or will have, and how long."""

    id: bytes
    grant: Grant
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, as an administrator may know them: no trace of what they do."""

    account_id: bytes
    pseudonym: str
    roles: tuple[HeldRole, ...]


def list_reaches(db: Session) -> Reaches:
    """Return every provider and every area, by name; an area says which larger one it is in."""
    providers = {provider.id: provider.name for provider in list_providers(db)}
    places = list_area_places(db)
    named = {
        place.id: f"{place.name}, {places[place.parent_id].name}" if place.parent_id else place.name
        for place in places.values()
    }
    return Reaches(providers, dict(sorted(named.items(), key=lambda item: folded(item[1]))))


def list_people(db: Session, today: date) -> list[Person]:
    """Return everybody with an account, by pseudonym: that order tells nothing about them."""
    roles = _roles_by_account(db, today)
    rows = db.execute(select(Account.id, Account.pseudonym))
    people = [Person(row.id, row.pseudonym, roles.get(row.id, ())) for row in rows]
    return sorted(people, key=lambda person: person.pseudonym)


def get_person(db: Session, account_id: bytes, today: date) -> Person:
    """Return one of them.

    Raises:
        NotFound: if there is no such account.
    """
    pseudonym = db.scalar(select(Account.pseudonym).where(Account.id == account_id))
    if pseudonym is None:
        raise NotFound(_("This account is not here. Its owner may have erased it."))
    roles = _roles_by_account(db, today, RoleGrant.account_id == account_id)
    return Person(account_id, pseudonym, roles.get(account_id, ()))


def find_account(db: Session, pseudonym: str) -> bytes | None:
    """Return the account with a pseudonym, or None; case and spaces do not matter."""
    return db.scalar(select(Account.id).where(Account.pseudonym == folded_pseudonym(pseudonym)))


def has_administrator(db: Session, today: date) -> bool:
    """Return True if somebody can invite people today."""
    return bool(_administrators(db, today))


def is_last_administrator(db: Session, account_id: bytes, on: date) -> bool:
    """Return True if on a day this account alone could invite people.

    In a writing session the roles of all administrators stay as they are until it ends. So two
    who end each other's role at once cannot both succeed.
    """
    return _administrators(db, on) == {account_id}


def _administrators(db: Session, on: date) -> set[bytes]:
    roles = (
        select(RoleGrant.account_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.starts_on <= on,
            RoleGrant.last_day.is_(None) | (RoleGrant.last_day >= on),
        )
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    return set(db.scalars(roles))


def _roles_by_account(
    db: Session, today: date, *of: ColumnElement[bool]
) -> dict[bytes, tuple[HeldRole, ...]]:
    """Return the roles that are not over, in the order of `Role`."""
    order = list(Role)
    rows = db.scalars(
        select(RoleGrant).where(RoleGrant.last_day.is_(None) | (RoleGrant.last_day >= today), *of)
    )
    roles: dict[bytes, tuple[HeldRole, ...]] = {}
    for row in sorted(rows, key=lambda row: (order.index(row.role), row.id)):
        held = HeldRole(row.id, Grant(row.role, row.scope, row.scope_id), row.last_day)
        roles[row.account_id] = (*roles.get(row.account_id, ()), held)
    return roles


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account as its owner sees it."""

    account_id: bytes
    pseudonym: str
    public_key: bytes
    has_second_factor: bool
    recovery_codes: int


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """A sign-in that is under way, named so that people can tell one from another."""

    tag: bytes
    name: str


def get_account(db: Session, account_id: bytes) -> OwnAccount:
    """Return an account.

    Raises:
        NotFound: if there is none, or not any more.
    """
    account = db.get(Account, account_id)
    if account is None:
        raise NotFound()
    codes = select(func.count()).where(RecoveryCode.account_id == account_id)
    return OwnAccount(
        account.id,
        account.pseudonym,
        account.public_key,
        account.locked_second_factor is not None,
        db.scalars(codes).one(),
    )


def find_account_by_pseudonym(db: Session, typed: str) -> LockedKey | None:
    """Return what the passphrase of a pseudonym must open; case and spaces do not matter."""
    return _locked(db, Account.pseudonym == folded_pseudonym(typed))


def find_locked_key(db: Session, account_id: bytes) -> LockedKey | None:
    """Return what the passphrase of an account must open."""
    return _locked(db, Account.id == account_id)


def _locked(db: Session, is_wanted: ColumnElement[bool]) -> LockedKey | None:
    row = db.execute(
        select(
            Account.id, Account.pseudonym, Account.salt, Account.cost, Account.locked_private_key
        ).where(is_wanted)
    ).first()
    return LockedKey(*row) if row else None


def pseudonym_of(db: Session, account_id: bytes) -> Message | str:
    """Return the pseudonym of an account, or words for one that was erased."""
    found = db.scalar(select(Account.pseudonym).where(Account.id == account_id))
    return found or _("a former member")


def list_pseudonyms(db: Session) -> frozenset[str]:
    """Return every pseudonym in use."""
    return frozenset(db.scalars(select(Account.pseudonym)))


def list_sign_ins(db: Session, account_id: bytes, today: date) -> list[OpenSignIn]:
    """Return the sign-ins of an account that are whole and not over, by name."""
    tags = db.scalars(
        select(SignIn.tag).where(
            SignIn.account_id == account_id,
            SignIn.stage == Stage.SIGNED_IN,
            SignIn.last_day >= today,
        )
    )
    words = kind_words()
    named = (OpenSignIn(tag, words_of(tag, words)) for tag in tags)
    return sorted(named, key=lambda sign_in: (sign_in.name, sign_in.tag))
