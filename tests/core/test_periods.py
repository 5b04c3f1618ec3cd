from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.periods import (
    first_day,
    freeze_day,
    is_period,
    last_day,
    latest_freezable,
    next_period,
    period_of,
    periods_between,
    previous_period,
    quarters_between,
    shift_period,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31))


@given(days)
def test_every_day_lies_in_its_period_and_in_no_neighbour(day: date) -> None:
    period = period_of(day)

    assert first_day(period) <= day <= last_day(period)
    assert last_day(previous_period(period)) < first_day(period)
    assert last_day(period) + timedelta(days=1) == first_day(next_period(period))


@given(days, days)
def test_text_order_is_the_order_of_time(one: date, other: date) -> None:
    distance = quarters_between(period_of(one), period_of(other))

    assert (period_of(one) < period_of(other)) == (distance > 0)
    assert shift_period(period_of(one), distance) == period_of(other)


@given(days)
def test_the_newest_freezable_period_is_frozen_from_its_freeze_day_on(day: date) -> None:
    period = latest_freezable(day)

    assert freeze_day(period) <= day < freeze_day(next_period(period))


def test_quarters_have_the_months_people_expect() -> None:
    assert [period_of(date(2026, month, 1)) for month in (1, 3, 4, 6, 7, 9, 10, 12)] == [
        *["2026-Q1"] * 2,
        *["2026-Q2"] * 2,
        *["2026-Q3"] * 2,
        *["2026-Q4"] * 2,
    ]


def test_a_period_is_frozen_fourteen_days_after_it_ends() -> None:
    assert freeze_day("2026-Q3") == date(2026, 10, 14)
    assert latest_freezable(date(2026, 10, 13)) == "2026-Q2"
    assert latest_freezable(date(2026, 10, 14)) == "2026-Q3"


def test_a_row_of_periods_crosses_the_year_and_is_empty_backwards() -> None:
    assert periods_between("2025-Q3", "2026-Q2") == ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")
    assert periods_between("2026-Q2", "2026-Q1") == ()


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "2026-Q1\n"]
)
def test_other_text_is_no_period(text: str) -> None:
    assert not is_period(text)
    with pytest.raises(ValueError, match="not a calendar quarter"):
        first_day(text)


@pytest.mark.parametrize("text", ["0000-Q1", "9999-Q4", "٢٠٢٦-Q3"])
def test_a_quarter_without_a_freeze_day_is_no_period(text: str) -> None:
    assert not is_period(text)
    assert is_period("0001-Q1")
    assert is_period("9998-Q4")
