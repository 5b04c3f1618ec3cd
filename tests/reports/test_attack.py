"""The intruder succeeds on every known-bad release and finds nothing in honest ones."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from coproduce.reports.attack import run_attacks
from tests.reports import bad_releases
from tests.reports.simulated_releases import honest_roll_up, simulate_releases, small_archive

Documents = list[dict[str, Any]]

SERVICES = 5_000 if os.environ.get("COPRODUCE_PROVE") else 200


@pytest.fixture(scope="module")
def honest() -> Documents:
    return simulate_releases(services=SERVICES, quarters=6, seed="honest")


def attacks_that_succeed(documents: Documents) -> set[str]:
    return {finding.attack for finding in run_attacks(documents).findings}


def messages(documents: Documents) -> str:
    return "\n".join(finding.message for finding in run_attacks(documents).findings)


# Honest releases


def test_six_quarters_of_hundreds_of_services_give_nothing_away(honest: Documents) -> None:
    result = run_attacks(honest)

    assert result.findings == ()
    assert result.is_safe
    assert result.figures["documents"] == len(honest) > 500
    assert result.figures["smallest_width"] >= 6
    assert result.figures["cells"] > 10_000


def test_the_honest_archive_holds_every_kind_of_atom(honest: Documents) -> None:
    kinds = {
        (document["subject"]["kind"], atom["clock"], atom["tier"])
        for document in honest
        for atom in document["atoms"]
    }

    assert kinds >= {("service", "fast", 0), *(("service", "slow", tier) for tier in (1, 2, 3))}
    assert {(kind, clock) for kind, clock, _ in kinds} >= {("pool", "fast"), ("pool", "slow")}


def test_order_and_word_for_word_copies_do_not_matter() -> None:
    assert run_attacks([*reversed(small_archive()), *small_archive()]).is_safe


def test_an_honest_sum_of_displays_gives_nothing_away() -> None:
    documents = small_archive()

    result = run_attacks([*documents, honest_roll_up(documents)])

    assert result.is_safe
    assert result.figures["roll_ups"] == 1


def test_the_result_is_plain_data() -> None:
    result = run_attacks([*small_archive(), *bad_releases.nhs_rounding()])

    assert json.loads(json.dumps(result.as_document())) == result.as_document()
    assert result.as_document()["safe"] is False


# Known-bad releases


@pytest.mark.parametrize(
    ("release", "attacks"),
    [
        (bad_releases.threshold_only, {"C4", "C6"}),
        (bad_releases.nhs_rounding, {"C4"}),
        (bad_releases.overlapping_windows, {"C6"}),
        (bad_releases.raw_roll_up, {"C2", "C4"}),
        (bad_releases.recomputed_correction, {"C6"}),
        (bad_releases.recomputed_under_a_new_id, {"C6"}),
    ],
)
def test_a_known_bad_release_is_caught_by_the_attacks_meant_for_it(
    release: Callable[[], Documents], attacks: set[str]
) -> None:
    assert attacks_that_succeed(release()) >= attacks


def test_a_service_left_out_for_being_small_is_recovered_exactly() -> None:
    recovered = {
        finding.message: finding.figures
        for finding in run_attacks(bad_releases.threshold_only()).findings
        if finding.attack == "C4" and "f" * 32 in finding.message
    }

    assert [(figures["low"], figures["high"]) for figures in recovered.values()] == [
        (1, 1),
        (0, 0),
        (5, 5),
        (1, 1),
    ]


def test_rounding_without_noise_tells_that_everyone_agreed() -> None:
    assert "all, or all but one, said good" in messages(bad_releases.nhs_rounding())


def test_overlapping_windows_show_which_quarters_come_out_by_subtraction() -> None:
    findings = run_attacks(bad_releases.overlapping_windows()).findings

    assert any(
        finding.figures["difference"] == ["2025-Q1", "2026-Q1"]
        for finding in findings
        if finding.attack == "C6"
    )
