"""A report as a PDF that a screen reader can read."""

from typing import Any

from babel import Locale

from coproduce.core.messages import Translate, _
from coproduce.core.typesetting import typeset
from coproduce.reports.report_document import Report, worded


def render_pdf(report: Report, translate: Translate, language: str) -> bytes:
    """Return the report as a tagged PDF.

    Args:
        report: as built from a publication.
        translate: turns a message into the language.
        language: its code, such as "ar"; decides the reading direction.

    Raises:
        typst.TypstError: if the exporter finds a rule of PDF/UA or PDF/A broken.
    """
    locale = Locale.parse(language, sep="-")
    content = {
        "report": _described(worded(report, translate, str(locale))),
        "contents": translate(_("Contents")),
    }
    return typeset("reports/report.typ", content, language=language, day=report.published_on)


def _described(part: Any) -> Any:
    """Add to every figure what it shows, for people who hear the file."""
    if isinstance(part, list):
        return [_described(item) for item in part]
    if not isinstance(part, dict):
        return part
    described = {key: _described(value) for key, value in part.items()}
    if part.get("block") == "said":
        # The exporter knows languages by two or three letters.
        language = str(part["language"]).partition("-")[0].lower()
        is_known = 2 <= len(language) <= 3 and language.isascii() and language.isalpha()
        described["language"] = language if is_known else "und"
    if part.get("block") == "figure":
        lines = " ".join(f"{bar['label']} {bar['words']}." for bar in part["bars"])
        described["description"] = f"{part['title']}. {lines}"
    return described
