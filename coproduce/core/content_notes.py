"""Content notes: what a reader is told of a text before opening it, and words of danger.

Found by a list of words, before the text is sealed. A list misses much and cries wolf at times
(docs/coding.md): a note warns, danger lets a text be read sooner, and neither decides anything.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources

from coproduce.core.messages import _
from coproduce.core.phrases import Find, finder_of


class ContentNote(StrEnum):
    """What a text may tell of. Source: privacy rule D.3 (docs/threat-model.md)."""

    VIOLENCE = "violence"
    SEXUAL_VIOLENCE = "sexual_violence"
    SELF_HARM = "self_harm"
    CHILDREN = "children"
    DRUGS = "drugs"
    DEATH = "death"


NAMES_OF_NOTES = {
    ContentNote.VIOLENCE: _("violence"),
    ContentNote.SEXUAL_VIOLENCE: _("sexual violence"),
    ContentNote.SELF_HARM: _("self-harm"),
    ContentNote.CHILDREN: _("children"),
    ContentNote.DRUGS: _("drugs or alcohol"),
    ContentNote.DEATH: _("death"),
}

DANGER = "danger"
"""The flag of words that tell of present danger to a life or to a child."""

_NOTE = "note_"


def content_notes(text: str) -> frozenset[ContentNote]:
    """Return what the words of a text tell of."""
    return frozenset(ContentNote(label) for label in _labels_in(text) - {DANGER})


def is_danger(text: str) -> bool:
    """Return True if words of a text tell of present danger to a life or to a child."""
    return DANGER in _labels_in(text)


def flags_of_notes(text: str) -> frozenset[str]:
    """Return what is kept of a text's notes beside its sealed words: ``note_…`` and ``danger``."""
    return frozenset(label if label == DANGER else _NOTE + label for label in _labels_in(text))


def notes_in(flags: str) -> frozenset[ContentNote]:
    """Return the notes among the flags of a sealed text."""
    kept = {flag.removeprefix(_NOTE) for flag in flags.split() if flag.startswith(_NOTE)}
    return frozenset(note for note in ContentNote if note.value in kept)


def tells_of_danger(flags: str) -> bool:
    """Return True if danger is among the flags of a sealed text."""
    return DANGER in flags.split()


def _labels_in(text: str) -> frozenset[str]:
    return frozenset(hit.label for hit in _finder()(text))


@cache
def _finder() -> Find:
    path = resources.files("coproduce").joinpath("words/content_notes.toml")
    raw: dict[str, dict[str, list[str]]] = tomllib.loads(path.read_text("utf-8"))
    return finder_of(
        (label, phrase)
        for label, languages in raw.items()
        for phrases in languages.values()
        for phrase in phrases
    )
