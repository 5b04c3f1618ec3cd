"""Released reports, and what they are made from, with as little around them as there can be."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import (
    Coding,
    Consent,
    Direction,
    Level,
    ModeratedText,
    Response,
    Screen,
    Signpost,
    Source,
    Statement,
    StatementSource,
    TextState,
    TextUse,
)
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


def make_texts(
    db: Session, count: int, period: str, *, first: int = 0, **given: Any
) -> list[bytes]:
    """Store so many texts that were made safe, no two alike; return their ids."""
    return [make_text(db, period, number=first + number, **given) for number in range(count)]


def make_text(
    db: Session,
    period: str,
    *,
    number: int,
    service_id: bytes | None = None,
    area_id: bytes | None = None,
    consent: Consent = Consent.QUOTE,
    use: TextUse = TextUse.PARAPHRASE,
    state: TextState = TextState.READY,
    source: Source = Source.OPEN,
    signpost: Signpost | None = None,
    words: str | None = None,
    language: str = "en",
    codes: Mapping[str, Direction] | None = None,
) -> bytes:
    """Store one text that was made safe, with invented words; return its id."""
    text_id = secrets.token_bytes(16)
    db.add(
        ModeratedText(
            id=text_id,
            period=period,
            service_id=service_id,
            area_id=area_id,
            source=source,
            consent=consent,
            use=use,
            state=state,
            words=None if use is TextUse.THEMES else words or invented_words(number),
            language=language,
            seriousness=1,
            matters_to_few=False,
            codebook=CURRENT_CODEBOOK,
            signpost=signpost,
            shown_from=freeze_day(period),
        )
    )
    db.flush()
    chosen = codes or (
        {"A1": Direction.WORKS}
        if number % 3 == 0
        else {"C1": Direction.DOES_NOT, "C2": Direction.IDEA}
    )
    db.add_all(
        Coding(text_id=text_id, code=code, direction=direction, level=Level.SERVICE)
        for code, direction in chosen.items()
    )
    db.flush()
    return text_id


def make_statement(
    db: Session,
    texts: Sequence[bytes],
    *,
    words: str,
    service_id: bytes | None = None,
    area_id: bytes | None = None,
    state: TextState = TextState.READY,
    period: str = EDITION,
) -> bytes:
    """Store a sentence made from some texts; return its id."""
    statement_id = secrets.token_bytes(16)
    db.add(
        Statement(
            id=statement_id,
            period=period,
            service_id=service_id,
            area_id=area_id,
            family="C",
            words=words,
            language="en",
            state=state,
        )
    )
    db.flush()
    db.add_all(StatementSource(statement_id=statement_id, text_id=text_id) for text_id in texts)
    db.flush()
    return statement_id


def invented_words(number: int) -> str:
    """Return a sentence unlike any other number's: no six words in a row are the same."""
    syllables = ("ba", "do", "fi", "lu", "me", "na", "po", "ru", "se", "ti")
    name = "".join(syllables[int(digit)] for digit in f"{number:04d}")
    return f"The {name} desk was slow, and the {name} worker was kind."
