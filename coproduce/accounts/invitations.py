"""Printed one-time codes: to join with a role, or to get back into an account.

Only a keyed fingerprint of a code is stored. A code that was used or cancelled stays known until
its last day, so that a form sent again cannot wake it.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from coproduce.accounts.models import Account, Invitation, InvitationKind, InvitationState
from coproduce.accounts.queries import has_administrator
from coproduce.accounts.rules import PeopleEvent
from coproduce.core.actor import Grant
from coproduce.core.chained_log import append_to_log
from coproduce.core.codes import POSTER_ALPHABET, fingerprint
from coproduce.core.db import insert_once
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.permissions import SCOPES, Role, Scope

CODE_SIGNS: Final = 16
"""Signs of a code, four groups of four: 78 bits, beyond guessing even without a throttle.

Source: docs/adr/0011-accounts-without-e-mail.md.
"""

VALID_DAYS: Final = 14
"""Days a code can wait in an envelope. Source: docs/adr/0011-accounts-without-e-mail.md."""

_SEED_BYTES: Final = 32
_PURPOSE: Final = "invitations"
_BETWEEN: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf", "Cc"})
"""Kinds of signs that may stand between the groups: spaces, dashes, invisible marks."""

_ALSO_BETWEEN: Final = frozenset("._·−")

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Invited:
    """What a code is for.

    Attributes:
        kind: to join, or to get back into an account.
        grant: the role to join with; None for recovery.
        last_day: last day of that role, if it has one.
        account_id: whose account it opens; None for joining.
        renews_second_factor: True if the code app is lost too.
        valid_until: last day of the code.
    """

    kind: InvitationKind
    grant: Grant | None
    last_day: date | None
    account_id: bytes | None
    renews_second_factor: bool
    valid_until: date


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody used yet, as an administrator sees it: never its code."""

    tag: bytes
    grant: Grant
    valid_until: date


def invite(
    db: Session,
    keys: Keys,
    grant: Grant,
    *,
    today: date,
    chance: Chance,
    last_day: date | None = None,
    invited_by: bytes | None = None,
) -> str:
    """Store an invitation to join with a role and return its code, which is stored nowhere.

    The same chance gives the same invitation: sent twice, there is one.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        grant: the role and its reach.
        today: the day by the server's clock.
        chance: gives that many random bytes.
        last_day: last day of the role; the code is not valid longer than that.
        invited_by: the administrator, or None for the shell.

    Raises:
        RuleBroken: if the role cannot have this reach, or the last day is over.
        Conflict: if this very invitation was used or cancelled meanwhile.
    """
    if grant.scope not in SCOPES.get(grant.role, {Scope.EVERYWHERE}):
        raise RuleBroken(_("This role needs another reach. Please choose it again."))
    if last_day is not None and last_day < today:
        raise RuleBroken(_("This last day is over. Please choose a later one, or none."))
    valid_until = today + timedelta(days=VALID_DAYS)
    code = _store(
        db,
        keys,
        chance,
        kind=InvitationKind.JOIN,
        valid_until=min(valid_until, last_day or valid_until),
        role=grant.role,
        scope=grant.scope,
        scope_id=grant.scope_id,
        last_day=last_day,
    )
    if code.is_new:
        append_to_log(
            db,
            keys,
            day=today,
            account_id=invited_by,
            what=PeopleEvent.INVITED,
            about=grant.role,
        )
    return code.signs


def invite_first_administrator(
    db: Session, keys: Keys, *, today: date, chance: Chance
) -> str | None:
    """Return a code to join as administrator, or None if there is one already.

    Older open ones end: a link that scrolled away on somebody's screen opens nothing any more.
    """
    if has_administrator(db, today):
        return None
    db.execute(_spending(today).where(Invitation.role == Role.ADMINISTRATOR))
    return invite(db, keys, Grant(Role.ADMINISTRATOR), today=today, chance=chance)


def print_recovery_code(
    db: Session,
    keys: Keys,
    account_id: bytes,
    *,
    renews_second_factor: bool,
    today: date,
    chance: Chance,
    printed_by: bytes | None = None,
) -> str:
    """Store a recovery code for an account and return it; older ones of the account end.

    Raises:
        NotFound: if there is no such account.
        Conflict: if this very code was used or cancelled meanwhile.
    """
    # Two administrators at once: the second waits, and its code is the one that works.
    found = db.scalar(select(Account.id).where(Account.id == account_id).with_for_update())
    if found is None:
        raise NotFound()
    code = _store(
        db,
        keys,
        chance,
        kind=InvitationKind.RECOVER,
        valid_until=today + timedelta(days=VALID_DAYS),
        scope=Scope.EVERYWHERE,
        account_id=account_id,
        renews_second_factor=renews_second_factor,
    )
    if code.is_new:
        others = (Invitation.account_id == account_id) & (Invitation.tag != code.tag)
        db.execute(update(Invitation).where(others).values(state=InvitationState.SPENT))
        append_to_log(
            db,
            keys,
            day=today,
            account_id=printed_by,
            what=PeopleEvent.RECOVERY_CODE_PRINTED,
            about=account_id.hex(),
        )
    return code.signs


def find_invitation(db: Session, keys: Keys, code: str, today: date) -> Invited | None:
    """Return what a code is for, or None if it does not work (any more)."""
    tag = _tag(keys, code)
    found = db.get(Invitation, tag) if tag else None
    if found is None or found.state is InvitationState.SPENT or found.valid_until < today:
        return None
    return _invited(found)


