"""A report as HTML: ready for the page of the site, or as one file that needs nothing else."""

from importlib import resources
from typing import Any

from coproduce.reports.charts import DrawnBar, draw_bars
from coproduce.reports.report_document import Report, worded
from coproduce.web.locales import Language
from coproduce.web.render import environment

STYLES = ("site.css", "report.css")


def on_screen(report: Report, language: Language) -> dict[str, Any]:
    """Return the report in words of one language, with every picture drawn.

    The templates reports/report.html and reports/report_file.html show it as ``report``.
    """
    shown: dict[str, Any] = worded(report, language.render, str(language.locale))
    for section in (*shown["first_page"], *shown["sections"]):
        for block in section["blocks"]:
            if block["block"] == "figure":
                block["picture"] = draw_bars(
                    [_drawn(bar) for bar in block["bars"]],
                    key=f"picture-{block['key']}",
                    title=block["title"],
                    right_to_left=language.direction == "rtl",
                )
    return shown


def render_html_file(report: Report, language: Language) -> bytes:
    """Return the report as one HTML file: no script, and nothing is fetched from anywhere."""
    static = resources.files("coproduce").joinpath("static")
    template = environment(language.code).get_template("reports/report_file.html")
    html = template.render(
        report=on_screen(report, language),
        language=language,
        style="".join(static.joinpath(name).read_text("utf-8") for name in STYLES),
    )
    return html.encode("utf-8")


def _drawn(bar: dict[str, Any]) -> DrawnBar:
    return DrawnBar(bar["label"], bar["words"], bar["length"], bar["is_vague"], bar["silent"])
