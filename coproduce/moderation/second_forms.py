"""Reading the forms of what happens after the first reading, with everything typed kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from coproduce.core.column_types import ID_BYTES
from coproduce.core.errors import NotFound
from coproduce.core.identifying import find_identifying, what_was_found
from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned
from coproduce.feedback.codebook import Codebook
from coproduce.feedback.moderated_words import MOST_CODES, Direction, Level, MadeCoding
from coproduce.moderation.reading import copied_phrase
from coproduce.moderation.rules import LONGEST_COPY
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields

SENTENCES_LIMIT = 600
"""Longest words of a moderator's own: one to three plain sentences.

Source: privacy rule D.3 (docs/threat-model.md).
"""

_TYPED_LIMIT = 20_000
"""Most signs of one field that are shown again. Only a hostile form is longer."""


@dataclass(frozen=True, slots=True)
class TypedWords:
    """What was typed, as it is shown again. ``found`` is what may tell who somebody is."""

    words: str = ""
    looked: bool = False
    found: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class TypedCodings:
    """Chosen directions and levels by code, as they are shown again."""

    directions: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)

    def has_any(self, codes: Iterable[str]) -> bool:
        """Return True if one of these codes was chosen."""
        return any(self.directions.get(code) for code in codes)


def read_id(text: str) -> bytes:
    """Return the id that an address or a field names.

    Raises:
        NotFound: if it is none.
    """
    try:
        found = bytes.fromhex(text)
    except ValueError as error:
        raise NotFound() from error
    if len(found) != ID_BYTES:
        raise NotFound()
    return found


def read_ids(values: Iterable[str]) -> tuple[bytes, ...]:
    """Return the ids that fields name, each once.

    Raises:
        NotFound: if one of them is none.
    """
    return tuple(dict.fromkeys(map(read_id, values)))


def typed_words(form: Fields) -> TypedWords:
    """Return what was typed, whether right or wrong."""
    words = cleaned("\n".join(form.get("words", ())), limit=_TYPED_LIMIT)
    return TypedWords(words, bool(form.get("looked")), what_was_found(find_identifying(words)))


def read_words(form: Fields, theirs: Iterable[str]) -> str | list[FieldError]:
    """Return a moderator's own words, or what is wrong with them.

    What may tell who somebody is must be taken out, or looked at and let stand.

    Args:
        form: the submitted fields.
        theirs: safe words of the texts; no long phrase of them may come back.
    """
    reader = FormReader(form)
    words = reader.text("words", limit=SENTENCES_LIMIT)
    if not words and not reader.errors:
        reader.refuse("words", _("Please write one to three plain sentences."))
    for phrase in filter(None, (copied_phrase(text, words, LONGEST_COPY) for text in theirs)):
        reader.refuse(
            "words",
            _("This is a phrase of theirs: “%(phrase)s”. Please say it otherwise.", phrase=phrase),
        )
        break
    typed = typed_words(form)
    if typed.found and not typed.looked:
        reader.refuse(
            "words",
            _("There may be something in it that tells who somebody is. Please look once more."),
        )
    return reader.errors or words


def typed_codings(form: Fields, codebook: Codebook) -> TypedCodings:
    """Return what was chosen, whether right or wrong."""
    return TypedCodings(
        {key: form[f"direction_{key}"][0] for key in codebook.keys if f"direction_{key}" in form},
        {key: form[f"level_{key}"][0] for key in codebook.keys if f"level_{key}" in form},
    )


def read_codings(form: Fields, codebook: Codebook) -> tuple[MadeCoding, ...] | list[FieldError]:
    """Return the chosen themes in the order of the codebook, or what is wrong with them."""
    reader = FormReader(form)
    codings = []
    for code in codebook.codes:
        direction = reader.one(f"direction_{code.key}", frozenset(Direction))
        level = reader.one(f"level_{code.key}", frozenset(Level))
        if direction:
            chosen = Level(level) if level else Level.SERVICE
            codings.append(MadeCoding(code.key, Direction(direction), chosen))
    if not reader.errors and not 1 <= len(codings) <= MOST_CODES:
        reader.refuse(
            "themes", _("Please choose at least one theme, and at most %(most)s.", most=MOST_CODES)
        )
    return reader.errors or tuple(codings)
