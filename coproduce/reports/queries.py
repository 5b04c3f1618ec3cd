"""Reading what waits to be counted, and what was published. The one place of cross-feature SQL."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from coproduce.core.actor import Reach
from coproduce.core.errors import NotFound
from coproduce.core.periods import next_period
from coproduce.feedback.models import (
    Coding,
    Consent,
    ModeratedText,
    Response,
    Screen,
    Source,
    Statement,
    StatementSource,
    TextState,
    TextUse,
)
from coproduce.feedback.statements import SMALLEST_STATEMENT
from coproduce.reports.freeze_plan import OpenPool
from coproduce.reports.models import Atom, FrozenPeriod, Publication, PublicationState
from coproduce.reports.publications import Clock, publication_from
from coproduce.services.models import Area, LandingCode, Service
from coproduce.services.queries import AreaPlace, ServiceFacts
from coproduce.services.rules import areas_around

Answers = Mapping[str, Any]

FIRST = "0000-Q4"
"""Before every quarter."""

SubjectKey = tuple[str, bytes]
"""What a publication is about: kind and id of a service, or of the area of a need or of a pool."""


@dataclass(frozen=True, slots=True)
class Published:
    """One publication as it stands in the archive.

    Attributes:
        subject_id: the service, or the area of a need or of a pool.
    """

    id: bytes
    subject_kind: str
    subject_id: bytes
    edition: str
    published_on: date
    document: bytes
    sha256: str
    signature: bytes
    is_withdrawn: bool
    revision: int = 0


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report in a list."""

    id: bytes
    kind: str
    subject: bytes
    name: str
    edition: str
    published_on: date


@dataclass(frozen=True, slots=True)
class ReadyText:
    """What a moderator made of one text.

    Attributes:
        directions: its codes, each with its direction.
        words: what may be shown, or None.
        is_quote: True if these are the writer's own words.
    """

    id: bytes
    codebook: str
    directions: Mapping[str, str]
    words: str | None
    language: str
    is_quote: bool


@dataclass(frozen=True, slots=True)
class ReadyStatement:
    """One sentence made from several texts, approved by a second person."""

    id: bytes
    words: str
    language: str
    family: str


def list_frozen_periods(db: Session) -> list[str]:
    """Return every quarter that was frozen, oldest first."""
    return list(db.scalars(select(FrozenPeriod.period).order_by(FrozenPeriod.period)))


def find_first_open_period(db: Session) -> str | None:
    """Return the oldest quarter with an answer or a text that no report holds yet, or None."""
    answers = db.scalar(
        select(func.min(Response.period)).where(
            Response.fast_atom_id.is_(None) | Response.slow_atom_id.is_(None)
        )
    )
    texts = db.scalar(select(func.min(ModeratedText.period)))
    return min((period for period in (answers, texts) if period), default=None)


def list_service_pools(
    db: Session,
    clock: Clock,
    edition: str,
    services: Mapping[bytes, ServiceFacts],
    areas: Mapping[bytes, AreaPlace],
) -> list[OpenPool]:
    """Return what each service has waiting on a clock, up to and including a quarter."""
    rows = db.execute(
        select(Response.service_id, Response.period, Response.source, func.count())
        .where(_is_open(clock, edition), Response.service_id.is_not(None))
        .group_by(Response.service_id, Response.period, Response.source)
    )
    return _pools(
        ((subject, period, source, count) for subject, period, source, count in rows if subject),
        {key: area_chain(facts.area_id, areas) for key, facts in services.items()},
    )


def list_need_pools(db: Session, edition: str, areas: Mapping[bytes, AreaPlace]) -> list[OpenPool]:
    """Return what each area has waiting from people who never got in.

    An area climbs to the areas around it, so its own id is not among them.
    """
    rows = db.execute(
        select(Response.area_id, Response.period, Response.source, func.count())
        .where(_is_open("slow", edition), Response.area_id.is_not(None))
        .group_by(Response.area_id, Response.period, Response.source)
    )
    return _pools(
        ((subject, period, source, count) for subject, period, source, count in rows if subject),
        {key: area_chain(key, areas)[1:] for key in areas},
    )


