"""What the form page weighs on the wire with all that it loads, in each language."""

import re

import brotli

from benchmarks.instances import CODE, LANGUAGES, Workshop
from benchmarks.load import Client
from benchmarks.servers import running

LIMIT = 14_600
"""Most bytes of a participant page with all it loads: ten packets, one trip.

Source: RFC 6928, section 2.
"""

_LOADED = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


def measure_sizes(workshop: Workshop, _kinds: tuple[str, ...]) -> None:
    """Print the bytes of the form page, of what it loads, and of both, with their heads."""
    print(f"\nBytes of the form page with all it loads, of {LIMIT:,} allowed")
    with running("product", workshop.instance("sqlite")) as server:
        for language in LANGUAGES:
            client = Client(server.port)
            page = client.get(f"/{language}/g/{CODE}")
            plain = brotli.decompress(page.body)
            loaded = [client.get(path.decode()).size for path in _LOADED.findall(plain)]
            client.close()
            total = page.size + sum(loaded)
            print(
                f"  {language:6} page {page.size:6,} ({len(plain):,} unpacked)"
                f"  {len(loaded)} files {sum(loaded):6,}  together {total:6,}"
                f"  {total / LIMIT:4.0%} of what is allowed"
            )
