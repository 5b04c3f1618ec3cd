"""The page of the team: who can open texts, what each reads, how their week was; and the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_poster_code
from coproduce.core.content_notes import NAMES_OF_NOTES, ContentNote
from coproduce.core.db import Database
from coproduce.core.errors import Conflict as Changed
from coproduce.core.errors import Failure, NotFound
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission
from coproduce.core.text import cleaned
from coproduce.feedback.queries import get_reading_state, list_unread_languages
from coproduce.feedback.reading_keys import key_fingerprint
from coproduce.feedback.rules import ReadingState, week_of
from coproduce.moderation.key_shares import (
    CannotOpenYet,
    get_own_public_key,
    list_readers,
    open_reading_keys,
    words_of_key,
)
from coproduce.moderation.letting_in import (
    KeyReminder,
    get_key_reminder,
    let_in,
    make_new_key,
    use_recovery_sheet,
)
from coproduce.moderation.models import SupervisionKind
from coproduce.moderation.team import (
    LOG_PAGE,
    LogLine,
    Member,
    Profile,
    add_conflict,
    end_conflict,
    get_notes,
    get_profile,
    list_members,
    note_week,
    read_log,
    set_profile,
)
from coproduce.moderation.team_forms import (
    ProfileForm,
    read_id,
    read_profile,
    read_sheet,
    read_week,
)
from coproduce.services.queries import ServiceSummary, get_landing, get_name
from coproduce.services.rules import SEARCH_LIMIT
from coproduce.services.service_search import search_services
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply

WEEKS: Mapping[SupervisionKind, Message] = {
    SupervisionKind.FINE: _("It was fine"),
    SupervisionKind.HEAVY: _("It was heavy"),
    SupervisionKind.TALK_WANTED: _("I want to talk to somebody"),
    SupervisionKind.TALKED: _("I talked to somebody"),
}

NOTES: Mapping[SupervisionKind, Message] = {
    SupervisionKind.FINE: _("fine"),
    SupervisionKind.HEAVY: _("heavy"),
    SupervisionKind.TALK_WANTED: _("wants to talk"),
    SupervisionKind.TALKED: _("talked to somebody"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and the part of the page that says so."""

    message: Message
    part: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits to be let in, and the words by which their key is known."""

    account_id: str
    pseudonym: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A service that somebody must not read about."""

    service_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Cover:
    """Who can read texts in one language, and whether any wait."""

    readers: tuple[str, ...]
    has_waiting: bool


@dataclass(frozen=True, slots=True)
class Lead:
    """What only the lead sees."""

    members: tuple[Member, ...]
    state: ReadingState
    cover: Mapping[str, Cover]


@dataclass(frozen=True, kw_only=True)
class TeamPage(Page):
    """Everything about the team that one person may see.

    ``can_open`` is False for somebody who waits to be let in; ``own_words`` are then what they
    tell whoever lets them in. ``reminder`` is None while there is no reading key at all.
    """

    template: ClassVar[str] = "moderation/team.html"

    own_id: bytes
    can_open: bool
    own_words: str
    waiting: tuple[Waiting, ...]
    reminder: KeyReminder | None
    profile: Profile
    conflicts: tuple[Conflict, ...]
    notes: Mapping[ContentNote, Message]
    weeks: Mapping[SupervisionKind, Message]
    week: SupervisionKind | None
    supervision: str
    lead: Lead | None
    said: Mapping[SupervisionKind, Message]
    done: Done | None = None
    errors: tuple[FieldError, ...] = ()
    words: str = ""
    found: tuple[ServiceSummary, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class SheetPage(Page):
    """The recovery sheet again, with what was wrong with it."""

    template: ClassVar[str] = "moderation/team_sheet.html"
    has_secret: ClassVar[bool] = True

    typed: str
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, kw_only=True)
class NewKeyPage(Page):
    """Asks once more before a new reading key is made."""

    template: ClassVar[str] = "moderation/team_new_key.html"

    waiting: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LogPage(Page):
    """A page of the log. ``older`` is the number below which the next one begins."""

    template: ClassVar[str] = "moderation/log.html"

    lines: tuple[LogLine, ...]
    older: int | None
    is_newest: bool


def show_team(db: Session, asked: ParsedRequest) -> Reply:
    """Show the team to somebody who reads."""
    return _team(db, asked)


def send_sheet(database: Database, asked: ParsedRequest) -> Reply:
    """Let whoever typed the recovery sheet open texts."""
    sheet = read_sheet(asked.form, asked.site.keys)
    if sheet.private is None:
        return SheetPage(status=422, typed=sheet.typed, errors=sheet.errors)
    can_more = use_recovery_sheet(
        database, asked.site.keys, asked.actor, sheet.private, asked.today
    )
    done = (
        _("You can open texts now. Lock the sheet away again.")
        if can_more
        else _("You could open texts already. Lock the sheet away again.")
    )
    with database.read() as db:
        return _team(db, asked, done=Done(done, "team"))


def send_let_in(db: Session, asked: ParsedRequest) -> Reply:
    """Let somebody in, or say that somebody else just did."""
    account_id = read_id(asked.field("account"))
    key, keys = read_id(asked.field("key")), asked.site.keys
    try:
        holder = let_in(db, keys, asked.actor, account_id, asked.today, key_seen=key)
    except Changed as changed:
        errors = (FieldError("let-in", changed.message),)
        return _team(db, asked, errors=errors, status=changed.status)
    done = (
        _("%(name)s can open texts now.", name=holder.pseudonym)
        if holder
        else _("Somebody else let them in just before you.")
    )
    return _team(db, asked, done=Done(done, "team"))


