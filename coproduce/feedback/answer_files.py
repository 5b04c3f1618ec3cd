"""Reading answers that were collected on paper or elsewhere, told by a mapping file."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from coproduce.core.messages import _
from coproduce.core.text import cleaned
from coproduce.feedback.framework import Framework, Kind, Question
from coproduce.feedback.models import Consent
from coproduce.feedback.rules import COLLECTED_TEXT_LIMIT, Answers, Words
from coproduce.services.import_files import FileRefused, SourceFile, decode, read_table
from coproduce.services.rules import Problem

PARTS = frozenset({"service", "answers", "text", "consent"})
"""What a mapping file can say. See docs/import-feedback.md."""

_WORDS = {"type": "string"}
_NAMED_WORDS = {"type": "object", "additionalProperties": _WORDS}
_LIST_OF_WORDS = {"type": "array", "items": _WORDS}


def _part(**names: object) -> dict[str, object]:
    return {"type": "object", "properties": names, "additionalProperties": False}


_MAPPING = Draft202012Validator(
    _part(
        service=_part(code=_WORDS, column=_WORDS, codes=_NAMED_WORDS),
        answers={
            "type": "object",
            "additionalProperties": _part(column=_WORDS, values=_NAMED_WORDS, ticked=_NAMED_WORDS),
        },
        text=_part(better=_LIST_OF_WORDS, happened=_LIST_OF_WORDS),
        consent={"anyOf": [_WORDS, _part(column=_WORDS, values=_NAMED_WORDS)]},
    )
)


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """Where one question's answers stand.

    Attributes:
        column: the column of a question with one answer.
        values: what a cell says, to the key of the answer.
        ticked: for a question where people pick any: column to the key it stands for.
    """

    column: str
    values: Mapping[str, str]
    ticked: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AnswerMapping:
    """What a mapping file says.

    Attributes:
        service_column: the column that names the service, or empty if one code fits every row.
        service_codes: what a cell says to the poster code, or the code under an empty name.
        answers: columns by question key.
        better, happened: columns of the texts; more than one are put together.
        consent: how far the texts may go, where a row does not say it.
        consent_column, consents: the column in which each row says it, and what its cells stand
            for; an empty cell stands for only counting.
    """

    service_column: str
    service_codes: Mapping[str, str]
    answers: Mapping[str, AnswerColumns]
    better: tuple[str, ...]
    happened: tuple[str, ...]
    consent: Consent
    consent_column: str = ""
    consents: Mapping[str, Consent] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that must be in the file."""
        asked = [
            name
            for found in self.answers.values()
            for name in (found.column, *found.ticked)
            if name
        ]
        named = [name for name in (self.service_column, self.consent_column) if name]
        return tuple(dict.fromkeys([*named, *asked, *self.better, *self.happened]))


@dataclass(frozen=True, slots=True)
class CollectedAnswer:
    """One row: the poster code of its service, its answers and its words.

    A form that was handed in blank has neither; it is counted in the summary and not stored.
    ``said`` is everything the row said, and how often an equal row stood above it, so that the same
    file brought in twice is recognised and two people who said the same are not taken for one.
    ``consent`` is None where the mapping says it for all rows.
    """

    where: str
    code: str
    answers: Answers
    words: Words
    said: str
    consent: Consent | None = None


def read_answer_mapping(file: SourceFile, framework: Framework) -> AnswerMapping:
    """Return what a mapping file says.

    Raises:
        FileRefused: naming what in it is not understood.
    """
    text, _encoding = decode(file)
    try:
        said = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error)
        raise FileRefused(
            file.name, _("This mapping is not valid TOML: %(reason)s.", reason=reason)
        ) from error
    if unknown := sorted(said.keys() - PARTS):
        raise FileRefused(
            file.name, _("A mapping has no part %(name)s. Remove it.", name=unknown[0])
        )
    if fault := best_match(_MAPPING.iter_errors(said)):
        where = ".".join(map(str, fault.absolute_path))
        raise FileRefused(
            file.name,
            _(
                "%(where)s is not written as a mapping is. See docs/import-feedback.md.",
                where=where,
            ),
        )
    service = said.get("service", {})
    if not service.get("code") and not (service.get("column") and service.get("codes")):
        raise FileRefused(
            file.name, _("Say under [service] which poster code the answers are about.")
        )
    texts, consent = said.get("text", {}), said.get("consent", Consent.COUNT_ONLY)
    by_row = consent if isinstance(consent, dict) else {}
    if by_row and not (by_row.get("column") and by_row.get("values")):
        raise FileRefused(
            file.name, _("Say under [consent] the column, and what its cells stand for.")
        )
    return AnswerMapping(
        service_column=service.get("column", ""),
        service_codes=service.get("codes", {"": service.get("code", "")}),
        answers=_answer_columns(file.name, said.get("answers", {}), framework),
        better=tuple(texts.get("better", ())),
        happened=tuple(texts.get("happened", ())),
        consent=Consent.COUNT_ONLY if by_row else _consent(file.name, consent),
        consent_column=by_row.get("column", ""),
        consents={
            cell: _consent(file.name, value) for cell, value in by_row.get("values", {}).items()
        },
    )


