"""Invitation cards: each counts once, and says who handed it out, never who used it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from coproduce.core.codes import fingerprint, new_card_code
from coproduce.core.db import insert_once
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.feedback.models import Card, CardBatch, Source, UnusedCard
from coproduce.feedback.rules import (
    CARD_MONTHS,
    CARDS_AT_LEAST,
    CARDS_AT_MOST,
    last_day_of_cards,
)

__all__ = [
    "HANDED_OUT_BY",
    "Batch",
    "Source",
    "cancel_batch",
    "expire_cards",
    "find_card",
    "list_batches",
    "make_batch",
    "new_card_codes",
    "spend_card",
]

HANDED_OUT_BY: Final = frozenset({Source.OUTREACH, Source.AGENCY, Source.PROVIDER})
"""Who may hand out cards. Source: privacy rule A.7 (docs/threat-model.md)."""

_PURPOSE: Final = "invitation card"

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Batch:
    """Cards that were printed together. How many of them were used is shown to nobody."""

    id: bytes
    source: Source
    size: int
    made_on: date
    good_until: date


def new_card_codes(size: int, chance: Chance) -> list[str]:
    """Return so many different codes, to be printed once; nothing is stored yet."""
    # In the order of chance: sorted cards would be a stack with serial numbers.
    codes: dict[str, None] = {}
    while len(codes) < size:
        codes[new_card_code(chance)] = None
    return list(codes)


def make_batch(
    db: Session,
    keys: Keys,
    batch_id: bytes,
    service_id: bytes,
    *,
    source: Source,
    codes: list[str],
    months: int,
    today: date,
) -> None:
    """Make printed cards good for one service.

    Only a keyed mark of each code is stored, ordered by that mark: nothing here tells which card
    came from the printer before which.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        batch_id: comes from the page, so that a form sent twice makes one batch.
        service_id: what the cards are about.
        source: who hands them out.
        codes: as they stand on the cards, from `new_card_codes`.
        months: how long they are good.
        today: the day they are made.

    Raises:
        RuleBroken: if it is too small, too large or too long.
        Conflict: if this batch was made before.
    """
    if not CARDS_AT_LEAST <= len(set(codes)) <= CARDS_AT_MOST or source not in HANDED_OUT_BY:
        raise RuleBroken(
            _(
                "Make between %(least)s and %(most)s cards at once.",
                least=CARDS_AT_LEAST,
                most=CARDS_AT_MOST,
            )
        )
    if not 1 <= months <= CARD_MONTHS:
        raise RuleBroken(_("Cards can be good for %(most)s months at most.", most=CARD_MONTHS))
    if not insert_once(
        db,
        CardBatch,
        id=batch_id,
        service_id=service_id,
        source=source,
        size=len(codes),
        made_on=today,
        good_until=last_day_of_cards(today, months),
    ):
        raise Conflict(_("These cards were made already."))
    tags = sorted(_tag(keys, code) for code in codes)
    db.execute(insert(Card), [{"tag": tag, "batch_id": batch_id} for tag in tags])
    db.execute(insert(UnusedCard), [{"tag": tag} for tag in tags])


def find_card(db: Session, keys: Keys, code: str, today: date) -> bytes | None:
    """Return the service that a card is about, used or not; None if it is unknown or too old.

    Whoever printed cards has their codes. If a used one opened another page, they could look in
    all day and see who answered, and when.
    """
    found = _batch_of(db, _tag(keys, code), today)
    return found.service_id if found else None


def spend_card(
    db: Session, keys: Keys, code: str, service_id: bytes | None, today: date
) -> Source | None:
    """Use up a card and return who handed it out; None if it is not good for this service.

    Of two forms that come with one card at once exactly one gets its source. The card still opens
    its form: what is sent with it then is an open answer.
    """
    tag = _tag(keys, code)
    found = _batch_of(db, tag, today)
    if found is None or found.service_id != service_id:
        return None
    used_up = delete(UnusedCard).where(UnusedCard.tag == tag).returning(UnusedCard.tag)
    return found.source if db.scalars(used_up).all() else None


def list_batches(db: Session, service_id: bytes) -> list[Batch]:
    """Return the batches of a service that are still good, the newest first."""
    rows = db.scalars(select(CardBatch).where(CardBatch.service_id == service_id))
    batches = [Batch(r.id, r.source, r.size, r.made_on, r.good_until) for r in rows]
    return sorted(batches, key=lambda batch: (batch.made_on, batch.id), reverse=True)


def cancel_batch(db: Session, batch_id: bytes, service_id: bytes) -> Batch:
    """Let the cards of a batch open nothing any more, and return what it was.

    Raises:
        NotFound: if the service has no such batch (any more).
    """
    row = db.get(CardBatch, batch_id, with_for_update=True)
    if row is None or row.service_id != service_id:
        raise NotFound(_("These cards are cancelled already, or they ran out."))
    batch = Batch(row.id, row.source, row.size, row.made_on, row.good_until)
    db.execute(delete(CardBatch).where(CardBatch.id == batch_id))
    return batch


def expire_cards(db: Session, today: date) -> None:
    """Delete cards whose last day is over.

    Source: docs/retention.md: a card is good for a year at most.
    """
    db.execute(delete(CardBatch).where(CardBatch.good_until < today))


def _batch_of(db: Session, tag: bytes, today: date) -> CardBatch | None:
    return db.scalars(
        select(CardBatch)
        .join(Card, Card.batch_id == CardBatch.id)
        .where(Card.tag == tag, CardBatch.good_until >= today)
    ).first()


def _tag(keys: Keys, code: str) -> bytes:
    return fingerprint(keys.secret_for(_PURPOSE), code.encode())
