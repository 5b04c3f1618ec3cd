"""The own account: its roles, its sign-ins, its passphrase, its codes, and its end."""

import secrets
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.accounts.commands import (
    change_passphrase,
    end_sign_in_by_tag,
    end_sign_ins,
    erase_account,
    finish_sign_in,
    set_second_factor,
    store_recovery_codes,
)
from coproduce.accounts.forms import read_new_passphrase, typed, typed_passphrase
from coproduce.accounts.key_chain import LockedKey, lock_anew, open_own_key, sign_in_tag
from coproduce.accounts.passphrases import read_passphrase, suggest_passphrase
from coproduce.accounts.pseudonyms import kind_words
from coproduce.accounts.queries import (
    OpenSignIn,
    OwnAccount,
    Reaches,
    find_locked_key,
    get_account,
    get_person,
    list_reaches,
    list_sign_ins,
)
from coproduce.accounts.rules import ROLE_NAMES, ROLE_OPENS
from coproduce.accounts.second_factor import new_recovery_codes, new_secret
from coproduce.accounts.views import (
    RecoveryCodesPage,
    SetUpPage,
    new_token,
    open_set_up,
    set_up_page,
    too_many,
    wrong_first_code,
)
from coproduce.core.db import Database
from coproduce.core.errors import Failure, Forbidden
from coproduce.core.messages import Message, _
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther
from coproduce.web.sign_in_cookie import SignedIn, SignedOut, SignInChange


