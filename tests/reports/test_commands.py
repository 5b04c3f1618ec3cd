import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Response, Screen, Source
from coproduce.reports import models
from coproduce.reports.commands import (
    Frozen,
    UnsafePublicationError,
    expire_counted,
    freeze_period,
    is_genuine,
    list_due_periods,
    notice_due_periods,
)
from coproduce.reports.publications import Publication, publication_from
from coproduce.reports.queries import find_partition_faults, list_publications
from coproduce.services.commands import replace_code
from coproduce.services.models import AreaLevel
from tests.factories import make_area, make_service

PERIODS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")
ANSWERS = {"overall": "good", "accepted": "always", "safe": "mostly", "barriers": ["wait", "hours"]}


def fair() -> int:
    return secrets.randbits(8)


def answer(
    db: Session,
    count: int,
    period: str,
    *,
    service_id: bytes | None = None,
    area_id: bytes | None = None,
    answers: dict[str, Any] | None = None,
    source: Source = Source.OPEN,
    screen: Screen = Screen.CLEAR,
) -> None:
    """Store settled answers of a quarter."""
    db.add_all(
        Response(
            id=secrets.token_bytes(16),
            period=period,
            service_id=service_id,
            area_id=area_id,
            framework=CURRENT,
            answers=ANSWERS if answers is None else answers,
            source=source,
            screen=screen,
        )
        for _ in range(count)
    )
    db.flush()


def freeze(
    db: Session, period: str, keys: Keys, *, draw: Callable[[], int] = fair, day: date | None = None
) -> Frozen:
    return freeze_period(
        db,
        period,
        keys,
        deployment="Feedback",
        today=day or freeze_day(period),
        draw=draw,
        new_id=lambda: secrets.token_bytes(16),
    )


def documents(db: Session) -> list[Publication]:
    return [publication_from(json.loads(p.document)) for p in list_publications(db)]


def make_town(db: Session) -> bytes:
    county = make_area(db, name="Wealdshire", level=AreaLevel.COUNTY)
    return make_area(db, name="Northbridge", parent_id=county)


def test_a_quarter_with_enough_answers_is_published_once_and_signed(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service = make_service(db, name="Bridge Street Clinic")
        answer(db, 60, PERIODS[0], service_id=service.service_id)
        frozen = freeze(db, PERIODS[0], keys)
        db.commit()
    assert frozen == Frozen(PERIODS[0], publications=1, atoms=2, carried=0)
    with database.read() as db:
        (published,) = list_publications(db)
        (document,) = documents(db)
        assert find_partition_faults(db) == []
    assert is_genuine(published, keys)
    assert published.sha256 == hashlib.sha256(published.document).hexdigest()
    assert {atom.clock for atom in document.atoms} == {"fast", "slow"}
    assert not is_genuine(replace(published, document=published.document + b" "), keys)
    assert not is_genuine(replace(published, signature=bytes(64)), keys)


@pytest.mark.parametrize(("count", "published"), [(9, 0), (10, 1)])
def test_nothing_is_said_about_fewer_than_ten(
    database: Database, keys: Keys, count: int, published: int
) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, count, PERIODS[0], service_id=service.service_id)
        assert freeze(db, PERIODS[0], keys).publications == published


def test_what_is_carried_is_counted_together_later(database: Database, keys: Keys) -> None:
    with database.write() as db:
        service = make_service(db)
        for period in PERIODS[:2]:
            answer(db, 7, period, service_id=service.service_id)
            freeze(db, period, keys)
        (document,) = documents(db)
    (atom,) = document.atoms
    assert atom.clock == "fast"
    assert atom.periods == PERIODS[:2]


