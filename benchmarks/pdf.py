"""A report of eleven pages as a PDF: all that is done for it, against Typst's own part of that."""

import cProfile
import time
from io import BytesIO
from statistics import median

from pypdf import PdfReader

from benchmarks.instances import Workshop
from coproduce.reports.formats import FILE_KINDS, Format
from coproduce.reports.publications import canonical_json
from coproduce.web.locales import language
from tests.reports.sample_publications import large_service

REPEATS = 5


def measure_pdf(_workshop: Workshop, _kinds: tuple[str, ...]) -> None:
    """Print how long a long report takes, and how much of that Typst takes for itself."""
    print(f"\nPDF of a busy service, the first and the median of {REPEATS} more")
    released = canonical_json(large_service())
    for code in ("en", "ar"):
        runs = [_made(released, code) for _ in range(1 + REPEATS)]
        pages = len(PdfReader(BytesIO(runs[0][2])).pages)
        for name, some in (("first", runs[:1]), ("later", runs[1:])):
            seconds = median(run[0] for run in some)
            ratio = median(run[0] / run[1] for run in some)
            print(f"  {code} {pages} pages, {name} {seconds:5.2f} s, {ratio:3.1f} of Typst alone")


def _made(released: bytes, code: str) -> tuple[float, float, bytes]:
    """Return the seconds a PDF took, those of them in Typst's compiler, and the file."""
    profile = cProfile.Profile()
    begun = time.perf_counter()
    file = profile.runcall(FILE_KINDS[Format.PDF].make, released, language(code))
    seconds = time.perf_counter() - begun
    inside = sum(
        entry.totaltime
        for entry in profile.getstats()
        if isinstance(entry.code, str) and "typst" in entry.code and "compile" in entry.code
    )
    return seconds, inside, file
