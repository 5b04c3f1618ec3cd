"""The second reading: nobody publishes a quote alone, and codes are tried out by two.

The second person sees safe words only. The original went when the first reading was stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.column_types import ID_BYTES
from coproduce.core.content_notes import content_notes
from coproduce.core.db import insert_once
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.feedback.codebook import NOT_ASSIGNED
from coproduce.feedback.moderated_words import MadeCoding, TextState
from coproduce.feedback.queries import texts_about
from coproduce.feedback.recoding import find_not_assigned, get_codings, recode
from coproduce.feedback.second_words import (
    SafeText,
    approve_words,
    find_safe_text,
    get_safe_text,
    is_kept,
    keep_themes_only,
    use_other_words,
)
from coproduce.moderation.coding_agreement import count_agreement
from coproduce.moderation.models import (
    Assignment,
    CodingSample,
    ConflictOfInterest,
    FirstReading,
    PassedOn,
    Task,
)
from coproduce.moderation.queue import take_back_lapsed
from coproduce.moderation.team import Profile

TRIES = 5
"""How often another text is looked for: a colleague took it, or it is on a declined topic."""

SECOND_TASKS = (Task.SECOND_READING, Task.SECOND_CODING)

Chance = Callable[[int], bytes]


class SecondStep(StrEnum):
    """What the log says of a second reading. It never says of which text."""

    APPROVED = "quote approved"
    REWORDED = "quote put in other words"
    THEMES_ONLY = "quote kept as themes only"
    PASSED_ON = "second reading passed on"
    SERVICE_SHOWN = "service shown at second reading"
    CODED = "second coding saved"
    RECODED = "text coded again"


@dataclass(frozen=True, slots=True)
class Given:
    """A text that is with somebody now, and what they are to do with it."""

    text_id: bytes
    task: Task


def get_given(db: Session, actor_id: bytes) -> Given | None:
    """Return what somebody has in hand for a second reading or coding, or None.

    What its writer took back meanwhile is in nobody's hand, nor is what they must not read.
    """
    rows = db.execute(
        select(Assignment.text_id, Assignment.task)
        .where(
            Assignment.account_id == actor_id,
            Assignment.task.in_(SECOND_TASKS),
            _no_conflict(actor_id),
        )
        .order_by(Assignment.text_id)
    )
    return next((Given(*row) for row in rows if is_kept(db, row.text_id)), None)


def is_waiting(db: Session, actor_id: bytes, profile: Profile, chance: Chance) -> bool:
    """Return True if there is something to read second for somebody."""
    return _find(db, actor_id, profile, chance) is not None


def take_second(
    db: Session, actor_id: bytes, profile: Profile, today: date, chance: Chance
) -> Given | None:
    """Give somebody a random text to read second, or the one they have; None if none waits.

    What a person took and did not finish goes back to the others, as at the first reading.
    """
    take_back_lapsed(db, today)
    if given := get_given(db, actor_id):
        return given
    for _try in range(TRIES):
        found = _find(db, actor_id, profile, chance)
        if found is None:
            return None
        taken = insert_once(
            db,
            Assignment,
            text_id=found.text_id,
            account_id=actor_id,
            task=found.task,
            given_on=today,
        )
        if taken:
            return found
    return None


def require_given(
    db: Session, actor_id: bytes, text_id: bytes, task: Task, *, to_change: bool = True
) -> None:
    """Pass if the text is with this person for this task; to change it, hold it.

    Raises:
        Conflict: if it is not, or not any more.
    """
    mine = select(Assignment.text_id).where(
        Assignment.text_id == text_id,
        Assignment.account_id == actor_id,
        Assignment.task == task,
        _no_conflict(actor_id),
    )
    if db.scalar(mine.with_for_update() if to_change else mine) is None:
        raise Conflict(
            _("These words are not with you any more. They were decided, or are with a colleague.")
        )


def can_approve(db: Session, actor_id: bytes, text_id: bytes) -> bool:
    """Return True if the first reader is known and is somebody else.

    Where the first reader's account was erased, nobody can show that there were two.
    """
    first = db.scalar(select(FirstReading.account_id).where(FirstReading.text_id == text_id))
    return first is not None and first != actor_id


def approve_quote(db: Session, keys: Keys, actor_id: bytes, text_id: bytes, today: date) -> None:
    """Let a quote be published; a second person has read it.

    Raises:
        Conflict: if it is not with this person, they read it first, or it was decided.
        NotFound: if its writer took it back.
    """
    require_given(db, actor_id, text_id, Task.SECOND_READING)
    if not can_approve(db, actor_id, text_id):
        get_safe_text(db, text_id)
        raise Conflict(_("A quote needs a second person. You cannot approve this one."))
    approve_words(db, text_id, today)
    _finish(db, keys, actor_id, text_id, SecondStep.APPROVED, today)


def reword_quote(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    text_id: bytes,
    words: str,
    language: str,
    today: date,
) -> None:
    """Put a second person's own words in place of a quote.

    Raises:
        Conflict: if it is not with this person, or was decided.
        NotFound: if its writer took it back.
    """
    require_given(db, actor_id, text_id, Task.SECOND_READING)
    use_other_words(db, text_id, words, language, today)
    _finish(db, keys, actor_id, text_id, SecondStep.REWORDED, today)


def drop_quote(db: Session, keys: Keys, actor_id: bytes, text_id: bytes, today: date) -> None:
    """Delete the words of a quote and keep its themes.

    Raises:
        Conflict: if it is not with this person, or was decided.
        NotFound: if its writer took it back.
    """
    require_given(db, actor_id, text_id, Task.SECOND_READING)
    keep_themes_only(db, text_id, today)
    db.execute(delete(CodingSample).where(CodingSample.text_id == text_id))
    _finish(db, keys, actor_id, text_id, SecondStep.THEMES_ONLY, today)


def pass_on(db: Session, keys: Keys, actor_id: bytes, text_id: bytes, today: date) -> None:
    """Give a text back for others; nobody asks why, and it does not come again. Twice is once."""
    gone = db.execute(
        delete(Assignment)
        .where(
            Assignment.text_id == text_id,
            Assignment.account_id == actor_id,
            Assignment.task.in_(SECOND_TASKS),
        )
        .returning(Assignment.text_id)
    ).first()
    if gone and insert_once(db, PassedOn, text_id=text_id, account_id=actor_id):
        _log(db, keys, actor_id, SecondStep.PASSED_ON, today)


def note_service_shown(db: Session, keys: Keys, actor_id: bytes, today: date) -> None:
    """Note that a second reader asked for the service, which is seldom needed."""
    _log(db, keys, actor_id, SecondStep.SERVICE_SHOWN, today)


def save_second_coding(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    text_id: bytes,
    codings: Sequence[MadeCoding],
    today: date,
) -> None:
    """Count where two coders agree, and forget how the second one coded.

    Raises:
        Conflict: if it is not with this person, or was coded meanwhile.
        NotFound: if its writer took it back.
    """
    require_given(db, actor_id, text_id, Task.SECOND_CODING)
    text = get_safe_text(db, text_id)
    gone = db.execute(
        delete(CodingSample)
        .where(CodingSample.text_id == text_id, CodingSample.account_id != actor_id)
        .returning(CodingSample.text_id)
    ).first()
    if gone is None:
        raise Conflict(_("Somebody has coded this text already. Nothing was changed now."))
    first = {coding.code for coding in get_codings(db, text_id)}
    count_agreement(db, text.codebook, first, {coding.code for coding in codings})
    _finish(db, keys, actor_id, text_id, SecondStep.CODED, today)


def find_to_recode(db: Session, profile: Profile, start: bytes) -> bytes | None:
    """Return a text that no code fitted, after ``start`` in the order of random ids, or None."""
    for _try in range(TRIES):
        found = find_not_assigned(
            db, start=start, languages=profile.languages, not_about=profile.conflicts
        )
        if found is None or not _is_declined(db, profile, found):
            return found
        start = found
    return None


def get_to_recode(db: Session, profile: Profile, text_id: bytes) -> SafeText:
    """Return a text that no code fitted, to somebody who may read it.

    Raises:
        NotFound: if it is not there, or is about a service this person must not read about.
        Conflict: if it has a theme by now, or was not decided yet.
    """
    text = get_safe_text(db, text_id)
    if text.service_id in profile.conflicts:
        raise NotFound()
    codes = [coding.code for coding in get_codings(db, text_id)]
    if codes != [NOT_ASSIGNED] or text.state is not TextState.READY:
        raise Conflict(_("Somebody has given this text a theme already."))
    return text


def recode_text(
    db: Session,
    keys: Keys,
    actor_id: bytes,
    profile: Profile,
    text_id: bytes,
    codings: Sequence[MadeCoding],
    today: date,
) -> None:
    """Give a text that no code fitted its themes by the present codebook.

    Raises:
        NotFound: if it is not there, or is about a service this person must not read about.
        Conflict: if somebody gave it a theme meanwhile.
    """
    get_to_recode(db, profile, text_id)
    recode(db, text_id, codings)
    _log(db, keys, actor_id, SecondStep.RECODED, today)


def _find(db: Session, actor_id: bytes, profile: Profile, chance: Chance) -> Given | None:
    """Return a random text that somebody may be given; never one on a topic they decline."""
    mine_or_taken = (
        select(Assignment.text_id)
        .union(
            select(PassedOn.text_id).where(PassedOn.account_id == actor_id),
            select(FirstReading.text_id).where(FirstReading.account_id == actor_id),
        )
        .subquery()
    )
    sampled = select(CodingSample.text_id).where(CodingSample.account_id != actor_id)
    for task, state, among in (
        (Task.SECOND_READING, TextState.WAITS_FOR_SECOND, None),
        (Task.SECOND_CODING, TextState.READY, sampled),
    ):
        for _try in range(TRIES):
            found = find_safe_text(
                db,
                state,
                start=chance(ID_BYTES),
                languages=profile.languages,
                not_about=profile.conflicts,
                among=among,
                not_among=select(mine_or_taken.c.text_id),
            )
            if found is None:
                break
            if not _is_declined(db, profile, found):
                return Given(found, task)
    return None


def _is_declined(db: Session, profile: Profile, text_id: bytes) -> bool:
    """Return True if a text is on a topic that somebody asked not to receive."""
    return bool(profile.declined & content_notes(get_safe_text(db, text_id).words or ""))


def _no_conflict(actor_id: bytes) -> ColumnElement[bool]:
    """Return the condition that a given text is about no service somebody has to do with."""
    own = select(ConflictOfInterest.service_id).where(ConflictOfInterest.account_id == actor_id)
    return Assignment.text_id.not_in(texts_about(own))


def _finish(
    db: Session, keys: Keys, actor_id: bytes, text_id: bytes, what: SecondStep, today: date
) -> None:
    """Let go of a text. Who read it first is needed no more once the words are decided."""
    db.execute(delete(Assignment).where(Assignment.text_id == text_id))
    if what is not SecondStep.CODED:
        db.execute(delete(FirstReading).where(FirstReading.text_id == text_id))
    _log(db, keys, actor_id, what, today)


def _log(db: Session, keys: Keys, actor_id: bytes, what: SecondStep, today: date) -> None:
    append_to_log(db, keys, day=today, account_id=actor_id, what=what)
