"""The one asynchronous place: refuse, await the form, run a plain view in a thread, commit, render.

Every route goes through `page_endpoint`. Views are ordinary functions of values; see
docs/page-endpoint.md for a walk through one request.
"""

import asyncio
import gzip
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

import brotli
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from coproduce.core.actor import ANONYMOUS, OPEN_TO_ALL, Actor
from coproduce.core.db import Database
from coproduce.core.errors import Failure, Unavailable
from coproduce.core.keys import Keys
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission
from coproduce.web.error_page import ErrorPage
from coproduce.web.locales import chosen_language
from coproduce.web.parsed_request import Fields, ParsedRequest
from coproduce.web.render import render_page
from coproduce.web.replies import Download, Page, Reply, SeeOther
from coproduce.web.same_origin import is_cross_site
from coproduce.web.sign_in_cookie import (
    RENEWED_EVERY,
    SignedIn,
    SignInChange,
    cookie_header,
    read_cookie,
)
from coproduce.web.site import Site
from coproduce.web.throttle import Limit, Throttle

BODY_BYTES = 64 * 1024
"""Largest form: two texts of any script, percent-encoded, and all answers. Source: fault F14."""

BODY_FIELDS = 200
BODY_SECONDS = 20
"""How long a body may take, for a slow network but not for a held socket. Source: fault F13."""

FORM_TYPE = "application/x-www-form-urlencoded"
TRIES = 3
RETRIED_STATES = ("40001", "40P01", "57P01", "08")
"""PostgreSQL states after which the same request is tried again: conflict, deadlock, lost server.

Source: PostgreSQL manual, appendix A; fault F5.
"""

log = logging.getLogger("coproduce.web")


class Mode(StrEnum):
    """What kind of database session a view is given."""

    READ = "read"
    WRITE = "write"
    OWN = "own"
    """The view gets the `Database` and opens short sessions itself: slow work stays outside."""


Sleep = Callable[[float], Awaitable[None]]
"""Lets so many seconds go by while others are served."""

LoadActor = Callable[[Session, Keys, bytes, date], Actor | None]
"""Returns who holds the token of a sign-in, with what they may do today; None if it is over."""

AskToSignIn = Callable[[ParsedRequest], Page]
"""Returns the page for somebody who must sign in first; it keeps what they wanted to do."""

ReadingView = Callable[[Session, ParsedRequest], Reply]
OwnView = Callable[[Database, ParsedRequest], Reply]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the URL map.

    Attributes:
        method: GET or POST.
        path: Starlette path, without a language in front.
        view: the function that answers.
        permission: what it asks of whoever comes.
        mode: the database session it gets.
        limit: how often one network may send before the view is told.
        stores: the same for what is stored, where ``limit`` is about looking.
        even_seconds: answers leave at a multiple of so many seconds after they were asked for, so
            that the time they took does not tell what was found; 0 to send them at once.
    """

    method: str
    path: str
    view: ReadingView | OwnView
    permission: Permission
    mode: Mode = Mode.READ
    limit: Limit | None = None
    stores: Limit | None = None
    even_seconds: float = 0

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Every limit of the route."""
        return tuple(limit for limit in (self.limit, self.stores) if limit)


@dataclass(frozen=True, slots=True)
class Kit:
    """What every endpoint of one application shares."""

    site: Site
    database: Database
    load_actor: LoadActor
    ask_to_sign_in: AskToSignIn
    clock: Callable[[], datetime]
    throttles: dict[Limit, Throttle]
    seconds: Callable[[], float]
    sleep: Sleep
    body_seconds: float = BODY_SECONDS


class Refused(Failure):
    """A request that is turned away before any view sees it."""

    def __init__(self, status: int, message: Message) -> None:
        super().__init__(message)
        self.status = status


def system_clock() -> datetime:
    """Return the present instant; the only place that asks the clock for pages."""
    return datetime.now(UTC)  # noqa: TID251 - this is the edge


