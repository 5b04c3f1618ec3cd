"""Texts that were made safe, for tests of what happens to them afterwards. All words invented."""

import secrets
from collections.abc import Sequence
from datetime import date
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.core.chained_log import list_log
from coproduce.core.db import Base, Database
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.models import (
    Coding,
    Consent,
    Direction,
    Level,
    ModeratedText,
    Source,
    TextState,
    TextUse,
)
from coproduce.moderation.models import CodingSample, FirstReading
from coproduce.services.queries import Landing
from tests.people import Person

PERIOD = "2026-Q3"

_numbers = count(1)


def make_moderated(
    db: Session,
    landing: Landing,
    *,
    words: str | None = "",
    use: TextUse = TextUse.PARAPHRASE,
    state: TextState = TextState.READY,
    consent: Consent = Consent.QUOTE,
    codes: Sequence[str] = ("A1",),
    language: str = "en",
    seriousness: int = 0,
    first_reader: Person | None = None,
    sampled_by: Person | None = None,
    codebook: str = CURRENT_CODEBOOK,
) -> bytes:
    """Store what somebody made of a text, and return its id."""
    text_id = secrets.token_bytes(16)
    is_themes = use is TextUse.THEMES
    db.add(
        ModeratedText(
            id=text_id,
            period=PERIOD,
            service_id=landing.service_id,
            area_id=landing.area_id,
            source=Source.OPEN,
            consent=consent,
            use=use,
            state=state,
            words=None if is_themes else words or f"They listened to the person {next(_numbers)}.",
            language=language,
            seriousness=seriousness,
            codebook=codebook,
            shown_from=date(2026, 8, 17),
        )
    )
    db.flush()
    for code in codes:
        db.add(Coding(text_id=text_id, code=code, direction=Direction.WORKS, level=Level.SERVICE))
    if first_reader:
        db.add(FirstReading(text_id=text_id, account_id=first_reader.account_id))
    if sampled_by:
        db.add(CodingSample(text_id=text_id, account_id=sampled_by.account_id))
    db.flush()
    return text_id


def make_quote(db: Session, landing: Landing, reader: Person, *, words: str = "") -> bytes:
    """Store a quote that somebody read first and that waits for a second person."""
    return make_moderated(
        db,
        landing,
        words=words,
        use=TextUse.QUOTE,
        state=TextState.WAITS_FOR_SECOND,
        first_reader=reader,
    )


def get_text(database: Database, text_id: bytes) -> ModeratedText | None:
    """Return the row of a text as it is stored now."""
    with database.read() as db:
        return db.get(ModeratedText, text_id)


def number_of(database: Database, table: type[Base]) -> int:
    """Return how many rows a table has."""
    with database.read() as db:
        return len(db.execute(select(table.__table__)).all())


def logged(database: Database) -> list[str]:
    """Return what the log says, oldest first, with what stands beside it."""
    with database.read() as db:
        return [f"{line.what} {line.about}".strip() for line in reversed(list_log(db))]
