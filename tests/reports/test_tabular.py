import csv
import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.reports.report_document import Group, Number
from coproduce.reports.tabular import TABLES, guarded, write_csv_bundle, zipped
from tests.reports.reading import in_arabic, report_of
from tests.reports.sample_publications import ALL, middling_service, quiet_quarter, renamed


def bundle(document: dict[str, Any]) -> dict[str, bytes]:
    return write_csv_bundle(report_of(document), untranslated, "en")


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_number_is_read_back_as_it_was_published(name: str) -> None:
    document = ALL[name]()
    read = {
        (row["group"], row["question"], row["answer"], row["side"]): int(row["people"])
        for row in rows(bundle(document)["numbers.csv"])
    }
    published = {}
    for atom in document["atoms"]:
        for table in atom["tables"]:
            for key, number in table.get("cells", []):
                published[atom["id"], table["key"], key, "picked"] = number
            for key, picked, not_picked in table.get("options", []):
                published[atom["id"], table["key"], key, "picked"] = picked
                published[atom["id"], table["key"], key, "not_picked"] = not_picked

    assert read == published


@pytest.mark.parametrize("name", sorted(ALL))
def test_groups_and_families_are_read_back_as_they_were_published(name: str) -> None:
    document = ALL[name]()
    files = bundle(document)

    assert [(row["id"], int(row["people"])) for row in rows(files["groups.csv"])] == [
        (atom["id"], atom["n"]) for atom in document["atoms"]
    ]
    assert [(row["group"], row["family"]) for row in rows(files["named.csv"])] == [
        (atom["id"], family)
        for atom in document["atoms"]
        for table in atom["tables"]
        for family in table.get("listed", [])
    ]


def test_shares_are_those_that_were_worked_out() -> None:
    document = middling_service()
    shares = rows(bundle(document)["shares.csv"])
    quarter = document["derived"]["headlines"][0]["quarter"]

    for share in quarter["summary"]:
        (row,) = [
            row
            for row in shares
            if (row["question"], row["answer"], row["last_period"])
            == ("overall", share["key"], "2026-Q3")
        ]
        assert row["share"] == ("" if share["share"] is None else str(share["share"]))
        assert (int(row["low"]), int(row["high"])) == (share["low"], share["high"])


def test_the_description_fits_the_tables() -> None:
    files = bundle(middling_service())
    package = json.loads(files["datapackage.json"])

    assert package["profile"] == "tabular-data-package"
    assert {resource["path"] for resource in package["resources"]} == files.keys() - {
        "datapackage.json"
    }
    for resource in package["resources"]:
        content = files[resource["path"]].decode(resource["encoding"])
        names = next(csv.reader(io.StringIO(content, newline="")))
        assert names == [field["name"] for field in resource["schema"]["fields"]]
        for row in csv.DictReader(io.StringIO(content, newline="")):
            for field in resource["schema"]["fields"]:
                if field["type"] == "integer" and row[field["name"]]:
                    int(row[field["name"]])


def test_every_table_of_the_report_has_a_file() -> None:
    assert TABLES["groups"][0] is Group
    assert TABLES["numbers"][0] is Number
    assert bundle(quiet_quarter()).keys() == {"datapackage.json", *(f"{t}.csv" for t in TABLES)}


def test_spreadsheets_are_told_that_the_files_are_utf_8() -> None:
    files = bundle(quiet_quarter())

    assert all(files[f"{name}.csv"].startswith(b"\xef\xbb\xbf") for name in TABLES)


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1"),
        *("＝1+1", "＋1", "－1", "＠x", " =1+1", "\u200b=1+1", "\ufeff=1+1", "\u200f-1"),
    ],
)
def test_what_could_run_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text())
def test_the_guard_only_ever_adds_one_apostrophe(text: str) -> None:
    assert guarded(text) in (text, f"'{text}")
    assert guarded(text)[:1] not in set("=+-@\t\r\n\0＝＋－＠")


def test_real_formula_payloads_never_start_a_cell(shared_data: Path) -> None:
    payloads = (shared_data / "naughty_inputs" / "csv_injection_payloadbox.txt").read_text("utf-8")

    for payload in payloads.splitlines():
        assert not guarded(payload).lstrip(" \u00a0\u200b").startswith(("=", "+", "-", "@"))


def test_a_translation_that_could_run_is_guarded() -> None:
    files = write_csv_bundle(report_of(quiet_quarter()), lambda _message: "=1+1", "en")

    assert {row["question_text"] for row in rows(files["numbers.csv"])} == {"'=1+1"}


def test_words_are_those_of_the_language_and_keys_are_not() -> None:
    files = write_csv_bundle(report_of(quiet_quarter()), in_arabic, "ar")
    first = rows(files["numbers.csv"])[0]

    assert first["answer_text"] == "جيد أو جيد جدا"
    assert (first["question"], first["answer"]) == ("overall", "good")
    assert list(first) == [field.name for field in fields(Number)]


def test_the_same_report_gives_the_same_archive() -> None:
    report = report_of(renamed(middling_service(), "../../etc/passwd"))
    files = write_csv_bundle(report, untranslated, "en")
    packed = zipped(files, report)

    assert packed == zipped(dict(reversed(files.items())), report)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
