"""Measures everything, or the parts that are named: `python -m benchmarks pages freeze`."""

import argparse
import os
import platform
import time
from collections.abc import Callable

from benchmarks.freeze import IS_FULL, measure_freeze
from benchmarks.instances import Workshop, workshop
from benchmarks.pages import compare_pages
from benchmarks.pdf import measure_pdf
from benchmarks.queue import measure_queue
from benchmarks.settle import measure_settle
from benchmarks.sizes import measure_sizes
from benchmarks.slow_line import measure_slow_line

PARTS: dict[str, Callable[[Workshop, tuple[str, ...]], None]] = {
    "sizes": measure_sizes,
    "2g": measure_slow_line,
    "pages": compare_pages,
    "settle": measure_settle,
    "queue": measure_queue,
    "freeze": measure_freeze,
    "pdf": measure_pdf,
}
KINDS = ("sqlite", "postgresql")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--on", action="append", choices=KINDS, help="one kind of database only")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    begun = time.monotonic()
    print(_about_this_machine())
    for name in asked.parts or PARTS:
        with workshop() as made:
            PARTS[name](made, tuple(asked.on or KINDS))
    print(f"\n{time.monotonic() - begun:.0f} s in all")


def _about_this_machine() -> str:
    load = os.getloadavg()[0]
    full = ", full numbers" if IS_FULL else ""
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" load {load:.1f} before the start{full}"
    )


if __name__ == "__main__":
    main()
