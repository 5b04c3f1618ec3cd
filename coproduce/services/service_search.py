"""Searching the directory: the services that fit what somebody typed, best first."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.core.text import folded
from coproduce.services.models import (
    Area,
    CodeState,
    LandingCode,
    Service,
    ServiceName,
    ServiceStatus,
)
from coproduce.services.name_search import Named, index_of, search
from coproduce.services.queries import ServiceSummary, get_area_book

FOUND_AT_MOST = 30
"""Services a search shows; more would not fit a small screen or a small purse of data.

Source: docs/directory.md, how people find a service.
"""


@dataclass(frozen=True, slots=True)
class FoundServices:
    """The best of what a search found, and how many there were in all."""

    services: tuple[ServiceSummary, ...] = ()
    count: int = 0


def find_services(
    db: Session,
    *,
    words: str = "",
    within: Collection[bytes] | None = None,
    kind: str = "",
    with_unlisted: bool = False,
) -> FoundServices:
    """Return the services that fit best, at most 30, best first and then by name.

    Without words all are given that lie there and are of that kind. Services that are not publicly
    listed are found by an exact "also called" name only, so that nobody can feel for them.

    Args:
        db: a reading session.
        words: as typed: any order, with slips; names, "also called", kind and places count.
        within: ids of the areas to look in; None for all.
        kind: exactly this kind; empty for any.
        with_unlisted: True to find those that are not listed like any other.
    """
    # By the connection: what a session does with each row takes longer than the search itself.
    connection = db.connection()
    directory = _directory_of(
        tuple(map(tuple, connection.execute(_FINDABLE))),
        tuple(map(tuple, connection.execute(select(ServiceName.service_id, ServiceName.name)))),
        tuple(map(tuple, connection.execute(select(Area.id, Area.name, Area.parent_id)))),
    )
    wanted = folded(words)

    def lies_there(one: _Findable) -> bool:
        return (within is None or one.area_id in within) and kind in {"", one.summary.kind}

    # What is not listed is no part of the index: not even how rare a word is may tell of it.
    open_to_all = directory.everything if with_unlisted else directory.listed
    if wanted:
        index = index_of(tuple(one.named for one in open_to_all))
        among = {number for number, one in enumerate(open_to_all) if lies_there(one)}
        scores = search(index, words, among)
        best = sorted(scores, key=lambda number: (-scores[number], number))
        hidden = () if with_unlisted else directory.unlisted
        called_so = (one for one in hidden if wanted in one.nicknames and lies_there(one))
        found = [*called_so, *(open_to_all[number] for number in best)]
    else:
        found = [one for one in open_to_all if lies_there(one)]
    return FoundServices(tuple(one.summary for one in found[:FOUND_AT_MOST]), len(found))


_FINDABLE = (
    select(
        LandingCode.code,
        Service.id,
        Service.name,
        Service.kind,
        Service.is_listed,
        Service.area_id,
    )
    .join(Service, LandingCode.service_id == Service.id)
    .where(LandingCode.state == CodeState.OPEN, Service.status == ServiceStatus.ACTIVE)
)


@dataclass(frozen=True, slots=True, eq=False)
class _Findable:
    """A service as it is searched for."""

    summary: ServiceSummary
    area_id: bytes
    is_listed: bool
    nicknames: frozenset[str]
    named: Named


@dataclass(frozen=True, slots=True, eq=False)
class _Directory:
    """All services by name: those anyone finds, those that are not listed, and both."""

    everything: tuple[_Findable, ...]
    listed: tuple[_Findable, ...]
    unlisted: tuple[_Findable, ...]


@lru_cache(maxsize=2)
def _directory_of(
    services: tuple[tuple[str, bytes, str, str, bool, bytes], ...],
    names: tuple[tuple[bytes, str], ...],
    areas: tuple[tuple[bytes, str, bytes | None], ...],
) -> _Directory:
    """Return the rows of the directory, ready to be searched; the same rows are made ready once."""
    also_called: defaultdict[bytes, list[str]] = defaultdict(list)
    for service_id, name in sorted(names):
        also_called[service_id].append(name)
    area_of = {area_id: (name, parent_id) for area_id, name, parent_id in areas}

    def places(area_id: bytes | None) -> tuple[str, ...]:
        name, parent_id = area_of.get(area_id or b"", ("", None))
        return (name, *places(parent_id)) if name else ()

    everything = tuple(
        _Findable(
            ServiceSummary(code, name, kind, area_of[area_id][0]),
            area_id,
            is_listed,
            frozenset(map(folded, also_called[service_id])),
            Named((name, *also_called[service_id]), (kind, *places(area_id))),
        )
        for code, service_id, name, kind, is_listed, area_id in sorted(
            services, key=lambda row: (row[2], row[0])
        )
    )
    listed = tuple(one for one in everything if one.is_listed)
    return _Directory(everything, listed, tuple(one for one in everything if not one.is_listed))


def search_services(db: Session, *, words: str, area_code: str) -> list[ServiceSummary]:
    """Return services that fit the words, in the area that has this code if one has."""
    book = get_area_book(db) if area_code else None
    area = book.with_code(area_code) if book else None
    within = book.inside(area.id) if book and area else None
    return list(find_services(db, words=words, within=within).services)
