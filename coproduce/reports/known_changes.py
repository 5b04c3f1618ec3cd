"""Changes that research knows to help, and which of them answer what people named."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from coproduce.core.messages import Message

MOST_SUGGESTIONS = 3
"""So many things to do fit into one week. Source: docs/reports.md."""


@dataclass(frozen=True, slots=True)
class KnownChange:
    """One change. ``barriers`` are the answers it is for; the rest as in known_changes.toml."""

    key: str
    barriers: frozenset[str]
    title: Message
    do: Message
    because: Message
    ask: Message
    decided_by: str
    takes: str


@cache
def load_known_changes() -> tuple[KnownChange, ...]:
    """Return all known changes, the one to be taken first in front."""
    path = resources.files("coproduce").joinpath("reports/known_changes.toml")
    return tuple(
        KnownChange(
            key=entry["key"],
            barriers=frozenset(entry["barriers"]),
            title=Message(entry["title"]),
            do=Message(entry["do"]),
            because=Message(entry["because"]),
            ask=Message(entry["ask"]),
            decided_by=entry["decided_by"],
            takes=entry["takes"],
        )
        for entry in tomllib.loads(path.read_text("utf-8"))["changes"]
    )


def fitting_changes(
    named: Iterable[tuple[Message, frozenset[str]]], changes: tuple[KnownChange, ...]
) -> tuple[tuple[Message, KnownChange], ...]:
    """Return the first change for each thing people named, none of them twice.

    Args:
        named: what people named most in front: its words, and its barrier or, for a family, all
            of its barriers.
        changes: the one to be taken first in front.

    Returns:
        What was named, and the change that answers it.
    """
    chosen: dict[str, tuple[Message, KnownChange]] = {}
    for words, barriers in named:
        for change in changes:
            if change.barriers & barriers:
                chosen.setdefault(change.key, (words, change))
                break
    return tuple(chosen.values())[:MOST_SUGGESTIONS]
