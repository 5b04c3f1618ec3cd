"""The languages there are, and what their catalogues say."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from coproduce.web.locales import SOURCE_LANGUAGE

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "coproduce" / "locale"
TRANSLATED = sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
LANGUAGES = (SOURCE_LANGUAGE, *TRANSLATED)

BABEL = ("-m", "babel.messages.frontend", "-q")
EXTRACT = (*BABEL, "extract", "-F", "babel.cfg", "-k", "ngettext_:1,2", "-o")

_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_TAG = re.compile(r"</?[a-z][^>]*>")


def catalogue(code: str) -> Catalog:
    """Return the catalogue of a language."""
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code.replace("-", "_"))


@cache
def texts_of_the_program() -> frozenset[str]:
    """Return every text for people, found the way `make messages` finds them."""
    with TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        subprocess.run([sys.executable, *EXTRACT, template, "."], cwd=PROJECT, check=True)
        with template.open("rb") as file:
            return frozenset(singular(message) for message in read_po(file) if message.id)


def singular(message: Message) -> str:
    """Return the text of a message; of one that depends on a number, the form for one."""
    return message.id if isinstance(message.id, str) else message.id[0]


def message_faults(message: Message) -> Iterator[str]:
    """Give what is wrong with one translated message, in words."""
    sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
    string = message.string if isinstance(message.string, tuple | list) else (message.string,)
    texts = [text for text in string if text]
    if message.fuzzy or len(texts) < len(string):
        yield f"{sources[0]!r} is not translated"
    wanted = set(_PLACEHOLDER.findall(sources[-1]))
    for text in texts:
        found = set(_PLACEHOLDER.findall(text))
        if found - wanted or wanted - found - {"count"}:
            yield f"{sources[0]!r} has other placeholders in {text!r}"
        if sorted(_TAG.findall(text)) != sorted(_TAG.findall(sources[-1])):
            yield f"{sources[0]!r} has other tags in {text!r}"
