"""A walk through every page of a running demonstration, in a browser."""

import re
from collections.abc import Iterator
from itertools import product

from playwright.sync_api import Page

from coproduce.demonstration.people import BY_KEY
from coproduce.routes import DEMONSTRATION, ROUTES
from tests.guards.site_map import path_pattern

PLAIN_PAGES = (
    *("safety", "privacy", "how-we-read", "hand-over", "accessibility", "about"),
    *("words-problem", "demonstration"),
)
LANGUAGES = ("ar", "en-XA")
SEND = "form[action$='/g'] button:not([name])"
TELLING = "Ask Dr Smith, 07700 900123. I am the only trans woman there."


def walk(page: Page, language: str = "") -> Iterator[str]:
    """Visit every page in every state and give its name while the browser shows it.

    ``language`` is a prefix such as ``/ar``, or nothing. Something is sent and taken back.
    """
    yield from participant_walk(page, language)
    page.goto(f"{language}/demonstration/components")
    yield "components"
    yield from _reports(page, language)
    yield from signed_in_walk(page, language)


def participant_walk(page: Page, language: str = "") -> Iterator[str]:
    """Visit what people who give feedback can meet, and give the name of each page."""
    code, area_code = landing_codes(page)
    yield from _ways_in(page, language)
    yield from _form(page, f"{language}/g/{code}")
    yield from _area_form(page, f"{language}/g/{area_code}")
    yield from _other_roads(page, f"{language}/g/{code}")
    yield from _code(page, language, _sent(page, f"{language}/g/{code}"))
    for name in PLAIN_PAGES:
        page.goto(f"{language}/{name}")
        yield name


def rest_of_the_site(page: Page, seen: set[str], links: set[str]) -> Iterator[str]:
    """Visit one page of each address that the walk left out, as whoever may open it.

    A new page is looked at in this way before anybody adds it to the walk.

    Args:
        page: where to look.
        seen: the paths that were visited, to which this adds.
        links: where the pages that were visited lead.
    """
    code, _area_code = landing_codes(page)
    for row in (*ROUTES, *DEMONSTRATION):
        pattern = path_pattern([row], LANGUAGES)
        if row.method != "GET" or any(pattern.fullmatch(path) for path in seen):
            continue
        known = row.path.replace("{code}", code)
        ways = [known] if "{" not in known else sorted(filter(pattern.fullmatch, links))[:3]
        for person, way in product((None, *BY_KEY), ways):
            if person:
                see_it_as(page, person)
            answer = page.request.get(way, max_redirects=0)
            is_page = answer.headers.get("content-type", "").startswith("text/html")
            if answer.status != 200 or not is_page:
                seen |= {way} if answer.status in {200, 303} else set()
                continue
            page.goto(way)
            seen.add(way)
            yield f"{person or 'nobody'}: {row.path}"
            break


def press(page: Page, selector: str) -> None:
    """Press a button and wait for the page it leads to."""
    with page.expect_navigation():
        page.click(selector)
    # On a busy machine the old page can be gone before anything of the new one is there.
    page.locator("h1").first.wait_for()


def landing_codes(page: Page) -> tuple[str, str]:
    """Return the code of a service and of an area, as the guide of the demonstration shows them."""
    page.goto("/demonstration")
    links = page.locator("main a[href*='/g/']").evaluate_all("all => all.map(a => a.href)")
    return links[0][-6:], links[-1][-6:]


def _ways_in(page: Page, language: str) -> Iterator[str]:
    page.goto(f"{language}/")
    yield "home"
    page.fill("#code", "zzz")
    press(page, "main button")
    yield "home, wrong code"
    page.goto(f"{language}/find")
    yield "find"
    press(page, "main button")
    yield "found"
    page.fill("#words", "nothing is called this")
    press(page, "main button")
    yield "nothing found"
    page.goto(f"{language}/missing")
    yield "it is not here"
    press(page, SEND)
    yield "it is not here, empty"
    page.goto(f"{language}/never-in")
    yield "never got in"
    page.goto(f"{language}/no-such-page")
    yield "not here"
    page.goto(f"{language}/g/222222")
    yield "unknown code"


