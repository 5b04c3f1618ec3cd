"""One turn of settle, 200 forms, beside a pool of open answers that grows."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import insert

from benchmarks.freeze import IS_FULL, ROWS_AT_ONCE, answers_like
from benchmarks.instances import CODE, Instance, Workshop
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Base, Database, connect
from coproduce.core.keys import Keys, SlowHash
from coproduce.core.periods import period_of
from coproduce.core.sealing import seal_to
from coproduce.feedback.commands import NewFeedback, submit_feedback
from coproduce.feedback.form_token import FormToken
from coproduce.feedback.framework import CURRENT, load_framework
from coproduce.feedback.models import Consent, Screen, Source
from coproduce.feedback.queries import Pointer, lock_pointer
from coproduce.feedback.rules import LARGEST_BATCH, Subject, Words, week_of
from coproduce.feedback.settle import settle_feedback
from coproduce.services.queries import get_landing

TODAY = date(2026, 8, 12)
PERIOD = period_of(TODAY)
POOLS = (0, 10_000, 100_000)
FULL_POOLS = (*POOLS, 1_000_000)
TEXTS_IN = 3
"""One answer in so many has a text."""

WORDS = Words(better="Open in the evening please, and let us wait inside when it rains.")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took."""

    seconds: float
    cpu_seconds: float


def measure_settle(workshop: Workshop, kinds: tuple[str, ...]) -> None:
    """Print how long a turn takes, by the number of open answers it is mixed with."""
    hashing = _seconds_of_a_slow_hash(workshop) * LARGEST_BATCH
    print(f"\nSettle: the slow hashes of one turn take {hashing:.1f} s, outside the transaction")
    for kind in kinds:
        print(f"Settle on {kind}, one turn of {LARGEST_BATCH} forms without the slow hashes")
        for size in FULL_POOLS if IS_FULL and kind == "sqlite" else POOLS:
            instance = workshop.instance(kind)
            turn = _turn(instance, size)
            print(f"  {size:9,} open answers {turn.seconds:7.2f} s  CPU {turn.cpu_seconds:6.2f} s")


def _turn(instance: Instance, size: int) -> Turn:
    keys = replace(instance.keys, slow_hash=SlowHash(passes=1, kibibytes=8))
    database = connect(instance.database_url)
    service_id = _service(database)
    _fill(database, keys, service_id, size)
    _send(database, keys, service_id)
    begun, used = time.perf_counter(), time.process_time()
    settled = settle_feedback(database, keys, TODAY, secrets.token_bytes)
    turn = Turn(time.perf_counter() - begun, time.process_time() - used)
    database.close()
    if settled.answers != LARGEST_BATCH:
        raise RuntimeError(f"{settled.answers} of {LARGEST_BATCH} forms were settled")
    return turn


def _seconds_of_a_slow_hash(workshop: Workshop) -> float:
    keys = workshop.instance("sqlite").keys
    begun = time.perf_counter()
    for _ in range(10):
        keys.slow_key("0" * 16)
    return (time.perf_counter() - begun) / 10


def _service(database: Database) -> bytes:
    with database.read() as db:
        service_id = get_landing(db, CODE).service_id
    if service_id is None:
        raise RuntimeError("the code does not open a service")
    return service_id


def _send(database: Database, keys: Keys, service_id: bytes) -> None:
    """Store a whole batch of forms, each with a text."""
    questions = load_framework().questions
    for _ in range(LARGEST_BATCH):
        new = NewFeedback(
            subject=Subject(service_id, None),
            framework=CURRENT,
            answers=answers_like(questions),
            words=WORDS,
            consent=Consent.PARAPHRASE,
            language="en",
            flags="",
        )
        with database.write() as db:
            token = FormToken(secrets.token_bytes(ID_BYTES), TODAY)
            submit_feedback(db, token, new, keys, TODAY)
            db.commit()


def _fill(database: Database, keys: Keys, service_id: bytes, size: int) -> None:
    """Store what settled before: answers, receipts, and a text for some."""
    _store(database, "response", _responses(service_id, size))
    _store(database, "receipt", _receipts(size))
    _store(database, "sealed_text", _texts(keys, service_id, size // TEXTS_IN))


def _store(database: Database, name: str, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        with database.write() as db:
            db.execute(insert(Base.metadata.tables[name]), chunk)
            db.commit()


def _responses(service_id: bytes, size: int) -> Iterator[dict[str, Any]]:
    different = [answers_like(load_framework().questions) for _ in range(200)]
    for _ in range(size):
        yield {
            "id": secrets.token_bytes(ID_BYTES),
            "period": PERIOD,
            "service_id": service_id,
            "area_id": None,
            "framework": CURRENT,
            "answers": secrets.choice(different),
            "source": Source.OPEN,
            "screen": Screen.CLEAR,
        }


def _receipts(size: int) -> Iterator[dict[str, Any]]:
    pointer = lock_pointer(secrets.token_bytes(32), Pointer())
    for _ in range(size):
        yield {"tag": secrets.token_bytes(ID_BYTES), "period": PERIOD, "pointer": pointer}


def _texts(keys: Keys, service_id: bytes, size: int) -> Iterator[dict[str, Any]]:
    said = json.dumps({"better": WORDS.better, "happened": WORDS.happened})
    box = seal_to(keys.recovery_public, said.encode())
    for _ in range(size):
        yield {
            "id": secrets.token_bytes(ID_BYTES),
            "period": PERIOD,
            "waiting_since": week_of(TODAY),
            "service_id": service_id,
            "area_id": None,
            "box": box,
            "consent": Consent.PARAPHRASE,
            "language": "en",
            "flags": "",
        }
