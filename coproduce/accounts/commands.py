"""Changing accounts: making them, giving and ending roles, starting and ending sign-ins."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coproduce.accounts.key_chain import (
    KeyPair,
    LockedKey,
    NewLock,
    lock_private_key,
    sign_in_tag,
)
from coproduce.accounts.models import Account, RecoveryCode, RoleGrant, SignIn, Stage
from coproduce.accounts.pseudonyms import folded_pseudonym
from coproduce.accounts.queries import (
    get_own_private_key,
    is_last_administrator,
    list_grants,
)
from coproduce.accounts.rules import AccountEvent, last_day_of_sign_in, needs_second_factor
from coproduce.accounts.second_factor import (
    lock_secret,
    read_code,
    read_recovery_code,
    recovery_tag,
    right_step,
    unlock_secret,
)
from coproduce.core.actor import Actor, Grant
from coproduce.core.chained_log import append_to_log
from coproduce.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _

Chance = Callable[[int], bytes]


class CodeUsed(StrEnum):
    """Which kind of code opened the second step."""

    APP = "app"
    RECOVERY = "recovery"


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
    """Store an account without roles and return its id.

    Raises:
        Conflict: if somebody has this pseudonym.
    """
    account_id = chance(16)
    db.add(
        Account(
            id=account_id,
            pseudonym=folded_pseudonym(new.pseudonym),
            salt=new.salt,
            cost=new.cost,
            public_key=new.pair.public,
            locked_private_key=lock_private_key(new.passphrase_key, new.pair.private),
        )
    )
    try:
        db.flush()
    except IntegrityError as error:
        raise Conflict(_("Somebody has this name already. Please choose another.")) from error
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

    Sign-ins of any account whose last day is over are deleted.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        account_id: who signs in.
        private_key: their own key, just opened.
        stage: how far they have come.
        today: the day by the server's clock.
        token: 32 random bytes that only the cookie will hold.
    """
    db.execute(delete(SignIn).where(SignIn.last_day < today))
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


def end_sign_in_by_tag(db: Session, account_id: bytes, tag: bytes) -> None:
    """End one sign-in of an account; nothing happens if it is over already, or somebody else's."""
    db.execute(delete(SignIn).where(SignIn.tag == tag, SignIn.account_id == account_id))


def end_sign_ins(
    db: Session, keys: Keys, account_id: bytes, *, apart_from: bytes | None = None
) -> None:
    """End every sign-in of an account, apart from the one of a token."""
    ending = delete(SignIn).where(SignIn.account_id == account_id)
    if apart_from is not None:
        ending = ending.where(SignIn.tag != sign_in_tag(keys, apart_from))
    db.execute(ending)


def begin_sign_in(
    db: Session,
    keys: Keys,
    seen: LockedKey,
    private_key: bytes,
    *,
    today: date,
    token: bytes,
    old_token: bytes | None = None,
    relocked: NewLock | None = None,
) -> Stage:
    """Start the sign-in of somebody who gave their passphrase; return how far they are.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        seen: the account as the passphrase opened it.
        private_key: what the passphrase opened.
        today: the day by the server's clock.
        token: 32 random bytes that only the cookie will hold.
        old_token: the token of this browser until now; its sign-in ends.
        relocked: the private key locked at today's cost, if that changed.

    Raises:
        Conflict: if the passphrase was changed, or the account erased, in between.
    """
    account = _unchanged(db, seen)
    if relocked is not None:
        _store_lock(account, relocked)
    if old_token is not None:
        end_sign_in(db, keys, old_token)
    # A role may begin tomorrow, while this sign-in is still under way.
    days = (today, last_day_of_sign_in(today))
    roles = {grant.role for day in days for grant in list_grants(db, seen.account_id, day)}
    needs_more = account.locked_second_factor is not None or needs_second_factor(roles)
    stage = Stage.SECOND_STEP if needs_more else Stage.SIGNED_IN
    start_sign_in(db, keys, seen.account_id, private_key, stage, today, token)
    return stage


def finish_sign_in(db: Session, keys: Keys, actor: Actor, today: date, token: bytes) -> None:
    """Put a whole sign-in under a new token in place of the actor's; the old token is dead."""
    private = get_own_private_key(db, keys, actor)
    if actor.sign_in is not None:
        end_sign_in(db, keys, actor.sign_in)
    start_sign_in(db, keys, actor.own_id(), private, Stage.SIGNED_IN, today, token)


def use_code(
    db: Session, keys: Keys, account_id: bytes, typed: str, now: datetime
) -> CodeUsed | None:
    """Spend a code of the app, or a recovery code; None if it is not right. Each works once."""
    account = _locked_account(db, account_id)
    digits, recovery = read_code(typed), read_recovery_code(typed)
    if digits and account.locked_second_factor is not None:
        secret = unlock_secret(keys, account.locked_second_factor)
        tag = right_step(keys, account_id, secret, digits, now, account.last_code_tag)
        if tag is not None:
            account.last_code_tag = tag
            db.flush()
            return CodeUsed.APP
    if recovery:
        spending = delete(RecoveryCode).where(
            RecoveryCode.tag == recovery_tag(keys, account_id, recovery),
            RecoveryCode.account_id == account_id,
        )
        if db.execute(spending.returning(RecoveryCode.tag)).first() is not None:
            return CodeUsed.RECOVERY
    return None


