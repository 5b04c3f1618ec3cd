"""How often two coders agree on a code, beyond what chance would give. Counts only, no texts."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import krippendorff
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coproduce.core.db import insert_once
from coproduce.feedback.codebook import Code, load_codebook
from coproduce.moderation.models import CodingAgreement

SHARED_TEXTS = 10
"""Texts that two people coded, before a figure is shown at all. Source: docs/coding.md."""

RELIABLE, TENTATIVE = 0.8, 0.667
"""Alpha from which on coders agree well, or well enough to go on.

Source: Krippendorff, Content Analysis (4th edition, 2019), chapter 12.
"""


class Verdict(StrEnum):
    """What a figure says, in plain words."""

    UNUSED = "unused"
    """Neither coder used the code, so there is nothing to agree on."""
    WELL = "well"
    MOSTLY = "mostly"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """Agreement on one code over all texts that two people coded."""

    code: Code
    both: int
    one: int
    neither: int
    alpha: float | None
    verdict: Verdict


def alpha_of(both: int, one: int, neither: int) -> float | None:
    """Return Krippendorff's alpha of one code for two coders, or None if neither used it.

    It is 1 where they always agree and 0 where they agree as often as by chance.
    """
    if both + one == 0:
        return None
    if one == 0:
        return 1.0
    coded = [[0, 2]] * both + [[1, 1]] * one + [[2, 0]] * neither
    return float(krippendorff.alpha(value_counts=coded, level_of_measurement="nominal"))


def verdict_of(alpha: float | None) -> Verdict:
    """Return what a figure says, in plain words."""
    if alpha is None:
        return Verdict.UNUSED
    if alpha >= RELIABLE:
        return Verdict.WELL
    return Verdict.MOSTLY if alpha >= TENTATIVE else Verdict.TALK


def count_agreement(
    db: Session, codebook: str, first: Collection[str], second: Collection[str]
) -> None:
    """Add one text that two people coded to the counts of every code of the codebook."""
    for code in sorted(load_codebook(codebook).keys):
        said = (code in first) + (code in second)
        insert_once(db, CodingAgreement, codebook=codebook, code=code, both=0, one=0, neither=0)
        db.execute(
            update(CodingAgreement)
            .where(CodingAgreement.codebook == codebook, CodingAgreement.code == code)
            .values(
                both=CodingAgreement.both + int(said == 2),
                one=CodingAgreement.one + int(said == 1),
                neither=CodingAgreement.neither + int(said == 0),
            )
        )


def count_shared_texts(db: Session, codebook: str) -> int:
    """Return how many texts two people coded by one version of the codebook."""
    row = db.scalars(select(CodingAgreement).where(CodingAgreement.codebook == codebook)).first()
    return row.both + row.one + row.neither if row else 0


def list_agreement(db: Session, codebook: str) -> list[CodeAgreement]:
    """Return the agreement on each code in the order of the codebook; none with too few texts."""
    if count_shared_texts(db, codebook) < SHARED_TEXTS:
        return []
    rows = {
        row.code: row
        for row in db.scalars(select(CodingAgreement).where(CodingAgreement.codebook == codebook))
    }
    found = []
    for code in load_codebook(codebook).codes:
        if row := rows.get(code.key):
            alpha = alpha_of(row.both, row.one, row.neither)
            found.append(
                CodeAgreement(code, row.both, row.one, row.neither, alpha, verdict_of(alpha))
            )
    return found
