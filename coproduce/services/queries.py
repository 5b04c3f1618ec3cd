"""Reading the directory: what a code opens, what an area holds, what a search finds."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coproduce.core.errors import NotFound
from coproduce.core.messages import _
from coproduce.core.text import folded
from coproduce.services.models import (
    Area,
    AreaLevel,
    CodeState,
    LandingCode,
    Provider,
    Service,
    ServiceName,
    ServiceStatus,
)

FOUND_AT_MOST = 30
"""Services a search shows; more would not fit a small screen or a small purse of data."""


@dataclass(frozen=True, slots=True)
class Landing:
    """What a landing code opens: a service, or an area where somebody did not get in."""

    code: str
    service_id: bytes | None
    area_id: bytes | None
    name: str
    is_open: bool


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


_LANDING = (
    select(
        LandingCode.service_id,
        LandingCode.area_id,
        LandingCode.state,
        Service.status,
        func.coalesce(Service.name, Area.name).label("name"),
    )
    .outerjoin(Service, LandingCode.service_id == Service.id)
    .outerjoin(Area, LandingCode.area_id == Area.id)
    .where(LandingCode.code == bindparam("code"))
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
    return Landing(code, row.service_id, row.area_id, row.name, is_open)


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


def search_services(db: Session, *, words: str, area_code: str) -> list[ServiceSummary]:
    """Return listed services that fit the words and the area, by name, at most 30.

    Words are compared without accents and case with the name, "also called" and the kind. Services
    that are not publicly listed are found by an exact "also called" name only.
    """
    statement = (
        select(
            LandingCode.code, Service.name, Service.kind, Area.name, Service.is_listed, Service.id
        )
        .join(Service, LandingCode.service_id == Service.id)
        .join(Area, Service.area_id == Area.id)
        .where(LandingCode.state == CodeState.OPEN, Service.status == ServiceStatus.ACTIVE)
        .order_by(Service.name, LandingCode.code)
    )
    area = db.get(LandingCode, area_code) if area_code else None
    if area is not None and area.area_id is not None:
        statement = statement.where(Service.area_id == area.area_id)
    wanted = folded(words)
    names: dict[bytes, list[str]] = {}
    for service_id, name in db.execute(select(ServiceName.service_id, ServiceName.name)):
        names.setdefault(service_id, []).append(folded(name))
    found = []
    for code, name, kind, area_name, is_listed, service_id in db.execute(statement):
        nicknames = names.get(service_id, [])
        text = f"{folded(name)} {folded(kind)} {' '.join(nicknames)}"
        fits = all(word in text for word in wanted.split())
        if (is_listed and fits) or (not is_listed and wanted and wanted in nicknames):
            found.append(ServiceSummary(code, name, kind, area_name))
        if len(found) == FOUND_AT_MOST:
            break
    return found


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
