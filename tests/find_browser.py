"""Finding a Chromium for the tests, or installing one. Run by `make test` before the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")

ADVICE = (
    "No Chromium for the browser tests. Install one (Debian: apt-get install chromium),"
    " or set COPRODUCE_BROWSER to the path of one."
)


def find_browser() -> str | None:
    """Return the path of a Chromium: the one asked for, the system's, or Playwright's own."""
    if asked_for := os.environ.get("COPRODUCE_BROWSER"):
        return asked_for if shutil.which(asked_for) else None
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_browser() -> str | None:
    """Install a Chromium in the ways that may work here; return its path, or None."""
    if os.environ.get("COPRODUCE_BROWSER"):
        return None
    _try(sys.executable, "-m", "playwright", "install", "chromium")
    if (found := find_browser()) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    _try("apt-get", "update", "-q")
    _try("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium")
    return find_browser()


def _try(*command: str) -> None:
    sys.stderr.write(f"Trying: {' '.join(command)}\n")
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL)


if __name__ == "__main__" and not (find_browser() or install_browser()):
    sys.stderr.write(f"{ADVICE}\n")
    # Without a browser its tests are skipped aloud; a build machine must not skip.
    sys.exit(1 if os.environ.get("CI") else 0)
