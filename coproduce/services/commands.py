"""Changing the directory: bringing in what a directory file holds."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coproduce.core.codes import new_poster_code
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Base
from coproduce.services.area_tree import AreaTree
from coproduce.services.models import (
    Area,
    AreaLevel,
    CodeState,
    LandingCode,
    PastProvider,
    Provider,
    Service,
    ServiceName,
    ServiceStatus,
)
from coproduce.services.queries import get_landing
from coproduce.services.rules import AreaRecord, DirectoryRecords, ServiceRecord

Chance = Callable[[int], int]
"""Gives a fair number below another one, such as `secrets.randbelow`."""

T = TypeVar("T")

Row = dict[str, Any]
"""Values of a row by column. Rows go in and out in bulk: a directory may have 100,000."""

ROWS_AT_ONCE = 500
"""Ids asked for in one statement. Source: older versions of SQLite take 999 values."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many services of a file were new, differed, stood as they are, or have closed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0


def import_services(
    db: Session, records: DirectoryRecords, *, period: str, chance: Chance
) -> ImportSummary:
    """Store what a directory file holds. The same file a second time changes nothing.

    What is stored and not in the file stays as it is. New services and areas get a poster code.

    Args:
        db: a writing session; the caller commits, or rolls back for a dry run.
        records: what was read.
        period: quarter of the import; the last in which a former provider ran a service.
        chance: for ids and poster codes.
    """
    provider_ids = _store_providers(db, records, chance)
    stored = _stored(db, Service, [record.source_id for record in records.services])
    tree = _area_tree(db)
    after: dict[str, Row] = {}
    for record in records.services:
        before = stored.get(record.source_id)
        rather = tree.around(before["area_id"]) if before else []
        after[record.source_id] = {
            **(before or _new_service(record, chance)),
            "provider_id": provider_ids[record.provider_id],
            "area_id": _store_area(db, tree, record.area, rather, chance),
            **_facts_in(record),
        }
    new = [row for source_id, row in after.items() if source_id not in stored]
    changed = [row for source_id, row in after.items() if stored.get(source_id, row) != row]
    _insert(db, Service, new)
    if changed:
        db.execute(update(Service), changed)
    for row in changed:
        _remember_provider(db, stored[row["source_id"]], row, period)
    renamed = _add_names(db, {after[record.source_id]["id"]: record for record in records.services})
    _give_codes(db, chance)
    return _summary(stored, after, renamed)


def _new_service(record: ServiceRecord, chance: Chance) -> Row:
    return {
        "id": _new_id(chance),
        "source_id": record.source_id,
        "is_listed": True,
        "status": ServiceStatus.ACTIVE,
    }


def replace_code(db: Session, code: str, chance: Chance) -> str:
    """Give what a code opens a new one and return it. The old code, on old posters, still works.

    Raises:
        NotFound: if nothing has this code.
    """
    landing = get_landing(db, code)
    old = db.get_one(LandingCode, code)
    old.state = CodeState.REPLACED
    new = _free_code(set(db.scalars(select(LandingCode.code))), chance)
    db.add(LandingCode(code=new, service_id=landing.service_id, area_id=landing.area_id))
    db.flush()
    return new


def close_code(db: Session, code: str) -> None:
    """Let a code open no form any more; whoever types it is told so.

    Raises:
        NotFound: if nothing has this code.
    """
    get_landing(db, code)
    db.get_one(LandingCode, code).state = CodeState.CLOSED
    db.flush()


def _facts_in(record: ServiceRecord) -> Row:
    facts: Row = {
        "name": record.name,
        "description": record.description,
        "kind": record.kind,
        "opening": record.opening,
        "website": record.website,
    }
    if record.is_listed is not None:
        facts["is_listed"] = record.is_listed
    if record.is_open is not None:
        facts["status"] = ServiceStatus.ACTIVE if record.is_open else ServiceStatus.CLOSED
    return facts


def _summary(stored: dict[str, Row], after: dict[str, Row], renamed: set[bytes]) -> ImportSummary:
    def outcome(source_id: str, row: Row) -> str:
        before = stored.get(source_id)
        if before is None:
            return "added"
        if row["status"] is ServiceStatus.CLOSED and before["status"] is ServiceStatus.ACTIVE:
            return "closed"
        return "changed" if before != row or row["id"] in renamed else "unchanged"

    return ImportSummary(**Counter(outcome(source_id, row) for source_id, row in after.items()))


