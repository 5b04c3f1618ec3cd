"""Servers in processes of their own, which tell how much CPU they used and end with this one."""

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvicorn

from benchmarks.bare_app import bare_app
from benchmarks.instances import Instance
from coproduce.app import create_app
from coproduce.core.db import connect
from coproduce.server import server_config, site_of

START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on a port of this machine."""

    port: int
    _pipe: Connection

    def cpu_seconds(self) -> float:
        """Return the CPU seconds the server has used so far."""
        self._pipe.send("cpu")
        return float(self._pipe.recv())


@contextmanager
def running(kind: str, instance: Instance) -> Iterator[Running]:
    """Give a running server, "product" or "bare"; it is ended by its own process id."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(kind, instance, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(START_SECONDS):
            raise RuntimeError(f"the {kind} server did not start")
        yield Running(ours.recv(), ours)
    finally:
        ours.close()
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(kind: str, instance: Instance, pipe: Connection) -> None:
    """Serve until the other end of the pipe closes, also because that process was killed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    port = listener.getsockname()[1]
    server = uvicorn.Server(SERVED[kind](instance, port))

    def answer() -> None:
        while not server.started:
            time.sleep(0.01)
        pipe.send(port)
        try:
            while pipe.recv():
                pipe.send(time.process_time())
        except EOFError:
            server.should_exit = True

    threading.Thread(target=answer, daemon=True).start()
    server.run(sockets=[listener])


def _product(instance: Instance, port: int) -> uvicorn.Config:
    """The product as `coproduce serve` runs it, without the jobs beside it."""
    site = site_of(instance.settings, instance.keys)
    app = create_app(site, connect(instance.database_url))
    return server_config(app, host="127.0.0.1", port=port)


def _bare(instance: Instance, port: int) -> uvicorn.Config:
    """The bare application on uvicorn as it comes."""
    app = bare_app(connect(instance.database_url), instance.keys)
    return uvicorn.Config(app, port=port, access_log=False, log_config=None)


SERVED: dict[str, Callable[[Instance, int], uvicorn.Config]] = {
    "product": _product,
    "bare": _bare,
}
