"""Reads the texts of a codebook for Babel, so that codes are translated like all else."""

import tomllib
from collections.abc import Iterator
from typing import BinaryIO


def extract(
    file: BinaryIO, _keywords: object, _comment_tags: object, **_options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield the names of families and codes, and what a code is used for."""
    raw = tomllib.load(file)
    for name in raw["families"].values():
        yield 0, "_", name, []
    for code in raw["codes"]:
        yield 0, "_", code["name"], []
        yield 0, "_", code["use_for"], []
