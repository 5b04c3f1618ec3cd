import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from coproduce.web.head_deadline import HEAD_SECONDS, HeadDeadline
from tests.live import QuickHeadDeadline, served

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
PATIENCE = 5.0


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(b"got " + body)(scope, receive, send)


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    """A connection to a server that waits 0.3 seconds for a head."""
    with served(lambda _address: echo, http=QuickHeadDeadline) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname, parts.port), PATIENCE) as opened:
            yield opened


def closed_after(connection: socket.socket) -> float:
    begun = time.monotonic()
    while connection.recv(4096):
        pass
    return time.monotonic() - begun


def trickle(connection: socket.socket, content: bytes) -> None:
    for byte in content:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def answer(connection: socket.socket) -> bytes:
    received = b""
    while b"got" not in received:
        received += connection.recv(4096)
    return received


def test_the_deadline_is_ten_seconds_unless_a_test_shortens_it() -> None:
    assert HeadDeadline.head_seconds == HEAD_SECONDS == 10


def test_a_connection_that_says_nothing_is_closed(connection: socket.socket) -> None:
    assert closed_after(connection) < PATIENCE


def test_half_a_head_is_closed(connection: socket.socket) -> None:
    connection.sendall(REQUEST[:20])
    assert closed_after(connection) < PATIENCE


def test_a_head_that_comes_byte_by_byte_is_closed(connection: socket.socket) -> None:
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        trickle(connection, REQUEST[:-1] * 100)


def test_a_whole_request_is_answered(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    assert answer(connection).startswith(b"HTTP/1.1 200")


def test_a_second_request_on_the_same_connection_is_answered(connection: socket.socket) -> None:
    for _ in range(2):
        connection.sendall(REQUEST)
        assert answer(connection).startswith(b"HTTP/1.1 200")
        time.sleep(0.4)


def test_half_a_second_head_is_closed(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    assert answer(connection).startswith(b"HTTP/1.1 200")
    connection.sendall(REQUEST[:20])
    assert closed_after(connection) < PATIENCE


def test_a_body_may_take_longer_than_a_head(connection: socket.socket) -> None:
    connection.sendall(POST)
    time.sleep(0.5)
    connection.sendall(b"slow")
    assert b"got slow" in answer(connection)
