"""The page behind a code: where a form stands, adding words, its service's name, taking it back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_poster_code, read_return_code
from coproduce.core.db import Database
from coproduce.core.messages import Message, _
from coproduce.feedback.check_step import (
    CheckPage,
    check_page,
    finder_for,
    has_details,
    without_their_details,
)
from coproduce.feedback.commands import (
    NewFeedback,
    Stored,
    flags_of,
    submit_feedback,
    withdraw_feedback,
)
from coproduce.feedback.form_token import FormToken, read_form_token
from coproduce.feedback.forms import ReadFeedback, Road, TypedFeedback, read_words, typed_words
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import Screen
from coproduce.feedback.queries import (
    OpenedCode,
    Standing,
    find_code,
    get_reading_state,
    get_standing,
)
from coproduce.feedback.rules import ReadingState, Subject, Words, used_by
from coproduce.feedback.token_step import fresh_token, may_be_sent, open_too_long
from coproduce.feedback.trail import TrailStep, still_counts, trail_of
from coproduce.services.queries import Landing, find_landing, get_name, has_landing
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

CODE_FIELD_LIMIT = 80
"""Most signs of a typed code that are shown again: twice its digits with a sign between each."""

EVEN_SECONDS = 0.25
"""Answers leave at a multiple of this, whatever was found: several times what the slow hash and the
looks take, so that nearly all leave at the first. Source: privacy test T15 (docs/threat-model.md).
"""


class Act(StrEnum):
    """Which button was pressed. The last five belong to adding words."""

    LOOK = "look"
    ASK = "ask"
    WITHDRAW = "withdraw"
    WHICH = "which"
    NAME = "name"
    ADD = "add"
    SEND = "send"
    HIDE = "hide"
    AS_IS = "as_is"
    SHOW = "show"


ADDS = frozenset({Act.ADD, Act.SEND, Act.HIDE, Act.AS_IS, Act.SHOW})


class Part(StrEnum):
    """What a code page shows."""

    FIELD = "field"
    STANDING = "standing"
    ASK = "ask"
    WITHDRAWN = "withdrawn"
    GONE = "gone"
    WHICH = "which"
    NAME = "name"
    ADD = "add"
    TOO_OLD = "too_old"


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """Whatever stands behind a code. Padded, so that its size does not tell what it says.

    Attributes:
        part: what is shown.
        typed_code: the code as it was typed.
        error: what is wrong with it.
        standing: where the form stands.
        trail: the same as steps.
        used_by: the month by which it is used at the latest.
        still_counts: True if answers of the form are counted, or may be.
        can_add: True if it is still known what the form is about.
        name: of the service or area, after the second tap only.
        landing: its form, if it is open.
        token: of the form on this page.
        typed: words to be added.
        errors, wrong: what is wrong with them, as a list and by field.
        reading: how far reading is behind.
    """

    template: ClassVar[str] = "feedback/code.html"
    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = 6144

    part: Part = Part.FIELD
    typed_code: str = ""
    error: Message | None = None
    standing: Standing | None = None
    trail: tuple[TrailStep, ...] = ()
    used_by: date | None = None
    still_counts: bool = False
    can_add: bool = False
    name: str = ""
    is_service: bool = True
    landing: Landing | None = None
    token: str = ""
    typed: TypedFeedback = field(default_factory=TypedFeedback)
    errors: tuple[FieldError, ...] = ()
    wrong: Mapping[str, Message] = field(default_factory=dict)
    reading: ReadingState | None = None


@dataclass(frozen=True, kw_only=True)
class AddCheckPage(CheckPage):
    """The check step of words that are added. It carries the code, so it is never compressed."""

    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = CodePage.size_step


@dataclass(frozen=True, kw_only=True)
class AddedPage(Page):
    """Added words are stored. Shows their own code, the same each time they are sent again."""

    template: ClassVar[str] = "feedback/added.html"
    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = CodePage.size_step

    code: str
    was_replaced: bool


@dataclass(frozen=True, kw_only=True)
class AddedTooLatePage(Page):
    """Added words were mixed with others already; what was typed now can be added once more."""

    template: ClassVar[str] = "feedback/too_late.html"
    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = CodePage.size_step

    road: Road
    code: str
    token: str
    fields: tuple[tuple[str, str], ...]
    has_words: bool
    action: str = "/code"


def show_code(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the field for a code."""
    return CodePage()


