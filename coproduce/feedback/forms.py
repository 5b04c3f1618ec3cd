"""Turning a submitted form into answers and words, or into errors that keep everything typed."""

from dataclasses import dataclass

from coproduce.core.text import cleaned
from coproduce.feedback.framework import Framework, Kind
from coproduce.feedback.models import Consent
from coproduce.feedback.rules import TEXT_LIMIT, Answers, Words, nothing_said
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields

TYPED_LIMIT = 20_000
"""Most characters of one field that are shown again. Only a hostile form is longer."""


@dataclass(frozen=True, slots=True)
class TypedFeedback:
    """What was sent, as it is shown again: chosen keys by question, texts as typed."""

    chosen: frozenset[tuple[str, str]] = frozenset()
    better: str = ""
    happened: str = ""
    consent: str = ""

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
    words = Words(
        better=reader.text("better", limit=TEXT_LIMIT),
        happened=reader.text("happened", limit=TEXT_LIMIT),
    )
    consent = reader.one("consent", frozenset(Consent)) or Consent.COUNT_ONLY
    if not reader.errors and not answers and not words:
        reader.refuse("top", nothing_said())
    return reader.errors or ReadFeedback(answers, words, Consent(consent))


def _typed(form: Fields, name: str) -> str:
    return cleaned("\n".join(form.get(name, ())), limit=TYPED_LIMIT)
