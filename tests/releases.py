"""A released report with as little around it as there can be."""

import secrets

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Response, Screen, Source
from coproduce.reports.commands import Frozen, freeze_period
from coproduce.reports.queries import Published, list_publications
from tests.factories import make_service

EDITION = "2026-Q1"


def freeze_on_its_day(database: Database, period: str, keys: Keys) -> Frozen:
    """Freeze a quarter on the first day on which that may be; return what it did."""
    with database.write() as db:
        frozen = freeze_period(
            db,
            period,
            keys,
            deployment="Feedback",
            today=freeze_day(period),
            draw=lambda: secrets.randbits(8),
            new_id=lambda: secrets.token_bytes(16),
        )
        db.commit()
    return frozen


def release_one(database: Database, keys: Keys, *, answers: int = 40) -> Published:
    """Let a service be rated and its quarter be frozen; return the publication."""
    with database.write() as db:
        service_id = make_service(db).service_id
        db.add_all(
            Response(
                id=secrets.token_bytes(16),
                period=EDITION,
                service_id=service_id,
                framework=CURRENT,
                answers={"overall": "good" if number % 3 else "poor", "barriers": ["wait"]},
                source=Source.OPEN,
                screen=Screen.CLEAR,
            )
            for number in range(answers)
        )
        db.commit()
    freeze_on_its_day(database, EDITION, keys)
    with database.read() as db:
        [published] = list_publications(db)
    return published
