"""The pages on which reports are read and downloaded."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from coproduce.core.errors import NotFound
from coproduce.core.messages import Message, _
from coproduce.reports.commands import is_genuine
from coproduce.reports.formats import FILE_KINDS, Format, report_of
from coproduce.reports.queries import Published, get_publication, list_publications
from coproduce.reports.screen import on_screen
from coproduce.web.locales import language
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Download, Page, Reply

NAMES = {
    Format.PDF: _("PDF, to print or send"),
    Format.CSV: _("Tables (CSV)"),
    Format.JSON: _("For programs (JSON)"),
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """The newest report about one subject."""

    path: str
    name: str
    kind: str
    edition: str
    published_on: date


@dataclass(frozen=True, kw_only=True)
class ReportsPage(Page):
    """Every subject with a report, its newest first."""

    template: ClassVar[str] = "reports/reports.html"

    reports: list[ReportLine]


@dataclass(frozen=True, kw_only=True)
class ReportPage(Page):
    """One report on screen."""

    template: ClassVar[str] = "reports/report.html"

    report: dict[str, Any]
    downloads: list[tuple[Message, str]]


class DamagedPublicationError(Exception):
    """A publication is not as it was released. A wrong number is worse than none (fault F10)."""


def show_reports(db: Session, _asked: ParsedRequest) -> Reply:
    """Show the newest report about each subject."""
    newest: dict[tuple[str, bytes], Published] = {}
    for published in list_publications(db):
        if not published.is_withdrawn:
            newest[published.subject_kind, published.subject_id] = published
    lines = [_line(published) for published in newest.values()]
    return ReportsPage(reports=sorted(lines, key=lambda line: (line.kind, line.name)))


def show_report(db: Session, asked: ParsedRequest) -> Reply:
    """Show one report, and the files it can be kept in."""
    published = _asked_for(db, asked)
    return ReportPage(
        report=on_screen(report_of(published.document), language(asked.language)),
        downloads=[
            (name, f"/reports/{published.id.hex()}/report.{kind}") for kind, name in NAMES.items()
        ],
    )


def download_report(db: Session, asked: ParsedRequest) -> Reply:
    """Send one report as a file."""
    published = _asked_for(db, asked)
    try:
        wanted = Format(asked.path["ending"])
    except ValueError as error:
        raise NotFound() from error
    kind = FILE_KINDS[wanted]
    chosen = language(asked.language)
    return Download(
        filename=f"report-{published.edition}-{published.sha256[:8]}.{wanted}",
        media_type=kind.media_type,
        make=lambda: kind.make(published.document, chosen),
    )


def _asked_for(db: Session, asked: ParsedRequest) -> Published:
    try:
        publication_id = bytes.fromhex(asked.path["publication"])
    except ValueError as error:
        raise NotFound() from error
    published = get_publication(db, publication_id)
    if not is_genuine(published, asked.site.keys):
        raise DamagedPublicationError
    return published


def _line(published: Published) -> ReportLine:
    subject = json.loads(published.document)["subject"]
    return ReportLine(
        path=f"/reports/{published.id.hex()}",
        name=subject["name"],
        kind=subject["kind"],
        edition=published.edition,
        published_on=published.published_on,
    )
