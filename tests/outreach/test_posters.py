from datetime import date
from typing import Any

import pytest

from coproduce.outreach.posters import Poster, render_poster
from coproduce.web.locales import language
from tests.outreach.reading import descriptions, opened, words_of

POSTER = Poster(
    title="Feedback",
    run_by="Example Voices",
    public_url="https://feedback.example",
    code="7KQ2MD",
    languages=("English", "العربية"),
)
DAY = date(2026, 8, 12)


def poster(code: str = "en", made: Poster = POSTER) -> bytes:
    return render_poster(made, language(code).render, code, DAY)


def test_a_poster_is_one_page_with_code_address_and_square() -> None:
    made = poster()
    words = words_of(made)
    assert len(opened(made).pages) == 1
    for wanted in ("Tell us how it was.", "No name.", "7KQ 2MD", "feedback.example", "Run by"):
        assert wanted in words
    assert descriptions(made) == ["Square to scan. It opens https://feedback.example/g/7KQ2MD"]


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_poster_can_be_heard_in_its_language(code: str) -> None:
    root: Any = opened(poster(code)).root_object
    assert root["/Lang"] == code
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()


def test_a_poster_stays_one_page_with_long_names() -> None:
    made = Poster(
        title="How it was, a page for the whole county and both of its towns",
        run_by="The Partnership of Everybody Who Works Here " * 3,
        public_url="https://tell-us.a-long-name-of-a-county-council.example.org.uk",
        code="WWWWWW",
        languages=("English", "العربية") * 5,
    )
    assert len(opened(poster(made=made)).pages) == 1


def test_the_same_poster_is_the_same_file() -> None:
    assert poster() == poster()
