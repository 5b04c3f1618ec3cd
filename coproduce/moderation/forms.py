"""Reading the form of a first reading: what was typed, what it means, and every error at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned
from coproduce.feedback.codebook import NOT_ASSIGNED, THIN_PRAISE, Codebook
from coproduce.feedback.moderated_words import (
    ALLOWED_USES,
    MOST_CODES,
    WORDS_LIMIT,
    Consent,
    Direction,
    Level,
    Made,
    MadeCoding,
    Reason,
    Signpost,
    TextUse,
)
from coproduce.moderation.choices import SERIOUSNESS
from coproduce.moderation.reading import Find
from coproduce.moderation.rules import TAG_KEYS
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields

TYPED_LIMIT = 12_000
"""Most characters of one field that are shown again. Only a hostile form is longer."""

RISK_LIMIT = 600
"""Longest words for safeguarding: a few sentences. Source: privacy rule D.6
(docs/threat-model.md)."""

KEEP = "keep"
"""Stands for "this may stay" in place of a tag."""

USUAL_USE = {
    Consent.COUNT_ONLY: TextUse.THEMES,
    Consent.PARAPHRASE: TextUse.PARAPHRASE,
    Consent.QUOTE: TextUse.PARAPHRASE,
}
"""What is chosen if nobody chooses. Source: privacy rule D.3: other words by default."""


@dataclass(frozen=True, slots=True)
class TypedReading:
    """What was sent, as it is shown again, whether right or wrong."""

    use: str
    words: str = ""
    tags: Mapping[int, str] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    directions: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    direction: str = Direction.DOES_NOT.value
    level: str = Level.SERVICE.value
    seriousness: str = ""
    matters_to_few: bool = False
    is_idea: bool = False
    is_risk: bool = False
    risk_words: str = ""
    signpost: str = ""
    reason: str = ""
    has_looked: bool = False
    may_stay: bool = False


@dataclass(frozen=True, slots=True)
class ReadReading:
    """A form without errors."""

    made: Made
    is_idea: bool
    risk_words: str | None


def blank_reading(consent: Consent, finds: Iterable[Find]) -> TypedReading:
    """Return the form as nobody has touched it."""
    return TypedReading(
        use=USUAL_USE[consent].value, tags={find.number: find.tag for find in finds}
    )


def typed_reading(
    form: Fields, codebook: Codebook, consent: Consent, finds: Iterable[Find]
) -> TypedReading:
    """Return what was typed, whether right or wrong."""

    def chosen(name: str, usual: str, allowed: Iterable[str]) -> str:
        value = form.get(name, (usual,))[0]
        return value if value in set(allowed) else usual

    tags = {
        find.number: chosen(f"tag_{find.number}", find.tag, TAG_KEYS | {KEEP}) for find in finds
    }
    return TypedReading(
        use=chosen("use", USUAL_USE[consent].value, ALLOWED_USES[consent]),
        words=_typed(form, "words"),
        tags=tags,
        codes=frozenset(form.get("code", ())) & codebook.keys,
        directions={key: chosen(f"direction_{key}", "", Direction) for key in codebook.keys},
        levels={key: chosen(f"level_{key}", "", Level) for key in codebook.keys},
        direction=chosen("direction", Direction.DOES_NOT, Direction),
        level=chosen("level", Level.SERVICE, Level),
        seriousness=chosen("seriousness", "", map(str, range(len(SERIOUSNESS)))),
        matters_to_few="matters_to_few" in form,
        is_idea="idea" in form,
        is_risk="risk" in form,
        risk_words=_typed(form, "risk_words"),
        signpost=chosen("signpost", "", Signpost),
        reason=chosen("reason", "", Reason),
        has_looked="looked" in form,
        may_stay="may_stay" in form,
    )


def read_reading(
    typed: TypedReading,
    codebook: Codebook,
    *,
    languages: Mapping[TextUse, str],
    is_found: bool,
    copied: str,
    is_named: bool = False,
) -> ReadReading | list[FieldError]:
    """Return what somebody made of a text, or every error of the form at once.

    Args:
        typed: what was typed.
        codebook: the version in use.
        languages: the language of the words, by their use.
        is_found: True if something in the words may still tell who somebody is.
        copied: words of the writer that stand in the words, if they should be other words.
        is_named: True if any detail is in the words, even one that may stay in a report.
    """
    reader = FormReader({})
    use = TextUse(typed.use)
    words = typed.words if use is not TextUse.THEMES else None
    if words is not None:
        for name, message in _word_faults(typed, use, is_found=is_found, copied=copied):
            reader.refuse(name, message)
    codings = _codings(typed, codebook)
    if len(codings) > MOST_CODES:
        reader.refuse("codes", _("Please choose at most %(most)s themes.", most=MOST_CODES))
    if not typed.seriousness:
        reader.refuse("seriousness", _("Please choose how serious it is."))
    if typed.is_risk and not typed.risk_words:
        reader.refuse("risk_words", _("Please write what safeguarding must know, in safe words."))
    if len(typed.risk_words) > RISK_LIMIT:
        reader.refuse("risk_words", _too_long(RISK_LIMIT))
    if typed.is_idea and use is not TextUse.PARAPHRASE:
        reader.refuse("idea", _("A panel reads other words only. Please choose other words."))
    elif typed.is_idea and (is_found or is_named or any(sign.isdigit() for sign in typed.words)):
        reader.refuse(
            "idea", _("For a panel, please leave out names, places, days and every number.")
        )
    if reader.errors:
        return reader.errors
    made = Made(
        use=use,
        words=words,
        language=languages[use],
        seriousness=int(typed.seriousness),
        matters_to_few=typed.matters_to_few,
        codebook=codebook.version,
        codings=codings,
        signpost=Signpost(typed.signpost) if typed.signpost else None,
    )
    return ReadReading(made, typed.is_idea, typed.risk_words if typed.is_risk else None)


def thin_praise(codebook: Codebook, language: str) -> Made:
    """Return what is made of thanks that say no more: one theme, no words."""
    return Made(
        use=TextUse.THEMES,
        words=None,
        language=language,
        seriousness=0,
        matters_to_few=False,
        codebook=codebook.version,
        codings=(MadeCoding(THIN_PRAISE, Direction.WORKS, Level.SERVICE),),
    )


def read_refusal(typed: TypedReading) -> tuple[Reason, Signpost | None] | list[FieldError]:
    """Return why a text cannot be used, or the error."""
    if not typed.reason:
        return [FieldError("reason", _("Please choose why it cannot be used."))]
    return Reason(typed.reason), Signpost(typed.signpost) if typed.signpost else None


def _word_faults(
    typed: TypedReading, use: TextUse, *, is_found: bool, copied: str
) -> Iterable[tuple[str, Message]]:
    if not typed.words:
        yield "words", _("Please write the words that leave, or choose themes only.")
        return
    if len(typed.words) > WORDS_LIMIT:
        yield "words", _too_long(WORDS_LIMIT)
    if use is TextUse.PARAPHRASE and copied:
        yield "words", _("These are still the writer’s own words: “%(words)s”.", words=copied)
    if is_found and not typed.may_stay:
        yield "may_stay", _("Please look at what is marked. Replace it, or say that it may stay.")
    if not typed.has_looked:
        yield "looked", _("Please look for each thing on the list, and then tick the box.")


def _codings(typed: TypedReading, codebook: Codebook) -> tuple[MadeCoding, ...]:
    """Return the chosen themes in the order of the codebook; none chosen is a theme too."""
    chosen = typed.codes or {NOT_ASSIGNED}
    return tuple(
        MadeCoding(
            code.key,
            Direction(typed.directions.get(code.key) or typed.direction),
            Level(typed.levels.get(code.key) or typed.level),
        )
        for code in codebook.codes
        if code.key in chosen
    )


def _too_long(limit: int) -> Message:
    return _("This is too long. Please use at most %(limit)s signs.", limit=limit)


def _typed(form: Fields, name: str) -> str:
    return cleaned("\n".join(form.get(name, ())), limit=TYPED_LIMIT)