def list_words_pools(
    db: Session,
    edition: str,
    chains: Mapping[bytes, tuple[bytes, ...]],
    *,
    about_service: bool,
) -> list[OpenPool]:
    """Return how many moderated texts each service, or each area, has ready.

    A text that came after the words of its quarter were published belongs to the quarter after
    that: every quarter stands in one atom only.

    Args:
        db: a session.
        edition: the quarter that is frozen; later texts wait.
        chains: the areas that each service, or area, can climb to.
        about_service: False for what people wrote who never got in.
    """
    subject = _text_subject(about_service=about_service)
    rows = db.execute(
        select(subject, ModeratedText.period, ModeratedText.source, func.count())
        .where(
            subject.is_not(None),
            ModeratedText.state == TextState.READY,
            ModeratedText.period <= edition,
        )
        .group_by(subject, ModeratedText.period, ModeratedText.source)
    ).all()
    covered = _newest_words(db, about_service=about_service) if rows else {}
    return _pools(
        (
            (subject, max(period, next_period(covered.get(subject, FIRST))), source, count)
            for subject, period, source, count in rows
            if subject and covered.get(subject, FIRST) < edition
        ),
        chains,
    )


def list_ready_texts(
    db: Session, edition: str, members: Collection[bytes], *, about_service: bool
) -> list[ReadyText]:
    """Return the moderated texts of services, or areas, that may be counted now."""
    chosen = (
        _text_subject(about_service=about_service).in_(members)
        & (ModeratedText.state == TextState.READY)
        & (ModeratedText.period <= edition)
    )
    codings: defaultdict[bytes, dict[str, str]] = defaultdict(dict)
    for text_id, code, direction in db.execute(
        select(Coding.text_id, Coding.code, Coding.direction)
        .join(ModeratedText, ModeratedText.id == Coding.text_id)
        .where(chosen)
    ):
        codings[text_id][code] = direction.value
    return [
        ReadyText(
            id=text.id,
            codebook=text.codebook,
            directions=codings[text.id],
            words=text.words if _may_be_shown(text) else None,
            language=text.language,
            is_quote=text.use is TextUse.QUOTE,
        )
        for text in db.scalars(select(ModeratedText).where(chosen).order_by(ModeratedText.id))
    ]


def list_ready_statements(
    db: Session, members: Collection[bytes], text_ids: Collection[bytes], *, about_service: bool
) -> list[ReadyStatement]:
    """Return the approved statements of services, or areas, that stand on these texts alone."""
    subject = Statement.service_id if about_service else Statement.area_id
    rows = db.execute(
        select(Statement, StatementSource.text_id)
        .join(StatementSource, StatementSource.statement_id == Statement.id)
        .where(subject.in_(members), Statement.state == TextState.READY)
        .order_by(Statement.id)
    )
    sources: defaultdict[bytes, set[bytes]] = defaultdict(set)
    found: dict[bytes, ReadyStatement] = {}
    for one, text_id in rows:
        sources[one.id].add(text_id)
        found[one.id] = ReadyStatement(one.id, one.words, one.language, one.family)
    known = set(text_ids)
    return [
        statement
        for key, statement in found.items()
        if len(sources[key]) >= SMALLEST_STATEMENT and sources[key] <= known
    ]


def area_chain(area_id: bytes, areas: Mapping[bytes, AreaPlace]) -> tuple[bytes, ...]:
    """Return an area and every larger one around it, nearest first."""
    chain: list[bytes] = []
    current: bytes | None = area_id
    while current is not None and current not in chain:
        chain.append(current)
        current = areas[current].parent_id
    return tuple(chain)


def open_answers_of(
    clock: Clock, edition: str, members: list[bytes], *, about_service: bool
) -> ColumnElement[bool]:
    """Return the condition that finds the open answers of services, or of areas, on a clock."""
    subject = Response.service_id if about_service else Response.area_id
    return subject.in_(members) & _is_open(clock, edition)


def atom_column(clock: Clock) -> InstrumentedAttribute[bytes | None]:
    """Return the column that says in which atom of a clock an answer was counted."""
    return Response.fast_atom_id if clock == "fast" else Response.slow_atom_id


def answers_in_atom(db: Session, clock: Clock, atom_id: bytes) -> Iterator[Answers]:
    """Give the answers of an atom one by one; memory stays flat however many there are."""
    statement = select(Response.answers).where(atom_column(clock) == atom_id)
    yield from db.scalars(statement.execution_options(yield_per=1000))


def list_publications(db: Session) -> list[Published]:
    """Return everything that was ever published, in order of edition, also what was withdrawn."""
    rows = db.scalars(
        select(Publication).order_by(
            Publication.edition,
            Publication.subject_kind,
            Publication.subject,
            Publication.revision,
        )
    )
    return [_published(row) for row in rows]