def _remember_provider(db: Session, before: Row, after: Row, period: str) -> None:
    """Keep who ran a service until now; who ran it at the start of a quarter counts."""
    if before["provider_id"] == after["provider_id"]:
        return
    past = db.get(PastProvider, (after["id"], period))
    if past is None:
        db.add(
            PastProvider(
                service_id=after["id"], until_period=period, provider_id=before["provider_id"]
            )
        )
    elif past.provider_id == after["provider_id"]:
        # It is back with whom it was: the change was a mistake.
        db.delete(past)
    db.flush()


def _add_names(db: Session, records: dict[bytes, ServiceRecord]) -> set[bytes]:
    """Store new names people use, and return the services that got one. None is taken away."""
    known: defaultdict[bytes, set[str]] = defaultdict(set)
    for some in _portions(list(records)):
        names = select(ServiceName.service_id, ServiceName.name)
        for service_id, name in db.execute(names.where(ServiceName.service_id.in_(some))):
            known[service_id].add(name)
    new: list[Row] = [
        {"service_id": service_id, "name": name}
        for service_id, record in records.items()
        for name in record.also_called
        if name not in known[service_id]
    ]
    _insert(db, ServiceName, new)
    return {row["service_id"] for row in new}


def _store_providers(db: Session, records: DirectoryRecords, chance: Chance) -> dict[str, bytes]:
    """Store the providers and return their ids by the ids in the file."""
    stored = _stored(db, Provider, [record.source_id for record in records.providers])
    first_service = {service.provider_id: service.name for service in reversed(records.services)}
    new: list[Row] = []
    changed: list[Row] = []
    for record in records.providers:
        source_id = record.source_id
        before = stored.get(source_id)
        if before is None:
            name = record.name or first_service.get(source_id, source_id)
            new.append({"id": _new_id(chance), "source_id": source_id, "name": name})
        elif record.name and record.name != before["name"]:
            changed.append({"id": before["id"], "name": record.name})
    _insert(db, Provider, new)
    if changed:
        db.execute(update(Provider), changed)
    return {row["source_id"]: row["id"] for row in (*stored.values(), *new)}


def _area_tree(db: Session) -> AreaTree:
    tree = AreaTree()
    rows = db.execute(select(Area.id, Area.level, Area.name, Area.parent_id))
    for area_id, level, name, parent_id in rows:
        tree.add(area_id, level=level, name=name, parent_id=parent_id)
    return tree


def _store_area(
    db: Session, tree: AreaTree, record: AreaRecord, rather: Sequence[bytes], chance: Chance
) -> bytes:
    """Store the area and those around it, the largest first, and return its id."""
    parent_id: bytes | None = None
    for level in reversed(AreaLevel):
        name = getattr(record, level)
        if not name:
            continue
        area_id = tree.find(level=level, name=name, parent_id=parent_id, rather=rather)
        if area_id is None:
            area_id = _new_id(chance)
            row = {"id": area_id, "level": level, "name": name, "parent_id": parent_id}
            _insert(db, Area, [row])
            tree.add(area_id, level=level, name=name, parent_id=parent_id)
        elif not tree.is_inside(area_id, parent_id):
            db.execute(update(Area), [{"id": area_id, "parent_id": parent_id}])
            tree.parents[area_id] = parent_id
        parent_id = area_id
    if parent_id is None:
        raise ValueError("a service record without an area")
    return parent_id


def _give_codes(db: Session, chance: Chance) -> None:
    """Give a poster code to each service and area that never had one."""
    taken = set(db.scalars(select(LandingCode.code)))
    for table, column in ((Service, LandingCode.service_id), (Area, LandingCode.area_id)):
        has_one = select(column).where(column.is_not(None))
        ids = db.scalars(select(table.id).where(table.id.not_in(has_one))).all()
        rows: list[Row] = []
        for subject_id in ids:
            code = _free_code(taken, chance)
            taken.add(code)
            rows.append({"code": code, column.key: subject_id})
        _insert(db, LandingCode, rows)


def _free_code(taken: set[str], chance: Chance) -> str:
    while (code := new_poster_code(chance)) in taken:
        pass
    return code


def _stored(
    db: Session, table: type[Provider] | type[Service], source_ids: Sequence[str]
) -> dict[str, Row]:
    columns = table.__table__.columns
    found: dict[str, Row] = {}
    for some in _portions(source_ids):
        rows = db.execute(select(*columns).where(table.source_id.in_(some))).mappings()
        found |= {row["source_id"]: dict(row) for row in rows}
    return found


def _insert(db: Session, table: type[Base], rows: Sequence[Row]) -> None:
    if rows:
        db.execute(insert(table), rows)


def _portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield values[start : start + ROWS_AT_ONCE]


def _new_id(chance: Chance) -> bytes:
    return chance(2 ** (8 * ID_BYTES)).to_bytes(ID_BYTES, "big")