def test_leftovers_of_three_small_services_climb_to_their_town(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        town = make_town(db)
        services = [make_service(db, area_id=town) for _ in range(3)]
        for period in PERIODS:
            for service in services:
                answer(db, 2, period, service_id=service.service_id)
            freeze(db, period, keys)
        (document,) = documents(db)
        assert find_partition_faults(db) == []
    assert document.subject.kind == "pool"
    assert document.subject.name == "Northbridge"
    assert document.subject.area == ("Northbridge", "Wealdshire")
    assert {atom.clock for atom in document.atoms} == {"fast", "slow"}


def test_people_who_never_got_in_are_counted_for_their_area(database: Database, keys: Keys) -> None:
    with database.write() as db:
        town = make_town(db)
        answer(db, 40, PERIODS[0], area_id=town, answers={"where_stopped": ["wait"]})
        freeze(db, PERIODS[0], keys)
        (document,) = documents(db)
    assert document.subject.kind == "area"
    assert [table.key for table in document.atoms[0].tables] == ["where_stopped"]


def test_what_is_set_aside_is_not_counted_and_holds_nothing_up(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 12, PERIODS[0], service_id=service.service_id)
        answer(db, 50, PERIODS[0], service_id=service.service_id, screen=Screen.SET_ASIDE)
        freeze(db, PERIODS[0], keys)
        (document,) = documents(db)
        counted = db.scalar(
            select(func.count())
            .select_from(Response)
            .where(Response.fast_atom_id.is_not(None), Response.screen == Screen.SET_ASIDE)
        )
    assert counted == 0
    assert document.atoms[0].n <= 20


def test_a_provider_that_sent_most_answers_itself_gets_headlines_only(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 80, PERIODS[0], service_id=service.service_id, source=Source.PROVIDER)
        answer(db, 10, PERIODS[0], service_id=service.service_id)
        freeze(db, PERIODS[0], keys)
        (document,) = documents(db)
    assert [(atom.clock, atom.tier) for atom in document.atoms] == [("fast", 0)]


def test_each_answer_is_in_one_atom_of_each_clock(database: Database, keys: Keys) -> None:
    with database.write() as db:
        service = make_service(db)
        for period in PERIODS[:3]:
            answer(db, 15, period, service_id=service.service_id)
            freeze(db, period, keys)
        rows = db.execute(select(Response.fast_atom_id, Response.slow_atom_id)).all()
        atoms = db.scalars(select(models.Atom.id)).all()
        (newest,) = [d for d in documents(db) if d.edition == PERIODS[2]]
    assert all(row.fast_atom_id in atoms for row in rows)
    in_slow = Counter(row.slow_atom_id for row in rows)
    assert in_slow[None] in {0, 15}
    assert [atom.edition for atom in newest.atoms if atom.clock == "fast"] == list(PERIODS[:3])


def test_an_unsafe_publication_stops_the_freeze_and_leaves_nothing(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 60, PERIODS[0], service_id=service.service_id)
        freeze(db, PERIODS[0], keys)
        db.commit()
    with database.write() as db:
        # Somebody shows exact counts: the archive itself says too much from now on.
        (published,) = list_publications(db)
        document = json.loads(published.document)
        document["atoms"][0]["tables"][0]["cells"][0][1] = 57
        db.execute(update(models.Publication).values(document=json.dumps(document).encode()))
        answer(db, 60, PERIODS[1], service_id=service.service_id)
        with pytest.raises(UnsafePublicationError):
            freeze(db, PERIODS[1], keys)
    with database.read() as db:
        assert len(list_publications(db)) == 1
        assert db.scalar(select(func.count()).select_from(models.FrozenPeriod)) == 1


def test_a_new_poster_code_does_not_split_the_archive(database: Database, keys: Keys) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 30, PERIODS[0], service_id=service.service_id)
        freeze(db, PERIODS[0], keys)
        replace_code(db, service.code, secrets.randbelow)
        answer(db, 30, PERIODS[1], service_id=service.service_id)
        freeze(db, PERIODS[1], keys)
        codes = {document.subject.code for document in documents(db)}
    assert codes == {service.code}


def test_a_quarter_is_due_two_weeks_after_its_end(database: Database) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 1, PERIODS[0], service_id=service.service_id)
        day = freeze_day(PERIODS[0])
        assert list_due_periods(db, day - timedelta(days=1)) == []
        assert list_due_periods(db, day) == [PERIODS[0]]


def due_after(db: Session, instants: Sequence[datetime]) -> list[list[str]]:
    return [notice_due_periods(db, instant) for instant in instants]


def test_two_runs_an_hour_apart_must_agree_before_a_freeze(database: Database) -> None:
    start = datetime(2026, 4, 20, 12, tzinfo=UTC)
    with database.write() as db:
        service = make_service(db)
        answer(db, 1, PERIODS[0], service_id=service.service_id)
        found = due_after(db, [start, start + timedelta(minutes=59), start + timedelta(minutes=60)])
    assert found == [[], [], [PERIODS[0]]]


def test_a_clock_that_jumped_ahead_and_back_freezes_nothing(database: Database) -> None:
    now = datetime(2026, 2, 1, 12, tzinfo=UTC)
    with database.write() as db:
        service = make_service(db)
        answer(db, 1, PERIODS[0], service_id=service.service_id)
        found = due_after(db, [now, now + timedelta(days=365), now + timedelta(hours=2)])
    assert found == [[], [], []]


def test_raw_answers_go_90_days_after_their_slow_clock_closed(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        service = make_service(db)
        answer(db, 60, PERIODS[0], service_id=service.service_id)
        day = freeze_day(PERIODS[0])
        freeze(db, PERIODS[0], keys)
        assert expire_counted(db, day + timedelta(days=89)) == 0
        assert expire_counted(db, day + timedelta(days=90)) == 60
        assert db.scalar(select(func.count()).select_from(Response)) == 0
        assert len(list_publications(db)) == 1
