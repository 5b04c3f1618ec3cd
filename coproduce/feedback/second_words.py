"""Safe words as a second person sees them, and what may become of them.

The original is gone by then. Nothing here can bring it back or ask its writer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coproduce.core.errors import Conflict, NotFound
from coproduce.core.messages import _
from coproduce.feedback.models import ModeratedText, TextState, TextUse
from coproduce.feedback.moderated_words import shown_from


@dataclass(frozen=True, slots=True)
class SafeText:
    """What a moderator made of a text; its own words are gone."""

    id: bytes
    service_id: bytes | None
    area_id: bytes | None
    use: TextUse
    state: TextState
    words: str | None
    language: str
    codebook: str
    seriousness: int


def find_safe_text(
    db: Session,
    state: TextState,
    *,
    start: bytes,
    languages: Collection[str],
    not_about: Collection[bytes],
    among: Select[bytes] | None = None,
    not_among: Select[bytes] | None = None,
) -> bytes | None:
    """Return the id of a text with words that somebody may be given, or None.

    Ids are random, so a random start gives a random text without counting them.

    Args:
        db: a session.
        state: whether it waits for a second person or is ready.
        start: a random id to look from, upwards and then from the beginning.
        languages: those that are read.
        not_about: services that nothing is given about.
        among: ids of the texts that alone come into question.
        not_among: ids of texts that never do.
    """
    texts = select(ModeratedText.id).where(
        ModeratedText.state == state,
        ModeratedText.words.is_not(None),
        ModeratedText.language.in_(languages),
        ModeratedText.service_id.is_(None) | ModeratedText.service_id.not_in(not_about),
    )
    if among is not None:
        texts = texts.where(ModeratedText.id.in_(among))
    if not_among is not None:
        texts = texts.where(ModeratedText.id.not_in(not_among))
    one = texts.order_by(ModeratedText.id).limit(1)
    found = db.scalar(one.where(ModeratedText.id >= start))
    return found if found is not None else db.scalar(one)


def get_safe_text(db: Session, text_id: bytes) -> SafeText:
    """Return what was made of a text.

    Raises:
        NotFound: if there is no such text, or its writer took it back.
    """
    text = db.get(ModeratedText, text_id)
    if text is None:
        raise NotFound(_("This text is not here any more. Its writer may have taken it back."))
    return _safe(text)


def is_kept(db: Session, text_id: bytes) -> bool:
    """Return True until a text is published or its writer takes it back."""
    found = db.scalar(select(ModeratedText.id).where(ModeratedText.id == text_id))
    return found is not None


def list_serious_texts(db: Session, seriousness: int) -> list[SafeText]:
    """Return the texts that are at least so serious, the most serious first."""
    texts = select(ModeratedText).where(ModeratedText.seriousness >= seriousness)
    in_order = texts.order_by(ModeratedText.seriousness.desc(), ModeratedText.id)
    return [_safe(text) for text in db.scalars(in_order)]


def approve_words(db: Session, text_id: bytes, today: date) -> None:
    """Let a quote be published as it stands; its code page tells from Monday on.

    Raises:
        NotFound: if it is not there.
        Conflict: if it was decided meanwhile.
    """
    text = _waiting(db, text_id)
    text.state, text.shown_from = TextState.READY, shown_from(today)
    db.flush()


def use_other_words(db: Session, text_id: bytes, words: str, language: str, today: date) -> None:
    """Put a paraphrase in place of a quote; its code page tells from Monday on.

    Raises:
        NotFound: if it is not there.
        Conflict: if it was decided meanwhile.
    """
    text = _waiting(db, text_id)
    text.use, text.words, text.language = TextUse.PARAPHRASE, words, language
    text.state, text.shown_from = TextState.READY, shown_from(today)
    db.flush()


def keep_themes_only(db: Session, text_id: bytes, today: date) -> None:
    """Delete the words of a quote and keep its themes; its code page tells from Monday on.

    Raises:
        NotFound: if it is not there.
        Conflict: if it was decided meanwhile.
    """
    text = _waiting(db, text_id)
    text.use, text.words = TextUse.THEMES, None
    text.state, text.shown_from = TextState.READY, shown_from(today)
    db.flush()


def _waiting(db: Session, text_id: bytes) -> ModeratedText:
    """Return a text that waits for a second person and hold it: of two that come, one gets it."""
    text = db.get(ModeratedText, text_id, with_for_update=True)
    if text is None:
        raise NotFound(_("This text is not here any more. Its writer may have taken it back."))
    if text.state is not TextState.WAITS_FOR_SECOND:
        raise Conflict(_("Somebody has decided on these words already. Nothing was changed now."))
    return text


def _safe(text: ModeratedText) -> SafeText:
    return SafeText(
        text.id,
        text.service_id,
        text.area_id,
        text.use,
        text.state,
        text.words,
        text.language,
        text.codebook,
        text.seriousness,
    )
