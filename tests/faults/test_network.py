"""F7, F24: a cut line and a crowd at once; each form is stored once and shows one code."""

import secrets
import select
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum, auto

import pytest
from starlette.types import ASGIApp

from coproduce.app import create_app
from coproduce.core.db import Database
from coproduce.core.keys import NewKeys
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.faults.senders import (
    Address,
    Form,
    address_of,
    check_stored_once,
    corrected,
    filled_form,
    listening,
    send,
)
from tests.live import served

CROWD = 32
MOST_CUTS = 5
REQUEST_BYTES = 500
"""About as long as what is sent; some cuts come only after it."""

RESPONSE_BYTES = 8192
"""As long as a receipt, at least."""


# A line that is cut


@dataclass(frozen=True, slots=True)
class Cut:
    """After how many bytes of the request, or of the response, the line is cut."""

    request: int
    response: int


WHOLE = Cut(1 << 30, 1 << 30)


def random_cut() -> Cut:
    """Return a cut at any byte of either direction."""
    if secrets.randbits(1):
        return replace(WHOLE, request=secrets.randbelow(REQUEST_BYTES))
    return replace(WHOLE, response=secrets.randbelow(RESPONSE_BYTES))


@contextmanager
def cutting_line(target: Address, cuts: Iterator[Cut]) -> Iterator[Address]:
    """Give an address that leads to another one, over a line that is cut as told."""
    stopped = threading.Event()
    with listening() as listener:
        listener.settimeout(0.1)

        def carry_all() -> None:
            while not stopped.is_set():
                try:
                    near, _who = listener.accept()
                except TimeoutError:
                    continue
                with near, socket.create_connection(target) as far:
                    carry(near, far, next(cuts))

        thread = threading.Thread(target=carry_all)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            stopped.set()
            thread.join()


def carry(near: socket.socket, far: socket.socket, cut: Cut) -> None:
    """Pass bytes on in both directions until one side ends, or the line is cut."""
    left = {near: cut.request, far: cut.response}
    other = {near: far, far: near}
    while min(left.values()) > 0:
        for source in select.select([near, far], [], [])[0]:
            try:
                content = source.recv(1 << 16)
                other[source].sendall(content[: left[source]])
            except OSError:
                return
            left[source] -= len(content)
            if not content:
                return


class Then(Enum):
    """What somebody does who is not sure that it went through."""

    NOTHING = auto()
    DOUBLE_TAP = auto()
    NEXT_DAY = auto()
    OTHER_WORDS = auto()


@pytest.fixture
def next_day(site: Site, database: Database, clock: Callable[[], datetime]) -> Iterator[Address]:
    """Another worker on the same database, a day later."""

    def make_app(address: str) -> ASGIApp:
        later = replace(site, public_url=address)
        return create_app(later, database, clock=lambda: clock() + timedelta(days=1))

    with served(make_app) as address:
        yield address_of(address)


@pytest.mark.parametrize(
    "cuts", [pytest.param(40, id="40"), pytest.param(2000, id="2000", marks=pytest.mark.prove)]
)
def test_a_form_whose_line_is_cut_again_and_again_is_stored_once(
    cuts: int,
    live_site: str,
    next_day: Address,
    database: Database,
    fresh_keys: NewKeys,
    landing: Landing,
    today: date,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """F7: and double-tapped, sent again the day after, corrected and sent again.

    A line that is cut is no fault of the server and is not logged as one.
    """
    keys = fresh_keys.keys
    acknowledged: dict[bytes, tuple[Form, str]] = {}
    plan: list[Cut] = []
    lost = 0
    done: set[Then] = set()
    with (
        cutting_line(address_of(live_site), iter(lambda: plan.pop(0), None)) as line,
        ThreadPoolExecutor(2) as thumbs,
    ):

        def send_till_it_arrives(form: Form) -> None:
            nonlocal lost
            for _cut in range(1 + secrets.randbelow(MOST_CUTS)):
                plan.append(random_cut())
                shown = send(line, form)
                lost += shown is None
                assert shown in {None, form.token.return_code(keys)}
            plan.append(WHOLE)
            assert send(line, form) == form.token.return_code(keys)

        while lost < cuts or len(done) < len(Then):
            form = filled_form(keys, landing.code, today)
            code = form.token.return_code(keys)
            send_till_it_arrives(form)
            done.add(then := secrets.choice(list(Then)))
            if then is Then.DOUBLE_TAP:
                assert set(thumbs.map(send, [address_of(live_site)] * 2, [form] * 2)) == {code}
            elif then is Then.NEXT_DAY:
                assert send(next_day, form) == code
            elif then is Then.OTHER_WORDS:
                form = corrected(form)
                send_till_it_arrives(form)
            acknowledged[form.token.form_tag(keys)] = form, code
    assert not caplog.records
    check_stored_once(database, keys, acknowledged, fresh_keys.recovery_private)


# A crowd


@pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="3"), pytest.param(500, id="500", marks=pytest.mark.prove)]
)
def test_one_form_sent_by_many_at_once_is_one_row_and_one_code(
    rounds: int,
    live_site: str,
    database: Database,
    fresh_keys: NewKeys,
    landing: Landing,
    today: date,
) -> None:
    """F24."""
    keys = fresh_keys.keys
    acknowledged: dict[bytes, tuple[Form, str]] = {}
    barrier = threading.Barrier(CROWD)

    def send_together(form: Form) -> str | None:
        barrier.wait(30)
        return send(address_of(live_site), form)

    with ThreadPoolExecutor(CROWD) as pool:
        for _round in range(rounds):
            form = filled_form(keys, landing.code, today)
            shown = set(pool.map(send_together, [form] * CROWD))
            assert shown == {form.token.return_code(keys)}
            acknowledged[form.token.form_tag(keys)] = form, form.token.return_code(keys)
    check_stored_once(database, keys, acknowledged, fresh_keys.recovery_private)
