"""The pages of a first reading: what waits, one text, and what came of it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, Forbidden, NotFound
from coproduce.core.messages import Message, _
from coproduce.feedback.codebook import load_codebook
from coproduce.feedback.moderated_words import (
    Consent,
    TextState,
    TextUse,
)
from coproduce.moderation.commands import (
    Reader,
    Risk,
    keep_reading,
    match_service,
    note_service_shown,
    pass_on,
    refuse_reading,
)
from coproduce.moderation.forms import (
    ReadReading,
    TypedReading,
    blank_reading,
    read_reading,
    read_refusal,
    thin_praise,
    typed_reading,
)
from coproduce.moderation.key_shares import CannotOpenYet, open_reading_keys
from coproduce.moderation.matching import get_matched_service, list_matches
from coproduce.moderation.queries import (
    Became,
    Waiting,
    find_open_text,
    find_what_became,
    get_open_text,
    get_shift,
    get_waiting,
    list_names_near,
)
from coproduce.moderation.queue import begin_break, give_next
from coproduce.moderation.reading import (
    finder_of_names,
    finds_of,
    with_tags,
)
from coproduce.moderation.rules import (
    BREAK_MINUTES,
    SHIFT_ITEMS,
    SHIFT_MINUTES,
    minutes_left,
)
from coproduce.moderation.team import get_profile, has_smallest_team
from coproduce.moderation.text_page import (
    OpenedText,
    ServiceShownPage,
    TextPage,
    WhichServicePage,
    chosen_tags,
    copied,
    left_over,
    text_page,
)
from coproduce.services.queries import get_name
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

USUAL_SERIOUSNESS = "1"
"""What a text is counted as by one key: it could be better. Source: docs/coding.md."""


class Act(StrEnum):
    """Which button sent the form of a text."""

    DECIDE = "decide"
    THIN_PRAISE = "thin"
    COUNT = "count"
    """Count a text under the themes that are ticked, or else suggested; no words can leave."""
    PASS_ON = "pass"  # noqa: S105 - a button, not a secret
    REFUSE = "refuse"
    SHOW_SERVICE = "show_service"
    WHICH = "which"
    """Show what its writer calls the service, and which ones it may be."""
    MATCH = "match"
    START = "start"
    """Begin with the writer's words, with a tag in place of each detail."""
    LOOK = "look"
    """Put the chosen tags into the words, and look at them again."""
    PREVIEW = "preview"


@dataclass(frozen=True, kw_only=True)
class QueuePage(Page):
    """What waits, and one button to begin."""

    template: ClassVar[str] = "moderation/queue.html"

    can_open: bool
    has_team: bool
    waiting: Waiting
    open_text: str | None
    minutes_of_break: int
    is_searched: bool
    items_of_shift: int = SHIFT_ITEMS
    minutes_of_shift: int = SHIFT_MINUTES
    minutes_of_pause: int = BREAK_MINUTES


@dataclass(frozen=True, kw_only=True)
class SealedPage(Page):
    """The text is with the reader, but was sealed to a key that they do not hold."""

    template: ClassVar[str] = "moderation/sealed.html"

    text_id: str


@dataclass(frozen=True, kw_only=True)
class DonePage(Page):
    """What was saved, and the way to the next text."""

    template: ClassVar[str] = "moderation/done.html"

    done: Message
    minutes_of_break: int


@dataclass(frozen=True, kw_only=True)
class GonePage(Page):
    """Nothing was saved: what happened to the text meanwhile, and a way on."""

    template: ClassVar[str] = "moderation/gone.html"

    happened: Message


HAPPENED: Mapping[Became, Message] = {
    Became.DECIDED: _("This text is decided already. Perhaps it was sent twice, or from two tabs."),
    Became.TAKEN_BACK: _("Its writer took this text back while you had it open. It is gone."),
    Became.LET_GO: _("This text was too old to be kept. It is gone."),
    Became.WENT_BACK: _("This text is no longer with you. It went back to the others."),
}


def show_queue(db: Session, asked: ParsedRequest) -> Reply:
    """Show what waits, in words."""
    return _queue(db, asked)


def next_text(db: Session, asked: ParsedRequest) -> Reply:
    """Give a text, or the one that is open already; or say why there is none."""
    if not _can_open(db, asked) or not has_smallest_team(db, asked.today):
        return SeeOther("/texts")
    account_id = asked.actor.own_id()
    profile = get_profile(db, account_id, asked.site.languages[0])
    text_id = give_next(db, account_id, profile, asked.moment(), secrets.token_bytes)
    if text_id is not None:
        return SeeOther(f"/texts/{text_id.hex()}")
    return _queue(db, asked, is_searched=True)


