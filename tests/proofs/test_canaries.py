"""T5: whatever a phone sends along, nothing of it is in any file the server leaves behind."""

import base64
import hashlib
import http.client
import ipaddress
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from coproduce.backup import restore_backup, write_backup
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys, NewKeys, write_key_file
from coproduce.feedback.form_token import new_form_token
from coproduce.feedback.settle import settle_feedback
from coproduce.settings import read_settings
from tests.conftest import PROVE
from tests.factories import make_service

PEOPLE = 200 if PROVE else 12
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Canary:
    """What one phone sends along; each word of it is found nowhere else in the world."""

    ipv4: str
    ipv6: str
    agent: str
    language: str
    referrer: str
    cookie: str
    query: str
    words: str

    def needles(self) -> Iterator[bytes]:
        """Give every way in which any of it could have been written down."""
        for text in (self.agent, self.language, self.referrer, self.cookie, self.query, self.words):
            yield from written(text)
        for address in (self.ipv4, self.ipv6):
            yield from written(address)
            packed = ipaddress.ip_address(address).packed
            yield packed if len(packed) > 4 else address.encode()
            for algorithm in ("md5", "sha1", "sha256"):
                digest = hashlib.new(algorithm, address.encode(), usedforsecurity=False)
                yield digest.digest()
                yield digest.hexdigest().encode()


def written(text: str) -> Iterator[bytes]:
    """Give a text in the encodings in which programs keep texts."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield plain.hex().encode()
    yield quote(text, safe="").encode()
    for shift in range(3):
        # Base64 looks different at each of three places; its ends depend on what stands beside.
        yield base64.b64encode(b"x" * shift + plain)[4:-4]


def new_canary(number: int) -> Canary:
    """Return a fresh canary. The addresses are of the ranges kept for documentation."""
    mark = secrets.token_hex(8)
    return Canary(
        ipv4=f"198.51.{100 + number % 100}.{1 + number % 250}",
        ipv6=f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}:1",
        agent=f"agent-{mark}",
        language=f"tlh-x-{mark}",
        referrer=f"https://referrer-{mark}.example/",
        cookie=f"cookie-{mark}",
        query=f"query-{mark}",
        words=f"words {mark} words",
    )


@dataclass(frozen=True, slots=True)
class Instance:
    """A whole instance on this machine: its folder, its log, its port."""

    folder: Path
    database: Database
    keys: Keys
    code: str
    port: int

    def send(self, canary: Canary, method: str, path: str, body: str = "", **more: str) -> int:
        """Send one request as a phone behind a proxy would, and return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "x-forwarded-for": f"{canary.ipv6}, {canary.ipv4}",
            "user-agent": canary.agent,
            "accept-language": canary.language,
            "referer": canary.referrer,
            "cookie": f"id={canary.cookie}",
            "content-type": "application/x-www-form-urlencoded",
            **more,
        }
        connection.request(method, f"{path}?q={canary.query}", body or None, headers)
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def instance(
    database: Database, database_url: str, fresh_keys: NewKeys, tmp_path: Path
) -> Iterator[Instance]:
    """A server as an operator starts it, with everything it writes inside one folder."""
    folder = tmp_path / "instance"
    (folder / "tmp").mkdir(parents=True)
    write_key_file(fresh_keys.keys, folder / "keys.json")
    with database.write() as db:
        code = make_service(db).code
        db.commit()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder / "tmp"),
        "COPRODUCE_DATABASE_URL": database_url,
        "COPRODUCE_TRUSTED_PROXIES": "127.0.0.1",
    }
    program = [sys.executable, "-m", "coproduce", "--data", str(folder), "serve", "--port"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*program, str(port)], env=environment, stdout=log, stderr=log)
        try:
            wait_until_open(port, process)
            yield Instance(folder, database, fresh_keys.keys, code, port)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, "The server did not start."
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server did not open its port.")


def files_left(instance: Instance) -> Iterator[bytes]:
    """Give the content of every file: database, logs, temporary files, and PostgreSQL's own."""
    folders = [instance.folder]
    if instance.database.is_sqlite:
        folders.append(Path(str(instance.database.engine.url.database)).parent)
    else:
        with instance.database.engine.connect() as connection:
            folders.append(Path(str(connection.exec_driver_sql("SHOW data_directory").scalar())))
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()


def hits(instance: Instance, canaries: list[Canary]) -> list[bytes]:
    """Return every needle that stands in a file."""
    images = list(files_left(instance))
    return [
        needle
        for canary in canaries
        for needle in canary.needles()
        if any(needle in image for image in images)
    ]


def test_nothing_a_phone_sends_along_is_left_in_a_file(
    instance: Instance, fresh_keys: NewKeys
) -> None:
    canaries = [new_canary(number) for number in range(PEOPLE)]
    today = datetime.now(UTC).date()  # noqa: TID251 - the server outside uses the real clock
    for number, canary in enumerate(canaries):
        fields = {
            "t": new_form_token(instance.keys, today, secrets.token_bytes),
            "k": instance.code,
            "overall": "good",
            "better": canary.words,
            "act": "as_is",
        }
        assert instance.send(canary, "GET", f"/g/{instance.code}") == 200
        assert instance.send(canary, "POST", "/g", urlencode(fields)) == 200
        wrong = {**fields, "t": canary.words, "overall": canary.words}
        assert instance.send(canary, "POST", "/g", urlencode(wrong)) == 422
        assert instance.send(canary, "POST", "/g", urlencode({"k": canary.words})) == 404
        assert instance.send(canary, "POST", "/find", urlencode({"words": canary.words})) == 200
        assert instance.send(canary, "POST", "/code", urlencode({"code": canary.words})) == 422
        assert instance.send(canary, "GET", f"/{quote(canary.words)}") == 404
        assert instance.send(canary, "DELETE", "/g") == 405
        foreign = {"sec-fetch-site": "cross-site"}
        assert instance.send(canary, "POST", "/g", urlencode(fields), **foreign) == 403
        assert instance.send(canary, "GET", "/", host=f"{canary.query}.example") == 421
        if number % 6 == 5:
            settle_feedback(instance.database, instance.keys, today, secrets.token_bytes)
    settings = replace(read_settings({}, data=instance.folder))
    path = write_backup(settings, instance.database, instance.keys, today, "daily")
    unsealed = connect(f"sqlite:///{instance.folder / 'restored.sqlite'}")
    restore_backup(path, fresh_keys.backup_private, unsealed)
    unsealed.close()

    assert hits(instance, canaries) == []


def test_a_planted_canary_is_found(instance: Instance) -> None:
    canary = new_canary(1)
    assert hits(instance, [canary]) == []
    (instance.folder / "tmp" / "spool").write_text(canary.words, "utf-16-le")
    digest = hashlib.sha256(canary.ipv4.encode()).hexdigest()
    (instance.folder / "access.log").write_text(f"{digest} {canary.agent}")
    assert len(hits(instance, [canary])) >= 3
