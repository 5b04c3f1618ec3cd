"""Words that make a label of a person, with plainer words to use instead.

For what we and services write. What people say about themselves is never corrected.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from coproduce.core.phrases import Find, finder_of


@dataclass(frozen=True, slots=True)
class Label:
    """A label that stands in a text, and what to say instead."""

    start: int
    end: int
    words: str
    instead: str


def find_labels(text: str) -> Iterator[Label]:
    """Give the labels of a text, by where they begin; one inside another is left out."""
    last = 0
    for hit in sorted(_finder()(text), key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= last:
            yield Label(hit.start, hit.end, text[hit.start : hit.end], hit.label)
            last = hit.end


@cache
def _finder() -> Find:
    file = resources.files("coproduce").joinpath("words/labels.toml")
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads(file.read_text("utf-8"))
    return finder_of(
        (entry["instead"], phrase) for entry in raw["labels"] for phrase in entry["phrases"]
    )
