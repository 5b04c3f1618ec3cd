"""Reading the directory: what a code opens, what an area holds, what is said of a service."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coproduce.core.errors import NotFound
from coproduce.core.messages import _
from coproduce.core.text import folded
from coproduce.services.area_choice import AreaBook, AreaChoice, area_book
from coproduce.services.models import (
    Area,
    AreaLevel,
    CodeState,
    LandingCode,
    Provider,
    Service,
    ServiceStatus,
)


@dataclass(frozen=True, slots=True)
class Landing:
    """What a landing code opens: a service, or an area where somebody did not get in."""

    code: str
    service_id: bytes | None
    area_id: bytes | None
    name: str
    is_open: bool
    area_code: str = ""
    """Code of the form for people who never got in, where the service is; or nothing."""


@dataclass(frozen=True, slots=True)
class ListedCode:
    """One landing code, what it opens, and whether it still does."""

    code: str
    name: str
    state: CodeState


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """A service in a list."""

    code: str
    name: str
    kind: str
    area: str


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """An area in a list, and the code of its own form."""

    id: bytes
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class AreaPlace:
    """An area, the larger one around it, and a code: of its form, or of itself if it has none."""

    id: bytes
    name: str
    level: AreaLevel
    parent_id: bytes | None
    code: str


@dataclass(frozen=True, slots=True)
class ProviderSummary:
    """A provider in a list, with what the directory calls it."""

    id: bytes
    source_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a report says about a service, apart from its numbers."""

    id: bytes
    code: str
    name: str
    provider: str
    kind: str
    area_id: bytes


_AreaCode = aliased(LandingCode)

_LANDING = (
    select(
        LandingCode.service_id,
        LandingCode.area_id,
        LandingCode.state,
        Service.status,
        func.coalesce(Service.name, Area.name).label("name"),
        _AreaCode.code.label("area_code"),
    )
    .outerjoin(Service, LandingCode.service_id == Service.id)
    .outerjoin(Area, LandingCode.area_id == Area.id)
    .outerjoin(
        _AreaCode, (_AreaCode.area_id == Service.area_id) & (_AreaCode.state == CodeState.OPEN)
    )
    .where(LandingCode.code == bindparam("code"))
    .limit(1)
)
"""Made once: every form needs it, and making it takes longer than running it."""


def get_landing(db: Session, code: str) -> Landing:
    """Return what a code opens, or where the code that replaced it leads.

    Raises:
        NotFound: if no service or area has, or had, this code.
    """
    row = db.execute(_LANDING, {"code": code}).first()
    if row is None:
        raise NotFound(_("We do not know this code. Please check it, or find the service by area."))
    is_open = row.state is not CodeState.CLOSED and row.status in {None, ServiceStatus.ACTIVE}
    return Landing(code, row.service_id, row.area_id, row.name, is_open, row.area_code or "")


def find_landing(db: Session, *, service_id: bytes | None, area_id: bytes | None) -> Landing | None:
    """Return what the open code of a service or an area opens, or None if it has none."""
    code = db.scalar(
        select(func.min(LandingCode.code)).where(
            LandingCode.service_id == service_id
            if service_id is not None
            else LandingCode.area_id == area_id,
            LandingCode.state == CodeState.OPEN,
        )
    )
    return get_landing(db, code) if code is not None else None


def has_landing(db: Session, code: str) -> bool:
    """Return whether a code opens something, or once did."""
    return db.scalar(select(LandingCode.code).where(LandingCode.code == code)) is not None


def list_codes(db: Session) -> list[ListedCode]:
    """Return every landing code there ever was, by the name of what it opens."""
    rows = db.execute(
        select(LandingCode.code, func.coalesce(Service.name, Area.name), LandingCode.state)
        .outerjoin(Service, LandingCode.service_id == Service.id)
        .outerjoin(Area, LandingCode.area_id == Area.id)
    )
    return sorted((ListedCode(*row) for row in rows), key=lambda listed: (listed.name, listed.code))


def list_towns(db: Session) -> list[AreaSummary]:
    """Return the areas people choose from, by name: those that directly hold services."""
    rows = db.execute(
        select(Area.id, Area.name, LandingCode.code)
        .join(LandingCode, LandingCode.area_id == Area.id)
        .where(
            LandingCode.state == CodeState.OPEN,
            Area.id.in_(select(Service.area_id).where(Service.status == ServiceStatus.ACTIVE)),
        )
        .order_by(Area.name)
    )
    return [AreaSummary(*row) for row in rows]


