"""A browser that knows nothing newer than 2015 still shows, reads and sends the whole form."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from coproduce.services.queries import Landing
from tests.conftest import PROJECT
from tests.live import OpenContext
from tests.needs import on_sqlite
from tests.walk import SEND, press

NEW_SINCE_2015 = {
    "var()": (r"var\(", "colours fall back to those of the browser: dark words on a light page"),
    "custom properties": (r"--[\w-]+\s*:", "the same"),
    "logical properties": (
        r"\b(?:margin|padding|border|inset)-(?:inline|block)|\binset\b|scroll-padding",
        "less space at the sides and between parts",
    ),
    ":has()": (r":has\(", "a chosen row is known by its dot alone"),
    ":focus-visible": (r":focus-visible", "the browser shows what has the focus in its own way"),
    "grid": (r"display:\s*(?:inline-)?grid", "parts stand below each other"),
    "gap": (r"(?<![\w-])(?:row-|column-)?gap\s*:", "parts stand closer"),
    "overflow-wrap: anywhere": (
        r"overflow-wrap:\s*anywhere",
        "a very long word may need scrolling",
    ),
    "accent-color": (r"accent-color", "dots and ticks have the colour of the browser"),
    "color-scheme": (r"color-scheme", "the page stays light"),
    "colours of a scheme": (r"prefers-color-scheme", "the page stays light"),
    "forced colours": (r"forced-colors", "a chosen row is known by its dot alone"),
    "sticky": (r"position:\s*sticky", "the exit link stays at the top of the page"),
    "text-wrap": (r"text-wrap", "a code may break unevenly"),
    "::marker": (r"::marker", "the marks of a list have the colour of its words"),
    "underline offset": (r"text-underline-offset", "lines are closer to the words"),
    "system fonts": (r"\bui-(?:monospace|sans-serif)", "the next font of the list is taken"),
    "less motion": (r"prefers-reduced-motion", "nothing: nothing moves"),
    "flow of a list": (r"text-align:\s*(?:start|end)", "words stand at the left"),
    "break-inside": (r"break-inside", "print only"),
    "min(), max(), clamp()": (r"[\s:(](?:min|max|clamp)\(", "a size falls back"),
}
"""What the style uses that a browser of 2015 does not know, and what then happens to the form."""

NOT_USED = (
    r"@layer|@container|@scope|@property|:is\(|:where\(|color-mix|oklch|\blab\(|subgrid|&[\s:.]"
)
"""What takes away whole rules, or more, where it is not known. None of it is used."""


def style() -> str:
    """Return the style of the pages for people who give no name, without its comments."""
    return re.sub(
        r"/\*.*?\*/",
        "",
        (PROJECT / "coproduce" / "static" / "site.css").read_text("utf-8"),
        flags=re.DOTALL,
    )


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Give each rule outside of blocks that ask for something: whom it is about, what it says."""
    depth, begun, selector = 0, 0, ""
    for at, sign in enumerate(css):
        if sign == "{":
            if depth == 0:
                selector, begun = css[begun:at].strip(), at + 1
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield selector, css[begun:at]
                begun = at + 1


def as_in_2015(css: str) -> str:
    """Return what a browser of 2015 makes of a style: it leaves out what it does not know."""
    kept = []
    new = re.compile("|".join(pattern for pattern, _then in NEW_SINCE_2015.values()))
    for selector, body in rules(css):
        if selector.startswith("@") or new.search(selector):
            continue
        known = [part for part in body.split(";") if part.strip() and not new.search(part)]
        kept.append(f"{selector}{{{';'.join(known)}}}")
    return "\n".join(kept)


def test_what_takes_whole_rules_away_from_old_browsers_is_not_used() -> None:
    assert not re.findall(NOT_USED, style())


def test_a_new_selector_never_shares_a_rule_with_an_old_one() -> None:
    """An old browser drops the whole rule."""
    for selector, _body in rules(style()):
        parts = selector.split(",")
        new = [part for part in parts if re.search(r":has\(|:focus-visible|::marker", part)]
        assert not new or len(new) == len(parts), selector


def test_what_is_left_for_an_old_browser_has_nothing_new_and_still_something() -> None:
    old = as_in_2015(style())
    for pattern, _then in NEW_SINCE_2015.values():
        assert not re.search(pattern, old), pattern
    assert len(old) > len(style()) / 4
    assert as_in_2015("a{color:red;gap:1rem}b:has(i){color:red}") == "a{color:red}"


@pytest.fixture
def old_page(open_context: OpenContext) -> Page:
    """A browser without script that knows no style newer than 2015."""
    page = open_context(java_script_enabled=False).new_page()

    def send_old(route: Route) -> None:
        route.fulfill(body=as_in_2015(style()), content_type="text/css")

    page.route("**/static/*.css", send_old)
    return page


SIZES = """() => [...document.querySelectorAll('main label, main legend, main button, #leave, h1')]
    .filter(element => !element.closest('details'))
    .map(element => {
        const box = element.getBoundingClientRect();
        return [element.innerText, box.left, box.right, box.width, box.height];
    })"""


@on_sqlite
@pytest.mark.parametrize("language", ["", "/ar"])
def test_an_old_browser_shows_and_sends_the_whole_form(
    old_page: Page, landing: Landing, language: str
) -> None:
    old_page.goto(f"{language}/g/{landing.code}")
    assert old_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for words, left, right, width, height in old_page.evaluate(SIZES):
        assert width > 0, words
        assert height > 0, words
        assert left >= 0, words
        assert right <= 360, words
    old_page.locator("label:has(input[name=overall])").first.click()
    old_page.locator("label:has(input[name=barriers])").first.click()
    old_page.fill("#better", "More evenings.")
    old_page.locator("label:has(input[value=paraphrase])").click()
    expect(old_page.locator("input:checked")).to_have_count(3)
    press(old_page, SEND)
    expect(old_page.locator(".code")).to_be_visible()


@on_sqlite
def test_without_any_style_everything_is_there_in_its_order(
    open_context: OpenContext, landing: Landing
) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.route("**/static/*.css", lambda route: route.abort())
    page.goto(f"/g/{landing.code}")
    tops = page.evaluate(
        "[...document.querySelectorAll('#leave, h1, legend, #better, #happened, main button')]"
        ".filter(e => !e.closest('details')).map(e => e.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    page.check("input[name=overall][value=good]")
    press(page, SEND)
    expect(page.locator(".code")).to_be_visible()
