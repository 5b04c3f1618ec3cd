"""Squares to scan, as pictures made of lines only, so that they print sharp at any size."""

from typing import Final

import segno

QUIET: Final = 4
"""Modules of white on every side. Source: ISO/IEC 18004, quiet zone."""

_OVERLAP: Final = 0.03
"""Rows reach so far into the next one: without it some printers leave white hairlines."""


def qr_svg(address: str) -> str:
    """Return a square as SVG, black on nothing, one path; a quarter of it may be dirty or torn."""
    picture = segno.make(address, error="q", micro=False)
    rows = [bytes(row) for row in picture.matrix_iter(border=QUIET)]
    runs = (run for y, row in enumerate(rows) for run in _runs(y, row))
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path d="{"".join(runs)}" fill="#000"/></svg>'
    )


def _runs(y: int, row: bytes) -> list[str]:
    """Return a box for each stretch of dark modules."""
    runs, x = [], 0
    for stretch in bytes(row).split(b"\0"):
        if stretch:
            width = len(stretch)
            runs.append(f"M{x} {y}h{width}v{1 + _OVERLAP}h-{width}z")
            x += width
        x += 1
    return runs
