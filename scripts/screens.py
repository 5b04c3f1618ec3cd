"""Takes a picture of every page of a running demonstration, to be looked at by people.

Start one with `make run`, then, from the root of the project:

    .venv/bin/python -m scripts.screens http://127.0.0.1:8000 FOLDER [signed-in | documents]

With "signed-in" only what people who sign in see, role by role; with "documents" the few pictures
that docs/screens shows; without a word everything.
"""

import re
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.find_browser import ADVICE, find_browser
from tests.live import LAPTOP, PHONE
from tests.walk import signed_in_walk, walk

SIZES = {"phone": PHONE, "laptop": LAPTOP}
COLOURS = ("light", "dark")
Walk = Callable[[Page, str], Iterator[str]]
LANGUAGES = {"english": "", "right-to-left": "/ar"}

IN_DOCUMENTS = {
    ("phone", "light", "english"): {
        "home": "home",
        "found": "find",
        "form": "form",
        "check": "check",
        "receipt": "receipt",
        "where it stands": "code",
        "safety": "safety",
    },
    ("phone", "dark", "english"): {"form": "form", "check": "check"},
    ("phone", "light", "right-to-left"): {"home": "home", "receipt": "receipt"},
    ("laptop", "light", "english"): {"home": "home", "form": "form"},
}
"""Which pages docs/screens shows, by size, colours and direction, and what files are called."""

LONGEST_PICTURE = 1400
"""CSS pixels of height; what is below repeats. Source: docs/screens/README.md, 1.5 MB in all."""


def take_pictures(browser: Browser, address: str, folder: Path, pages: Walk) -> None:
    """Fill a folder with one picture of each page in each size, colour and direction."""
    for (size, viewport), colours, (name, language) in product(
        SIZES.items(), COLOURS, LANGUAGES.items()
    ):
        place = folder / f"{size}-{colours}-{name}"
        place.mkdir(parents=True, exist_ok=True)
        context = browser.new_context(viewport=viewport, color_scheme=colours, base_url=address)
        page = context.new_page()
        for number, shown in enumerate(pages(page, language), start=1):
            file = re.sub(r"[^a-z0-9]+", "-", shown.lower()).strip("-")
            page.screenshot(path=place / f"{number:02d}-{file}.png", full_page=True)
        context.close()
        print(place, flush=True)


def take_pictures_for_documents(browser: Browser, address: str, folder: Path) -> None:
    """Fill a folder with the few pictures that documents show, over those of last time."""
    for (size, colours, direction), wanted in IN_DOCUMENTS.items():
        context = browser.new_context(viewport=SIZES[size], color_scheme=colours, base_url=address)
        page, missing = context.new_page(), set(wanted)
        for shown in walk(page, LANGUAGES[direction]):
            if shown in missing:
                file = folder / f"{wanted[shown]}-{size}-{colours}-{direction}.png"
                height = page.evaluate("document.documentElement.scrollHeight")
                width = SIZES[size]["width"]
                page.screenshot(
                    path=file,
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": width, "height": min(height, LONGEST_PICTURE)},
                )
                missing.remove(shown)
            if not missing:
                break
        context.close()
        if missing:
            sys.exit(f"No page is called {', '.join(sorted(missing))}: see tests/walk.py.")
    print(folder, flush=True)


def main() -> None:
    """Take every picture of the demonstration named on the command line."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    pages = signed_in_walk if "signed-in" in sys.argv[3:] else walk
    path = find_browser() or sys.exit(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        if "documents" in sys.argv[3:]:
            take_pictures_for_documents(browser, address.rstrip("/"), folder)
        else:
            take_pictures(browser, address.rstrip("/"), folder, pages)
        browser.close()


if __name__ == "__main__":
    main()
