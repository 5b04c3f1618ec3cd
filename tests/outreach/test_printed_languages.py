import pytest

from coproduce.core.errors import NotFound
from coproduce.outreach.printed_languages import get_printed_language, printed_languages

OFFERED = ("en", "en-XA", "ar", "bn")


def test_languages_without_letters_of_ours_or_made_up_are_not_printed() -> None:
    assert [one.code for one in printed_languages(OFFERED)] == ["en", "ar"]


def test_only_what_is_offered_and_can_be_printed_is_given() -> None:
    assert get_printed_language(OFFERED, "ar").tag == "ar"
    for wanted in ("bn", "en-XA", "fr", ""):
        with pytest.raises(NotFound):
            get_printed_language(OFFERED, wanted)