def documents_by_subject(db: Session) -> Iterator[tuple[SubjectKey, list[bytes]]]:
    """Give one subject after the other, with every document about it, oldest first.

    Memory stays flat however much was published.
    """
    rows = db.execute(
        select(Publication.subject_kind, Publication.subject, Publication.document)
        .order_by(
            Publication.subject_kind,
            Publication.subject,
            Publication.edition,
            Publication.revision,
        )
        .execution_options(yield_per=100)
    )
    for subject, of_subject in groupby(rows, lambda row: (row.subject_kind, row.subject)):
        yield subject, [row.document for row in of_subject]


def find_newest_publication(db: Session, subject_kind: str, subject: bytes) -> Published | None:
    """Return the newest publication about a subject, or None."""
    row = db.scalars(
        select(Publication)
        .where(Publication.subject_kind == subject_kind, Publication.subject == subject)
        .order_by(Publication.edition.desc(), Publication.revision.desc())
        .limit(1)
    ).first()
    return _published(row) if row else None


def find_published_people(db: Session, service_id: bytes) -> dict[str, float]:
    """Return with how many people each quarter of a service was published: displays, no counts.

    Where several quarters were counted together, each has its share.
    """
    newest = db.scalar(
        select(Publication.document)
        .where(
            Publication.subject_kind == "service",
            Publication.subject == service_id,
            Publication.state == PublicationState.PUBLISHED,
        )
        .order_by(Publication.edition.desc(), Publication.revision.desc())
        .limit(1)
    )
    if newest is None:
        return {}
    return {
        period: atom.n / len(atom.periods)
        for atom in publication_from(json.loads(newest)).atoms
        if atom.clock == "fast"
        for period in atom.periods
    }


def list_reports(db: Session, reach: Reach) -> list[ReportLine]:
    """Return the newest report about each service or area within reach, newest first.

    No document is read: names are those of the directory.
    """
    return _newest_of(db, _is_within(db, reach))


def _newest_of(db: Session, condition: ColumnElement[bool]) -> list[ReportLine]:
    newest = (
        select(
            Publication.subject_kind,
            Publication.subject,
            func.max(Publication.edition).label("edition"),
        )
        .where(condition, Publication.state == PublicationState.PUBLISHED)
        .group_by(Publication.subject_kind, Publication.subject)
        .subquery()
    )
    rows = db.execute(
        select(
            Publication.id,
            Publication.subject_kind,
            Publication.subject,
            func.coalesce(Service.name, Area.name, ""),
            Publication.edition,
            Publication.published_on,
        )
        .join(
            newest,
            (Publication.subject_kind == newest.c.subject_kind)
            & (Publication.subject == newest.c.subject)
            & (Publication.edition == newest.c.edition),
        )
        .outerjoin(Service, Publication.subject == Service.id)
        .outerjoin(Area, Publication.subject == Area.id)
        .where(Publication.state == PublicationState.PUBLISHED)
        .order_by(Publication.edition.desc())
    )
    lines = [ReportLine(*row) for row in rows]
    return sorted(lines, key=lambda line: (_later_first(line.edition), line.name, line.kind))


def get_report(db: Session, publication_id: bytes, reach: Reach) -> Published:
    """Return one publication within reach, also one that was withdrawn.

    Raises:
        NotFound: if there is none with this id, or it is about something out of reach.
    """
    row = db.scalar(
        select(Publication).where(Publication.id == publication_id, _is_within(db, reach))
    )
    if row is None:
        raise NotFound()
    return _published(row)


def find_in_place_of(db: Session, withdrawn: Published) -> bytes | None:
    """Return the id of the publication that stands in place of a withdrawn one, or None."""
    return db.scalar(
        select(Publication.id).where(
            Publication.subject_kind == withdrawn.subject_kind,
            Publication.subject == withdrawn.subject_id,
            Publication.edition == withdrawn.edition,
            Publication.state == PublicationState.PUBLISHED,
        )
    )


def list_reports_with_words(db: Session) -> list[ReportLine]:
    """Return the newest report about each subject of which words were published."""
    return _newest_of(
        db, Publication.subject.in_(select(Atom.subject).where(Atom.clock == "words"))
    )


def find_report_of(db: Session, code: str) -> bytes | None:
    """Return the newest report about what a poster code opens, or None."""
    row = db.execute(
        select(LandingCode.service_id, LandingCode.area_id).where(LandingCode.code == code)
    ).first()
    if row is None:
        return None
    return db.scalar(
        select(Publication.id)
        .where(
            Publication.subject == (row.service_id or row.area_id),
            Publication.state == PublicationState.PUBLISHED,
        )
        .order_by(Publication.edition.desc())
        .limit(1)
    )


