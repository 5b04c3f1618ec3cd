"""Somebody who presses Send until the code is shown, and what must then be stored."""

import http.client
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote_plus, urlencode, urlsplit

from sqlalchemy import func, select

from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.form_token import FormToken, new_form_token, read_form_token
from coproduce.feedback.models import Inbox, UsedForm
from coproduce.feedback.queries import quick_tag
from tests.feedback.submissions import stored_rows, words_in
from tests.html import parse

FORM_TYPE = "application/x-www-form-urlencoded"
PATIENCE_SECONDS = 60

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Form:
    """One form, filled in: what makes it itself, its words, and how a browser sends it."""

    token: FormToken
    words: str
    body: str


def filled_form(keys: Keys, landing_code: str, today: date) -> Form:
    """Return a fresh form with words that no other form has."""
    written = new_form_token(keys, today, secrets.token_bytes)
    token = read_form_token(keys, written)
    assert token is not None
    words = f"More evenings, {secrets.token_hex(8)} of them."
    fields = {"k": landing_code, "t": written, "overall": "good", "better": words, "act": "as_is"}
    return Form(token, words, urlencode(fields))


def corrected(form: Form) -> Form:
    """Return the same form after somebody wrote something else on it."""
    words = f"More evenings, {secrets.token_hex(8)} of them."
    return Form(form.token, words, form.body.replace(quote_plus(form.words), quote_plus(words)))


def send(address: Address, form: Form) -> str | None:
    """Send a form once; return the code on its receipt, or None if it did not arrive whole."""
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", "/g", form.body, {"content-type": FORM_TYPE})
        response = connection.getresponse()
        if response.length is None:
            return None  # The line was cut within the head.
        page = response.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    if response.status >= 500:
        return None
    assert response.status == 200, page
    return code_in(page)


def code_in(page: str) -> str:
    """Return the 16 digits on a receipt."""
    (shown,) = [e.text for e in parse(page).all("p") if e.get("class") == "code"]
    code = read_return_code(shown)
    assert code is not None
    return code


@dataclass(slots=True)
class Senders:
    """People who send one form after the other until they are stopped.

    Each sends a form until its code is shown, and then once more: the code must be the same.

    Attributes:
        acknowledged: every form that was answered with its code, and that code.
        failures: how often a form had to be sent again.
    """

    keys: Keys
    landing_code: str
    today: date
    acknowledged: dict[bytes, tuple[Form, str]] = field(default_factory=dict)
    failures: int = 0
    answered: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, address: Address) -> None:
        """Send until stopped; the form at hand is still brought to its end."""
        while not self.stopped.is_set():
            form = filled_form(self.keys, self.landing_code, self.today)
            code = self._send_until_answered(address, form)
            assert self._send_until_answered(address, form) == code
            self.acknowledged[form.token.form_tag(self.keys)] = form, code

    def _send_until_answered(self, address: Address, form: Form) -> str:
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            if code := send(address, form):
                self.answered.set()
                return code
            self.failures += 1
            time.sleep(0.005)
        raise TimeoutError("Nobody answered.")


def check_stored_once(
    database: Database, keys: Keys, acknowledged: dict[bytes, tuple[Form, str]], private: bytes
) -> None:
    """Pass if exactly what was acknowledged is stored: each form once, whole, under its code."""
    rows = {row["form_tag"]: row for row in stored_rows(database, Inbox)}
    assert rows.keys() == acknowledged.keys()
    for tag, (form, code) in acknowledged.items():
        assert rows[tag]["code_tag"] == quick_tag(keys, code)
        assert rows[tag]["answers"] == {"overall": "good"}
        assert words_in(rows[tag]["text_box"], private)["better"] == form.words
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(UsedForm)) == len(rows)


def address_of(url: str) -> Address:
    """Return the name and the port in an address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


def listening() -> socket.socket:
    """Return a socket on a free port of this machine; whoever connects waits for a server."""
    return socket.create_server(("127.0.0.1", 0))


def between(least: float, most: float) -> float:
    """Return a random number of seconds."""
    return least + (most - least) * secrets.randbelow(1_000_000) / 1_000_000
