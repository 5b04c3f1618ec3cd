"""The application: what it is made of. There is none at import time."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from coproduce.accounts.queries import load_actor
from coproduce.core.db import THREADS, Database
from coproduce.core.messages import Message, _
from coproduce.routes import ROUTES, ask_to_sign_in
from coproduce.web.headers import FOR_A_YEAR, Headers
from coproduce.web.page_endpoint import (
    Kit,
    Row,
    Sleep,
    failed_outside,
    page_endpoint,
    system_clock,
)
from coproduce.web.site import Site
from coproduce.web.static_files import static_files
from coproduce.web.throttle import FORGOTTEN_EVERY, Throttle

OUTSIDE: dict[int, Message] = {
    404: _("This page is not here. It may have moved or closed."),
    405: _("This page cannot be opened like this. Please start from the first page."),
}


def create_app(
    site: Site,
    database: Database,
    *,
    routes: Sequence[Row] = ROUTES,
    clock: Callable[[], datetime] = system_clock,
    seconds: Callable[[], float] = time.monotonic,
    sleep: Sleep = anyio.sleep,
    forgets_every: float = FORGOTTEN_EVERY,
) -> ASGIApp:
    """Return the application for one instance.

    Args:
        site: what is the same for every request.
        database: where it reads and writes.
        routes: the URL map; the demonstration has a few more.
        clock: gives the present instant.
        seconds: gives seconds that never jump, for the windows of networks and for even answers.
        sleep: lets seconds go by before an even answer.
        forgets_every: seconds between two looks for windows that are over.
    """
    kit = Kit(
        site=site,
        database=database,
        load_actor=load_actor,
        ask_to_sign_in=ask_to_sign_in,
        clock=clock,
        throttles={limit: Throttle(limit, seconds) for row in routes for limit in row.limits},
        seconds=seconds,
        sleep=sleep,
    )
    prefixes = ("", *(f"/{code}" for code in site.languages))
    application = Starlette(
        routes=[
            *(
                Route(path, page_endpoint(kit, row, prefix), methods=[row.method])
                for prefix in prefixes
                for row in routes
                for path in _addresses(prefix, row.path)
            ),
            Route("/static/{name}", send_static),
        ],
        exception_handlers={
            status: _outside(kit, status, message) for status, message in OUTSIDE.items()
        },
        lifespan=_lifespan(kit, forgets_every),
    )
    application.router.redirect_slashes = False
    return Headers(application, https=site.public_url.startswith("https:"))


def send_static(request: Request) -> Response:
    """Send one of our own files; its name changes with its content, so it may be kept."""
    file = static_files().get(request.path_params["name"])
    if file is None:
        return Response(status_code=404)
    content, encoding = file.encoded(request.headers.get("accept-encoding", ""))
    headers = {"cache-control": FOR_A_YEAR, "vary": "Accept-Encoding"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(content, 200, headers, file.media_type)


def _addresses(prefix: str, path: str) -> tuple[str, ...]:
    """Return where a row is found; ``/ar`` is typed from a poster as often as ``/ar/``."""
    return (prefix, prefix + path) if prefix and path == "/" else (prefix + path,)


def _lifespan(
    kit: Kit, forgets_every: float
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what stands around the requests: as many threads as connections, and forgetting."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_forget_networks, kit, forgets_every)
            yield
            tasks.cancel_scope.cancel()

    return lifespan


async def _forget_networks(kit: Kit, every: float) -> None:
    """Let the keys of counted networks die in time, also on a night when nobody comes."""
    while True:
        await anyio.sleep(every)
        for throttle in kit.throttles.values():
            throttle.forget_what_is_over()


def _outside(kit: Kit, status: int, message: Message) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, _error: Exception) -> Response:
        return failed_outside(kit, request, status, message)

    return answer
