from collections import Counter
from typing import Any

import pytest

from coproduce.core.messages import untranslated
from coproduce.reports.report_document import Figure
from tests.reports.reading import blocks, displays, numbers_in, report_of, tables, words
from tests.reports.sample_publications import ALL, large_service, middling_service, small_service


def figure(document: dict[str, Any], key: str) -> Figure:
    return next(b for b in blocks(report_of(document)) if isinstance(b, Figure) and b.key == key)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_display_stands_in_a_table_or_a_sentence(name: str) -> None:
    report = report_of(ALL[name]())
    values = [value for table in tables(report) for row in table.rows for value in row]
    cells = Counter(value for value in values if isinstance(value, int))
    told = numbers_in(" ".join(words((report.first_page, report.sections))))

    assert not displays(report) - cells - told


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_table_shows_a_nought(name: str) -> None:
    for table in tables(report_of(ALL[name]())):
        assert 0 not in [value for row in table.rows for value in row]


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_row_has_a_cell_for_every_heading(name: str) -> None:
    for table in tables(report_of(ALL[name]())):
        assert {len(row) for row in table.rows} == {len(table.head)}


@pytest.mark.parametrize("name", sorted(ALL))
def test_bars_stay_inside_the_picture(name: str) -> None:
    for block in blocks(report_of(ALL[name]())):
        for bar in block.bars if isinstance(block, Figure) else ():
            assert 0 <= bar.length <= 100
            assert bar.length + bar.silent <= 101  # Each was rounded for itself.


def test_what_was_picked_most_stands_first() -> None:
    bars = figure(large_service(), "barriers").bars
    picked = [int(untranslated(bar.words).split()[0]) for bar in bars]

    assert len(bars) == 8
    assert picked == sorted(picked, reverse=True)


def test_answers_that_name_nothing_stand_in_the_table_only() -> None:
    shown = figure(middling_service(), "barriers")

    assert "Something else." in words(shown.table)
    assert "Something else." not in words(shown.bars)


def test_the_weakest_statement_stands_first() -> None:
    lengths = [bar.length for bar in figure(large_service(), "statements").bars]

    assert lengths == sorted(lengths)


def test_people_who_gave_no_answer_are_drawn_apart() -> None:
    assert all(bar.silent for bar in figure(large_service(), "statements").bars)


def test_a_small_number_is_an_outline_with_words() -> None:
    vague = [bar for bar in figure(small_service(), "overall-year").bars if bar.is_vague]

    assert vague
    assert {untranslated(bar.words) for bar in vague} == {"few, if any"}


@pytest.mark.parametrize("name", sorted(ALL))
def test_everything_for_further_sums_is_there_once(name: str) -> None:
    document = ALL[name]()
    report = report_of(document)
    cells = [
        number
        for atom in document["atoms"]
        for table in atom["tables"]
        for cell in table.get("cells", []) + table.get("options", [])
        for number in cell[1:]
    ]

    assert Counter(number.people for number in report.numbers) == Counter(cells)
    assert [group.id for group in report.groups] == [atom["id"] for atom in document["atoms"]]
