from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.feedback.models import FateState, Reason, TextUse
from coproduce.feedback.queries import Decision, Standing
from coproduce.feedback.trail import Stage, Step, still_counts, trail_of

TODAY = date(2026, 8, 12)
SENT = Standing(
    period="2026-Q3",
    is_in_inbox=False,
    has_answers=True,
    counted_fast=False,
    counted_slow=False,
    has_text=False,
    decision=None,
    signpost=None,
    fate=None,
    text_fate=None,
    subject=None,
)
READ = Decision(TextUse.PARAPHRASE, None, is_with_panel=False)
standings = st.builds(
    Standing,
    period=st.sampled_from(["2026-Q3", None]),
    is_in_inbox=st.booleans(),
    has_answers=st.booleans(),
    counted_fast=st.booleans(),
    counted_slow=st.booleans(),
    has_text=st.booleans(),
    decision=st.sampled_from([None, READ, Decision(None, Reason.ABUSE, is_with_panel=False)]),
    signpost=st.none(),
    fate=st.sampled_from([None, *FateState]),
    text_fate=st.sampled_from([None, *FateState]),
    subject=st.none(),
)


def steps(standing: Standing, today: date = TODAY) -> list[Step]:
    return [at.step for at in trail_of(standing, today)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [Step.WAITING, Step.TO_BE_COUNTED]),
        ({"has_text": True}, [Step.UNREAD, Step.WAITING, Step.TO_BE_READ]),
        (
            {"decision": replace(READ, is_with_panel=True)},
            [Step.READ, Step.WITH_PANEL, Step.WAITING, Step.TO_BE_COUNTED],
        ),
        ({"counted_fast": True}, [Step.SOME_COUNTED, Step.WAITING, Step.TO_BE_COUNTED]),
        ({"counted_slow": True}, [Step.SOME_COUNTED, Step.WAITING, Step.TO_BE_COUNTED]),
        ({"counted_fast": True, "counted_slow": True}, [Step.ALL_COUNTED]),
        (
            {"text_fate": FateState.EXPIRED},
            [Step.WORDS_EXPIRED, Step.WAITING, Step.TO_BE_COUNTED],
        ),
        (
            {"has_answers": False, "period": None, "fate": FateState.NOT_USED},
            [Step.LEFT_OUT],
        ),
        (
            {"has_answers": False, "period": None, "fate": FateState.EXPIRED},
            [Step.ANSWERS_EXPIRED],
        ),
        (
            {
                "has_answers": False,
                "period": None,
                "fate": FateState.USED,
                "text_fate": FateState.USED,
            },
            [Step.WORDS_IN_REPORT, Step.ALL_COUNTED],
        ),
        ({"has_answers": False, "period": None}, [Step.NOTHING_KEPT]),
    ],
)
def test_each_state_has_its_steps(changes: dict[str, Any], expected: list[Step]) -> None:
    assert steps(replace(SENT, **changes)) == [Step.RECEIVED, *expected]


def test_words_alone_wait_to_be_read_and_not_for_a_report() -> None:
    words = replace(SENT, has_answers=False, has_text=True, is_in_inbox=True)
    assert steps(words) == [Step.RECEIVED, Step.UNREAD, Step.TO_BE_READ]


@pytest.mark.parametrize(
    ("today", "expected"), [(date(2027, 7, 31), Step.WAITING), (date(2027, 8, 1), Step.LATE)]
)
def test_a_month_that_is_over_is_not_promised_any_more(today: date, expected: Step) -> None:
    assert expected in steps(SENT, today)


@given(standings)
def test_what_is_done_stands_before_what_is_now_and_that_before_what_comes(
    standing: Standing,
) -> None:
    trail = trail_of(standing, TODAY)
    order = [list(Stage).index(at.stage) for at in trail]
    assert order == sorted(order)
    assert len({at.step for at in trail}) == len(trail)
    assert len(trail) > 1
    assert sum(at.stage is Stage.NEXT for at in trail) <= 1


@given(standings)
def test_what_was_taken_back_tells_of_nothing_that_was_decided(standing: Standing) -> None:
    gone = replace(
        standing, fate=FateState.WITHDRAWN, has_text=False, has_answers=False, decision=None
    )
    assert steps(gone) == [Step.RECEIVED, Step.WITHDRAWN]


def test_answers_that_were_left_out_are_not_said_to_count() -> None:
    assert still_counts(SENT)
    assert not still_counts(replace(SENT, has_answers=False, fate=FateState.NOT_USED))
