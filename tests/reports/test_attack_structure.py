from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from coproduce.reports.attack import run_attacks
from coproduce.reports.findings import Finding
from coproduce.reports.publications import canonical_json
from tests.reports.bad_releases import recomputed_under_a_new_id
from tests.reports.simulated_releases import honest_roll_up, small_archive


def messages(documents: Sequence[dict[str, Any]]) -> str:
    return "\n".join(finding.message for finding in run_attacks(documents).findings)


def only_finding(documents: Sequence[dict[str, Any]]) -> Finding:
    (finding,) = run_attacks(documents).findings
    return finding


def test_a_derived_number_that_does_not_follow_is_found() -> None:
    documents = small_archive()
    documents[0]["derived"]["headlines"][0]["quarter"]["summary"][0]["high"] += 1

    finding = only_finding(documents)

    assert finding.attack == "C2"
    assert finding.figures["at"] == "derived.headlines.0.quarter.summary.0.high"


def test_an_unknown_field_is_found_because_it_may_carry_a_number() -> None:
    documents = small_archive()
    documents[-1]["responses_today"] = 3

    assert only_finding(documents).attack == "C2"


def test_a_document_that_cannot_be_read_is_found() -> None:
    assert "cannot be read" in messages([*small_archive(), {"subject": [], "atoms": [7]}])


def test_an_atom_left_out_of_a_later_document_is_found() -> None:
    documents = small_archive()
    later = next(document for document in documents if len(document["atoms"]) > 2)
    removed = later["atoms"].pop(0)

    result = run_attacks(documents)

    missing = [one for one in result.findings if "left out" in one.message]
    assert [finding.figures["atoms"] for finding in missing] == [[removed["id"]]]


def test_a_withdrawn_publication_may_be_left_out_of_later_ones() -> None:
    documents = small_archive()
    first = next(one for one in documents if one["subject"]["kind"] == "service")
    code = first["subject"]["code"]
    kept = [one for one in documents if one is first or one["subject"]["code"] != code]
    other = recomputed_under_a_new_id()[0]
    other["subject"] = first["subject"]
    notice = {
        "schema": "coproduce/withdrawal/1",
        "publication": sha256(canonical_json(first)).hexdigest(),
        "withdrawn_on": "2026-11-02",
        "reason": "answers that people did not give",
    }

    assert "left out" in messages([*kept, other])
    result = run_attacks([*kept, other, notice])
    assert result.is_safe
    assert result.figures["withdrawals"] == 1


def test_a_number_that_the_declared_method_never_publishes_is_found() -> None:
    documents = small_archive()
    documents[0]["atoms"][0]["n"] += 1

    assert "the declared method never publishes" in messages(documents)


def test_more_detail_than_the_size_allows_is_found() -> None:
    documents = small_archive()
    atom = documents[0]["atoms"][0]
    options = {
        "key": "barriers",
        "kind": "any",
        "detail": "options",
        "options": [["hours", 0, 10]],
    }
    atom["tables"].append(options)

    found = messages(documents)

    assert "shows numbers of options at tier 0" in found
    assert "an option that too few picked" in found


def test_a_tier_that_does_not_follow_from_the_total_is_found() -> None:
    documents = small_archive()
    documents[0]["atoms"][0]["tier"] = 1

    assert "its tier does not follow" in messages(documents)


def test_a_sum_over_two_atoms_is_found() -> None:
    documents = small_archive()

    found = messages([*documents, honest_roll_up(documents, parts=2)])

    assert "fewer than three atoms" in found


def test_a_sum_with_a_wrong_total_is_found() -> None:
    documents = small_archive()
    sums = honest_roll_up(documents) | {"n": 45, "respondents": 44}

    found = messages([*documents, sums])

    assert "not the sum of the totals" in found
    assert "unknown: ['respondents']" in found
