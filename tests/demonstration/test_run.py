"""The demonstration as people start it: a process, a page, and nothing left behind."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from coproduce.routes import DEMONSTRATION, ROUTES
from tests.faults.senders import listening
from tests.html import check_response, parse
from tests.live import Demonstration

SECONDS = 90
"""How long a busy machine may take until the first page."""


@pytest.fixture
def visitor(demonstration: Demonstration) -> Iterator[TestClient]:
    """A browser on a demonstration that already stands."""
    address = "http://127.0.0.1"
    with TestClient(demonstration.app(address), base_url=address) as client:
        client.event_hooks = {"response": [check_response]}
        yield client


def links_on(page: str) -> set[str]:
    """Return every address on our own site that a page leads to."""
    found = {element.get("href") for element in parse(page).all("a")}
    return {link for link in found if link.startswith("/") and not link.startswith("/leave")}


@pytest.mark.parametrize("language", ["", "/ar", "/en-XA"])
def test_every_page_that_can_be_reached_is_there(visitor: TestClient, language: str) -> None:
    waiting, seen = {f"{language}/demonstration", f"{language}/"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        if path.endswith(".pdf"):
            continue
        response = visitor.get(path)
        assert response.status_code == 200, path
        if response.headers["content-type"].startswith("text/html"):
            waiting |= {p for p in links_on(response.text) if p.startswith(language)} - seen
    known = {
        row.path for row in (*ROUTES, *DEMONSTRATION) if row.method == "GET" and "{" not in row.path
    }
    assert {path.removeprefix(language) for path in seen} >= known - {"/leave"}


def test_it_says_on_every_page_that_it_is_a_demonstration(visitor: TestClient) -> None:
    for path in ("/", "/demonstration", "/reports", "/privacy"):
        assert "demonstration" in visitor.get(path).text.lower()


def test_it_starts_with_one_command_and_leaves_nothing_behind() -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "coproduce", "demo", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        said = "".join(process.stdout.readline() for _line in range(5))
        assert "THIS IS A DEMONSTRATION" in said
        folder = Path(re.findall(r"Data +(\S+)", said)[0])
        assert folder.is_dir()
        page = first_page(f"http://127.0.0.1:{port}/demonstration")
        assert "See the whole loop" in page
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode in {0, -15}
    assert not folder.exists()


def first_page(address: str) -> str:
    """Return a page as soon as somebody answers."""
    ends = time.monotonic() + SECONDS
    while True:
        try:
            return httpx2.get(address).raise_for_status().text
        except httpx2.ConnectError:
            assert time.monotonic() < ends
            time.sleep(0.05)
