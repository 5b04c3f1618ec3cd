"""F21, F22: what comes from elsewhere changes nothing, and looking changes nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coproduce.core.permissions import Permission, Role
from tests.guards.people_and_things import (
    ADDRESS,
    EVERY_ROW,
    Asker,
    World,
    a_world,
    everything,
    name_of,
    send,
)
from tests.live import Demonstration

POSTS = [row for row in EVERY_ROW if row.method == "POST"]
BLIND = [row for row in POSTS if row.permission is Permission.ANONYMOUS]
GUARDED = [row for row in POSTS if row.permission is not Permission.ANONYMOUS]

SILENT: Mapping[str, Mapping[str, str]] = {
    "no header": {},
    "origin null": {"origin": "null"},
}
"""What an old phone sends, and what Chromium sends from pages that forbid the referrer."""

FOREIGN: Mapping[str, Mapping[str, str]] = {
    "foreign origin": {"origin": "https://elsewhere.example"},
    "our name in front": {"origin": f"{ADDRESS}.elsewhere.example"},
    "our name behind": {"origin": "https://elsewhere.example/127.0.0.1"},
    "another port": {"origin": f"{ADDRESS}:8443"},
    "cross-site": {"sec-fetch-site": "cross-site"},
    "cross-site with our origin": {"sec-fetch-site": "cross-site", "origin": ADDRESS},
}
ONLY_GUARDED: Mapping[str, Mapping[str, str]] = {
    "same-site": {"sec-fetch-site": "same-site"},
    "same-site with our origin": {"sec-fetch-site": "same-site", "origin": ADDRESS},
    "nonsense": {"sec-fetch-site": "home"},
}

PATHS_AWAY = (
    "https://elsewhere.example",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/%09/elsewhere.example",
    "/\t/elsewhere.example",
    "javascript:alert(1)",
    "/sign-in\r\nset-cookie: s=1",
    "/%0d%0aset-cookie:%20s=1",
    "http:elsewhere.example",
    "@elsewhere.example",
)
NAMES_OF_WAYS = ("kept", "next", "to", "url", "redirect", "back", "return", "path", "location")


@pytest.fixture
def world(demonstration: Demonstration, tmp_path: Path) -> Iterator[World]:
    """Somebody who may do everything: if they are refused, it is for where it came from."""
    with a_world(demonstration, tmp_path, Asker(frozenset(Role))) as made:
        yield made


def test_every_form_from_elsewhere_is_refused_and_changes_nothing(world: World) -> None:
    with world.browser() as client:
        del client.headers["origin"]
        before = everything(world)
        got = {
            (name_of(row), kind): send(client, row, world.own, headers).status_code
            for row in GUARDED
            for kind, headers in (*SILENT.items(), *FOREIGN.items(), *ONLY_GUARDED.items())
        }
        got |= {
            (name_of(row), kind): send(client, row, world.own, headers).status_code
            for row in BLIND
            for kind, headers in FOREIGN.items()
        }
        assert everything(world) == before
    assert {asked: status for asked, status in got.items() if status != 403} == {}


def test_an_old_phone_that_says_nothing_can_always_send_feedback(world: World) -> None:
    with world.browser() as client:
        del client.headers["origin"]
        for row in BLIND:
            for headers in SILENT.values():
                assert send(client, row, world.own, headers).status_code != 403, name_of(row)


def test_looking_changes_nothing_whoever_looks(world: World) -> None:
    with world.browser() as client:
        before = everything(world)
        for row in EVERY_ROW:
            if row.method == "GET" and row.permission is not Permission.SECOND_STEP:
                things = {**world.own, "/g/{code}": "222222"}
                assert send(client, row, things).status_code < 500, name_of(row)
        assert everything(world) == before


@pytest.mark.parametrize("away", PATHS_AWAY)
def test_no_field_leads_to_another_site_or_into_a_header(world: World, away: str) -> None:
    """F22."""
    with world.browser() as client:
        for row in GUARDED:
            if row.permission is Permission.SECOND_STEP or row.path.startswith("/account"):
                continue
            things = {**world.own, "/g/{code}": "222222"}
            response = send(client, row, things, fields=dict.fromkeys(NAMES_OF_WAYS, away))
            location = response.headers.get("location", "/")
            assert location.startswith("/"), name_of(row)
            assert not location.startswith(("//", "/\\")), name_of(row)
            assert "elsewhere" not in location, name_of(row)
            assert response.headers.get("set-cookie", "__Host-s=").startswith("__Host-s=")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "elsewhere.example"},
        {"host": "127.0.0.1.elsewhere.example"},
        {"host": "127.0.0.1@elsewhere.example"},
        {"host": ""},
    ],
)
def test_another_host_gets_nothing_also_when_signed_in(
    world: World, headers: Mapping[str, str]
) -> None:
    with world.browser() as client:
        for path in ("/account", "/reports", "/texts", "/sign-in"):
            response = client.get(path, headers=headers)
            assert response.status_code == 421
            assert "set-cookie" not in response.headers


def test_a_forwarded_host_or_path_is_not_believed(world: World) -> None:
    with world.browser() as client:
        plain = client.get("/account")
        forwarded = client.get(
            "/account",
            headers={
                "x-forwarded-host": "elsewhere.example",
                "x-forwarded-proto": "http",
                "x-original-url": "/people",
                "forwarded": "host=elsewhere.example",
            },
        )
    assert "elsewhere" not in forwarded.text
    assert forwarded.status_code == plain.status_code == 200
