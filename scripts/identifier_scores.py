"""Measures what the rules for identifying details find in texts of which the details are known.

Some texts were invented for this project and are part of it; two folders of labelled comments are
not, as docs/identifying.md says. Run it from the project's root, with the folder that holds both if
you have it: ``python -m scripts.identifier_scores [FOLDER]``. It writes the tables of
docs/identifying.md and the figures that a test holds anew, unless one of them fell; no word of a
text leaves it.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from coproduce.core.identifying import Found, Setting, find_identifying

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs" / "identifying.md"
INVENTED = PROJECT / "tests" / "core" / "invented_texts.txt"
SCORES = PROJECT / "tests" / "core" / "identifier_scores.json"
OWN_BEGIN = "<!-- own texts, measured by scripts/identifier_scores.py -->"
OWN_END = "<!-- end of own texts -->"
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


OWN_GROUPS = {
    "structured": [
        *("phone", "mail", "handle", "page", "nhs", "nino"),
        *("card", "plate", "driver", "ip", "number", "postcode"),
    ],
    "places": ["place"],
    "days": ["day"],
    "names": ["name"],
    "only one": ["only"],
}
_DETAIL = re.compile(r"\{([a-z]+):([^{}]+)\}")

Scores = dict[str, tuple[int, int]]
"""By the name of a figure: how many, and of how many. Of "false alarms" fewer are better."""


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


def read_invented(file: Path = INVENTED) -> list[Labelled]:
    """Return the texts invented for this project, without the braces around their details."""
    return [
        read_marked(line)
        for line in file.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def read_marked(line: str) -> Labelled:
    """Return a text whose details stand in braces after their kind, such as ``{name:Jo}``."""
    pieces: list[str] = []
    details, position, length = [], 0, 0
    for match in _DETAIL.finditer(line):
        between, (kind, words) = line[position : match.start()], match.groups()
        start = length + len(between)
        length, position = start + len(words), match.end()
        pieces += [between, words]
        details.append((start, length, kind))
    return Labelled(line, "".join([*pieces, line[position:]]), tuple(details))


def own_scores(rows: Sequence[Labelled], setting: Setting) -> Scores:
    """Return the figures of a setting on texts invented for this project."""
    known: dict[str, list[bool]] = {group: [] for group in OWN_GROUPS}
    right: list[bool] = []
    for row in rows:
        spans = find_identifying(row.text, setting)
        covered = {place for span in spans for place in range(span.start, span.end)}
        for start, end, kind in row.details:
            group = next(key for key, kinds in OWN_GROUPS.items() if kind in kinds)
            letters = {place for place in range(start, end) if row.text[place].isalnum()}
            known[group].append(letters <= covered)
        right += [any(s < span.end and span.start < e for s, e, _ in row.details) for span in spans]
    alarms = _alarms([row for row in rows if not row.details], setting)
    return {
        **{group: (sum(found), len(found)) for group, found in known.items()},
        "precision": (sum(right), len(right)),
        "false alarms": (alarms.with_any, alarms.texts),
    }


def shared_scores(folder: Path, setting: Setting) -> Scores:
    """Return the figures of a setting on texts that are no part of the project."""
    found = measure(folder, setting)
    scores: Scores = {}
    for (name, group), row in found.counted.items():
        scores[f"{group}, {name}"] = row.whole, row.known
    scores["precision of names"] = found.right_names, found.right_names + found.wrong_names
    for name, alarms in found.alarms.items():
        scores[f"false alarms, {name}"] = alarms.with_any, alarms.texts
        scores[f"false alarms of names, {name}"] = alarms.with_name, alarms.texts
    return scores


def share(score: tuple[int, int]) -> float:
    """Return a figure as a share."""
    return score[0] / (score[1] or 1)


def worsened(before: Scores, after: Scores) -> list[str]:
    """Return the names of figures that are worse than before, or gone.

    A figure over other texts than before is not compared: the texts changed, not the rules. What
    precision is taken of are finds, which always change.
    """
    worse = []
    for name, old in before.items():
        new = after.get(name, (0, 0))
        is_alarm, is_precision = name.startswith("false alarms"), name.startswith("precision")
        if old[1] != new[1] and not is_precision and new[1]:
            continue
        if (share(new) > share(old)) if is_alarm else (share(new) < share(old)):
            worse.append(name)
    return worse


def read_scores() -> dict[str, Scores]:
    """Return the figures of the last commit, by the texts and the setting."""
    held = json.loads(SCORES.read_text("utf-8")) if SCORES.exists() else {}
    return {
        key: {name: (many, of) for name, (many, of) in scores.items()}
        for key, scores in held.items()
    }


def own_tables() -> str:
    """Return what is measured on the texts invented for this project, as Markdown."""
    rows = read_invented()
    bare = sum(not row.details for row in rows)
    lines = [
        f"{len(rows)} texts, {bare} of them without any detail.",
        "",
        f"| setting | {' | '.join(OWN_GROUPS)} | precision of finds | false alarms |",
        f"| --- |{' ---: |' * (len(OWN_GROUPS) + 2)}",
    ]
    for setting in Setting:
        scores = own_scores(rows, setting)
        cells = [f"{share(score):.2f} ({score[0]} of {score[1]})" for score in scores.values()]
        lines.append(f"| {setting.name.lower()} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page_with(page: str, tables: str, begin: str = BEGIN, end: str = END) -> str:
    """Return a page with the tables between its markers."""
    before, rest = page.split(begin)
    return f"{before}{begin}\n{tables}\n{end}{rest.split(end)[1]}"


def main(folder: Path | None) -> int:
    """Measure and write the tables and figures; or say which figure fell, and write nothing."""
    held = read_scores()
    rows = read_invented()
    measured = {f"own, {setting.name.lower()}": own_scores(rows, setting) for setting in Setting}
    page = page_with(PAGE.read_text("utf-8"), own_tables(), OWN_BEGIN, OWN_END)
    if folder:
        measured |= {
            f"shared, {setting.name.lower()}": shared_scores(folder, setting) for setting in Setting
        }
        page = page_with(page, tables_of(folder))
    fell = [
        f"{key}: {name} was {held[key][name]} and is {scores.get(name)}"
        for key, scores in measured.items()
        for name in worsened(held.get(key, {}), scores)
    ]
    if fell:
        print("\n".join(fell))
        return 1
    PAGE.write_text(page, "utf-8")
    SCORES.write_text(json.dumps({**held, **measured}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else None))
