"""The published document: its shape as dataclasses, how it is read and its canonical bytes.

Pure. A publication holds every atom of its subject released so far, copied word for word,
and what is derived from them; every format of a report is made from it and from nothing
else. The format is described in docs/disclosure.md.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeVar

SCHEMA = "coproduce/publication/1"

Clock = Literal["fast", "slow", "words"]
SubjectKind = Literal["service", "area", "pool"]
Detail = Literal["three", "five", "directions"]
Manner = Literal["other_words", "their_words"]
ReissueReason = Literal["words"]

CATEGORIES: Final[Mapping[Detail, tuple[str, ...]]] = {
    "three": ("good", "mixed", "poor", "none"),
    "five": ("always", "mostly", "sometimes", "hardly_ever", "never", "none"),
    "directions": ("works", "does_not", "mixed", "idea", "none"),
}
"""The cells of a table with one answer each, in the order shown.

"none" holds blank, not sure and not for me, so that every table counts the same people. For the
direction of a theme it holds the texts that are about something else.
"""

Item = TypeVar("Item")
Choice = TypeVar("Choice", bound=str)


class UnreadableDocumentError(ValueError):
    """A document does not have the shape of a publication."""


@dataclass(frozen=True, slots=True)
class Method:
    """How true counts became displays; declared, so that anyone can judge it."""

    noise: str = "binomial-8"
    rounding: int = 5
    smallest_group: int = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a publication is about.

    Attributes:
        kind: a service; an area, for people who never got in; or a pool of services of one
            area that are too small alone.
        code: the poster code of a service, the code of an area.
        area: names from the nearest area to the widest.
    """

    kind: SubjectKind
    code: str
    name: str
    area: tuple[str, ...]
    provider: str | None = None
    service_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One category of a table and its display."""

    key: str
    display: int


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """A question with one answer each: how many chose which category."""

    key: str
    detail: Detail
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class OptionCounts:
    """One option of a question where people pick any: displays of both sides."""

    key: str
    picked: int
    not_picked: int


@dataclass(frozen=True, slots=True)
class OptionTable:
    """A question where people pick any, in full: the options with a display of 5 or more."""

    key: str
    options: tuple[OptionCounts, ...]


@dataclass(frozen=True, slots=True)
class FamilyTable:
    """A question where people pick any, in a small report: families without numbers."""

    key: str
    listed: tuple[str, ...]


Table = CategoryTable | OptionTable | FamilyTable


@dataclass(frozen=True, slots=True)
class Revision:
    """Says that an atom replaces an earlier one with the same id, and why.

    Attributes:
        changed_at_least: so many responses changed at the least.

    Source: docs/disclosure.md, R14.
    """

    changed_at_least: int
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that one person allowed, without number or date beside them.

    Attributes:
        manner: "their_words" as they wrote them, with details taken out; "other_words" as a
            moderator said them.
        family: the family of themes they stand under, where three or more do.

    Source: docs/disclosure.md, R10.
    """

    words: str
    language: str
    manner: Manner
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One plain sentence made from three texts or more on one family; nobody's own words."""

    words: str
    language: str
    family: str


@dataclass(frozen=True, slots=True)
class Reissue:
    """Says that a publication stands in place of a withdrawn one with the same numbers.

    Attributes:
        number: 1 for the first time.
        on: the day, such as "2026-11-02".
        reason: "words": some were taken out, because they told who somebody is.
    """

    number: int
    on: str
    reason: ReissueReason = "words"


@dataclass(frozen=True, slots=True)
class Atom:
    """Answers, or texts, tabulated together, once and for ever.

    Attributes:
        id: 32 hexadecimal digits, random.
        edition: the period whose freeze made the atom.
        periods: the quarters whose answers it holds, oldest first.
        n: the displayed number of people; on the clock of words, of texts.
        tier: how much detail it shows, from 0 to 3.
        withheld: keys of tables that failed the audit; an option is "question.option".
        is_pool: whether leftovers of several subjects were put together; another atom of the
            same area may then hold the same quarters of other subjects.
        codebook: the version of the themes; on the clock of words only, as the next two.
        quotes: words people allowed, in an order that means nothing.
        statements: sentences made from several texts.
    """

    id: str
    clock: Clock
    edition: str
    periods: tuple[str, ...]
    n: int
    tier: int
    tables: tuple[Table, ...]
    withheld: tuple[str, ...] = ()
    is_pool: bool = False
    revision: Revision | None = None
    codebook: str | None = None
    quotes: tuple[Quote, ...] = ()
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """One immutable document about one subject.

    Attributes:
        edition: the last period this freeze covers.
        published_on: the day of the freeze, such as "2026-10-14".
        framework: the version of the questions.
        atoms: all released so far about the subject, in order of edition and clock.
        derived: a pure function of the atoms, see derived.py.
        reissue: present where it stands in place of a withdrawn publication.
    """

    edition: str
    published_on: str
    deployment: str
    framework: str
    subject: Subject
    atoms: tuple[Atom, ...]
    derived: Mapping[str, Any]
    method: Method = field(default_factory=Method)
    reissue: Reissue | None = None


