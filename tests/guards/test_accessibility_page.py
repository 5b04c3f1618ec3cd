"""docs/accessibility.md speaks of every rule of WCAG 2.2, A and AA, and of tests that are there."""

import re
from collections.abc import Iterator

import pytest

from tests.guards.catalogues import PROJECT

PAGE = PROJECT / "docs" / "accessibility.md"
LEVEL_A = (
    "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 "
    "2.3.1 2.4.1 2.4.2 2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 "
    "3.3.2 3.3.7 4.1.2"
)
LEVEL_AA = (
    "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 "
    "2.4.11 2.5.7 2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3"
)
"""The success criteria. Source: WCAG 2.2, W3C Recommendation."""

_ROW = re.compile(r"^\| (\d\.\d\.\d+) [^|]+\| ([^|\n]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+)`")


def rules_of(page: str, level: str) -> list[str]:
    """Return the rules that stand in the table of a level, in its order."""
    part = page.partition(f"## {level}\n")[2].partition("\n## ")[0]
    return [rule for rule, _how in _ROW.findall(part)]


def missing_tests(page: str) -> Iterator[str]:
    """Give the tests that a page names and that are not there."""
    known = {
        name
        for path in (PROJECT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    return (name for name in _TEST.findall(page) if name not in known)


@pytest.mark.parametrize(
    ("level", "rules", "count"), [("Level A", LEVEL_A, 31), ("Level AA", LEVEL_AA, 24)]
)
def test_every_rule_is_spoken_of_once(level: str, rules: str, count: int) -> None:
    assert rules_of(PAGE.read_text("utf-8"), level) == rules.split()
    assert len(rules.split()) == count


def test_every_test_it_names_is_there() -> None:
    assert not list(missing_tests(PAGE.read_text("utf-8")))


def test_the_guard_finds_a_test_that_is_gone() -> None:
    gone = "test_nobody_" + "wrote"
    assert list(missing_tests(f"`{gone}`")) == [gone]
