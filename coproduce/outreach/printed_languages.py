"""The languages in which something can be printed: those offered that our fonts can show."""

from collections.abc import Iterable

from coproduce.core.errors import NotFound
from coproduce.core.typesetting import printable
from coproduce.web.locales import PSEUDO_LANGUAGE, Language, language


def printed_languages(codes: Iterable[str]) -> list[Language]:
    """Return the languages that our fonts can print; those that are made up are left out."""
    offered = [language(code) for code in codes if code != PSEUDO_LANGUAGE]
    return [one for one in offered if printable(one.name) == one.name]


def get_printed_language(codes: Iterable[str], wanted: str) -> Language:
    """Return the language that is wanted.

    Raises:
        NotFound: if it is not offered, or our fonts cannot print it.
    """
    for one in printed_languages(codes):
        if one.code == wanted:
            return one
    raise NotFound()
