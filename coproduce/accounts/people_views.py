"""The pages of an administrator: who works here, inviting, roles, recovery, leaving.

They show pseudonyms and roles and nothing that anybody did.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import segno
from sqlalchemy.orm import Session

from coproduce.accounts.invitations import (
    cancel_invitation,
    cancel_recovery_code,
    find_invitation,
    find_open_recovery,
    invite,
    list_open_invitations,
    new_code,
    print_recovery_code,
)
from coproduce.accounts.people_forms import (
    ReadRole,
    RoleForm,
    chance_of_form,
    empty_role_form,
    read_day,
    read_role_form,
    typed_role_form,
)
from coproduce.accounts.queries import (
    HeldRole,
    Person,
    Reaches,
    get_person,
    list_people,
    list_reaches,
)
from coproduce.accounts.roles import end_role, give_role, leave
from coproduce.accounts.rules import ROLE_NAMES, ROLE_OPENS, needs_second_factor
from coproduce.core.actor import Grant
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.messages import Message, _
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role, Scope
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply

FIND = "find"
"""The button that searches the directory and keeps everything typed."""

NOW, LATER = "now", "later"
ONCE_BYTES = 16
TYPED_DAY_LIMIT = 40


@dataclass(frozen=True, slots=True)
class ShownRole:
    """A role as it is written on a page. ``reach`` is a name of the directory, or nothing."""

    id: str
    role: Role
    name: Message
    reach: str
    is_everywhere: bool
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """Somebody and their roles, as a line of the list."""

    id: str
    pseudonym: str
    roles: tuple[ShownRole, ...]
    is_self: bool


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A role to choose, with its line."""

    role: Role
    name: Message
    opens: Message


OPTIONS = tuple(RoleOption(role, ROLE_NAMES[role], ROLE_OPENS[role]) for role in Role)


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Page):
    """Everybody by pseudonym, open invitations, and the form to invite."""

    template: ClassVar[str] = "people/people.html"

    people: list[ShownPerson]
    invitations: list[ShownRole]
    form: RoleForm
    options: tuple[RoleOption, ...] = OPTIONS
    is_open: bool = False
    done: Message | None = None
    errors: list[FieldError]


