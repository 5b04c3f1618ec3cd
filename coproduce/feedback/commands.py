"""Changing what people sent: storing a form once, taking it back, letting old things go."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.core.codes import fingerprint
from coproduce.core.db import insert_once
from coproduce.core.keys import Keys
from coproduce.core.periods import period_of
from coproduce.core.sealing import lock, seal_to
from coproduce.feedback.form_token import FormToken
from coproduce.feedback.models import (
    Consent,
    Fate,
    FateState,
    ImportedRow,
    Inbox,
    Receipt,
    Response,
    Screen,
    SealedText,
    Source,
    UsedForm,
)
from coproduce.feedback.queries import OpenedCode, quick_tag
from coproduce.feedback.rules import (
    CODE_MONTHS,
    RAW_MONTHS,
    USED_FORM_DAYS,
    Answers,
    Subject,
    Words,
    oldest_period_kept,
    unread_before,
)


class Stored(StrEnum):
    """What sending a form did."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """One form, ready to be stored."""

    subject: Subject
    framework: str
    answers: Answers
    words: Words
    consent: Consent
    language: str
    flags: tuple[str, ...]
    source: Source = Source.OPEN
    screen: Screen = Screen.CLEAR


def submit_feedback(
    db: Session, token: FormToken, new: NewFeedback, keys: Keys, today: date
) -> Stored:
    """Store a form exactly once.

    The same form with the same content changes nothing. With other content it replaces the first,
    as long as that still waits in the inbox; afterwards nothing changes and TOO_LATE is returned.
    The text is sealed before the database sees it.
    """
    form_tag, body_tag = token.form_tag(keys), _body_tag(keys, new)
    if insert_once(db, UsedForm, form_tag=form_tag, body_tag=body_tag, day=today):
        db.add(_inbox_row(form_tag, token, new, keys, today))
        db.flush()
        return Stored.NEW
    used = db.get_one(UsedForm, form_tag, with_for_update=True)
    if used.body_tag == body_tag:
        return Stored.SAME
    waiting = db.get(Inbox, form_tag, with_for_update=True)
    if waiting is None or waiting.is_text_settled:
        return Stored.TOO_LATE
    used.body_tag = body_tag
    db.delete(waiting)
    db.flush()
    db.add(_inbox_row(form_tag, token, new, keys, waiting.received_day))
    db.flush()
    return Stored.REPLACED


def has_been_sent(db: Session, token: FormToken, keys: Keys) -> bool:
    """Return True if this form was sent before, whatever was in it."""
    return db.get(UsedForm, token.form_tag(keys)) is not None


def withdraw_feedback(db: Session, opened: OpenedCode) -> None:
    """Delete the answers and the text behind a code, and keep that they were withdrawn.

    Numbers that were published stay as they are: they hold nobody's answer any more.
    """
    waiting = db.get(Inbox, opened.form_tag) if opened.form_tag else None
    response = db.get(Response, opened.response_id) if opened.response_id else None
    text = db.get(SealedText, opened.text_id) if opened.text_id else None
    for row in (waiting, response, text):
        if row is not None:
            db.delete(row)
    for row in (response, text):
        if row is not None:
            insert_once(db, Fate, id=row.id, period=row.period, state=FateState.WITHDRAWN)


def delete_counted(db: Session, slow_atom_ids: list[bytes]) -> int:
    """Delete the raw answers of atoms whose time is over; return how many.

    What was counted stays known behind its code as used.
    """
    rows = db.execute(
        select(Response.id, Response.period).where(
            Response.slow_atom_id.in_(slow_atom_ids), Response.fast_atom_id.is_not(None)
        )
    ).all()
    for row in rows:
        insert_once(db, Fate, id=row.id, period=row.period, state=FateState.USED)
    db.execute(delete(Response).where(Response.id.in_([row.id for row in rows])))
    return len(rows)


def expire_feedback(db: Session, today: date) -> int:
    """Delete what has been kept long enough; return how many texts and answers went unused.

    Source: docs/retention.md: used forms 3 days, unread texts 60 days, raw answers 16 months,
    the state behind a code 30 months.
    """
    db.execute(
        delete(UsedForm).where(UsedForm.day < date.fromordinal(today.toordinal() - USED_FORM_DAYS))
    )
    unused = _expire(db, SealedText, SealedText.waiting_since < unread_before(today))
    unused += _expire(db, Response, Response.period < oldest_period_kept(today, RAW_MONTHS))
    oldest_code = oldest_period_kept(today, CODE_MONTHS)
    for table in (Receipt, Fate, ImportedRow):
        db.execute(delete(table).where(table.period < oldest_code))
    return unused


def _expire(db: Session, table: type[Response | SealedText], condition: object) -> int:
    rows = db.execute(select(table.id, table.period).where(condition)).all()  # type: ignore[arg-type]
    for row in rows:
        insert_once(db, Fate, id=row.id, period=row.period, state=FateState.EXPIRED)
    db.execute(delete(table).where(condition))  # type: ignore[arg-type]
    return len(rows)


def _inbox_row(form_tag: bytes, token: FormToken, new: NewFeedback, keys: Keys, day: date) -> Inbox:
    return Inbox(
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
        text_box=sealed_words(new.words, keys) if new.words else None,
        consent=new.consent,
        language=new.language,
        flags=" ".join(new.flags),
        is_text_settled=False,
    )


def sealed_words(words: Words, keys: Keys) -> bytes:
    """Return the words sealed to the moderators; their length is hidden by padding."""
    content = json.dumps({"better": words.better, "happened": words.happened}, ensure_ascii=False)
    return seal_to(keys.moderation_public, content.encode())


def _body_tag(keys: Keys, new: NewFeedback) -> bytes:
    content = [
        dict(new.answers),
        new.words.better,
        new.words.happened,
        new.consent,
        (new.subject.service_id or new.subject.area_id or b"").hex(),
    ]
    return fingerprint(keys.body, json.dumps(content, sort_keys=True).encode())
