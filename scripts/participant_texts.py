"""Finds every English text that people who give feedback may meet: on pages and on paper.

Nobody keeps a list. A text counts if its catalogue entry names a file that such a page is made of:
a template that stands on `layout.html`, what it imports, the questions, and every module that the
code behind an anonymous address reaches.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.pofile import read_po

from coproduce.core.permissions import Permission
from coproduce.routes import ROUTES

PROJECT = Path(__file__).parents[1]
TEMPLATES = PROJECT / "coproduce" / "templates"
FRAMEWORKS = "coproduce/feedback/frameworks/"

NOT_FOR_PARTICIPANTS = {
    "coproduce/templates/staff.html": "frame of the pages of people who sign in",
    "coproduce/templates/accounts/": "pages of people who sign in",
    "coproduce/templates/demonstration/": "the guide for people who try the program out",
    "coproduce/core/content_notes.py": "notes for those who read texts",
    "coproduce/feedback/answer_files.py": "messages for operators who bring files in",
    "coproduce/feedback/statements.py": "messages for those who read texts",
    "coproduce/reports/withdrawn_words.py": "messages for the lead",
    "coproduce/services/import_files.py": "messages for operators who bring files in",
}
"""Files, or folders, that are reached and show nothing to participants, each with the reason."""

BABEL = ("-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", "-k", "ngettext_:1,2")
"""How `make messages` finds the texts of the program."""

_NAMED = re.compile(r"""(?:extends|import|include|from)\s+["']([\w/]+\.html)["']""")
_PLACEHOLDER = re.compile(r"%%|%\((\w+)\)[sd]")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Text:
    """One English text as people read it, and the files it stands in."""

    words: str
    files: tuple[str, ...]


def list_participant_texts() -> list[Text]:
    """Return every text a participant may meet, in the order of the alphabet."""
    files = participant_files()
    texts = [
        Text(_as_read(message), tuple(here))
        for message, locations in _messages()
        if (here := sorted(name for name in locations if name in files))
    ]
    return sorted(texts, key=lambda text: text.words)


@cache
def participant_files() -> frozenset[str]:
    """Return the files that pages for participants are made of, as paths of the project."""
    found = {*_templates(), *_modules(), *_on_paper(), *_questions()}
    return frozenset(name for name in found if not name.startswith(tuple(NOT_FOR_PARTICIPANTS)))


def _templates() -> Iterator[str]:
    """Give the templates that stand on `layout.html`, and all that these use."""
    todo = [
        path
        for path in TEMPLATES.rglob("*.html")
        if "layout.html" in _NAMED.findall(path.read_text("utf-8")) and not _is_excused(path)
    ]
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += [TEMPLATES / name for name in _NAMED.findall(path.read_text("utf-8"))]
    return (_name(path) for path in seen)


def _modules() -> Iterator[str]:
    """Give the modules that the code behind anonymous addresses reaches."""
    views = {row.view.__module__ for row in ROUTES if row.permission is Permission.ANONYMOUS}
    todo = [path for view in views if (path := _file_of(view))]
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += [file for name in _imported(path) if (file := _file_of(name))]
    return (_name(path) for path in seen)


def _on_paper() -> Iterator[str]:
    """Give the modules that write what is printed for participants: posters, cards, paper forms."""
    for path in (PROJECT / "coproduce" / "outreach").glob("*.py"):
        if path.stem not in {"views", "forms"}:
            yield _name(path)


def _questions() -> Iterator[str]:
    return (_name(path) for path in (PROJECT / FRAMEWORKS).rglob("*.toml"))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _file_of(module: str) -> Path | None:
    if not module.startswith("coproduce."):
        return None
    path = PROJECT / f"{module.replace('.', '/')}.py"
    return path if path.exists() and not _is_excused(path) else None


def _is_excused(path: Path) -> bool:
    return _name(path).startswith(tuple(NOT_FOR_PARTICIPANTS))


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def _messages() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the texts of the program with their files, found the way `make messages` does."""
    with TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        subprocess.run(
            [sys.executable, *BABEL, "--add-location=file", "-o", template, "."],
            cwd=PROJECT,
            check=True,
        )
        with template.open("rb") as file:
            return tuple(
                (
                    message.id if isinstance(message.id, str) else message.id[-1],
                    tuple(name for name, _line in message.locations),
                )
                for message in read_po(file)
                if message.id
            )


def _as_read(message: str) -> str:
    """Return a message with a plain word where something is filled in, and without tags."""
    filled = _PLACEHOLDER.sub(lambda found: "word" if found[1] else "%", message)
    return " ".join(_TAG.sub("", filled).split())
