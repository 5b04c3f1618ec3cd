"""Composite statements: one plain sentence from three texts or more, and nobody's own words."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coproduce.core.db import insert_row
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.messages import _
from coproduce.feedback.codebook import NOT_ASSIGNED, load_codebook
from coproduce.feedback.models import (
    Coding,
    Consent,
    ModeratedText,
    Statement,
    StatementSource,
    TextState,
)

SMALLEST_STATEMENT = 3
"""Texts that a statement is made from, at least. Source: docs/coding.md, composite statements."""

NO_FAMILY = NOT_ASSIGNED[0]
"""What no code fits has nothing in common."""

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a statement is about: a service or an area, and a family of codes."""

    service_id: bytes | None
    area_id: bytes | None
    family: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Texts from which one statement could be written."""

    topic: Topic
    count: int


@dataclass(frozen=True, slots=True)
class SourceText:
    """The safe words of one text that may go into a statement."""

    id: bytes
    words: str
    language: str


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """One statement. ``sources`` is how many of its texts are still there."""

    id: bytes
    period: str
    topic: Topic
    words: str
    language: str
    state: TextState
    sources: int

    @property
    def has_enough(self) -> bool:
        """True if it still stands on enough texts to be published."""
        return self.sources >= SMALLEST_STATEMENT


def list_offers(db: Session, *, not_about: Collection[bytes]) -> list[Offer]:
    """Return the topics with enough texts that are in no statement yet, in no telling order.

    Args:
        db: a session.
        not_about: services that nothing is given about.
    """
    texts: defaultdict[Topic, set[bytes]] = defaultdict(set)
    for topic, text_id in _usable(db, not_about=not_about):
        texts[topic].add(text_id)
    offers = [Offer(topic, len(ids)) for topic, ids in texts.items()]
    return sorted(
        (offer for offer in offers if offer.count >= SMALLEST_STATEMENT),
        key=lambda offer: (
            offer.topic.service_id or offer.topic.area_id or b"",
            offer.topic.family,
        ),
    )


def list_sources(db: Session, topic: Topic) -> list[SourceText]:
    """Return the safe words of the texts on a topic that are in no statement yet."""
    ids = {text_id for its_topic, text_id in _usable(db, topic=topic) if its_topic == topic}
    texts = db.scalars(select(ModeratedText).where(ModeratedText.id.in_(ids)))
    found = [SourceText(text.id, text.words or "", text.language) for text in texts]
    return sorted(found, key=lambda source: source.id)


def write_statement(
    db: Session,
    topic: Topic,
    text_ids: Collection[bytes],
    words: str,
    language: str,
    chance: Chance,
) -> bytes:
    """Keep a statement until a second person has read it; return its id.

    Raises:
        RuleBroken: with fewer than three texts.
        Conflict: if a text was taken back meanwhile, or went into another statement.
    """
    chosen = set(text_ids)
    if len(chosen) < SMALLEST_STATEMENT:
        raise RuleBroken(_("Choose at least three texts, so that it is nobody's own words."))
    periods = db.scalars(
        select(ModeratedText.period).where(ModeratedText.id.in_(chosen)).with_for_update()
    ).all()
    if not chosen <= {source.id for source in list_sources(db, topic)}:
        raise Conflict(
            _("Some of these texts were taken back, or are in a statement by now. Look again.")
        )
    statement_id = chance(16)
    insert_row(
        db,
        Statement,
        id=statement_id,
        period=max(periods),
        service_id=topic.service_id,
        area_id=topic.area_id,
        family=topic.family,
        words=words,
        language=language,
        state=TextState.WAITS_FOR_SECOND,
    )
    for text_id in sorted(chosen):
        insert_row(db, StatementSource, statement_id=statement_id, text_id=text_id)
    return statement_id


def approve_statement(db: Session, statement_id: bytes) -> None:
    """Let a statement be published. Who may do so is for the caller to check.

    Raises:
        NotFound: if it is not there.
        Conflict: if it was approved already.
        RuleBroken: if fewer than three of its texts are left.
    """
    statement = db.get(Statement, statement_id, with_for_update=True)
    if statement is None:
        raise NotFound(_("This statement is not here any more. Somebody has discarded it."))
    if statement.state is TextState.READY:
        raise Conflict(_("Somebody has approved this statement already."))
    if not _written(db, statement).has_enough:
        raise RuleBroken(_("Fewer than three of its texts are left. It can only be discarded."))
    statement.state = TextState.READY
    db.flush()


def discard_statement(db: Session, statement_id: bytes) -> None:
    """Delete a statement that is not approved yet; its texts may go into another.

    Raises:
        NotFound: if it is not there.
        Conflict: if it was approved already.
    """
    statement = db.get(Statement, statement_id, with_for_update=True)
    if statement is None:
        raise NotFound(_("This statement is not here any more. Somebody has discarded it."))
    if statement.state is TextState.READY and _written(db, statement).has_enough:
        raise Conflict(_("Somebody has approved this statement already."))
    db.execute(delete(Statement).where(Statement.id == statement_id))


def get_statement(db: Session, statement_id: bytes) -> WrittenStatement:
    """Return one statement.

    Raises:
        NotFound: if it is not there.
    """
    statement = db.get(Statement, statement_id)
    if statement is None:
        raise NotFound(_("This statement is not here any more. Somebody has discarded it."))
    return _written(db, statement)


def drop_thin_statements(db: Session, statement_ids: Collection[bytes]) -> None:
    """Delete those of some statements that stand on too few texts; what is left may join others."""
    enough = (
        select(StatementSource.statement_id)
        .where(StatementSource.statement_id.in_(statement_ids))
        .group_by(StatementSource.statement_id)
        .having(func.count() >= SMALLEST_STATEMENT)
    )
    db.execute(
        delete(Statement).where(Statement.id.in_(statement_ids), Statement.id.not_in(enough))
    )


def list_statements_from(db: Session, text_id: bytes) -> list[bytes]:
    """Return the ids of the statements that a text went into."""
    made = select(StatementSource.statement_id).where(StatementSource.text_id == text_id)
    return list(db.scalars(made))


def list_statement_sources(db: Session, statement_id: bytes) -> list[SourceText]:
    """Return the safe words of the texts that a statement was made from and that are left."""
    texts = db.scalars(
        select(ModeratedText)
        .join(StatementSource, StatementSource.text_id == ModeratedText.id)
        .where(StatementSource.statement_id == statement_id)
        .order_by(ModeratedText.id)
    )
    return [SourceText(text.id, text.words or "", text.language) for text in texts]


def list_waiting_statements(
    db: Session, *, not_about: Collection[bytes] = ()
) -> list[WrittenStatement]:
    """Return the statements that a second person must still read."""
    waiting = (Statement.state == TextState.WAITS_FOR_SECOND) & (
        Statement.service_id.is_(None) | Statement.service_id.not_in(not_about)
    )
    statements = db.scalars(select(Statement).where(waiting).order_by(Statement.id)).all()
    return [_written(db, statement) for statement in statements]


def list_ready_statements(
    db: Session, *, service_id: bytes | None = None, area_id: bytes | None = None
) -> list[WrittenStatement]:
    """Return what may be published about a service or an area.

    A statement of which too many texts were taken back is not among them.
    """
    ready = (
        (Statement.state == TextState.READY)
        & _same(Statement.service_id, service_id)
        & _same(Statement.area_id, area_id)
    )
    statements = db.scalars(select(Statement).where(ready).order_by(Statement.id)).all()
    written = [_written(db, statement) for statement in statements]
    return [statement for statement in written if statement.has_enough]


def _usable(
    db: Session, *, not_about: Collection[bytes] = (), topic: Topic | None = None
) -> list[tuple[Topic, bytes]]:
    """Return each text that may go into a statement, once for each family it is about."""
    rows = (
        select(
            ModeratedText.id,
            ModeratedText.service_id,
            ModeratedText.area_id,
            ModeratedText.codebook,
            Coding.code,
        )
        .join(Coding, Coding.text_id == ModeratedText.id)
        .where(
            ModeratedText.state == TextState.READY,
            ModeratedText.words.is_not(None),
            ModeratedText.consent != Consent.COUNT_ONLY,
            ModeratedText.service_id.is_(None) | ModeratedText.service_id.not_in(not_about),
        )
    )
    if topic is not None:
        rows = rows.where(
            _same(ModeratedText.service_id, topic.service_id),
            _same(ModeratedText.area_id, topic.area_id),
        )
    used = {
        (row.text_id, row.family)
        for row in db.execute(
            select(StatementSource.text_id, Statement.family).join(
                Statement, Statement.id == StatementSource.statement_id
            )
        )
    }
    found = {
        (Topic(row.service_id, row.area_id, family), row.id)
        for row in db.execute(rows)
        if (family := load_codebook(row.codebook).code(row.code).family) != NO_FAMILY
        and (row.id, family) not in used
    }
    return sorted(found, key=lambda pair: pair[1])


def _same(column: InstrumentedAttribute[bytes | None], value: bytes | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _written(db: Session, statement: Statement) -> WrittenStatement:
    left = db.scalar(
        select(func.count())
        .select_from(StatementSource)
        .where(StatementSource.statement_id == statement.id)
    )
    return WrittenStatement(
        statement.id,
        statement.period,
        Topic(statement.service_id, statement.area_id, statement.family),
        statement.words,
        statement.language,
        statement.state,
        left or 0,
    )
