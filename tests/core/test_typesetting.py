"""Text that a PDF can hold: every character has a picture, and nothing turns a line round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.typesetting import UNKNOWN, VOWELS, printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lantern Street", "Lantern Street"),
        ("Ärzte für Łódź, Σωτήρης, Дом", "Ärzte für Łódź, Σωτήρης, Дом"),
        ("مركز صحي", "مركز صحي"),
        ("می‌خواهم", "می‌خواهم"),
        ("smile 😀", "smile [grinning face]"),
        ("診療所", UNKNOWN * 3),
        ("bell\a and null\0", "bell and null"),
        ("\ue000private", "private"),
        ("\u202eturned\u202c", "turned"),
        ("a\u00a0b\nc\td", "a b c d"),
        ("دائمًا", "دائما"),
        ("ا\u0483", "ا"),
        ("😀\u0301", "[grinning face]"),
    ],
)
def test_text_is_cleaned_to_what_can_be_printed(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert not VOWELS & set(printable(text))
