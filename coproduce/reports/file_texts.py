"""Everything a file says to people or machines, as pieces of text, hidden corners included.

For the parse-back (C1): cells of CSV; text, comments and attributes of HTML with its pictures;
pages, descriptions, properties and attachments of PDF (pypdf).
"""

import csv
import io
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

from pypdf import PdfReader

LAYOUT: Final = frozenset(
    {
        "aria-labelledby",
        "charset",
        "class",
        "dir",
        "direction",
        "dx",
        "fill",
        "font-size",
        "height",
        "href",
    }
    | {"id", "lang", "role", "scope", "stroke", "stroke-dasharray", "tabindex", "text-anchor", "y"}
)
"""Attributes that place or style things; every other attribute is read."""

UNREAD: Final = frozenset({"script", "style"})
"""Elements whose content is no text. The report has no script; a guard looks after that."""

PROGRAM: Final = frozenset({"/CreationDate", "/ModDate", "/Creator", "/Producer"})
"""Properties of a PDF that name the program and the day, both the same for everybody."""

VIEWPORT: Final = "width=device-width, initial-scale=1"


class UnreadableFileError(ValueError):
    """A file holds something that cannot be read back."""


def csv_texts(content: bytes) -> list[str]:
    """Every cell, also those of the heading row."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row]


def html_texts(content: bytes) -> list[str]:
    """Every text, comment and telling attribute."""
    reader = _HtmlReader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    return reader.texts


def pdf_texts(content: bytes) -> list[str]:
    """The text of every page, every description for people who hear it, and the properties.

    Raises:
        UnreadableFileError: if the file carries other files.
    """
    reader = PdfReader(io.BytesIO(content))
    if reader.attachments:
        raise UnreadableFileError(f"it carries other files: {sorted(reader.attachments)}")
    pages = ["\n".join(_pieces(page)) for page in reader.pages]
    properties = [
        str(value) for key, value in (reader.metadata or {}).items() if key not in PROGRAM
    ]
    return [*pages, *properties, *_descriptions(reader.root_object.get("/StructTreeRoot"))]


def pdf_pages(content: bytes) -> int:
    """How many pages a PDF has."""
    return len(PdfReader(io.BytesIO(content)).pages)


def _pieces(page: Any) -> list[str]:
    """The text of a page piece by piece: whole lines would run cells into each other."""
    pieces: list[str] = []
    page.extract_text(visitor_text=lambda text, *_place: pieces.append(text))
    return pieces


def _descriptions(root: Any) -> Iterator[str]:
    """Alternative texts in the tree of tags, whatever they belong to."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield from (str(node[key]) for key in ("/Alt", "/ActualText", "/E") if key in node)
            waiting.append(node.get("/K"))


class _HtmlReader(HTMLParser):
    """Collects what a page says. Void elements need no care: nothing is nested by it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        for name, value in attrs:
            if value and value != VIEWPORT and name not in LAYOUT:
                self.texts.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in UNREAD:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread and data.strip():
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.texts.append(data)
