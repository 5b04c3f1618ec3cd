import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from coproduce.core.messages import _, ngettext_
from coproduce.web.locales import PSEUDO_LANGUAGE, SOURCE_LANGUAGE, chosen_language, language

OFFERED = ("en", "ar", "ro", "zh-Hans")


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "en"),
        ("ar", "ar"),
        ("ar-EG,en;q=0.5", "ar"),
        ("AR-eg", "ar"),
        ("fr,ro;q=0.8,ar;q=0.9", "ar"),
        ("fr-FR,fr;q=0.9", "en"),
        ("en;q=0.1,ro;q=0.2", "ro"),
        ("zh-Hans", "zh-Hans"),
        ("*", "en"),
        ("ar;q=nonsense,ro", "ro"),
        (";;;,,,q=", "en"),
    ],
)
def test_a_visitor_gets_the_language_they_like_best(accepted: str, chosen: str) -> None:
    assert chosen_language(accepted, OFFERED) == chosen


@given(st.text())
def test_no_header_can_ask_for_anything_else(accepted: str) -> None:
    assert chosen_language(accepted, OFFERED) in OFFERED


def test_a_language_knows_its_name_and_direction() -> None:
    english, arabic = language("en"), language("ar")
    assert (english.name, english.direction) == ("English", "ltr")
    assert (arabic.name, arabic.direction) == ("العربية", "rtl")


def test_the_source_language_shows_texts_as_they_are_written() -> None:
    said = language(SOURCE_LANGUAGE).render(_("Used by %(month)s.", month="June"))
    assert said == "Used by June."


def test_a_value_that_is_a_message_is_said_in_the_same_language() -> None:
    inner = ngettext_("%(count)s day", "%(count)s days", 2)
    said = language(PSEUDO_LANGUAGE).render(_("Wait %(time)s.", time=inner))
    assert said.startswith("⟦Wáít ⟦2 dáýš")


def test_the_made_up_language_keeps_placeholders_and_html() -> None:
    texts = language(PSEUDO_LANGUAGE).texts
    said = texts.gettext('Type <a href="%(address)s">these</a> in %(place)s now')
    assert 'href="%(address)s"' in said
    assert "%(place)s" in said
    assert said.startswith("⟦Týpé <a")
    assert said.endswith("·⟧")


def test_the_made_up_language_is_longer() -> None:
    text = "You can skip anything."
    assert len(language(PSEUDO_LANGUAGE).texts.gettext(text)) >= 1.4 * len(text)


@given(st.text(alphabet="abc <>%()s", max_size=60))
def test_no_text_breaks_the_made_up_language(text: str) -> None:
    assert language(PSEUDO_LANGUAGE).texts.gettext(text)[0] == "⟦"


def test_the_made_up_language_tells_one_from_many() -> None:
    texts = language(PSEUDO_LANGUAGE).texts
    assert "óñé" in texts.ngettext("one", "many", 1)
    assert "máñý" in texts.ngettext("one", "many", 2)


def test_a_language_is_found_with_and_without_a_slash_behind_it(client: TestClient) -> None:
    for path in ("/ar", "/ar/"):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["content-language"] == "ar"
