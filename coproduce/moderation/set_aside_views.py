"""The page on which a lead decides what was set aside."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.errors import Conflict, NotFound
from coproduce.core.messages import Message, _
from coproduce.core.periods import first_day, freeze_day, is_period, last_day
from coproduce.feedback.set_aside import Amount, Leaning, ScreenKind, SetAside
from coproduce.moderation.second_forms import read_id
from coproduce.moderation.set_aside import Choice, decide_set_aside, list_to_decide
from coproduce.moderation.settled_before import SettledBeforePage
from coproduce.moderation.team import get_profile
from coproduce.services.queries import get_name
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

AMOUNTS = {
    Amount.FEW: _("A few answers"),
    Amount.SOME: _("5 answers or more"),
    Amount.MANY: _("20 answers or more"),
}

LEANINGS = {
    Leaning.MOSTLY_GOOD: _("Most say it was good."),
    Leaning.MOSTLY_POOR: _("Most say it was poor."),
    Leaning.BOTH: _("Some say it was good, some say it was poor."),
}

NETWORK = _("Many answers came from one network in a short time.")

STRUCK = {
    ScreenKind.BURST: _("Far more people answered than in the quarters before."),
    ScreenKind.SAME_ANSWERS: _("Many answers are the same in every question."),
    ScreenKind.STRAIGHT_LINES: _("Many answers tick the same place for every statement."),
    ScreenKind.SAME_WORDS: _("Some texts use nearly the same words."),
    ScreenKind.PROVIDER_CARDS: _(
        "Answers through the provider’s own cards are much better than all others."
    ),
}

ListFrozen = Callable[[Session], Collection[str]]
"""Returns the quarters that are in a report; this feature knows nothing of reports."""

SetAsideView = Callable[[Session, ParsedRequest], Reply]


@dataclass(frozen=True, slots=True)
class SetAsideLine:
    """What waits about one service or area in one quarter; no amount if nothing is set aside."""

    group: SetAside
    subject: str
    reasons: tuple[Message, ...]
    amount: Message | None
    leaning: Message | None
    first: date
    last: date
    decide_before: date

    @property
    def key(self) -> str:
        """What names the group in a form."""
        kind = "service" if self.group.service_id else "area"
        subject_id = self.group.service_id or self.group.area_id or b""
        return f"{kind} {subject_id.hex()} {self.group.period}"


@dataclass(frozen=True, kw_only=True)
class SetAsidePage(Page):
    """What was set aside and can still be decided."""

    template: ClassVar[str] = "moderation/set_aside.html"

    lines: list[SetAsideLine]


def show_set_aside_of(list_frozen: ListFrozen) -> SetAsideView:
    """Return the view that shows what was set aside.

    Args:
        list_frozen: returns the quarters in which nothing can be decided any more.
    """

    def show_set_aside(db: Session, asked: ParsedRequest) -> Reply:
        groups = list_to_decide(db, asked.today, list_frozen(db), _conflicts(db, asked))
        return SetAsidePage(lines=[_line(db, group) for group in groups])

    return show_set_aside


def decide_set_aside_of(list_frozen: ListFrozen) -> SetAsideView:
    """Return the view that counts what was set aside, or leaves it out.

    Args:
        list_frozen: returns the quarters in which nothing can be decided any more.
    """

    def decide(db: Session, asked: ParsedRequest) -> Reply:
        service_id, area_id, period = _group(asked)
        if asked.field("act") not in set(Choice):
            raise NotFound()
        try:
            decide_set_aside(
                db,
                asked.site.keys,
                asked.actor.own_id(),
                Choice(asked.field("act")),
                service_id=service_id,
                area_id=area_id,
                period=period,
                frozen=list_frozen(db),
                not_about=_conflicts(db, asked),
                today=asked.today,
            )
        except Conflict as conflict:
            return SettledBeforePage(status=409, message=conflict.message, back="/set-aside")
        return SeeOther("/set-aside#done")

    return decide


def _line(db: Session, group: SetAside) -> SetAsideLine:
    return SetAsideLine(
        group,
        get_name(db, service_id=group.service_id, area_id=group.area_id),
        tuple(STRUCK[kind] for kind in group.struck) or (NETWORK,),
        AMOUNTS[group.amount] if group.amount else None,
        LEANINGS[group.leaning] if group.leaning else None,
        first_day(group.period),
        last_day(group.period),
        freeze_day(group.period),
    )


def _conflicts(db: Session, asked: ParsedRequest) -> Collection[bytes]:
    return get_profile(db, asked.actor.own_id(), asked.site.languages[0]).conflicts


def _group(asked: ParsedRequest) -> tuple[bytes | None, bytes | None, str]:
    """Return the service or area, and the quarter, that the form names.

    Raises:
        NotFound: if it names none.
    """
    pieces = asked.field("group").split(" ")
    if len(pieces) != 3 or pieces[0] not in {"service", "area"} or not is_period(pieces[2]):
        raise NotFound()
    subject_id = read_id(pieces[1])
    is_service = pieces[0] == "service"
    return (subject_id if is_service else None, None if is_service else subject_id, pieces[2])