def words_of(atom: Atom) -> tuple[str, ...]:
    """Return all words that an atom shows."""
    return (*(one.words for one in atom.quotes), *(one.words for one in atom.statements))


# Writing


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document as bytes: these are hashed, signed and kept.

    UTF-8, keys sorted, no spaces, whole numbers only.

    Raises:
        ValueError: if a number is not whole; fractions are not written alike everywhere.
    """
    _refuse_fractions(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def document_from(publication: Publication) -> dict[str, Any]:
    """The publication as plain data, ready for ``canonical_json``."""
    subject, method = publication.subject, publication.method
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "edition": publication.edition,
        "published_on": publication.published_on,
        "deployment": publication.deployment,
        "framework": publication.framework,
        "method": {
            "noise": method.noise,
            "rounding": method.rounding,
            "smallest_group": method.smallest_group,
        },
        "subject": {
            "kind": subject.kind,
            "code": subject.code,
            "name": subject.name,
            "provider": subject.provider,
            "area": list(subject.area),
            "service_kind": subject.service_kind,
        },
        "atoms": [atom_document_from(atom) for atom in publication.atoms],
        "derived": dict(publication.derived),
    }
    if publication.reissue is not None:
        document["reissue"] = asdict(publication.reissue)
    return document


def atom_document_from(atom: Atom) -> dict[str, Any]:
    """One atom as plain data."""
    document: dict[str, Any] = {
        "id": atom.id,
        "clock": atom.clock,
        "edition": atom.edition,
        "periods": list(atom.periods),
        "n": atom.n,
        "tier": atom.tier,
        "tables": [_table_document_from(table) for table in atom.tables],
        "withheld": list(atom.withheld),
    }
    if atom.is_pool:
        document["pool"] = True
    if atom.revision is not None:
        document["revision"] = {
            "changed_at_least": atom.revision.changed_at_least,
            "reason": atom.revision.reason,
        }
    if atom.clock == "words":
        document["codebook"] = atom.codebook
        document["quotes"] = [asdict(quote) for quote in atom.quotes]
        document["statements"] = [asdict(statement) for statement in atom.statements]
    return document


def _table_document_from(table: Table) -> dict[str, Any]:
    match table:
        case CategoryTable(key, detail, cells):
            rows = [[cell.key, cell.display] for cell in cells]
            return {"key": key, "kind": "one", "detail": detail, "cells": rows}
        case OptionTable(key, options):
            rows = [[option.key, option.picked, option.not_picked] for option in options]
            return {"key": key, "kind": "any", "detail": "options", "options": rows}
        case FamilyTable(key, listed):
            return {"key": key, "kind": "any", "detail": "families", "listed": list(listed)}


def _refuse_fractions(value: object) -> None:
    if isinstance(value, float):
        raise ValueError(f"only whole numbers are published: {value}")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_fractions(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_fractions(item)


# Reading


def publication_from(document: Mapping[str, Any]) -> Publication:
    """The publication that a document holds.

    Raises:
        UnreadableDocumentError: if a field is missing, of the wrong kind, or not known. An
            unknown field could carry a number that no rule has looked at.

    Source: docs/disclosure.md, R16.
    """
    fields = _fields(
        document,
        "schema edition published_on deployment framework method subject atoms derived",
        optional="reissue",
    )
    if fields["schema"] != SCHEMA:
        raise UnreadableDocumentError(f"not a {SCHEMA}: {fields['schema']!r}")
    reissue = fields.get("reissue")
    return Publication(
        edition=_text(fields["edition"]),
        published_on=_text(fields["published_on"]),
        deployment=_text(fields["deployment"]),
        framework=_text(fields["framework"]),
        method=_method_from(fields["method"]),
        subject=_subject_from(fields["subject"]),
        atoms=_each(fields["atoms"], atom_from),
        derived=_mapping(fields["derived"]),
        reissue=None if reissue is None else _reissue_from(reissue),
    )


def atom_from(document: object) -> Atom:
    """The atom that plain data holds.

    Raises:
        UnreadableDocumentError: as for ``publication_from``.
    """
    clock: Clock = _one_of(_mapping(document).get("clock"), ("fast", "slow", "words"))
    required = "id clock edition periods n tier tables withheld"
    if clock == "words":
        required += " codebook quotes statements"
    fields = _fields(document, required, optional="pool revision")
    revision = fields.get("revision")
    return Atom(
        id=_text(fields["id"]),
        clock=clock,
        edition=_text(fields["edition"]),
        periods=_each(fields["periods"], _text),
        n=_number(fields["n"]),
        tier=_number(fields["tier"]),
        tables=_each(fields["tables"], _table_from),
        withheld=_each(fields["withheld"], _text),
        is_pool=_flag(fields.get("pool", False)),
        revision=None if revision is None else _revision_from(revision),
        codebook=_text(fields["codebook"]) if clock == "words" else None,
        quotes=_each(fields.get("quotes", ()), _quote_from),
        statements=_each(fields.get("statements", ()), _statement_from),
    )


def _method_from(document: object) -> Method:
    fields = _fields(document, "noise rounding smallest_group")
    return Method(
        noise=_text(fields["noise"]),
        rounding=_number(fields["rounding"]),
        smallest_group=_number(fields["smallest_group"]),
    )


def _subject_from(document: object) -> Subject:
    fields = _fields(document, "kind code name provider area service_kind")
    return Subject(
        kind=_one_of(fields["kind"], ("service", "area", "pool")),
        code=_text(fields["code"]),
        name=_text(fields["name"]),
        area=_each(fields["area"], _text),
        provider=_optional_text(fields["provider"]),
        service_kind=_optional_text(fields["service_kind"]),
    )


def _revision_from(document: object) -> Revision:
    fields = _fields(document, "changed_at_least reason")
    return Revision(_number(fields["changed_at_least"]), _text(fields["reason"]))


def _reissue_from(document: object) -> Reissue:
    fields = _fields(document, "number on reason")
    reason: ReissueReason = _one_of(fields["reason"], ("words",))
    return Reissue(_number(fields["number"]), _text(fields["on"]), reason)


def _quote_from(document: object) -> Quote:
    fields = _fields(document, "words language manner family")
    return Quote(
        words=_text(fields["words"]),
        language=_text(fields["language"]),
        manner=_one_of(fields["manner"], ("other_words", "their_words")),
        family=_optional_text(fields["family"]),
    )


def _statement_from(document: object) -> Statement:
    fields = _fields(document, "words language family")
    return Statement(_text(fields["words"]), _text(fields["language"]), _text(fields["family"]))


def _table_from(document: object) -> Table:
    detail = _mapping(document).get("detail")
    if detail == "options":
        fields = _fields(document, "key kind detail options")
        _one_of(fields["kind"], ("any",))
        return OptionTable(_text(fields["key"]), _each(fields["options"], _option_from))
    if detail == "families":
        fields = _fields(document, "key kind detail listed")
        _one_of(fields["kind"], ("any",))
        return FamilyTable(_text(fields["key"]), _each(fields["listed"], _text))
    fields = _fields(document, "key kind detail cells")
    _one_of(fields["kind"], ("one",))
    return CategoryTable(
        key=_text(fields["key"]),
        detail=_one_of(fields["detail"], ("three", "five", "directions")),
        cells=_each(fields["cells"], _cell_from),
    )


def _cell_from(row: object) -> Cell:
    key, display = _row(row, 2)
    return Cell(_text(key), _number(display))


def _option_from(row: object) -> OptionCounts:
    key, picked, not_picked = _row(row, 3)
    return OptionCounts(_text(key), _number(picked), _number(not_picked))


def _fields(document: object, required: str, *, optional: str = "") -> Mapping[str, Any]:
    mapping = _mapping(document)
    missing = set(required.split()) - mapping.keys()
    unknown = mapping.keys() - set(required.split()) - set(optional.split())
    if missing or unknown:
        raise UnreadableDocumentError(f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")
    return mapping


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnreadableDocumentError(f"not an object: {value!r}")
    return value


def _each(value: object, read: Callable[[Any], Item]) -> tuple[Item, ...]:
    if not isinstance(value, list | tuple):
        raise UnreadableDocumentError(f"not a list: {value!r}")
    return tuple(read(item) for item in value)


def _row(value: object, length: int) -> Sequence[object]:
    if not isinstance(value, list | tuple) or len(value) != length:
        raise UnreadableDocumentError(f"not a row of {length}: {value!r}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableDocumentError(f"not text: {value!r}")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableDocumentError(f"not a whole number: {value!r}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnreadableDocumentError(f"not true or false: {value!r}")
    return value


def _one_of(value: object, choices: tuple[Choice, ...]) -> Choice:
    for choice in choices:
        if value == choice:
            return choice
    raise UnreadableDocumentError(f"not one of {choices}: {value!r}")
