"""Counting the themes of the texts of one atom, once, into tables that may be published."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from coproduce.core.messages import Message, _
from coproduce.feedback.codebook import NOT_ASSIGNED, Codebook, load_codebook
from coproduce.feedback.framework import Clock, Kind, Option, Part, Question
from coproduce.reports.disclosure import (
    Draw,
    draw_families,
    draw_option,
    draw_table,
    is_option_shown,
)
from coproduce.reports.publications import (
    CATEGORIES,
    CategoryTable,
    Cell,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Table,
)

THEMES: Final = "themes"
"""The question that the themes of texts answer."""

DIRECTION: Final = "direction_"
"""In front of the key of a family: which way its themes point."""

SMALL_TIER = 1

DIRECTIONS: Final[Mapping[str, Message]] = {
    "works": _("Works well"),
    "does_not": _("Does not work"),
    "mixed": _("Some of both"),
    "idea": _("An idea"),
    "none": _("Wrote about other things"),
}

Directions = Mapping[str, str]
"""The themes of one text: code to direction."""


def tabulate_themes(
    texts: Iterable[Directions], codebook: Codebook, *, tier: int, draw: Draw
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return the tables of an atom of texts, and the keys of those that had to be withheld.

    Small atoms name families without numbers. Larger ones show the codes with a display of 5 or
    more, and for each family that passes the same bar as in small atoms one table of the direction
    of all its texts: what no code shows is counted there. Codes that the codebook does not know,
    and what is not assigned, count as a text without that theme.

    Args:
        texts: for each text its codes with their direction.
        codebook: whose codes are counted.
        tier: how much detail the displayed total allows.
        draw: eight random bits.

    Source: docs/disclosure.md, R4 to R6; docs/adr/0014-words-clock.md.
    """
    counts = _Counts(codebook, texts)
    if tier == SMALL_TIER:
        return (FamilyTable(THEMES, draw_families(counts.families, draw)),), ()
    tables: list[Table] = []
    withheld: list[str] = []
    shown: list[OptionCounts] = []
    for code, count in counts.codes.items():
        displays = draw_option(count, counts.texts, draw)
        if displays is None:
            withheld.append(f"{THEMES}.{code}")
        elif is_option_shown(displays[0]):
            shown.append(OptionCounts(code, *displays))
    tables.append(OptionTable(THEMES, tuple(shown)))
    for family in draw_families(counts.families, draw):
        displays_of = draw_table(counts.cells(family), draw)
        if displays_of is None:
            withheld.append(f"{DIRECTION}{family}")
        else:
            cells = tuple(map(Cell, CATEGORIES["directions"], displays_of))
            tables.append(CategoryTable(f"{DIRECTION}{family}", "directions", cells))
    return tuple(tables), tuple(withheld)


@cache
def theme_questions(version: str) -> Mapping[str, Question]:
    """Return the themes of a codebook as questions: of all texts, and the direction of a family."""
    codebook = load_codebook(version)
    families = {family.key: family.name for family in codebook.families}
    options = tuple(Option(code.key, code.name, family=code.family) for code in codebook.codes)
    directions = tuple(Option(key, name) for key, name in DIRECTIONS.items() if key != "none")
    name = _("What people wrote about")
    asked = [_question(THEMES, Kind.ANY, name, options, families)]
    asked += [
        _question(f"{DIRECTION}{key}", Kind.ONE, text, directions, {})
        for key, text in families.items()
    ]
    return {question.key: question for question in asked}


def family_of(key: str) -> str | None:
    """Return the family whose direction a table holds, or None for any other table."""
    return key.removeprefix(DIRECTION) if key.startswith(DIRECTION) else None


class _Counts:
    """How many texts have each code and each family, and which way each family points."""

    def __init__(self, codebook: Codebook, texts: Iterable[Directions]) -> None:
        counted = [code for code in codebook.codes if code.key != NOT_ASSIGNED]
        family_of_code = {code.key: code.family for code in counted}
        self.texts = 0
        self.codes: Counter[str] = Counter(dict.fromkeys(family_of_code, 0))
        self.families: Counter[str] = Counter(dict.fromkeys(family_of_code.values(), 0))
        self._directions: Counter[tuple[str, str]] = Counter()
        for text in texts:
            self.texts += 1
            found: dict[str, set[str]] = {}
            for code, direction in text.items():
                if family := family_of_code.get(code):
                    self.codes[code] += 1
                    found.setdefault(family, set()).add(direction)
            self.families.update(found.keys())
            for family, directions in found.items():
                way = directions.pop() if len(directions) == 1 else "mixed"
                self._directions[family, way] += 1

    def cells(self, family: str) -> tuple[int, ...]:
        """How many texts point which way in a family; each text is in one cell."""
        ways = [self._directions[family, way] for way in CATEGORIES["directions"][:-1]]
        return (*ways, self.texts - sum(ways))


def _question(
    key: str, kind: Kind, name: Message, options: tuple[Option, ...], families: dict[str, Message]
) -> Question:
    return Question(
        key=key,
        kind=kind,
        clock=Clock.SLOW,
        part=Part.MORE,
        text=name,
        name=name,
        hint=None,
        options=options,
        families=families,
        most=None,
        shown_first=None,
        headline=False,
    )
