"""What is written about the program keeps step with it, and speaks only of itself."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coproduce.settings import PREFIX, Settings

PROJECT = Path(__file__).parents[2]
OPERATING = PROJECT / "docs" / "operating.md"

_NAMED_FIELD = re.compile(r"^        (\w+): (.+(?:\n {12}.+)*)", re.MULTILINE)

FOREIGN = re.compile(
    "|".join(
        [
            "/" + "work/",
            "/" + "root/",
            "/" + "home/[a-z]",
            "/" + "opt/",
            "/" + r"tmp/\w",
            "pypi" + r"\.org",
            "python" + "hosted",
            "npm" + r"js\.(com|org)",
            "/" + "simple/",
        ]
    )
)
"""Paths of one machine and hosts of package registries."""

NO_TEXT = frozenset({".ttf", ".pyc", ".png", ".pdf", ".sqlite"})
NOT_OURS = frozenset({"LICENSE"})


def described_settings() -> dict[str, str]:
    """Return every setting with its description, from the class that holds them."""
    found = dict(_NAMED_FIELD.findall(Settings.__doc__ or ""))
    return {PREFIX + name.upper(): " ".join(text.split()) for name, text in found.items()}


def settings_table() -> str:
    """Return the table of settings as it must stand in `docs/operating.md`."""
    rows = [f"| `{name}` | {text} |" for name, text in described_settings().items()]
    return "\n".join(["| variable | what it sets |", "| --- | --- |", *rows])


def own_files() -> Iterator[Path]:
    """Give every text file of the project, not what is fetched or made."""
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in inside)
        made = inside[0] in {"build", "dist", "var"} or path.name in NOT_OURS
        if path.is_file() and path.suffix not in NO_TEXT and not (hidden or made):
            yield path


def foreign_names(text: str) -> list[str]:
    """Return the lines that name a path of a machine or a package registry."""
    return [line.strip() for line in text.splitlines() if FOREIGN.search(line)]


def test_every_setting_is_described() -> None:
    names = {PREFIX + field.name.upper() for field in dataclasses.fields(Settings)}
    assert set(described_settings()) == names


def test_the_operators_guide_has_the_settings_as_they_are() -> None:
    table = settings_table()
    assert table in OPERATING.read_text("utf-8"), f"Put this into {OPERATING.name}:\n\n{table}\n"


def test_no_file_names_a_path_of_a_machine_or_a_package_registry() -> None:
    named = {
        path.relative_to(PROJECT).as_posix(): lines
        for path in own_files()
        if (lines := foreign_names(path.read_text("utf-8")))
    }
    assert not named, f"Use paths within the project and leave registries to their tools: {named}"


@pytest.mark.parametrize(
    "line",
    ["see /" + "work/main", "in /" + "home/ann/x", "https://files.python" + "hosted.org/packages"],
)
def test_the_guard_finds_a_foreign_name(line: str) -> None:
    assert foreign_names(f"fine\n{line}\nfine") == [line]
