"""The pages of a person giving feedback: the form, the check, the receipt, the code."""

import secrets
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_poster_code, read_return_code
from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.core.identifying import find_identifying, hidden, what_was_found
from coproduce.core.messages import Message, _
from coproduce.feedback.commands import (
    NewFeedback,
    Stored,
    flags_of,
    has_been_sent,
    submit_feedback,
    withdraw_feedback,
)
from coproduce.feedback.form_token import FormToken, new_form_token, read_form_token
from coproduce.feedback.forms import ReadFeedback, TypedFeedback, read_feedback, typed_feedback
from coproduce.feedback.framework import Part, Question, load_framework
from coproduce.feedback.models import Consent, Screen
from coproduce.feedback.queries import Standing, find_code, get_reading_state, get_standing
from coproduce.feedback.rules import ReadingState, Subject, Words, used_by
from coproduce.services.queries import Landing, get_landing
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply


class Act(StrEnum):
    """Which button sent the form."""

    SEND = "send"
    SHOW = "show"
    """Show the form again with everything typed: another language, or "Change it myself"."""
    HIDE = "hide"
    AS_IS = "as_is"


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """The form of one service or area, with what was typed and what was wrong.

    Where reading is far behind, no words are asked for; those that were typed already stay.
    """

    template: ClassVar[str] = "feedback/form.html"

    landing: Landing
    token: str
    short: tuple[Question, ...]
    more: tuple[Question, ...]
    reading: ReadingState
    typed: TypedFeedback
    errors: list[FieldError]
    wrong: dict[str, Message]
    asks_for_words: bool


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """Not sent yet: something could tell who somebody is."""

    template: ClassVar[str] = "feedback/check.html"

    landing: Landing
    found: tuple[Message, ...]
    parts: tuple[tuple[str, bool], ...]
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class ReceiptPage(Page):
    """It is stored. Shows the code once more each time the same form is sent again."""

    template: ClassVar[str] = "feedback/receipt.html"
    has_secret: ClassVar[bool] = True

    code: str
    was_replaced: bool


@dataclass(frozen=True, kw_only=True)
class TooLatePage(Page):
    """The first answer was mixed with others already; what was typed now is kept."""

    template: ClassVar[str] = "feedback/too_late.html"
    has_secret: ClassVar[bool] = True

    landing: Landing
    code: str
    token: str
    fields: tuple[tuple[str, str], ...]
    has_words: bool


@dataclass(frozen=True, kw_only=True)
class ClosedPage(Page):
    """The service no longer takes feedback."""

    template: ClassVar[str] = "feedback/closed.html"

    landing: Landing


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """Where a form stands. Padded, so that its size does not tell what it says."""

    template: ClassVar[str] = "feedback/code.html"
    has_secret: ClassVar[bool] = True
    size_step: ClassVar[int] = 6144

    typed_code: str = ""
    error: Message | None = None
    standing: Standing | None = None
    used_by: date | None = None
    asks_to_withdraw: bool = False
    is_withdrawn: bool = False


def show_form(db: Session, asked: ParsedRequest) -> Reply:
    """Show an empty form."""
    code = read_poster_code(asked.path["code"])
    if code is None:
        raise NotFound(_("We do not know this code. Please check it, or find the service by area."))
    landing = get_landing(db, code)
    return (
        _form(landing, _fresh_token(asked), TypedFeedback(), [], get_reading_state(db, asked.today))
        if landing.is_open
        else ClosedPage(landing=landing)
    )


def send_form(database: Database, asked: ParsedRequest) -> Reply:
    """Store a form once and show its code; or show what stands in the way, with everything kept."""
    with database.read() as db:
        landing = get_landing(db, read_poster_code(asked.field("k")) or "")
        reading = get_reading_state(db, asked.today)
    if not landing.is_open:
        return ClosedPage(landing=landing)
    framework = load_framework()
    about_service = landing.service_id is not None
    act = _act(asked)
    if act is Act.SHOW:
        return _form_again(asked, landing, reading, [], asked.field("t"))
    read = read_feedback(asked.form, framework, service=about_service)
    if not isinstance(read, ReadFeedback):
        return _form_again(asked, landing, reading, read, asked.field("t"))
    token = read_form_token(asked.site.keys, asked.field("t"))
    if token is None or not _may_be_sent(database, asked, token):
        return _form_again(asked, landing, reading, [_open_too_long()], _fresh_token(asked))
    spans = find_identifying(_joined(read.words))
    if spans and act is Act.SEND:
        return _check(asked, landing, read.words)
    flags = flags_of(read.words)
    if act is Act.HIDE:
        read = ReadFeedback(read.answers, _without_details(read.words), read.consent)
    new = NewFeedback(
        subject=Subject(landing.service_id, landing.area_id),
        framework=framework.version,
        answers=read.answers,
        words=read.words,
        consent=read.consent if read.words else Consent.COUNT_ONLY,
        language=asked.language,
        flags=flags,
        screen=Screen.SET_ASIDE if asked.over_limit else Screen.CLEAR,
    )
    with database.write() as db:
        stored = submit_feedback(db, token, new, asked.site.keys, asked.today)
        db.commit()
    code = token.return_code(asked.site.keys)
    if stored is Stored.TOO_LATE:
        return _too_late(asked, landing, code, read.words)
    return ReceiptPage(code=code, was_replaced=stored is Stored.REPLACED)


