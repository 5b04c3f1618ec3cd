"""Looking for written forms of a detail. A form is tried only where a sign of it stands at all."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """One written form of a detail, linear in the length of a text.

    Attributes:
        pattern: matches it; its last group, if it has one, is the detail.
        needs: one of these, in small letters, stands in every text that has it. Finding out is
            quicker than trying.
    """

    pattern: re.Pattern[str]
    needs: tuple[str, ...] = ()


def find_forms(text: str, forms: Iterable[Form]) -> Iterator[tuple[int, int]]:
    """Yield where these forms stand in a text, form by form."""
    small = text.casefold()
    for form in forms:
        if not form.needs or any(sign in small for sign in form.needs):
            for match in form.pattern.finditer(text):
                yield match.span(match.lastindex or 0)