def get_area_book(db: Session) -> AreaBook:
    """Return every area that somebody can choose, and how all areas lie in one another."""
    rows = db.execute(
        select(Area.id, Area.parent_id, Area.name, Area.level, LandingCode.code)
        .outerjoin(
            LandingCode, (LandingCode.area_id == Area.id) & (LandingCode.state == CodeState.OPEN)
        )
        .order_by(LandingCode.code)
    ).all()
    held = db.execute(
        select(Service.area_id, func.count())
        .where(Service.is_listed.in_([True]), Service.status == ServiceStatus.ACTIVE)
        .group_by(Service.area_id)
    )
    secret = db.scalars(select(Service.area_id).where(Service.is_listed.in_([False])))
    choices = {
        row.id: AreaChoice(row.id, row.code, row.name, row.name, row.level, row.parent_id)
        for row in rows
        if row.code
    }
    return area_book(
        choices.values(),
        {row.id: (row.parent_id, row.name) for row in rows},
        {row[0]: row[1] for row in held},
        frozenset(secret),
    )


def list_kinds(db: Session) -> list[str]:
    """Return the kinds of service that anyone can find, the commonest first."""
    rows = db.execute(
        select(Service.kind, func.count())
        .where(
            Service.is_listed.in_([True]),
            Service.status == ServiceStatus.ACTIVE,
            Service.kind != "",
        )
        .group_by(Service.kind)
    )
    return [kind for kind, number in sorted(rows, key=lambda row: (-row[1], folded(row[0])))]


def list_service_facts(db: Session) -> dict[bytes, ServiceFacts]:
    """Return what reports say about every service, by id."""
    codes = _codes_by(db, LandingCode.service_id)
    rows = db.execute(
        select(Service.id, Service.name, Provider.name, Service.kind, Service.area_id).join(
            Provider, Service.provider_id == Provider.id
        )
    )
    return {
        service_id: ServiceFacts(
            id=service_id,
            code=codes.get(service_id, service_id.hex()),
            name=name,
            provider=provider,
            kind=kind,
            area_id=area_id,
        )
        for service_id, name, provider, kind, area_id in rows
    }


def list_area_places(db: Session) -> dict[bytes, AreaPlace]:
    """Return every area, by id."""
    codes = _codes_by(db, LandingCode.area_id)
    rows = db.execute(select(Area.id, Area.name, Area.level, Area.parent_id))
    return {
        area_id: AreaPlace(area_id, name, level, parent_id, codes.get(area_id, area_id.hex()))
        for area_id, name, level, parent_id in rows
    }


def get_name(db: Session, *, service_id: bytes | None, area_id: bytes | None) -> str:
    """Return what a service or an area is called, or nothing if it is not there."""
    if service_id is not None:
        return db.scalar(select(Service.name).where(Service.id == service_id)) or ""
    return db.scalar(select(Area.name).where(Area.id == area_id)) or ""


def get_kind_and_area(db: Session, service_id: bytes) -> tuple[str, bytes]:
    """Return what kind of service it is, and the area it is in.

    Raises:
        NotFound: if there is no such service.
    """
    row = db.execute(select(Service.kind, Service.area_id).where(Service.id == service_id)).first()
    if row is None:
        raise NotFound()
    return row.kind, row.area_id


def count_listed_services(db: Session) -> list[tuple[bytes, str, int]]:
    """Return how many services anyone can find, by the area they are in and their kind."""
    rows = db.execute(
        select(Service.area_id, Service.kind, func.count())
        .where(Service.is_listed.in_([True]), Service.status == ServiceStatus.ACTIVE)
        .group_by(Service.area_id, Service.kind)
    )
    return [(area_id, kind, number) for area_id, kind, number in rows]


def list_area_parents(db: Session) -> dict[bytes, bytes | None]:
    """Return the next larger area of each area."""
    return {row.id: row.parent_id for row in db.execute(select(Area.id, Area.parent_id))}


def list_providers(db: Session) -> list[ProviderSummary]:
    """Return every organisation that runs services, by name."""
    rows = db.execute(select(Provider.id, Provider.source_id, Provider.name))
    return sorted((ProviderSummary(*row) for row in rows), key=lambda one: folded(one.name))


def _codes_by(db: Session, column: InstrumentedAttribute[bytes | None]) -> dict[bytes | None, str]:
    """Return the code of each service or area; of several the open one."""
    rows = db.execute(
        select(column, LandingCode.code, LandingCode.state).where(column.is_not(None))
    ).all()
    by_use = sorted(rows, key=lambda row: row.state is CodeState.OPEN)
    return {row[0]: row.code for row in by_use}