def show_code(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the field for a code."""
    return CodePage()


def open_code(database: Database, asked: ParsedRequest) -> Reply:
    """Show where the form behind a code stands; or take it back, after a second, warned tap."""
    typed = asked.field("code")[:80]
    code = read_return_code(typed)
    if code is None:
        message = _("This is not a whole code. It has 16 numbers. Please check it and try again.")
        return CodePage(status=422, typed_code=typed, error=message)
    if asked.over_limit:
        message = _("Many codes were tried from here. Please try again in an hour.")
        return CodePage(status=429, typed_code=typed, error=message)
    slow_key = asked.site.keys.slow_key(code)
    withdraws = asked.field("act") == "withdraw"
    with database.write() if withdraws else database.read() as db:
        opened = find_code(db, asked.site.keys, code, slow_key, to_change=withdraws)
        if opened is None:
            message = _("We do not know this code. Please check each number and try again.")
            if withdraws:
                message = _("Nothing is stored under this code. If you took it back, it is gone.")
            return CodePage(status=404, typed_code=typed, error=message)
        if withdraws:
            withdraw_feedback(db, opened)
            db.commit()
        standing = get_standing(db, opened, asked.today)
    return CodePage(
        typed_code=typed,
        standing=standing,
        used_by=used_by(standing.period)
        if standing.waits_with_others and standing.period
        else None,
        asks_to_withdraw=asked.field("act") == "ask",
        is_withdrawn=withdraws,
    )


def _act(asked: ParsedRequest) -> Act:
    try:
        return Act(asked.field("act"))
    except ValueError:
        return Act.SEND


def _may_be_sent(database: Database, asked: ParsedRequest, token: FormToken) -> bool:
    """Return True if the form is fresh, or was stored already and is only sent again."""
    if not token.is_expired(asked.today):
        return True
    with database.read() as db:
        return has_been_sent(db, token, asked.site.keys)


def _open_too_long() -> FieldError:
    return FieldError("top", _("This page was open for a long time. Please press Send once more."))


def _fresh_token(asked: ParsedRequest) -> str:
    return new_form_token(asked.site.keys, asked.today, secrets.token_bytes)


def _form_again(
    asked: ParsedRequest,
    landing: Landing,
    reading: ReadingState,
    errors: list[FieldError],
    token: str,
) -> FormPage:
    """Return the form with everything that was typed."""
    about_service = landing.service_id is not None
    typed = typed_feedback(asked.form, load_framework(), service=about_service)
    return _form(landing, token or _fresh_token(asked), typed, errors, reading)


def _form(
    landing: Landing,
    token: str,
    typed: TypedFeedback,
    errors: list[FieldError],
    reading: ReadingState,
) -> FormPage:
    questions = load_framework().asked_about(service=landing.service_id is not None)
    return FormPage(
        status=422 if errors else 200,
        landing=landing,
        token=token,
        short=tuple(q for q in questions if q.part is Part.SHORT),
        more=tuple(q for q in questions if q.part is Part.MORE),
        reading=reading,
        typed=typed,
        errors=errors,
        wrong={error.name: error.message for error in errors},
        asks_for_words=not reading.is_closed or bool(typed.better or typed.happened),
    )


def _check(asked: ParsedRequest, landing: Landing, words: Words) -> CheckPage:
    text = _joined(words)
    spans = find_identifying(text)
    parts, position = [], 0
    for span in spans:
        parts += [(text[position : span.start], False), (text[span.start : span.end], True)]
        position = span.end
    return CheckPage(
        landing=landing,
        found=what_was_found(spans),
        parts=(*parts, (text[position:], False)),
        fields=_fields(asked),
    )


def _too_late(asked: ParsedRequest, landing: Landing, code: str, words: Words) -> TooLatePage:
    kept = {"better", "happened", "consent", "k"}
    return TooLatePage(
        status=409,
        landing=landing,
        code=code,
        token=_fresh_token(asked),
        fields=tuple((name, value) for name, value in _fields(asked) if name in kept),
        has_words=bool(words),
    )


def _fields(asked: ParsedRequest) -> tuple[tuple[str, str], ...]:
    """Return everything that was sent, apart from the button, to be carried in hidden fields."""
    return tuple(
        (name, value)
        for name, values in asked.form.items()
        for value in values
        if name != "act" and value
    )


def _joined(words: Words) -> str:
    return "\n\n".join(part for part in (words.better, words.happened) if part)


def _without_details(words: Words) -> Words:
    return Words(
        better=hidden(words.better, find_identifying(words.better)),
        happened=hidden(words.happened, find_identifying(words.happened)),
    )
