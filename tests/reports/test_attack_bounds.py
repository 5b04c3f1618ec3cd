from coproduce.reports.attack import run_attacks
from coproduce.reports.attack_bounds import bound_cells, possible_total
from coproduce.reports.bounds import PublishedSum, integer_bounds
from coproduce.reports.disclosure import Interval, cell_bounds, total_bounds
from coproduce.reports.released import read_archive
from tests.reports.bad_releases import raw_roll_up, recomputed_correction
from tests.reports.simulated_releases import small_archive


def test_sums_that_no_true_counts_fit_are_found() -> None:
    documents = raw_roll_up()
    documents[-1]["tables"][0]["cells"][0][1] = 900

    messages = [finding.message for finding in run_attacks(documents).findings]
    assert any("No true counts fit" in message for message in messages)


def test_the_exact_total_of_a_sum_narrows_the_sizes_of_its_parts() -> None:
    *atoms, _, four = raw_roll_up()
    four["tables"].append({"key": "accepted", "cells": [["good", 31]]})
    four["n"] = 4 * 16
    for document in atoms:
        document["atoms"][0]["n"] = 10
        document["atoms"][0]["tables"] = [
            table for table in document["atoms"][0]["tables"] if table["key"] == "overall"
        ]
    archive, _ = read_archive([*atoms, four])

    for bounded in bound_cells(archive).tables:
        # Each group has 10 to 16 people and all four together 64: sixteen in each.
        assert all(cell.high <= 16 for cell in bounded.cells)


def test_a_table_too_narrow_for_whoever_knows_n_is_found() -> None:
    documents = recomputed_correction()[:1]
    atom = documents[0]["atoms"][0]
    # A total of 10 means 10 to 16 people; 20 + 0 + 0 + 0 needs at least 14 of them.
    atom["n"] = 10
    atom["tables"][0]["cells"] = [["good", 20], ["mixed", 0], ["poor", 0], ["none", 0]]

    messages = [finding.message for finding in run_attacks(documents).findings]
    assert any("too narrow to whoever knows" in message for message in messages)


def test_numbers_that_contradict_each_other_are_found() -> None:
    documents = recomputed_correction()[:1]
    atom = documents[0]["atoms"][0]
    atom["n"] = 10
    atom["tables"][0]["cells"] = [["good", 50], ["mixed", 0], ["poor", 0], ["none", 0]]

    messages = [finding.message for finding in run_attacks(documents).findings]
    assert any("no true counts fit its numbers" in message for message in messages)


def test_bounds_in_closed_form_are_what_integer_programming_gives() -> None:
    archive, _ = read_archive(small_archive())
    tables = bound_cells(archive).tables
    atom = max(archive.atoms, key=lambda one: len(one.tables))

    counts = {
        (table.key, label): cell_bounds(value or 0)
        for table in atom.tables
        for label, value in zip(table.labels, table.values, strict=True)
    }
    sums = [
        PublishedSum(
            tuple((table.key, label) for label in table.labels),
            Interval(0, 0),
            taken_away=(("", "n"),),
        )
        for table in atom.tables
    ]
    expected = integer_bounds({**counts, ("", "n"): total_bounds(atom.n or 0)}, sums)

    assert possible_total(atom) == expected["", "n"]
    for bounded in tables:
        if bounded.atom.id == atom.id:
            for label, cell in zip(bounded.table.labels, bounded.cells, strict=True):
                assert cell == expected[bounded.table.key, label]
