import csv
import io
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from coproduce.core.deployment import read_deployment
from coproduce.core.messages import untranslated
from coproduce.core.typesetting import printable
from coproduce.feedback.answer_files import CollectedAnswer, read_answer_mapping, read_collected
from coproduce.feedback.framework import CURRENT, Kind, load_framework
from coproduce.feedback.models import Consent
from coproduce.outreach.printed_form import CONSENTS, PaperForm, marked, render_form
from coproduce.services.import_files import SourceFile
from coproduce.settings import EXAMPLE_DEPLOYMENT
from coproduce.web.locales import language

DOCS = Path(__file__).parents[2] / "docs"
FRAMEWORK = load_framework()
DAY = date(2026, 8, 12)
JOINED = re.compile("[\u0628\u062a-\u062e\u0633-\u063a\u0641-\u0647\u064a\u0626]+[\u0621-\u064a]?")
"""Arabic letters that hang together on paper: only the last may be one that joins nothing."""
SMALLEST_LETTERS = 11.0
"""Points of the questions in a language as long as English. Source: docs/outreach.md, Paper."""


def paper(*, is_service: bool = True, name: str = "The Drop-in", hand_in: str = "") -> PaperForm:
    deployment = replace(read_deployment(EXAMPLE_DEPLOYMENT), hand_in=hand_in)
    return PaperForm(FRAMEWORK, "7KQ2MD", name, is_service, deployment, "https://feedback.example")


def pdf_of(form: PaperForm, code: str = "en") -> PdfReader:
    return PdfReader(io.BytesIO(render_form(form, language(code).render, code, DAY)))


@cache
def pdf(code: str, *, is_service: bool) -> PdfReader:
    return pdf_of(paper(is_service=is_service), code)


def pieces(reader: PdfReader) -> list[tuple[str, float, float]]:
    """Return every piece of text with its size and how far from the left it stands."""
    found: list[tuple[str, float, float]] = []

    def note(text: str, place: list[float], _matrix: Any, _font: Any, size: float) -> None:
        if text.strip():
            found.append((text, size, place[4]))

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    return found


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(text for text, _size, _left in pieces(reader)).split())


def squeezed(text: str) -> str:
    """Leave out what a line break in a narrow column adds."""
    return "".join(printable(text).split())


# What stands on it


@pytest.mark.parametrize("is_service", [True, False])
@pytest.mark.parametrize("code", ["en", "ar"])
def test_every_question_and_answer_of_the_screen_is_on_paper(code: str, is_service: bool) -> None:
    text = squeezed(text_of(pdf(code, is_service=is_service)))
    render = language(code).render
    for question in FRAMEWORK.asked_about(service=is_service):
        for wanted in (question.text, *(option.text for option in question.options)):
            # Arabic is read back from the end of each line, in runs of letters that join.
            whole = printable(render(wanted))
            for word in JOINED.findall(whole) if code == "ar" else [whole]:
                assert squeezed(word) in text, (question.key, word)


@pytest.mark.parametrize("is_service", [True, False])
@pytest.mark.parametrize("code", ["en", "ar", "en-XA"])
def test_it_is_one_sheet_of_paper(code: str, is_service: bool) -> None:
    form, render = paper(is_service=is_service), language(code).render
    made = render_form(form, render, code.partition("-")[0], DAY)
    pages: list[Any] = list(PdfReader(io.BytesIO(made)).pages)

    assert len(pages) == (2 if is_service else 1)
    for page in pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    assert len(made) < 200_000


@pytest.mark.parametrize("is_service", [True, False])
@pytest.mark.parametrize("code", ["en", "ar"])
def test_questions_are_printed_large(code: str, is_service: bool) -> None:
    first = language(code).render(FRAMEWORK.asked_about(service=is_service)[0].options[1].text)
    sizes = [
        size
        for text, size, _left in pieces(pdf(code, is_service=is_service))
        if first.split()[0] in text.split()
    ]
    assert sizes
    assert round(min(sizes), 1) >= SMALLEST_LETTERS


def test_it_says_who_reads_it_how_to_hand_it_in_and_whom_to_turn_to() -> None:
    text = squeezed(text_of(pdf("en", is_service=True)))
    for wanted in (
        "You can skip anything. Do not write your name.",
        "Please leave out names, places and dates.",
        "Whoever collects it must not open or read it.",
        "Words not read go after 60 days",
        "We read on: Monday, Thursday.",
        "Samaritans 116 123",
        "Emergency, if you choose 999",
        "We cannot ring you or find you.",
        "feedback.example/g/7KQ2MD",
        "7KQ 2MD",
        CURRENT,
        *map(untranslated, CONSENTS),
    ):
        assert squeezed(wanted) in text, wanted


def test_the_words_of_the_deployment_say_where_it_goes() -> None:
    form = paper(hand_in="Give it to Sam on Tuesday, 100% sealed.")

    text = squeezed(text_of(pdf_of(form)))
    assert squeezed(form.deployment.hand_in) in text
    assert squeezed("put it in the box") not in text


