"""The freeze of more and more answers: time for each answer, and memory at its highest."""

import multiprocessing
import os
import resource
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.instances import Instance, Workshop
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Base, Database, connect
from coproduce.feedback.framework import CURRENT, Kind, Question, load_framework
from coproduce.feedback.models import Screen, Source
from coproduce.reports.commands import freeze_period
from coproduce.services.models import Area, LandingCode, Provider, Service

PERIOD, FREEZE_DAY = "2026-Q3", date(2026, 10, 14)
SIZES = (10_000, 100_000)
FULL_SIZES = (*SIZES, 1_000_000)
ANSWERS_EACH = 250
"""Answers of one service in the quarter: enough for full detail, so that most is to be done."""

ROWS_AT_ONCE = 5_000
DIFFERENT_ANSWERS = 2_000
IS_FULL = bool(os.environ.get("COPRODUCE_PROVE"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one freeze took."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    publications: int


def measure_freeze(workshop: Workshop, kinds: tuple[str, ...]) -> None:
    """Print what the freeze of each number of answers costs."""
    for kind in kinds:
        print(f"\nFreeze on {kind}, {ANSWERS_EACH} answers for each service")
        sizes = FULL_SIZES if IS_FULL and kind == "sqlite" else SIZES
        first: float | None = None
        for size in sizes:
            instance = workshop.instance(kind)
            fill(instance, size)
            cost = in_a_process_of_its_own(instance)
            each = cost.cpu_seconds / size
            first = first or each
            print(
                f"  {size:9,} answers {cost.seconds:7.1f} s  CPU {cost.cpu_seconds:7.1f} s"
                f"  {each * 1e6:5.0f} us each, {each / first:4.2f} of the first"
                f"  peak {cost.peak_mib:4.0f} MiB  {cost.publications:5,} publications"
            )


def in_a_process_of_its_own(instance: Instance) -> Cost:
    """Freeze in a fresh process, so that its memory is that of the freeze alone."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_freeze, instance).result()


def fill(instance: Instance, size: int) -> None:
    """Store so many open answers about as many services as that takes."""
    database = connect(instance.database_url)
    services = _services(database, size // ANSWERS_EACH)
    rows = _rows(services, size)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        with database.write() as db:
            db.execute(insert(Base.metadata.tables["response"]), chunk)
            db.commit()
    database.close()


def answers_like(questions: tuple[Question, ...]) -> dict[str, Any]:
    """Return one set of answers: every question answered, two picks where several may be made."""
    return {
        question.key: (
            secrets.choice(question.options).key
            if question.kind is Kind.ONE
            else sorted({secrets.choice(question.options).key for _ in range(2)})
        )
        for question in questions
    }


def _freeze(instance: Instance) -> Cost:
    database = connect(instance.database_url)
    begun, used = time.perf_counter(), time.process_time()
    with database.write() as db:
        frozen = freeze_period(
            db,
            PERIOD,
            instance.keys,
            deployment="Benchmark",
            today=FREEZE_DAY,
            draw=lambda: secrets.randbits(8),
            new_id=lambda: secrets.token_bytes(ID_BYTES),
        )
        db.commit()
    cost = Cost(
        seconds=time.perf_counter() - begun,
        cpu_seconds=time.process_time() - used,
        peak_mib=_peak_mib(),
        publications=frozen.publications,
    )
    database.close()
    return cost


def _peak_mib() -> float:
    """Return the most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says on Linux is at least what the process held that started this one.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _services(database: Database, count: int) -> list[bytes]:
    with database.write() as db:
        area, provider = db.scalars(select(Area.id)).one(), db.scalars(select(Provider.id)).one()
        ids = [secrets.token_bytes(ID_BYTES) for _ in range(count)]
        db.execute(
            insert(Service),
            [
                {
                    "id": service_id,
                    "source_id": f"service-{number}",
                    "provider_id": provider,
                    "area_id": area,
                    "name": f"Service {number}",
                }
                for number, service_id in enumerate(ids)
            ],
        )
        db.execute(
            insert(LandingCode),
            [
                {"code": f"{number:06}", "service_id": service_id, "area_id": None}
                for number, service_id in enumerate(ids)
            ],
        )
        db.commit()
    return ids


def _rows(services: list[bytes], size: int) -> Iterator[dict[str, Any]]:
    questions = load_framework().questions
    different = [answers_like(questions) for _ in range(DIFFERENT_ANSWERS)]
    for number in range(size):
        yield {
            "id": secrets.token_bytes(ID_BYTES),
            "period": PERIOD,
            "service_id": services[number % len(services)],
            "area_id": None,
            "framework": CURRENT,
            "answers": secrets.choice(different),
            "source": Source.OPEN,
            "screen": Screen.CLEAR,
        }