def use_invitation(db: Session, keys: Keys, code: str, today: date) -> Invited:
    """Spend a code and return what it was for. Of two who use it at once, one wins.

    Raises:
        Conflict: if it does not work (any more).
    """
    tag = _tag(keys, code)
    found = db.scalars(_spending(today).where(Invitation.tag == tag)).first() if tag else None
    if found is None:
        raise Conflict(
            _(
                "This code does not work any more. It may have been used, or its last day is"
                " over. Please ask who gave it to you for a new one."
            )
        )
    return _invited(found)


def cancel_invitation(
    db: Session, keys: Keys, tag: bytes, *, today: date, cancelled_by: bytes | None
) -> None:
    """End an open invitation.

    Raises:
        Conflict: if it was used or cancelled before, or never was.
    """
    spending = _spending(today).where(Invitation.tag == tag, Invitation.kind == InvitationKind.JOIN)
    found = db.scalars(spending).first()
    if found is None or found.role is None:
        raise Conflict(_("This invitation is not open any more. Somebody used or cancelled it."))
    append_to_log(
        db,
        keys,
        day=today,
        account_id=cancelled_by,
        what=PeopleEvent.INVITATION_CANCELLED,
        about=found.role,
    )


def cancel_recovery_code(
    db: Session, keys: Keys, account_id: bytes, *, today: date, cancelled_by: bytes | None
) -> None:
    """End the open recovery code of an account; nothing happens if there is none."""
    spending = _spending(today).where(Invitation.account_id == account_id)
    if db.scalars(spending).all():
        append_to_log(
            db,
            keys,
            day=today,
            account_id=cancelled_by,
            what=PeopleEvent.RECOVERY_CODE_CANCELLED,
            about=account_id.hex(),
        )


def expire_invitations(db: Session, today: date) -> None:
    """Forget every code whose last day is over."""
    db.execute(delete(Invitation).where(Invitation.valid_until < today))


def list_open_invitations(db: Session, today: date) -> list[OpenInvitation]:
    """Return invitations that can still be used, by role and last day."""
    found = db.scalars(
        select(Invitation).where(
            Invitation.kind == InvitationKind.JOIN,
            Invitation.state == InvitationState.OPEN,
            Invitation.valid_until >= today,
        )
    )
    opened = [
        OpenInvitation(row.tag, Grant(row.role, row.scope, row.scope_id), row.valid_until)
        for row in found
        if row.role is not None
    ]
    order = list(Role)
    return sorted(opened, key=lambda one: (order.index(one.grant.role), one.valid_until, one.tag))


def find_open_recovery(db: Session, account_id: bytes, today: date) -> date | None:
    """Return the last day of an account's open recovery code, or None if there is none."""
    return db.scalar(
        select(Invitation.valid_until).where(
            Invitation.account_id == account_id,
            Invitation.state == InvitationState.OPEN,
            Invitation.valid_until >= today,
        )
    )


def read_invitation_code(typed: str) -> str | None:
    """Return the 16 plain signs of what was typed, or None if it cannot be a code.

    Spaces, dashes, small letters, wide letters and the digits of any script are fine.
    """
    signs = "".join(
        _plain(sign)
        for sign in unicodedata.normalize("NFKC", typed)
        if unicodedata.category(sign) not in _BETWEEN and sign not in _ALSO_BETWEEN
    )
    is_code = len(signs) == CODE_SIGNS and all(sign in POSTER_ALPHABET for sign in signs)
    return signs if is_code else None


def _plain(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    return sign.upper() if digit is None else str(digit)


@dataclass(frozen=True, slots=True)
class _Stored:
    signs: str
    tag: bytes
    is_new: bool


def _store(db: Session, keys: Keys, chance: Chance, **values: object) -> _Stored:
    """Store a new code, unless the same chance made it before."""
    signs = new_code(chance)
    tag = fingerprint(keys.secret_for(_PURPOSE), signs.encode())
    defaults = {"role": None, "scope_id": None, "last_day": None, "account_id": None}
    values = {**defaults, "renews_second_factor": False, "state": InvitationState.OPEN, **values}
    is_new = insert_once(db, Invitation, tag=tag, **values)
    state = select(Invitation.state).where(Invitation.tag == tag)
    if not is_new and db.scalar(state) is not InvitationState.OPEN:
        raise Conflict(
            _(
                "This code was used or cancelled already. Please open the page again and make a"
                " new one."
            )
        )
    return _Stored(signs, tag, is_new)


def new_code(chance: Chance) -> str:
    """Return a fresh code; the same chance gives the same. The uneven rest of 256 bits is small."""
    number, signs = int.from_bytes(chance(_SEED_BYTES)), []
    for _sign in range(CODE_SIGNS):
        number, index = divmod(number, len(POSTER_ALPHABET))
        signs.append(POSTER_ALPHABET[index])
    return "".join(signs)


def _tag(keys: Keys, code: str) -> bytes | None:
    signs = read_invitation_code(code)
    return fingerprint(keys.secret_for(_PURPOSE), signs.encode()) if signs else None


def _spending(today: date) -> ReturningUpdate[Invitation]:
    return (
        update(Invitation)
        .where(
            Invitation.state == InvitationState.OPEN,
            Invitation.valid_until >= today,
        )
        .values(state=InvitationState.SPENT)
        .returning(Invitation)
    )


def _invited(row: Invitation) -> Invited:
    grant = Grant(row.role, row.scope, row.scope_id) if row.role else None
    return Invited(
        row.kind,
        grant,
        row.last_day,
        row.account_id,
        row.renews_second_factor,
        row.valid_until,
    )