def open_code(database: Database, asked: ParsedRequest) -> Reply:
    """Show where the form behind a code stands, or do what was asked with it.

    Whatever is asked, an unknown code costs the same work as a known one and says the same.
    """
    typed = asked.field("code")[:CODE_FIELD_LIMIT]
    code, act = read_return_code(typed), _act(asked)
    if code is None and (form := _form_of(database, typed)):
        return SeeOther(form)
    if code is None:
        message = _("This is not a whole code. It has 16 numbers. Please check it and try again.")
        return _field(asked, 422, typed, message)
    if asked.over_limit:
        message = _("Many codes were tried just now. Please try again in a minute, or in an hour.")
        return _field(asked, 429, typed, message)
    slow_key = asked.site.keys.slow_key(code)
    if act in ADDS:
        return _add(database, asked, code, slow_key, act)
    withdraws = act is Act.WITHDRAW
    with database.write() if withdraws else database.read() as db:
        opened = find_code(db, asked.site.keys, code, slow_key, to_change=withdraws)
        if opened is None:
            # The same looks as for a code that is known, so that they take as long (T15).
            nowhere = OpenedCode(None, None, secrets.token_bytes(16), secrets.token_bytes(16))
            get_standing(db, nowhere, asked.today)
            return _unknown(asked, typed, act)
        if withdraws:
            withdraw_feedback(db, opened)
            db.commit()
            return CodePage(part=Part.WITHDRAWN)
        standing = get_standing(db, opened, asked.today)
        subject = standing.subject
        if act in {Act.WHICH, Act.NAME} and subject is not None:
            return _which(db, typed, subject, act)
    return CodePage(
        part=Part.ASK if act is Act.ASK and standing.period else Part.STANDING,
        typed_code=typed,
        standing=standing,
        trail=trail_of(standing, asked.today),
        used_by=used_by(standing.period) if standing.period else None,
        still_counts=still_counts(standing),
        can_add=subject is not None,
    )


def _form_of(database: Database, typed: str) -> str | None:
    """Return where the form is whose poster code was typed here, or None."""
    code = read_poster_code(typed)
    if code is None:
        return None
    with database.read() as db:
        return f"/g/{code}" if has_landing(db, code) else None


def _act(asked: ParsedRequest) -> Act:
    try:
        return Act(asked.field("act"))
    except ValueError:
        return Act.LOOK


def _field(asked: ParsedRequest, status: int, typed: str, error: Message) -> CodePage:
    """Return the field for a code, with what is wrong and any words that were to be added."""
    return CodePage(
        status=status,
        typed_code=typed,
        error=error,
        token=asked.field("t"),
        typed=typed_words(asked.form),
    )


def _unknown(asked: ParsedRequest, typed: str, act: Act) -> CodePage:
    if act is Act.WITHDRAW:
        return CodePage(status=404, part=Part.GONE)
    message = _("We do not know this code. Please check each number and try again.")
    return _field(asked, 404, typed, message)


def _which(db: Session, typed: str, subject: Subject, act: Act) -> CodePage:
    """Ask whether to show what the form is about, or show it."""
    if act is Act.WHICH:
        return CodePage(part=Part.WHICH, typed_code=typed)
    return CodePage(
        part=Part.NAME,
        typed_code=typed,
        name=get_name(db, service_id=subject.service_id, area_id=subject.area_id),
        is_service=subject.is_service,
        landing=_landing_of(db, subject),
    )


