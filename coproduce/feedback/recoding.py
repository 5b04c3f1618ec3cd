"""Themes of texts that are read again: what no code fitted may be what the codebook lacks."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, aliased

from coproduce.core.errors import Conflict, NotFound
from coproduce.core.messages import _
from coproduce.feedback.codebook import CURRENT_CODEBOOK, NOT_ASSIGNED
from coproduce.feedback.models import Coding, ModeratedText, TextState
from coproduce.feedback.moderated_words import MadeCoding, require_codings, store_codings


def find_not_assigned(
    db: Session, *, start: bytes, languages: Collection[str], not_about: Collection[bytes]
) -> bytes | None:
    """Return the id of a text whose only code is the one for "no other fits", or None.

    Args:
        db: a session.
        start: a random id to look from, upwards and then from the beginning.
        languages: those that are read.
        not_about: services that nothing is given about.
    """
    one = _not_assigned(languages, not_about).order_by(ModeratedText.id).limit(1)
    found = db.scalar(one.where(ModeratedText.id > start))
    return found if found is not None else db.scalar(one)


def count_not_assigned(
    db: Session, *, languages: Collection[str], not_about: Collection[bytes]
) -> int:
    """Return how many texts wait to be read again by somebody."""
    texts = _not_assigned(languages, not_about).subquery()
    return db.scalar(select(func.count()).select_from(texts)) or 0


def get_codings(db: Session, text_id: bytes) -> tuple[MadeCoding, ...]:
    """Return the themes of a text."""
    rows = db.execute(
        select(Coding.code, Coding.direction, Coding.level)
        .where(Coding.text_id == text_id)
        .order_by(Coding.code)
    )
    return tuple(MadeCoding(row.code, row.direction, row.level) for row in rows)


def recode(db: Session, text_id: bytes, codings: Sequence[MadeCoding]) -> None:
    """Give a text other themes, by the present codebook. Others keep theirs.

    Raises:
        NotFound: if there is no such text.
        Conflict: if it has a theme by now.
        RuleBroken: without a theme, or with too many.
    """
    text = db.get(ModeratedText, text_id, with_for_update=True)
    if text is None:
        raise NotFound(_("This text is not here any more. Its writer may have taken it back."))
    if [coding.code for coding in get_codings(db, text_id)] != [NOT_ASSIGNED]:
        raise Conflict(_("Somebody has given this text a theme already."))
    require_codings(codings)
    db.execute(delete(Coding).where(Coding.text_id == text_id))
    store_codings(db, text_id, codings)
    text.codebook = CURRENT_CODEBOOK
    db.flush()


def _not_assigned(languages: Collection[str], not_about: Collection[bytes]) -> Select[bytes]:
    other = aliased(Coding)
    return (
        select(ModeratedText.id)
        .join(Coding, Coding.text_id == ModeratedText.id)
        .where(
            Coding.code == NOT_ASSIGNED,
            ~select(other.code)
            .where(other.text_id == ModeratedText.id, other.code != NOT_ASSIGNED)
            .exists(),
            ModeratedText.state == TextState.READY,
            ModeratedText.words.is_not(None),
            ModeratedText.language.in_(languages),
            ModeratedText.service_id.is_(None) | ModeratedText.service_id.not_in(not_about),
        )
    )
