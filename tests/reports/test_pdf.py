import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from coproduce.core.messages import untranslated
from coproduce.core.typesetting import printable
from coproduce.reports.pdf import render_pdf
from coproduce.reports.report_document import Figure
from tests.reports.reading import (
    blocks,
    displays,
    in_arabic,
    numbers_in,
    report_of,
    sections,
    tables,
    words,
)
from tests.reports.sample_publications import (
    ALL,
    large_service,
    middling_service,
    quiet_quarter,
    renamed,
    small_service,
)


@cache
def pdf(name: str, code: str = "en") -> PdfReader:
    translate = in_arabic if code == "ar" else untranslated
    return PdfReader(io.BytesIO(render_pdf(report_of(ALL[name]()), translate, code)))


def text_of(reader: PdfReader) -> str:
    """Return the text piece by piece: numbers of neighbouring cells must not run together."""
    pieces: list[str] = []
    for page in reader.pages:
        page.extract_text(visitor_text=lambda text, *_place: pieces.append(text))
    return " ".join(pieces)


def tags(reader: PdfReader) -> Iterator[tuple[str, Any]]:
    """Give every element of the structure with its name, depth first."""

    def walk(node: Any) -> Iterator[tuple[str, Any]]:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                yield from walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                yield node["/S"], node
            if "/K" in node:
                yield from walk(node["/K"])

    yield from walk(reader.root_object["/StructTreeRoot"])


@pytest.mark.parametrize("code", ["en", "ar"])
def test_the_file_says_what_it_is(code: str) -> None:
    root: Any = pdf("small_service", code).root_object
    metadata = root["/Metadata"].get_data().decode()
    title = pdf("small_service", code).metadata

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == code
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert title
    assert (title.title or "").startswith("Lantern Street Drop-in – ")
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", metadata, re.DOTALL)


def test_every_section_is_a_bookmark_and_a_heading() -> None:
    report = report_of(middling_service())
    headings = [untranslated(section.heading) for section in sections(report)]
    reader = pdf("middling_service")
    outline: list[Any] = reader.outline
    marks = [str(mark["/Title"]) for mark in outline if not isinstance(mark, list)]

    assert [mark for mark in marks if mark in headings] == headings
    assert Counter(name for name, _node in tags(reader))["/H1"] >= len(headings)


def test_every_picture_and_every_table_is_marked_as_such() -> None:
    report = report_of(middling_service())
    found = list(tags(pdf("middling_service")))
    pictures = [block for block in blocks(report) if isinstance(block, Figure)]
    described = [str(node["/Alt"]) for name, node in found if name == "/Figure"]

    assert len(described) == len(pictures)
    for picture, description in zip(pictures, described, strict=True):
        for bar in picture.bars:
            assert untranslated(bar.label) in description
            assert untranslated(bar.words) in description
    assert sum(name == "/Table" for name, _node in found) == len(list(tables(report)))
    heads = sum(len(table.head) for table in tables(report))
    assert sum(name == "/TH" for name, _node in found) == heads


def test_pages_are_a4_and_fonts_are_inside() -> None:
    pages: list[Any] = list(pdf("middling_service").pages)
    for page in pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        for font in page["/Resources"]["/Font"].values():
            descendant = font["/DescendantFonts"][0]
            name = descendant["/BaseFont"].partition("+")[2]
            assert name.startswith(("NotoSans", "Vazirmatn"))
            assert {"/FontFile2", "/FontFile3"} & descendant["/FontDescriptor"].keys()


@pytest.mark.parametrize("code", ["en", "ar"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_every_display_is_in_the_text(name: str, code: str) -> None:
    report = report_of(ALL[name]())
    text = text_of(pdf(name, code))

    assert not displays(report) - numbers_in(text)


def test_a_nought_is_written_in_words() -> None:
    noughts = sum(number.people == 0 for number in report_of(quiet_quarter()).numbers)

    assert noughts
    assert text_of(pdf("quiet_quarter")).count("under 5") >= noughts


def test_arabic_can_be_searched_and_spoken_as_it_was_written() -> None:
    report = report_of(quiet_quarter())
    shown = words((report.kind, report.first_page, report.sections), in_arabic)
    written = set(re.findall(r"[\u0621-\u064a]+", printable(" ".join(shown))))
    text = text_of(pdf("quiet_quarter", "ar"))

    assert len(written) > 10
    assert not {word for word in written if word not in text}


def test_arabic_letters_are_printed_from_the_right() -> None:
    places: list[float] = []

    def note(text: str, matrix: list[float], *_rest: Any) -> None:
        if "باختصار" in text:
            places.append(matrix[4])

    pdf("quiet_quarter", "ar").pages[0].extract_text(visitor_text=note)
    assert places
    assert places[0] > 595 / 2


def test_the_same_report_gives_the_same_bytes() -> None:
    first = render_pdf(report_of(small_service()), untranslated, "en")

    assert render_pdf(report_of(small_service()), untranslated, "en") == first
    assert b"/CreationDate" not in first or b"20261014" in first


def test_reports_can_be_made_at_the_same_time() -> None:
    documents = [quiet_quarter(people) for people in (12, 20, 30, 40)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda d: render_pdf(report_of(d), untranslated, "en"), documents))

    assert made == [render_pdf(report_of(d), untranslated, "en") for d in documents]


def test_a_report_fits_a_slow_line() -> None:
    assert len(render_pdf(report_of(quiet_quarter()), untranslated, "en")) < 60_000
    assert len(render_pdf(report_of(large_service()), untranslated, "en")) < 400_000


# Text that fonts or programs stumble over


@pytest.mark.parametrize(
    "name",
    [
        "#let x = 1; *bold* $x^2$ <label> @ref `raw` // gone",
        "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
        "x" * 400,
        "שלום 👩‍👩‍👧‍👦 ﷽ ไทย",
        "\u202e\u2066\ufeff\u200b",
        "",
        "999 17 13",
    ],
)
def test_a_strange_name_alters_no_number(name: str) -> None:
    keeps_its_numbers(name)


@pytest.mark.prove
def test_no_naughty_name_fails_or_alters_a_number(shared_data: Path) -> None:
    for name in json.loads((shared_data / "naughty_inputs" / "blns.json").read_text("utf-8")):
        keeps_its_numbers(name)


def test_some_naughty_names_fail_nothing(shared_data: Path) -> None:
    names = json.loads((shared_data / "naughty_inputs" / "blns.json").read_text("utf-8"))
    for name in names[::36]:
        keeps_its_numbers(name)


def keeps_its_numbers(name: str) -> None:
    report = report_of(renamed(quiet_quarter(), name))
    text = text_of(PdfReader(io.BytesIO(render_pdf(report, untranslated, "en"))))

    assert not displays(report) - numbers_in(text)
    assert text.count("under 5") >= sum(number.people == 0 for number in report.numbers)
