"""Every page of the demonstration, on a small phone: seen, reached and read by everybody."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from coproduce.routes import DEMONSTRATION, ROUTES
from tests.guards.site_map import path_pattern
from tests.live import LAPTOP, PHONE, OpenContext
from tests.walk import participant_walk, rest_of_the_site, signed_in_walk, walk

Walk = Callable[[Page, str], Iterator[str]]
NARROW = {"width": 320, "height": 640}
LANGUAGES = ("", "/ar", "/en-XA")
in_every_language = pytest.mark.parametrize(
    "language", LANGUAGES, ids=["english", "right_to_left", "longer_words"]
)

SIDEWAYS = """() => {
    const wide = document.documentElement.clientWidth;
    const out = element => {
        const box = element.getBoundingClientRect();
        return box.width && (box.right > wide + 1 || box.left < -1)
            && !element.closest('.scroll, .skip, pre');
    };
    return document.documentElement.scrollWidth > wide
        ? [...document.querySelectorAll('body *')].filter(out).slice(0, 3).map(e => e.outerHTML)
        : [];
}"""

SMALL_TARGETS = """() => {
    const size = element => element.getBoundingClientRect();
    const seen = element => size(element).width > 0 && !element.matches('.unseen');
    const row = input => input.closest('label') || input;
    const inputs = 'input:not([type=hidden]), select, textarea';
    const answers = [...document.querySelectorAll(inputs)].map(row).filter(seen)
        .filter(e => size(e).height < 44);
    const others = [...document.querySelectorAll('button, summary, nav a, #leave')].filter(seen)
        .filter(e => size(e).height < 24 || size(e).width < 24);
    return [...answers, ...others].map(e => e.outerHTML);
}"""

SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""
"""The spacing that people may put upon any page. Source: WCAG 2.2, 1.4.12."""

STOP = """() => {
    const at = document.activeElement, box = (at.closest('label') || at).getBoundingClientRect();
    const style = getComputedStyle(at), header = document.querySelector('header');
    const top = at.closest('header') ? 0 : header.getBoundingClientRect().bottom;
    return at === document.body ? null : {
        html: at.outerHTML.slice(0, 120),
        place: box.top + scrollY,
        inHeader: !!at.closest('header'),
        hidden: box.bottom <= top || box.top >= innerHeight,
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    };
}"""
"""What has the focus, or nothing: where it stands, and whether it and its outline are seen."""

GROUND = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"


@pytest.fixture
def base_url(demonstration_site: str) -> str:
    """These tests look at the demonstration, which has every page."""
    return demonstration_site


def opened(open_context: OpenContext, **options: Any) -> Page:
    return open_context(**options).new_page()


def axe_findings(
    page: Page, language: str, options: dict[str, Any], pages: Walk = walk
) -> dict[str, str]:
    """Return what axe finds on every page, by the name of the page."""
    results = {name: Axe().run(page, options=options) for name in pages(page, language)}
    return {name: r.generate_snapshot() for name, r in results.items() if r.violations_count}


@pytest.mark.parametrize("language", LANGUAGES[1:2], ids=["right_to_left"])
def test_axe_finds_nothing(open_context: OpenContext, language: str) -> None:
    assert not axe_findings(opened(open_context), language, {"resultTypes": ["violations"]})


def test_axe_finds_nothing_too_pale_in_the_dark(open_context: OpenContext) -> None:
    only_contrast = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
    assert not axe_findings(opened(open_context, color_scheme="dark"), "", only_contrast)


@pytest.mark.parametrize("language", LANGUAGES[:2], ids=["english", "right_to_left"])
def test_axe_finds_nothing_where_people_sign_in(open_context: OpenContext, language: str) -> None:
    page = opened(open_context, viewport=LAPTOP)
    assert not axe_findings(page, language, {"resultTypes": ["violations"]}, signed_in_walk)


def test_axe_finds_nothing_too_pale_where_people_sign_in_in_the_dark(
    open_context: OpenContext,
) -> None:
    only_contrast = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
    page = opened(open_context, viewport=LAPTOP, color_scheme="dark")
    assert not axe_findings(page, "", only_contrast, signed_in_walk)


ONLY_LATER = {
    "/sign-in/code",
    "/sign-in/second-factor",
    "/join/{invitation}",
    "/log/{before}",
    "/statements/about/{topic}",
    "/statements/{statement}",
}
"""Pages to which the demonstration does not lead; tests of their own open them."""


def test_axe_finds_nothing_on_any_page_there_is_and_nobody_else_is_asked(
    open_context: OpenContext, base_url: str
) -> None:
    """T18 as well: every page there is, and not one request to anybody else."""
    page = opened(open_context)
    foreign: list[str] = []
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((base_url, "data:")) else foreign.append(asked.url)
        ),
    )
    seen, links = set[str](), set[str]()

    def look() -> str:
        seen.add(page.url.removeprefix(base_url))
        links.update(page.locator("a[href^='/']").evaluate_all("all => all.map(a => a.pathname)"))

        results = Axe().run(page, options={"resultTypes": ["violations"]})
        return results.generate_snapshot() if results.violations_count else ""

    found = {name: look() for name in walk(page)}
    found |= {name: look() for name in rest_of_the_site(page, seen, links)}
    assert not {name: snapshot for name, snapshot in found.items() if snapshot}
    assert not foreign
    left = {
        row.path
        for row in (*ROUTES, *DEMONSTRATION)
        if row.method == "GET"
        and not any(path_pattern([row], ("ar",)).fullmatch(path) for path in seen)
    }
    assert left <= ONLY_LATER, "No walk through the demonstration comes to these pages."


def test_axe_finds_a_known_fault(open_context: OpenContext) -> None:
    page = opened(open_context)
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><input></main>")
    assert "label" in Axe().run(page).generate_snapshot()


@in_every_language
@pytest.mark.parametrize("script", [False])
def test_no_page_scrolls_sideways_on_the_narrowest_phone(
    open_context: OpenContext, language: str, script: bool
) -> None:
    page = opened(open_context, viewport=NARROW, java_script_enabled=script)
    wide = {name: found for name in walk(page, language) if (found := page.evaluate(SIDEWAYS))}
    assert not wide


@in_every_language
def test_no_page_scrolls_sideways_with_letters_twice_as_large(
    open_context: OpenContext, language: str
) -> None:
    page = opened(open_context, viewport=PHONE)
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    wide = {}
    for name in walk(page, language):
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 36
        if found := page.evaluate(SIDEWAYS):
            wide[name] = found
    assert not wide


def test_every_target_can_be_hit_with_a_finger(open_context: OpenContext) -> None:
    page = opened(open_context)
    small = {name: found for name in walk(page) if (found := page.evaluate(SMALL_TARGETS))}
    assert not small


@pytest.mark.parametrize(("colours", "is_dark"), [("light", False), ("dark", True)])
@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_pages_follow_the_phone_into_the_dark(
    open_context: OpenContext, colours: str, is_dark: bool, viewport: dict[str, int]
) -> None:
    page = opened(open_context, color_scheme=colours, viewport=viewport)
    page.goto("/")
    assert (sum(page.evaluate(GROUND)) < 3 * 60) == is_dark


def test_without_colours_what_was_chosen_is_still_seen(open_context: OpenContext) -> None:
    page = opened(open_context, forced_colors="active")
    page.goto("/demonstration/components")
    row = page.locator("label:has(:checked)").first
    assert row.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 3
    assert row.locator("input").is_visible()


def test_the_exit_link_stays_in_sight(open_context: OpenContext) -> None:
    page = opened(open_context)
    for _name in walk(page):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        box = page.locator("#leave").bounding_box()
        assert box
        assert 0 <= box["y"] < PHONE["height"] - box["height"]


@pytest.mark.parametrize("language", LANGUAGES[:2], ids=["english", "right_to_left"])
def test_no_page_scrolls_sideways_with_wide_spacing(
    open_context: OpenContext, language: str
) -> None:
    page = opened(open_context, viewport=NARROW, bypass_csp=True)
    wide = {}
    for name in participant_walk(page, language):
        page.add_style_tag(content=SPACED)
        if found := page.evaluate(SIDEWAYS):
            wide[name] = found
    assert not wide


def stops(page: Page) -> Iterator[dict[str, Any]]:
    """Go through a page by keyboard alone, and give what has the focus, until it leaves."""
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    for _ in range(300):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(STOP)) is None:
            return
        yield stop
    pytest.fail(f"The focus never leaves {page.url}.")


@pytest.mark.parametrize("language", LANGUAGES[:2], ids=["english", "right_to_left"])
def test_by_keyboard_every_stop_is_seen_and_stands_in_the_order_of_reading(
    open_context: OpenContext, language: str
) -> None:
    page = opened(open_context, viewport={"width": 320, "height": 256})
    faults: dict[str, list[str]] = {}
    for name in participant_walk(page, language):
        before, wrong, found = 0.0, [], list(stops(page))
        assert len(found) > 3, name
        for stop in found:
            is_back = not stop["inHeader"] and stop["place"] < before - 40
            before = 0.0 if stop["inHeader"] else stop["place"]
            if stop["hidden"] or stop["outline"] < 2 or is_back:
                wrong.append(str(stop))
        if wrong:
            faults[name] = wrong
    assert not faults


def test_without_colours_every_button_has_an_edge(open_context: OpenContext) -> None:
    page = opened(open_context, forced_colors="active")
    bare = {}
    for name in participant_walk(page):
        buttons = page.locator("button:not(.plain):visible, a.button:visible")
        edges = buttons.evaluate_all(
            "all => all.map(e => parseFloat(getComputedStyle(e).borderTopWidth))"
        )
        if any(edge < 1 for edge in edges):
            bare[name] = edges
    assert not bare


def test_the_header_leaves_room_for_the_page(open_context: OpenContext) -> None:
    """At 400 % a window of 1280 by 1024 is 320 by 256; a third of that is enough for a header."""
    page = opened(open_context, viewport={"width": 320, "height": 256})
    tall = {}
    for name in participant_walk(page):
        box = page.locator("header").bounding_box()
        assert box
        if box["height"] > 256 / 3:
            tall[name] = box["height"]
    assert not tall
