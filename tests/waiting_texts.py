"""Texts that wait to be read, for tests: sealed as the form seals them."""

import secrets
from datetime import date

from sqlalchemy.orm import Session

from coproduce.core.column_types import ID_BYTES
from coproduce.core.keys import Keys
from coproduce.core.periods import period_of
from coproduce.feedback.commands import sealed_words
from coproduce.feedback.models import Consent, SealedText, Source
from coproduce.feedback.rules import Words, week_of
from coproduce.services.queries import Landing


def make_waiting_text(
    db: Session,
    keys: Keys,
    landing: Landing,
    today: date,
    *,
    better: str = "More evenings please.",
    happened: str = "",
    called: str = "",
    consent: Consent = Consent.QUOTE,
    language: str = "en",
    flags: str = "",
    is_urgent: bool = False,
) -> bytes:
    """Store a text that waits to be read; return its id."""
    text = SealedText(
        id=secrets.token_bytes(ID_BYTES),
        period=period_of(today),
        waiting_since=week_of(today),
        service_id=landing.service_id,
        area_id=landing.area_id,
        box=sealed_words(db, Words(better, happened, called), keys),
        consent=consent,
        language=language,
        flags=flags,
        source=Source.OPEN,
        is_urgent=is_urgent,
    )
    db.add(text)
    db.flush()
    return text.id
