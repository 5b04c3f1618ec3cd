from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.periods import first_day, freeze_day, last_day, period_of, shift_period
from coproduce.feedback.form_token import LIVES_DAYS
from coproduce.feedback.rules import (
    CLOSED_DAYS,
    CODE_MONTHS,
    LATE_DAYS,
    RAW_MONTHS,
    SAYS_SO_DAYS,
    SMALLEST_BATCH,
    UNREAD_DAYS,
    USED_FORM_DAYS,
    ReadingState,
    SettlePlan,
    Subject,
    WaitingRow,
    Words,
    counted_in,
    oldest_period_kept,
    sent_before,
    settle_plan,
    unread_before,
    used_by,
    week_of,
)

TODAY = date(2026, 8, 12)
YESTERDAY = TODAY - timedelta(days=1)

days = st.dates(min_value=date(2020, 1, 1), max_value=date(2090, 12, 31))
waiting_rows = st.lists(
    st.builds(
        WaitingRow,
        key=st.binary(min_size=16, max_size=16),
        received_day=st.sampled_from([TODAY, YESTERDAY, TODAY - timedelta(days=90)]),
        has_period_ended=st.booleans(),
        has_text=st.booleans(),
        has_answers=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row.key,
)


def row(
    key: str, *, day: date = TODAY, text: bool = False, answers: bool = True, ended: bool = False
) -> WaitingRow:
    return WaitingRow(key.encode(), day, ended, text, answers)


def plan(*, texts: str = "", answers: str = "") -> SettlePlan:
    return SettlePlan(
        texts=frozenset(key.encode() for key in texts),
        answers=frozenset(key.encode() for key in answers),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], plan(), id="nothing waits"),
        pytest.param([row("a"), row("b")], plan(), id="too few wait"),
        pytest.param(
            [row(key) for key in "abcde"], plan(answers="abcde"), id="five leave together"
        ),
        pytest.param(
            [row("a", text=True), *(row(key) for key in "bcde")],
            plan(texts="a", answers="abcde"),
            id="five leave whole",
        ),
        pytest.param([row("a", text=True)], plan(), id="a text stays on its first day"),
        pytest.param(
            [row("a", text=True, day=YESTERDAY), row("b", day=YESTERDAY)],
            plan(texts="a"),
            id="a text leaves alone the day after",
        ),
        pytest.param([row("a", day=YESTERDAY)], plan(), id="answers wait for others"),
        pytest.param(
            [row("a", ended=True), row("b")],
            plan(answers="a"),
            id="answers leave when their quarter is over",
        ),
        pytest.param(
            [row("a", ended=True), row("b", day=YESTERDAY, text=True)],
            plan(texts="b"),
            id="a text goes first and the answers of another wait a turn",
        ),
        pytest.param(
            [row("a", ended=True, day=YESTERDAY, text=True)],
            plan(texts="a"),
            id="a row whose quarter is over gives its text first",
        ),
        pytest.param(
            [row("a", ended=True, answers=False)],
            plan(answers="a"),
            id="a row that gave its text and has no answers goes at the end",
        ),
    ],
)
def test_what_leaves_the_inbox(rows: list[WaitingRow], expected: SettlePlan) -> None:
    assert settle_plan(rows, TODAY) == expected


@given(waiting_rows)
def test_text_and_answers_never_leave_in_the_same_turn_of_fewer_than_five(
    rows: list[WaitingRow],
) -> None:
    decided = settle_plan(rows, TODAY)

    moving = decided.texts | decided.answers
    assert len(moving) >= SMALLEST_BATCH or not (decided.texts and decided.answers)


@given(waiting_rows)
def test_only_what_waits_leaves_and_only_texts_that_are_there(rows: list[WaitingRow]) -> None:
    decided = settle_plan(rows, TODAY)

    assert decided.answers <= {row.key for row in rows}
    assert decided.texts <= {row.key for row in rows if row.has_text}


