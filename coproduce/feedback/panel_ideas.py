"""Ideas for panels: words of a moderator with an area and a kind of service, and nothing else.

They wait for one day of the week and go out together, so that no idea tells when it was written.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.core.errors import NotFound, RuleBroken
from coproduce.core.messages import _
from coproduce.core.text import folded
from coproduce.feedback.models import Consent, ModeratedText, PanelIdea
from coproduce.services.queries import count_listed_services, get_kind_and_area, list_area_parents
from coproduce.services.rules import areas_around

SMALLEST_CHOICE = 3
"""Services of its kind that an idea must fit, so that it never points at one.

Source: docs/operating.md, ideas for panels.
"""

GRAVE = 3
"""Seriousness from which on a panel must answer. Source: docs/coding.md."""

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class WhereAbouts:
    """All that an idea says of where it comes from. ``kind`` is "" if that would say too much."""

    area_id: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Idea:
    """One idea as a panel reads it."""

    id: bytes
    batch: date | None
    area_id: bytes
    service_kind: str
    words: str
    language: str
    must_be_answered: bool


def must_be_answered(*, seriousness: int, matters_to_few: bool) -> bool:
    """Return True if a panel may not leave the idea without an answer."""
    return seriousness >= GRAVE or matters_to_few


def whereabouts(
    area_id: bytes,
    kind: str,
    *,
    parents: Mapping[bytes, bytes | None],
    services: Iterable[tuple[bytes, str, int]],
) -> WhereAbouts:
    """Return the smallest area around where the idea fits at least three services.

    An idea says its kind of service too, so services of that kind are counted. Where there are too
    few of them even in the largest area, the kind is left out and all services count.

    Args:
        area_id: where the service is, or the area that was written about.
        kind: of the service, "" for an area.
        parents: the next larger area of each.
        services: how many there are, by area and kind.
    """
    around = areas_around(area_id, parents)
    counted = list(services)
    for wanted in dict.fromkeys((kind, "")):
        numbers = dict.fromkeys(around, 0)
        for place, its_kind, number in counted:
            if not wanted or folded(its_kind) == folded(wanted):
                for outer in areas_around(place, parents):
                    if outer in numbers:
                        numbers[outer] += number
        for candidate in around:
            if numbers[candidate] >= SMALLEST_CHOICE:
                return WhereAbouts(candidate, wanted)
    return WhereAbouts(around[-1], "")


def offer_idea(
    db: Session, text_id: bytes, words: str, *, must_be_answered: bool, chance: Chance
) -> None:
    """Keep an idea of a text, in a moderator's words, until the next batch goes to the panels.

    Raises:
        NotFound: if nobody has made the text safe, or its writer took it back.
        RuleBroken: if its writer wanted it counted only.
    """
    text = db.get(ModeratedText, text_id)
    if text is None:
        raise NotFound()
    if text.consent is Consent.COUNT_ONLY:
        raise RuleBroken(_("The writer wants this counted only. It cannot go to a panel."))
    kind, area_id = get_kind_and_area(db, text.service_id) if text.service_id else ("", None)
    where = whereabouts(
        area_id or text.area_id or b"",
        kind,
        parents=list_area_parents(db),
        services=count_listed_services(db),
    )
    db.add(
        PanelIdea(
            id=chance(16),
            batch=None,
            area_id=where.area_id,
            service_kind=where.kind,
            words=words,
            language=text.language,
            must_be_answered=must_be_answered,
            text_id=text_id,
        )
    )
    db.flush()


def send_ideas(db: Session, today: date, chance: Chance) -> int:
    """Give every waiting idea to the panels as one batch; return how many there were.

    They are written anew under new random ids, so that nothing tells in which order they came.
    """
    waiting = db.execute(select(PanelIdea.__table__).where(PanelIdea.batch.is_(None))).mappings()
    anew = [dict(row) | {"id": chance(16), "batch": today} for row in waiting]
    db.execute(delete(PanelIdea).where(PanelIdea.batch.is_(None)))
    for values in sorted(anew, key=lambda row: row["id"]):
        db.add(PanelIdea(**values))
        db.flush()
    return len(anew)


def unlink_ideas(db: Session, text_ids: Collection[bytes]) -> None:
    """Let ideas stand on their own: their texts are published and go."""
    db.execute(update(PanelIdea).where(PanelIdea.text_id.in_(text_ids)).values(text_id=None))


def list_ideas(db: Session, *, batch: date | None = None) -> list[Idea]:
    """Return the ideas that went out, or those of one batch, newest batch first.

    Within a batch their order is that of random numbers.
    """
    ideas = select(PanelIdea).where(PanelIdea.batch.is_not(None))
    if batch is not None:
        ideas = ideas.where(PanelIdea.batch == batch)
    return [
        Idea(
            idea.id,
            idea.batch,
            idea.area_id,
            idea.service_kind,
            idea.words,
            idea.language,
            idea.must_be_answered,
        )
        for idea in db.scalars(ideas.order_by(PanelIdea.batch.desc(), PanelIdea.id))
    ]
