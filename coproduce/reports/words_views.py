"""The pages about words that tell who somebody is: anyone says so, readers take them out."""

import re
import secrets
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_poster_code
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned
from coproduce.reports.queries import ReportLine, find_report_of, list_reports_with_words
from coproduce.reports.rules import NOTICE_LIMIT, REPORT_LIMIT
from coproduce.reports.withdrawn_words import (
    Notice,
    ShownWords,
    ask_to_withdraw,
    close_notice,
    keep_words,
    list_notices,
    list_subjects_asked,
    list_words,
    notice_words,
    withdraw_words,
)
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class WordsProblemPage(Page):
    """Where anyone says that words in a report tell who somebody is; or that it was sent."""

    template: ClassVar[str] = "reports/words_problem.html"

    report: str = ""
    words: str = ""
    errors: tuple[FieldError, ...] = ()
    is_sent: bool = False


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice, and the report it seems to speak of."""

    notice: Notice
    path: str | None


@dataclass(frozen=True, kw_only=True)
class WordsProblemsPage(Page):
    """What readers were told, and every report with words."""

    template: ClassVar[str] = "reports/words_problems.html"

    notices: list[NoticeLine]
    waiting: list[ReportLine]
    reports: list[ReportLine]
    typed: str = ""
    error: Message | None = None


@dataclass(frozen=True, kw_only=True)
class ReportWordsPage(Page):
    """All words of one report, each with a way to take it out."""

    template: ClassVar[str] = "reports/report_words.html"

    path: str
    words: list[ShownWords]
    own_id: bytes
    said: Message | None = None


def show_words_problem(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show where to say that words tell who somebody is."""
    return WordsProblemPage()


def send_words_problem(db: Session, asked: ParsedRequest) -> Reply:
    """Keep what was said, locked; nothing else about whoever says it."""
    report = cleaned(asked.field("report"), limit=REPORT_LIMIT)
    words = cleaned(asked.field("words"), limit=NOTICE_LIMIT)
    errors = []
    if not report:
        errors.append(FieldError("report", _("Please tell us which report it is.")))
    if not words:
        errors.append(FieldError("words", _("Please tell us a few of the words.")))
    if asked.over_limit:
        many = _("Many notes came from your network. Please try again in an hour.")
        errors.append(FieldError("top", many))
    if errors:
        return WordsProblemPage(
            status=429 if asked.over_limit else 422,
            report=report,
            words=words,
            errors=tuple(errors),
        )
    notice_words(
        db,
        asked.site.keys,
        report,
        words,
        today=asked.today,
        new_id=lambda: secrets.token_bytes(16),
    )
    return WordsProblemPage(is_sent=True)


def show_words_problems(db: Session, asked: ParsedRequest) -> Reply:
    """Show what readers were told, what waits for a second person, and all reports with words."""
    return _problems(db, asked)


def send_words_problems(db: Session, asked: ParsedRequest) -> Reply:
    """Close a notice, or open the words of the report that was typed."""
    if asked.field("act") == "close":
        close_notice(
            db,
            asked.site.keys,
            _id(asked.field("notice")),
            asked.actor.own_id(),
            asked.today,
        )
        return SeeOther("/words-problems")
    typed = cleaned(asked.field("report"), limit=REPORT_LIMIT)
    found = _path_of(db, typed)
    if found is None:
        error = _("We do not know this report. Please type its address or its code.")
        return _problems(db, asked, typed=typed, error=error)
    return SeeOther(found)


def show_report_words(db: Session, asked: ParsedRequest) -> Reply:
    """Show all words of one report."""
    return _words_page(db, asked)


def decide_report_words(db: Session, asked: ParsedRequest) -> Reply:
    """Ask to take words out, agree to it, or let them stay; sent twice it has one effect."""
    publication_id = _id(asked.path["publication"])
    tag = _id(asked.field("words"))
    keys, account_id, day = asked.site.keys, asked.actor.own_id(), asked.today
    try:
        match asked.field("act"):
            case "ask":
                ask_to_withdraw(db, keys, publication_id, tag, account_id=account_id, day=day)
            case "keep":
                keep_words(db, keys, publication_id, tag, account_id=account_id, day=day)
            case "withdraw":
                withdraw_words(
                    db,
                    keys,
                    publication_id,
                    tag,
                    account_id=account_id,
                    day=day,
                    new_id=lambda: secrets.token_bytes(16),
                )
                return SeeOther("/words-problems")
            case _other:
                raise RuleBroken(_("Please choose what to do."))
    except (Conflict, RuleBroken) as failure:
        return _words_page(db, asked, said=failure.message, status=failure.status)
    return SeeOther(f"/words-problems/{publication_id.hex()}")


def _problems(
    db: Session, asked: ParsedRequest, *, typed: str = "", error: Message | None = None
) -> WordsProblemsPage:
    notices = list_notices(db, asked.site.keys)
    reports, waiting = list_reports_with_words(db), list_subjects_asked(db)
    return WordsProblemsPage(
        status=422 if error else 200,
        notices=[NoticeLine(notice, _path_of(db, notice.report)) for notice in notices],
        waiting=[line for line in reports if (line.kind, line.subject) in waiting],
        reports=reports,
        typed=typed,
        error=error,
    )


def _words_page(
    db: Session, asked: ParsedRequest, *, said: Message | None = None, status: int = 200
) -> ReportWordsPage:
    publication_id = _id(asked.path["publication"])
    return ReportWordsPage(
        status=status,
        path=f"/words-problems/{publication_id.hex()}",
        words=list_words(db, asked.site.keys, publication_id),
        own_id=asked.actor.own_id(),
        said=said,
    )


def _path_of(db: Session, typed: str) -> str | None:
    """Return where the words of a report are that was named by its address or by its code."""
    if address := _ID.search(typed.lower()):
        return f"/words-problems/{address.group()}"
    for part in (typed, typed.split(" ")[0]):
        if code := read_poster_code(part):
            found = find_report_of(db, code)
            return f"/words-problems/{found.hex()}" if found else None
    return None


def _id(typed: str) -> bytes:
    if not _ID.fullmatch(typed):
        raise NotFound()
    return bytes.fromhex(typed)
