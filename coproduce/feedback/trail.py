"""The trail behind a code: what is done, where it is now, and what comes next.

Steps stand in the order in which they happen. What panels and providers do with an idea comes
after the step with the panel, as further steps of the same kinds.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from coproduce.feedback.models import FateState
from coproduce.feedback.queries import Standing
from coproduce.feedback.rules import used_by


class Stage(StrEnum):
    """Whether a step is behind, here, or ahead. Said in words, never by colour alone."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


class Step(StrEnum):
    """One step of a trail. The template has a sentence for each."""

    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    READ = "read"
    NOT_USED = "not_used"
    WORDS_EXPIRED = "words_expired"
    WORDS_IN_REPORT = "words_in_report"
    WITH_PANEL = "with_panel"
    SOME_COUNTED = "some_counted"
    ALL_COUNTED = "all_counted"
    LEFT_OUT = "left_out"
    ANSWERS_EXPIRED = "answers_expired"
    NOTHING_KEPT = "nothing_kept"
    UNREAD = "unread"
    WAITING = "waiting"
    LATE = "late"
    TO_BE_READ = "to_be_read"
    TO_BE_COUNTED = "to_be_counted"


@dataclass(frozen=True, slots=True)
class TrailStep:
    """A step and where it stands."""

    step: Step
    stage: Stage


def trail_of(standing: Standing, today: date) -> tuple[TrailStep, ...]:
    """Return the steps of one form, in the order of the trail."""
    now = _now(standing, today)
    done = [Step.RECEIVED, *_done(standing)]
    if len(done) == 1 and not now:
        done.append(Step.NOTHING_KEPT)
    return (
        *(TrailStep(step, Stage.DONE) for step in done),
        *(TrailStep(step, Stage.NOW) for step in now),
        *(TrailStep(step, Stage.NEXT) for step in _next(now)),
    )


def still_counts(standing: Standing) -> bool:
    """Return True if answers of the form are counted, or still may be."""
    return standing.has_answers or standing.fate is FateState.USED


def _done(standing: Standing) -> list[Step]:
    if standing.is_withdrawn:
        return [Step.WITHDRAWN]
    steps = []
    decision = standing.decision
    if decision is not None:
        steps.append(Step.NOT_USED if decision.use is None else Step.READ)
        if decision.is_with_panel:
            steps.append(Step.WITH_PANEL)
    elif standing.text_fate is FateState.USED:
        steps.append(Step.WORDS_IN_REPORT)
    elif standing.text_fate is FateState.EXPIRED:
        steps.append(Step.WORDS_EXPIRED)
    if standing.fate is FateState.EXPIRED:
        steps.append(Step.ANSWERS_EXPIRED)
    elif standing.fate is FateState.NOT_USED:
        steps.append(Step.LEFT_OUT)
    elif standing.fate is FateState.USED or (standing.counted_fast and standing.counted_slow):
        steps.append(Step.ALL_COUNTED)
    elif standing.counted_fast or standing.counted_slow:
        steps.append(Step.SOME_COUNTED)
    return steps


def _now(standing: Standing, today: date) -> list[Step]:
    steps = [Step.UNREAD] if standing.has_text else []
    if standing.waits_with_others and standing.period is not None:
        last = used_by(standing.period)
        is_late = (today.year, today.month) > (last.year, last.month)
        steps.append(Step.LATE if is_late else Step.WAITING)
    return steps


def _next(now: list[Step]) -> list[Step]:
    """Return the one step that comes soonest: a list of all would promise too much."""
    if Step.UNREAD in now:
        return [Step.TO_BE_READ]
    return [Step.TO_BE_COUNTED] if now else []
