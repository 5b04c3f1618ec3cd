"""Work in processes of their own, which may be killed at any moment and started again."""

import logging
import multiprocessing
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

import uvicorn
from sqlalchemy import text

from coproduce.app import create_app
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys
from coproduce.feedback.settle import settle_feedback
from coproduce.jobs import Workplace, run_job
from coproduce.server import server_config
from coproduce.settings import Settings
from coproduce.web.site import Site

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["coproduce.jobs", "coproduce.server"])
"""The program is read once; after that a life begins in milliseconds."""


@contextmanager
def life(work: Callable[..., None], *values: object) -> Iterator[BaseProcess]:
    """Run something in a process of its own; it is killed at the end, if not before."""
    process = PROCESSES.Process(target=work, args=values, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def killed_after(seconds: float, work: Callable[..., None], *values: object) -> bool:
    """Kill work so many seconds after it began; return False if it was done before."""
    begun = PROCESSES.Event()
    with life(work, begun, *values) as process:
        assert begun.wait(60)
        process.join(seconds)
        was_running = process.is_alive()
        process.kill()
        process.join()
        assert was_running or process.exitcode == 0
    return was_running


def seconds_for(work: Callable[..., None], *values: object) -> float:
    """Return how long work takes that nobody disturbs."""
    begun = PROCESSES.Event()
    with life(work, begun, *values) as process:
        assert begun.wait(60)
        started = time.monotonic()
        process.join()
        assert process.exitcode == 0
        return time.monotonic() - started


def wait_for_the_dead(database: Database) -> None:
    """Wait until PostgreSQL has noticed that a client is gone, and ended what it was doing."""
    if database.is_sqlite:
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    ends = time.monotonic() + 30
    with database.engine.connect() as connection:
        while connection.scalar(others):
            assert time.monotonic() < ends
            connection.rollback()
            time.sleep(0.005)


def serve(site: Site, url: str, now: datetime, listener: socket.socket) -> None:
    """Serve an instance on a socket, as `coproduce serve` does, at an hour that stands still."""
    logging.disable()
    app = create_app(site, connect(url), clock=lambda: now)
    config = server_config(app, host="127.0.0.1", port=0)
    uvicorn.Server(config).run(sockets=[listener])


def settle(begun: Event, keys: Keys, url: str, today: date) -> None:
    """Settle until nothing moves."""
    database = connect(url)
    begun.set()
    while settle_feedback(database, keys, today, secrets.token_bytes).answers:
        pass


def freeze(begun: Event, settings: Settings, keys: Keys, on: date) -> None:
    """Run the freeze job as if it were that day."""
    logging.disable()
    workplace = Workplace(settings, connect(settings.database_url), keys)
    begun.set()
    run_job(workplace, "freeze", datetime(on.year, on.month, on.day, 12, tzinfo=UTC), on)
