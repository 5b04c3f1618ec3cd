from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.identifying import Found
from coproduce.moderation.rules import (
    BREAK_MINUTES,
    SHIFT_ITEMS,
    SHIFT_MINUTES,
    TAG_KEYS,
    TAG_OF,
    TAGS,
    ShiftNow,
    after_item,
    before_item,
    is_on_break,
    is_shift_over,
    minutes_left,
    with_break,
)

NOON = datetime(2026, 8, 12, 12, tzinfo=UTC)
FRESH = ShiftNow(NOON, 0, None)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_a_break_comes_after_twenty_texts() -> None:
    shift = FRESH
    for _number in range(SHIFT_ITEMS - 1):
        shift = after_item(shift, NOON)
        assert not is_on_break(shift, NOON)
    shift = after_item(shift, NOON)
    assert is_on_break(shift, NOON)
    assert not is_on_break(shift, NOON + minutes(BREAK_MINUTES))


def test_a_break_comes_after_half_an_hour_and_the_text_under_work_may_be_finished() -> None:
    late = NOON + minutes(SHIFT_MINUTES)
    assert after_item(FRESH, late - minutes(1)).break_until is None
    assert after_item(FRESH, late).break_until == late + minutes(BREAK_MINUTES)


def test_who_asks_for_more_when_the_time_is_over_gets_a_break() -> None:
    late = NOON + minutes(SHIFT_MINUTES + 1)
    assert is_on_break(before_item(FRESH, late), late)


def test_who_did_nothing_for_as_long_as_a_break_has_had_it() -> None:
    late = NOON + minutes(SHIFT_MINUTES + BREAK_MINUTES)
    assert before_item(FRESH, late) == ShiftNow(late, 0, None)


def test_after_a_break_a_new_shift_begins() -> None:
    rested = with_break(ShiftNow(NOON, SHIFT_ITEMS, None), NOON)
    later = NOON + minutes(BREAK_MINUTES)
    assert before_item(rested, later - minutes(1)) == rested
    assert before_item(rested, later) == ShiftNow(later, 0, None)


def test_asking_for_a_break_again_does_not_make_it_longer() -> None:
    first = with_break(FRESH, NOON)
    assert with_break(first, NOON + minutes(10)) == first


@given(st.floats(min_value=0, max_value=30))
def test_the_minutes_left_are_rounded_up_and_end_at_nothing(passed: float) -> None:
    shift, now = with_break(FRESH, NOON), NOON + minutes(passed)
    left = minutes_left(shift, now)
    assert 0 <= left <= BREAK_MINUTES
    assert (left == 0) == (not is_on_break(shift, now))
    assert minutes_left(FRESH, now) == 0


@given(st.lists(st.integers(min_value=0, max_value=20), max_size=60))
def test_nobody_decides_more_than_twenty_texts_or_begins_one_after_half_an_hour(
    pauses: list[int],
) -> None:
    """However long somebody takes: each text is given within a shift that is not over."""
    shift, now = FRESH, NOON
    for pause in pauses:
        now += minutes(pause)
        shift = before_item(shift, now)
        if shift.break_until is not None:
            continue
        assert not is_shift_over(shift, now)
        shift = after_item(shift, now)
        assert shift.items <= SHIFT_ITEMS


def test_every_kind_of_detail_has_a_tag_and_each_tag_a_key() -> None:
    assert set(TAG_OF) == set(Found)
    assert set(TAG_OF.values()) <= TAG_KEYS
    assert len(TAGS) == len(TAG_KEYS) == 9
