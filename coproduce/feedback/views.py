"""The pages of a person giving feedback: the form, the check, the receipt."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_card_code, read_poster_code
from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.core.messages import Message, _
from coproduce.feedback.cards import find_card
from coproduce.feedback.check_step import (
    check_page,
    finder_for,
    has_details,
    without_their_details,
)
from coproduce.feedback.commands import (
    NewFeedback,
    Stored,
    flags_of,
    has_been_sent,
    submit_feedback,
)
from coproduce.feedback.form_token import read_form_token
from coproduce.feedback.forms import (
    ReadFeedback,
    Road,
    TypedFeedback,
    Way,
    read_feedback,
    read_road,
    typed_feedback,
    typed_words,
)
from coproduce.feedback.framework import Part, Question, load_framework
from coproduce.feedback.missing import (
    MissingPage,
    area_errors,
    code_of,
    is_missing_form,
    missing_page,
    pick_area,
)
from coproduce.feedback.models import Consent, Screen
from coproduce.feedback.queries import get_reading_state
from coproduce.feedback.rules import ReadingState, Subject, Words
from coproduce.feedback.token_step import fresh_token, may_be_sent, open_too_long
from coproduce.services.area_choice import PickedArea
from coproduce.services.queries import Landing, find_landing, get_landing
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
    KEEP = "keep"
    """Show the receipt once more, so that it does not clear itself."""


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """The form of one service or area, with what was typed and what was wrong.

    Where reading is far behind, no words are asked for; those that were typed already stay.
    """

    template: ClassVar[str] = "feedback/form.html"

    landing: Landing
    token: str
    road: Road
    short: tuple[Question, ...]
    more: tuple[Question, ...]
    reading: ReadingState
    typed: TypedFeedback
    errors: list[FieldError]
    wrong: dict[str, Message]
    asks_for_words: bool


@dataclass(frozen=True, kw_only=True)
class ReceiptPage(Page):
    """It is stored. Shows the code once more each time the same form is sent again."""

    template: ClassVar[str] = "feedback/receipt.html"
    has_secret: ClassVar[bool] = True

    code: str
    was_replaced: bool
    road: Road


@dataclass(frozen=True, kw_only=True)
class KioskReceiptPage(ReceiptPage):
    """The same on a shared device. It clears itself, if the person did not ask it to stay."""

    template: ClassVar[str] = "feedback/kiosk_receipt.html"

    token: str
    stays: bool = False


@dataclass(frozen=True, kw_only=True)
class TooLatePage(Page):
    """The first answer was mixed with others already; what was typed now is kept."""

    template: ClassVar[str] = "feedback/too_late.html"
    has_secret: ClassVar[bool] = True

    landing: Landing
    road: Road
    code: str
    token: str
    fields: tuple[tuple[str, str], ...]
    has_words: bool
    action: str = "/g"


@dataclass(frozen=True, kw_only=True)
class CardOverPage(Page):
    """A card that ran out, was cancelled, or was typed with a slip. Nothing tells which."""

    template: ClassVar[str] = "feedback/card_over.html"


@dataclass(frozen=True, kw_only=True)
class ClosedPage(Page):
    """The service no longer takes feedback. What was typed before it closed stays on the page."""

    template: ClassVar[str] = "feedback/closed.html"

    landing: Landing
    road: Road
    typed: TypedFeedback = field(default_factory=TypedFeedback)


def show_form(db: Session, asked: ParsedRequest) -> Reply:
    """Show an empty form."""
    return _empty_form(db, asked, Road())


def show_helper_form(db: Session, asked: ParsedRequest) -> Reply:
    """Show an empty form to somebody who types what another person says."""
    return _empty_form(db, asked, Road(Way.HELPER))


def show_kiosk_form(db: Session, asked: ParsedRequest) -> Reply:
    """Show an empty form on a device that many people use, one after the other."""
    return _empty_form(db, asked, Road(Way.KIOSK))


def _empty_form(db: Session, asked: ParsedRequest, road: Road) -> Reply:
    code, card = read_poster_code(asked.path["code"]), read_card_code(asked.path["code"])
    landing = None
    if card is not None:
        service_id = find_card(db, asked.site.keys, card, asked.today)
        if service_id is not None:
            landing = find_landing(db, service_id=service_id, area_id=None)
        if landing is None:
            return CardOverPage(status=404)
    elif code is not None:
        landing = get_landing(db, code)
    else:
        raise NotFound(_("We do not know this code. Please check it, or find the service by area."))
    road = replace(road, card=card or "", code=landing.code)
    if not landing.is_open:
        return ClosedPage(landing=landing, road=road)
    reading = get_reading_state(db, asked.today)
    return _form(landing, fresh_token(asked), road, TypedFeedback(), [], reading)


def send_form(database: Database, asked: ParsedRequest) -> Reply:
    """Store a form once and show its code; or show what stands in the way, with everything kept."""
    with database.read() as db:
        reading = get_reading_state(db, asked.today)
        picked = pick_area(db, asked.form) if is_missing_form(asked.form) else None
        code = read_poster_code(asked.field("k")) if picked is None else code_of(picked)
        landing = get_landing(db, code or "") if picked is None or code else None
    if landing is None:
        errors = area_errors(picked) if picked and _act(asked) is not Act.SHOW else []
        token = asked.field("t") or fresh_token(asked)
        return missing_page(asked, picked or PickedArea(), reading, errors, token)
    return _send_about(database, asked, landing, picked, reading)


def _send_about(
    database: Database,
    asked: ParsedRequest,
    landing: Landing,
    picked: PickedArea | None,
    reading: ReadingState,
) -> Reply:
    road = read_road(asked.form)
    if not landing.is_open:
        return ClosedPage(status=409, landing=landing, road=road, typed=typed_words(asked.form))
    framework = load_framework()
    about_service = landing.service_id is not None
    act = _act(asked)
    if act is Act.KEEP and road.start_again and (kept := _kept_open(database, asked, road)):
        return kept
    if act is Act.SHOW:
        return _form_again(asked, landing, picked, reading, [], asked.field("t"))
    read = read_feedback(asked.form, framework, service=about_service)
    if not isinstance(read, ReadFeedback):
        return _form_again(asked, landing, picked, reading, read, asked.field("t"))
    token = read_form_token(asked.site.keys, asked.field("t"))
    if token is None or not may_be_sent(database, asked, token):
        late = [open_too_long()]
        return _form_again(asked, landing, picked, reading, late, fresh_token(asked))
    words = read.words
    if read.words and act is not Act.AS_IS:
        with database.read() as db:
            find_places = finder_for(db, landing)
        if act is not Act.HIDE and has_details(read.words, find_places):
            return check_page(landing, read.words, _fields(asked), road, find_places)
        if act is Act.HIDE:
            words = without_their_details(read.words, find_places, asked.language)
    new = NewFeedback(
        subject=Subject(landing.service_id, landing.area_id),
        framework=framework.version,
        answers=read.answers,
        words=words,
        consent=read.consent if words else Consent.COUNT_ONLY,
        language=asked.language,
        flags=flags_of(read.words),
        source=road.source,
        card=road.card,
        screen=Screen.SET_ASIDE if asked.over_limit else Screen.CLEAR,
    )
    with database.write() as db:
        stored = submit_feedback(db, token, new, asked.site.keys, asked.today)
        db.commit()
    code = token.return_code(asked.site.keys)
    if stored is Stored.TOO_LATE:
        return _too_late(asked, landing, code, words)
    receipt = ReceiptPage(
        code=code,
        was_replaced=stored is Stored.REPLACED,
        stored_something_new=stored is Stored.NEW,
        road=road,
    )
    return _on_kiosk(receipt, asked.field("t")) if road.start_again else receipt


def _kept_open(database: Database, asked: ParsedRequest, road: Road) -> KioskReceiptPage | None:
    """Return the receipt of a form that was sent. Its token is enough: nothing typed comes back."""
    sent = asked.field("t")
    token = read_form_token(asked.site.keys, sent)
    if token is None:
        return None
    with database.read() as db:
        if not has_been_sent(db, token, asked.site.keys):
            return None
    receipt = ReceiptPage(code=token.return_code(asked.site.keys), was_replaced=False, road=road)
    return _on_kiosk(receipt, sent, stays=True)


def _on_kiosk(receipt: ReceiptPage, token: str, *, stays: bool = False) -> KioskReceiptPage:
    """Return a receipt as a shared device shows it."""
    return KioskReceiptPage(
        code=receipt.code,
        was_replaced=receipt.was_replaced,
        stored_something_new=receipt.stored_something_new,
        road=receipt.road,
        token=token,
        stays=stays,
    )


def _act(asked: ParsedRequest) -> Act:
    try:
        return Act(asked.field("act"))
    except ValueError:
        return Act.SEND


def _form_again(
    asked: ParsedRequest,
    landing: Landing,
    picked: PickedArea | None,
    reading: ReadingState,
    errors: list[FieldError],
    token: str,
) -> FormPage | MissingPage:
    """Return the form with everything that was typed."""
    if picked is not None:
        return missing_page(asked, picked, reading, errors, token or fresh_token(asked))
    about_service = landing.service_id is not None
    typed = typed_feedback(asked.form, load_framework(), service=about_service)
    road = read_road(asked.form)
    return _form(landing, token or fresh_token(asked), road, typed, errors, reading)


def _form(
    landing: Landing,
    token: str,
    road: Road,
    typed: TypedFeedback,
    errors: list[FieldError],
    reading: ReadingState,
) -> FormPage:
    questions = load_framework().asked_about(service=landing.service_id is not None)
    return FormPage(
        status=422 if errors else 200,
        landing=landing,
        token=token,
        road=road,
        short=tuple(q for q in questions if q.part is Part.SHORT),
        more=tuple(q for q in questions if q.part is Part.MORE),
        reading=reading,
        typed=typed,
        errors=errors,
        wrong={error.name: error.message for error in errors},
        asks_for_words=not reading.is_closed or bool(typed.better or typed.happened),
    )


def _too_late(asked: ParsedRequest, landing: Landing, code: str, words: Words) -> TooLatePage:
    kept = {"better", "happened", "consent", "k", "way", "missing", "called", "place"}
    return TooLatePage(
        status=409,
        landing=landing,
        road=read_road(asked.form),
        code=code,
        token=fresh_token(asked),
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
