from pathlib import Path

import pytest

from coproduce.core.identifying import Setting
from scripts.identifier_scores import (
    OWN_BEGIN,
    OWN_END,
    OWN_GROUPS,
    PAGE,
    measure,
    own_scores,
    own_tables,
    page_with,
    read_invented,
    read_marked,
    read_scores,
    share,
    shared_scores,
    tables_of,
    worsened,
)

FEWEST_TEXTS = 150


def test_the_page_shows_what_is_measured(shared_data: Path) -> None:
    page = PAGE.read_text("utf-8")
    assert page_with(page, tables_of(shared_data)) == page


def test_the_page_shows_what_is_measured_on_own_texts() -> None:
    page = PAGE.read_text("utf-8")
    assert page_with(page, own_tables(), OWN_BEGIN, OWN_END) == page


@pytest.mark.parametrize("setting", Setting)
def test_no_figure_of_own_texts_is_worse_than_before(setting: Setting) -> None:
    held = read_scores()[f"own, {setting.name.lower()}"]
    measured = own_scores(read_invented(), setting)
    assert worsened(held, measured) == []
    # Without this, texts could be taken out until nothing is compared any more.
    assert {name: of for name, (_many, of) in measured.items() if name in OWN_GROUPS} == {
        name: of for name, (_many, of) in held.items() if name in OWN_GROUPS
    }


@pytest.mark.parametrize("setting", Setting)
def test_no_figure_of_the_texts_of_others_is_worse_than_before(
    shared_data: Path, setting: Setting
) -> None:
    held = read_scores()[f"shared, {setting.name.lower()}"]
    assert worsened(held, shared_scores(shared_data, setting)) == []


@pytest.mark.parametrize("setting", Setting)
def test_own_texts_are_found_as_well_as_was_promised(setting: Setting) -> None:
    rows = read_invented()
    found = own_scores(rows, setting)
    assert len(rows) >= FEWEST_TEXTS
    assert share(found["structured"]) >= 0.98
    assert share(found["places"]) >= 0.85
    if setting is Setting.PRECISE:
        assert share(found["false alarms"]) <= 0.1
    else:
        assert share(found["days"]) >= 0.85
        assert share(found["precision"]) >= 0.4


def test_own_texts_are_read_with_their_details() -> None:
    row = read_marked("{name:Jo} rang {phone:07700 900123}.")
    assert row.text == "Jo rang 07700 900123."
    assert [(row.text[start:end], kind) for start, end, kind in row.details] == [
        ("Jo", "name"),
        ("07700 900123", "phone"),
    ]
    kinds = {kind for invented in read_invented() for _start, _end, kind in invented.details}
    assert kinds <= {kind for kinds in OWN_GROUPS.values() for kind in kinds}
    assert not [row.text for row in read_invented() if set("{}") & set(row.text)]


@pytest.mark.parametrize(
    ("name", "after", "is_worse"),
    [
        ("names", (7, 10), True),
        ("names", (8, 10), False),
        ("names", (9, 10), False),
        ("names", (7, 12), False),
        ("names", (0, 0), True),
        ("precision", (7, 9), True),
        ("precision", (9, 11), False),
        ("false alarms", (9, 10), True),
        ("false alarms", (7, 10), False),
    ],
)
def test_a_figure_is_worse_if_less_is_found_or_more_for_nothing(
    name: str, after: tuple[int, int], *, is_worse: bool
) -> None:
    assert worsened({name: (8, 10)}, {name: after}) == ([name] if is_worse else [])


@pytest.mark.parametrize(
    ("setting", "invented", "real", "precision", "names_alarms", "any_alarms", "plain"),
    [
        (Setting.PRECISE, 0.4, 0.97, 0.97, 0.05, 0.1, 0.01),
        (Setting.BROAD, 0.88, 0.98, 0.8, 0.4, 0.6, 0.05),
    ],
)
def test_no_figure_falls(
    shared_data: Path,
    setting: Setting,
    invented: float,
    real: float,
    precision: float,
    names_alarms: float,
    any_alarms: float,
    plain: float,
) -> None:
    found = measure(shared_data, setting)
    assert min(found.recall(kind) for kind in ("structured", "addresses", "dates")) >= 0.98
    assert found.recall("names") >= invented
    assert found.recall("names", "real comments") >= real
    assert found.precision >= precision
    alarms = list(found.alarms.values())
    assert alarms[0].name_share <= names_alarms
    assert alarms[0].any_share <= any_alarms
    assert alarms[1].any_share <= plain


def test_what_was_held_out_is_found_as_well(shared_data: Path) -> None:
    precise = measure(shared_data, Setting.PRECISE, is_held_out=True)
    assert precise.recall("names", "real comments") >= 0.95
    assert precise.recall("structured") >= 0.98
    assert next(iter(precise.alarms.values())).name_share <= 0.1
