"""Running the web server and the jobs in one process."""

import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.check import DAMAGED, REFUSALS, fault_of, is_file_whole
from coproduce.core.db import Database, connect
from coproduce.core.errors import OperatorError
from coproduce.core.keys import Keys
from coproduce.core.lock_file import only_server
from coproduce.core.migrate import is_up_to_date
from coproduce.jobs import Jobs, Workplace
from coproduce.settings import Settings
from coproduce.web.head_deadline import HeadDeadline
from coproduce.web.room import Room
from coproduce.web.site import Site

KEEP_ALIVE_SECONDS = 5
STOP_SECONDS = 10
CONNECTIONS = 500
HEAD_BYTES = 16 * 1024
"""Largest request head. Source: uvicorn's documentation of h11_max_incomplete_event_size."""

log = logging.getLogger("coproduce.server")


def site_of(settings: Settings, keys: Keys, *, is_demonstration: bool = False) -> Site:
    """Return what is the same for every request of an instance."""
    return Site(
        keys=keys,
        deployment=settings.deployment,
        languages=settings.languages,
        public_url=settings.public_url,
        hosts=settings.hosts,
        trusted_proxies=settings.trusted_proxies,
        is_demonstration=is_demonstration,
        room=Room(settings.data),
    )


def serve_forever(settings: Settings, keys: Keys, *, host: str, port: int) -> None:
    """Serve an instance until stopped; on SQLite there can be one server.

    Raises:
        OperatorError: if the schema is old, the database damaged, or another server runs.
    """
    database = connect(settings.database_url)
    try:
        with _alone(settings, database):
            _refuse_damaged(database)
            with Jobs(Workplace(settings, database, keys)).running():
                run_server(create_app(site_of(settings, keys), database), host=host, port=port)
            database.close()
    finally:
        database.engine.dispose()


def run_server(app: ASGIApp, *, host: str, port: int) -> None:
    """Run uvicorn in this process until Ctrl+C or SIGTERM. It writes no log of visits.

    Raises:
        OperatorError: if nobody can listen there, such as on a port that is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise OperatorError(
            f"Port {port} of {host} cannot be used: {os.strerror(error.errno or 0)}."
        ) from error
    # Once it has stopped, uvicorn raises the signal anew. By itself that would end the process
    # before its jobs are done and its database is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.info("serving", extra={"port": port})
    with listener, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(server_config(app, host=host, port=port)).run(sockets=[listener])


def server_config(app: ASGIApp, *, host: str, port: int) -> uvicorn.Config:
    """Return how uvicorn runs: no log of visits, no held sockets, no name of its own."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=HeadDeadline,
        ws="none",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


@contextlib.contextmanager
def _alone(settings: Settings, database: Database) -> Iterator[None]:
    if database.is_sqlite:
        with only_server(settings.data):
            yield
    else:
        yield


def _refuse_damaged(database: Database) -> None:
    try:
        if not is_up_to_date(database):
            raise OperatorError("The schema is old. Run `coproduce migrate` first.")
        if not is_file_whole(database):
            raise OperatorError(DAMAGED)
    except REFUSALS as error:
        raise OperatorError(fault_of(error)) from error
