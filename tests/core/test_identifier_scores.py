from pathlib import Path

import pytest

from coproduce.core.identifying import Setting
from scripts.identifier_scores import PAGE, measure, page_with, tables_of


def test_the_page_shows_what_is_measured(shared_data: Path) -> None:
    page = PAGE.read_text("utf-8")
    assert page_with(page, tables_of(shared_data)) == page


@pytest.mark.parametrize(
    ("setting", "invented", "real", "precision", "capitals", "plain"),
    [
        (Setting.PRECISE, 0.35, 0.95, 0.97, 0.1, 0.01),
        (Setting.BROAD, 0.88, 0.98, 0.8, 0.4, 0.05),
    ],
)
def test_no_figure_falls(
    shared_data: Path,
    setting: Setting,
    invented: float,
    real: float,
    precision: float,
    capitals: float,
    plain: float,
) -> None:
    found = measure(shared_data, setting)
    assert min(found.recall(kind) for kind in ("structured", "addresses", "dates")) >= 0.98
    assert found.recall("names") >= invented
    assert found.recall("names", "real comments") >= real
    assert found.precision >= precision
    alarms = list(found.alarms.values())
    assert alarms[0].name_share <= capitals
    assert alarms[1].name_share <= plain


def test_what_was_held_out_is_found_as_well(shared_data: Path) -> None:
    precise = measure(shared_data, Setting.PRECISE, is_held_out=True)
    assert precise.recall("names", "real comments") >= 0.95
    assert precise.recall("structured") >= 0.98
    assert next(iter(precise.alarms.values())).name_share <= 0.1
