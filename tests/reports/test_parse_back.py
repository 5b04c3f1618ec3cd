"""Every format of every sample report is read back, and whatever is slipped in is found."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from coproduce.feedback.framework import load_framework
from coproduce.reports.findings import AttackResult
from coproduce.reports.known_changes import load_known_changes
from coproduce.reports.parse_back import Number, numbers_in, parse_back
from coproduce.reports.pdf import render_pdf
from coproduce.reports.publications import canonical_json
from coproduce.reports.report_sections import build_report
from coproduce.reports.screen import render_html_file
from coproduce.reports.tabular import write_csv_bundle, zipped
from coproduce.web.locales import language
from tests.reports.sample_publications import ALL, middling_service, service_with_words


def write_folder(folder: Path, document: dict[str, Any], code: str = "en") -> None:
    """All formats of one publication, as an export lays them out."""
    spoken = language(code)
    report = build_report(document, load_framework(), load_known_changes())
    bundle = write_csv_bundle(report, spoken.render, str(spoken.locale))
    (folder / "csv").mkdir(parents=True)
    (folder / "report.json").write_bytes(canonical_json(document))
    (folder / "report.html").write_bytes(render_html_file(report, spoken))
    (folder / "report.pdf").write_bytes(render_pdf(report, spoken.render, code))
    (folder / "report.csv.zip").write_bytes(zipped(bundle, report))
    (folder / "report.json.sig").write_bytes(b"proof")
    for name, content in bundle.items():
        (folder / "csv" / name).write_bytes(content)


def messages(result: AttackResult) -> str:
    return "\n".join(f"{finding.message} {finding.figures}" for finding in result.findings)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One publication in all formats; tests spoil a copy of one file and put it back."""
    directory = tmp_path_factory.mktemp("exported")
    write_folder(directory / "7KQ2MD 2026-Q3", middling_service())
    return directory


def spoil(directory: Path, name: str, content: bytes) -> str:
    """What is found when one file says something else."""
    path = directory / "7KQ2MD 2026-Q3" / name
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        return messages(parse_back(directory))
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def file_of(directory: Path, name: str) -> bytes:
    return (directory / "7KQ2MD 2026-Q3" / name).read_bytes()


@pytest.mark.parametrize("code", ["en", "ar"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_every_number_of_every_format_is_in_the_document(
    tmp_path: Path, name: str, code: str
) -> None:
    write_folder(tmp_path / name, ALL[name](), code)

    result = parse_back(tmp_path)

    assert messages(result) == ""
    assert result.figures["folders"] == 1
    assert result.figures["files"] == 15
    assert result.figures["numbers"] > 30


def test_a_true_count_in_the_text_of_the_page_is_found(exported: Path) -> None:
    html = file_of(exported, "report.html").replace(b"</main>", b"<p>17 people</p></main>")

    assert "'17'" in spoil(exported, "report.html", html)


@pytest.mark.parametrize(
    "hidden",
    [b"<!-- n = 17 -->", b'<img alt="17">', b'<p data-n="17"></p>', b'<rect width="101%"/>'],
)
def test_a_number_in_a_hidden_corner_of_the_page_is_found(exported: Path, hidden: bytes) -> None:
    html = file_of(exported, "report.html").replace(b"</main>", hidden + b"</main>")

    assert "does not account for" in spoil(exported, "report.html", html)


def test_a_display_missing_from_the_page_is_found(exported: Path) -> None:
    assert "Displays are missing in report.html" in spoil(exported, "report.html", b"<p>none</p>")


def test_a_number_slipped_into_a_table_is_found(exported: Path) -> None:
    rows = file_of(exported, "csv/numbers.csv") + b"x,overall,How,good,Good,picked,13\r\n"

    assert "'13'" in spoil(exported, "csv/numbers.csv", rows)


def test_a_row_missing_from_a_table_is_found(exported: Path) -> None:
    rows = file_of(exported, "csv/numbers.csv").splitlines(keepends=True)

    found = spoil(exported, "csv/numbers.csv", b"".join(rows[: len(rows) // 2]))
    assert "Displays are missing in csv/tables.csv" in found


def test_a_number_in_the_properties_of_a_pdf_is_found(exported: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(exported / "7KQ2MD 2026-Q3" / "report.pdf"))
    writer.add_metadata({"/Keywords": "n = 17"})
    spoilt = exported.parent / "spoilt.pdf"
    writer.write(spoilt)

    assert "'17'" in spoil(exported, "report.pdf", spoilt.read_bytes())


def test_a_file_inside_a_pdf_is_found(exported: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(exported / "7KQ2MD 2026-Q3" / "report.pdf"))
    writer.add_attachment("answers.csv", b"good,17")
    spoilt = exported.parent / "spoilt.pdf"
    writer.write(spoilt)

    assert "carries other files" in spoil(exported, "report.pdf", spoilt.read_bytes())


def test_a_description_that_counts_rows_is_found(exported: Path) -> None:
    package = json.loads(file_of(exported, "csv/datapackage.json"))
    package["count_of_rows"] = 17

    assert "'17'" in spoil(exported, "csv/datapackage.json", json.dumps(package).encode())


def test_a_format_that_nobody_reads_back_is_found(exported: Path) -> None:
    assert "report.xlsx cannot be read" in spoil(exported, "report.xlsx", b"PK")


def test_a_document_that_was_written_another_way_is_found(exported: Path) -> None:
    document = json.loads(file_of(exported, "report.json"))

    assert "not in canonical form" in spoil(
        exported, "report.json", json.dumps(document, indent=1).encode()
    )


def test_a_document_that_is_none_is_found(exported: Path) -> None:
    assert "report.json cannot be read" in spoil(exported, "report.json", b"{}")


def test_numbers_are_read_in_any_script_and_grouping() -> None:
    assert [number.value for number in numbers_in("1,500 and ١٢ of 12.5 or 3, 4")] == [
        1500,
        12,
        "12.5",
        3,
        4,
    ]


def test_points_of_a_hundred_are_told_from_people() -> None:
    assert numbers_in("45% of 45") == [Number(45, is_percent=True), Number(45)]


def test_digits_that_people_wrote_are_known_and_others_beside_them_are_found(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "words"
    write_folder(folder, service_with_words())
    assert messages(parse_back(tmp_path)) == ""

    page = (folder / "report.html").read_bytes()
    (folder / "report.html").write_bytes(page.replace(b"6 weeks", b"7 weeks"))

    assert "'7'" in messages(parse_back(tmp_path))


def test_every_word_people_allowed_stands_in_the_table_of_words(tmp_path: Path) -> None:
    document = service_with_words()
    write_folder(tmp_path / "words", document)
    content = (tmp_path / "words" / "csv" / "words.csv").read_text("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(content, newline="")))

    published = [
        (part["words"], part["language"])
        for atom in document["atoms"]
        for part in (*atom.get("quotes", ()), *atom.get("statements", ()))
    ]
    assert [(row["words"], row["language"]) for row in rows] == published
    assert {row["manner"] for row in rows} == {"their_words", "other_words", "together"}
