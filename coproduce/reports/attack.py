"""The intruder: takes every document ever released and tries to learn about one person.

Pure: documents come in as plain data. Judged is what they reveal by the method they declare,
so that other methods can be measured too. Reading files back (C1) is in parse_back.py.
"""

from collections.abc import Iterable

from coproduce.reports.attack_bounds import bound_cells
from coproduce.reports.attack_differences import find_differences, scopes_of
from coproduce.reports.attack_structure import find_foreign_numbers, find_structural_faults
from coproduce.reports.attack_words import find_telling_words
from coproduce.reports.findings import AttackResult
from coproduce.reports.released import Document, read_archive


def run_attacks(documents: Iterable[Document]) -> AttackResult:
    """Try attacks C2, C4, C6 and C10 on all documents together.

    Args:
        documents: all ever released, also withdrawn and replaced ones, in any order.

    Source: docs/disclosure.md, "The intruder".
    """
    archive, unreadable = read_archive(documents)
    bounds = bound_cells(archive)
    findings = (
        *unreadable,
        *find_structural_faults(archive),
        *find_foreign_numbers(archive),
        *bounds.findings,
        *find_differences(archive),
        *find_telling_words(archive),
    )
    figures = {
        "documents": len(archive.documents),
        "roll_ups": len(archive.roll_ups),
        "withdrawals": len(archive.withdrawn),
        "atoms": len(archive.atoms),
        "scopes": len({scope for atom in archive.atoms for scope in scopes_of(atom)}),
        "tables": len(bounds.tables),
        "cells": len(bounds.widths),
        "smallest_width": min(bounds.widths, default=0),
        "findings": len(findings),
    }
    return AttackResult(findings, figures)
