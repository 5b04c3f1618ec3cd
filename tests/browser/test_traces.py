"""What a visit leaves on the phone: on the disk of the browser, and behind Back."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from coproduce.services.queries import Landing
from tests.find_browser import find_browser
from tests.live import PHONE
from tests.needs import on_sqlite
from tests.walk import SEND, press

pytestmark = on_sqlite

EXIT = "https://www.bbc.co.uk/**"
WRITES_SECONDS = 3.0
"""A browser has written down by then where each tab is. Source: `kSaveDelay` in Chromium's
`components/sessions/core/command_storage_manager.cc` is 2.5 seconds."""

KEPT_SESSION = "Default/Sessions/"
"""Where Chromium keeps what it needs to open the tabs of yesterday again."""

few_and_many = pytest.mark.parametrize(
    "rounds", [pytest.param(2, id="2"), pytest.param(50, id="50", marks=pytest.mark.prove)]
)


def new_word() -> str:
    """Return a word that is found nowhere else in the world, and looks like no number or name."""
    return "zyx" + "".join(secrets.choice("bcdfghjklmnp") for _ in range(14))


def leave(page: Page) -> None:
    """Tap the exit link, and see a page of somebody else."""
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("Weather")


def lead_to_weather(context: BrowserContext) -> None:
    """Let the exit link lead somewhere without a network."""
    context.route(EXIT, lambda route: route.fulfill(body="<h1>Weather</h1>"))


# The disk of the browser (T3)


@contextmanager
def profile(chromium: Browser, folder: Path, base_url: str, *, script: bool) -> Iterator[Page]:
    """Open a browser that keeps everything it wants to keep in a folder; end it in good order."""
    context = chromium.browser_type.launch_persistent_context(
        folder,
        executable_path=find_browser(),
        base_url=base_url,
        java_script_enabled=script,
        locale="en-GB",
        viewport=ViewportSize(width=PHONE["width"], height=PHONE["height"]),
    )
    lead_to_weather(context)
    try:
        yield context.pages[0]
    finally:
        context.close()


def files_with(folder: Path, text: str) -> set[str]:
    """Return which files hold the text, in the ways in which a browser writes."""
    ways = (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"))
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink()
        for content in [file.read_bytes()]
        if any(way in content for way in ways)
    }


def visit(
    page: Page, landing: Landing, words: str, *, reads: float, ends: Callable[[Page], None]
) -> str:
    """Write, be asked about a detail, change it, send, look behind the code; return its digits.

    ``reads`` are the seconds somebody looks at a page before they go on.
    """
    page.goto(f"/g/{landing.code}")
    page.check("input[name=overall][value=good]")
    page.fill("#better", f"{words} 07700 900123")
    press(page, SEND)
    time.sleep(reads)
    press(page, "button[value=show]")
    press(page, SEND)
    press(page, "button[value=hide]")
    digits = "".join(sign for sign in page.inner_text(".code") if sign.isdigit())
    time.sleep(reads)
    page.goto("/code")
    page.fill("#code", digits)
    press(page, "main button")
    expect(page.locator("ol.trail")).to_be_visible()
    time.sleep(reads)
    ends(page)
    return digits


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(leave, id="exit_link"),
        pytest.param(Page.close, id="closed", marks=pytest.mark.prove),
    ],
)
def test_with_script_nothing_is_written_to_the_disk_of_the_phone(
    chromium: Browser,
    base_url: str,
    tmp_path: Path,
    landing: Landing,
    ends: Callable[[Page], None],
) -> None:
    """T3. What remains is where somebody was: the host and the path of a form, in the history."""
    words = new_word()
    with profile(chromium, tmp_path / "phone", base_url, script=True) as page:
        digits = visit(page, landing, words, reads=WRITES_SECONDS, ends=ends)
    groups = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
    for secret in (words, digits, groups, "The Open Door", "07700 900123", "07700+900123"):
        assert files_with(tmp_path / "phone", secret) == set(), secret
    assert "Default/History" in files_with(tmp_path / "phone", landing.code)


def test_without_script_only_the_list_of_open_tabs_holds_what_was_sent(
    chromium: Browser, base_url: str, tmp_path: Path, landing: Landing
) -> None:
    """T3. No page can stop this without a script: the browser could send the form once more.

    It also shows that words on the disk are found.
    """
    words = new_word()
    with profile(chromium, tmp_path / "phone", base_url, script=False) as page:
        digits = visit(page, landing, words, reads=0, ends=leave)
    groups = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
    assert files_with(tmp_path / "phone", "The Open Door") == set()
    assert files_with(tmp_path / "phone", groups) == set()
    for sent in (words, digits):
        held = files_with(tmp_path / "phone", sent)
        assert held
        assert all(name.startswith(KEPT_SESSION) for name in held)


# Going back (T4)


@pytest.fixture
def remembering(chromium: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A phone whose browser keeps pages in memory to go back to, as outside of tests."""
    flag = "--disable-back-forward-cache"
    browser = chromium.browser_type.launch(
        executable_path=find_browser(), ignore_default_args=[flag]
    )
    context = browser.new_context(
        base_url=base_url,
        viewport=ViewportSize(width=PHONE["width"], height=PHONE["height"]),
        locale="en-GB",
    )
    context.set_default_timeout(10_000)
    lead_to_weather(context)
    yield context
    browser.close()


