"""Many clients that ask one server on this machine as fast as it answers."""

import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import urlencode

CLIENTS = 32
"""Visitors at once. Source: docs/performance.md, "What is measured"."""

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; ``size`` is that of head and body."""

    status: int
    body: bytes
    size: int


class Client:
    """One visitor on one open connection; writes and reads no more HTTP than it must.

    A complete HTTP library would need more time than the server that it should measure.
    """

    def __init__(self, port: int) -> None:
        """Connect to a server of this machine."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> Answer:
        """Return what a page answers, compressed as a browser would get it."""
        return self._ask(f"GET {path} HTTP/1.1\r\n{_HEAD}\r\n".encode())

    def post(self, path: str, fields: Mapping[str, str | list[str]]) -> Answer:
        """Send a form and return the answer."""
        body = urlencode(fields, doseq=True).encode()
        head = f"POST {path} HTTP/1.1\r\n{_HEAD}{_FORM}Content-Length: {len(body)}\r\n\r\n"
        return self._ask(head.encode() + body)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, request: bytes) -> Answer:
        self._socket.sendall(request)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        length = _LENGTH.search(received, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        while len(received) < whole:
            received += self._more()
        return Answer(int(received[9:12]), bytes(received[end + 4 :]), len(received))

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server hung up")
        return part


_HEAD = (
    "Host: 127.0.0.1\r\nAccept: text/html\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Accept-Encoding: gzip, br\r\n"
)
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"

Visit = Callable[[Client], None]
"""What one visitor does again and again; raises if an answer is not right."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many visits were made in how many seconds.

    Attributes:
        milliseconds: how long each visit took.
        own_share: CPU seconds of the clients per second; near 1.0 they would hold the server up.
    """

    visits: int
    seconds: float
    milliseconds: tuple[float, ...]
    own_share: float

    @property
    def per_second(self) -> float:
        """Visits per second."""
        return self.visits / self.seconds

    @property
    def p50(self) -> float:
        """Milliseconds within which half of the visits were over."""
        return median(self.milliseconds)

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 visits were over."""
        return quantiles(self.milliseconds, n=100)[98]


def make_load(port: int, visit: Visit, *, seconds: float, clients: int = CLIENTS) -> Load:
    """Let all clients repeat a visit for some seconds.

    Raises:
        BaseException: what stopped a client; a wrong answer spoils the whole measurement.
    """
    times: list[float] = []
    faults: list[BaseException] = []
    begun, used = time.perf_counter(), time.process_time()
    ends = begun + seconds

    def repeat() -> None:
        client = Client(port)
        try:
            while (start := time.perf_counter()) < ends and not faults:
                visit(client)
                times.append((time.perf_counter() - start) * 1000)
        except BaseException as fault:
            faults.append(fault)
        finally:
            client.close()

    threads = [threading.Thread(target=repeat) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    took = time.perf_counter() - begun
    return Load(len(times), took, tuple(times), (time.process_time() - used) / took)
