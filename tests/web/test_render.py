import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from coproduce.core.actor import ANONYMOUS
from coproduce.core.messages import Message, _
from coproduce.web.error_page import ErrorPage
from coproduce.web.forms import SECRET_FIELDS
from coproduce.web.locales import PSEUDO_LANGUAGE, language
from coproduce.web.parsed_request import Fields, ParsedRequest
from coproduce.web.render import environment, filters, linker, render_page
from coproduce.web.replies import Page
from coproduce.web.site import Site
from tests.html import check_page, fields_of, parse

Ask = Callable[..., ParsedRequest]


@dataclass(frozen=True, kw_only=True)
class PaddedPage(Page):
    template: ClassVar[str] = "error.html"
    size_step: ClassVar[int] = 512

    message: Message
    can_send_again: bool = False


@dataclass(frozen=True, kw_only=True)
class ForgetfulPage(Page):
    """Its template shows a message that it does not have."""

    template: ClassVar[str] = "error.html"

    can_send_again: bool = False


@pytest.fixture
def ask(site: Site, today: date) -> Ask:
    """Makes a request of somebody who typed something."""

    def asked(code: str = "en", form: Fields | None = None) -> ParsedRequest:
        return ParsedRequest(
            site=dataclasses.replace(site, languages=("en", "ar", PSEUDO_LANGUAGE)),
            actor=ANONYMOUS,
            method="GET",
            url_path="/g",
            prefix=f"/{code}",
            path={},
            form=form or {},
            body=b"",
            today=today,
            language=code,
        )

    return asked


def rendered(page: Page, asked: ParsedRequest) -> str:
    return render_page(page, asked).decode()


@pytest.mark.parametrize("code", ["en", "ar", PSEUDO_LANGUAGE])
def test_a_page_keeps_the_laws_in_every_language(ask: Ask, code: str) -> None:
    html = rendered(ErrorPage(message=_("Not here."), can_send_again=False), ask(code))
    check_page(html)
    root = next(parse(html).all("html"))
    assert root.get("lang") == code
    assert root.get("dir") == language(code).direction


def test_links_keep_the_language(ask: Ask) -> None:
    html = rendered(ErrorPage(message=_("Not here."), can_send_again=False), ask("ar"))
    links = [a.get("href") for a in parse(html).all("a")]
    assert "/ar/safety" in links
    assert "/en/g" in links
    assert linker("/ar")("/code") == "/ar/code"
    assert linker("")("/code") == "/code"


@pytest.mark.parametrize("name", sorted(SECRET_FIELDS))
def test_a_form_to_send_again_holds_nothing_that_opens_something(ask: Ask, name: str) -> None:
    form = {name: ("four words of mine",), "better": ("Later hours",), "pseudonym": ("calm owl",)}
    html = rendered(ErrorPage(message=_("Sorry."), can_send_again=True), ask(form=form))
    assert "four words of mine" not in html
    (sent,) = (form for form in parse(html).all("form"))
    assert fields_of(sent) == {"better": ["Later hours"], "pseudonym": ["calm owl"]}


@given(typed=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=80))
def test_whatever_was_typed_comes_back_as_text_and_as_nothing_else(typed: str) -> None:
    """F17, F18: neither HTML nor a template. Only the text of one field changes."""
    html = environment("en").from_string('<p title="{{ typed }}">{{ typed }}</p>')
    (element,) = parse(html.render(typed=typed)).all()
    assert element.get("title") == typed
    assert "".join(child for child in element.children if isinstance(child, str)) == typed


def test_a_template_that_shows_what_its_page_has_not_fails(ask: Ask) -> None:
    with pytest.raises(UndefinedError):
        rendered(ForgetfulPage(), ask())


@pytest.mark.parametrize("words", ["", "a", "a" * 300, "ü" * 100])
def test_a_padded_page_has_one_of_few_sizes(ask: Ask, words: str) -> None:
    page = PaddedPage(message=Message(words or "."))
    first, second = render_page(page, ask()), render_page(page, ask())
    assert len(first) % 512 == 0
    assert first != second
    check_page(first.decode())


def test_dates_and_days_are_written_as_people_of_the_language_do() -> None:
    english, arabic = filters(language("en")), filters(language("ar"))
    day = date(2026, 8, 12)
    assert english["long_day"](day) == "12 August 2026"
    assert english["month"](day) == "August 2026"
    assert english["weekday"]("monday") == "Monday"
    assert arabic["weekday"]("monday") == "الاثنين"
    assert "أغسطس" in arabic["month"](day)


def test_numbers_to_keep_are_shown_in_groups() -> None:
    assert filters(language("en"))["in_groups"]("1234567890123456") == "1234 5678 9012 3456"


def test_messages_are_said_in_the_language_of_the_page() -> None:
    say = filters(language(PSEUDO_LANGUAGE))["say"]
    assert say(_("Used by %(month)s.", month="x")).startswith("⟦Úšéd bý x.")
