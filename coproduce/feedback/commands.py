"""Changing what people sent: storing a form once, taking it back, letting old things go."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from coproduce.core.codes import fingerprint
from coproduce.core.content_notes import flags_of_notes, tells_of_danger
from coproduce.core.db import insert_once, insert_row
from coproduce.core.errors import NotFound
from coproduce.core.identifying import find_identifying
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.periods import period_of
from coproduce.core.sealing import lock, seal_to
from coproduce.feedback.answer_files import CollectedAnswer
from coproduce.feedback.cards import spend_card
from coproduce.feedback.form_token import FormToken
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import (
    Consent,
    Fate,
    FateState,
    ImportedRow,
    Inbox,
    Incident,
    IncidentKind,
    ModeratedText,
    Receipt,
    Response,
    Screen,
    ScreenFlag,
    SealedText,
    Source,
    UsedForm,
)
from coproduce.feedback.open_pool import hold_open_pool, mix_open_pool, mix_withdrawn
from coproduce.feedback.queries import OpenedCode, quick_tag
from coproduce.feedback.reading_keys import current_public_key
from coproduce.feedback.rules import (
    CODE_MONTHS,
    RAW_MONTHS,
    SMALLEST_BATCH,
    Answers,
    Subject,
    Words,
    oldest_period_kept,
    sent_before,
    unread_before,
    week_of,
)
from coproduce.feedback.statements import drop_thin_statements, list_statements_from
from coproduce.services.queries import get_landing
from coproduce.services.rules import Problem

Chance = Callable[[int], bytes]


class Stored(StrEnum):
    """What sending a form did."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """One form, ready to be stored.

    ``card`` is the code of an invitation card, or nothing. If it is good, whoever handed it out
    takes the place of ``source``.
    """

    subject: Subject
    framework: str
    answers: Answers
    words: Words
    consent: Consent
    language: str
    flags: str
    source: Source = Source.OPEN
    screen: Screen = Screen.CLEAR
    card: str = ""


def submit_feedback(
    db: Session, token: FormToken, new: NewFeedback, keys: Keys, today: date
) -> Stored:
    """Store a form exactly once.

    The same form with the same content changes nothing. With other content it replaces the first,
    as long as that still waits in the inbox; afterwards nothing changes and TOO_LATE is returned.
    The text is sealed before the database sees it. A card is used up with the first content; what
    replaces that keeps its source.
    """
    form_tag, body_tag = token.form_tag(keys), _body_tag(keys, new)
    if insert_once(db, UsedForm, form_tag=form_tag, body_tag=body_tag, day=today):
        new = replace(new, source=_source_of(db, new, keys, today))
        _put_into_inbox(db, form_tag, token, new, keys, today)
        return Stored.NEW
    used = db.get_one(UsedForm, form_tag, with_for_update=True)
    if used.body_tag == body_tag:
        return Stored.SAME
    waiting = db.get(Inbox, form_tag, with_for_update=True)
    if waiting is None or waiting.is_text_settled:
        return Stored.TOO_LATE
    used.body_tag = body_tag
    if waiting.service_id == new.subject.service_id:
        new = replace(new, source=waiting.source)
    if waiting.screen is Screen.SET_ASIDE:
        # Sending it again an hour later must not let it pass.
        new = replace(new, screen=Screen.SET_ASIDE)
    db.delete(waiting)
    db.flush()
    _put_into_inbox(db, form_tag, token, new, keys, waiting.received_day)
    return Stored.REPLACED


@dataclass(frozen=True, slots=True)
class Imported:
    """What bringing in a file did. With problems nothing was stored."""

    added: int
    known: int
    blank: int = 0
    problems: tuple[Problem, ...] = ()


def import_feedback(
    db: Session,
    collected: Iterable[CollectedAnswer | Problem],
    *,
    period: str,
    source: Source,
    consent: Consent,
    framework: str,
    is_frozen: bool,
    language: str,
    keys: Keys,
    today: date,
    chance: Chance,
) -> Imported:
    """Store answers that were collected elsewhere; all rows, or none if any has a problem.

    Bringing in the same file again changes nothing. Answers and texts are stored in an order that
    has nothing to do with the file, and share no key.

    Args:
        db: a writing session.
        collected: the rows, as `answer_files.read_collected` gives them.
        period: the quarter in which the answers were given.
        source: by which road they came; it decides how far they are trusted.
        consent: how far the texts may go where a row does not say it.
        framework: version of the questions.
        is_frozen: True if the quarter is in a report already; nothing is then stored.
        language: language of the texts, to find somebody who reads it.
        keys: the secrets of the deployment.
        today: the day by the server's clock.
        chance: gives random bytes.
    """
    hold_open_pool(db)
    rows = list(collected)
    problems = [row for row in rows if isinstance(row, Problem)]
    answers = [row for row in rows if isinstance(row, CollectedAnswer)]
    if is_frozen:
        problems.append(Problem(period, _("This quarter is in a report. Use the present one.")))
    subjects = {code: _subject_of(db, code) for code in {answer.code for answer in answers}}
    problems += [
        problem for a in answers if (problem := _subject_problem(a, subjects[a.code], framework))
    ]
    if len(answers) < SMALLEST_BATCH:
        few = _("Bring in at least %(count)s rows at once, so that none stands alone.", count=5)
        problems.append(Problem(period, few))
    if problems:
        return Imported(0, 0, problems=tuple(problems))
    said_something = [answer for answer in answers if answer.answers or answer.words]
    new = [
        answer
        for answer in said_something
        if insert_once(db, ImportedRow, tag=_row_tag(keys, answer, period), period=period)
    ]
    for answer in new:
        subject = subjects[answer.code] or Subject(None, None)
        if answer.answers:
            db.add(
                Response(
                    id=chance(16),
                    period=period,
                    service_id=subject.service_id,
                    area_id=subject.area_id,
                    framework=framework,
                    answers=dict(answer.answers),
                    source=source,
                    screen=Screen.CLEAR,
                )
            )
        if answer.words:
            flags = flags_of(answer.words)
            db.add(
                SealedText(
                    id=chance(16),
                    period=period,
                    waiting_since=week_of(today),
                    service_id=subject.service_id,
                    area_id=subject.area_id,
                    box=sealed_words(db, answer.words, keys),
                    consent=answer.consent or consent,
                    language=language,
                    source=source,
                    flags=flags,
                    is_urgent=tells_of_danger(flags),
                )
            )
    db.flush()
    mix_open_pool(db, {period})
    known, blank = len(said_something) - len(new), len(answers) - len(said_something)
    return Imported(len(new), known, blank)


def has_been_sent(db: Session, token: FormToken, keys: Keys) -> bool:
    """Return True if this form was sent before, whatever was in it."""
    return db.get(UsedForm, token.form_tag(keys)) is not None


def withdraw_feedback(db: Session, opened: OpenedCode) -> None:
    """Delete the answers and the text behind a code, and keep that they were withdrawn.

    What a moderator made of the text goes too, with all that hangs on it, and every sentence that
    is then made from fewer than three texts. The receipt forgets what the form was about. What was
    published stays as it is: its numbers hold nobody's answer any more.
    """
    waiting = db.get(Inbox, opened.form_tag) if opened.form_tag else None
    response = db.get(Response, opened.response_id) if opened.response_id else None
    text: SealedText | ModeratedText | None = None
    if opened.text_id:
        # The sealed text first: whoever decides on it now then finds it gone, or is done already.
        text = db.get(SealedText, opened.text_id, with_for_update=True)
        text = text or db.get(ModeratedText, opened.text_id, with_for_update=True)
    said = list_statements_from(db, opened.text_id) if opened.text_id else []
    for row in (waiting, response, text):
        if row is not None:
            db.delete(row)
    if said:
        db.flush()
        drop_thin_statements(db, said)
    for row in (response, text):
        if row is not None:
            insert_once(db, Fate, id=row.id, period=row.period, state=FateState.WITHDRAWN)
    for row_id in (opened.response_id, opened.text_id):
        fate = db.get(Fate, row_id, with_for_update=True) if row_id else None
        if fate and fate.shown_from:
            # Or the answer would tell, before its day, what somebody had decided.
            fate.state, fate.reason, fate.signpost, fate.shown_from = (
                FateState.WITHDRAWN,
                None,
                None,
                None,
            )
    if opened.taken_back:
        changed = update(Receipt).where(Receipt.tag == opened.receipt_tag)
        db.execute(changed.values(pointer=opened.taken_back))


def mark_counted(
    db: Session,
    which: ColumnElement[bool],
    column: InstrumentedAttribute[bytes | None],
    atom_id: bytes,
) -> None:
    """Give answers to an atom, for ever.

    Args:
        db: a writing session.
        which: condition that finds the answers; none of them may be in an atom of this clock.
        column: where the clock keeps its atom: `Response.fast_atom_id` or `slow_atom_id`.
        atom_id: the atom.
    """
    db.execute(update(Response).where(which & column.is_(None)).values({column: atom_id}))


def delete_counted(db: Session, slow_atom_ids: list[bytes]) -> int:
    """Delete the raw answers of atoms whose time is over; return how many.

    What was counted stays known behind its code as used.
    """
    # People who never got in are asked nothing that the fast clock counts.
    is_closed = Response.fast_atom_id.is_not(None) | Response.area_id.is_not(None)
    return _delete(
        db, Response, Response.slow_atom_id.in_(slow_atom_ids) & is_closed, FateState.USED
    )


def expire_feedback(db: Session, today: date) -> int:
    """Delete what has been kept long enough; return how many texts and answers went unused.

    That words went unread is an incident of the quarter, which is said in public. What was
    withdrawn is mixed before: it was noted when people asked for it.

    Source: docs/retention.md: used forms 3 days, unread texts 60 days, raw answers and what looked
    odd about them 16 months, the state behind a code 30 months.
    """
    mix_withdrawn(db)
    db.execute(delete(UsedForm).where(UsedForm.day < sent_before(today)))
    is_unread = SealedText.waiting_since < unread_before(today)
    is_old = Response.period < oldest_period_kept(today, RAW_MONTHS)
    is_counted = Response.fast_atom_id.is_not(None) | Response.slow_atom_id.is_not(None)
    _delete(db, Response, is_old & is_counted, FateState.USED)
    unused = _delete(db, SealedText, is_unread, FateState.EXPIRED)
    if unused:
        kind = IncidentKind.UNREAD_EXPIRED
        insert_once(db, Incident, period=period_of(today), kind=kind)
    unused += _delete(db, Response, is_old, FateState.EXPIRED)
    db.execute(delete(ScreenFlag).where(ScreenFlag.period < oldest_period_kept(today, RAW_MONTHS)))
    oldest_code = oldest_period_kept(today, CODE_MONTHS)
    for table in (Receipt, Fate, ImportedRow):
        db.execute(delete(table).where(table.period < oldest_code))
    return unused


def _delete(
    db: Session, table: type[Response | SealedText], condition: ColumnElement[bool], fate: FateState
) -> int:
    """Delete rows, keep what became of them, and return how many there were."""
    rows = db.execute(select(table.id, table.period).where(condition)).all()
    for row in rows:
        insert_once(db, Fate, id=row.id, period=row.period, state=fate)
    db.execute(delete(table).where(condition))
    return len(rows)


def _subject_of(db: Session, code: str) -> Subject | None:
    try:
        landing = get_landing(db, code)
    except NotFound:
        return None
    return Subject(landing.service_id, landing.area_id) if landing.is_open else None


def _subject_problem(
    answer: CollectedAnswer, subject: Subject | None, framework: str
) -> Problem | None:
    """Return what is wrong with the code of a row, or with what it was asked; None if nothing."""
    if subject is None:
        return Problem(
            answer.where, _("No open service or area has the code %(code)s.", code=answer.code)
        )
    questions = load_framework(framework).asked_about(service=subject.is_service)
    asked = {question.key for question in questions}
    if other := sorted(answer.answers.keys() - asked):
        return Problem(
            answer.where,
            _(
                "%(key)s is not asked under the code %(code)s. Make one file for services and"
                " one for areas.",
                key=other[0],
                code=answer.code,
            ),
        )
    return None


def _row_tag(keys: Keys, answer: CollectedAnswer, period: str) -> bytes:
    return fingerprint(keys.imported, f"{period}\0{answer.code}\0{answer.said}".encode())


def _source_of(db: Session, new: NewFeedback, keys: Keys, today: date) -> Source:
    spent = spend_card(db, keys, new.card, new.subject.service_id, today) if new.card else None
    return spent or new.source


def _put_into_inbox(
    db: Session, form_tag: bytes, token: FormToken, new: NewFeedback, keys: Keys, day: date
) -> None:
    insert_row(
        db,
        Inbox,
        form_tag=form_tag,
        code_tag=quick_tag(keys, token.return_code(keys)),
        sealed_nonce=lock(keys.nonce, token.nonce),
        received_day=day,
        period=period_of(day),
        service_id=new.subject.service_id,
        area_id=new.subject.area_id,
        framework=new.framework,
        answers=dict(new.answers),
        source=new.source,
        screen=new.screen,
        text_box=sealed_words(db, new.words, keys) if new.words else None,
        consent=new.consent,
        language=new.language,
        flags=new.flags,
        is_text_settled=False,
    )


def sealed_words(db: Session, words: Words, keys: Keys) -> bytes:
    """Return the words sealed to the moderators; their length is hidden by padding."""
    said = {"better": words.better, "happened": words.happened}
    if words.called:
        said["called"] = words.called
    content = json.dumps(said, ensure_ascii=False)
    return seal_to(current_public_key(db, keys), content.encode())


def _body_tag(keys: Keys, new: NewFeedback) -> bytes:
    content = [
        dict(new.answers),
        new.words.better,
        new.words.happened,
        new.words.called,
        new.consent,
        (new.subject.service_id or new.subject.area_id or b"").hex(),
    ]
    return fingerprint(keys.body, json.dumps(content, sort_keys=True).encode())


def flags_of(words: Words) -> str:
    """Return which kinds of detail and which content notes a text may hold, and if it is urgent.

    This is all that stands beside the sealed words: fixed names, none of the words.
    """
    text = f"{words.better}\n\n{words.happened}"
    kinds = {span.found.value.replace(" ", "_") for span in find_identifying(text)}
    return " ".join(sorted(kinds | flags_of_notes(text)))
