"""Reading what was printed: the words of each page, and what it says of itself."""

import io
from typing import Any

from pypdf import PdfReader


def opened(made: bytes) -> PdfReader:
    """Return a PDF, opened."""
    return PdfReader(io.BytesIO(made))


def words_of(made: bytes) -> str:
    """Return every word of a PDF, page after page, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in opened(made).pages).split())


def descriptions(made: bytes) -> list[str]:
    """Return what the pictures of a PDF are to somebody who hears it, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    walk(opened(made).root_object["/StructTreeRoot"])
    return found
