"""Reads the texts of a framework file for Babel, so that questions are translated like all else."""

import tomllib
from collections.abc import Iterator
from typing import Any, BinaryIO


def extract(
    file: BinaryIO, _keywords: object, _comment_tags: object, **_options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield every text of a framework file the way a Babel extractor does."""
    raw = tomllib.load(file)
    for question in (*raw["questions"], *raw["area_questions"]):
        for text in _texts_of(question):
            yield 0, "_", text, []
    for scale in raw["scales"].values():
        for option in scale["options"]:
            yield 0, "_", option["text"], []


def _texts_of(question: dict[str, Any]) -> Iterator[str]:
    yield from (question[name] for name in ("text", "hint", "name") if name in question)
    yield from question.get("families", {}).values()
    yield from (option["text"] for option in question.get("options", ()))
