"""What services, providers and areas around one service or area are called."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coproduce.services.models import Area, Provider, Service, ServiceName

NAMES_NEAR = 2000
"""Most services whose names are looked for in one text. Source: docs/identifying.md."""


@dataclass(frozen=True, slots=True)
class NamesNear:
    """Names around a service or an area.

    Attributes:
        own: what it is called itself, and who runs it and where it lies, up to the country.
        others: what its neighbours are called, and the places beside it.
    """

    own: frozenset[str]
    others: frozenset[str]


def get_names_near(
    db: Session, *, service_id: bytes | None, area_id: bytes | None, with_unlisted: bool = False
) -> NamesNear:
    """Return the names around a service or an area: of its own area and of those beside it.

    Not those of a whole country: a common word is the name of something somewhere. Neighbours that
    are not publicly listed are left out, or whoever writes names of places could feel for them.

    Args:
        db: a reading session.
        service_id: the service, or None.
        area_id: the area otherwise.
        with_unlisted: True to name all neighbours, for a person who reads.
    """
    if service_id is not None:
        area_id = db.scalar(select(Service.area_id).where(Service.id == service_id))
    around = _areas_around(db, area_id)
    areas = db.execute(
        select(Area.id, Area.name).where(
            Area.id.in_(around)
            | Area.parent_id.in_(around[1:2] if len(around) > 1 else [])
            | Area.parent_id.in_(around[:1])
        )
    ).all()
    near = [area.id for area in areas if area.id not in around[2:]]
    is_named: ColumnElement[bool] = Service.area_id.in_(near)
    if not with_unlisted:
        is_named &= Service.is_listed.in_([True]) | (Service.id == service_id)
    services = db.execute(
        select(Service.id, Service.name, Provider.name)
        .join(Provider, Service.provider_id == Provider.id)
        .where(is_named)
        .order_by(Service.id)
        .limit(NAMES_NEAR)
    ).all()
    also = db.execute(
        select(ServiceName.service_id, ServiceName.name)
        .join(Service, ServiceName.service_id == Service.id)
        .where(is_named)
        .order_by(ServiceName.service_id, ServiceName.name)
        .limit(NAMES_NEAR)
    ).all()
    named = [(id_, name) for id_, called, run_by in services for name in (called, run_by)]
    named += [(row.service_id, row.name) for row in also]
    own: set[str] = {name for id_, name in named if id_ == service_id}
    own |= {area.name for area in areas if area.id in around}
    others: set[str] = {name for _id, name in named} | {area.name for area in areas}
    return NamesNear(frozenset(own), frozenset(others - own))


def _areas_around(db: Session, area_id: bytes | None) -> list[bytes]:
    """Return an area and the larger ones it lies in, smallest first."""
    around: list[bytes] = []
    while area_id is not None and area_id not in around:
        around.append(area_id)
        area_id = db.scalar(select(Area.parent_id).where(Area.id == area_id))
    return around
