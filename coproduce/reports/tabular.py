"""A report as tables for further sums: CSV files and the Frictionless description of them.

The tables hold everything that was published and nothing else. Keys stay the same in every
language; the words beside them are those of the form.
"""

import csv
import io
import json
import re
import zipfile
from dataclasses import fields
from typing import Any, Final

from coproduce.core.messages import Message, Translate, _
from coproduce.reports.report_document import (
    Group,
    Named,
    Number,
    Report,
    Share,
    Spoken,
    worded,
)

FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\0＝＋－＠")
"""A cell that starts with one of these could be run as a formula by a spreadsheet.

Source: OWASP, CSV Injection; the wide forms are what East Asian keyboards type.
"""

INVISIBLE: Final = " \u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Spaces and marks that a spreadsheet may skip before it looks for a formula."""

Row = Group | Number | Named | Share | Spoken

TABLES: Final[dict[str, tuple[type[Row], Message]]] = {
    "groups": (Group, _("People whose answers, or texts, were counted together")),
    "numbers": (Number, _("How many people gave each answer; 0 means under 5")),
    "named": (Named, _("What people named where few answered, without numbers")),
    "shares": (Share, _("Shares, worked out from the numbers")),
    "words": (Spoken, _("Words people allowed, and sentences made from several texts")),
}

PROFILE: Final = "tabular-data-package"
"""Source: Frictionless Data, Tabular Data Package specification, version 1."""


def write_csv_bundle(report: Report, translate: Translate, locale: str) -> dict[str, bytes]:
    """Return the files of the bundle by name: five CSV tables and ``datapackage.json``.

    Args:
        report: as built from a publication.
        translate: turns a message into the language.
        locale: the language, for dates.
    """
    files: dict[str, bytes] = {}
    for name, (kind, _title) in TABLES.items():
        rows: tuple[Row, ...] = getattr(report, name)
        files[f"{name}.csv"] = _csv(kind, rows, translate, locale)
    package = _package(report, translate, locale)
    files["datapackage.json"] = (
        json.dumps(package, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
    )
    return files


def zipped(files: dict[str, bytes], report: Report) -> bytes:
    """Return the files as one ZIP; the same files give the same bytes."""
    day = report.published_on
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def guarded(text: str) -> str:
    """Return the text so that no spreadsheet runs it: with an apostrophe in front if needed."""
    could_run = text[:1] in FORMULA_STARTS or text.lstrip(INVISIBLE)[:1] in FORMULA_STARTS
    return f"'{text}" if text and could_run else text


def _csv(kind: type[Row], rows: tuple[Row, ...], translate: Translate, locale: str) -> bytes:
    names = [field.name for field in fields(kind)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        shown = worded(row, translate, locale)
        writer.writerow([_cell(shown[name]) for name in names])
    # The mark at the start tells spreadsheets that the file is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else value


def _package(report: Report, translate: Translate, locale: str) -> dict[str, Any]:
    shown = worded(report, translate, locale)
    return {
        "profile": PROFILE,
        "name": re.sub(r"[^a-z0-9.-]+", "-", f"report-{report.code}-{report.edition}".lower()),
        "title": f"{report.name} – {shown['kind']}, {shown['period']}",
        "description": "\n".join(_how_made(shown)),
        "created": f"{report.published_on.isoformat()}T00:00:00Z",
        "framework": report.framework,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name,
                "path": f"{name}.csv",
                "title": translate(title),
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8-sig",
                "schema": _schema(kind),
            }
            for name, (kind, title) in TABLES.items()
        ],
    }


def _how_made(shown: dict[str, Any]) -> list[str]:
    """The sentences that say what was done to the numbers: they travel with the tables."""
    section = next(section for section in shown["sections"] if section["key"] == "how-made")
    return [line for block in section["blocks"] for line in block["lines"]]


def _schema(kind: type[Row]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            {"name": field.name, "type": "integer" if _is_number(field.type) else "string"}
            for field in fields(kind)
        ],
        "missingValues": [""],
    }
    if kind is Group:
        schema["primaryKey"] = "id"
    elif any(field.name == "group" for field in fields(kind)):
        schema["foreignKeys"] = [
            {"fields": "group", "reference": {"resource": "groups", "fields": "id"}}
        ]
    return schema


def _is_number(declared: object) -> bool:
    return declared in (int, int | None)
