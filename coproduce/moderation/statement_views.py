"""The pages on which composite statements are written, and read by a second person."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.content_notes import NAMES_OF_NOTES, ContentNote, content_notes
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.messages import Message, _
from coproduce.feedback.codebook import load_codebook
from coproduce.feedback.statements import (
    SMALLEST_STATEMENT,
    SourceText,
    Topic,
    WrittenStatement,
    get_statement,
    list_offers,
    list_sources,
    list_statement_sources,
    list_waiting_statements,
)
from coproduce.moderation.second_forms import (
    SENTENCES_LIMIT,
    TypedWords,
    read_id,
    read_ids,
    read_words,
    typed_words,
)
from coproduce.moderation.settled_before import SettledBeforePage
from coproduce.moderation.statements import (
    approve_as_second,
    can_approve_statement,
    discard_as_reader,
    is_author,
    write_as_author,
)
from coproduce.moderation.team import Profile, get_profile
from coproduce.services.queries import get_name
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement that waits, or texts from which one could be written."""

    path: str
    subject: str
    family: Message
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class ShownSource:
    """The safe words of one text, and what somebody should know before they read them."""

    source: SourceText
    notes: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class StatementsPage(Page):
    """What waits for a second person, and from what a statement could be written."""

    template: ClassVar[str] = "moderation/statements.html"

    waiting: list[StatementLine]
    offers: list[StatementLine]
    smallest: int


@dataclass(frozen=True, kw_only=True)
class WriteStatementPage(Page):
    """The safe words of some texts side by side, and room for one sentence."""

    template: ClassVar[str] = "moderation/statement_new.html"

    topic: str
    subject: str
    family: Message
    sources: list[ShownSource]
    chosen: frozenset[str]
    typed: TypedWords
    limit: int
    smallest: int
    errors: list[FieldError]


@dataclass(frozen=True, kw_only=True)
class StatementPage(Page):
    """One statement beside the texts it was made from, for a second person."""

    template: ClassVar[str] = "moderation/statement.html"

    statement: WrittenStatement
    subject: str
    family: Message
    sources: list[ShownSource]
    is_own: bool
    can_approve: bool


def show_statements(db: Session, asked: ParsedRequest) -> Reply:
    """Show what waits for a second person, and from what a statement could be written."""
    profile = _profile(db, asked)
    conflicts = profile.conflicts
    waiting = [
        StatementLine(
            f"/statements/{statement.id.hex()}",
            _subject(db, statement.topic),
            _family(statement.topic),
            is_author(db, asked.actor.own_id(), statement.id),
        )
        for statement in list_waiting_statements(db, not_about=conflicts)
        if _may_read(profile, list_statement_sources(db, statement.id))
    ]
    offers = [
        StatementLine(
            f"/statements/about/{_written_topic(offer.topic)}",
            _subject(db, offer.topic),
            _family(offer.topic),
        )
        for offer in list_offers(db, not_about=conflicts)
    ]
    return StatementsPage(waiting=waiting, offers=offers, smallest=SMALLEST_STATEMENT)


def show_topic(db: Session, asked: ParsedRequest) -> Reply:
    """Show the safe words of the texts on one topic side by side."""
    return _topic_page(db, asked, _open_topic(db, asked, asked.path["topic"]), errors=[])


def send_statement(db: Session, asked: ParsedRequest) -> Reply:
    """Keep a statement until a second person has read it."""
    topic = _open_topic(db, asked, asked.field("topic"))
    theirs = [source.words for source in list_sources(db, topic)]
    words, chosen = read_words(asked.form, theirs), read_ids(asked.form.get("source", ()))
    errors = words if isinstance(words, list) else []
    if len(chosen) < SMALLEST_STATEMENT:
        errors = [*errors, FieldError("sources", _("Choose at least three texts."))]
    if isinstance(words, list) or errors:
        return _topic_page(db, asked, topic, errors=errors)
    try:
        write_as_author(
            db,
            asked.site.keys,
            asked.actor.own_id(),
            _profile(db, asked),
            topic,
            chosen,
            words,
            asked.site.languages[0],
            asked.today,
            secrets.token_bytes,
        )
    except Conflict as conflict:
        # What was typed must not be lost because one of the texts went.
        return _topic_page(db, asked, topic, errors=[FieldError("top", conflict.message)])
    return SeeOther("/statements#done")


