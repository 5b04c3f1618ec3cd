"""What the intruder reports: findings, and how much was looked at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which the released documents say too much, or something untrue.

    Attributes:
        attack: "C1", "C2", "C4", "C6" or "method", see docs/disclosure.md.
        publication: the document concerned, by kind, code and edition.
        figures: what the message rests on.
    """

    attack: str
    publication: str
    message: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What the intruder found, and how much was looked at."""

    findings: tuple[Finding, ...]
    figures: Mapping[str, int]

    @property
    def is_safe(self) -> bool:
        """Whether no attack succeeded."""
        return not self.findings

    def as_document(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "safe": self.is_safe,
            "figures": dict(self.figures),
            "findings": [asdict(finding) for finding in self.findings],
        }
