"""Reading what waits to be counted, and what was published. The one place of cross-feature SQL."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coproduce.core.errors import NotFound
from coproduce.feedback.models import Response, Screen, Source
from coproduce.reports.freeze_plan import OpenPool
from coproduce.reports.models import Atom, FrozenPeriod, Publication, PublicationState
from coproduce.reports.publications import Clock
from coproduce.services.queries import AreaPlace, ServiceFacts

Answers = Mapping[str, Any]

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


def list_frozen_periods(db: Session) -> list[str]:
    """Return every quarter that was frozen, oldest first."""
    return list(db.scalars(select(FrozenPeriod.period).order_by(FrozenPeriod.period)))


def find_first_open_period(db: Session) -> str | None:
    """Return the oldest quarter with an answer that no report holds yet, or None."""
    return db.scalar(
        select(func.min(Response.period)).where(
            Response.fast_atom_id.is_(None) | Response.slow_atom_id.is_(None)
        )
    )


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
            Publication.edition, Publication.subject_kind, Publication.subject
        )
    )
    return [_published(row) for row in rows]


def documents_by_subject(db: Session) -> Iterator[tuple[SubjectKey, list[bytes]]]:
    """Give one subject after the other, with every document about it, oldest first.

    Memory stays flat however much was published.
    """
    rows = db.execute(
        select(Publication.subject_kind, Publication.subject, Publication.document)
        .order_by(Publication.subject_kind, Publication.subject, Publication.edition)
        .execution_options(yield_per=100)
    )
    for subject, of_subject in groupby(rows, lambda row: (row.subject_kind, row.subject)):
        yield subject, [row.document for row in of_subject]


def find_newest_publication(db: Session, subject_kind: str, subject: bytes) -> Published | None:
    """Return the newest publication about a subject, or None."""
    row = db.scalars(
        select(Publication)
        .where(Publication.subject_kind == subject_kind, Publication.subject == subject)
        .order_by(Publication.edition.desc())
        .limit(1)
    ).first()
    return _published(row) if row else None


def get_publication(db: Session, publication_id: bytes) -> Published:
    """Return one publication.

    Raises:
        NotFound: if there is none with this id, or it was withdrawn.
    """
    row = db.get(Publication, publication_id)
    if row is None or row.state is PublicationState.WITHDRAWN:
        raise NotFound()
    return _published(row)


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
    )
