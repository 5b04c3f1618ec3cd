"""Every format of a publication, made from its document and from nothing else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coproduce.feedback.framework import load_framework
from coproduce.reports.known_changes import load_known_changes
from coproduce.reports.pdf import render_pdf
from coproduce.reports.report_document import Report
from coproduce.reports.report_sections import build_report
from coproduce.reports.screen import render_html_file
from coproduce.reports.tabular import write_csv_bundle, zipped
from coproduce.web.locales import Language


class Format(StrEnum):
    """A kind of file a report can be kept in; the value is the ending of its name."""

    PDF = "pdf"
    CSV = "zip"
    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a browser is told about a file, and how it is made from the released bytes."""

    media_type: str
    make: Callable[[bytes, Language], bytes]


def report_of(released: bytes) -> Report:
    """Return the report that released bytes make."""
    document: dict[str, Any] = json.loads(released)
    return build_report(document, load_framework(document["framework"]), load_known_changes())


def csv_files(released: bytes, language: Language) -> dict[str, bytes]:
    """Return the CSV tables of a publication and their description, by file name."""
    return write_csv_bundle(report_of(released), language.render, str(language.locale))


def _pdf(released: bytes, language: Language) -> bytes:
    return render_pdf(report_of(released), language.render, language.tag)


def _html(released: bytes, language: Language) -> bytes:
    return render_html_file(report_of(released), language)


def _csv(released: bytes, language: Language) -> bytes:
    return zipped(csv_files(released, language), report_of(released))


def _json(released: bytes, _language: Language) -> bytes:
    return released


FILE_KINDS = {
    Format.PDF: FileKind("application/pdf", _pdf),
    Format.CSV: FileKind("application/zip", _csv),
    Format.JSON: FileKind("application/json", _json),
    Format.HTML: FileKind("text/html; charset=utf-8", _html),
}
