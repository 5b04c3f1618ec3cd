"""Signing in, in one step or two, and signing out."""

import secrets
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from nacl.encoding import URLSafeBase64Encoder
from nacl.exceptions import CryptoError
from sqlalchemy.orm import Session

from coproduce.accounts.commands import (
    CodeUsed,
    begin_sign_in,
    end_sign_in,
    finish_sign_in,
    set_second_factor,
    store_recovery_codes,
    use_code,
)
from coproduce.accounts.forms import read_sign_in, typed
from coproduce.accounts.kept_form import KeptForm, keep_form, open_form
from coproduce.accounts.key_chain import lock_anew, open_own_key, wanted_cost
from coproduce.accounts.models import Stage
from coproduce.accounts.pseudonyms import folded_pseudonym
from coproduce.accounts.queries import (
    OwnAccount,
    find_account_by_pseudonym,
    get_account,
    list_grants,
)
from coproduce.accounts.second_factor import (
    SECRET_BYTES,
    new_recovery_codes,
    new_secret,
    qr_picture,
    typed_secret,
)
from coproduce.core.actor import Actor
from coproduce.core.db import Database
from coproduce.core.errors import Conflict
from coproduce.core.messages import _
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission
from coproduce.core.sealing import lock, unlock
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.places import places
from coproduce.web.replies import Page, Reply, SeeOther
from coproduce.web.sign_in_cookie import TOKEN_BYTES, SignedIn, SignedOut, SignInChange

_SET_UP: Final = "second factor set-up"


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """Pseudonym and passphrase. ``kept`` is what somebody wanted to do, sealed for them."""

    template: ClassVar[str] = "accounts/sign_in.html"
    has_secret: ClassVar[bool] = True
    block: ClassVar[str] = "main"

    kept: str = ""
    is_over: bool = False
    is_lost: bool = False
    pseudonym: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SecondStepPage(Page):
    """A code of the app, or a recovery code. ``is_waiting``: first ask whether to go on."""

    template: ClassVar[str] = "accounts/second_step.html"
    has_secret: ClassVar[bool] = True
    block: ClassVar[str] = "main"

    kept: str = ""
    is_waiting: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SetUpPage(Page):
    """A picture for the code app, the same in letters, and a field for its first code."""

    template: ClassVar[str] = "accounts/set_up_second_factor.html"
    has_secret: ClassVar[bool] = True

    action: str
    picture: str
    letters: str
    set_up: str
    pseudonym: str
    kept: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesPage(Page):
    """Recovery codes, shown this once. ``kept`` is what comes after them."""

    template: ClassVar[str] = "accounts/recovery_codes.html"
    has_secret: ClassVar[bool] = True

    codes: tuple[str, ...]
    go_on: str
    kept: KeptForm | None = None


@dataclass(frozen=True, kw_only=True)
class ResumePage(Page):
    """Signed in again: what was typed before is here, and goes out with one button."""

    template: ClassVar[str] = "accounts/resume.html"
    has_secret: ClassVar[bool] = True

    kept: KeptForm


def ask_to_sign_in(asked: ParsedRequest) -> Page:
    """Return the sign-in page for somebody who is not signed in, or not any more."""
    kept = keep_form(asked, asked.cookie.account_id if asked.cookie else None)
    if asked.actor.has(Permission.SECOND_STEP):
        return SecondStepPage(status=401, kept=kept, is_waiting=True)
    return SignInPage(
        status=401,
        kept=kept,
        is_over=asked.cookie is not None,
        is_lost=asked.method == "POST" and not kept,
    )