def read_collected(
    file: SourceFile, mapping: AnswerMapping, framework: Framework
) -> Iterator[CollectedAnswer | Problem]:
    """Give each row of a file as an answer, or as what is wrong with it and how to go on.

    Raises:
        FileRefused: if the file is no table, or a mapped column is not there.
    """
    table = read_table(file, wanted=mapping.columns)
    if missing := [name for name in mapping.columns if name not in table.header]:
        raise FileRefused(
            file.name,
            _("There is no column %(name)s. Check the mapping file.", name=missing[0]),
        )
    for number, _cells in table.uneven:
        yield Problem(f"{table.name}:{number}", _("This row has more or fewer cells than others."))
    seen: Counter[str] = Counter()
    questions = _by_key(framework)
    for number, row in table.rows:
        answer = _collected(f"{table.name}:{number}", row, mapping, questions)
        if isinstance(answer, Problem):
            yield answer
            continue
        seen[answer.said] += 1
        yield CollectedAnswer(
            where=answer.where,
            code=answer.code,
            answers=answer.answers,
            words=answer.words,
            consent=answer.consent,
            said=f"{answer.said}#{seen[answer.said]}",
        )


def _collected(
    where: str, row: Mapping[str, str], mapping: AnswerMapping, questions: Mapping[str, Question]
) -> CollectedAnswer | Problem:
    named = row[mapping.service_column].strip() if mapping.service_column else ""
    if named not in mapping.service_codes:
        return Problem(
            where,
            _("The mapping gives no poster code for “%(name)s”. Add it there.", name=named),
        )
    answers = _answers(where, row, mapping, questions)
    if isinstance(answers, Problem):
        return answers
    words = Words(_text(row, mapping.better), _text(row, mapping.happened))
    if max(len(words.better), len(words.happened)) > COLLECTED_TEXT_LIMIT:
        return Problem(
            where,
            _(
                "The text is longer than %(limit)s signs. Part it into two rows.",
                limit=COLLECTED_TEXT_LIMIT,
            ),
        )
    consent = _consent_of(row, mapping)
    if consent is None and mapping.consent_column:
        return _unknown_cell(where, row, mapping.consent_column)
    said = "\0".join(f"{name}={row[name]}" for name in mapping.columns)
    return CollectedAnswer(where, mapping.service_codes[named], answers, words, said, consent)


def _answers(
    where: str, row: Mapping[str, str], mapping: AnswerMapping, questions: Mapping[str, Question]
) -> Answers | Problem:
    answers: dict[str, Any] = {}
    for key, columns in mapping.answers.items():
        if questions[key].kind is Kind.ANY:
            picked = [option for name, option in columns.ticked.items() if row[name].strip()]
            if len(picked) > (questions[key].most or len(picked)):
                return _too_many(where, questions[key])
            if picked:
                answers[key] = picked
        elif cell := row[columns.column].strip():
            if cell not in columns.values:
                return _unknown_cell(where, row, columns.column)
            if columns.values[cell]:
                answers[key] = columns.values[cell]
    return answers


def _consent_of(row: Mapping[str, str], mapping: AnswerMapping) -> Consent | None:
    """Return what a row allows; only counting if its cell is empty; None if it is not known."""
    if not mapping.consent_column:
        return None
    cell = row[mapping.consent_column].strip()
    return mapping.consents.get(cell) if cell else mapping.consents.get("", Consent.COUNT_ONLY)


def _too_many(where: str, question: Question) -> Problem:
    return Problem(
        where,
        _(
            "More than %(most)s are ticked under %(key)s. Keep the first ones only.",
            most=question.most,
            key=question.key,
        ),
    )


def _unknown_cell(where: str, row: Mapping[str, str], column: str) -> Problem:
    return Problem(
        where,
        _(
            "The mapping does not know “%(cell)s” in %(column)s. Add it there.",
            cell=row[column].strip()[:40],
            column=column,
        ),
    )


def _text(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    return cleaned(
        "\n\n".join(row[name] for name in columns if row[name]), limit=COLLECTED_TEXT_LIMIT + 1
    )


def _answer_columns(
    name: str, said: Mapping[str, Mapping[str, Any]], framework: Framework
) -> dict[str, AnswerColumns]:
    questions = _by_key(framework)
    found: dict[str, AnswerColumns] = {}
    for key, part in said.items():
        question = questions.get(key)
        if question is None:
            raise FileRefused(name, _("There is no question %(key)s. Check the mapping.", key=key))
        columns = AnswerColumns(
            part.get("column", ""), part.get("values", {}), part.get("ticked", {})
        )
        if not (columns.ticked if question.kind is Kind.ANY else columns.column):
            raise FileRefused(
                name,
                _("Say under %(key)s in which column its answers are.", key=f"[answers.{key}]"),
            )
        options = {
            option for option in (*columns.values.values(), *columns.ticked.values()) if option
        }
        if unknown := sorted(options - question.keys):
            raise FileRefused(
                name,
                _("%(key)s has no answer %(option)s.", key=key, option=unknown[0]),
            )
        found[key] = columns
    return found


def _by_key(framework: Framework) -> dict[str, Question]:
    """Return every question there is; which of them a code asks shows when it is looked up."""
    return {
        question.key: question for question in (*framework.area_questions, *framework.questions)
    }


def _consent(name: str, said: str) -> Consent:
    try:
        return Consent(said)
    except ValueError as error:
        raise FileRefused(name, _("Consent is one of: %(all)s.", all=", ".join(Consent))) from error
