"""Safeguarding: a risk to life or to a child. Two people decide what is passed on, and to whom.

There is no name to pass on: only safe words and the service. The log holds no words at all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.codes import fingerprint
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import insert_once
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.sealing import seal_to
from coproduce.feedback.reading_keys import current_public_key
from coproduce.moderation.key_shares import ReadingKeys
from coproduce.moderation.models import CaseState, SafeguardingCase

DECIDED_WITHIN = timedelta(days=1)
"""Days until a case is due. Source: privacy rule D.6 (docs/threat-model.md)."""

GRAVE = 3
"""Seriousness from which on the lead is shown a text. Source: docs/coding.md."""

NOBODY = ""
"""Stands for a recipient where nothing is passed on."""

_PURPOSE = "safeguarding case"

Chance = Callable[[int], bytes]


class CaseStep(StrEnum):
    """What the log says of a case."""

    OPENED = "safeguarding case opened"
    JOINED = "safeguarding case joined"
    PROPOSED = "safeguarding decision proposed"
    TAKEN_BACK = "safeguarding decision taken back"
    CONFIRMED = "safeguarding decision confirmed"
    CLOSED = "safeguarding case closed"


@dataclass(frozen=True, slots=True)
class Case:
    """One case as its people see it. ``recipient`` is "" for "do not pass on", None if unsaid."""

    id: bytes
    state: CaseState
    opened_by: bytes
    second: bytes | None
    proposed_by: bytes | None
    recipient: str | None
    due_on: date

    def is_due(self, today: date) -> bool:
        """Return True if it waits longer than the procedure allows."""
        return self.state is not CaseState.CLOSED and self.due_on <= today


@dataclass(frozen=True, slots=True, repr=False)
class CaseContent:
    """All that can be passed on, and the service, so that nobody who has to do with it reads it."""

    words: str
    service_name: str
    service_id: bytes | None


def open_case(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    words: str,
    service_name: str,
    today: date,
    chance: Chance,
    *,
    service_id: bytes | None = None,
) -> bytes:
    """Open a case about a text and return its id; the words are sealed to those who read.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        actor_id: who opens it.
        words: safe words only; nothing that tells who somebody is.
        service_name: the service, or the area, that it is about.
        today: the day by the server's clock.
        chance: gives random bytes.
        service_id: the service; None for an area.
    """
    case_id = chance(ID_BYTES)
    about = service_id.hex() if service_id else ""
    said = {"words": words, "service": service_name, "service_id": about}
    content = json.dumps(said, ensure_ascii=False)
    is_new = insert_once(
        db,
        SafeguardingCase,
        id=case_id,
        state=CaseState.OPEN,
        opened_by=actor_id,
        box=seal_to(current_public_key(db, keys), content.encode()),
        due_on=today + DECIDED_WITHIN,
    )
    if is_new:
        _log(db, keys, today, actor_id, CaseStep.OPENED, case_id)
    return case_id


def open_case_of_text(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    text_id: bytes,
    words: str,
    service_name: str,
    today: date,
    *,
    service_id: bytes | None = None,
) -> bytes:
    """Open a case about a text that was read before; of the same text there is one case only.

    Twice, or by two people at once, gives the same case.
    """
    number = fingerprint(keys.secret_for(_PURPOSE), text_id)
    return open_case(
        db,
        keys,
        actor_id,
        words,
        service_name,
        today,
        lambda _size: number,
        service_id=service_id,
    )


def join_case(db: Session, keys: Keys, case_id: bytes, actor_id: bytes, today: date) -> None:
    """Become the second person of a case.

    Raises:
        NotFound: if there is no such case.
        Conflict: if it has two people, or is over.
    """
    case = _held(db, case_id)
    if actor_id in {case.opened_by, case.second}:
        return
    if case.second is not None or case.state is not CaseState.OPEN:
        raise Conflict(_("Somebody else is the second person of this case by now."))
    case.second = actor_id
    db.flush()
    _log(db, keys, today, actor_id, CaseStep.JOINED, case_id)


def propose_decision(
    db: Session, keys: Keys, case_id: bytes, actor_id: bytes, recipient: str, today: date
) -> None:
    """Say what should happen; it happens once a second person confirms.

    Raises:
        NotFound: if there is no such case.
        Conflict: if something else was proposed or decided meanwhile.
    """
    case = _held(db, case_id)
    if case.proposed_by == actor_id and case.recipient == recipient:
        return
    if case.state is not CaseState.OPEN or case.proposed_by is not None:
        raise Conflict(_("Somebody has decided on this case meanwhile. Please look at it again."))
    case.proposed_by, case.recipient = actor_id, recipient
    db.flush()
    _log(db, keys, today, actor_id, CaseStep.PROPOSED, case_id)


def take_back_proposal(
    db: Session, keys: Keys, case_id: bytes, actor_id: bytes, today: date
) -> None:
    """Let nothing be proposed, so that the two can talk and choose again.

    Raises:
        NotFound: if there is no such case.
        Conflict: if it is decided.
    """
    case = _held(db, case_id)
    if case.state is not CaseState.OPEN:
        raise Conflict(_("This case is decided. It cannot be changed any more."))
    if case.proposed_by is None:
        return
    case.proposed_by = case.recipient = None
    db.flush()
    _log(db, keys, today, actor_id, CaseStep.TAKEN_BACK, case_id)


def confirm_decision(
    db: Session, keys: Keys, case_id: bytes, actor_id: bytes, recipient: str, today: date
) -> None:
    """Decide what another person proposed. Without a recipient the case is over.

    Args:
        db: a writing session.
        keys: the secrets of the deployment.
        case_id: the case.
        actor_id: who confirms; never who proposed.
        recipient: what they saw proposed, so that nobody confirms something else.
        today: the day by the server's clock.

    Raises:
        NotFound: if there is no such case.
        Conflict: if the same person proposed it, or something else happened meanwhile.
    """
    case = _held(db, case_id)
    if case.state is not CaseState.OPEN or case.proposed_by is None or case.recipient != recipient:
        raise Conflict(_("Somebody has decided on this case meanwhile. Please look at it again."))
    if case.proposed_by == actor_id:
        raise Conflict(_("You proposed this. Another person must confirm it."))
    _log(db, keys, today, actor_id, CaseStep.CONFIRMED, case_id)
    if recipient == NOBODY:
        _close(db, keys, case, actor_id, today)
    else:
        case.state = CaseState.PASSED_ON
    db.flush()


def close_case(db: Session, keys: Keys, case_id: bytes, actor_id: bytes, today: date) -> None:
    """End a case whose words were passed on; they are deleted here. Twice changes nothing.

    Raises:
        NotFound: if there is no such case.
        Conflict: if nobody has decided yet.
    """
    case = _held(db, case_id)
    if case.state is CaseState.OPEN:
        raise Conflict(_("Two people must decide before a case can be closed."))
    if case.state is CaseState.PASSED_ON:
        _close(db, keys, case, actor_id, today)


def list_cases(db: Session, actor_id: bytes, *, is_lead: bool) -> list[Case]:
    """Return the cases somebody has part in, those due first; a lead has part in all.

    An open case without a second person is there for every reader. What it says is not: whoever
    wants to read it must join it.
    """
    cases = select(SafeguardingCase)
    if not is_lead:
        is_part = (SafeguardingCase.opened_by == actor_id) | (SafeguardingCase.second == actor_id)
        is_lonely = SafeguardingCase.second.is_(None) & (SafeguardingCase.state == CaseState.OPEN)
        cases = cases.where(is_part | is_lonely)
    found = [_case(row) for row in db.scalars(cases)]
    return sorted(found, key=lambda c: (c.state is CaseState.CLOSED, c.due_on, c.id))


def get_case(db: Session, case_id: bytes, actor_id: bytes, *, is_lead: bool) -> Case:
    """Return a case to one of its people.

    Raises:
        NotFound: if there is none, or they have no part in it.
    """
    case = db.get(SafeguardingCase, case_id)
    if case is None or not (is_lead or actor_id in {case.opened_by, case.second}):
        raise NotFound()
    return _case(case)


def read_case(db: Session, case_id: bytes, reading: ReadingKeys) -> CaseContent | None:
    """Return what can be passed on, or None once the case is closed.

    Raises:
        CannotOpenYet: if the reader holds no key that fits.
    """
    box = db.scalar(select(SafeguardingCase.box).where(SafeguardingCase.id == case_id))
    if box is None:
        return None
    content = json.loads(reading.open(box))
    service_id = bytes.fromhex(content["service_id"]) or None
    return CaseContent(content["words"], content["service"], service_id)


def has_words(db: Session, case_id: bytes) -> bool:
    """Return True until a case is closed."""
    box = select(SafeguardingCase.id).where(
        SafeguardingCase.id == case_id, SafeguardingCase.box.is_not(None)
    )
    return db.scalar(box) is not None


def count_due_cases(db: Session, today: date) -> int:
    """Return how many cases wait longer than the procedure allows."""
    due = (SafeguardingCase.state != CaseState.CLOSED) & (SafeguardingCase.due_on <= today)
    return db.scalar(select(func.count()).select_from(SafeguardingCase).where(due)) or 0


def _held(db: Session, case_id: bytes) -> SafeguardingCase:
    case = db.get(SafeguardingCase, case_id, with_for_update=True)
    if case is None:
        raise NotFound()
    return case


def _close(db: Session, keys: Keys, case: SafeguardingCase, actor_id: bytes, today: date) -> None:
    case.state, case.box = CaseState.CLOSED, None
    db.flush()
    _log(db, keys, today, actor_id, CaseStep.CLOSED, case.id)


def _log(
    db: Session, keys: Keys, today: date, actor_id: bytes, what: CaseStep, case_id: bytes
) -> None:
    about = case_id.hex()[:8]
    append_to_log(db, keys, day=today, account_id=actor_id, what=what, about=about)


def _case(row: SafeguardingCase) -> Case:
    return Case(
        row.id, row.state, row.opened_by, row.second, row.proposed_by, row.recipient, row.due_on
    )