def show_sign_in(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the empty sign-in page."""
    return SignInPage()


def sign_in(database: Database, asked: ParsedRequest) -> Reply:
    """Start a sign-in if the passphrase opens the account's own key."""
    read, kept = read_sign_in(asked), asked.field("kept")
    page = SignInPage(kept=kept, pseudonym=read.pseudonym)
    if asked.over_limit:
        return replace(page, status=429, errors=(too_many(),))
    if read.errors:
        return replace(page, status=422, errors=tuple(read.errors))
    keys = asked.site.keys
    with database.read() as db:
        stored = find_account_by_pseudonym(db, read.pseudonym)
    private = open_own_key(keys, stored, folded_pseudonym(read.pseudonym), read.passphrase)
    if stored is None or private is None:
        wrong = _("The name and the passphrase do not fit together. Please check both.")
        return replace(page, status=401, errors=(FieldError("pseudonym", wrong),))
    is_dated = stored.cost != str(wanted_cost(keys))
    relocked = lock_anew(keys, read.passphrase, private, secrets.token_bytes) if is_dated else None
    token = new_token()
    try:
        with database.write() as db:
            stage = begin_sign_in(
                db,
                keys,
                stored,
                private,
                today=asked.today,
                token=token,
                old_token=token_before(asked),
                relocked=relocked,
            )
            db.commit()
    except Conflict as conflict:
        return replace(page, status=409, errors=(FieldError("top", conflict.message),))
    return after_passphrase(database, asked, stage, stored.account_id, token, kept)


def after_passphrase(
    database: Database,
    asked: ParsedRequest,
    stage: Stage,
    account_id: bytes,
    token: bytes,
    kept: str = "",
) -> Reply:
    """Go on from a fresh sign-in: to the second step, or to what was wanted."""
    signed_in = SignedIn(token, account_id)
    with database.read() as db:
        account = get_account(db, account_id)
        if stage is Stage.SIGNED_IN:
            return go_on(db, asked, account_id, kept, signed_in)
    if not kept:
        path = "/sign-in/code" if account.has_second_factor else "/sign-in/second-factor"
        return SeeOther(path, sign_in=signed_in)
    if account.has_second_factor:
        return SecondStepPage(kept=kept, sign_in=signed_in)
    return replace(_first_set_up(asked, account, kept, token), sign_in=signed_in)


def go_on(
    db: Session, asked: ParsedRequest, account_id: bytes, sealed: str, signed_in: SignInChange
) -> Reply:
    """Return what somebody wanted before they signed in, or the first place they work at."""
    kept = open_form(asked.site.keys, sealed, account_id)
    if kept is not None and kept.fields is not None:
        return ResumePage(kept=kept, sign_in=signed_in)
    return SeeOther(kept.path if kept else _first_place(db, asked, account_id), sign_in=signed_in)


def show_second_step(db: Session, asked: ParsedRequest) -> Reply:
    """Ask for a code, or lead to setting up what makes them."""
    if not get_account(db, asked.actor.own_id()).has_second_factor:
        return SeeOther("/sign-in/second-factor")
    return SecondStepPage()


def give_code(database: Database, asked: ParsedRequest) -> Reply:
    """Finish the sign-in under a new token if the code is right."""
    keys, account_id, kept = asked.site.keys, asked.actor.own_id(), asked.field("kept")
    with database.read() as db:
        account = get_account(db, account_id)
    if not account.has_second_factor:
        return _first_set_up(asked, account, kept, asked.actor.sign_in)
    if asked.field("act") == "show":
        return SecondStepPage(kept=kept)
    if asked.over_limit:
        return SecondStepPage(status=429, kept=kept, errors=(too_many(),))
    token = new_token()
    with database.write() as db:
        used = use_code(db, keys, account_id, typed(asked, "typed_code"), asked.moment())
        if used is None:
            wrong = _("This code is not right, or it was used before. Please wait for the next.")
            errors = (FieldError("typed_code", wrong),)
            return SecondStepPage(status=401, kept=kept, errors=errors)
        finish_sign_in(db, keys, asked.actor, asked.today, token)
        db.commit()
    signed_in = SignedIn(token, account_id)
    if used is CodeUsed.RECOVERY and not kept:
        # Their app may be lost: their account page says how many codes are left.
        return SeeOther("/account", sign_in=signed_in)
    with database.read() as db:
        return go_on(db, asked, account_id, kept, signed_in)


def show_first_set_up(db: Session, asked: ParsedRequest) -> Reply:
    """Show what a code app needs, to somebody who has none yet."""
    account = get_account(db, asked.actor.own_id())
    if account.has_second_factor:
        return SeeOther("/sign-in/code")
    return _first_set_up(asked, account, "", asked.actor.sign_in)


def set_up_first(database: Database, asked: ParsedRequest) -> Reply:
    """Store a first second factor, finish the sign-in, and show recovery codes once."""
    keys, account_id, kept = asked.site.keys, asked.actor.own_id(), asked.field("kept")
    with database.read() as db:
        account = get_account(db, account_id)
    if account.has_second_factor:
        return SecondStepPage(kept=kept)
    page = _first_set_up(asked, account, kept, asked.actor.sign_in)
    if asked.over_limit:
        return replace(page, status=429, errors=(too_many(),))
    secret = open_set_up(asked)
    if secret is None:
        return page
    token, codes = new_token(), new_recovery_codes(secrets.randbelow)
    with database.write() as db:
        is_right = set_second_factor(
            db,
            keys,
            account_id,
            secret,
            typed(asked, "typed_code"),
            now=asked.moment(),
            is_first=True,
        )
        if not is_right:
            return replace(
                _first_set_up(asked, account, kept, asked.actor.sign_in, secret),
                status=401,
                errors=(wrong_first_code(),),
            )
        store_recovery_codes(db, keys, account_id, codes, asked.today)
        finish_sign_in(db, keys, asked.actor, asked.today, token)
        db.commit()
    opened = open_form(keys, kept, account_id)
    with database.read() as db:
        place = _first_place(db, asked, account_id)
    return RecoveryCodesPage(
        codes=codes,
        go_on=opened.path if opened and opened.fields is None else place,
        kept=opened if opened and opened.fields is not None else None,
        sign_in=SignedIn(token, account_id),
    )


def sign_out(database: Database, asked: ParsedRequest) -> Reply:
    """End the sign-in of this browser, whether it was whole, half, idle or over."""
    token = token_before(asked)
    if token is None:
        return SeeOther("/")
    with database.write() as db:
        end_sign_in(db, asked.site.keys, token)
        db.commit()
    return SeeOther("/", sign_in=SignedOut())


def new_token() -> bytes:
    """Return the secret of a new sign-in."""
    return secrets.token_bytes(TOKEN_BYTES)


def token_before(asked: ParsedRequest) -> bytes | None:
    """Return the token of this browser's sign-in until now, even if it is idle or over."""
    return asked.cookie.token if asked.cookie else None


def too_many() -> FieldError:
    """Return what somebody reads whose network guessed too often."""
    message = _("Too many wrong tries came from your network. Please try again in an hour.")
    return FieldError("top", message)


def wrong_first_code() -> FieldError:
    """Return what somebody reads whose app shows another code."""
    message = _("This code is not right. Please look at the app again and type its newest code.")
    return FieldError("typed_code", message)


def set_up_page(
    asked: ParsedRequest, account: OwnAccount, secret: bytes, action: str, token: bytes | None
) -> SetUpPage:
    """Return the page that shows a secret to a code app. Nothing is stored until a code comes.

    Args:
        asked: the request.
        account: whose app it is.
        secret: what the app is shown.
        action: where the first code is sent.
        token: the sign-in that must send it.
    """
    title = asked.site.deployment.title
    return SetUpPage(
        action=action,
        picture=qr_picture(secret, pseudonym=account.pseudonym, title=title),
        letters=typed_secret(secret),
        set_up=_seal_set_up(asked, secret, token),
        pseudonym=account.pseudonym,
    )


def open_set_up(asked: ParsedRequest) -> bytes | None:
    """Return the secret that this very sign-in was shown before, or None."""
    try:
        locked = URLSafeBase64Encoder.decode(asked.field("set_up").encode("ascii"))
        content = unlock(asked.site.keys.secret_for(_SET_UP), locked)
    except (CryptoError, ValueError):
        return None
    secret, token = content[:SECRET_BYTES], content[SECRET_BYTES:]
    return secret if token == asked.actor.sign_in else None


def _seal_set_up(asked: ParsedRequest, secret: bytes, token: bytes | None) -> str:
    """Return the secret as text for a hidden field, bound to one sign-in."""
    content = secret + (token or b"")
    locked = lock(asked.site.keys.secret_for(_SET_UP), content)
    return URLSafeBase64Encoder.encode(locked).decode()


def _first_set_up(
    asked: ParsedRequest,
    account: OwnAccount,
    kept: str,
    token: bytes | None,
    secret: bytes | None = None,
) -> SetUpPage:
    secret = secret or new_secret(secrets.token_bytes)
    page = set_up_page(asked, account, secret, "/sign-in/second-factor", token)
    return replace(page, kept=kept)


def _first_place(db: Session, asked: ParsedRequest, account_id: bytes) -> str:
    """Return the first page that somebody's roles open."""
    grants = list_grants(db, account_id, asked.today)
    opened = {Permission.SIGNED_IN}.union(*(ROLE_PERMISSIONS[grant.role] for grant in grants))
    return places(Actor(frozenset(opened), account_id))[0].path
