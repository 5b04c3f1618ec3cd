"""Reading accounts. Returns values, never rows of a table."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.accounts.key_chain import sign_in_tag, unlock_private_key
from coproduce.accounts.models import RoleGrant, SignIn, Stage
from coproduce.core.actor import Actor, Grant
from coproduce.core.errors import Forbidden
from coproduce.core.keys import Keys
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission


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
