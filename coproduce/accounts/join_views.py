"""Joining with a printed code, and getting back in with one."""

import secrets
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.accounts.commands import (
    NewAccount,
    begin_sign_in,
    create_account,
    grant_role,
    log_new_account,
    recover_account,
)
from coproduce.accounts.forms import read_join, read_new_passphrase, typed, typed_passphrase
from coproduce.accounts.invitations import (
    Invited,
    find_invitation,
    read_invitation_code,
    use_invitation,
)
from coproduce.accounts.key_chain import (
    SALT_BYTES,
    LockedKey,
    lock_anew,
    new_key_pair,
    passphrase_key,
    wanted_cost,
)
from coproduce.accounts.passphrases import suggest_passphrase
from coproduce.accounts.pseudonyms import folded_pseudonym, kind_words, offer_pseudonyms
from coproduce.accounts.queries import (
    find_locked_key,
    get_account,
    list_grants,
    list_pseudonyms,
    list_reaches,
)
from coproduce.accounts.rules import ROLE_NAMES, ROLE_OPENS, needs_second_factor
from coproduce.accounts.views import after_passphrase, new_token, token_before, too_many
from coproduce.core.db import Database
from coproduce.core.errors import Conflict
from coproduce.core.messages import Message, _
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """The field for a printed code: to join, or to get back in."""

    template: ClassVar[str] = "accounts/printed_code.html"
    has_secret: ClassVar[bool] = True

    is_recovery: bool = False
    code: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JoinPage(Page):
    """A name from a list and a passphrase, for somebody with a printed code."""

    template: ClassVar[str] = "accounts/join.html"
    has_secret: ClassVar[bool] = True

    code: str
    role: Message
    opens: Message
    reach: str
    is_staff: bool
    pseudonyms: tuple[str, ...]
    chosen: str
    passphrase: str
    suggested: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecoverPage(Page):
    """A new passphrase, for somebody with a printed code to get back in."""

    template: ClassVar[str] = "accounts/recover.html"
    has_secret: ClassVar[bool] = True

    code: str
    pseudonym: str
    reads_texts: bool
    renews_second_factor: bool
    passphrase: str
    suggested: str
    errors: tuple[FieldError, ...] = ()