@dataclass(frozen=True, kw_only=True)
class PersonPage(Page):
    """One person: their roles, getting back in, leaving.

    ``ending`` is the role whose end was typed wrong; ``typed_when`` and ``typed_day`` are how.
    ``has_read_texts`` is True if they could read texts until just now.
    """

    template: ClassVar[str] = "people/person.html"

    person: ShownPerson
    form: RoleForm
    options: tuple[RoleOption, ...] = OPTIONS
    is_open: bool = False
    recovery_until: date | None
    reads_texts: bool
    has_read_texts: bool = False
    ending: str = ""
    typed_when: str = ""
    typed_day: str = ""
    done: Message | None = None
    errors: list[FieldError]
    wrong: dict[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CardPage(Page):
    """A card to print, shown once. The card itself does not say what it is for."""

    template: ClassVar[str] = "people/card.html"
    has_secret: ClassVar[bool] = True

    code: str
    address: str
    picture: str
    valid_until: date
    role: ShownRole | None = None
    last_day: date | None = None
    pseudonym: str = ""
    has_second_step: bool
    renews_second_factor: bool = False
    is_again: bool
    back: str


def show_people(db: Session, asked: ParsedRequest) -> Reply:
    """Show everybody and every open invitation."""
    return _people_page(db, asked, empty_role_form(list_reaches(db), _once()))


def make_invitation(db: Session, asked: ParsedRequest) -> Reply:
    """Make an invitation and show its card, once; or search the directory for its reach."""
    reaches = list_reaches(db)
    once = asked.field("once") or _once()
    if asked.field("act") == FIND:
        return _people_page(db, asked, typed_role_form(asked.form, reaches, once), is_open=True)
    read = read_role_form(asked.form, reaches, once, asked.today)
    if isinstance(read, RoleForm):
        page = _people_page(db, asked, read, is_open=True)
        return replace(page, status=422, errors=read.errors)
    chance = _chance(asked)
    keys = asked.site.keys
    is_again = find_invitation(db, keys, new_code(chance), asked.today) is not None
    code = invite(
        db,
        keys,
        read.grant,
        today=asked.today,
        chance=chance,
        last_day=read.last_day,
        invited_by=asked.actor.own_id(),
    )
    made = find_invitation(db, keys, code, asked.today)
    if made is None:
        raise NotFound()
    link = f"{asked.site.public_url}{asked.prefix}/join"
    return CardPage(
        code=code,
        address=_to_type(link),
        picture=_picture(f"{link}/{code}"),
        valid_until=made.valid_until,
        role=_shown(b"", read.grant, reaches),
        last_day=read.last_day,
        has_second_step=needs_second_factor([read.grant.role]),
        is_again=is_again,
        back="/people",
    )


def cancel(db: Session, asked: ParsedRequest) -> Reply:
    """Cancel an invitation; if it is gone already, the page says so."""
    form = empty_role_form(list_reaches(db), _once())
    try:
        cancel_invitation(
            db,
            asked.site.keys,
            _id(asked.field("invitation")),
            today=asked.today,
            cancelled_by=asked.actor.own_id(),
        )
    except (Conflict, NotFound):
        gone = _("This invitation is not open any more. Somebody used or cancelled it.")
        return replace(_people_page(db, asked, form), done=gone)
    return replace(_people_page(db, asked, form), done=_("The invitation is cancelled."))


def show_person(db: Session, asked: ParsedRequest) -> Reply:
    """Show one person."""
    return _person_page(db, asked)


def give(db: Session, asked: ParsedRequest) -> Reply:
    """Give a role, or search the directory for its reach."""
    reaches = list_reaches(db)
    once = asked.field("once") or _once()
    if asked.field("act") == FIND:
        form = typed_role_form(asked.form, reaches, once)
        return _person_page(db, asked, form, is_open=True)
    read = read_role_form(asked.form, reaches, once, asked.today)
    if isinstance(read, RoleForm):
        page = _person_page(db, asked, read, is_open=True)
        return replace(page, status=422, errors=read.errors)
    return _given(db, asked, read)


def end(db: Session, asked: ParsedRequest) -> Reply:
    """End a role now or after a day; the last administrator is told why not."""
    reader = FormReader(asked.form)
    role_id = _id(asked.field("role"))
    when = reader.one("when", frozenset({NOW, LATER}))
    day = f"day-{role_id.hex()}"
    last_day = None
    if when is None:
        reader.refuse(f"when-{role_id.hex()}", _("Please choose when the role ends."))
    elif when == LATER:
        last_day = read_day(reader, day, asked.today)
        if last_day is None and not reader.errors:
            reader.refuse(day, _("Please choose the last day."))
    if reader.errors:
        return _not_ended(db, asked, role_id, reader.errors)
    account_id = _id(asked.path["account"])
    before = get_person(db, account_id, asked.today)
    try:
        is_ended = end_role(
            db,
            asked.site.keys,
            account_id,
            role_id,
            today=asked.today,
            last_day=last_day,
            ended_by=asked.actor.own_id(),
        )
    except RuleBroken as broken:
        return _not_ended(db, asked, role_id, [FieldError("top", broken.message)])
    if not is_ended:
        done = _("This role was ended already.")
    else:
        done = _("The role is ended.") if when == NOW else _("The last day is set.")
    page = _person_page(db, asked)
    lost = _reads_texts(before) and not page.reads_texts
    return replace(page, done=done, has_read_texts=lost)


def print_recovery(db: Session, asked: ParsedRequest) -> Reply:
    """Make a recovery code and show its card, once."""
    account_id = _id(asked.path["account"])
    person = get_person(db, account_id, asked.today)
    keys, chance = asked.site.keys, _chance(asked)
    is_again = find_invitation(db, keys, new_code(chance), asked.today) is not None
    renews = asked.field("second_factor") == "lost"
    code = print_recovery_code(
        db,
        keys,
        account_id,
        renews_second_factor=renews,
        today=asked.today,
        chance=chance,
        printed_by=asked.actor.own_id(),
    )
    made = find_invitation(db, keys, code, asked.today)
    if made is None:
        raise NotFound()
    link = f"{asked.site.public_url}{asked.prefix}/recover"
    return CardPage(
        code=code,
        address=_to_type(link),
        picture=_picture(link),
        valid_until=made.valid_until,
        pseudonym=person.pseudonym,
        has_second_step=needs_second_factor(held.grant.role for held in person.roles),
        renews_second_factor=renews,
        is_again=is_again,
        back=f"/people/{account_id.hex()}",
    )


def cancel_recovery(db: Session, asked: ParsedRequest) -> Reply:
    """End the open recovery code of somebody."""
    account_id = _id(asked.path["account"])
    page = _person_page(db, asked)
    cancel_recovery_code(
        db,
        asked.site.keys,
        account_id,
        today=asked.today,
        cancelled_by=asked.actor.own_id(),
    )
    page = replace(page, recovery_until=None)
    return replace(page, done=_("No recovery code is open any more."))


def let_leave(db: Session, asked: ParsedRequest) -> Reply:
    """End everything somebody may do here; the last administrator is told why not."""
    account_id = _id(asked.path["account"])
    before = get_person(db, account_id, asked.today)
    try:
        has_left = leave(
            db,
            asked.site.keys,
            account_id,
            today=asked.today,
            ended_by=asked.actor.own_id(),
        )
    except RuleBroken as broken:
        page = _person_page(db, asked)
        return replace(page, status=422, errors=[FieldError("top", broken.message)])
    page = _person_page(db, asked)
    if not has_left:
        return replace(page, done=_("This person had no role any more."))
    return replace(
        page,
        done=_("All roles are ended, and nobody is signed in to this account."),
        has_read_texts=_reads_texts(before),
    )


def _given(db: Session, asked: ParsedRequest, read: ReadRole) -> Reply:
    is_new = give_role(
        db,
        asked.site.keys,
        _id(asked.path["account"]),
        read.grant,
        secrets.token_bytes,
        today=asked.today,
        last_day=read.last_day,
        given_by=asked.actor.own_id(),
    )
    page = _person_page(db, asked)
    if is_new:
        return replace(page, done=_("The role is given. They will have to sign in again."))
    return replace(
        page,
        done=_("They have this role already. To change its last day, use “End this role”."),
    )


def _not_ended(
    db: Session, asked: ParsedRequest, role_id: bytes, errors: list[FieldError]
) -> PersonPage:
    """Return the page with what was typed about the end of one role."""
    page = _person_page(db, asked)
    has_role = any(role.id == role_id.hex() for role in page.person.roles)
    if not has_role:
        return replace(page, done=_("This role was ended already."))
    return replace(
        page,
        status=422,
        errors=errors,
        wrong={error.name: error.message for error in errors},
        ending=role_id.hex(),
        typed_when=asked.field("when"),
        typed_day=asked.field(f"day-{role_id.hex()}")[:TYPED_DAY_LIMIT],
    )


def _people_page(
    db: Session, asked: ParsedRequest, form: RoleForm, *, is_open: bool = False
) -> PeoplePage:
    reaches = list_reaches(db)
    opened = list_open_invitations(db, asked.today)
    own_id = asked.actor.own_id()
    return PeoplePage(
        people=[_shown_person(one, reaches, own_id) for one in list_people(db, asked.today)],
        invitations=[_shown(one.tag, one.grant, reaches, one.valid_until) for one in opened],
        form=form,
        is_open=is_open,
        errors=[],
    )


def _person_page(
    db: Session, asked: ParsedRequest, form: RoleForm | None = None, *, is_open: bool = False
) -> PersonPage:
    reaches = list_reaches(db)
    person = get_person(db, _id(asked.path["account"]), asked.today)
    return PersonPage(
        person=_shown_person(person, reaches, asked.actor.own_id()),
        form=form or empty_role_form(reaches, _once()),
        is_open=is_open,
        recovery_until=find_open_recovery(db, person.account_id, asked.today),
        reads_texts=_reads_texts(person),
        errors=[],
    )


def _shown_person(person: Person, reaches: Reaches, own_id: bytes) -> ShownPerson:
    return ShownPerson(
        person.account_id.hex(),
        person.pseudonym,
        tuple(_shown(held.id, held.grant, reaches, held.last_day) for held in person.roles),
        is_self=person.account_id == own_id,
    )


def _shown(
    role_id: bytes, grant: Grant, reaches: Reaches, last_day: date | None = None
) -> ShownRole:
    return ShownRole(
        role_id.hex(),
        grant.role,
        ROLE_NAMES[grant.role],
        reaches.name_of(grant),
        grant.role is Role.COMMISSIONER and grant.scope is Scope.EVERYWHERE,
        last_day,
    )


def _reads_texts(person: Person) -> bool:
    return any(_opens_texts(held) for held in person.roles)


def _opens_texts(held: HeldRole) -> bool:
    return Permission.TEXT_READ in ROLE_PERMISSIONS[held.grant.role]


def _chance(asked: ParsedRequest) -> Callable[[int], bytes]:
    """Return the chance of one form: sent twice, it makes the same code."""
    made = chance_of_form(asked.site.keys, asked, secrets.token_bytes(64))
    return lambda count: made[:count]


def _once() -> str:
    return secrets.token_hex(ONCE_BYTES)


def _id(typed: str) -> bytes:
    try:
        return bytes.fromhex(typed)
    except ValueError as error:
        raise NotFound() from error


def _picture(link: str) -> str:
    """Return a ``data:`` address of a QR picture, black on white in every scheme."""
    picture = segno.make(link, error="m", micro=False)
    return picture.svg_data_uri(scale=5, dark="#000", light="#fff", border=4)


def _to_type(link: str) -> str:
    """Return an address as people type it."""
    return link.partition("://")[2]
