"""Measures what the rules for identifying details find in texts of which the details are known.

The texts are two folders of labelled comments that are no part of this project, as
docs/identifying.md says. Run it from the project's root with the folder that holds both:
``python -m scripts.identifier_scores FOLDER``. It writes the tables of docs/identifying.md anew;
no word of a text leaves it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from coproduce.core.identifying import Found, Setting, find_identifying

PAGE = Path(__file__).parent.parent / "docs" / "identifying.md"
BEGIN = "<!-- measured by scripts/identifier_scores.py -->"
END = "<!-- end of what was measured -->"

REAL = "pii_real_residual"
FILLED = "pii_slotfill_uk"
WITH_DETAILS = {
    "real comments": f"{REAL}/with_names.jsonl",
    "real comments, invented names": f"{FILLED}/real_context_names.jsonl",
    "templates, invented details": f"{FILLED}/template_uk.jsonl",
}
WITHOUT_NAMES = {
    "no name, but capitals": f"{REAL}/hard_negatives.jsonl",
    "no name": f"{REAL}/plain_negatives.jsonl",
}
NAMES = "PERSON"
STRUCTURED = ("EMAIL", "HANDLE", "CARD", "IP", "POSTCODE", "NHS", "NINO", "PHONE", "URL")
ADDRESSES = "ADDRESS"
DATES = "DATE"
GROUPS = {
    "structured": STRUCTURED,
    "addresses": (ADDRESSES,),
    "dates": (DATES,),
    "names": (NAMES,),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the details that are known to stand in it."""

    id: str
    text: str
    details: tuple[tuple[int, int, str], ...]

    @property
    def is_held_out(self) -> bool:
        """Whether the text is in the half, by its id alone, on which no rule was tuned."""
        return bool(sha256(self.id.encode()).digest()[0] % 2)


@dataclass(slots=True)
class Counted:
    """How many details of a kind there are, and what was found of them."""

    known: int = 0
    whole: int = 0
    part: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """Share of the known details that were found from the first letter to the last."""
        return self.whole / (self.known or 1)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Texts without a name in which something was found all the same."""

    texts: int
    with_name: int
    with_any: int

    @property
    def name_share(self) -> float:
        """Share of the texts in which a name was found."""
        return self.with_name / (self.texts or 1)

    @property
    def any_share(self) -> float:
        """Share of the texts in which anything was found; days and places may be right."""
        return self.with_any / (self.texts or 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one setting on one half, or on all."""

    counted: dict[tuple[str, str], Counted]
    alarms: dict[str, Alarms]
    right_names: int
    wrong_names: int

    @property
    def precision(self) -> float:
        """Share of the names found in real comments that are names of people."""
        return self.right_names / ((self.right_names + self.wrong_names) or 1)

    def recall(self, group: str, file: str | None = None) -> float:
        """Share of a group of details found whole, in one file or in the filled ones."""
        rows = [
            row
            for (name, kind), row in self.counted.items()
            if kind == group and (name == file if file else FILLED in WITH_DETAILS[name])
        ]
        return sum(row.whole for row in rows) / (sum(row.known for row in rows) or 1)


def read_texts(folder: Path, file: str) -> list[Labelled]:
    """Return the labelled texts of a file."""
    rows = (json.loads(line) for line in (folder / file).read_text("utf-8").splitlines())
    return [
        Labelled(
            row["id"],
            row["text"],
            tuple((span["start"], span["end"], span["type"]) for span in row["spans"]),
        )
        for row in rows
    ]


def measure(folder: Path, setting: Setting, *, is_held_out: bool | None = None) -> Measured:
    """Return the figures of a setting, on one half of the texts or on all of them."""

    def texts(file: str) -> list[Labelled]:
        rows = read_texts(folder, file)
        return [row for row in rows if is_held_out is None or row.is_held_out == is_held_out]

    counted: dict[tuple[str, str], Counted] = {}
    for name, file in WITH_DETAILS.items():
        for row in texts(file):
            _count(row, name, setting, counted)
    alarms = {name: _alarms(texts(file), setting) for name, file in WITHOUT_NAMES.items()}
    real = [
        row
        for file in (WITH_DETAILS["real comments"], *WITHOUT_NAMES.values())
        for row in texts(file)
    ]
    right, wrong = _judged_names(real, setting)
    return Measured(counted, alarms, right, wrong)


