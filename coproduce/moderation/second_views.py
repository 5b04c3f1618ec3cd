"""The pages of the second reading, of the second coding, and of texts that are coded again."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.column_types import ID_BYTES
from coproduce.core.content_notes import NAMES_OF_NOTES, content_notes
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.messages import Message, _
from coproduce.feedback.codebook import CURRENT_CODEBOOK, Codebook, load_codebook
from coproduce.feedback.recoding import count_not_assigned
from coproduce.feedback.second_words import SafeText, get_safe_text
from coproduce.moderation.choices import DIRECTIONS, LEVELS
from coproduce.moderation.coding_agreement import (
    SHARED_TEXTS,
    CodeAgreement,
    list_agreement,
)
from coproduce.moderation.models import Task
from coproduce.moderation.queries import get_shift
from coproduce.moderation.queue import count_item, may_begin
from coproduce.moderation.reading import Part, find_details, finder_of_names, parts_of
from coproduce.moderation.rules import CHECKLIST, is_on_break
from coproduce.moderation.second_forms import (
    SENTENCES_LIMIT,
    TypedCodings,
    TypedWords,
    read_codings,
    read_id,
    read_words,
    typed_codings,
    typed_words,
)
from coproduce.moderation.second_reading import (
    approve_quote,
    can_approve,
    drop_quote,
    find_to_recode,
    get_given,
    get_to_recode,
    is_waiting,
    note_service_shown,
    pass_on,
    recode_text,
    require_given,
    reword_quote,
    save_second_coding,
    take_second,
)
from coproduce.moderation.settled_before import SettledBeforePage
from coproduce.moderation.team import Profile, get_profile
from coproduce.services.queries import get_name
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther


@dataclass(frozen=True, kw_only=True)
class SecondPage(Page):
    """Where a second reading begins: what is in hand, and whether something waits."""

    template: ClassVar[str] = "moderation/second.html"

    given: str | None
    is_waiting: bool
    to_recode: int


@dataclass(frozen=True, kw_only=True)
class SecondTextPage(Page):
    """One quote for a second person: approve it, say it otherwise, or keep its themes."""

    template: ClassVar[str] = "moderation/second_text.html"

    text_id: str
    text: SafeText
    parts: tuple[Part, ...]
    notes: tuple[Message, ...]
    service: str | None
    can_approve: bool
    checklist: tuple[Message, ...]
    typed: TypedWords
    limit: int
    errors: list[FieldError]


@dataclass(frozen=True, kw_only=True)
class CodingPage(Page):
    """One text whose themes somebody chooses: for the second time, or again."""

    template: ClassVar[str] = "moderation/second_coding.html"

    action: str
    text: SafeText
    notes: tuple[Message, ...]
    codebook: Codebook
    directions: dict[str, Message]
    levels: dict[str, Message]
    typed: TypedCodings
    is_again: bool
    errors: list[FieldError]


@dataclass(frozen=True, kw_only=True)
class NothingToRecodePage(Page):
    """No text waits for a theme, or it is time for a break."""

    template: ClassVar[str] = "moderation/reread_nothing.html"

    is_on_break: bool = False


@dataclass(frozen=True, kw_only=True)
class AgreementPage(Page):
    """How often two people chose the same codes."""

    template: ClassVar[str] = "moderation/agreement.html"

    agreement: list[CodeAgreement]
    needed: int


def show_second(db: Session, asked: ParsedRequest) -> Reply:
    """Show whether something waits for a second reading."""
    profile = _profile(db, asked)
    given = get_given(db, asked.actor.own_id())
    return SecondPage(
        given=given.text_id.hex() if given else None,
        is_waiting=is_waiting(db, asked.actor.own_id(), profile, secrets.token_bytes),
        to_recode=count_not_assigned(db, languages=profile.languages, not_about=profile.conflicts),
    )


def take_next(db: Session, asked: ParsedRequest) -> Reply:
    """Give a random text for a second reading, unless it is time for a break."""
    if not may_begin(db, asked.actor.own_id(), asked.moment()):
        return SeeOther("/texts")
    given = take_second(
        db, asked.actor.own_id(), _profile(db, asked), asked.today, secrets.token_bytes
    )
    return SeeOther(f"/second/{given.text_id.hex()}" if given else "/second")


def show_second_text(db: Session, asked: ParsedRequest) -> Reply:
    """Show the text that is with whoever asks."""
    try:
        return _text_page(db, asked)
    except Conflict as conflict:
        return SettledBeforePage(status=409, message=conflict.message, back="/second")


def decide_second(db: Session, asked: ParsedRequest) -> Reply:
    """Do with a text what its second reader chose."""
    try:
        return _decided(db, asked)
    except (Conflict, NotFound) as failure:
        return SettledBeforePage(status=failure.status, message=failure.message, back="/second")


def _decided(db: Session, asked: ParsedRequest) -> Reply:
    keys, actor_id, today = asked.site.keys, asked.actor.own_id(), asked.today
    text_id, act = read_id(asked.path["text"]), asked.field("act")
    if act == "show_service":
        page = _text_page(db, asked, with_service=True)
        note_service_shown(db, keys, actor_id, today)
        return page
    if act == "code":
        return _second_coded(db, asked, text_id)
    if act == "reword":
        theirs = get_safe_text(db, text_id).words or ""
        words = read_words(asked.form, [theirs])
        if isinstance(words, list):
            return _text_page(db, asked, errors=words)
        language = asked.site.languages[0]
        reword_quote(db, keys, actor_id, text_id, words, language, today)
        count_item(db, actor_id, asked.moment())
        return SeeOther("/second#done")
    simple: dict[str, Callable[..., None]] = {
        "approve": approve_quote,
        "themes": drop_quote,
        "pass": pass_on,
    }
    if act not in simple:
        return _text_page(db, asked, errors=[FieldError("top", _("Please choose what to do."))])
    had_it = get_given(db, actor_id) is not None
    simple[act](db, keys, actor_id, text_id, today)
    if had_it and get_given(db, actor_id) is None:
        count_item(db, actor_id, asked.moment())
    return SeeOther("/second#done")


def _second_coded(db: Session, asked: ParsedRequest, text_id: bytes) -> Reply:
    codings = read_codings(asked.form, load_codebook(get_safe_text(db, text_id).codebook))
    if isinstance(codings, list):
        return _text_page(db, asked, errors=codings)
    save_second_coding(db, asked.site.keys, asked.actor.own_id(), text_id, codings, asked.today)
    count_item(db, asked.actor.own_id(), asked.moment())
    return SeeOther("/second#done")


def _text_page(
    db: Session,
    asked: ParsedRequest,
    *,
    with_service: bool = False,
    errors: list[FieldError] | None = None,
) -> Page:
    """Return the page of a text that is with whoever asks.

    Raises:
        Conflict: if it is not with them.
        NotFound: if its writer took it back.
    """
    actor_id, text_id = asked.actor.own_id(), read_id(asked.path["text"])
    text = get_safe_text(db, text_id)
    given = get_given(db, actor_id)
    status = 422 if errors else 200
    if given and given.text_id == text_id and given.task is Task.SECOND_CODING:
        return _coding_page(
            text, asked, action=f"/second/{text_id.hex()}", is_again=False, errors=errors
        )
    require_given(db, actor_id, text_id, Task.SECOND_READING, to_change=False)
    name = get_name(db, service_id=text.service_id, area_id=text.area_id)
    words = text.words or ""
    return SecondTextPage(
        status=status,
        text_id=text_id.hex(),
        text=text,
        parts=parts_of(words, find_details(words, finder_of_names([name]))),
        notes=_notes(words),
        service=name if with_service else None,
        can_approve=can_approve(db, actor_id, text_id),
        checklist=CHECKLIST,
        typed=typed_words(asked.form),
        limit=SENTENCES_LIMIT,
        errors=errors or [],
    )


def show_reread(db: Session, asked: ParsedRequest) -> Reply:
    """Show a text that no code fitted, so that somebody reads it again."""
    return _next_to_recode(db, asked, start=secrets.token_bytes(ID_BYTES))


def recode_one(db: Session, asked: ParsedRequest) -> Reply:
    """Give a text its themes, or go on to another one."""
    text_id = read_id(asked.field("text"))
    if asked.field("act") == "next":
        return _next_to_recode(db, asked, start=text_id)
    codings = read_codings(asked.form, load_codebook(CURRENT_CODEBOOK))
    try:
        if isinstance(codings, list):
            text = get_to_recode(db, _profile(db, asked), text_id)
            return _coding_page(text, asked, action="/reread", is_again=True, errors=codings)
        recode_text(
            db,
            asked.site.keys,
            asked.actor.own_id(),
            _profile(db, asked),
            text_id,
            codings,
            asked.today,
        )
    except (Conflict, NotFound) as failure:
        return SettledBeforePage(status=failure.status, message=failure.message, back="/reread")
    count_item(db, asked.actor.own_id(), asked.moment())
    return SeeOther("/reread")


def _next_to_recode(db: Session, asked: ParsedRequest, *, start: bytes) -> Reply:
    shift = get_shift(db, asked.actor.own_id())
    if shift and is_on_break(shift, asked.moment()):
        return NothingToRecodePage(is_on_break=True)
    found = find_to_recode(db, _profile(db, asked), start)
    if found is None:
        return NothingToRecodePage()
    return _coding_page(
        get_safe_text(db, found), asked, action="/reread", is_again=True, errors=None
    )


def _coding_page(
    text: SafeText,
    asked: ParsedRequest,
    *,
    action: str,
    is_again: bool,
    errors: list[FieldError] | None,
) -> CodingPage:
    codebook = load_codebook(CURRENT_CODEBOOK if is_again else text.codebook)
    return CodingPage(
        status=422 if errors else 200,
        action=action,
        text=text,
        notes=_notes(text.words or ""),
        codebook=codebook,
        directions={key.value: name for key, name in DIRECTIONS.items()},
        levels={key.value: name for key, name in LEVELS.items()},
        # What was chosen for one text must not stand there for the next.
        typed=typed_codings(asked.form, codebook) if errors else TypedCodings(),
        is_again=is_again,
        errors=errors or [],
    )


def show_agreement(db: Session, _asked: ParsedRequest) -> Reply:
    """Show how often two people chose the same codes."""
    return AgreementPage(
        agreement=list_agreement(db, CURRENT_CODEBOOK),
        needed=SHARED_TEXTS,
    )


def _notes(words: str) -> tuple[Message, ...]:
    """Return what a reader should know before they read, in a fixed order."""
    notes = content_notes(words)
    return tuple(name for note, name in NAMES_OF_NOTES.items() if note in notes)


def _profile(db: Session, asked: ParsedRequest) -> Profile:
    return get_profile(db, asked.actor.own_id(), asked.site.languages[0])
