"""First readings: what somebody decides on a text, once, and what the log says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.db import insert_row
from coproduce.core.errors import Conflict
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.feedback.moderated_words import (
    Made,
    Reason,
    Signpost,
    TextState,
    keep_moderated,
    match_text,
    refuse_text,
)
from coproduce.feedback.panel_ideas import must_be_answered, offer_idea
from coproduce.moderation.models import CodingSample, FirstReading
from coproduce.moderation.queue import end_reading, holds, put_back
from coproduce.moderation.rules import SAMPLE_OF, Step
from coproduce.moderation.safeguarding import open_case

Chance = Callable[[int], bytes]
Below = Callable[[int], int]


class NotWithYou(Conflict):
    """The text was decided, taken back, or went back to the others."""

    def __init__(self) -> None:
        super().__init__(_("This text is no longer with you. Please go on with the next one."))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who decides, when, and what they decide with."""

    account_id: bytes
    keys: Keys
    now: datetime


@dataclass(frozen=True, slots=True)
class Risk:
    """That somebody may be at risk: safe words for safeguarding, and the service."""

    words: str
    service_name: str
    service_id: bytes | None = None


def keep_reading(
    db: Session,
    reader: Reader,
    text_id: bytes,
    made: Made,
    *,
    is_idea: bool = False,
    risk: Risk | None = None,
    chance: Chance,
    below: Below,
) -> TextState:
    """Keep what somebody made of the text they have open; return whether it may be published.

    Args:
        db: a writing session.
        reader: who decides.
        text_id: the text.
        made: what they made of it.
        is_idea: True if the words also go to a panel.
        risk: opens a safeguarding case, if given.
        chance: gives random bytes.
        below: gives a fair number below another; decides whether a second person codes it too.

    Raises:
        NotWithYou: if it is not with them any more.
        Conflict: if it was decided or taken back.
        RuleBroken: if it is more than its writer allowed, or not whole.
    """
    _hold(db, reader, text_id)
    state = keep_moderated(db, text_id, made, reader.now.date())
    if state is TextState.WAITS_FOR_SECOND:
        insert_row(db, FirstReading, text_id=text_id, account_id=reader.account_id)
    elif made.words is not None and below(SAMPLE_OF) == 0:
        insert_row(db, CodingSample, text_id=text_id, account_id=reader.account_id)
    if is_idea and made.words is not None:
        answered = must_be_answered(
            seriousness=made.seriousness, matters_to_few=made.matters_to_few
        )
        offer_idea(db, text_id, made.words, must_be_answered=answered, chance=chance)
    if risk is not None:
        open_case(
            db,
            reader.keys,
            reader.account_id,
            risk.words,
            risk.service_name,
            reader.now.date(),
            chance,
            service_id=risk.service_id,
        )
    end_reading(db, reader.account_id, text_id, reader.now)
    _log(db, reader, Step.READ)
    return state


def refuse_reading(
    db: Session, reader: Reader, text_id: bytes, reason: Reason, signpost: Signpost | None
) -> None:
    """Note that the text somebody has open cannot be used, and why.

    Raises:
        NotWithYou: if it is not with them any more.
        Conflict: if it was decided or taken back.
    """
    _hold(db, reader, text_id)
    refuse_text(db, text_id, reason, signpost, reader.now.date())
    end_reading(db, reader.account_id, text_id, reader.now)
    _log(db, reader, Step.NOT_USED)


def pass_on(db: Session, reader: Reader, text_id: bytes) -> None:
    """Give the text somebody has open to others; nobody asks why.

    Raises:
        NotWithYou: if it is not with them any more.
    """
    _hold(db, reader, text_id)
    put_back(db, reader.account_id, text_id, reader.now)
    _log(db, reader, Step.PASSED_ON)


def note_service_shown(db: Session, reader: Reader, text_id: bytes) -> None:
    """Note that somebody looked up which service their text is about.

    Raises:
        NotWithYou: if it is not with them any more.
    """
    _hold(db, reader, text_id)
    _log(db, reader, Step.SERVICE_SHOWN)


def match_service(
    db: Session, reader: Reader, text_id: bytes, service_id: bytes, *, is_conflict: bool
) -> None:
    """Make the text somebody has open be about a service. Sent twice it changes nothing more.

    If they may not read about this service, the text goes to others in the same moment.

    Args:
        db: a writing session.
        reader: who found out which service it is.
        text_id: the text.
        service_id: the service.
        is_conflict: True if the service is on their list of conflicts of interest.

    Raises:
        NotWithYou: if the text is not with them any more.
        Conflict: if it was decided or taken back.
    """
    _hold(db, reader, text_id)
    match_text(db, text_id, service_id)
    _log(db, reader, Step.MATCHED)
    if is_conflict:
        put_back(db, reader.account_id, text_id, reader.now)
        _log(db, reader, Step.PASSED_ON)


def _hold(db: Session, reader: Reader, text_id: bytes) -> None:
    if not holds(db, reader.account_id, text_id):
        raise NotWithYou()


def _log(db: Session, reader: Reader, step: Step) -> None:
    append_to_log(
        db, reader.keys, day=reader.now.date(), account_id=reader.account_id, what=step.value
    )
