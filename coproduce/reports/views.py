"""The pages on which reports are read and downloaded."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from coproduce.core.actor import reach_of
from coproduce.core.errors import NotFound
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission
from coproduce.reports.commands import is_genuine
from coproduce.reports.formats import FILE_KINDS, Format, report_of
from coproduce.reports.queries import (
    Published,
    ReportLine,
    find_in_place_of,
    get_report,
    list_reports,
)
from coproduce.reports.screen import on_screen
from coproduce.web.locales import language
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Download, Page, Reply

NAMES = {
    Format.PDF: _("PDF, to print or send"),
    Format.CSV: _("Tables (CSV)"),
    Format.JSON: _("For programs (JSON)"),
}


@dataclass(frozen=True, kw_only=True)
class ReportsPage(Page):
    """What somebody may see: the newest report about each subject, the newest of all in front."""

    template: ClassVar[str] = "reports/reports.html"

    reports: list[ReportLine]


@dataclass(frozen=True, kw_only=True)
class ReportPage(Page):
    """One report on screen."""

    template: ClassVar[str] = "reports/report.html"

    report: dict[str, Any]
    downloads: list[tuple[Message, str]]


@dataclass(frozen=True, kw_only=True)
class WithdrawnPage(Page):
    """A report that was withdrawn, and where the one in its place is."""

    template: ClassVar[str] = "reports/withdrawn.html"

    path: str | None


class DamagedPublicationError(Exception):
    """A publication is not as it was released. A wrong number is worse than none (fault F10)."""


def show_reports(db: Session, asked: ParsedRequest) -> Reply:
    """Show the newest report about each subject that whoever asks may see."""
    return ReportsPage(
        reports=list_reports(db, reach_of(asked.actor.grants, Permission.REPORT_READ))
    )


def show_report(db: Session, asked: ParsedRequest) -> Reply:
    """Show one report, and the files it can be kept in."""
    published = _asked_for(db, asked)
    if published.is_withdrawn:
        return _withdrawn(db, published)
    return ReportPage(
        report=on_screen(report_of(published.document), language(asked.language)),
        downloads=[
            (name, f"/reports/{published.id.hex()}/report.{kind}") for kind, name in NAMES.items()
        ],
    )


def download_report(db: Session, asked: ParsedRequest) -> Reply:
    """Send one report as a file."""
    published = _asked_for(db, asked)
    if published.is_withdrawn:
        return _withdrawn(db, published)
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
    published = get_report(db, publication_id, reach_of(asked.actor.grants, Permission.REPORT_READ))
    if not is_genuine(published, asked.site.keys):
        raise DamagedPublicationError
    return published


def _withdrawn(db: Session, published: Published) -> Reply:
    """Say that a report is gone (410). Who may see it may see the one in its place too."""
    other = find_in_place_of(db, published)
    return WithdrawnPage(status=410, path=f"/reports/{other.hex()}" if other else None)
