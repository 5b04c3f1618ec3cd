"""Measures suggested codes against the themes that people gave to real NHS comments.

The comments are ``datasets/v6framework_230831.csv`` of
https://github.com/The-Strategy-Unit/pxtextmining (MIT), as docs/coding.md says. Run it from the
project's root with that file: ``python -m scripts.coding_agreement FILE``. It writes the table of
docs/coding.md anew; no word of a comment leaves it.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import krippendorff

from coproduce.core.messages import untranslated
from coproduce.feedback.codebook import NOT_ASSIGNED, Code, Codebook, load_codebook
from coproduce.moderation.suggestions import suggest_codes

PAGE = Path(__file__).parent.parent / "docs" / "coding.md"
BEGIN = "<!-- measured by scripts/coding_agreement.py -->"
END = "<!-- end of what was measured -->"

TEXT = "FFT answer"
PERSON = "Respondent ID"
NO_TEXT = frozenset({"", "Did not answer"})


@dataclass(frozen=True, slots=True)
class Compared:
    """How often the rules and the people gave a code to the same comments.

    Attributes:
        both: comments to which both gave it.
        rules_only: comments to which only the rules gave it.
        people_only: comments to which only the people gave it.
        neither: all others.
    """

    both: int
    rules_only: int
    people_only: int
    neither: int

    @property
    def support(self) -> int:
        """Comments to which people gave the code."""
        return self.both + self.people_only

    @property
    def precision(self) -> float:
        """Share of what the rules gave that people gave too."""
        return self.both / ((self.both + self.rules_only) or 1)

    @property
    def recall(self) -> float:
        """Share of what people gave that the rules gave too."""
        return self.both / (self.support or 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.both / ((2 * self.both + self.rules_only + self.people_only) or 1)

    @property
    def alpha(self) -> float | None:
        """Krippendorff's alpha, nominal, two readers; None where both always say the same."""
        cells = (
            (self.both, (1, 1)),
            (self.rules_only, (1, 0)),
            (self.people_only, (0, 1)),
            (self.neither, (0, 0)),
        )
        pairs = [pair for count, pair in cells for _time in range(count)]
        if len({value for pair in pairs for value in pair}) < 2:
            return None
        readers = list(zip(*pairs, strict=True))
        return float(krippendorff.alpha(reliability_data=readers, level_of_measurement="nominal"))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found on one half of the comments."""

    comments: int
    codes: dict[str, Compared]

    @property
    def micro(self) -> Compared:
        """All codes together, without `NOT_ASSIGNED`: that is no theme."""
        return added(found for key, found in self.codes.items() if key != NOT_ASSIGNED)


def added(compared: Iterable[Compared]) -> Compared:
    """Return the sums of several comparisons."""
    rows = list(compared)
    return Compared(
        both=sum(row.both for row in rows),
        rules_only=sum(row.rules_only for row in rows),
        people_only=sum(row.people_only for row in rows),
        neither=sum(row.neither for row in rows),
    )


def halves_of(
    rows: Sequence[dict[str, str]],
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return every second person's comments, on which keywords may be chosen, and the others'."""
    numbers: dict[str, int] = {}
    for row in rows:
        numbers.setdefault(row[PERSON], len(numbers))
    with_text = [row for row in rows if row[TEXT].strip() not in NO_TEXT]
    tuning = [row for row in with_text if numbers[row[PERSON]] % 2 == 0]
    held_out = [row for row in with_text if numbers[row[PERSON]] % 2 == 1]
    return tuning, held_out


def measure(rows: Sequence[dict[str, str]], codebook: Codebook) -> Measured:
    """Return how the suggestions of a codebook agree with the labels of people."""
    suggested = [{s.code for s in suggest_codes(row[TEXT], codebook)} for row in rows]
    codes = {}
    for code in codebook.codes:
        if code.px:
            people = [any(row[label] == "1" for label in code.px) for row in rows]
            codes[code.key] = _compared(people, [code.key in given for given in suggested])
    return Measured(len(rows), codes)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of the file of comments."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def table_of(tuning: Measured, held_out: Measured, codebook: Codebook) -> str:
    """Return the measured table as Markdown."""
    lines = [
        f"Keywords were chosen on {tuning.comments} comments; the table is from"
        f" {held_out.comments} comments of other people.",
        "",
        "| code | name | people | precision | recall | F1 | alpha |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        *(_line(code, held_out.codes.get(code.key)) for code in codebook.codes),
        f"| | **all but {NOT_ASSIGNED}, held out** |{_numbers(held_out.micro)}",
        f"| | all but {NOT_ASSIGNED}, where keywords were chosen |{_numbers(tuning.micro)}",
    ]
    return "\n".join(lines)


def page_with(page: str, table: str) -> str:
    """Return a page with the table between its markers."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


def _compared(people: Sequence[bool], rules: Sequence[bool]) -> Compared:
    pairs = list(zip(people, rules, strict=True))
    return Compared(
        both=pairs.count((True, True)),
        rules_only=pairs.count((False, True)),
        people_only=pairs.count((True, False)),
        neither=pairs.count((False, False)),
    )


def _line(code: Code, found: Compared | None) -> str:
    name = f"| {code.key} | {untranslated(code.name)} |"
    return name + (_numbers(found) if found else " not measurable | | | | |")


def _numbers(found: Compared) -> str:
    alpha = "–" if found.alpha is None else f"{found.alpha:.2f}"
    shares = (f"{value:.2f}" for value in (found.precision, found.recall, found.f1))
    return f" {' | '.join((str(found.support), *shares, alpha))} |"


def main(path: Path) -> None:
    """Measure, print the table and write it into the page."""
    codebook = load_codebook()
    tuning, held_out = (measure(half, codebook) for half in halves_of(read_rows(path)))
    table = table_of(tuning, held_out, codebook)
    print(table)
    PAGE.write_text(page_with(PAGE.read_text("utf-8"), table), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
