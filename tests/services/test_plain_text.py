import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coproduce.services.plain_text import RAW_LIMIT, long_text_of, text_of, website_of

anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<h1>About</h1>\n<p>We  help.</p>", "About\n\nWe help."),
        ("<ul><li>tea</li><li>talk</li></ul>", "- tea\n\n- talk"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<p>food &amp; housing&nbsp;help</p>", "food & housing help"),
        ("<p>in the\nmiddle</p>", "in the middle"),
        ("first line\nsecond line", "first line\nsecond line"),
        ("<script>alert(1)</script>kept<style>p {}</style>", "kept"),
        ("kept<!-- <p>not this</p> --> too", "kept too"),
        ('<a href="https://example.org" target="">here</a>', "here"),
        ("5 < 7 and 9 > 8, I <3 tea", "5 < 7 and 9 > 8, I <3 tea"),
        ("<![if !supportLists]>word", "word"),
        ("<!-- never closed", ""),
    ],
)
def test_html_becomes_plain_text(written: str, read: str) -> None:
    assert long_text_of(written, limit=100) == read


@pytest.mark.parametrize(
    "written",
    ["N/A", "n/a", "TBC", " tbc ", "-", "--", "...", "?", "None", "null", "", "  ", "<p></p>"],
)
def test_what_only_fills_a_field_says_nothing(written: str) -> None:
    assert text_of(written, limit=100) == ""
    assert long_text_of(written, limit=100) == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Itâ€™s the CafÃ©", "It’s the Café"),
        ("â€œquotedâ€\u009d", "“quoted”"),
        ("Â£5", "£5"),
        ("São João", "São João"),
        ("Âge d’or, Ã la carte €", "Âge d’or, Ã la carte €"),
    ],
)
def test_letters_read_in_the_wrong_encoding_are_mended(written: str, read: str) -> None:
    assert text_of(written, limit=100) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Call 07700 900123 or (01632) 960 001.", "Call [phone] or [phone]."),
        ("Ring +44 7700 900123 now", "Ring [phone] now"),
        ("Write to jo.bloggs+help@mail.example.org.", "Write to [e-mail]."),
        ("Open 09:00 to 17:30, £10, 2005-01-01", "Open 09:00 to 17:30, £10, 2005-01-01"),
    ],
)
def test_a_description_keeps_no_telephone_number_and_no_address(written: str, read: str) -> None:
    assert long_text_of(written, limit=100) == read


def test_a_long_description_ends_at_a_word() -> None:
    text = long_text_of("word " * 1000, limit=2000)

    assert len(text) <= 2000
    assert text.endswith("word…")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://example.org/help", "https://example.org/help"),
        ("www.example.org", "https://www.example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://jo@example.org", ""),
        ("http://[::1", ""),
        ("https://localhost", ""),
        ("not a website", ""),
        ("https://example.org/" + "x" * 600, ""),
    ],
)
def test_only_a_web_address_is_a_website(written: str, read: str) -> None:
    assert website_of(written, limit=500) == read


@pytest.mark.parametrize("value", [True, False, None, 1.5, [], {}, ["a"], {"a": "b"}])
def test_what_is_no_text_and_no_number_says_nothing(value: object) -> None:
    assert text_of(value, limit=100) == ""


def test_a_number_is_taken_as_written() -> None:
    assert text_of(1883, limit=100) == "1883"


@given(anything, st.integers(min_value=2, max_value=500))
@example("<a " * RAW_LIMIT, 500)
@example("\u0301\u0323" * RAW_LIMIT, 500)
@example("\ud800\x00", 10)
def test_any_value_becomes_short_text_that_a_database_can_hold(value: object, limit: int) -> None:
    for text in (text_of(value, limit=limit), long_text_of(value, limit=limit)):
        assert len(text) <= limit
        assert "\x00" not in text
        text.encode()
    assert "\n" not in text_of(value, limit=limit)
    website = website_of(value, limit=limit)
    assert website == "" or website.startswith(("http://", "https://"))