def send_new_key(database: Database, asked: ParsedRequest) -> Reply:
    """Ask once more, then make a new reading key."""
    if asked.field("sure") != "yes":
        with database.read() as db:
            open_reading_keys(db, asked.site.keys, asked.actor)
            waiting = list_readers(db, asked.today).waiting
        return NewKeyPage(waiting=tuple(holder.pseudonym for holder in waiting))
    try:
        make_new_key(database, asked.site.keys, asked.actor, asked.today)
    except CannotOpenYet:
        raise
    except Failure as failure:
        with database.read() as db:
            errors = (FieldError("key", failure.message),)
            return _team(db, asked, errors=errors, status=failure.status)
    done = _("There is a new reading key. From now on, what people write is sealed to it.")
    with database.read() as db:
        return _team(db, asked, done=Done(done, "team"))


def send_profile(db: Session, asked: ParsedRequest) -> Reply:
    """Store which languages somebody reads, and which topics they are not given."""
    typed = read_profile(asked.form, asked.site.languages)
    if typed.errors:
        return _team(db, asked, errors=typed.errors, typed=typed, status=422)
    set_profile(db, asked.actor.own_id(), typed.languages, typed.declined)
    return _team(db, asked, done=Done(_("Saved. It counts from your next text on."), "reading"))


def send_conflicts(db: Session, asked: ParsedRequest) -> Reply:
    """Search for a service, add it to those that somebody must not read about, or take it off."""
    own_id = asked.actor.own_id()
    if asked.field("remove"):
        end_conflict(db, own_id, read_id(asked.field("remove")))
        return _team(db, asked, done=Done(_("Taken off your list."), "conflicts"))
    if asked.field("add"):
        code = read_poster_code(asked.field("add"))
        service_id = get_landing(db, code).service_id if code else None
        if service_id is None:
            raise NotFound()
        add_conflict(db, own_id, service_id)
        done = _("You will not be given texts about this service.")
        return _team(db, asked, done=Done(done, "conflicts"))
    words = cleaned(asked.field("words"), limit=SEARCH_LIMIT)
    found = tuple(search_services(db, words=words, area_code=""))
    return _team(db, asked, words=words, found=found)


def send_week(db: Session, asked: ParsedRequest) -> Reply:
    """Keep how somebody's week was."""
    kind = read_week(asked.form)
    if kind is None:
        errors = (FieldError("week", _("Choose what fits best.")),)
        return _team(db, asked, errors=errors, status=422)
    note_week(db, asked.actor.own_id(), week_of(asked.today), kind)
    return _team(db, asked, done=Done(_("Thank you for saying how it was."), "own-week"))


def show_log(db: Session, asked: ParsedRequest) -> Reply:
    """Show the newest lines of the log, or those before a number."""
    before = _number(asked.path.get("before", ""))
    lines = read_log(db, before)
    older = lines[LOG_PAGE - 1].number if len(lines) > LOG_PAGE else None
    return LogPage(lines=lines[:LOG_PAGE], older=older, is_newest=before is None)


def _number(typed: str) -> int | None:
    """Return the number in an address.

    Raises:
        NotFound: if something else stands there.
    """
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > len(str(2**31)):
        raise NotFound()
    return int(typed)


def _team(
    db: Session,
    asked: ParsedRequest,
    *,
    status: int = 200,
    done: Done | None = None,
    errors: tuple[FieldError, ...] = (),
    typed: ProfileForm | None = None,
    words: str = "",
    found: tuple[ServiceSummary, ...] | None = None,
) -> TeamPage:
    keys, own_id, today = asked.site.keys, asked.actor.own_id(), asked.today
    first, week = asked.site.languages[0], week_of(today)
    readers = list_readers(db, today)
    can_open = any(holder.account_id == own_id for holder in readers.let_in)
    profile = get_profile(db, own_id, first)
    if typed is not None:
        profile = Profile(frozenset(typed.languages), frozenset(typed.declined), profile.conflicts)
    return TeamPage(
        status=status,
        own_id=own_id,
        can_open=can_open,
        own_words="" if can_open else words_of_key(keys, get_own_public_key(db, keys, asked.actor)),
        waiting=tuple(
            Waiting(
                one.account_id.hex(),
                one.pseudonym,
                key_fingerprint(one.public_key).hex(),
                words_of_key(keys, one.public_key),
            )
            for one in readers.waiting
            if one.account_id != own_id
        ),
        reminder=get_key_reminder(db, today),
        profile=profile,
        conflicts=_conflicts(db, profile),
        notes=NAMES_OF_NOTES,
        weeks=WEEKS,
        week=get_notes(db, [own_id], week).get(own_id),
        supervision=asked.site.deployment.supervision or asked.site.deployment.contact,
        lead=_lead(db, asked) if asked.actor.has(Permission.MODERATION_LEAD) else None,
        said=NOTES,
        done=done,
        errors=errors,
        words=words,
        found=found,
    )


def _lead(db: Session, asked: ParsedRequest) -> Lead:
    offered = asked.site.languages
    members = list_members(db, asked.today, offered[0])
    unread = list_unread_languages(db, offered)
    return Lead(
        members=members,
        state=get_reading_state(db, asked.today),
        cover={
            code: Cover(
                tuple(m.pseudonym for m in members if m.can_open and code in m.languages),
                code in unread,
            )
            for code in offered
        },
    )


def _conflicts(db: Session, profile: Profile) -> tuple[Conflict, ...]:
    listed = (
        Conflict(service_id.hex(), get_name(db, service_id=service_id, area_id=None))
        for service_id in profile.conflicts
    )
    return tuple(sorted(listed, key=lambda conflict: conflict.name))
