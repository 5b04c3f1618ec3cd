"""Turning a submitted form into answers and words, or into errors that keep everything typed."""

from dataclasses import dataclass, replace
from enum import StrEnum

from coproduce.core.codes import read_card_code, read_poster_code
from coproduce.core.messages import _
from coproduce.core.text import cleaned
from coproduce.feedback.framework import Framework, Kind
from coproduce.feedback.models import Consent, Source
from coproduce.feedback.rules import (
    CALLED_LIMIT,
    TEXT_LIMIT,
    Answers,
    Words,
    nothing_said,
)
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields

TYPED_LIMIT = 20_000
"""Most characters of one field that are shown again. Only a hostile form is longer."""


class Way(StrEnum):
    """Who holds the device on which a form is filled in."""

    OWN = ""
    HELPER = "helper"
    """Somebody types what another person says."""
    KIOSK = "kiosk"
    """A device that many people use, one after the other; it forgets each of them."""


@dataclass(frozen=True, slots=True)
class Road:
    """By which road somebody came to the form; carried along in hidden fields.

    ``card`` is the code of an invitation card, or nothing. Whether it is good shows when the form
    is stored. ``code`` is the poster code the form stands under.
    """

    way: Way = Way.OWN
    card: str = ""
    code: str = ""

    @property
    def empty_form(self) -> str:
        """Where the same form is with nothing typed; empty without a code."""
        return "/".join(filter(None, ("/g", self.code, self.way))) if self.code else ""

    @property
    def start_again(self) -> str:
        """Where a shared device goes to forget a person; empty on a device of one's own.

        Without a language in front: the next person gets the language of the device.
        """
        return self.empty_form if self.way is Way.KIOSK else ""

    @property
    def source(self) -> Source:
        """How far the answers are trusted that come by this road without a good card."""
        return Source.HELPER if self.way is Way.HELPER else Source.OPEN


@dataclass(frozen=True, slots=True)
class TypedFeedback:
    """What was sent, as it is shown again: chosen keys by question, texts as typed."""

    chosen: frozenset[tuple[str, str]] = frozenset()
    better: str = ""
    happened: str = ""
    consent: str = ""
    called: str = ""

    def has(self, question: str, option: str) -> bool:
        """Return True if the option was chosen."""
        return (question, option) in self.chosen

    def any_of(self, questions: object) -> bool:
        """Return True if anything was chosen in one of the questions."""
        keys = {q.key for q in questions}  # type: ignore[attr-defined]
        return any(question in keys for question, _option in self.chosen)


@dataclass(frozen=True, slots=True)
class ReadFeedback:
    """A form without errors."""

    answers: Answers
    words: Words
    consent: Consent


def read_road(form: Fields) -> Road:
    """Return by which road a form came; what cannot be read is the plain one."""
    ways, cards = form.get("way", ()), form.get("card", ())
    way = Way(ways[0]) if ways and ways[0] in set(Way) else Way.OWN
    code = read_poster_code(form["k"][0]) if form.get("k") else None
    return Road(way, (read_card_code(cards[0]) if cards else None) or "", code or "")


def typed_feedback(form: Fields, framework: Framework, *, service: bool) -> TypedFeedback:
    """Return what was typed, whether right or wrong."""
    questions = framework.asked_about(service=service)
    return TypedFeedback(
        chosen=frozenset(
            (q.key, value) for q in questions for value in form.get(q.key, ()) if value in q.keys
        ),
        better=_typed(form, "better"),
        happened=_typed(form, "happened"),
        consent=_typed(form, "consent"),
        called=_typed(form, "called"),
    )


def read_feedback(
    form: Fields, framework: Framework, *, service: bool
) -> ReadFeedback | list[FieldError]:
    """Return the answers and words, or every error of the form at once."""
    reader = FormReader(form)
    answers: dict[str, str | list[str]] = {}
    for question in framework.asked_about(service=service):
        if question.kind is Kind.ONE:
            if chosen := reader.one(question.key, question.keys):
                answers[question.key] = chosen
        elif picked := reader.many(question.key, question.keys, most=question.most):
            answers[question.key] = list(picked)
    words, consent = _words_and_consent(reader)
    if not service:
        # Only what is not in the directory has to be told by its name.
        words = replace(words, called=reader.text("called", limit=CALLED_LIMIT))
    if not reader.errors and not answers and not words:
        reader.refuse("top", nothing_said())
    return reader.errors or ReadFeedback(answers, words, consent)


def read_words(form: Fields) -> ReadFeedback | list[FieldError]:
    """Return words that are added later, without any answer; or every error at once."""
    reader = FormReader(form)
    words, consent = _words_and_consent(reader)
    if not reader.errors and not words:
        reader.refuse("better", _("There is nothing to send yet. Write a few words."))
    return reader.errors or ReadFeedback({}, words, consent)


def typed_words(form: Fields) -> TypedFeedback:
    """Return the words that were typed, whether right or wrong."""
    return TypedFeedback(
        better=_typed(form, "better"),
        happened=_typed(form, "happened"),
        consent=_typed(form, "consent"),
    )


def _words_and_consent(reader: FormReader) -> tuple[Words, Consent]:
    words = Words(
        better=reader.text("better", limit=TEXT_LIMIT),
        happened=reader.text("happened", limit=TEXT_LIMIT),
    )
    return words, Consent(reader.one("consent", frozenset(Consent)) or Consent.COUNT_ONLY)


def _typed(form: Fields, name: str) -> str:
    return cleaned("\n".join(form.get(name, ())), limit=TYPED_LIMIT)
