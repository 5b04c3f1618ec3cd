"""The form on paper: the same questions as on the screen, numbered so that they can be typed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from string import ascii_uppercase
from typing import Any
from unicodedata import bidirectional

from babel import Locale

from coproduce.core.codes import poster_in_groups
from coproduce.core.deployment import DAYS, Deployment, Helpline
from coproduce.core.messages import Message, Translate, _
from coproduce.core.typesetting import typeset
from coproduce.feedback.framework import Framework, Kind, Part, Question
from coproduce.feedback.rules import words_asked
from coproduce.outreach.rules import typed_address

CONSENTS = (
    _("Just count it"),
    _("Say it in other words (this helps most; never your own phrases)"),
    _("Show my words, with names taken out"),
)
"""In the order of `Consent`, numbered from 1 on paper."""


@dataclass(frozen=True, slots=True)
class PaperForm:
    """What is printed.

    Attributes:
        framework: the questions.
        code: the poster code of the service or the area.
        name: what it is called.
        is_service: False for an area, where people tell that they never got in.
        deployment: who runs this and whom to turn to.
        public_url: where the same form is on the web, with "https://".
    """

    framework: Framework
    code: str
    name: str
    is_service: bool
    deployment: Deployment
    public_url: str


@dataclass(frozen=True, slots=True)
class Marked:
    """One thing asked on paper: the letter it is marked with, and its questions.

    More than one question stand together as a table: those with the same answers. None means that
    lines for words are here, or what may be done with them: ``field`` says which.
    """

    letter: str
    questions: tuple[Question, ...] = ()
    field: str = ""

    def columns(self) -> Iterator[tuple[str, Question | None, str]]:
        """Give what a typist writes above each column, the question, and the answer it stands for.

        A question with one answer has one column, in which the number of the answer is typed: the
        third is then empty. A question where people tick any has a column for each answer.
        """
        if not self.questions:
            yield self.letter, None, ""
        for number, question in enumerate(self.questions, 1):
            if question.kind is Kind.ONE:
                more = len(self.questions) > 1
                yield f"{self.letter}{number}" if more else self.letter, question, ""
            else:
                for place, option in enumerate(question.options, 1):
                    yield f"{self.letter}{place}", question, option.key


def marked(framework: Framework, *, is_service: bool) -> tuple[Marked, ...]:
    """Return everything a paper form asks, in its order: what is short first, then words."""
    questions = framework.asked_about(service=is_service)
    short = [(q,) for q in questions if q.part is Part.SHORT]
    more = [
        tuple(same)
        for _key, same in groupby(
            (q for q in questions if q.part is Part.MORE),
            key=lambda q: (q.kind, q.options) if q.kind is Kind.ONE else q.key,
        )
    ]
    asked: list[tuple[tuple[Question, ...], str]] = [(group, "") for group in short]
    asked += [((), field) for field in ("better", "happened", "consent")]
    asked += [(group, "") for group in more]
    return tuple(
        Marked(letter, group, field)
        for letter, (group, field) in zip(ascii_uppercase, asked, strict=False)
    )


def render_form(form: PaperForm, translate: Translate, language: str, day: date) -> bytes:
    """Return the form as a tagged PDF of two pages at most, black on white.

    Args:
        form: what is printed.
        translate: turns a message into the language.
        language: its code, such as "ar"; decides the reading direction.
        day: date of the document.
    """
    address = typed_address(form.public_url)
    parts = marked(form.framework, is_service=form.is_service)
    first_words = next(place for place, part in enumerate(parts) if part.field)
    later = first_words + 3
    content = {
        "title": translate(_("A form to fill in on paper")),
        "kind": form.deployment.title,
        "name": form.name,
        "lead": translate(_lead(form)),
        "pages": [
            [_worded(part, form, translate) for part in parts[:later]],
            [_worded(part, form, translate) for part in parts[later:]],
        ],
        "ends": [
            {
                "heading": translate(heading),
                "lines": [line if isinstance(line, str) else translate(line) for line in lines],
            }
            for heading, lines in _ends(form, address, Locale.parse(language, sep="-"))
        ],
        "address": f"{address}/g/{form.code}",
        "help": {
            "heading": translate(_("If you or someone else is in danger:")),
            "lines": [_helpline(line) for line in form.deployment.helplines],
            "note": translate(_("We cannot ring you or find you.")),
        },
        "foot": f"{poster_in_groups(form.code)} · {form.framework.version}",
        "run_by": translate(_("Run by %(name)s", name=form.deployment.run_by)),
    }
    return typeset("outreach/printed_form.typ", content, language=language, day=day)


def _lead(form: PaperForm) -> Message:
    if form.is_service:
        return _("You can skip anything. Do not write your name. Tick with a pen.")
    return _(
        "You tried and did not get in, or there is nothing near you? Tell us."
        " You can skip anything. Do not write your name. Tick with a pen."
    )


def _ends(
    form: PaperForm, address: str, locale: Locale
) -> Iterator[tuple[Message, tuple[Message | str, ...]]]:
    """Give what stands below the questions: where the paper goes, who reads it, how long.

    Words of the deployment are in its own language.
    """
    hand_in = form.deployment.hand_in
    yield (
        _("When you have finished"),
        (
            hand_in or _("Put this in an envelope, close it, and put it in the box."),
            _("Whoever collects it must not open or read it."),
            _("Is it not safe to be seen with this paper? Then fill it in here, or leave it."),
        ),
    )
    names = locale.days["stand-alone"]["wide"]
    days = ", ".join(str(names[DAYS.index(day)]) for day in form.deployment.reading_days)
    yield (
        _("Who reads it"),
        (
            _("One person types it in, and the paper is then destroyed."),
            _("One person reads your words. Answers are only shown as numbers, with many others."),
            _("Words not read go after 60 days, answers within 16 months."),
            _("No one is reading this right now."),
            _("We read on: %(days)s.", days=days),
        ),
    )
    yield (
        _("Want to see later what came of it?"),
        (
            _(
                "Paper has no numbers to come back with. Use a phone: %(address)s",
                address=f"{address}/g/{form.code}",
            ),
        ),
    )


def _worded(part: Marked, form: PaperForm, translate: Translate) -> Mapping[str, Any]:
    """Return one thing that is asked, in the words of a language."""
    if part.field:
        return {"letter": part.letter, **_words(part.field, form, translate)}
    first = part.questions[0]
    options = [translate(option.text) for option in first.options]
    if len(part.questions) > 1:
        return {
            "letter": part.letter,
            "shape": "table",
            "asks": translate(_("How often was it like this?")),
            "hint": translate(_("Tick one box in each row.")),
            "options": options,
            "rows": [translate(question.text) for question in part.questions],
        }
    hint = translate(first.hint) if first.hint else ""
    return {
        "letter": part.letter,
        "shape": "one" if first.kind is Kind.ONE else "any",
        "asks": translate(first.text),
        "hint": hint or translate(_("Tick one.")),
        "options": options,
    }


def _words(field: str, form: PaperForm, translate: Translate) -> dict[str, Any]:
    if field == "consent":
        return {
            "shape": "list",
            "asks": translate(_("Can we use what you wrote?")),
            "hint": translate(_("Staff who know you may recognise your story.")),
            "options": [translate(text) for text in CONSENTS],
        }
    better, happened = words_asked(is_service=form.is_service)
    if field == "better":
        return {"shape": "words", "asks": translate(better), "hint": "", "share": 2}
    hint = _("Please leave out names, places and dates.")
    return {"shape": "words", "asks": translate(happened), "hint": translate(hint), "share": 3}


def _helpline(line: Helpline) -> dict[str, Any]:
    """Return a line; a number keeps the order of its groups whatever stands around it."""
    strong = [bidirectional(character) for character in line.contact]
    return {
        "name": line.name,
        "contact": line.contact,
        "when": line.when,
        "is_right_to_left": "R" in strong or "AL" in strong,
    }