def _add(database: Database, asked: ParsedRequest, code: str, slow_key: bytes, act: Act) -> Reply:
    """Take words that somebody adds, as a form of their own about the same service or area.

    What it is about is found from the code on each step, so that no page holds it.
    """
    keys, typed = asked.site.keys, asked.field("code")[:CODE_FIELD_LIMIT]
    with database.read() as db:
        opened = find_code(db, keys, code, slow_key)
        if opened is None:
            return _unknown(asked, typed, act)
        landing = _landing_of(db, get_standing(db, opened, asked.today).subject)
        if landing is None or not landing.is_open:
            return CodePage(
                status=409, part=Part.TOO_OLD, typed_code=typed, typed=typed_words(asked.form)
            )
        reading = get_reading_state(db, asked.today)
        find_places = finder_for(db, landing)
    if act in {Act.ADD, Act.SHOW}:
        return _add_form(asked, landing, reading, [], asked.field("t"))
    read = read_words(asked.form)
    if not isinstance(read, ReadFeedback):
        return _add_form(asked, landing, reading, read, asked.field("t"))
    token = read_form_token(keys, asked.field("t"))
    if token is None or not may_be_sent(database, asked, token):
        return _add_form(asked, landing, reading, [open_too_long()], "")
    if act is Act.SEND and has_details(read.words, find_places):
        return _check(asked, check_page(landing, read.words, _fields(asked), Road(), find_places))
    words = read.words
    if act is Act.HIDE:
        words = without_their_details(words, find_places, asked.language)
    return _store(database, asked, token, landing, read, words)


def _landing_of(db: Session, subject: Subject | None) -> Landing | None:
    """Return the form of what a code is about, or None if that cannot be told any more."""
    if subject is None:
        return None
    return find_landing(db, service_id=subject.service_id, area_id=subject.area_id)


def _store(
    database: Database,
    asked: ParsedRequest,
    token: FormToken,
    landing: Landing,
    read: ReadFeedback,
    words: Words,
) -> Reply:
    keys = asked.site.keys
    new = NewFeedback(
        subject=Subject(landing.service_id, landing.area_id),
        framework=load_framework().version,
        answers={},
        words=words,
        consent=read.consent,
        language=asked.language,
        flags=flags_of(read.words),
        screen=Screen.SET_ASIDE if asked.over_store_limit else Screen.CLEAR,
    )
    with database.write() as db:
        stored = submit_feedback(db, token, new, keys, asked.today)
        db.commit()
    if stored is Stored.TOO_LATE:
        return AddedTooLatePage(
            status=409,
            road=Road(),
            code=token.return_code(keys),
            token=fresh_token(asked),
            fields=_fields(asked, without="t"),
            has_words=True,
        )
    return AddedPage(
        code=token.return_code(keys),
        was_replaced=stored is Stored.REPLACED,
        stored_something_new=stored is Stored.NEW,
    )


def _add_form(
    asked: ParsedRequest,
    landing: Landing,
    reading: ReadingState,
    errors: list[FieldError],
    token: str,
) -> CodePage:
    return CodePage(
        status=422 if errors else 200,
        part=Part.ADD,
        typed_code=asked.field("code")[:CODE_FIELD_LIMIT],
        is_service=landing.service_id is not None,
        token=token or fresh_token(asked),
        typed=typed_words(asked.form),
        errors=tuple(errors),
        wrong={error.name: error.message for error in errors},
        reading=reading,
    )


def _check(asked: ParsedRequest, page: CheckPage) -> AddCheckPage:
    return AddCheckPage(
        landing=page.landing,
        found=page.found,
        quotes=page.quotes,
        fields=page.fields,
        road=page.road,
        action=asked.url_path,
    )


def _fields(asked: ParsedRequest, *, without: str = "") -> tuple[tuple[str, str], ...]:
    """Return what a next step needs, in hidden fields: never what the words are about."""
    kept = {"code", "t", "better", "happened", "consent"} - {without}
    return tuple((name, asked.field(name)) for name in sorted(kept) if asked.field(name))
