"""Themes are counted by the rules of every other number; what is too few goes to its family."""

import secrets
from itertools import chain

import pytest

from coproduce.feedback.codebook import NOT_ASSIGNED, load_codebook
from coproduce.reports.disclosure import displayed_total, tier_of
from coproduce.reports.publications import CategoryTable, FamilyTable, OptionTable
from coproduce.reports.theme_tables import THEMES, family_of, tabulate_themes, theme_questions
from tests.reports.simulated_releases import chance, pick

CODEBOOK = load_codebook()
RUNS = 400


def fair() -> int:
    return secrets.randbits(8)


def test_a_small_atom_names_kinds_of_themes_without_a_number() -> None:
    texts = [{"C1": "does_not"}] * 20
    tables, withheld = tabulate_themes(texts, CODEBOOK, tier=1, draw=fair)
    (table,) = tables
    assert isinstance(table, FamilyTable)
    assert "C" in table.listed
    assert withheld == ()


def test_a_large_atom_shows_codes_and_which_way_their_kind_points() -> None:
    texts = [{"C1": "does_not", "C2": "does_not"}] * 40 + [{"A1": "works"}] * 40
    tables, withheld = tabulate_themes(texts, CODEBOOK, tier=2, draw=fair)
    options = next(table for table in tables if isinstance(table, OptionTable))
    assert {"C1", "C2", "A1"} <= {option.key for option in options.options}
    assert all(option.picked >= 5 for option in options.options)
    directions = {
        t.key: {c.key: c.display for c in t.cells} for t in tables if isinstance(t, CategoryTable)
    }
    assert directions["direction_C"]["does_not"] >= 30
    assert directions["direction_A"]["works"] >= 30
    assert directions["direction_A"]["none"] >= 30
    assert withheld == ()


def test_a_code_of_few_is_counted_with_its_kind() -> None:
    codes = [code.key for code in CODEBOOK.codes_of("C")]
    texts = [{codes[place % len(codes)]: "mixed"} for place in range(20)] + [{"A1": "works"}] * 20
    shown: set[str] = set()
    for _ in range(20):
        tables, _withheld = tabulate_themes(texts, CODEBOOK, tier=2, draw=fair)
        shown |= {table.key for table in tables}
    assert "direction_C" in shown


def test_directions_that_differ_within_a_kind_are_called_mixed() -> None:
    texts = [{"C1": "works", "C2": "does_not"}] * 60
    tables, _withheld = tabulate_themes(texts, CODEBOOK, tier=2, draw=fair)
    table = next(table for table in tables if table.key == "direction_C")
    assert isinstance(table, CategoryTable)
    cells = {cell.key: cell.display for cell in table.cells}
    assert cells["mixed"] >= 50
    assert cells["works"] <= 5


def test_what_no_theme_fits_is_no_theme() -> None:
    texts = [{NOT_ASSIGNED: "works", "from another codebook": "works"}] * 60
    for tier in (1, 2):
        tables, _withheld = tabulate_themes(texts, CODEBOOK, tier=tier, draw=lambda: 0b1111)
        assert all(not getattr(table, "listed", ()) for table in tables)
        assert all(not getattr(table, "options", ()) for table in tables)


def test_every_table_has_a_question_that_names_it() -> None:
    questions = theme_questions(CODEBOOK.version)
    assert questions[THEMES].keys == CODEBOOK.keys
    assert {family_of(key) for key in questions} - {None} == {f.key for f in CODEBOOK.families}


@pytest.mark.parametrize("texts", [12, 20, 45])
def test_fewer_than_one_named_kind_in_twenty_is_empty(texts: int) -> None:
    draw = chance(f"ghosts {texts}")
    codes = [code.key for code in CODEBOOK.codes if code.key != NOT_ASSIGNED]
    weights = [1000 // rank for rank in range(1, len(codes) + 1)]
    named = ghosts = 0
    for _ in range(RUNS):
        written = [{codes[pick(weights, draw)]: "works" for _ in range(2)} for _ in range(texts)]
        true = {CODEBOOK.code(code).family for code in chain.from_iterable(written)}
        tier = tier_of(displayed_total(texts, draw()))
        tables, _withheld = tabulate_themes(written, CODEBOOK, tier=tier, draw=draw)
        for table in tables:
            listed = table.listed if isinstance(table, FamilyTable) else [family_of(table.key)]
            named += sum(family is not None for family in listed)
            ghosts += sum(family is not None and family not in true for family in listed)
    assert named > RUNS
    assert 20 * ghosts < named
