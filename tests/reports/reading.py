"""Helpers for reading a report back: its words, its tables, its numbers."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from coproduce.core.messages import Message, untranslated
from coproduce.reports.known_changes import load_known_changes
from coproduce.reports.report_document import Block, Figure, Report, Section, Table, worded
from coproduce.reports.report_sections import build_report
from tests.reports.sample_publications import FRAMEWORK

ARABIC = {
    "What people told us": "ما قاله لنا الناس",
    "In short": "باختصار",
    "under 5": "أقل من 5",
    "Always or mostly": "دائما أو غالبا",
    "Good or very good": "جيد أو جيد جدا",
    "People": "أشخاص",
    "Contents": "المحتويات",
    "Staff took me as I am.": "تقبلني العاملون كما أنا.",
    "%(count)s person": "%(count)s شخصا",
}


def report_of(document: dict[str, Any]) -> Report:
    """Return the report of a sample."""
    return build_report(document, FRAMEWORK, load_known_changes())


def in_arabic(message: Message) -> str:
    """Return the message in Arabic where these tests know it, else in English."""
    text = ARABIC.get(message.text)
    if text is None and message.values:
        values = ((n, in_arabic(v) if isinstance(v, Message) else v) for n, v in message.values)
        return untranslated(Message(message.text, tuple(values), message.plural, message.count))
    return text % dict(message.values) if text and message.values else text or message.text


def sections(report: Report) -> tuple[Section, ...]:
    """Return every section, the first page's too."""
    return (*report.first_page, *report.sections)


def blocks(report: Report) -> Iterator[Block]:
    """Give every block of the report."""
    for section in sections(report):
        yield from section.blocks


def tables(report: Report) -> Iterator[Table]:
    """Give every table, those beside pictures too."""
    for block in blocks(report):
        if isinstance(block, Figure):
            yield block.table
        elif isinstance(block, Table):
            yield block


def section(report: Report, key: str) -> Section | None:
    """Return one section, if it is there."""
    return next((section for section in sections(report) if section.key == key), None)


def words(part: object, translate: Callable[[Message], str] = untranslated) -> list[str]:
    """Return every text of a report or a part of it, in order."""
    return list(_strings(worded(part, translate, "en")))


def numbers_in(text: str) -> Counter[int]:
    """Count every number of a text."""
    return Counter(int(number) for number in re.findall(r"\d+", text))


def displays(report: Report) -> Counter[int]:
    """Count every display that is not 0: noughts are written in words."""
    shown = [number.people for number in report.numbers if number.people]
    return Counter([*shown, *(group.people for group in report.groups)])


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in {"block", "key", "tone"}:
                yield from _strings(value)
    elif isinstance(part, list):
        for item in part:
            yield from _strings(item)
    elif isinstance(part, str):
        yield part
