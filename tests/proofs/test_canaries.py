"""T5: whatever a phone sends along, nothing of it is in any file the server leaves behind."""

import ipaddress
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from coproduce.accounts.invitations import invite
from coproduce.backup import restore_backup
from coproduce.core.actor import Grant
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys, NewKeys, write_key_file
from coproduce.core.permissions import Role
from coproduce.feedback.form_token import new_form_token
from coproduce.feedback.models import Inbox, SealedText
from coproduce.jobs import utc_now
from tests.conftest import PROVE
from tests.factories import code_on, make_service
from tests.html import parse
from tests.needs import missing
from tests.postgres import Server
from tests.programs import Program
from tests.proofs.canaries import PHONES, Canary, traces, ways_to_hide, ways_to_write

PEOPLE = 200 if PROVE else 12
SIGNING_IN = 4
"""So many of them also join: a network that signs in more often has to wait."""

MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone behind a proxy that sends along all that phones send."""

    client: httpx2.Client
    canary: Canary

    def sends(self, method: str, path: str, content: object = None, **headers: str) -> int:
        """Send a request and return the status of the answer."""
        return self.answer(method, path, content, **headers).status_code

    def answer(
        self, method: str, path: str, content: object = None, **headers: str
    ) -> httpx2.Response:
        """Send a request and return the answer."""
        words = self.canary.words
        sent = {
            "x-forwarded-for": ", ".join(reversed(self.canary.addresses)),
            "user-agent": words,
            "accept-language": f"en-x-{words}",
            "referer": f"https://{words}.example/",
            "cookie": f"id={words}",
            "content-type": "application/x-www-form-urlencoded",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        body = {"content": content} if isinstance(content, bytes) else {"data": content}
        return self.client.request(method, f"{path}?q={words}", headers=sent, **body)


@pytest.fixture
def program(database_url: str, fresh_keys: NewKeys, tmp_path: Path) -> Program:
    """An instance with everything it writes inside one folder."""
    data = tmp_path / "instance" / "data"
    data.mkdir(parents=True)
    write_key_file(fresh_keys.keys, data / "keys.json")
    settings = {"database_url": database_url, "trusted_proxies": "127.0.0.1"}
    return Program(data, settings)


@pytest.fixture
def code(database: Database) -> str:
    """The poster code of a service."""
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    return landing.code


@contextmanager
def without_an_inbox(database: Database) -> Iterator[None]:
    """Let every form fail deep inside the database."""
    for before, after in (("inbox", "away"), ("away", "inbox")):
        with database.alone() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")
        if after == "away":
            yield


def files_of(program: Program, database: Database, server: Server | None) -> Iterator[Path]:
    """Give every file: data folder, logs, temporary files, backups, and the database's own.

    Of PostgreSQL: the database, what all share, its log, and the changes written since it began.
    """
    yield from program.data.parent.rglob("*")
    if server is None:
        path = Path(str(database.engine.url.database))
        yield from path.parent.glob(f"{path.name}*")
        return
    assert server.home is not None
    with database.alone() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        number = "SELECT oid FROM pg_database WHERE datname = current_database()"
        oid = connection.exec_driver_sql(number).scalar()
    files = server.home / "db"
    yield from (files / "base" / str(oid)).iterdir()
    yield from (files / "global").iterdir()
    begun = program.data.stat().st_ctime
    yield from (p for p in (files / "pg_wal").iterdir() if p.stat().st_mtime >= begun)
    yield server.home / "log"


def signs_in_with_canaries(phone: Phone, database: Database, keys: Keys, today: date) -> None:
    """Join, sign in, fail to, and get back in, with canaries for passphrases and false names."""
    words = phone.canary.words
    ours = {"origin": f"{phone.client.base_url}".rstrip("/")}
    with database.write() as db:
        code = invite(db, keys, Grant(Role.PANEL_MEMBER), today=today, chance=secrets.token_bytes)
        db.commit()
    shown = phone.answer("POST", "/join", {"code": code}, **ours)
    names = [e.get("value") for e in parse(shown.text).all("input") if e.get("name") == "pseudonym"]
    secret = f"{words} otter lamp seven rivers"
    joined = {"code": code, "pseudonym": names[0], "new_passphrase": secret, "act": "join"}
    assert phone.sends("POST", "/join", joined, **ours) in {200, 303}
    assert phone.sends("POST", "/join", joined, **ours) < 500
    right = {"pseudonym": names[0], "passphrase": secret, "kept": words}
    assert phone.sends("POST", "/sign-in", right, **ours) in {200, 303}
    wrong = {"pseudonym": words, "passphrase": words}
    assert phone.sends("POST", "/sign-in", wrong, **ours) == 401
    assert phone.sends("POST", "/sign-in", {**right, "passphrase": words}, **ours) == 401
    assert phone.sends("POST", "/sign-in", right) == 403
    assert phone.sends("POST", "/recover", {"code": words, "new_passphrase": words}, **ours) in {
        401,
        422,
    }
    assert phone.sends("GET", f"/join/{words}") in {200, 401, 404, 422}
    assert phone.sends("POST", "/account/passphrase", {"passphrase": words}, **ours) == 401


def visit(phone: Phone, code: str, token: str) -> None:
    """Do all that a person does, and much that goes wrong."""
    words = phone.canary.words
    form = {"t": token, "k": code, "overall": "good", "better": words, "act": "as_is"}
    assert phone.sends("GET", f"/g/{code}") == 200
    receipt = phone.answer("POST", "/g", form)
    assert receipt.status_code == 200
    assert phone.sends("POST", "/code", {"code": code_on(receipt)}) in {200, 429}
    assert phone.sends("POST", "/find", {"words": words}) == 200
    assert phone.sends("POST", "/code", {"code": words}) == 422
    assert phone.sends("POST", "/g", {**form, "t": words, "overall": words}) == 422
    assert phone.sends("POST", "/g", {**form, "k": words}) == 404
    assert phone.sends("GET", f"/{words}") == 404
    assert phone.sends("DELETE", "/g") == 405
    assert phone.sends("POST", "/g", form, sec_fetch_site="cross-site") == 403
    assert phone.sends("GET", "/", host=f"{words}.example") == 421
    assert phone.sends("POST", "/g", words.encode(), content_type="text/plain") == 400
    assert phone.sends("POST", "/g", f"{words}=&".encode() * (MOST_FIELDS + 1)) == 400
    assert phone.sends("POST", "/g", words.encode() * 5000) == 413
    assert phone.sends("POST", "/g", b"better=\xff" + words.encode()) == 404


def test_nothing_a_phone_sends_along_is_left_in_a_file(
    program: Program,
    database: Database,
    code: str,
    fresh_keys: NewKeys,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Also after errors, a power cut, settling, and in a backup whose seal is opened."""
    server = None if database.is_sqlite else request.getfixturevalue("postgres_server")
    if server is not None and server.home is None:
        missing("The files of this PostgreSQL cannot be read: it is not our own.")
    canaries = [Canary(number) for number in range(1, PEOPLE + 1)]
    today = utc_now().date()
    log = tmp_path / "instance" / "log"
    with (
        program.serving(log, ends_by=signal.SIGKILL) as address,
        httpx2.Client(base_url=address) as client,
    ):
        for canary in canaries:
            visit(Phone(client, canary), code, fresh_token(fresh_keys, today))
        for canary in canaries[:SIGNING_IN]:
            signs_in_with_canaries(Phone(client, canary), database, fresh_keys.keys, today)
        with without_an_inbox(database):
            form = {"k": code, "t": fresh_token(fresh_keys, today), "better": canaries[0].words}
            assert Phone(client, canaries[0]).sends("POST", "/g", {**form, "act": "as_is"}) == 503
    assert '"fault"' in log.read_text()
    assert traces(files_of(program, database, server), canaries) == []

    program.run("jobs", "run", "settle")
    program.run("backup")
    [backup] = (program.data / "backups").glob("*.backup")
    unsealed = connect(f"sqlite:///{program.data / 'unsealed.sqlite'}")
    restore_backup(backup, fresh_keys.backup_private, unsealed)
    with unsealed.read() as db:
        assert db.scalar(select(func.count()).select_from(SealedText)) == PEOPLE
    unsealed.close()
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Inbox)) == 0
    assert traces(files_of(program, database, server), canaries) == []


def fresh_token(made: NewKeys, today: date) -> str:
    return new_form_token(made.keys, today, secrets.token_bytes)


CANARY = Canary(PHONES)
WAYS = {
    **{f"words {number}": way for number, way in enumerate(ways_to_write(CANARY.words))},
    **{
        f"address {number}.{nth}": way
        for number, address in enumerate(CANARY.addresses)
        for nth, way in enumerate((*ways_to_write(address), *ways_to_hide(address)))
        if len(way) > 4
    },
    "packed IPv4": ipaddress.ip_address(CANARY.addresses[0]).packed,
    "packed IPv6": ipaddress.ip_address(CANARY.addresses[1]).packed,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whatever_is_left_would_be_found(tmp_path: Path, way: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(secrets.token_bytes(1000))
    assert traces([file], [CANARY]) == []

    file.write_bytes(secrets.token_bytes(1000) + way + secrets.token_bytes(1000))
    assert traces([file], [CANARY]) != []
