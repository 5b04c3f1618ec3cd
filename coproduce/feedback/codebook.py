"""The codebook: which themes a text may have, read from a versioned file a panel can change.

How it is used:

- A text may have many codes. Each gets a direction (works, does not, mixed, an idea) and a level
  (one person, a rule of the service, the system).
- `NOT_ASSIGNED` is a normal code. What carries it is read again in each round, because it may be
  what the codebook does not know yet.
- A code of too few texts is never published alone; it is counted under its family.
- A version is never edited once it was used: a coding names its version and keeps it. A change is
  a new file.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from coproduce.core.messages import Message

CURRENT_CODEBOOK = "2026-1"
"""The version by which texts are coded now. Older ones stay, because codings name theirs."""

THIN_PRAISE = "K1"
"""The code of praise or thanks that say no more."""

NOT_ASSIGNED = "Z0"
"""The code of what no other code fits."""


@dataclass(frozen=True, slots=True)
class Family:
    """A group of like codes, under which a code of few texts is counted."""

    key: str
    name: Message


@dataclass(frozen=True, slots=True)
class Code:
    """One theme.

    Attributes:
        key: stable name, such as "A1"; unique in a codebook.
        family: key of its family.
        name: what people call it.
        use_for: one line that says what belongs here.
        keywords: words and phrases that suggest it, in any language, as `core.phrases` reads them.
        px: labels of the NHS patient experience framework that come nearest; none for many.
        sections: sections of Smith et al. 2025 from which it grew.
    """

    key: str
    family: str
    name: Message
    use_for: Message
    keywords: tuple[str, ...]
    px: tuple[str, ...]
    sections: str


@dataclass(frozen=True, slots=True)
class Codebook:
    """One version: families and codes in the order in which people see them."""

    version: str
    families: tuple[Family, ...]
    codes: tuple[Code, ...]

    def code(self, key: str) -> Code:
        """Return one code.

        Raises:
            KeyError: if this version has no such code.
        """
        for code in self.codes:
            if code.key == key:
                return code
        raise KeyError(key)

    def family(self, key: str) -> Family:
        """Return one family.

        Raises:
            KeyError: if this version has no such family.
        """
        for family in self.families:
            if family.key == key:
                return family
        raise KeyError(key)

    def codes_of(self, family: str) -> tuple[Code, ...]:
        """Return the codes of a family, in order."""
        return tuple(code for code in self.codes if code.family == family)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of all codes."""
        return frozenset(code.key for code in self.codes)


@cache
def load_codebook(version: str = CURRENT_CODEBOOK) -> Codebook:
    """Return one version of the codebook.

    Raises:
        KeyError: if there is no such version.
    """
    path = resources.files("coproduce").joinpath(f"feedback/codebooks/{version}.toml")
    if not path.is_file():
        raise KeyError(version)
    raw = tomllib.loads(path.read_text("utf-8"))
    families = tuple(Family(key, Message(name)) for key, name in raw["families"].items())
    return Codebook(
        version=raw["version"], families=families, codes=tuple(map(_code, raw["codes"]))
    )


def _code(raw: dict[str, Any]) -> Code:
    return Code(
        key=raw["key"],
        family=raw["key"][0],
        name=Message(raw["name"]),
        use_for=Message(raw["use_for"]),
        keywords=tuple(_keywords(raw)),
        px=tuple(raw["px"]),
        sections=raw["from"],
    )


def _keywords(raw: dict[str, Any]) -> Iterator[str]:
    for keywords in raw.get("keywords", {}).values():
        yield from keywords
