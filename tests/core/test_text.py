import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.text import cleaned, folded

LIMIT = 50


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = cleaned(text, limit=LIMIT)
    assert cleaned(once, limit=LIMIT).strip() == once.strip()


@given(st.text())
def test_cleaned_text_fits_and_can_be_stored_and_printed(text: str) -> None:
    clean = cleaned(text, limit=LIMIT)
    assert len(clean) <= LIMIT
    assert clean.encode().decode() == clean
    kinds = {unicodedata.category(c) for c in clean if c not in "\n\t"}
    assert not kinds & {"Cc", "Cs", "Cn"}


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  two words \n", "two words"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("bell\a null\0", "bell null"),
        ("e\u0301", "é"),
        ("e\x01\u0301", "é"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("a\ud800b", "ab"),
        ("a\u0378b", "ab"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_cleaning_keeps_what_was_said(typed: str, clean: str) -> None:
    assert cleaned(typed, limit=100) == clean


def test_cleaning_cuts_at_the_limit() -> None:
    assert cleaned("x" * 100, limit=10) == "x" * 10


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("The  Old-House", "the old house"),
        ("Café Zürich", "cafe zurich"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("Sea℠ Ŀl", "seasm l l"),
        ("St. Mary's", "st mary s"),
        ("", ""),
    ],
)
def test_search_ignores_case_accents_and_signs(text: str, compared: str) -> None:
    assert folded(text) == compared


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