def _form(page: Page, path: str) -> Iterator[str]:
    page.goto(path)
    yield "form"
    for summary in page.locator("summary").all():
        summary.click()
    yield "form, all open"
    page.goto(path)
    press(page, SEND)
    yield "form, empty"
    page.check("input[name=overall][value=good]")
    page.fill("#better", TELLING)
    press(page, SEND)
    yield "check"
    press(page, "button[value=as_is]")
    yield "receipt"


def _area_form(page: Page, path: str) -> Iterator[str]:
    page.goto(path)
    yield "area form"


def _other_roads(page: Page, path: str) -> Iterator[str]:
    page.goto(f"{path}/helper")
    yield "with a helper"
    page.goto(f"{path}/kiosk")
    yield "shared device"
    page.check("input[name=overall][value=good]")
    press(page, SEND)
    yield "shared device, receipt"


def _sent(page: Page, path: str) -> str:
    """Send a form and return the digits of its receipt."""
    page.goto(path)
    page.check("input[name=overall][value=poor]")
    press(page, SEND)
    return re.sub(r"\D", "", page.inner_text(".code"))


def _code(page: Page, language: str, digits: str) -> Iterator[str]:
    page.goto(f"{language}/code")
    yield "code"
    page.fill("#code", "1234")
    press(page, "main button")
    yield "half a code"
    page.fill("#code", digits)
    press(page, "main button")
    yield "where it stands"
    press(page, "button[value=ask]")
    yield "take it back?"
    press(page, "button[value=withdraw]")
    yield "taken back"


def see_it_as(page: Page, key: str, language: str = "") -> None:
    """Step into an invented person with one tap."""
    page.goto(f"{language}/demonstration")
    press(page, f"button[name=role][value={key}]")


def _reports(page: Page, language: str) -> Iterator[str]:
    see_it_as(page, "commissioner", language)
    page.goto(f"{language}/reports")
    yield "reports"
    links = page.locator("main .ways a").evaluate_all("all => all.map(a => a.pathname)")
    for number, link in enumerate(links, start=1):
        page.goto(link)
        yield f"report {number}"


def signed_in_walk(page: Page, language: str = "") -> Iterator[str]:
    """Visit what people who sign in see, role by role, and give the name of each page."""
    for path in ("sign-in", "join", "recover"):
        page.goto(f"{language}/{path}")
        yield path
    page.fill("#code", "no such code")
    press(page, "main form button:not(.plain)")
    yield "recover, wrong code"
    for person in BY_KEY:
        see_it_as(page, person, language)
        rail = page.locator("nav.rail a").evaluate_all("all => all.map(a => a.pathname)")
        for path in rail:
            page.goto(path)
            yield f"{person}: {path.removeprefix(language)}"
        if person in {"moderator", "second_moderator", "lead", "administrator"}:
            yield from _deeper(page, person, language)


def _deeper(page: Page, person: str, language: str) -> Iterator[str]:
    """Visit what lies behind the places of somebody, and leave it as it was."""
    if person == "moderator":
        yield from _one_text(page, language)
    if person == "second_moderator":
        page.goto(f"{language}/second")
        yield "second reading"
        if page.locator("form[action$='/second'] button").count():
            press(page, "form[action$='/second'] button")
        else:
            page.locator("main a.button").first.click()
        yield "second reading, a quote"
    if person == "lead":
        for path in ("log", "agreement", "reread"):
            page.goto(f"{language}/{path}")
            yield path
        page.goto(f"{language}/safeguarding")
        page.locator("main a[href*='/safeguarding/']").first.click()
        yield "a matter of safety"
    if person == "administrator":
        page.goto(f"{language}/people")
        page.locator("main a[href*='/people/']").first.click()
        yield "one person"
        page.goto(f"{language}/print")
        page.locator("main .ways a").first.click()
        yield "print for one service"


def _one_text(page: Page, language: str) -> Iterator[str]:
    page.goto(f"{language}/texts")
    if page.locator("form[action$='/texts/next'] button").count():
        press(page, "form[action$='/texts/next'] button")
    else:
        page.locator("main a.button").first.click()
    yield "a text, closed"
    page.locator("#read summary").click()
    yield "a text, open"
    if page.locator("#words").count():
        page.fill("#words", "Please open on 3 May. Ask Susan.")
    press(page, "button[data-save]")
    yield "a text, with faults"