@given(waiting_rows)
def test_nobody_waits_beyond_the_quarter_and_no_text_beyond_a_day(rows: list[WaitingRow]) -> None:
    """Turn after turn, as the job does, until nothing moves."""
    left = rows
    while moving := settle_plan(left, TODAY):
        if not moving.texts and not moving.answers:
            break
        left = [
            WaitingRow(r.key, r.received_day, r.has_period_ended, False, r.has_answers)
            if r.key in moving.texts
            else r
            for r in left
            if r.key not in moving.answers
        ]

    assert len(left) < SMALLEST_BATCH
    assert not any(r.has_text and r.received_day < TODAY for r in left)
    assert not any(r.has_period_ended and not r.has_text for r in left)


@given(days, st.sampled_from([RAW_MONTHS, CODE_MONTHS]))
def test_no_kept_quarter_holds_anything_older_than_the_months(today: date, months: int) -> None:
    years, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    limit = date(years, month + 1, 1)

    kept = oldest_period_kept(today, months)

    assert first_day(kept) > limit
    assert first_day(shift_period(kept, -1)) <= limit


@given(days)
def test_answers_are_kept_until_they_must_have_been_counted(written: date) -> None:
    promised = used_by(period_of(written))

    assert oldest_period_kept(promised, RAW_MONTHS) <= period_of(written)


@given(days)
def test_an_answer_is_used_at_most_a_year_and_a_fortnight_after_its_quarter(written: date) -> None:
    period = period_of(written)

    assert used_by(period) == freeze_day(shift_period(period, 3))
    assert timedelta(0) < used_by(period) - last_day(period) <= timedelta(days=4 * 92 + 14)


@given(days, st.integers(min_value=0, max_value=500))
def test_an_answer_never_joins_a_quarter_that_may_be_closed(written: date, later: int) -> None:
    settled = written + timedelta(days=later)
    period = period_of(written)

    counted = counted_in(period, settled)

    assert settled < freeze_day(counted)
    assert counted == (period if settled < freeze_day(period) else period_of(settled))


def test_of_an_unread_text_only_the_week_is_known() -> None:
    assert week_of(date(2026, 8, 10)) == date(2026, 8, 10)
    assert week_of(TODAY) == date(2026, 8, 10)
    assert week_of(date(2026, 8, 16)) == date(2026, 8, 10)


@given(days)
def test_no_unread_text_is_kept_longer_than_sixty_days(sent: date) -> None:
    left_inbox = sent + timedelta(days=1)

    assert week_of(left_inbox) < unread_before(sent + timedelta(days=UNREAD_DAYS))
    assert week_of(left_inbox) >= unread_before(sent + timedelta(days=UNREAD_DAYS - 8))


@given(days, st.integers(min_value=0, max_value=LIVES_DAYS))
def test_a_form_is_known_as_sent_for_as_long_as_it_may_be_open(issued: date, age: int) -> None:
    last_open = issued + timedelta(days=LIVES_DAYS)

    assert issued + timedelta(days=age) >= sent_before(last_open)
    assert issued < sent_before(issued + timedelta(days=USED_FORM_DAYS))


def test_words_are_there_if_either_box_was_used() -> None:
    assert not Words()
    assert Words(better="More evenings.")
    assert Words(happened="I waited.")


def test_a_subject_is_a_service_or_an_area() -> None:
    assert Subject(b"s", None).is_service
    assert not Subject(None, b"a").is_service


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 90))
def test_late_reading_is_told_early_and_never_late(left_inbox: date, days: int) -> None:
    today = left_inbox + timedelta(days=days)
    state = ReadingState(week_of(left_inbox), today)

    for limit, is_said in (
        (LATE_DAYS, state.is_late),
        (SAYS_SO_DAYS, state.says_so),
        (CLOSED_DAYS, state.is_closed),
    ):
        if days > limit:
            assert is_said
        if is_said:
            assert days > limit - 7


def test_without_a_waiting_text_nothing_is_late() -> None:
    state = ReadingState(None, date(2026, 8, 12))

    assert (state.days, state.is_late, state.says_so, state.is_closed) == (0, False, False, False)
