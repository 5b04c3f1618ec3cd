"""A freeze lets the intruder try one subject after the other; together they give away no more."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from coproduce.reports.attack import run_attacks
from tests.reports import bad_releases
from tests.reports.simulated_releases import small_archive

Documents = list[dict[str, Any]]


def found(documents: Documents) -> set[tuple[str, str, str]]:
    return {(f.attack, f.publication, f.message) for f in run_attacks(documents).findings}


def found_by_subject(documents: Documents) -> set[tuple[str, str, str]]:
    subjects: defaultdict[tuple[str, str], Documents] = defaultdict(list)
    for document in documents:
        subjects[document["subject"]["kind"], document["subject"]["code"]].append(document)
    return {finding for of_subject in subjects.values() for finding in found(of_subject)}


@pytest.mark.parametrize(
    "bad",
    [
        bad_releases.nhs_rounding,
        bad_releases.overlapping_windows,
        bad_releases.recomputed_correction,
        bad_releases.recomputed_under_a_new_id,
    ],
    ids=lambda bad: bad.__name__,
)
def test_one_subject_at_a_time_the_intruder_finds_as_much(bad: Callable[[], Documents]) -> None:
    documents = [*small_archive(), *bad()]
    assert found_by_subject(documents) == found(documents) != set()


def test_an_honest_archive_of_many_subjects_is_safe_either_way() -> None:
    documents = small_archive()
    assert len({document["subject"]["code"] for document in documents}) > 2
    assert found_by_subject(documents) == found(documents) == set()
