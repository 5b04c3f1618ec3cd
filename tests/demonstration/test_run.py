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

from coproduce.demonstration.people import BY_KEY, NEWCOMER, SamplePerson
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


def see_it_as(visitor: TestClient, key: str, language: str = "") -> httpx2.Response:
    """Step into an invented person with one tap, as the button of the guide does."""
    return visitor.post(
        f"{language}/demonstration/sign-in",
        data={"role": key},
        headers={"origin": str(visitor.base_url)},
    )


@pytest.mark.parametrize("language", ["", "/ar", "/en-XA"])
def test_every_page_that_can_be_reached_is_there(visitor: TestClient, language: str) -> None:
    seen = set[str]()
    for key in (None, *BY_KEY):
        waiting = {f"{language}{path}" for path in ("/demonstration", "/", "/sign-in")}
        if key is not None:
            waiting = {
                f"{language}{see_it_as(visitor, key, language).url.path.removeprefix(language)}"
            }
        here = set[str]()
        while waiting:
            path = waiting.pop()
            here.add(path)
            if path.endswith(".pdf") or (path in seen and "/reports/" in path):
                continue
            response = visitor.get(path)
            assert response.status_code == 200, (key, path)
            if response.headers["content-type"].startswith("text/html"):
                waiting |= {p for p in links_on(response.text) if p.startswith(language)} - here
        seen |= here
    known = {
        row.path for row in (*ROUTES, *DEMONSTRATION) if row.method == "GET" and "{" not in row.path
    }
    missed = known - {path.removeprefix(language) for path in seen} - NOT_LINKED
    assert not missed, f"No link leads to these pages: {missed}"


NOT_LINKED = {"/leave", "/sign-in/code", "/sign-in/second-factor"}
"""Where only a form leads: the steps of signing in, and the way out."""


@pytest.mark.parametrize("person", BY_KEY.values(), ids=BY_KEY)
def test_one_tap_signs_in_as_each_of_them(visitor: TestClient, person: SamplePerson) -> None:
    page = see_it_as(visitor, person.key)
    assert page.status_code == 200
    assert page.url.path == person.first_place
    assert any(form.get("action") == "/sign-out" for form in parse(page.text).all("form"))


def test_the_next_tap_ends_the_sign_in_before(visitor: TestClient) -> None:
    see_it_as(visitor, "commissioner")
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    assert visitor.get("/reports").status_code == 200
    see_it_as(visitor, "administrator")
    assert visitor.get("/reports").status_code == 403
    visitor.cookies.clear()
    assert visitor.get("/reports", headers=cookie).status_code == 401


def test_nobody_else_can_be_stepped_into(visitor: TestClient) -> None:
    for key in ("", "root", NEWCOMER, "calm crane"):
        assert see_it_as(visitor, key).status_code == 404
    assert not visitor.cookies


def test_a_real_deployment_has_no_such_way_in(client: TestClient) -> None:
    assert client.post("/demonstration/sign-in", data={"role": "lead"}).status_code == 404


def test_it_says_on_every_page_that_it_is_a_demonstration(visitor: TestClient) -> None:
    see_it_as(visitor, "commissioner")
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
