import dataclasses
import re
from itertools import pairwise

import pytest

from coproduce.reports.screen import on_screen, render_html_file
from coproduce.web.locales import language
from tests.html import parse
from tests.reports.reading import displays, numbers_in, report_of
from tests.reports.sample_publications import ALL, middling_service, quiet_quarter, renamed


@pytest.mark.parametrize("code", ["en", "ar", "en-XA"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_the_file_is_well_formed_in_every_language(name: str, code: str) -> None:
    page = parse(render_html_file(report_of(ALL[name]()), language(code)).decode())
    (html,) = page.all("html")
    ids = [element.get("id") for element in page.all() if element.get("id")]
    wanted = [i for element in page.all() for i in element.get("aria-labelledby").split()]
    wanted += [link.get("href").removeprefix("#") for link in page.all("a")]

    assert (html.get("lang"), html.get("dir")) == (code, "rtl" if code == "ar" else "ltr")
    assert len(list(page.all("h1"))) == 1
    assert len(ids) == len(set(ids))
    assert set(wanted) <= set(ids)


def test_the_file_needs_nothing_from_anywhere() -> None:
    html = render_html_file(report_of(middling_service()), language("en")).decode()
    page = parse(html)

    assert not list(page.all("script", "link", "img", "iframe"))
    assert not re.search(r"https?://|url\(|@import", html)
    assert "default-src 'none'" in html


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_display_is_on_the_page(name: str) -> None:
    report = report_of(ALL[name]())
    text = parse(render_html_file(report, language("en")).decode()).text

    assert not displays(report) - numbers_in(text)


def test_every_picture_has_a_table_beside_it() -> None:
    page = parse(render_html_file(report_of(middling_service()), language("en")).decode())

    assert list(page.all("figure"))
    for figure in page.all("figure"):
        assert len(list(figure.all("svg"))) == 1
        assert len(list(figure.all("table"))) == 1


def test_headings_do_not_skip_a_level() -> None:
    page = parse(render_html_file(report_of(middling_service()), language("en")).decode())
    levels = [int(heading.name[1]) for heading in page.all("h1", "h2", "h3", "h4")]

    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_name_that_looks_like_markup_stays_a_name() -> None:
    document = renamed(quiet_quarter(), "<script>alert(1)</script>")
    page = parse(render_html_file(report_of(document), language("en")).decode())

    assert not list(page.all("script"))
    assert next(page.all("h1")).text == "<script>alert(1)</script>"


def test_pictures_are_mirrored_for_people_who_read_from_the_right() -> None:
    arabic = dataclasses.replace(language("en"), direction="rtl")
    for chosen, start in ((language("en"), "start"), (arabic, "end")):
        shown = on_screen(report_of(middling_service()), chosen)
        pictures = [b["picture"] for s in shown["sections"] for b in s["blocks"] if "picture" in b]
        assert pictures
        assert all(f'text-anchor="{start}">' in picture for picture in pictures)