def page_endpoint(kit: Kit, row: Row, prefix: str) -> Callable[[Request], object]:
    """Return the endpoint of one row; ``prefix`` is the language before its path, or nothing."""

    async def endpoint(request: Request) -> Response:
        asked = _asked(kit, request, prefix, body=b"", row=row)
        try:
            _refuse(kit, row, request)
            if request.method == "POST":
                asked = _asked(kit, request, prefix, body=await _body(kit, request), row=row)
            begun = kit.seconds()
            response = await run_in_threadpool(_respond, kit, row, asked, request)
            if row.even_seconds:
                await kit.sleep(-(kit.seconds() - begun) % row.even_seconds)
            return response
        except Failure as failure:
            return _failed(failure.status, failure.message, asked, request)
        except ClientDisconnect:
            # The line was cut: no fault of ours, and nobody is there to read an answer.
            return Response(status_code=400)
        except Exception as error:
            _log_fault(error)
            sorry = _("Something went wrong on our side. Please try again.")
            return _failed(500, sorry, asked, request)

    return endpoint


def failed_outside(kit: Kit, request: Request, status: int, message: Message) -> Response:
    """Return an error page for a request that reached no row: unknown path, wrong method."""
    first = request.url.path.split("/")[1]
    prefix = f"/{first}" if first in kit.site.languages else ""
    page = ErrorPage(status=status, message=message, can_send_again=False)
    return _html(page, _asked(kit, request, prefix, body=b""), request)


def _refuse(kit: Kit, row: Row, request: Request) -> None:
    """Turn away what must not reach a view, before any body is read."""
    if _host_name(request.headers.get("host", "")) not in kit.site.hosts:
        raise Refused(421, _("This address does not belong to this service."))
    if request.method != "POST":
        return
    if is_cross_site(request.headers, row.permission):
        raise Refused(403, _("This came from another site. Please send it from our own page."))
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM_TYPE:
        raise Refused(400, _("We could not read this form. Please send it from our own page."))


def _host_name(header: str) -> str | None:
    """Return the name in a Host header; of one that is not well-formed, None."""
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


async def _body(kit: Kit, request: Request) -> bytes:
    """Return the whole body; too long or too slow is refused as soon as it is known."""
    received = bytearray()
    too_long = Refused(413, _("This is too long to send. Please make it shorter and send again."))
    if int(request.headers.get("content-length") or 0) > BODY_BYTES:
        raise too_long
    try:
        async with asyncio.timeout(kit.body_seconds):
            async for chunk in request.stream():
                received += chunk
                if len(received) > BODY_BYTES:
                    raise too_long
    except TimeoutError as error:
        raise Refused(408, _("Sending took too long. Please try again.")) from error
    return bytes(received)


def _asked(
    kit: Kit, request: Request, prefix: str, *, body: bytes, row: Row | None = None
) -> ParsedRequest:
    accepted = request.headers.get("accept-language", "")
    is_blind = row is None or row.permission is Permission.ANONYMOUS
    now = kit.clock()
    return ParsedRequest(
        site=kit.site,
        actor=ANONYMOUS,
        method=request.method,
        url_path=request.url.path.removeprefix(prefix),
        prefix=prefix,
        path=request.path_params,
        form=_fields(body),
        body=body,
        today=now.date(),
        language=prefix.removeprefix("/") or chosen_language(accepted, kit.site.languages),
        now=None if is_blind else now,
        cookie=None if is_blind else read_cookie(kit.site, request.headers),
        wants_block=not is_blind and request.headers.get("hx-request-type") == "partial",
    )


def _fields(body: bytes) -> Fields:
    """Return the submitted fields. Bytes that are not UTF-8 become the replacement sign."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=BODY_FIELDS
        )
    except ValueError as error:
        raise Refused(
            400, _("We could not read this form. Please send it from our own page.")
        ) from error
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields


def _count(kit: Kit, row: Row, request: Request, reply: Reply) -> None:
    """Count a request that was answered, if the limit of its route counts such answers."""
    is_new = isinstance(reply, Page) and reply.stored_something_new
    for limit in row.limits:
        if limit.counts(reply.status, is_new=is_new):
            kit.throttles[limit].count(_address(kit.site, request))


def _is_over(kit: Kit, limit: Limit | None, request: Request) -> bool:
    """Return True if the network that asks has used up a limit."""
    return limit is not None and kit.throttles[limit].is_over(_address(kit.site, request))


def _address(site: Site, request: Request) -> str:
    """Return the visitor's address, for counting in memory only."""
    address = request.client.host if request.client else ""
    if address in site.trusted_proxies:
        return request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address
    return address