class Part(StrEnum):
    """The parts of the account page that open."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a part of a page
    SECOND_FACTOR = "second_factor"
    RECOVERY_CODES = "recovery_codes"


@dataclass(frozen=True, slots=True)
class ShownRole:
    """A role in plain words."""

    name: Message
    opens: Message
    reach: str
    last_day: date | None


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """Everything about the own account on one page."""

    template: ClassVar[str] = "accounts/account.html"
    has_secret: ClassVar[bool] = True

    account: OwnAccount
    roles: tuple[ShownRole, ...]
    sign_ins: tuple[OpenSignIn, ...]
    own_tag: bytes
    suggested: str
    typed_new_passphrase: str = ""
    done: Message | None = None
    open_part: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ErasePage(Page):
    """What erasing means, and the passphrase once more."""

    template: ClassVar[str] = "accounts/erase.html"

    account: OwnAccount
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ErasedPage(Page):
    """The account is gone."""

    template: ClassVar[str] = "accounts/erased.html"


def show_account(db: Session, asked: ParsedRequest) -> Reply:
    """Show the own account."""
    return _account_page(db, asked)


def change_own_passphrase(database: Database, asked: ParsedRequest) -> Reply:
    """Lock the own key with a new passphrase; every other sign-in ends, this one gets a new id."""
    keys, token = asked.site.keys, new_token()
    opened = _open(database, asked, Part.PASSPHRASE)
    if isinstance(opened, Page):
        return opened
    passphrase, faults = read_new_passphrase(asked, opened.stored.pseudonym)
    if faults:
        return _refused(database, asked, Part.PASSPHRASE, 422, *faults)
    relocked = lock_anew(keys, passphrase, opened.private, secrets.token_bytes)
    with database.write() as db:
        change_passphrase(
            db, keys, opened.stored, asked.actor, relocked, today=asked.today, token=token
        )
        db.commit()
    return _done(
        database,
        asked,
        _("Your passphrase is changed. Every other sign-in has ended."),
        SignedIn(token, asked.actor.own_id()),
    )


def change_second_factor(database: Database, asked: ParsedRequest) -> Reply:
    """Show a new secret to whoever gives the passphrase; store it when the app proves itself."""
    keys, account_id = asked.site.keys, asked.actor.own_id()
    if asked.field("act") != "confirm":
        opened = _open(database, asked, Part.SECOND_FACTOR)
        if isinstance(opened, Page):
            return opened
        return _set_up(database, asked, new_secret(secrets.token_bytes))
    secret = open_set_up(asked)
    if secret is None:
        # The sign-in has changed since the page was made: begin again.
        return SeeOther("/account")
    if asked.over_limit:
        return replace(_set_up(database, asked, secret), status=429, errors=(too_many(),))
    token, codes = new_token(), new_recovery_codes(secrets.randbelow)
    with database.write() as db:
        is_right = set_second_factor(
            db,
            keys,
            account_id,
            secret,
            typed(asked, "typed_code"),
            now=asked.moment(),
            is_first=False,
        )
        if is_right:
            store_recovery_codes(db, keys, account_id, codes, asked.today)
            end_sign_ins(db, keys, account_id, apart_from=asked.actor.sign_in)
            finish_sign_in(db, keys, asked.actor, asked.today, token)
            db.commit()
    if not is_right:
        page = _set_up(database, asked, secret)
        return replace(page, status=401, errors=(wrong_first_code(),))
    return RecoveryCodesPage(codes=codes, go_on="/account", sign_in=SignedIn(token, account_id))


def renew_recovery_codes(database: Database, asked: ParsedRequest) -> Reply:
    """Make new recovery codes and show them once; the old ones are dead."""
    account_id = asked.actor.own_id()
    with database.read() as db:
        if not get_account(db, account_id).has_second_factor:
            raise Forbidden(_("Please set up a code app first. Then you get recovery codes."))
    opened = _open(database, asked, Part.RECOVERY_CODES)
    if isinstance(opened, Page):
        return opened
    codes = new_recovery_codes(secrets.randbelow)
    with database.write() as db:
        store_recovery_codes(db, asked.site.keys, account_id, codes, asked.today)
        db.commit()
    return RecoveryCodesPage(codes=codes, go_on="/account")


def end_own_sign_ins(db: Session, asked: ParsedRequest) -> Reply:
    """End one sign-in, or all others."""
    keys, account_id = asked.site.keys, asked.actor.own_id()
    if asked.field("act") == "others":
        end_sign_ins(db, keys, account_id, apart_from=asked.actor.sign_in)
        return SeeOther("/account")
    try:
        tag = bytes.fromhex(asked.field("sign_in"))
    except ValueError:
        return SeeOther("/account")
    end_sign_in_by_tag(db, account_id, tag)
    is_own = asked.actor.sign_in is not None and tag == sign_in_tag(keys, asked.actor.sign_in)
    return SeeOther("/", sign_in=SignedOut()) if is_own else SeeOther("/account")


def erase(database: Database, asked: ParsedRequest) -> Reply:
    """Warn first; then, with the passphrase, delete the account and what hangs on it."""
    with database.read() as db:
        account = get_account(db, asked.actor.own_id())
    page = ErasePage(account=account)
    if asked.field("act") != "erase":
        return page
    if asked.over_limit:
        return replace(page, status=429, errors=(too_many(),))
    opened = _opened(database, asked)
    if opened is None:
        return replace(page, status=401, errors=(_wrong_passphrase("passphrase"),))
    try:
        with database.write() as db:
            erase_account(db, asked.site.keys, opened.stored, asked.today)
            db.commit()
    except Failure as failure:
        errors = (FieldError("top", failure.message),)
        return replace(page, status=failure.status, errors=errors)
    return ErasedPage(sign_in=SignedOut())


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    """The account as its owner just opened it with the passphrase."""

    stored: LockedKey
    private: bytes


def _open(database: Database, asked: ParsedRequest, part: Part) -> _Opened | Page:
    """Return the account opened with the passphrase that was sent, or the page that says why not.

    Somebody may have sat down at an open sign-in: whatever lasts needs the passphrase again.
    """
    if asked.over_limit:
        return _refused(database, asked, part, 429, too_many())
    opened = _opened(database, asked)
    if opened is None:
        return _refused(database, asked, part, 401, _wrong_passphrase(f"{part}_passphrase"))
    return opened


def _opened(database: Database, asked: ParsedRequest) -> _Opened | None:
    with database.read() as db:
        stored = find_locked_key(db, asked.actor.own_id())
    passphrase = read_passphrase(asked.field("passphrase"))
    if stored is None or not passphrase:
        return None
    private = open_own_key(asked.site.keys, stored, stored.pseudonym, passphrase)
    return _Opened(stored, private) if private is not None else None


def _wrong_passphrase(name: str) -> FieldError:
    return FieldError(name, _("This is not your passphrase. Please type it again."))


def _refused(
    database: Database, asked: ParsedRequest, part: Part, status: int, *errors: FieldError
) -> AccountPage:
    with database.read() as db:
        page = _account_page(db, asked)
    return replace(
        page,
        status=status,
        errors=errors,
        open_part=part,
        typed_new_passphrase=typed_passphrase(asked),
    )


def _done(
    database: Database, asked: ParsedRequest, said: Message, signed_in: SignedIn
) -> AccountPage:
    actor = replace(asked.actor, sign_in=signed_in.token)
    with database.read() as db:
        page = _account_page(db, replace(asked, actor=actor))
    change: SignInChange = signed_in
    return replace(page, done=said, sign_in=change)


def _set_up(database: Database, asked: ParsedRequest, secret: bytes) -> SetUpPage:
    with database.read() as db:
        account = get_account(db, asked.actor.own_id())
    return set_up_page(asked, account, secret, "/account/second-factor", asked.actor.sign_in)


def _account_page(db: Session, asked: ParsedRequest) -> AccountPage:
    account_id = asked.actor.own_id()
    roles = get_person(db, account_id, asked.today).roles
    # Most roles reach everywhere; then the directory need not be read.
    reaches = list_reaches(db) if any(held.grant.scope_id for held in roles) else Reaches({}, {})
    return AccountPage(
        account=get_account(db, account_id),
        roles=tuple(
            ShownRole(
                ROLE_NAMES[held.grant.role],
                ROLE_OPENS[held.grant.role],
                reaches.name_of(held.grant),
                held.last_day,
            )
            for held in roles
        ),
        sign_ins=tuple(list_sign_ins(db, account_id, asked.today)),
        own_tag=sign_in_tag(asked.site.keys, asked.actor.sign_in or b""),
        suggested=suggest_passphrase(kind_words(), secrets.randbelow),
    )
