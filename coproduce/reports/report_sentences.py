"""The sentences of a report: periods, people, shares and changes in plain words.

Pure. A display of 0 is never called none, and no share is said without "about".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from coproduce.core.messages import Message, _, ngettext_
from coproduce.core.periods import first_day, last_day
from coproduce.feedback.framework import Question

MONTHS: Final = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)

NO_ANSWER: Final = _("No answer, or not sure")

FIT_LINES: Final[Mapping[str, Message]] = {
    "good": _("Good or very good"),
    "mixed": _("Neither good nor poor"),
    "poor": _("Poor or very poor"),
    "none": NO_ANSWER,
}

FREQUENCY_LINES: Final[Mapping[str, Message]] = {
    "good": _("Always or mostly"),
    "mixed": _("Sometimes"),
    "poor": _("Hardly ever or never"),
    "none": NO_ANSWER,
}

MANNERS: Final[Mapping[str, Message]] = {
    "their_words": _("Their own words"),
    "other_words": _("Said in other words"),
    "together": _("Made from several texts"),
}
"""Whose words stand in a report."""

DECIDED_BY: Final[Mapping[str, Message]] = {
    "worker": _("Any worker can do this."),
    "manager": _("A manager can decide this."),
    "commissioner": _("The commissioner can decide this."),
    "national": _("This is decided nationally. You can ask for it."),
}

TAKES: Final[Mapping[str, Message]] = {
    "time": _("It takes time, no new money."),
    "some_money": _("It takes some money."),
    "new_money": _("It takes new money."),
}


WIDE: Final = 30
"""A share that could be off by so many points is said with its range. Source: docs/reports.md."""

TOO_WIDE: Final = 60
"""A share that could be off by so many points is not said at all. Source: docs/reports.md."""


def asks_how_often(question: Question) -> bool:
    """Whether the question is a statement answered with "always" to "never"."""
    return "always" in question.keys


def lines_of(question: Question) -> Mapping[str, Message]:
    """Return the names of the four lines of a summary."""
    return FREQUENCY_LINES if asks_how_often(question) else FIT_LINES


def span(periods: Sequence[str]) -> Message:
    """Return the months from the first to the last period, such as "July to September 2026"."""
    first, last = first_day(periods[0]), last_day(periods[-1])
    if first.year == last.year:
        return _(
            "%(first)s to %(last)s %(year)s",
            first=MONTHS[first.month - 1],
            last=MONTHS[last.month - 1],
            year=last.year,
        )
    return _(
        "%(first)s %(first_year)s to %(last)s %(last_year)s",
        first=MONTHS[first.month - 1],
        first_year=first.year,
        last=MONTHS[last.month - 1],
        last_year=last.year,
    )


def people(display: int) -> Message:
    """Return a display in words."""
    if display == 0:
        return _("under 5")
    return ngettext_("%(count)s person", "%(count)s people", display)


def answers_added(total: int) -> Message:
    """Return a sum of displays in words; a sum of noughts may still hide some.

    Over a year the same people may have answered more than once, so these are answers.
    """
    if total == 0:
        return _("few, if any")
    return ngettext_("%(count)s answer", "%(count)s answers", total)


def cell(display: int) -> Message | int:
    """Return a display as a table shows it."""
    return display or _("under 5")


def share_words(share: Mapping[str, Any]) -> Message:
    """Return one share: "60 %", or words where a number would say too much."""
    match share["words"]:
        case "few":
            return _("few, if any")
        case "nearly_all":
            return _("nearly all")
        case _about:
            return _("%(share)s%%", share=share["share"])


def range_words(share: Mapping[str, Any]) -> Message:
    """Return where the share of people like these lies, in 95 of 100 cases."""
    return _("%(low)s%% to %(high)s%%", low=share["low"], high=share["high"])


def is_too_wide(share: Mapping[str, Any]) -> bool:
    """Whether a share could be nearly anything, so that no number is said and nothing drawn."""
    return bool(share["high"] - share["low"] >= TOO_WIDE)


def good_words(question: Question, share: Mapping[str, Any], *, is_quoted: bool = False) -> Message:
    """Return the sentence that says how many answered well, or that nobody can tell.

    Args:
        question: what was asked.
        share: its good share, as in derived.py.
        is_quoted: whether a statement is said again, because it does not stand above.
    """
    words = _often_words(share) if asks_how_often(question) else _good_words(share)
    if is_quoted and asks_how_often(question):
        return _("“%(statement)s” %(words)s", statement=question.text, words=words)
    return words


def _good_words(share: Mapping[str, Any]) -> Message:
    if is_too_wide(share):
        return _("Too few people to tell how many found it good.")
    match share["words"]:
        case "few":
            return _("Few people, if any, said it was good or very good.")
        case "nearly_all":
            return _("Nearly all said it was good or very good.")
        case _about:
            return _("About %(share)s%% said it was good or very good.", share=share["share"])


def _often_words(share: Mapping[str, Any]) -> Message:
    if is_too_wide(share):
        return _("Too few people to tell how often.")
    match share["words"]:
        case "few":
            return _("Few people, if any, said always or mostly.")
        case "nearly_all":
            return _("Nearly all said always or mostly.")
        case _about:
            return _("About %(share)s%% said always or mostly.", share=share["share"])


def answered_words(n: int, periods: Sequence[str]) -> Message:
    """Return how many answered, and when."""
    return ngettext_(
        "About %(count)s person answered, %(period)s.",
        "About %(count)s people answered, %(period)s.",
        n,
        period=span(periods),
    )


def answers_words(n: int, periods: Sequence[str]) -> Message:
    """Return how many answers came in over a longer time."""
    return ngettext_(
        "About %(count)s answer came in, %(period)s.",
        "About %(count)s answers came in, %(period)s.",
        n,
        period=span(periods),
    )


def texts_read_words(n: int, periods: Sequence[str]) -> Message:
    """Return how many texts were read and counted, and when they came."""
    return ngettext_(
        "About %(count)s text was read, %(period)s.",
        "About %(count)s texts were read, %(period)s.",
        n,
        period=span(periods),
    )


def texts(display: int) -> Message:
    """Return a display of texts in words."""
    if display == 0:
        return _("under 5")
    return ngettext_("%(count)s text", "%(count)s texts", display)


def change_words(change: str | None, *, since_year: bool) -> Message:
    """Return whether it got better, as far as chance lets anyone tell."""
    match change, since_year:
        case "better", True:
            return _("Better than the year before: more than chance explains.")
        case "better", False:
            return _("Better than last time: more than chance explains.")
        case "worse", True:
            return _("Worse than the year before: more than chance explains.")
        case "worse", False:
            return _("Worse than last time: more than chance explains.")
        case "too_few_to_tell", True:
            return _("Too few to tell if this differs from the year before.")
        case "too_few_to_tell", False:
            return _("Too few to tell if this differs from last time.")
        case _none, True:
            return _("There is no year before to compare with yet.")
        case _none, _since_last_time:
            return _("There is nothing to compare this with yet.")
