"""Fetches the fonts of the reports and records which characters they can print.

Run it from the project's root, with npm installed: ``python scripts/fonts.py``. It replaces the
files in coproduce/fonts; running it again gives the same bytes.
"""

import json
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "coproduce" / "fonts"


class Family(NamedTuple):
    """One font family: its npm package, the exact version and the files taken from it."""

    name: str
    package: str
    version: str
    files: tuple[str, ...]
    licence: str


FAMILIES = (
    Family(
        name="Noto Sans",
        package="@expo-google-fonts/noto-sans",
        version="0.4.2",
        files=("400Regular/NotoSans_400Regular.ttf", "700Bold/NotoSans_700Bold.ttf"),
        licence="OFL-noto-sans.txt",
    ),
    Family(
        name="Vazirmatn",
        package="@expo-google-fonts/vazirmatn",
        version="0.4.1",
        files=("400Regular/Vazirmatn_400Regular.ttf", "700Bold/Vazirmatn_700Bold.ttf"),
        licence="OFL-vazirmatn.txt",
    ),
)


def main() -> None:
    """Fetch every family, then write coverage.json beside the fonts."""
    coverage = {}
    for family in FAMILIES:
        fetch(family)
        faces = [covered((FOLDER / Path(file).name).read_bytes()) for file in family.files]
        coverage[family.name] = ranges(set.intersection(*faces))
    text = json.dumps(coverage, separators=(",", ":")).replace('],"', '],\n"')
    (FOLDER / "coverage.json").write_text(text + "\n", "utf-8")


def fetch(family: Family) -> None:
    """Copy the fonts of a family and their licence into the folder."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{family.package}@{family.version}"],
            cwd=folder,
            check=True,
            stdout=sys.stderr,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            for file in family.files:
                (FOLDER / Path(file).name).write_bytes(member(package, file))
            (FOLDER / family.licence).write_bytes(member(package, "LICENSE_FONT"))


def member(package: tarfile.TarFile, path: str) -> bytes:
    """Return the bytes of one file of an npm package."""
    file = package.extractfile(f"package/{path}")
    if file is None:
        raise FileNotFoundError(path)
    return file.read()


def covered(font: bytes) -> set[int]:
    """Return every character a font has a picture for, read from its character maps.

    Source: OpenType specification, "cmap" table, formats 4 and 12.
    """
    (tables,) = struct.unpack_from(">H", font, 4)
    places = {
        font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0]
        for at in range(12, 12 + 16 * tables, 16)
    }
    start = places[b"cmap"]
    (maps,) = struct.unpack_from(">H", font, start + 2)
    codes: set[int] = set()
    for number in range(maps):
        (offset,) = struct.unpack_from(">I", font, start + 8 + 8 * number)
        codes |= codes_in(font, start + offset)
    return codes


def codes_in(font: bytes, at: int) -> set[int]:
    """Return the characters of one map; formats that only repeat the others are left out."""
    (kind,) = struct.unpack_from(">H", font, at)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", font, at + 12)
        spans = [struct.unpack_from(">II", font, at + 16 + 12 * g) for g in range(groups)]
        return {code for first, last in spans for code in range(first, last + 1)}
    if kind != 4:
        return set()
    (size,) = struct.unpack_from(">H", font, at + 6)
    lasts, firsts, deltas, offsets = at + 14, at + 16 + size, at + 16 + 2 * size, at + 16 + 3 * size
    codes = set()
    for part in range(0, size, 2):
        (last,) = struct.unpack_from(">H", font, lasts + part)
        (first,) = struct.unpack_from(">H", font, firsts + part)
        (delta,) = struct.unpack_from(">H", font, deltas + part)
        (offset,) = struct.unpack_from(">H", font, offsets + part)
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code + delta
            if offset:
                place = offsets + part + offset + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", font, place)
            if glyph & 0xFFFF:
                codes.add(code)
    return codes


def ranges(codes: set[int]) -> list[list[int]]:
    """Return the codes as first and last of each unbroken run, in order."""
    spans: list[list[int]] = []
    for code in sorted(codes):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return spans


if __name__ == "__main__":
    main()
