"""Form page and submission against the bare application, and whole ratings, in one run."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from statistics import median

import brotli
from sqlalchemy import func, select

from benchmarks.bare_app import new_token
from benchmarks.instances import CODE, Instance, Workshop
from benchmarks.load import CLIENTS, Client, Load, Visit, make_load
from benchmarks.servers import Running, running
from coproduce.core.db import connect
from coproduce.core.keys import Keys
from coproduce.feedback.form_token import new_form_token
from coproduce.feedback.models import Inbox, UsedForm

REPEATS = 3
SECONDS = 3.0
WARM_UP_SECONDS = 1.0

RATING: dict[str, str | list[str]] = {
    "k": CODE,
    "overall": "poor",
    "barriers": ["wait", "hours", "felt_judged"],
    "better": (
        "Open in the evening please, and let us wait inside when it rains. Nobody told us that"
        " the van had moved, so we stood there for an hour."
    ),
    "consent": "paraphrase",
    "act": "send",
}
"""One rating with a text of usual length and nothing in it that asks for a second look."""

_TOKEN = re.compile(rb'name="t" value="([^"]+)"')
_CODE = re.compile(rb'class="code"[^>]*>([\d ]+)<')


@dataclass(frozen=True, slots=True)
class Measured:
    """One run against one server."""

    load: Load
    cpu_milliseconds: float


def compare_pages(workshop: Workshop, kinds: tuple[str, ...]) -> None:
    """Print how the product does against the bare application, and how many ratings it takes."""
    for kind in kinds:
        print(f"\nPages on {kind}, {CLIENTS} clients, medians of {REPEATS} x {SECONDS:.0f} s")
        product, bare = workshop.instance(kind), workshop.instance(kind)
        with running("product", product) as ours, running("bare", bare) as theirs:
            sizes = [_size_of_form(server) for server in (ours, theirs)]
            print(f"  form page of {sizes[0]:,} bytes, bare {sizes[1]:,}")
            _compare("form page", (ours, open_form), (theirs, open_form))
            send_ours = sender(partial(product_token, product.keys))
            send_theirs = sender(partial(new_token, bare.keys))
            _compare("submission", (ours, send_ours), (theirs, send_theirs))
            _rate(ours, product)


def open_form(client: Client) -> None:
    """Open the form."""
    _expect(client.get(f"/g/{CODE}").status == 200)


def sender(token: Callable[[], str]) -> Visit:
    """Return a visit that sends a form that was opened before."""

    def send(client: Client) -> None:
        answer = client.post("/g", RATING | {"t": token()})
        _expect(answer.status == 200 and _CODE.search(answer.body) is not None)

    return send


def product_token(keys: Keys) -> str:
    """Return what the hidden field of a form that was just opened would hold."""
    today = datetime.now(UTC).date()  # noqa: TID251 - the clock of a visitor
    return new_form_token(keys, today, secrets.token_bytes)


def rate(client: Client) -> None:
    """Open the form, fill it in, send it, and see the code."""
    page = client.get(f"/g/{CODE}")
    _expect(page.status == 200)
    token = _TOKEN.search(brotli.decompress(page.body))
    _expect(token is not None)
    assert token is not None
    answer = client.post("/g", RATING | {"t": token[1].decode()})
    _expect(answer.status == 200 and _CODE.search(answer.body) is not None)


def _size_of_form(server: Running) -> int:
    client = Client(server.port)
    page = client.get(f"/g/{CODE}")
    client.close()
    return len(page.body)


def _compare(name: str, ours: tuple[Running, Visit], theirs: tuple[Running, Visit]) -> None:
    for server, visit in (ours, theirs):
        make_load(server.port, visit, seconds=WARM_UP_SECONDS)
    runs = [(_measured(*ours), _measured(*theirs)) for _ in range(REPEATS)]
    product, bare = (tuple(side) for side in zip(*runs, strict=True))
    speed = median(p.load.per_second / b.load.per_second for p, b in runs)
    cpu = median(b.cpu_milliseconds / p.cpu_milliseconds for p, b in runs)
    print(f"  {name:12} {speed:6.0%} of the bare application's speed, {cpu:4.0%} by CPU")
    for who, side in (("product", product), ("bare", bare)):
        print(f"    {who:8} {_described(side)}")


def _rate(server: Running, instance: Instance) -> None:
    before = _stored(instance)
    runs = [_measured(server, rate) for _ in range(REPEATS)]
    sent = sum(run.load.visits for run in runs)
    used, waiting = (now - then for now, then in zip(_stored(instance), before, strict=True))
    print(f"  whole rating {_described(runs)}")
    print(f"    {sent} sent, {sent - min(used, waiting)} lost, {max(used, waiting) - sent} doubled")


def _measured(server: Running, visit: Visit) -> Measured:
    before = server.cpu_seconds()
    load = make_load(server.port, visit, seconds=SECONDS)
    return Measured(load, (server.cpu_seconds() - before) * 1000 / load.visits)


def _described(runs: tuple[Measured, ...] | list[Measured]) -> str:
    loads = [run.load for run in runs]
    return (
        f"{median(load.per_second for load in loads):6.0f}/s"
        f"  p50 {median(load.p50 for load in loads):5.1f} ms"
        f"  p99 {median(load.p99 for load in loads):6.1f} ms"
        f"  server CPU {median(run.cpu_milliseconds for run in runs):5.2f} ms each"
        f"  clients {median(load.own_share for load in loads):4.0%} of a core"
    )


def _stored(instance: Instance) -> tuple[int, int]:
    database = connect(instance.database_url)
    with database.read() as db:
        used = db.scalar(select(func.count()).select_from(UsedForm)) or 0
        waiting = db.scalar(select(func.count()).select_from(Inbox)) or 0
    database.engine.dispose()
    return used, waiting


def _expect(is_right: bool) -> None:  # noqa: FBT001 - it reads as a sentence
    if not is_right:
        raise RuntimeError("the server gave a wrong answer")
