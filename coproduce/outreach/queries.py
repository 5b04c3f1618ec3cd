"""Reading for which services and areas somebody may print."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coproduce.core.actor import Reach
from coproduce.core.codes import read_poster_code
from coproduce.core.errors import NotFound
from coproduce.core.text import folded
from coproduce.outreach.rules import SERVICES_ON_PAGE, may_hand_to_others, may_print
from coproduce.services.models import Area, CodeState, LandingCode, Service, ServiceStatus
from coproduce.services.queries import Landing, get_landing, list_area_parents
from coproduce.services.rules import areas_around


@dataclass(frozen=True, slots=True)
class PrintService:
    """A service for which somebody may print.

    Attributes:
        hands_to_others: whether they may print cards that others than the provider hand out.
    """

    id: bytes
    code: str
    name: str
    kind: str
    area: str
    hands_to_others: bool


@dataclass(frozen=True, slots=True)
class PrintArea:
    """An area for which somebody may print the form on paper."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PrintList:
    """Some of the services for which somebody may print: one page of those that fit."""

    services: list[PrintService]
    page: int
    fitting: int

    @property
    def first(self) -> int:
        """Number of the first service on the page, from 1."""
        return (self.page - 1) * SERVICES_ON_PAGE + 1

    @property
    def last(self) -> int:
        """Number of the last service on the page."""
        return self.first + len(self.services) - 1


def list_print_services(db: Session, reach: Reach, *, words: str, page: int) -> PrintList:
    """Return the services in reach that fit the words, by name; of too many pages the last."""
    wanted = folded(words).split()
    fitting = [
        service
        for service in _in_reach(db, reach)
        if all(
            word in folded(f"{service.name} {service.area} {service.kind} {service.code}")
            for word in wanted
        )
    ]
    fitting.sort(key=lambda service: (folded(service.name), service.code))
    pages = max(1, -(-len(fitting) // SERVICES_ON_PAGE))
    page = min(max(page, 1), pages)
    start = (page - 1) * SERVICES_ON_PAGE
    return PrintList(fitting[start : start + SERVICES_ON_PAGE], page, len(fitting))


def list_print_areas(db: Session, reach: Reach, *, words: str) -> list[PrintArea]:
    """Return the areas in reach whose name or code fits the words, by name."""
    parents, wanted = list_area_parents(db), folded(words).split()
    rows = db.execute(
        select(Area.id, Area.name, func.min(LandingCode.code).label("code"))
        .join(LandingCode, LandingCode.area_id == Area.id)
        .where(LandingCode.state == CodeState.OPEN)
        .group_by(Area.id, Area.name)
    )
    fitting = [
        PrintArea(row.code, row.name)
        for row in rows
        if may_hand_to_others(reach, areas_around(row.id, parents))
        and all(word in folded(f"{row.name} {row.code}") for word in wanted)
    ]
    return sorted(fitting, key=lambda area: (folded(area.name), area.code))


def get_print_service(db: Session, reach: Reach, code: str) -> PrintService:
    """Return the service of a code.

    Raises:
        NotFound: if there is none, or it is closed, or not in reach.
    """
    service_id = db.scalar(
        select(LandingCode.service_id).where(
            LandingCode.code == read_poster_code(code), LandingCode.state == CodeState.OPEN
        )
    )
    found = next(iter(_in_reach(db, reach, service_id)), None) if service_id else None
    if found is None:
        raise NotFound()
    return found


def get_print_landing(db: Session, reach: Reach, code: str) -> Landing:
    """Return what a code opens, a service or an area, if somebody may print for it.

    Raises:
        NotFound: if there is nothing, or it is closed, or not in reach.
    """
    landing = get_landing(db, read_poster_code(code) or "")
    if landing.area_id is None:
        get_print_service(db, reach, code)
    else:
        areas = areas_around(landing.area_id, list_area_parents(db))
        if not (landing.is_open and may_hand_to_others(reach, areas)):
            raise NotFound()
    return landing


def _in_reach(db: Session, reach: Reach, service_id: bytes | None = None) -> Iterable[PrintService]:
    parents = list_area_parents(db)
    statement = (
        select(
            Service.id,
            func.min(LandingCode.code).label("code"),
            Service.name,
            Service.kind,
            Area.name.label("area"),
            Service.provider_id,
            Service.area_id,
        )
        .join(LandingCode, LandingCode.service_id == Service.id)
        .join(Area, Service.area_id == Area.id)
        .where(LandingCode.state == CodeState.OPEN, Service.status == ServiceStatus.ACTIVE)
        .group_by(Service.id, Area.name)
    )
    if service_id is not None:
        statement = statement.where(Service.id == service_id)
    for row in db.execute(statement):
        areas = areas_around(row.area_id, parents)
        if may_print(reach, row.provider_id, areas):
            yield PrintService(
                row.id,
                row.code,
                row.name,
                row.kind,
                row.area,
                may_hand_to_others(reach, areas),
            )
