import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.db import Database
from coproduce.moderation.coding_agreement import (
    SHARED_TEXTS,
    Verdict,
    alpha_of,
    count_agreement,
    count_shared_texts,
    list_agreement,
    verdict_of,
)

counts = st.integers(0, 40)


def alpha_by_hand(both: int, one: int, neither: int) -> float:
    """Krippendorff's alpha of two coders and two values, from its definition."""
    texts = both + one + neither
    yes, no = 2 * both + one, 2 * neither + one
    observed = one / texts
    expected = 2 * yes * no / (2 * texts * (2 * texts - 1))
    return 1 - observed / expected


@given(counts, st.integers(1, 40), counts)
def test_alpha_is_what_its_definition_says(both: int, one: int, neither: int) -> None:
    assert alpha_of(both, one, neither) == pytest.approx(alpha_by_hand(both, one, neither))


@given(st.integers(1, 40), counts)
def test_who_always_agrees_has_one(both: int, neither: int) -> None:
    assert alpha_of(both, 0, neither) == 1


def test_a_code_nobody_used_has_no_figure() -> None:
    assert alpha_of(0, 0, 12) is None
    assert verdict_of(None) is Verdict.UNUSED


@pytest.mark.parametrize(
    ("alpha", "verdict"),
    [
        (1.0, Verdict.WELL),
        (0.8, Verdict.WELL),
        (0.79, Verdict.MOSTLY),
        (0.667, Verdict.MOSTLY),
        (0.66, Verdict.TALK),
        (-0.2, Verdict.TALK),
    ],
)
def test_a_figure_is_said_in_plain_words(alpha: float, verdict: Verdict) -> None:
    assert verdict_of(alpha) is verdict


def test_nothing_is_shown_below_ten_shared_texts(database: Database) -> None:
    with database.write() as db:
        for number in range(1, SHARED_TEXTS + 1):
            count_agreement(db, "2026-1", {"A1", "B1"} if number % 2 else {"B1"}, {"B1"})
            assert count_shared_texts(db, "2026-1") == number
            assert bool(list_agreement(db, "2026-1")) is (number == SHARED_TEXTS)
        lines = {line.code.key: line for line in list_agreement(db, "2026-1")}
    assert (lines["A1"].both, lines["A1"].one, lines["A1"].neither) == (0, 5, 5)
    assert (lines["B1"].both, lines["B1"].verdict) == (10, Verdict.WELL)
    assert lines["A1"].verdict is Verdict.TALK
    assert lines["A2"].verdict is Verdict.UNUSED