def set_second_factor(
    db: Session,
    keys: Keys,
    account_id: bytes,
    secret: bytes,
    typed: str,
    *,
    now: datetime,
    is_first: bool,
) -> bool:
    """Store the shared secret of an app that proves to know it; return False if it does not.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        account_id: whose app it is.
        secret: what the app was shown.
        typed: the code that the app gives now.
        now: the instant.
        is_first: True if there may be none yet.

    Raises:
        Conflict: if there is one already, and a first one was to be set.
    """
    account = _locked_account(db, account_id)
    if is_first and account.locked_second_factor is not None:
        raise Conflict(_("Your code app is set up already. Please sign in with a code."))
    digits = read_code(typed)
    tag = right_step(keys, account_id, secret, digits, now, None) if digits else None
    if tag is None:
        return False
    account.locked_second_factor = lock_secret(keys, secret)
    account.last_code_tag = tag
    db.flush()
    _log(db, keys, now.date(), account_id, AccountEvent.SECOND_FACTOR_SET)
    return True


def store_recovery_codes(
    db: Session, keys: Keys, account_id: bytes, codes: Iterable[str], today: date
) -> None:
    """Store what recognises fresh recovery codes; all older ones are dead."""
    _locked_account(db, account_id)
    db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    tags = [recovery_tag(keys, account_id, code) for code in codes]
    db.add_all(RecoveryCode(tag=tag, account_id=account_id) for tag in tags)
    db.flush()
    _log(db, keys, today, account_id, AccountEvent.RECOVERY_CODES_MADE)


def change_passphrase(
    db: Session,
    keys: Keys,
    seen: LockedKey,
    actor: Actor,
    relocked: NewLock,
    *,
    today: date,
    token: bytes,
) -> None:
    """Lock the account's key anew. Every sign-in ends; a new one starts under a new token.

    Raises:
        Conflict: if the passphrase was changed, or the sign-in ended, in between.
    """
    account = _unchanged(db, seen)
    try:
        # A sign-in that ended meanwhile stays over: a new role may ask for a second step.
        private_key = get_own_private_key(db, keys, actor)
    except Forbidden as over:
        raise Conflict(
            _("Your sign-in ended just now, and nothing was changed. Please sign in again.")
        ) from over
    _store_lock(account, relocked)
    end_sign_ins(db, keys, seen.account_id)
    start_sign_in(db, keys, seen.account_id, private_key, Stage.SIGNED_IN, today, token)
    _log(db, keys, today, seen.account_id, AccountEvent.PASSPHRASE_CHANGED)


def recover_account(
    db: Session,
    keys: Keys,
    account_id: bytes,
    pair: KeyPair,
    relocked: NewLock,
    *,
    renews_second_factor: bool,
    today: date,
) -> None:
    """Give an account a new key pair under a new passphrase; all its sign-ins are over.

    What was sealed to the old key stays closed: the account has to be let in again (ADR 0012).

    Raises:
        NotFound: if the account was erased.
    """
    account = _locked_account(db, account_id)
    account.public_key = pair.public
    _store_lock(account, relocked)
    if renews_second_factor:
        account.locked_second_factor = account.last_code_tag = None
        db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    end_sign_ins(db, keys, account_id)
    db.flush()
    _log(db, keys, today, account_id, AccountEvent.RECOVERED)


def erase_account(db: Session, keys: Keys, seen: LockedKey, today: date) -> None:
    """Delete an account and everything that hangs on it. The log keeps its number only.

    Raises:
        RuleBroken: if nobody else could look after accounts.
        Conflict: if the passphrase was changed, or the account erased, in between.
    """
    account = _unchanged(db, seen)
    require_other_administrator(db, seen.account_id, today)
    db.execute(delete(Account).where(Account.id == account.id))
    _log(db, keys, today, seen.account_id, AccountEvent.ERASED)


def require_other_administrator(db: Session, account_id: bytes, today: date) -> None:
    """Pass unless the account is the last that looks after accounts. Two at once wait in line.

    Raises:
        RuleBroken: if it is the last.
    """
    if is_last_administrator(db, account_id, today):
        raise RuleBroken(
            _(
                "You are the last administrator. Please make somebody else administrator first,"
                " on the page “People”."
            )
        )


def log_new_account(db: Session, keys: Keys, account_id: bytes, today: date) -> None:
    """Note in the log that somebody joined."""
    _log(db, keys, today, account_id, AccountEvent.MADE)


def _log(db: Session, keys: Keys, today: date, account_id: bytes, what: AccountEvent) -> None:
    append_to_log(db, keys, day=today, account_id=account_id, what=what)


def _locked_account(db: Session, account_id: bytes) -> Account:
    """Return an account; whoever changes it at the same time waits."""
    wanted = select(Account).where(Account.id == account_id).with_for_update()
    account = db.scalar(wanted.execution_options(populate_existing=True))
    if account is None:
        raise NotFound()
    return account


def _unchanged(db: Session, seen: LockedKey) -> Account:
    account = _locked_account(db, seen.account_id)
    if account.locked_private_key != seen.locked:
        raise Conflict(_("Your passphrase was changed just now. Please sign in with the new one."))
    return account


def _store_lock(account: Account, relocked: NewLock) -> None:
    account.salt = relocked.salt
    account.cost = relocked.cost
    account.locked_private_key = relocked.locked
