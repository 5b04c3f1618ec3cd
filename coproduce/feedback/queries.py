"""Reading what a code opens and what waits. Returns values, never rows of a table."""

import hmac
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coproduce.core.codes import fingerprint
from coproduce.core.keys import Keys
from coproduce.core.sealing import lock, unlock
from coproduce.feedback.models import (
    Fate,
    FateState,
    Inbox,
    Receipt,
    Response,
    Screen,
    SealedText,
)

NO_ID = b"\0" * 16


@dataclass(frozen=True, slots=True, repr=False)
class OpenedCode:
    """What a return code leads to: where the rows are, and nothing of what they say.

    Attributes:
        form_tag: the inbox row, if it still waits there.
        receipt_tag: the settled receipt, if there is one.
        response_id: the settled answers, or None.
        text_id: the settled text, or None.
    """

    form_tag: bytes | None
    receipt_tag: bytes | None
    response_id: bytes | None
    text_id: bytes | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one form stands.

    Attributes:
        period: the quarter it came in, or None once nothing tells it any more.
        is_in_inbox: True while it has not been mixed with others.
        counted_fast, counted_slow: True once a report holds the first, or all other, answers.
        has_text: True while a text waits to be read.
        fate, text_fate: what became of the answers, or of the text, that is no longer there.
    """

    period: str | None
    is_in_inbox: bool
    counted_fast: bool
    counted_slow: bool
    has_text: bool
    fate: FateState | None
    text_fate: FateState | None

    @property
    def is_withdrawn(self) -> bool:
        """True if its writer took it back."""
        return FateState.WITHDRAWN in {self.fate, self.text_fate}


def quick_tag(keys: Keys, code: str) -> bytes:
    """Return what finds a code in the inbox."""
    return fingerprint(keys.quick_code, code.encode())


def slow_tag(keys: Keys, slow_key: bytes) -> bytes:
    """Return what finds a settled code. Source: privacy rule A.6."""
    return fingerprint(keys.slow_code, slow_key)


def lock_pointer(slow_key: bytes, response_id: bytes | None, text_id: bytes | None) -> bytes:
    """Return the pointer to the rows of one form, readable with its code only."""
    return lock(_pointer_key(slow_key), (response_id or NO_ID) + (text_id or NO_ID))


def unlock_pointer(slow_key: bytes, pointer: bytes) -> tuple[bytes | None, bytes | None]:
    """Return the ids of the answers and of the text, None where there are none."""
    opened = unlock(_pointer_key(slow_key), pointer)
    response_id, text_id = opened[:16], opened[16:]
    return (
        response_id if response_id != NO_ID else None,
        text_id if text_id != NO_ID else None,
    )


def find_code(
    db: Session, keys: Keys, code: str, slow_key: bytes, *, to_change: bool = False
) -> OpenedCode | None:
    """Return what a code opens, or None. Looks in both places whatever it finds first.

    With ``to_change`` nothing of it can be settled until the transaction ends.
    """
    in_inbox = select(Inbox.form_tag).where(Inbox.code_tag == quick_tag(keys, code))
    form_tag = db.scalar(in_inbox.with_for_update() if to_change else in_inbox)
    tag = slow_tag(keys, slow_key)
    pointer = db.scalar(select(Receipt.pointer).where(Receipt.tag == tag))
    if form_tag is None and pointer is None:
        return None
    response_id, text_id = unlock_pointer(slow_key, pointer) if pointer else (None, None)
    return OpenedCode(form_tag, tag if pointer else None, response_id, text_id)


def get_standing(db: Session, opened: OpenedCode) -> Standing:
    """Return where the form behind a code stands."""
    waiting = db.get(Inbox, opened.form_tag) if opened.form_tag else None
    response = db.get(Response, opened.response_id) if opened.response_id else None
    text = db.get(SealedText, opened.text_id) if opened.text_id else None
    there = waiting or response or text
    return Standing(
        period=there.period if there else None,
        is_in_inbox=waiting is not None,
        counted_fast=response is not None and response.fast_atom_id is not None,
        counted_slow=response is not None and response.slow_atom_id is not None,
        has_text=text is not None or bool(waiting and waiting.text_box),
        fate=_fate_of(db, opened.response_id),
        text_fate=_fate_of(db, opened.text_id),
    )


def count_waiting(db: Session) -> int:
    """Return how many rows wait in the inbox; for the jobs page, never for a provider."""
    return db.scalar(select(func.count()).select_from(Inbox)) or 0


def count_set_aside(db: Session) -> int:
    """Return how many settled answers a person must still look at."""
    statement = (
        select(func.count())
        .select_from(Response)
        .where(Response.screen == Screen.SET_ASIDE, Response.fast_atom_id.is_(None))
    )
    return db.scalar(statement) or 0


def _fate_of(db: Session, row_id: bytes | None) -> FateState | None:
    return db.scalar(select(Fate.state).where(Fate.id == row_id)) if row_id else None


def _pointer_key(slow_key: bytes) -> bytes:
    return hmac.digest(slow_key, b"pointer", "sha256")
