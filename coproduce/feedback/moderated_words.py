"""What a moderator makes of a text: kept, or not used. The sealed words go in the same moment.

Only these commands turn a `SealedText` into a `ModeratedText` or a `Fate`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.core.db import insert_once, insert_row
from coproduce.core.errors import Conflict, RuleBroken
from coproduce.core.messages import _
from coproduce.feedback.models import (
    Coding,
    Consent,
    Direction,
    Fate,
    FateState,
    Level,
    ModeratedText,
    Reason,
    SealedText,
    Signpost,
    Source,
    TextState,
    TextUse,
)
from coproduce.feedback.rules import TEXT_LIMIT, week_of

__all__ = [
    "ALLOWED_USES",
    "MOST_CODES",
    "WORDS_LIMIT",
    "Consent",
    "Direction",
    "Level",
    "Made",
    "MadeCoding",
    "Reason",
    "Signpost",
    "TextState",
    "TextUse",
    "keep_moderated",
    "match_text",
    "refuse_text",
    "require_codings",
    "shown_from",
    "store_codings",
]

WORDS_LIMIT = TEXT_LIMIT
"""Longest safe words in characters: nobody makes a text longer than it may have been."""

MOST_CODES = 12
"""Most themes of one text: one for each family of the codebook. Source: docs/coding.md."""

MOST_SERIOUS = 4
"""Seriousness is 0 to 4 and never published. Source: docs/coding.md."""

ALLOWED_USES: Mapping[Consent, frozenset[TextUse]] = {
    Consent.COUNT_ONLY: frozenset({TextUse.THEMES}),
    Consent.PARAPHRASE: frozenset({TextUse.THEMES, TextUse.PARAPHRASE}),
    Consent.QUOTE: frozenset(TextUse),
}
"""How a text may leave, by what its writer allowed. Source: privacy rule D.4
(docs/threat-model.md)."""


@dataclass(frozen=True, slots=True)
class MadeCoding:
    """One theme of a text: which way it points, and whom or what it is about."""

    code: str
    direction: Direction
    level: Level


@dataclass(frozen=True, slots=True)
class Made:
    """What a moderator made of one text.

    Attributes:
        use: in which form it may leave.
        words: the safe words; None for themes only.
        language: language of the words.
        seriousness: 0 to 4.
        matters_to_few: True if it was heard from few and matters a lot.
        codebook: version of the codebook that the codings use.
        codings: the themes, each code once.
        signpost: a fixed message for the code page, or None.
    """

    use: TextUse
    words: str | None
    language: str
    seriousness: int
    matters_to_few: bool
    codebook: str
    codings: tuple[MadeCoding, ...]
    signpost: Signpost | None = None


def shown_from(today: date) -> date:
    """Return the Monday of next week: code pages never tell on which day a text was read."""
    return week_of(today) + timedelta(days=7)


def keep_moderated(db: Session, text_id: bytes, made: Made, today: date) -> TextState:
    """Keep what was made of a text instead of the text; return whether it may be published.

    A quote waits for a second person. What was sealed is gone with the same transaction.

    Raises:
        Conflict: if the text was decided, taken back or let go meanwhile.
        RuleBroken: if this is more than its writer allowed, or is not whole.
    """
    sealed = _taken_out(db, text_id)
    _check(made, sealed.consent)
    state = TextState.WAITS_FOR_SECOND if made.use is TextUse.QUOTE else TextState.READY
    insert_row(
        db,
        ModeratedText,
        id=text_id,
        period=sealed.period,
        service_id=sealed.service_id,
        area_id=sealed.area_id,
        source=sealed.source,
        consent=sealed.consent,
        use=made.use,
        state=state,
        words=made.words,
        language=made.language,
        seriousness=made.seriousness,
        matters_to_few=made.matters_to_few,
        codebook=made.codebook,
        signpost=made.signpost,
        shown_from=shown_from(today),
    )
    store_codings(db, text_id, made.codings)
    return state


def match_text(db: Session, text_id: bytes, service_id: bytes) -> None:
    """Make a sealed text be about a service: the one that its writer could not find.

    Raises:
        Conflict: if the text was decided, taken back or let go meanwhile.
    """
    there = select(SealedText.id).where(SealedText.id == text_id).with_for_update()
    if db.scalar(there) is None:
        raise _gone()
    db.execute(
        update(SealedText)
        .where(SealedText.id == text_id)
        .values(service_id=service_id, area_id=None)
    )


def refuse_text(
    db: Session, text_id: bytes, reason: Reason, signpost: Signpost | None, today: date
) -> None:
    """Note why a text is not used, for its code page, and delete it.

    Raises:
        Conflict: if the text was decided, taken back or let go meanwhile.
    """
    sealed = _taken_out(db, text_id)
    insert_once(
        db,
        Fate,
        id=text_id,
        period=sealed.period,
        state=FateState.NOT_USED,
        reason=reason,
        signpost=signpost,
        shown_from=shown_from(today),
    )


def require_codings(codings: Sequence[MadeCoding]) -> None:
    """Pass if these can be the themes of one text.

    Raises:
        RuleBroken: without a theme, with one twice, or with too many.
    """
    codes = {coding.code for coding in codings}
    if not 1 <= len(codes) <= MOST_CODES or len(codes) != len(codings):
        raise RuleBroken(
            _("Please choose at least one theme, each once, and at most %(most)s.", most=MOST_CODES)
        )


def store_codings(db: Session, text_id: bytes, codings: Iterable[MadeCoding]) -> None:
    """Give a text themes, beside any that it has."""
    for coding in codings:
        insert_row(
            db,
            Coding,
            text_id=text_id,
            code=coding.code,
            direction=coding.direction,
            level=coding.level,
        )


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What stays of a sealed text for whatever takes its place."""

    period: str
    service_id: bytes | None
    area_id: bytes | None
    source: Source
    consent: Consent


def _taken_out(db: Session, text_id: bytes) -> _Sealed:
    """Delete the sealed text and return what is known of it. Of two that come, one gets it."""
    row = db.execute(
        select(
            SealedText.period,
            SealedText.service_id,
            SealedText.area_id,
            SealedText.source,
            SealedText.consent,
        )
        .where(SealedText.id == text_id)
        .with_for_update()
    ).first()
    if row is None:
        raise _gone()
    db.execute(delete(SealedText).where(SealedText.id == text_id))
    return _Sealed(row.period, row.service_id, row.area_id, row.source, row.consent)


def _gone() -> Conflict:
    return Conflict(
        _(
            "This text is no longer there. It was decided already, or its writer took it back."
            " Please go on with the next one."
        )
    )


def _check(made: Made, consent: Consent) -> None:
    """Pass if this is whole and no more than was allowed.

    Raises:
        RuleBroken: if not. The transaction must then be given up, and the text stays.
    """
    if made.use not in ALLOWED_USES[consent]:
        raise RuleBroken(_("Its writer did not allow this. Please choose a use that they allowed."))
    if (made.use is TextUse.THEMES) == bool(made.words and made.words.strip()):
        raise RuleBroken(_("Themes stand without words; every other use needs them."))
    if made.use is TextUse.THEMES and made.words is not None:
        raise RuleBroken(_("Themes stand without words; every other use needs them."))
    if made.words is not None and len(made.words) > WORDS_LIMIT:
        raise RuleBroken(
            _("This is too long. Please use at most %(limit)s signs.", limit=WORDS_LIMIT)
        )
    require_codings(made.codings)
    if not 0 <= made.seriousness <= MOST_SERIOUS:
        raise RuleBroken(_("Please choose how serious it is, from 0 to 4."))