def _count(
    row: Labelled, name: str, setting: Setting, counted: dict[tuple[str, str], Counted]
) -> None:
    spans = find_identifying(row.text, setting)
    for start, end, kind in row.details:
        group = next(key for key, kinds in GROUPS.items() if kind in kinds)
        into = counted.setdefault((name, group), Counted())
        letters = {place for place in range(start, end) if row.text[place].isalnum()}
        over = [span for span in spans if span.start < end and start < span.end]
        left = letters - {place for span in over for place in range(span.start, span.end)}
        into.known += 1
        into.whole += bool(over) and not left
        into.part += bool(over) and bool(left)
        found = max(
            over, key=lambda span: min(span.end, end) - max(span.start, start), default=None
        )
        key = found.found.value if found else "nothing"
        into.by_kind[key] = into.by_kind.get(key, 0) + 1


def _alarms(rows: Sequence[Labelled], setting: Setting) -> Alarms:
    found = [find_identifying(row.text, setting) for row in rows]
    return Alarms(
        texts=len(rows),
        with_name=sum(any(span.found is Found.NAME for span in spans) for spans in found),
        with_any=sum(bool(spans) for spans in found),
    )


def _judged_names(rows: Iterable[Labelled], setting: Setting) -> tuple[int, int]:
    right = wrong = 0
    for row in rows:
        for span in find_identifying(row.text, setting):
            if span.found is Found.NAME:
                is_right = any(s < span.end and span.start < e for s, e, _kind in row.details)
                right += is_right
                wrong += not is_right
    return right, wrong


def tables_of(folder: Path) -> str:
    """Return the measured tables as Markdown."""
    halves = {"tuned on": False, "held out": True, "all": None}
    figures = {
        (setting, half): measure(folder, setting, is_held_out=is_held_out)
        for setting in Setting
        for half, is_held_out in halves.items()
    }
    lines = [
        "| setting | texts | structured | addresses | dates | invented names | real names"
        " | precision of names | false alarms, capitals | false alarms, plain |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (setting, half), found in figures.items():
        alarms = [f"{one.name_share:.2f} ({one.any_share:.2f})" for one in found.alarms.values()]
        shares = [found.recall(group) for group in GROUPS]
        real = found.recall("names", "real comments")
        numbers = [f"{share:.2f}" for share in (*shares, real, found.precision)]
        lines.append(f"| {setting.name.lower()} | {half} | {' | '.join((*numbers, *alarms))} |")
    kinds = [kind.value for kind in Found]
    lines += [
        "",
        "What known details were taken for, all texts:",
        "",
        f"| setting | texts | detail | known | whole | part | {' | '.join(kinds)} | nothing |",
        f"| --- | --- | --- |{' ---: |' * (4 + len(kinds))}",
    ]
    for setting in Setting:
        for (name, group), row in figures[setting, "all"].counted.items():
            cells = [row.known, row.whole, row.part]
            cells += [row.by_kind.get(kind, 0) for kind in (*kinds, "nothing")]
            lines.append(
                f"| {setting.name.lower()} | {name} | {group} | {' | '.join(map(str, cells))} |"
            )
    return "\n".join(lines)


def page_with(page: str, tables: str) -> str:
    """Return a page with the tables between its markers."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{tables}\n{END}{rest.split(END)[1]}"


def main(folder: Path) -> None:
    """Measure, print the tables and write them into the page."""
    tables = tables_of(folder)
    print(tables)
    PAGE.write_text(page_with(PAGE.read_text("utf-8"), tables), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