def show_join(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the field for a printed code."""
    return CodePage()


def open_invitation(db: Session, asked: ParsedRequest) -> Reply:
    """Show what a link with a code in it leads to. Opening it does not use the code."""
    return _opened(db, asked, asked.path["invitation"], is_recovery=False)


def join(database: Database, asked: ParsedRequest) -> Reply:
    """Make an account with the code, once, and go on to the second step or to the work."""
    code = typed(asked, "code")
    with database.read() as db:
        page = _opened(db, asked, code, is_recovery=False)
    if not isinstance(page, JoinPage) or asked.field("act") != "join":
        return page
    read = read_join(asked)
    if read.errors:
        return replace(page, status=422, errors=tuple(read.errors))
    keys, pair, salt = asked.site.keys, new_key_pair(), secrets.token_bytes(SALT_BYTES)
    cost = wanted_cost(keys)
    new = NewAccount(
        read.pseudonym, salt, str(cost), pair, passphrase_key(keys, read.passphrase, salt, cost)
    )
    token = new_token()
    try:
        with database.write() as db:
            invited = use_invitation(db, keys, code, asked.today)
            account_id = _join(db, asked, invited, new)
            stage = begin_sign_in(
                db,
                keys,
                _stored(db, account_id),
                pair.private,
                today=asked.today,
                token=token,
                old_token=token_before(asked),
            )
            db.commit()
    except Conflict as conflict:
        with database.read() as db:
            again = _opened(db, asked, code, is_recovery=False)
        name = "pseudonyms" if isinstance(again, JoinPage) else "top"
        if isinstance(again, JoinPage | CodePage):
            return replace(again, status=409, errors=(FieldError(name, conflict.message),))
        return again
    return after_passphrase(database, asked, stage, account_id, token)


def show_recover(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the field for a printed code to get back in."""
    return CodePage(is_recovery=True)


def recover(database: Database, asked: ParsedRequest) -> Reply:
    """Give the account of a code a new passphrase and a new key pair, and sign its owner in."""
    code = typed(asked, "code")
    with database.read() as db:
        page = _opened(db, asked, code, is_recovery=True)
    if not isinstance(page, RecoverPage) or asked.field("act") != "recover":
        return page
    passphrase, faults = read_new_passphrase(asked, page.pseudonym)
    if faults:
        return replace(page, status=422, errors=tuple(faults))
    keys, pair, token = asked.site.keys, new_key_pair(), new_token()
    relocked = lock_anew(keys, passphrase, pair.private, secrets.token_bytes)
    try:
        with database.write() as db:
            invited = use_invitation(db, keys, code, asked.today)
            account_id = _owner(invited)
            recover_account(
                db,
                keys,
                account_id,
                pair,
                relocked,
                renews_second_factor=invited.renews_second_factor,
                today=asked.today,
            )
            stage = begin_sign_in(
                db,
                keys,
                _stored(db, account_id),
                pair.private,
                today=asked.today,
                token=token,
                old_token=token_before(asked),
            )
            db.commit()
    except Conflict as conflict:
        errors = (FieldError("top", conflict.message),)
        return CodePage(status=409, is_recovery=True, code=code, errors=errors)
    return after_passphrase(database, asked, stage, account_id, token)


def _opened(db: Session, asked: ParsedRequest, typed_code: str, *, is_recovery: bool) -> Page:
    """Return the page that a typed code leads to, whichever kind it is."""
    page = CodePage(is_recovery=is_recovery, code=typed_code)
    code = read_invitation_code(typed_code)
    if asked.over_limit:
        return replace(page, status=429, errors=(too_many(),))
    if code is None:
        message = _("This is not a whole code. It has 16 letters and numbers. Please look again.")
        return replace(page, status=422, errors=(FieldError("code", message),))
    invited = find_invitation(db, asked.site.keys, code, asked.today)
    if invited is None:
        message = _(
            "We do not know this code. It may have been used, or its last day is over. If you"
            " used it, please sign in. If not, ask who gave it to you for a new one."
        )
        return replace(page, status=401, errors=(FieldError("code", message),))
    if invited.account_id is not None:
        return _recover_page(db, asked, code, invited)
    return _join_page(db, asked, code, invited)


def _join_page(db: Session, asked: ParsedRequest, code: str, invited: Invited) -> JoinPage:
    """Return the page with everything typed, and fresh names beside the chosen one."""
    if invited.grant is None:
        raise Conflict(_("This code does not work. Please ask for a new one."))
    role, chosen = invited.grant.role, folded_pseudonym(asked.field("pseudonym"))
    offered = offer_pseudonyms(list_pseudonyms(db), secrets.randbelow, keep=chosen)
    return JoinPage(
        code=code,
        role=ROLE_NAMES[role],
        opens=ROLE_OPENS[role],
        reach=list_reaches(db).name_of(invited.grant),
        is_staff=needs_second_factor({role}),
        pseudonyms=offered,
        chosen=chosen if chosen in offered else "",
        passphrase=typed_passphrase(asked),
        suggested=suggest_passphrase(kind_words(), secrets.randbelow),
    )


def _recover_page(db: Session, asked: ParsedRequest, code: str, invited: Invited) -> RecoverPage:
    account_id = _owner(invited)
    roles = {grant.role for grant in list_grants(db, account_id, asked.today)}
    return RecoverPage(
        code=code,
        pseudonym=get_account(db, account_id).pseudonym,
        reads_texts=any(Permission.TEXT_READ in ROLE_PERMISSIONS[role] for role in roles),
        renews_second_factor=invited.renews_second_factor,
        passphrase=typed_passphrase(asked),
        suggested=suggest_passphrase(kind_words(), secrets.randbelow),
    )


def _join(db: Session, asked: ParsedRequest, invited: Invited, new: NewAccount) -> bytes:
    if invited.grant is None:
        raise Conflict(_("This code is for getting back in, not for joining."))
    account_id = create_account(db, new, secrets.token_bytes)
    grant_role(
        db,
        account_id,
        invited.grant,
        secrets.token_bytes,
        starts_on=asked.today,
        last_day=invited.last_day,
    )
    log_new_account(db, asked.site.keys, account_id, asked.today)
    return account_id


def _owner(invited: Invited) -> bytes:
    if invited.account_id is None:
        raise Conflict(_("This code is for joining, not for getting back in."))
    return invited.account_id


def _stored(db: Session, account_id: bytes) -> LockedKey:
    """Return the account as it was just stored in the same transaction."""
    stored = find_locked_key(db, account_id)
    if stored is None:
        raise Conflict(_("This account was erased just now."))
    return stored
