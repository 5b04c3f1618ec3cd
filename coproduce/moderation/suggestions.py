"""Suggesting codes for a text, by the keywords of the codebook. A person decides; nothing is set.

Each suggestion says why: the very words of the text. How well it does on real comments is measured
in docs/coding.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from coproduce.core.phrases import Find, Hit, finder_of
from coproduce.feedback.codebook import NOT_ASSIGNED, THIN_PRAISE, Codebook


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that may fit, and the words of the text that say so, each once, in order."""

    code: str
    why: tuple[str, ...]


def suggest_codes(text: str, codebook: Codebook) -> tuple[Suggestion, ...]:
    """Return the codes whose keywords stand in a text, most evidence first.

    Thin praise is suggested only where nothing else is, and `NOT_ASSIGNED` only where not even that
    is; then it has no words to show.
    """
    found: dict[str, list[Hit]] = {}
    for hit in _finder(codebook)(text):
        found.setdefault(hit.label, []).append(hit)
    praise = found.pop(THIN_PRAISE, None)
    if not found:
        if not praise:
            return (Suggestion(NOT_ASSIGNED, ()),)
        found = {THIN_PRAISE: praise}
    suggestions = [Suggestion(code, _words(text, hits)) for code, hits in found.items()]
    order = [code.key for code in codebook.codes]
    return tuple(sorted(suggestions, key=lambda s: (-len(s.why), order.index(s.code))))


def _words(text: str, hits: Iterable[Hit]) -> tuple[str, ...]:
    """Return the words of each hit as they stand in the text, without hits inside longer ones."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    words = {" ".join(text[hit.start : hit.end].split()).casefold(): hit for hit in reversed(kept)}
    return tuple(
        " ".join(text[hit.start : hit.end].split())
        for hit in sorted(words.values(), key=lambda hit: hit.start)
    )


@cache
def _finder(codebook: Codebook) -> Find:
    return finder_of((code.key, phrase) for code in codebook.codes for phrase in code.keywords)
