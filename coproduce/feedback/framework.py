"""The questions, read from a versioned file, so that a panel can change them without code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from coproduce.core.messages import Message

CURRENT = "2026-1"
"""The version new forms use. Old versions stay, because published numbers name theirs."""


class Kind(StrEnum):
    """How a question is answered."""

    ONE = "one"
    ANY = "any"


class Clock(StrEnum):
    """When the answers of a question are counted (ADR 0005)."""

    FAST = "fast"
    SLOW = "slow"


class Part(StrEnum):
    """Where a question stands on the form: before the first Send, or under "Two more minutes?"."""

    SHORT = "short"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer. ``group`` is its coarse category; ``family`` the group of like answers."""

    key: str
    text: Message
    group: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        key: stable name, also the name of the form field.
        kind: one answer, or any number of them.
        clock: when its answers are counted.
        part: where it stands on the form.
        text: what the form asks.
        name: what a report calls it.
        hint: one line of help, or None.
        options: the answers in order.
        families: groups of like answers, for small numbers: key to name.
        most: most answers that may be picked, or None.
        shown_first: how many answers stand before "Show more", or None for all.
        headline: True if it is still asked about where numbers are small.
    """

    key: str
    kind: Kind
    clock: Clock
    part: Part
    text: Message
    name: Message
    hint: Message | None
    options: tuple[Option, ...]
    families: Mapping[str, Message]
    most: int | None
    shown_first: int | None
    headline: bool

    def __hash__(self) -> int:
        """Let pages be kept by question; two of one key are told apart by comparing them."""
        return hash(self.key)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of all answers."""
        return frozenset(option.key for option in self.options)


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of the questions, for services and for areas, in the order of the form."""

    version: str
    questions: tuple[Question, ...]
    area_questions: tuple[Question, ...]

    def asked_about(self, *, service: bool) -> tuple[Question, ...]:
        """Return the questions about a service, or about an area where people did not get in."""
        return self.questions if service else self.area_questions


@cache
def load_framework(version: str = CURRENT) -> Framework:
    """Return one version of the questions.

    Raises:
        KeyError: if there is no such version.
    """
    path = resources.files("coproduce").joinpath(f"feedback/frameworks/{version}.toml")
    if not path.is_file():
        raise KeyError(version)
    raw = tomllib.loads(path.read_text("utf-8"))
    scales = {name: _options(scale["options"]) for name, scale in raw["scales"].items()}
    return Framework(
        version=raw["version"],
        questions=tuple(_question(entry, scales) for entry in raw["questions"]),
        area_questions=tuple(_question(entry, scales) for entry in raw["area_questions"]),
    )


def _question(raw: dict[str, Any], scales: dict[str, tuple[Option, ...]]) -> Question:
    return Question(
        key=raw["key"],
        kind=Kind(raw["kind"]),
        clock=Clock(raw["clock"]),
        part=Part(raw["part"]),
        text=Message(raw["text"]),
        name=Message(raw["name"]),
        hint=Message(raw["hint"]) if "hint" in raw else None,
        options=scales[raw["scale"]] if "scale" in raw else _options(raw["options"]),
        families={key: Message(name) for key, name in raw.get("families", {}).items()},
        most=raw.get("most"),
        shown_first=raw.get("shown_first"),
        headline=raw.get("headline", False),
    )


def _options(raw: list[dict[str, str]]) -> tuple[Option, ...]:
    return tuple(
        Option(entry["key"], Message(entry["text"]), entry.get("group"), entry.get("family"))
        for entry in raw
    )