def write(page: Page, landing: Landing) -> str:
    """Open the form, write on it, and return the words."""
    words = new_word()
    page.goto(f"/g/{landing.code}")
    page.check("input[name=overall][value=good]")
    page.fill("#better", words)
    return words


def shown(page: Page) -> str:
    """Return all that a page shows, with what stands in its fields."""
    fields = page.locator("textarea, input:not([type])").all()
    return page.content() + " ".join(field.input_value() for field in fields)


@few_and_many
def test_back_after_leaving_never_shows_the_page_again(
    remembering: BrowserContext, landing: Landing, rounds: int
) -> None:
    """T4, with script."""
    for _round in range(rounds):
        page = remembering.new_page()
        page.goto("/safety")
        words = write(page, landing)
        leave(page)
        page.go_back()
        assert page.url.endswith("/safety")
        assert words not in shown(page)
        page.close()


@few_and_many
def test_back_from_anywhere_shows_nothing_that_was_typed(
    remembering: BrowserContext, landing: Landing, rounds: int
) -> None:
    """T4, with script: from the receipt, from another page, and from a page of somebody else."""
    for _round in range(rounds):
        page = remembering.new_page()
        words = write(page, landing)
        press(page, SEND)
        page.go_back()
        expect(page.locator("#better")).to_have_value("")
        assert words not in shown(page)
        for elsewhere in ("/safety", EXIT.replace("**", "weather")):
            words = write(page, landing)
            page.goto(elsewhere)
            page.go_back()
            expect(page.locator("#better")).to_have_value("")
            assert words not in shown(page)
        page.close()


@few_and_many
@pytest.mark.parametrize("script", [False])
def test_without_script_back_asks_for_an_empty_page(
    page: Page, landing: Landing, rounds: int
) -> None:
    """T4. It holds where a browser obeys `no-store`; Chromium may keep a page for minutes."""
    lead_to_weather(page.context)
    for _round in range(rounds):
        words = write(page, landing)
        leave(page)
        page.go_back()
        expect(page.locator("#better")).to_have_value("")
        assert words not in shown(page)


# Pages that were answers to something sent


@pytest.mark.parametrize("script", [True])
def test_loading_a_page_again_never_sends_anything_again(page: Page, landing: Landing) -> None:
    """With script no page is the answer to something sent: its address opens a page of its own."""
    write(page, landing)
    page.fill("#better", "Ask Dr Smith, 07700 900123.")
    press(page, SEND)
    assert page.url.endswith(f"/g/{landing.code}")
    press(page, "button[value=show]")
    assert page.url.endswith(f"/g/{landing.code}")
    press(page, SEND)
    press(page, "button[value=as_is]")
    assert page.url.endswith("/code")
    expect(page.locator(".code")).to_be_visible()
    page.reload()
    expect(page.locator("#code")).to_have_value("")
