"""One text as its first reader sees it: what it says, what is suggested, what would leave of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from coproduce.core.content_notes import NAMES_OF_NOTES, ContentNote
from coproduce.core.messages import Message
from coproduce.feedback.codebook import Code, Codebook, load_codebook
from coproduce.feedback.moderated_words import (
    ALLOWED_USES,
    Consent,
    Direction,
    Level,
    Reason,
    Signpost,
    TextUse,
)
from coproduce.feedback.rules import Words
from coproduce.moderation.choices import (
    CONSENTS,
    DIRECTIONS,
    LEVELS,
    REASONS,
    SERIOUSNESS,
    SIGNPOSTS,
    USES,
)
from coproduce.moderation.forms import KEEP, TypedReading
from coproduce.moderation.matching import Matches
from coproduce.moderation.queries import OpenText
from coproduce.moderation.reading import (
    Detail,
    Find,
    FindNames,
    Part,
    copied_phrase,
    find_details,
    parts_of,
)
from coproduce.moderation.rules import CHECKLIST, LONGEST_COPY, TAG_KEYS, TAGS, Tag
from coproduce.moderation.suggestions import Suggestion, suggest_codes
from coproduce.web.forms import FieldError
from coproduce.web.replies import Page

MOST_SUGGESTED = 6
"""Codes suggested for one text; more are no help."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenedText:
    """A text in clear, for the time of one request, and what was found in it."""

    text: OpenText
    words: Words
    finds: tuple[Find, ...]
    find_names: FindNames
    service_name: str

    @property
    def whole(self) -> str:
        """Both answers, one after the other."""
        return "\n\n".join(part for part in (self.words.better, self.words.happened) if part)

    def details(self, words: str) -> tuple[Detail, ...]:
        """Return what in these words may tell who somebody is, or which service it is."""
        return find_details(words, self.find_names)

    def suggested(self) -> tuple[Suggestion, ...]:
        """Return the codes that its words suggest."""
        return suggest_codes(self.whole, load_codebook())[:MOST_SUGGESTED]


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """Codes of one family, and whether one of them is chosen."""

    name: Message
    codes: tuple[Code, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """One question of the form, and what was written to it, in pieces."""

    question: Message
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class TextPage(Page):
    """One text: what it says, and everything that is made of it."""

    template: ClassVar[str] = "moderation/text.html"
    block: ClassVar[str] = "preview"

    text_id: str
    consent: Consent
    notes: tuple[Message, ...]
    is_danger: bool
    is_open: bool
    answered: tuple[Answered, ...]
    finds: tuple[Find, ...]
    typed: TypedReading
    preview: tuple[Part, ...]
    is_found: bool
    copied: str
    service_name: str
    has_nickname: bool
    nickname: str
    matches: Matches | None
    matched: str
    suggested: tuple[tuple[Code, tuple[str, ...]], ...]
    families: tuple[FamilyShown, ...]
    errors: list[FieldError]
    wrong: dict[str, Message]
    consent_said: Message
    uses: tuple[tuple[TextUse, Message], ...]
    tags: tuple[Tag, ...] = TAGS
    checklist: tuple[Message, ...] = CHECKLIST
    directions: tuple[tuple[Direction, Message], ...] = tuple(DIRECTIONS.items())
    levels: tuple[tuple[Level, Message], ...] = tuple(LEVELS.items())
    steps: tuple[Message, ...] = SERIOUSNESS
    reasons: tuple[tuple[Reason, Message], ...] = tuple(REASONS.items())
    signposts: tuple[tuple[Signpost, Message], ...] = tuple(SIGNPOSTS.items())


@dataclass(frozen=True, kw_only=True)
class ServiceShownPage(TextPage):
    """The same page with the name of the service; a script asks for the name alone."""

    block: ClassVar[str] = "service"


@dataclass(frozen=True, kw_only=True)
class WhichServicePage(TextPage):
    """The same page with what its writer calls the service; a script asks for this alone."""

    block: ClassVar[str] = "which"


def text_page(
    kind: type[TextPage],
    opened: OpenedText,
    typed: TypedReading,
    *,
    is_open: bool = True,
    errors: list[FieldError] | None = None,
    service_name: str = "",
    matches: Matches | None = None,
    matched: str = "",
) -> TextPage:
    """Return the page of a text with everything that was typed.

    Args:
        kind: which part of it a script asks for.
        opened: the text.
        typed: what was typed and chosen, whether right or wrong.
        is_open: False as long as only what it may contain is told.
        errors: what is wrong with what was typed.
        service_name: what it is about, once the reader asked for it.
        matches: services that it may be about, once the reader asked for them.
        matched: the service it was matched with just now.
    """
    codebook, suggested, errors = load_codebook(), opened.suggested(), errors or []
    left = left_over(opened, typed)
    return kind(
        status=422 if errors else 200,
        text_id=opened.text.id.hex(),
        consent=opened.text.consent,
        consent_said=CONSENTS[opened.text.consent],
        notes=tuple(NAMES_OF_NOTES[note] for note in ContentNote if note in opened.text.notes),
        is_danger=opened.text.is_danger,
        is_open=is_open,
        answered=tuple(_answered(opened)),
        finds=opened.finds,
        typed=typed,
        preview=parts_of(typed.words, left),
        is_found=bool(left),
        copied=copied(opened, typed),
        service_name=service_name,
        has_nickname=bool(opened.words.called),
        nickname=opened.words.called if matches else "",
        matches=matches,
        matched=matched,
        suggested=tuple((codebook.code(s.code), s.why) for s in suggested),
        families=tuple(_families(codebook, suggested, typed)),
        errors=errors,
        wrong={error.name: error.message for error in errors},
        uses=tuple(
            (use, said) for use, said in USES.items() if use in ALLOWED_USES[opened.text.consent]
        ),
    )


def _answered(opened: OpenedText) -> Iterator[Answered]:
    is_service = opened.text.service_id is not None or bool(opened.words.called)
    for question, words in opened.words.answered(is_service=is_service):
        if words:
            yield Answered(question, parts_of(words, opened.details(words), opened.finds))


def _families(
    codebook: Codebook, suggested: tuple[Suggestion, ...], typed: TypedReading
) -> Iterator[FamilyShown]:
    """Give the codes that were not suggested, by family."""
    above = {suggestion.code for suggestion in suggested}
    for family in codebook.families:
        codes = tuple(code for code in codebook.codes_of(family.key) if code.key not in above)
        if codes:
            yield FamilyShown(family.name, codes, any(code.key in typed.codes for code in codes))


def chosen_tags(opened: OpenedText, typed: TypedReading) -> dict[str, str]:
    """Return the tag that was chosen for each detail, by the words it stands for."""
    chosen = {find.words: typed.tags.get(find.number, find.tag) for find in opened.finds}
    return {words: tag for words, tag in chosen.items() if tag in TAG_KEYS}


def left_over(opened: OpenedText, typed: TypedReading) -> tuple[Detail, ...]:
    """Return what is still found in the words, without what was said to stay."""
    stays = {f.words.casefold() for f in opened.finds if typed.tags.get(f.number) == KEEP}
    return tuple(
        detail
        for detail in opened.details(typed.words)
        if typed.words[detail.start : detail.end].casefold() not in stays
    )


def copied(opened: OpenedText, typed: TypedReading) -> str:
    """Return the writer's own phrase in words that should be other words, or nothing."""
    if typed.use != TextUse.PARAPHRASE:
        return ""
    return copied_phrase(opened.whole, typed.words, LONGEST_COPY)
