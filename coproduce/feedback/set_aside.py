"""Answers that looked odd or were set aside: shown in rough words, then counted or left out.

A screen never refuses anything. Many answers from one network within an hour may be one person, or
everybody in a hostel; only people who know the place can tell.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, func, select, union, update
from sqlalchemy.orm import Session

from coproduce.core.db import insert_once
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import (
    Fate,
    FateState,
    FlagState,
    Response,
    Screen,
    ScreenFlag,
    ScreenKind,
)
from coproduce.feedback.moderated_words import shown_from
from coproduce.feedback.open_pool import hold_open_pool, mix_open_pool

__all__ = ["Amount", "Leaning", "ScreenKind", "SetAside"]

SOME, MANY = 5, 20
"""Where rough words for a number change; below the first nothing is said of the answers.

Source: release rule R6 (docs/disclosure.md): no answers of fewer than five.
"""

MOSTLY = 0.7
"""Share from which on answers are called mostly this. Source: docs/operating.md, set aside."""


class Amount(StrEnum):
    """How many answers, in rough words."""

    FEW = "few"
    SOME = "some"
    MANY = "many"


class Leaning(StrEnum):
    """How answers to "how was it" fall, in rough words."""

    MOSTLY_GOOD = "mostly_good"
    MOSTLY_POOR = "mostly_poor"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class SetAside:
    """What waits for a person about one service or area in one quarter.

    ``amount`` is None if a screen struck and no answer was set aside for it: a person is only told.
    ``struck`` says which screens struck; none if many answers came from one network.
    """

    service_id: bytes | None
    area_id: bytes | None
    period: str
    amount: Amount | None
    leaning: Leaning | None
    struck: tuple[ScreenKind, ...] = ()


def amount_of(count: int) -> Amount:
    """Return a number in rough words."""
    if count >= MANY:
        return Amount.MANY
    return Amount.SOME if count >= SOME else Amount.FEW


def leaning_of(groups: Mapping[str, int]) -> Leaning | None:
    """Return how answers fall, or None if there are too few to say anything of them."""
    said = sum(groups.get(group, 0) for group in ("good", "mixed", "poor"))
    if said < SOME:
        return None
    if groups.get("good", 0) >= MOSTLY * said:
        return Leaning.MOSTLY_GOOD
    return Leaning.MOSTLY_POOR if groups.get("poor", 0) >= MOSTLY * said else Leaning.BOTH


def list_set_aside(db: Session, periods: Collection[str]) -> list[SetAside]:
    """Return what waits in these quarters, by quarter; within it in no order that tells a number.

    Args:
        db: a session.
        periods: quarters in which answers can still be decided.
    """
    groups = db.execute(
        select(Response.service_id, Response.area_id, Response.period, func.count().label("number"))
        .where(_waits(), Response.period.in_(periods))
        .group_by(Response.service_id, Response.area_id, Response.period)
    ).all()
    struck = _struck(db, periods)
    found = [
        SetAside(
            group.service_id,
            group.area_id,
            group.period,
            amount_of(group.number),
            _leaning(db, group.service_id, group.area_id, group.period),
            struck.pop((group.service_id, group.period), ()),
        )
        for group in groups
    ]
    found += [
        SetAside(service_id, None, period, None, None, kinds)
        for (service_id, period), kinds in struck.items()
    ]
    return sorted(found, key=lambda one: (one.period, one.service_id or one.area_id or b""))


def list_set_aside_periods(db: Session) -> list[str]:
    """Return the quarters in which something waits."""
    flagged = select(ScreenFlag.period).where(ScreenFlag.state == FlagState.WAITS)
    return list(db.scalars(union(select(Response.period).where(_waits()), flagged)))


def clear_set_aside(
    db: Session, service_id: bytes | None, area_id: bytes | None, period: str
) -> bool:
    """Let what was set aside count like all other answers; return False if nothing waited.

    The rows are then mixed, or their place would still tell which of them had been set aside.
    """
    hold_open_pool(db)
    which = _waits() & _about(service_id, area_id, period)
    cleared = db.execute(
        update(Response).where(which).values(screen=Screen.CLEAR).returning(Response.id)
    ).all()
    if cleared:
        mix_open_pool(db, [period])
    was_flagged = _settle_flags(db, service_id, period, FlagState.COUNTED)
    return bool(cleared) or was_flagged


def leave_out_set_aside(
    db: Session, service_id: bytes | None, area_id: bytes | None, period: str, today: date
) -> bool:
    """Delete what was set aside; their codes tell so from Monday on. Return False if none waited.

    Nothing is kept that nobody will count.
    """
    which = _waits() & _about(service_id, area_id, period)
    gone = db.scalars(delete(Response).where(which).returning(Response.id)).all()
    for response_id in sorted(gone):
        insert_once(
            db,
            Fate,
            id=response_id,
            period=period,
            state=FateState.NOT_USED,
            shown_from=shown_from(today),
        )
    if gone:
        _settle_flags(db, service_id, period, FlagState.LEFT_OUT)
    return bool(gone)


def _struck(
    db: Session, periods: Collection[str]
) -> dict[tuple[bytes | None, str], tuple[ScreenKind, ...]]:
    """Return which screens wait for a decision, by service and quarter."""
    rows = db.execute(
        select(ScreenFlag.service_id, ScreenFlag.period, ScreenFlag.kind)
        .where(ScreenFlag.state == FlagState.WAITS, ScreenFlag.period.in_(periods))
        .order_by(ScreenFlag.kind)
    )
    struck: dict[tuple[bytes | None, str], tuple[ScreenKind, ...]] = {}
    for service_id, period, kind in rows:
        struck[service_id, period] = (*struck.get((service_id, period), ()), kind)
    return struck


def _settle_flags(db: Session, service_id: bytes | None, period: str, state: FlagState) -> bool:
    """Write down what a person decided; return False if no screen waited for it."""
    settled = db.scalars(
        update(ScreenFlag)
        .where(
            ScreenFlag.service_id == service_id,
            ScreenFlag.period == period,
            ScreenFlag.state == FlagState.WAITS,
        )
        .values(state=state)
        .returning(ScreenFlag.kind)
    )
    return bool(settled.all())


def _leaning(
    db: Session, service_id: bytes | None, area_id: bytes | None, period: str
) -> Leaning | None:
    rows = db.execute(
        select(Response.framework, Response.answers).where(
            _waits(), _about(service_id, area_id, period)
        )
    )
    groups: Counter[str] = Counter()
    for framework, answers in rows:
        for question in load_framework(framework).asked_about(service=service_id is not None):
            if question.key == "overall":
                chosen = answers.get(question.key)
                groups.update(o.group for o in question.options if o.key == chosen and o.group)
    return leaning_of(groups)


def _waits() -> ColumnElement[bool]:
    return Response.screen == Screen.SET_ASIDE


def _about(service_id: bytes | None, area_id: bytes | None, period: str) -> ColumnElement[bool]:
    subject = (
        Response.service_id == service_id if service_id is not None else Response.area_id == area_id
    )
    return subject & (Response.period == period)