def take_break(db: Session, asked: ParsedRequest) -> Reply:
    """Begin a break before it is due."""
    begin_break(db, asked.actor.own_id(), asked.moment())
    return SeeOther("/texts")


def show_text(db: Session, asked: ParsedRequest) -> Reply:
    """Show the text somebody has open, closed at first."""
    try:
        opened = _opened(db, asked, _text_id(asked))
    except CannotOpenYet:
        return SealedPage(text_id=asked.path["text"])
    typed = blank_reading(opened.text.consent, opened.finds)
    return text_page(TextPage, opened, typed, is_open=False)


def work_on_text(database: Database, asked: ParsedRequest) -> Reply:
    """Do with a text what the button says, once; or say what happened to it meanwhile."""
    text_id, act = _text_id(asked), _act(asked)
    try:
        if act is Act.PASS_ON:
            return _pass_on(database, asked, text_id)
        with database.read() as db:
            opened = _opened(db, asked, text_id)
        typed = typed_reading(asked.form, load_codebook(), opened.text.consent, opened.finds)
        return _DOES[act](database, asked, opened, typed)
    except CannotOpenYet:
        return SealedPage(text_id=text_id.hex())
    except (NotFound, Conflict) as missing:
        with database.read() as db:
            became = find_what_became(db, text_id)
        if became is None:
            raise NotFound(missing.message) from missing
        return GonePage(status=409, happened=HAPPENED[became])


class TooFewReaders(Forbidden):
    """Nobody reads alone: with one reader left, no text is opened."""

    def __init__(self) -> None:
        super().__init__(_("Two people are needed to read. Please let somebody in first."))


def _opened(db: Session, asked: ParsedRequest, text_id: bytes) -> OpenedText:
    if not has_smallest_team(db, asked.today):
        raise TooFewReaders()
    text = get_open_text(db, asked.actor.own_id(), text_id)
    words = text.words(open_reading_keys(db, asked.site.keys, asked.actor))
    find_names = finder_of_names([*list_names_near(db, text), *filter(None, [words.called])])
    name = get_name(db, service_id=text.service_id, area_id=text.area_id)
    opened = OpenedText(text, words, (), find_names, name)
    return replace(opened, finds=finds_of(opened.whole, opened.details(opened.whole)))


def _pass_on(database: Database, asked: ParsedRequest, text_id: bytes) -> Reply:
    with database.write() as db:
        pass_on(db, _reader(asked), text_id)
        db.commit()
    return SeeOther("/texts")


