from coproduce.reports.attack import run_attacks
from coproduce.reports.derived import derived_from
from coproduce.reports.publications import publication_from
from tests.reports.bad_releases import recomputed_correction, recomputed_under_a_new_id
from tests.reports.simulated_releases import small_archive


def test_a_headline_asked_again_on_the_slow_clock_is_found() -> None:
    documents = small_archive()
    document = next(
        one for one in documents if {atom["clock"] for atom in one["atoms"]} == {"fast", "slow"}
    )
    slow = next(atom for atom in document["atoms"] if atom["clock"] == "slow")
    slow["tables"][0]["key"] = "overall"

    (finding, *_) = [one for one in run_attacks(documents).findings if one.attack == "C6"]
    assert finding.figures["question"] == "overall"


def test_a_declared_revision_of_ten_answers_is_allowed_once() -> None:
    documents = recomputed_correction()
    for atom in documents[1]["atoms"]:
        atom["revision"] = {"changed_at_least": 10, "reason": "answers that people did not give"}

    assert run_attacks(documents).is_safe


def test_a_declared_revision_of_fewer_answers_is_found() -> None:
    documents = recomputed_correction()
    for atom in documents[1]["atoms"]:
        atom["revision"] = {"changed_at_least": 9, "reason": "answers that people did not give"}

    assert [finding.attack for finding in run_attacks(documents).findings] == ["C6"]


def test_pools_of_one_area_may_hold_the_same_quarters_of_other_services() -> None:
    documents = recomputed_under_a_new_id()
    assert not run_attacks(documents).is_safe

    for document in documents:
        document["subject"]["kind"] = "area"
        for atom in document["atoms"]:
            atom["pool"] = True
        atoms = publication_from(document).atoms
        document["derived"] = derived_from(atoms, subject_kind="area", edition="2026-Q3")

    assert run_attacks(documents).is_safe
