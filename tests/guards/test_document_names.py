"""What a document names exists: links, files, functions, tests, commands, targets of make."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from coproduce.check import POSTGRESQL_SETTINGS
from coproduce.cli import main

PROJECT = Path(__file__).parents[2]
OPERATING = PROJECT / "docs" / "operating.md"
DOCUMENTS = sorted(
    path
    for path in PROJECT.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(PROJECT).parts)
)

_FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_PATH = re.compile(r"[\w-][\w.*-]*(?:/[\w.*-]+)+/?")
_FUNCTION = re.compile(r"(?:[A-Z]\w*\.)?(\w+)\(\)")
_TEST = re.compile(r"(test_\w+)(?:\[[^\]]*\])?")
_PROGRAM = re.compile(r"(?:\S*/)?coproduce (.+)")
_DEFINED = re.compile(r"^ *(?:async )?def (\w+)", re.MULTILINE)
_TARGET = re.compile(r"^([\w$()/.-]+):", re.MULTILINE)


in_every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[path.relative_to(PROJECT).as_posix() for path in DOCUMENTS]
)


def prose(text: str) -> str:
    """Return a document without its blocks of code."""
    return _FENCE.sub("", text)


def marked(text: str) -> list[str]:
    """Return everything that is marked as code within sentences, on one line each."""
    return [" ".join(code.split()) for code in _CODE.findall(prose(text))]


def shell_lines(text: str) -> Iterator[str]:
    """Give every command a reader could type, without what follows it."""
    typed = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    for line in (*typed, *marked(text)):
        for part in re.split(r"&&|;|\|", line.partition(" #")[0]):
            yield part.strip()


def anchors(path: Path) -> set[str]:
    """Return the names by which the headings of a document are reached."""
    headings = _HEADING.findall(prose(path.read_text("utf-8")))
    plain = (re.sub(r"[^\w -]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def link_faults(text: str, folder: Path) -> list[str]:
    """Return the links that lead nowhere; those to other sites are not looked at."""
    faults = []
    for link in _LINK.findall(prose(text)):
        place, _sign, anchor = link.partition("#")
        target = folder / place
        is_ours = place and not link.startswith(("http://", "https://"))
        if is_ours and not (target.exists() and (not anchor or anchor in anchors(target))):
            faults.append(link)
    return faults


def own_anchor_faults(text: str, path: Path) -> list[str]:
    """Return the links within a document that no heading answers."""
    own = [link[1:] for link in _LINK.findall(prose(text)) if link.startswith("#")]
    return [anchor for anchor in own if anchor not in anchors(path)]


def path_faults(text: str) -> list[str]:
    """Return the files that are named and do not exist, from the root or within the package."""
    faults = []
    for code in marked(text):
        roots = [r for r in (PROJECT, PROJECT / "coproduce") if (r / code.split("/")[0]).is_dir()]
        is_file = _PATH.fullmatch(code) and "." in code.rpartition("/")[2]
        if is_file and roots and not any(any(root.glob(code)) for root in roots):
            faults.append(code)
    return faults


@cache
def defined(folder: str) -> frozenset[str]:
    """Return the names of all functions below a folder."""
    files = (PROJECT / folder).rglob("*.py")
    return frozenset(name for file in files for name in _DEFINED.findall(file.read_text("utf-8")))


def name_faults(text: str) -> list[str]:
    """Return the functions, written with `()`, and the tests that are named and do not exist."""
    functions = [m[1] for code in marked(text) if (m := _FUNCTION.fullmatch(code))]
    tests = [m[1] for code in marked(text) if (m := _TEST.fullmatch(code))]
    return [
        *(name for name in functions if name not in defined("coproduce") | defined("tests")),
        *(name for name in tests if name not in defined("tests")),
    ]


def command_faults(text: str) -> list[str]:
    """Return the commands of the program that it would not understand."""
    lines = [m[1] for line in shell_lines(text) if (m := _PROGRAM.fullmatch(line))]
    return [line for line in lines if not _is_understood(shlex.split(line))]


def _is_understood(words: list[str]) -> bool:
    """Walk down the commands; what stands for something, such as FILE or …, may be anything."""
    command: click.Command = main
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            options = {name: option for option in command.params for name in option.opts}
            option = options.get(word.partition("=")[0])
            if option is None and word != "--help":
                return False
            if isinstance(option, click.Option) and not option.is_flag and "=" not in word:
                words = words[1:]
        elif isinstance(command, click.Group) and word.islower():
            if word not in command.commands:
                return False
            command = command.commands[word]
        elif word.islower() and not _is_a_choice(command, word):
            return False
    return True


def _is_a_choice(command: click.Command, word: str) -> bool:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    choices = [a.type.choices for a in arguments if isinstance(a.type, click.Choice)]
    return bool(arguments) and all(word in choice for choice in choices)


def target_faults(text: str) -> list[str]:
    """Return what `make` is asked for and cannot make."""
    makefile = (PROJECT / "Makefile").read_text("utf-8").replace("$(VENV)", ".venv")
    targets = set(_TARGET.findall(makefile))
    asked = [line.split()[1:] for line in shell_lines(text) if line.startswith("make ")]
    return [
        word for words in asked for word in words[:1] if "=" not in word and word not in targets
    ]


def all_commands(group: click.Group, name: str = "coproduce") -> Iterator[str]:
    """Give the full name of every command of the program."""
    for part, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}"


@in_every_document
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    assert not link_faults(text, document.parent)
    assert not own_anchor_faults(text, document)


@in_every_document
def test_every_named_file_function_and_test_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    assert not path_faults(text)
    assert not name_faults(text)


@in_every_document
def test_every_command_can_be_typed(document: Path) -> None:
    text = document.read_text("utf-8")
    assert not command_faults(text)
    assert not target_faults(text)


def test_every_command_of_the_program_is_described() -> None:
    written = " ".join(" ".join(path.read_text("utf-8").split()) for path in DOCUMENTS)
    missing = [name for name in all_commands(main) if name not in written]
    assert not missing, f"Describe these in {OPERATING.name}: {missing}"


def test_the_operators_guide_says_what_postgresql_must_be_set_to() -> None:
    text = OPERATING.read_text("utf-8")
    missing = [line for line in POSTGRESQL_SETTINGS.items() if " = ".join(line) not in text]
    assert not missing


def test_the_guard_finds_links_that_lead_nowhere() -> None:
    text = "[a](no.md) [b](adr/README.md#no) [c](adr/README.md#decisions) [d](https://no.example)"
    assert link_faults(text, PROJECT / "docs") == ["no.md", "adr/README.md#no"]
    assert own_anchor_faults("[a](#no) [b](#words)", PROJECT / "docs" / "glossary.md") == ["no"]


def test_the_guard_finds_names_of_what_is_not_there() -> None:
    text = "`core/db.py` `core/no.py` `docs/no.md` `out/any.txt` `tests/guards/*.py` `<a>/b.py`"
    assert path_faults(text) == ["core/no.py", "docs/no.md"]
    assert name_faults("`connect()` `Database.no()` `request.form()` `test_no`") == [
        "no",
        "test_no",
    ]


@pytest.mark.parametrize(
    ("line", "is_fine"),
    [
        ("coproduce --data FOLDER check", True),
        (".venv/bin/coproduce jobs run freeze --on 2026-10-14", True),
        ("coproduce jobs run NAME", True),
        ("coproduce init --data FOLDER", False),
        ("coproduce publish", False),
        ("coproduce jobs run nothing", False),
        ("coproduce check everything", False),
    ],
)
def test_the_guard_finds_commands_that_cannot_be_typed(line: str, *, is_fine: bool) -> None:
    for text in (f"`{line}`", f"```sh\n{line}   # why\n```"):
        assert bool(command_faults(text)) is not is_fine


def test_the_guard_finds_targets_that_cannot_be_made() -> None:
    assert target_faults('`make run ARGS="-x"` `make no` `make .venv/run`') == ["no"]
