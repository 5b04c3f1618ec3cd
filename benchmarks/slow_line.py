"""How soon the form and its receipt are there on 2G, in a browser, against the bare application."""

from dataclasses import dataclass
from statistics import median
from time import monotonic

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks.instances import CODE, Workshop
from benchmarks.servers import running
from tests.find_browser import ADVICE, find_browser

KILOBITS = 50
ROUND_TRIP_MILLISECONDS = 800
"""A slow 2G line. Source: the profile "2G" in docs/performance.md, "A journey in a browser"."""

REPEATS = 3
PHONE = ViewportSize(width=360, height=640)
FORM_SECONDS = 2.5
RECEIPT_SECONDS = 6.0
"""Aims; a time never fails anything. Source: docs/performance.md."""

SEND = "form[action$='/g'] button:not([name]):not(details button)"


@dataclass(frozen=True, slots=True)
class Journey:
    """Seconds from nothing to the form, and from nothing to the code."""

    form: float
    receipt: float


def measure_slow_line(workshop: Workshop, _kinds: tuple[str, ...]) -> None:
    """Print how long somebody waits on 2G, and the ratio to the bare application."""
    print(f"\nA journey on {KILOBITS} kbit/s, {ROUND_TRIP_MILLISECONDS} ms, medians of {REPEATS}")
    path = find_browser()
    if path is None:
        print(f"  {ADVICE}")
        return
    with (
        running("product", workshop.instance("sqlite")) as ours,
        running("bare", workshop.instance("sqlite")) as theirs,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path)
        runs = [
            (_journey(browser, ours.port), _journey(browser, theirs.port)) for _ in range(REPEATS)
        ]
        browser.close()
    for name, aim in (("form", FORM_SECONDS), ("receipt", RECEIPT_SECONDS)):
        product, bare = (median(getattr(run[side], name) for run in runs) for side in (0, 1))
        print(
            f"  {name:8} {product:4.1f} s, bare {bare:4.1f} s: {product / bare:4.2f} times as long;"
            f" {aim} s is the aim"
        )


def _journey(browser: Browser, port: int) -> Journey:
    """Open the form in a fresh profile, rate, write, send, and see the code."""
    context = browser.new_context(viewport=PHONE, base_url=f"http://127.0.0.1:{port}")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MILLISECONDS,
            "downloadThroughput": KILOBITS * 1000 / 8,
            "uploadThroughput": KILOBITS * 1000 / 8,
        },
    )
    begun = monotonic()
    page.goto(f"/g/{CODE}", wait_until="commit")
    button = page.locator(SEND).first
    button.wait_for()
    form = monotonic() - begun
    page.check("input[name=overall][value=poor]")
    page.check("input[name=barriers][value=wait]")
    page.check("input[name=consent][value=paraphrase]")
    page.fill("[name=better]", "Open in the evening please, and let us wait inside when it rains.")
    button.click(no_wait_after=True)
    page.locator(".code").first.wait_for()
    receipt = monotonic() - begun
    context.close()
    return Journey(form, receipt)
