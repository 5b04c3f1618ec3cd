"""Takes a picture of every page of a running demonstration, to be looked at by people.

Start one with `make run`, then, from the root of the project:

    .venv/bin/python -m scripts.screens http://127.0.0.1:8000 FOLDER [signed-in]

With "signed-in" only what people who sign in see, role by role; without it everything.
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


def main() -> None:
    """Take every picture of the demonstration named on the command line."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    pages = signed_in_walk if "signed-in" in sys.argv[3:] else walk
    path = find_browser() or sys.exit(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        take_pictures(browser, address.rstrip("/"), folder, pages)
        browser.close()


if __name__ == "__main__":
    main()
