"""Attack C6: subtract documents from each other.

Every answer to a question belongs to one scope: a service or an area in one quarter, or a
pooled atom. If every such scope stands in one released atom only, then the released atoms
are a partition, and whatever is added or subtracted, pairs, triples or more, is a union of
whole atoms. So the attack looks for scopes that stand in several atoms.
"""

from collections import defaultdict
from collections.abc import Iterator

from coproduce.reports.disclosure import SMALLEST_GROUP
from coproduce.reports.findings import Finding
from coproduce.reports.released import Archive, ReleasedAtom, ReleasedDocument

MOST_VERSIONS = 2
"""An atom and at most one revision. Source: docs/disclosure.md, R14."""

Scope = tuple[str, str, str, str]
"""Kind and code of a subject, key of a question, and quarter or id of a pooled atom."""


def find_differences(archive: Archive) -> Iterator[Finding]:
    """Groups of people that come out when released documents are subtracted.

    Source: docs/disclosure.md, C6, R1 and R14.
    """
    yield from _overlapping_atoms(archive)
    yield from _undeclared_versions(archive)
    yield from _unreleased_parts(archive)


def scopes_of(atom: ReleasedAtom) -> frozenset[Scope]:
    """Which answers the atom tabulates."""
    kind, code = atom.subject
    places = (atom.id,) if atom.is_pool else atom.periods
    return frozenset(
        (kind, code, question, place) for question in atom.questions for place in places
    )


def _overlapping_atoms(archive: Archive) -> Iterator[Finding]:
    holders: defaultdict[Scope, dict[str, ReleasedAtom]] = defaultdict(dict)
    for atom in archive.atoms:
        for scope in scopes_of(atom):
            holders[scope][atom.id] = atom
    reported: set[frozenset[str]] = set()
    for scope, atoms in sorted(holders.items()):
        ids = frozenset(atoms)
        if len(atoms) > 1 and ids not in reported:
            reported.add(ids)
            first, second, *_ = atoms.values()
            figures = {
                "atoms": sorted(ids),
                "question": scope[2],
                "shared": sorted(set(first.periods) & set(second.periods)),
                "difference": sorted(set(first.periods) ^ set(second.periods)),
            }
            message = f"Answers to {scope[2]} stand in {len(atoms)} atoms: one can be subtracted."
            yield Finding("C6", second.publication, message, figures)


def _undeclared_versions(archive: Archive) -> Iterator[Finding]:
    versions: defaultdict[str, list[ReleasedAtom]] = defaultdict(list)
    for atom in archive.atoms:
        versions[atom.id].append(atom)
    declared = dict(_declared_changes(archive.documents))
    for atom_id, found in versions.items():
        if len(found) < 2:
            continue
        changed = declared.get(atom_id, 0)
        if len(found) > MOST_VERSIONS or changed < SMALLEST_GROUP:
            message = f"Atom {atom_id} was published in {len(found)} different versions."
            yield Finding("C6", found[-1].publication, message, {"declared_changes": changed})


def _declared_changes(documents: tuple[ReleasedDocument, ...]) -> Iterator[tuple[str, int]]:
    for released in documents:
        if released.publication is not None:
            for atom in released.publication.atoms:
                if atom.revision is not None:
                    yield atom.id, atom.revision.changed_at_least


def _unreleased_parts(archive: Archive) -> Iterator[Finding]:
    """A sum over an atom that was left out gives that atom away."""
    released = {atom.id for atom in archive.atoms if not _is_hidden(atom)}
    for roll_up in archive.roll_ups:
        if missing := sorted(set(roll_up.parts) - released):
            message = "Subtracting its published parts gives parts that were left out."
            yield Finding("C6", roll_up.publication, message, {"parts": missing})


def _is_hidden(atom: ReleasedAtom) -> bool:
    return any(value is None for table in atom.tables for value in table.values)
