"""Reading whatever was released, by whichever method, the way an intruder would.

More forgiving than publications.py: cells may be hidden, methods may be foreign, documents
may add up others. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from coproduce.reports.disclosure import (
    ROUNDING,
    SMALLEST_GROUP,
    Interval,
    cell_bounds,
    total_bounds,
)
from coproduce.reports.findings import Finding
from coproduce.reports.publications import (
    SCHEMA,
    Publication,
    UnreadableDocumentError,
    canonical_json,
    publication_from,
)

Document = Mapping[str, Any]

WITHDRAWAL_SCHEMA = "coproduce/withdrawal/1"
WORDS = frozenset({"quotes", "statements"})
"""What may be taken out of an atom after it was released; its numbers may not change."""

ROLL_UP_SCHEMA = "coproduce/roll-up/1"
ROLL_UP_KIND = "roll_up"
OUR_NOISE = "binomial-8"

KNOWN_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    WITHDRAWAL_SCHEMA: frozenset(
        {"schema", "publication", "withdrawn_on", "reason", "replaced_by"}
    ),
    ROLL_UP_SCHEMA: frozenset(
        {"schema", "edition", "published_on", "deployment", "method", "subject"}
        | {"parts", "n", "tables"}
    ),
}
"""What the documents beside publications may hold; publications.py knows its own."""


@dataclass(frozen=True, slots=True)
class DeclaredMethod:
    """How a document says its numbers were made.

    Attributes:
        hidden: the counts that are left out as null, both ends included, where declared.
    """

    noise: str
    rounding: int
    smallest_group: int
    hidden: Interval | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is the mechanism of R4."""
        return (self.noise, self.rounding, self.smallest_group) == (
            OUR_NOISE,
            ROUNDING,
            SMALLEST_GROUP,
        )

    def fits(self, value: int | None) -> bool:
        """Whether the method could have published this number."""
        if value is None:
            return not self.is_ours
        return value >= 0 and value % self.rounding == 0

    def bounds(self, value: int | None) -> Interval:
        """What the true count behind a published number can be."""
        if value is None:
            return self.hidden or Interval(0, self.smallest_group - 1)
        if not self.fits(value):
            return Interval(value, value)
        if self.is_ours:
            return cell_bounds(value)
        return self._rounded_bounds(value)

    def bounds_of_total(self, value: int | None) -> Interval:
        """What the true size of a group behind a published total can be."""
        if self.is_ours and value is not None and self.fits(value) and value >= SMALLEST_GROUP:
            return total_bounds(value)
        return self.bounds(value)

    def _rounded_bounds(self, value: int) -> Interval:
        low = max(0, value - self.rounding // 2)
        high = value + (self.rounding - 1) // 2
        if self.hidden is not None and self.hidden.low <= low <= self.hidden.high:
            low = self.hidden.high + 1
        if self.hidden is not None and self.hidden.low <= high <= self.hidden.high:
            high = self.hidden.low - 1
        return Interval(low, high)


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """Numbers that together count everyone of a group once.

    Attributes:
        question: the key of the question.
        key: the question, or "question.option" for the two cells of an option.
    """

    question: str
    key: str
    labels: tuple[str, ...]
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ReleasedAtom:
    """One group of answers as one document shows it."""

    publication: str
    id: str
    subject: tuple[str, str]
    clock: str
    periods: tuple[str, ...]
    is_pool: bool
    n: int | None
    questions: frozenset[str]
    tables: tuple[ReleasedTable, ...]
    method: DeclaredMethod


@dataclass(frozen=True, slots=True)
class RollUp:
    """A document that adds atoms up."""

    publication: str
    parts: tuple[str, ...]
    n: int | None
    tables: tuple[ReleasedTable, ...]
    method: DeclaredMethod


@dataclass(frozen=True, slots=True)
class ReleasedDocument:
    """A document as it was released, and what it holds where it has our shape."""

    name: str
    document: Document
    publication: Publication | None


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything ever released.

    Attributes:
        atoms: each version of each atom once; word-for-word copies are left out, and so are
            copies that only lack words.
        by_id: the atoms by their ids, of several versions the last.
        withdrawn: hashes of the documents that were withdrawn.
    """

    documents: tuple[ReleasedDocument, ...]
    atoms: tuple[ReleasedAtom, ...]
    by_id: Mapping[str, ReleasedAtom]
    roll_ups: tuple[RollUp, ...]
    withdrawn: frozenset[str]


def read_archive(documents: Iterable[Document]) -> tuple[Archive, list[Finding]]:
    """All that the documents say, and a finding for each that says it in an unknown shape.

    A document that is not quite ours is still read as far as it goes: what it says about
    people is out.
    """
    released: list[ReleasedDocument] = []
    versions: dict[str, ReleasedAtom] = {}
    roll_ups: list[RollUp] = []
    withdrawn: set[str] = set()
    findings: list[Finding] = []
    for document in documents:
        name = name_of(document)
        try:
            if _is_withdrawal(document):
                withdrawn.add(document["publication"])
            elif _is_roll_up(document):
                roll_ups.append(_roll_up_in(document))
            else:
                for atom in document.get("atoms", ()):
                    version = json.dumps(_numbers_of(atom), sort_keys=True)
                    if version not in versions:
                        versions[version] = _atom_in(document, atom)
                released.append(ReleasedDocument(name, document, _publication_in(document)))
            _refuse_unknown_fields(document)
        except UnreadableDocumentError as error:
            findings.append(Finding("C2", name, f"It has another shape: {error}"))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            findings.append(Finding("C2", name, f"It cannot be read: {error!r}"))
    atoms = tuple(versions.values())
    by_id = {atom.id: atom for atom in atoms}
    archive = Archive(tuple(released), atoms, by_id, tuple(roll_ups), frozenset(withdrawn))
    return archive, findings


def is_withdrawn(released: ReleasedDocument, archive: Archive) -> bool:
    """Whether a document was withdrawn: it may still be in the hands of people."""
    if not archive.withdrawn:
        return False
    return sha256(canonical_json(released.document)).hexdigest() in archive.withdrawn


def name_of(document: Document) -> str:
    """What findings call the document: kind, code and edition."""
    subject = document.get("subject")
    if not isinstance(subject, Mapping):
        subject = {}
    parts = (subject.get("kind"), subject.get("code"), document.get("edition"))
    return " ".join(str(part) for part in parts if part is not None) or "unnamed document"


def table_of(atom: ReleasedAtom, key: str) -> ReleasedTable | None:
    """The table of that key, where the atom shows it."""
    return next((table for table in atom.tables if table.key == key), None)


def _numbers_of(atom: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in atom.items() if key not in WORDS}


def _is_withdrawal(document: Document) -> bool:
    return bool(document.get("schema") == WITHDRAWAL_SCHEMA)


def _is_roll_up(document: Document) -> bool:
    return bool(document.get("subject", {}).get("kind") == ROLL_UP_KIND)


def _publication_in(document: Document) -> Publication | None:
    """What the document holds, if it says that it has our shape."""
    return publication_from(document) if document.get("schema") == SCHEMA else None


def _refuse_unknown_fields(document: Document) -> None:
    """An unknown field could carry a number that no attack has looked at."""
    known = KNOWN_FIELDS.get(document.get("schema", ""), document.keys())
    if unknown := document.keys() - known:
        raise UnreadableDocumentError(f"unknown: {sorted(unknown)}")


def _atom_in(document: Document, atom: Mapping[str, Any]) -> ReleasedAtom:
    subject = document.get("subject", {})
    tables = atom.get("tables", ())
    return ReleasedAtom(
        publication=name_of(document),
        id=atom["id"],
        subject=(subject.get("kind", ""), subject.get("code", "")),
        clock=atom.get("clock", ""),
        periods=tuple(atom.get("periods", ())),
        is_pool=subject.get("kind") == "pool" or bool(atom.get("pool")),
        n=atom.get("n"),
        questions=frozenset(table["key"] for table in tables),
        tables=_tables_in(tables),
        method=_method_of(document),
    )


def _roll_up_in(document: Document) -> RollUp:
    return RollUp(
        publication=name_of(document),
        parts=tuple(document.get("parts", ())),
        n=document.get("n"),
        tables=_tables_in(document.get("tables", ())),
        method=_method_of(document),
    )


def _method_of(document: Document) -> DeclaredMethod:
    method = document.get("method", {})
    hidden = method.get("hidden")
    return DeclaredMethod(
        noise=method.get("noise", "none"),
        rounding=max(1, method.get("rounding", 1)),
        smallest_group=method.get("smallest_group", 1),
        hidden=None if hidden is None else Interval(hidden[0], hidden[1]),
    )


def _tables_in(tables: Sequence[Mapping[str, Any]]) -> tuple[ReleasedTable, ...]:
    found: list[ReleasedTable] = []
    for table in tables:
        question = table["key"]
        if cells := table.get("cells"):
            labels, values = zip(*cells, strict=True)
            found.append(ReleasedTable(question, question, labels, values))
        for option, picked, not_picked in table.get("options", ()):
            key = f"{question}.{option}"
            values = (picked, not_picked)
            found.append(ReleasedTable(question, key, ("picked", "not_picked"), values))
    return tuple(found)