def _decide(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    read = read_reading(
        typed,
        load_codebook(),
        languages=_languages(asked, opened),
        is_found=bool(left_over(opened, typed)),
        copied=copied(opened, typed),
        is_named=bool(opened.details(typed.words)),
    )
    if not isinstance(read, ReadReading):
        return text_page(TextPage, opened, typed, errors=read)
    about = (opened.service_name, opened.text.service_id)
    risk = Risk(read.risk_words, *about) if read.risk_words else None
    with database.write() as db:
        state = keep_reading(
            db,
            _reader(asked),
            opened.text.id,
            read.made,
            is_idea=read.is_idea,
            risk=risk,
            chance=secrets.token_bytes,
            below=secrets.randbelow,
        )
        db.commit()
    waits = _("Saved. A second person reads these words before they leave.")
    done = waits if state is TextState.WAITS_FOR_SECOND else _("Saved. The text itself is gone.")
    return _done(database, asked, done)


def _praise(
    database: Database, asked: ParsedRequest, opened: OpenedText, _typed: TypedReading
) -> Reply:
    made = thin_praise(load_codebook(), asked.site.languages[0])
    with database.write() as db:
        keep_reading(
            db,
            _reader(asked),
            opened.text.id,
            made,
            chance=secrets.token_bytes,
            below=secrets.randbelow,
        )
        db.commit()
    return _done(database, asked, _("Saved as thanks. The text itself is gone."))


def _count(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    if opened.text.consent is not Consent.COUNT_ONLY:
        return text_page(TextPage, opened, typed)
    counted = replace(
        typed,
        codes=typed.codes or frozenset(suggestion.code for suggestion in opened.suggested()),
        seriousness=typed.seriousness or USUAL_SERIOUSNESS,
    )
    return _decide(database, asked, opened, counted)


def _refuse(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    read = read_refusal(typed)
    if isinstance(read, list):
        return text_page(TextPage, opened, typed, errors=read)
    reason, signpost = read
    with database.write() as db:
        refuse_reading(db, _reader(asked), opened.text.id, reason, signpost)
        db.commit()
    return _done(database, asked, _("Not used. Its writer will see the reason. The text is gone."))


def _show_service(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    with database.write() as db:
        note_service_shown(db, _reader(asked), opened.text.id)
        db.commit()
    return text_page(ServiceShownPage, opened, typed, service_name=opened.service_name)


def _which(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    with database.write() as db:
        note_service_shown(db, _reader(asked), opened.text.id)
        db.commit()
    with database.read() as db:
        matches = list_matches(
            db,
            opened.words.called,
            service_id=opened.text.service_id,
            area_id=opened.text.area_id,
        )
    return text_page(WhichServicePage, opened, typed, matches=matches)


def _match(
    database: Database, asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    if not opened.words.called:
        return text_page(TextPage, opened, typed)
    try:
        with database.read() as db:
            service_id = get_matched_service(db, asked.field("match"))
    except NotFound as missing:
        return text_page(TextPage, opened, typed, errors=[FieldError("which", missing.message)])
    with database.write() as db:
        profile = get_profile(db, asked.actor.own_id(), asked.site.languages[0])
        is_conflict = service_id in profile.conflicts
        match_service(db, _reader(asked), opened.text.id, service_id, is_conflict=is_conflict)
        db.commit()
    if is_conflict:
        return _done(
            database,
            asked,
            _("Matched. You do not read about this service, so somebody else gets the text."),
        )
    with database.read() as db:
        now = _opened(db, asked, opened.text.id)
    return text_page(TextPage, now, typed, matched=now.service_name)


def _start(
    _database: Database, _asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    words = with_tags(opened.whole, chosen_tags(opened, typed))
    use = TextUse.QUOTE if opened.text.consent is Consent.QUOTE else TextUse(typed.use)
    return text_page(TextPage, opened, replace(typed, words=words, use=use.value))


def _look(
    _database: Database, _asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    words = with_tags(typed.words, chosen_tags(opened, typed))
    return text_page(TextPage, opened, replace(typed, words=words))


def _preview(
    _database: Database, _asked: ParsedRequest, opened: OpenedText, typed: TypedReading
) -> Reply:
    return text_page(TextPage, opened, typed)


_DOES: Mapping[Act, Callable[[Database, ParsedRequest, OpenedText, TypedReading], Reply]] = {
    Act.DECIDE: _decide,
    Act.THIN_PRAISE: _praise,
    Act.COUNT: _count,
    Act.REFUSE: _refuse,
    Act.SHOW_SERVICE: _show_service,
    Act.WHICH: _which,
    Act.MATCH: _match,
    Act.START: _start,
    Act.LOOK: _look,
    Act.PREVIEW: _preview,
}


def _queue(db: Session, asked: ParsedRequest, *, is_searched: bool = False) -> QueuePage:
    account_id, now = asked.actor.own_id(), asked.moment()
    profile = get_profile(db, account_id, asked.site.languages[0])
    shift, open_text = get_shift(db, account_id), find_open_text(db, account_id)
    return QueuePage(
        can_open=_can_open(db, asked),
        has_team=has_smallest_team(db, asked.today),
        waiting=get_waiting(db, profile),
        open_text=open_text.hex() if open_text else None,
        minutes_of_break=minutes_left(shift, now) if shift else 0,
        is_searched=is_searched,
    )


def _can_open(db: Session, asked: ParsedRequest) -> bool:
    try:
        open_reading_keys(db, asked.site.keys, asked.actor)
    except CannotOpenYet:
        return False
    return True


def _done(database: Database, asked: ParsedRequest, done: Message) -> DonePage:
    with database.read() as db:
        shift = get_shift(db, asked.actor.own_id())
    return DonePage(done=done, minutes_of_break=minutes_left(shift, asked.moment()) if shift else 0)


def _languages(asked: ParsedRequest, opened: OpenedText) -> dict[TextUse, str]:
    """Return in which language words are: other words in the deployment's, a quote in its own."""
    first = asked.site.languages[0]
    return {
        TextUse.THEMES: first,
        TextUse.PARAPHRASE: first,
        TextUse.QUOTE: opened.text.language,
    }


def _reader(asked: ParsedRequest) -> Reader:
    return Reader(asked.actor.own_id(), asked.site.keys, asked.moment())


def _text_id(asked: ParsedRequest) -> bytes:
    """Return the id in the address.

    Raises:
        NotFound: if it cannot be one.
    """
    try:
        text_id = bytes.fromhex(asked.path["text"])
    except ValueError as error:
        raise NotFound() from error
    if len(text_id) != ID_BYTES:
        raise NotFound()
    return text_id


def _act(asked: ParsedRequest) -> Act:
    """Return which button was pressed; what cannot be read looks and changes nothing."""
    if asked.field("match"):
        return Act.MATCH
    try:
        return Act(asked.field("act"))
    except ValueError:
        return Act.LOOK
