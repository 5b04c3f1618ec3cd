"""Deciding on answers that were set aside: by day 14 after their quarter, or they stay aside."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.periods import freeze_day
from coproduce.feedback.set_aside import (
    SetAside,
    clear_set_aside,
    leave_out_set_aside,
    list_set_aside,
    list_set_aside_periods,
)


class Choice(StrEnum):
    """What may be decided."""

    COUNT = "count"
    LEAVE_OUT = "leave_out"


class SetAsideStep(StrEnum):
    """What the log says. The quarter stands beside it."""

    COUNTED = "set-aside answers counted"
    LEFT_OUT = "set-aside answers left out"


def can_decide(period: str, today: date, frozen: Collection[str]) -> bool:
    """Return True until the quarter may be frozen; afterwards its answers stay aside.

    Source: design rule "every flag is decided by day 14" (docs/disclosure.md, R2).
    """
    return today < freeze_day(period) and period not in frozen


def list_to_decide(
    db: Session, today: date, frozen: Collection[str], not_about: Collection[bytes]
) -> list[SetAside]:
    """Return what a lead can still decide on: nothing about services they have to do with."""
    periods = [p for p in list_set_aside_periods(db) if can_decide(p, today, frozen)]
    return [one for one in list_set_aside(db, periods) if one.service_id not in not_about]


def decide_set_aside(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    choice: Choice,
    *,
    service_id: bytes | None,
    area_id: bytes | None,
    period: str,
    frozen: Collection[str],
    not_about: Collection[bytes],
    today: date,
) -> None:
    """Count what was set aside about one service or area in one quarter, or leave it out.

    Raises:
        NotFound: if whoever decides has to do with the service.
        Conflict: if it was decided meanwhile, or it is too late.
    """
    if service_id in not_about:
        raise NotFound(_("You have to do with this service. Another lead must decide."))
    if not can_decide(period, today, frozen):
        raise Conflict(
            _("This quarter is closed. What was set aside in it stays aside, and nothing waits.")
        )
    if choice is Choice.COUNT:
        done = clear_set_aside(db, service_id, area_id, period)
        what = SetAsideStep.COUNTED
    else:
        done = leave_out_set_aside(db, service_id, area_id, period, today)
        what = SetAsideStep.LEFT_OUT
    if not done:
        raise Conflict(_("Somebody has decided on these answers already. Nothing was changed now."))
    append_to_log(db, keys, day=today, account_id=actor_id, what=what, about=period)