def _respond(kit: Kit, row: Row, asked: ParsedRequest, request: Request) -> Response:
    """Run the view, commit, let the database go, and only then render."""
    # Networks are looked up only now: many forms whose last bytes come together would otherwise
    # all be within the limit, because none of them was counted yet.
    asked = replace(
        asked,
        over_limit=_is_over(kit, row.limit, request),
        over_store_limit=_is_over(kit, row.stores, request),
    )
    asked, reply = _answered(kit, row, asked)
    _count(kit, row, request, reply)
    if isinstance(reply, SeeOther):
        near = asked.prefix if reply.location.startswith("/") else ""
        response = Response(status_code=reply.status, headers={"location": near + reply.location})
    elif isinstance(reply, Download):
        headers = {"content-disposition": reply.disposition()}
        response = Response(reply.make(), reply.status, headers, reply.media_type)
    else:
        response = _html(reply, asked, request)
    if asked.now is not None:
        _add_cookie(asked, response, None if isinstance(reply, Download) else reply.sign_in)
    return response


def _add_cookie(asked: ParsedRequest, response: Response, change: SignInChange | None) -> None:
    """Start or end a sign-in, or wind up its idle clock."""
    now, cookie = asked.moment(), asked.cookie
    if change is None and cookie and asked.actor.sign_in and now - cookie.seen_at >= RENEWED_EVERY:
        change = SignedIn(cookie.token, cookie.account_id)
    if change is not None:
        response.headers["set-cookie"] = cookie_header(asked.site, change, now)


def _answered(kit: Kit, row: Row, asked: ParsedRequest) -> tuple[ParsedRequest, Reply]:
    for attempt in range(1, TRIES + 1):
        try:
            return _once(kit, row, asked)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None) or ""
            if attempt < TRIES and state.startswith(RETRIED_STATES):
                continue
            _log_fault(error)
            raise Unavailable() from error
    raise AssertionError("unreachable: the last try returns or raises")


def _once(kit: Kit, row: Row, asked: ParsedRequest) -> tuple[ParsedRequest, Reply]:
    if row.permission not in OPEN_TO_ALL:
        asked = replace(asked, actor=_actor(kit, asked))
        if not asked.actor.has(row.permission) and not asked.actor.has(Permission.SIGNED_IN):
            return asked, kit.ask_to_sign_in(asked)
        asked.actor.require(row.permission)
    if row.mode is Mode.OWN:
        return asked, row.view(kit.database, asked)  # type: ignore[arg-type]
    opened = kit.database.write() if row.mode is Mode.WRITE else kit.database.read()
    with opened as db:
        reply = row.view(db, asked)  # type: ignore[arg-type]
        if row.mode is Mode.WRITE and reply.status < 400:
            db.commit()
    return asked, reply


def _actor(kit: Kit, asked: ParsedRequest) -> Actor:
    """Return who asks; nobody if there is no cookie, or its sign-in is idle or over."""
    if asked.cookie is None or asked.cookie.is_idle(asked.moment()):
        return ANONYMOUS
    with kit.database.read() as db:
        token = asked.cookie.token
        return kit.load_actor(db, kit.site.keys, token, asked.today) or ANONYMOUS


def _html(page: Page, asked: ParsedRequest, request: Request) -> Response:
    content = render_page(page, asked)
    headers = {"content-language": asked.language, "vary": "Accept-Language, Accept-Encoding"}
    if asked.now is not None:
        # Our own forms must be able to show where they come from (ADR 0006).
        headers["referrer-policy"] = "same-origin"
        headers["vary"] += ", Cookie, HX-Request-Type"
    accepted = request.headers.get("accept-encoding", "")
    if not page.has_secret and "br" in accepted:
        content = brotli.compress(content, quality=5)
        headers["content-encoding"] = "br"
    elif not page.has_secret and "gzip" in accepted:
        content = gzip.compress(content, 6, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(content, page.status, headers, "text/html")


def _failed(status: int, message: Message, asked: ParsedRequest, request: Request) -> Response:
    page = ErrorPage(status=status, message=message, can_send_again=request.method == "POST")
    return _html(page, asked, request)


def _log_fault(error: BaseException) -> None:
    """Log where it happened and of what class it is; never its text, which may quote a form."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    where = (
        f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else ""
    )
    log.error("fault", extra={"fault": type(error).__name__, "where": where})