def list_slow_atoms_closed_before(db: Session, day: date) -> list[bytes]:
    """Return the slow atoms that were published before a day."""
    return list(db.scalars(select(Atom.id).where(Atom.clock == "slow", Atom.closed_on < day)))


def find_partition_faults(db: Session) -> list[str]:
    """Return what breaks the rule that an answer is in one published atom of each clock (C3)."""
    faults = []
    for clock in ("fast", "slow"):
        known = select(Atom.id).where(Atom.clock == clock)
        column = Response.fast_atom_id if clock == "fast" else Response.slow_atom_id
        stray = db.scalar(
            select(func.count())
            .select_from(Response)
            .where(column.is_not(None), column.not_in(known))
        )
        if stray:
            faults.append(f"{stray} answers are in a {clock} atom that was never published.")
    unpublished = db.scalar(
        select(func.count())
        .select_from(Atom)
        .where(Atom.publication_id.not_in(select(Publication.id)))
    )
    if unpublished:
        faults.append(f"{unpublished} atoms belong to no publication.")
    return faults


def _is_open(clock: Clock, edition: str) -> ColumnElement[bool]:
    return (
        atom_column(clock).is_(None)
        & (Response.period <= edition)
        & (Response.screen == Screen.CLEAR)
    )


def _pools(
    rows: Iterator[tuple[bytes, str, Source, int]], chains: Mapping[bytes, tuple[bytes, ...]]
) -> list[OpenPool]:
    answers: defaultdict[bytes, Counter[str]] = defaultdict(Counter)
    through_provider: Counter[bytes] = Counter()
    for subject, period, source, count in rows:
        answers[subject][period] += count
        if source is Source.PROVIDER:
            through_provider[subject] += count
    return [
        OpenPool(
            subject=subject.hex(),
            areas=tuple(area.hex() for area in chains[subject]),
            answers=dict(periods),
            through_provider=through_provider[subject],
        )
        for subject, periods in answers.items()
    ]


def _text_subject(*, about_service: bool) -> InstrumentedAttribute[bytes | None]:
    return ModeratedText.service_id if about_service else ModeratedText.area_id


def _newest_words(db: Session, *, about_service: bool) -> dict[bytes, str]:
    """Return the last quarter whose words were published about each subject alone."""
    rows = db.execute(
        select(Atom.subject, func.max(Atom.edition))
        .where(Atom.clock == "words", Atom.subject_kind == ("service" if about_service else "area"))
        .group_by(Atom.subject)
    )
    return {row[0]: row[1] for row in rows}


def _may_be_shown(text: ModeratedText) -> bool:
    """Whether its writer allowed what a moderator made of it."""
    if text.use is TextUse.QUOTE:
        return text.consent is Consent.QUOTE
    return text.use is TextUse.PARAPHRASE and text.consent is not Consent.COUNT_ONLY


def _is_within(db: Session, reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a publication is about what somebody may see.

    A provider sees its services as they stand today, and the pools of every area around them; a
    commissioner what lies in an area and below.
    """
    kind, subject = Publication.subject_kind, Publication.subject
    if reach.is_everywhere:
        return true()
    parents = dict(db.execute(select(Area.id, Area.parent_id)).all())
    own = select(Service.id).where(Service.provider_id.in_(reach.providers))
    towns = select(Service.area_id).where(Service.provider_id.in_(reach.providers)).distinct()
    around = {area for town in db.scalars(towns) for area in areas_around(town, parents)}
    inside = {area for area in parents if reach.areas & set(areas_around(area, parents))}
    return or_(
        (kind == "service") & subject.in_(own),
        (kind == "pool") & subject.in_(around),
        (kind == "service") & subject.in_(select(Service.id).where(Service.area_id.in_(inside))),
        kind.in_(("area", "pool")) & subject.in_(inside),
    )


def _later_first(edition: str) -> tuple[int, ...]:
    return tuple(-ord(sign) for sign in edition)


def _published(row: Publication) -> Published:
    return Published(
        id=row.id,
        subject_kind=row.subject_kind,
        subject_id=row.subject,
        edition=row.edition,
        published_on=row.published_on,
        document=row.document,
        sha256=row.sha256,
        signature=row.signature,
        is_withdrawn=row.state is PublicationState.WITHDRAWN,
        revision=row.revision,
    )