def test_the_file_itself_does_not_name_the_service() -> None:
    """Its title stands in lists of printed files. Only the sheet names what it asks about."""
    reader = pdf("en", is_service=True)
    root: Any = reader.root_object
    said = str(reader.metadata) + root["/Metadata"].get_data().decode()

    assert "Drop-in" not in said
    assert "The Drop-in" in text_of(reader)


def test_a_screen_reader_can_read_it() -> None:
    root: Any = pdf("ar", is_service=True).root_object

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "ar"
    assert "pdfuaid:part>1<" in root["/Metadata"].get_data().decode()


def test_arabic_runs_from_the_right_and_numbers_keep_their_order() -> None:
    found = pieces(pdf("ar", is_service=True))
    first = language("ar").render(FRAMEWORK.questions[0].options[0].text)
    places = [left for text, _size, left in found if first.split()[0] in text]

    assert places
    assert max(places) > 595 / 2
    assert "116 123" in text_of(pdf("ar", is_service=True))


def test_an_address_of_numbers_keeps_its_order_in_arabic() -> None:
    form = replace(paper(), public_url="http://127.0.0.1:8000")
    assert "127.0.0.1:8000/g/7KQ2MD" in [text for text, _size, _left in pieces(pdf_of(form, "ar"))]


@pytest.mark.parametrize("name", ["x" * 120, "#let x = 1; *bold* $x^2$", "ไทย 👩‍👩‍👧‍👦", "A " * 60])
def test_a_strange_name_leaves_it_one_sheet(name: str) -> None:
    assert len(pdf_of(paper(name=name)).pages) == 2


def test_the_same_form_gives_the_same_bytes() -> None:
    first, second = (render_form(paper(), untranslated, "en", DAY) for _ in range(2))
    assert first == second


# Typing it in


def typed_in(rows: list[dict[str, str]], *, is_service: bool) -> list[CollectedAnswer]:
    """Read rows typed by the letters and numbers on the paper, with the mapping of the docs."""
    columns = [
        name for part in marked(FRAMEWORK, is_service=is_service) for name, *_ in part.columns()
    ]
    table = io.StringIO()
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows(rows)
    name = f"paper-{CURRENT}{'' if is_service else '-area'}.toml"
    mapping = read_answer_mapping(SourceFile(name, (DOCS / name).read_bytes()), FRAMEWORK)
    file = SourceFile("paper.csv", table.getvalue().encode())
    found = list(read_collected(file, mapping, FRAMEWORK))
    assert all(isinstance(row, CollectedAnswer) for row in found), found
    return [row for row in found if isinstance(row, CollectedAnswer)]


@pytest.mark.parametrize("is_service", [True, False])
def test_every_number_on_paper_comes_in_as_the_answer_beside_it(is_service: bool) -> None:
    wanted: list[dict[str, str | list[str]]] = []
    rows: list[dict[str, str]] = []
    for part in marked(FRAMEWORK, is_service=is_service):
        for column, question, key in part.columns():
            if question is None:
                continue
            if question.kind is Kind.ONE:
                for number, option in enumerate(question.options, 1):
                    rows.append({column: str(number)})
                    wanted.append({question.key: option.key})
            else:
                rows.append({column: "x"})
                wanted.append({question.key: [key]})

    options = sum(len(q.options) for q in FRAMEWORK.asked_about(service=is_service))
    assert len(rows) == options
    assert [row.answers for row in typed_in(rows, is_service=is_service)] == wanted


@pytest.mark.parametrize("is_service", [True, False])
def test_words_and_what_may_be_done_with_them_come_in(is_service: bool) -> None:
    letters = {
        part.field: part.letter for part in marked(FRAMEWORK, is_service=is_service) if part.field
    }
    rows = [
        {letters["better"]: "Tea.", letters["happened"]: "I left.", letters["consent"]: said}
        for said in ("1", "2", "3", "")
    ]
    read = typed_in(rows, is_service=is_service)

    assert {(row.words.better, row.words.happened) for row in read} == {("Tea.", "I left.")}
    assert [row.consent for row in read] == [*Consent, Consent.COUNT_ONLY]
    assert len(CONSENTS) == len(Consent)


def test_the_printed_numbers_are_the_ones_that_are_typed() -> None:
    """Every box has its number beside it, every row of the table its letter and number."""
    text = text_of(pdf("en", is_service=True))
    for part in marked(FRAMEWORK, is_service=True):
        assert f"{part.letter}. " in text
        for column, question, key in part.columns():
            if question is None or (question.kind is Kind.ONE and len(part.questions) == 1):
                continue
            if question.kind is Kind.ONE:
                assert f"{column} {untranslated(question.text)}" in text
            else:
                said = next(o.text for o in question.options if o.key == key)
                number = column.removeprefix(part.letter)
                assert f"{number} {untranslated(said)}" in text
