"""Giving a role, ending one, leaving. Somebody can always still invite people afterwards."""

from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.accounts.commands import Chance, end_sign_ins, grant_role
from coproduce.accounts.invitations import cancel_recovery_code
from coproduce.accounts.models import Account, RoleGrant
from coproduce.accounts.queries import is_last_administrator
from coproduce.accounts.rules import PeopleEvent
from coproduce.core.actor import Grant
from coproduce.core.chained_log import append_to_log
from coproduce.core.errors import NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.permissions import SCOPES, Role, Scope


def give_role(
    db: Session,
    keys: Keys,
    account_id: bytes,
    grant: Grant,
    chance: Chance,
    *,
    today: date,
    last_day: date | None = None,
    given_by: bytes | None,
) -> bool:
    """Give somebody a role from today on; return False if they have it already.

    Raises:
        NotFound: if there is no such account.
        RuleBroken: if the role cannot have this reach, or the last day is over.
    """
    if grant.scope not in SCOPES.get(grant.role, {Scope.EVERYWHERE}):
        raise RuleBroken(_("This role needs another reach. Please choose it again."))
    if last_day is not None and last_day < today:
        raise RuleBroken(_("This last day is over. Please choose a later one, or none."))
    _lock_account(db, account_id)
    held = select(RoleGrant.id).where(
        RoleGrant.account_id == account_id,
        RoleGrant.role == grant.role,
        RoleGrant.scope == grant.scope,
        RoleGrant.scope_id.is_(None)
        if grant.scope_id is None
        else RoleGrant.scope_id == grant.scope_id,
        RoleGrant.last_day.is_(None) | (RoleGrant.last_day >= today),
    )
    if db.scalar(held) is not None:
        return False
    grant_role(db, account_id, grant, chance, starts_on=today, last_day=last_day)
    _log(db, keys, PeopleEvent.ROLE_GRANTED, today, given_by, grant.role, account_id)
    return True


def end_role(
    db: Session,
    keys: Keys,
    account_id: bytes,
    role_id: bytes,
    *,
    today: date,
    last_day: date | None = None,
    ended_by: bytes | None,
) -> bool:
    """End a role at once, or after a last day; return False if that is so already.

    The sign-ins of the account end. What ended at once is deleted; the log says that it ended.

    Raises:
        NotFound: if there is no such account.
        RuleBroken: if nobody could invite people afterwards, or the last day is over.
    """
    if last_day is not None and last_day < today:
        raise RuleBroken(_("This last day is over. Please choose a later one, or end it now."))
    _lock_account(db, account_id)
    held = db.scalar(
        select(RoleGrant).where(RoleGrant.id == role_id, RoleGrant.account_id == account_id)
    )
    if held is None or (last_day is not None and held.last_day == last_day):
        return False
    if held.role is Role.ADMINISTRATOR:
        _keep_an_administrator(db, account_id, _day_after(last_day) if last_day else today)
    role = held.role
    if last_day is None:
        db.delete(held)
    else:
        held.last_day = last_day
    end_sign_ins(db, keys, account_id)
    _log(db, keys, PeopleEvent.ROLE_ENDED, today, ended_by, role, account_id)
    return True


def leave(
    db: Session, keys: Keys, account_id: bytes, *, today: date, ended_by: bytes | None
) -> bool:
    """End every role, sign-in and recovery code of somebody; return False if they had no role.

    The account stays: only its owner can erase it, and they can still sign in to do so.

    Raises:
        NotFound: if there is no such account.
        RuleBroken: if nobody could invite people afterwards.
    """
    _lock_account(db, account_id)
    held = list(db.scalars(select(RoleGrant).where(RoleGrant.account_id == account_id)))
    if not held:
        return False
    if any(role.role is Role.ADMINISTRATOR for role in held):
        _keep_an_administrator(db, account_id, today)
    db.execute(delete(RoleGrant).where(RoleGrant.account_id == account_id))
    end_sign_ins(db, keys, account_id)
    cancel_recovery_code(db, keys, account_id, today=today, cancelled_by=ended_by)
    append_to_log(
        db,
        keys,
        day=today,
        account_id=ended_by,
        what=PeopleEvent.LEFT,
        about=account_id.hex(),
    )
    return True


def _lock_account(db: Session, account_id: bytes) -> None:
    """Let whoever else changes this account wait until this session ends."""
    found = db.scalar(select(Account.id).where(Account.id == account_id).with_for_update())
    if found is None:
        raise NotFound(_("This account is not here. Its owner may have erased it."))


def _day_after(day: date) -> date:
    """Return the next day; after the last one that can be written down there is none."""
    return day + timedelta(days=1) if day < date.max else day


def _keep_an_administrator(db: Session, account_id: bytes, on: date) -> None:
    if is_last_administrator(db, account_id, on):
        raise RuleBroken(
            _(
                "Then nobody could invite people any more. Give somebody else the role"
                " administrator first, with no earlier last day."
            )
        )


def _log(
    db: Session,
    keys: Keys,
    what: PeopleEvent,
    today: date,
    who: bytes | None,
    role: Role,
    account_id: bytes,
) -> None:
    append_to_log(
        db, keys, day=today, account_id=who, what=what, about=f"{account_id.hex()} {role}"
    )
