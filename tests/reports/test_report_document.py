from datetime import date

from coproduce.core.messages import Message, _, untranslated
from coproduce.reports.report_document import Listing, Paragraph, Report, worded
from tests.reports.reading import in_arabic, report_of
from tests.reports.sample_publications import small_service


def test_every_message_becomes_text_and_everything_else_stays() -> None:
    listing = Listing(_("Two things:"), (_("one"), _("%(count)s more", count=2)))

    assert worded(listing, untranslated, "en") == {
        "block": "listing",
        "intro": "Two things:",
        "lines": ["one", "2 more"],
    }


def test_a_day_is_written_out_in_the_language() -> None:
    assert worded(date(2026, 10, 14), untranslated, "en") == "14 October 2026"
    assert worded(date(2026, 10, 14), untranslated, "ar") == "14 أكتوبر 2026"


def test_the_tone_of_a_paragraph_is_kept() -> None:
    assert worded(Paragraph(_("Yes."), tone="lead"), untranslated, "en")["tone"] == "lead"


def test_no_message_is_left_in_a_worded_report() -> None:
    def has_message(part: object) -> bool:
        if isinstance(part, dict):
            return any(map(has_message, part.values()))
        if isinstance(part, list):
            return any(map(has_message, part))
        return isinstance(part, Message | Report)

    assert not has_message(worded(report_of(small_service()), in_arabic, "ar"))