def show_statement(db: Session, asked: ParsedRequest) -> Reply:
    """Show one statement beside the texts it was made from."""
    try:
        statement = get_statement(db, read_id(asked.path["statement"]))
        profile, sources = _profile(db, asked), list_statement_sources(db, statement.id)
        if statement.topic.service_id in profile.conflicts or not _may_read(profile, sources):
            raise NotFound()
    except NotFound as gone:
        return _settled_before(gone.status, gone.message)
    actor_id = asked.actor.own_id()
    return StatementPage(
        statement=statement,
        subject=_subject(db, statement.topic),
        family=_family(statement.topic),
        sources=_shown(sources),
        is_own=is_author(db, actor_id, statement.id),
        can_approve=can_approve_statement(db, actor_id, statement.id) and statement.has_enough,
    )


def decide_statement(db: Session, asked: ParsedRequest) -> Reply:
    """Let a statement be published, or delete it."""
    deciding = {"approve": approve_as_second, "discard": discard_as_reader}
    decide = deciding.get(asked.field("act"))
    try:
        statement_id = read_id(asked.path["statement"])
        if decide is None:
            raise RuleBroken(_("Please choose what to do."))
        decide(
            db,
            asked.site.keys,
            asked.actor.own_id(),
            _profile(db, asked),
            statement_id,
            asked.today,
        )
    except (Conflict, NotFound, RuleBroken) as failure:
        return _settled_before(failure.status, failure.message)
    return SeeOther("/statements#done")


def _topic_page(
    db: Session, asked: ParsedRequest, topic: Topic, *, errors: list[FieldError]
) -> Page:
    profile = _profile(db, asked)
    sources = [one for one in list_sources(db, topic) if _may_read(profile, [one])]
    if len(sources) < SMALLEST_STATEMENT and not asked.form:
        return _settled_before(404, _("There are too few texts left for a statement on this."))
    ids = frozenset(source.id.hex() for source in sources)
    return WriteStatementPage(
        status=422 if errors else 200,
        topic=_written_topic(topic),
        subject=_subject(db, topic),
        family=_family(topic),
        sources=_shown(sources),
        chosen=ids & frozenset(asked.form.get("source", ())) if asked.form else ids,
        typed=typed_words(asked.form),
        limit=SENTENCES_LIMIT,
        smallest=SMALLEST_STATEMENT,
        errors=errors,
    )


def _may_read(profile: Profile, sources: Iterable[SourceText]) -> bool:
    """Return True if none of the texts is on a topic that somebody asked not to receive."""
    return not any(profile.declined & content_notes(source.words) for source in sources)


def _shown(sources: Iterable[SourceText]) -> list[ShownSource]:
    return [
        ShownSource(source, tuple(NAMES_OF_NOTES[note] for note in ContentNote if note in notes))
        for source in sources
        for notes in (content_notes(source.words),)
    ]


def _written_topic(topic: Topic) -> str:
    """Return a topic as addresses name it, such as ``service-00ff…-A``."""
    if topic.service_id is not None:
        return f"service-{topic.service_id.hex()}-{topic.family}"
    return f"area-{(topic.area_id or b'').hex()}-{topic.family}"


def _open_topic(db: Session, asked: ParsedRequest, written: str) -> Topic:
    """Return the topic that an address names.

    Raises:
        NotFound: if it is none, or about a service this person must not read about.
    """
    kind, _dash, rest = written.partition("-")
    subject, _dash, family = rest.partition("-")
    if kind not in {"service", "area"} or family not in {f.key for f in load_codebook().families}:
        raise NotFound()
    subject_id = read_id(subject)
    if subject_id in _profile(db, asked).conflicts:
        raise NotFound()
    is_service = kind == "service"
    return Topic(subject_id if is_service else None, None if is_service else subject_id, family)


def _subject(db: Session, topic: Topic) -> str:
    return get_name(db, service_id=topic.service_id, area_id=topic.area_id)


def _family(topic: Topic) -> Message:
    return load_codebook().family(topic.family).name


def _settled_before(status: int, message: Message) -> SettledBeforePage:
    return SettledBeforePage(status=status, message=message, back="/statements")


def _profile(db: Session, asked: ParsedRequest) -> Profile:
    return get_profile(db, asked.actor.own_id(), asked.site.languages[0])
