"""Attack C2: recompute all that is derived, and look for what no rule accounts for.

Also checks that every number could have come from the method its document declares.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from coproduce.reports.derived import FEWEST_ADDED_ATOMS, derived_from
from coproduce.reports.disclosure import SMALLEST_GROUP, is_option_shown, tier_of
from coproduce.reports.findings import Finding
from coproduce.reports.publications import (
    CATEGORIES,
    Atom,
    CategoryTable,
    FamilyTable,
    OptionTable,
    Table,
)
from coproduce.reports.released import (
    Archive,
    ReleasedAtom,
    ReleasedDocument,
    ReleasedTable,
    RollUp,
    is_withdrawn,
    table_of,
)
from coproduce.reports.theme_tables import THEMES, family_of

MOST_HEADLINES = 2
"""Tables of three categories in one atom: two on the fast clock, two more in a small slow one.

Source: docs/disclosure.md, R6.
"""


def find_structural_faults(archive: Archive) -> Iterator[Finding]:
    """Whatever in a document does not follow from its atoms, or its atoms from the rules.

    Source: docs/disclosure.md, C2, R6, R7 and R8.
    """
    for released in archive.documents:
        yield from _faults_of_document(released)
    yield from _missing_copies(archive)
    for roll_up in archive.roll_ups:
        yield from _faults_of_roll_up(roll_up, archive)


def find_foreign_numbers(archive: Archive) -> Iterator[Finding]:
    """Numbers that the declared method never publishes.

    Source: docs/disclosure.md, R4.
    """
    for atom in archive.atoms:
        numbers = [value for table in atom.tables for value in table.values]
        foreign = [value for value in numbers if not atom.method.fits(value)]
        if not atom.method.fits(atom.n) or (atom.method.is_ours and _is_small(atom.n)):
            foreign.append(atom.n)
        if foreign:
            message = f"Atom {atom.id}: the declared method never publishes these numbers."
            yield Finding("method", atom.publication, message, {"numbers": foreign})


def is_sum_of_parts(roll_up: RollUp, archive: Archive) -> bool:
    """Whether a roll-up says nothing that its published parts do not say.

    Source: docs/disclosure.md, R8.
    """
    parts = _parts_of(roll_up, archive)
    return _is_total_of(roll_up, parts) and all(
        _is_sum_of_displays(table, parts) for table in roll_up.tables
    )


def _faults_of_document(released: ReleasedDocument) -> Iterator[Finding]:
    publication = released.publication
    if publication is None:
        return
    for atom in publication.atoms:
        for problem in _problems_of(atom, publication.edition):
            message = f"Atom {atom.id}: {problem}."
            yield Finding("C2", released.name, message, {"n": atom.n, "tier": atom.tier})
    expected = derived_from(
        publication.atoms, subject_kind=publication.subject.kind, edition=publication.edition
    )
    if place := _first_difference(expected, publication.derived, "derived"):
        yield Finding("C2", released.name, "A derived number does not follow.", {"at": place})


def _problems_of(atom: Atom, edition: str) -> Iterator[str]:
    if atom.tier != (0 if atom.clock == "fast" else tier_of(atom.n)):
        yield "its tier does not follow from its clock and its displayed total"
    if not atom.periods or max(atom.periods) > atom.edition or atom.edition > edition:
        yield "it holds answers from after its freeze"
    keys = [table.key for table in atom.tables]
    if len(set(keys)) < len(keys) or set(keys) & set(atom.withheld):
        yield "a question is shown twice, or shown although withheld"
    if (atom.clock == "words") != all(_is_about_themes(key) for key in keys):
        yield "it shows questions of another clock"
    headlines = [table for table in atom.tables if isinstance(table, CategoryTable)]
    if atom.tier < 2 and len(headlines) > MOST_HEADLINES:
        yield "it shows more headline questions than its size allows"
    for table in atom.tables:
        yield from _problems_of_table(table, atom.tier)


def _is_about_themes(key: str) -> bool:
    return key == THEMES or family_of(key) is not None


def _problems_of_table(table: Table, tier: int) -> Iterator[str]:
    match table:
        case CategoryTable(key, detail, cells):
            if tuple(cell.key for cell in cells) != CATEGORIES[detail]:
                yield f"{key} has other cells than its detail says"
            if (detail == "directions") != _is_about_themes(key):
                yield f"{key} has cells of another question"
            if (detail == "three") != (tier < 2):
                yield f"{key} has more or less detail than tier {tier}"
        case OptionTable(key, options):
            if tier < 2:
                yield f"{key} shows numbers of options at tier {tier}"
            if not all(is_option_shown(option.picked) for option in options):
                yield f"{key} shows an option that too few picked"
        case FamilyTable(key, _):
            if tier != 1:
                yield f"{key} is shown as families at tier {tier}"


def _missing_copies(archive: Archive) -> Iterator[Finding]:
    """A later document of a subject holds every atom of the earlier ones."""
    by_subject: defaultdict[object, list[ReleasedDocument]] = defaultdict(list)
    for released in archive.documents:
        if released.publication is not None and not is_withdrawn(released, archive):
            subject = released.publication.subject
            by_subject[subject.kind, subject.code].append(released)
    for documents in by_subject.values():
        seen: set[str] = set()
        for released in sorted(documents, key=lambda one: str(one.document["edition"])):
            here = {atom["id"] for atom in released.document["atoms"]}
            if seen - here:
                message = "Atoms of earlier publications are left out."
                yield Finding("C2", released.name, message, {"atoms": sorted(seen - here)})
            seen |= here


def _faults_of_roll_up(roll_up: RollUp, archive: Archive) -> Iterator[Finding]:
    parts = _parts_of(roll_up, archive)
    if len(set(roll_up.parts)) < FEWEST_ADDED_ATOMS:
        message = "It adds up fewer than three atoms."
        yield Finding("C2", roll_up.publication, message, {"parts": len(roll_up.parts)})
    if not _is_total_of(roll_up, parts):
        message = "Its total is not the sum of the totals of its parts."
        yield Finding("C2", roll_up.publication, message)
    for table in roll_up.tables:
        if not _is_sum_of_displays(table, parts):
            message = f"{table.key} is not the sum of the displays of its parts."
            yield Finding("C2", roll_up.publication, message)


def _parts_of(roll_up: RollUp, archive: Archive) -> list[ReleasedAtom | None]:
    return [archive.by_id.get(part) for part in roll_up.parts]


def _is_total_of(roll_up: RollUp, parts: Sequence[ReleasedAtom | None]) -> bool:
    totals = [None if part is None else part.n for part in parts]
    return roll_up.n is None or _sum(totals) == roll_up.n


def _is_sum_of_displays(table: ReleasedTable, parts: Sequence[ReleasedAtom | None]) -> bool:
    tables = [None if part is None else table_of(part, table.key) for part in parts]
    columns = [
        {} if one is None else dict(zip(one.labels, one.values, strict=True)) for one in tables
    ]
    return all(
        value is not None and value == _sum([column.get(label) for column in columns])
        for label, value in zip(table.labels, table.values, strict=True)
    )


def _sum(values: Sequence[int | None]) -> int | None:
    """The sum, or nothing where a part is hidden."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _is_small(total: int | None) -> bool:
    return total is None or total < SMALLEST_GROUP


def _first_difference(expected: object, found: object, place: str) -> str | None:
    """Where two pieces of plain data differ first, or ``None``."""
    if expected == found:
        return None
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        pairs = [(f"{place}.{key}", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [
            (f"{place}.{number}", one, other)
            for number, (one, other) in enumerate(zip(expected, found, strict=True))
        ]
    else:
        return place
    differences = (_first_difference(one, other, where) for where, one, other in pairs)
    return next((difference for difference in differences if difference), place)
