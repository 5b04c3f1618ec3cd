"""Small instances to measure, with one invented service each, on SQLite or PostgreSQL."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import connect
from coproduce.core.keys import Keys, new_keys
from coproduce.core.migrate import migrate
from coproduce.services.models import Area, AreaLevel, LandingCode, Provider, Service
from coproduce.settings import Settings, read_settings
from tests.postgres import Server, running_server

CODE = "7KQ2MD"
LANGUAGES = ("en", "ar", "en-XA")


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance: its folder, its database with one open service, and its keys."""

    folder: Path
    database_url: str
    keys: Keys

    @property
    def settings(self) -> Settings:
        """Settings of the instance; the environment plays no part."""
        settings = read_settings({}, data=self.folder)
        return replace(settings, database_url=self.database_url, languages=LANGUAGES)


class Workshop:
    """Makes instances; whatever was made is gone when it closes."""

    def __init__(self, stack: ExitStack) -> None:
        """Start empty; the stack ends what is begun here."""
        self._stack = stack
        self._numbers = count(1)
        self._server: Server | None = None

    def instance(self, kind: str) -> Instance:
        """Return a fresh instance on "sqlite" or "postgresql"."""
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="coproduce-")))
        url = f"sqlite:///{folder / 'coproduce.sqlite'}"
        if kind == "postgresql":
            url = self._fresh_postgres_database()
        database = connect(url)
        migrate(database)
        with database.write() as db:
            area = Area(id=_new_id(), parent_id=None, level=AreaLevel.TOWN, name="Millbrook")
            provider = Provider(id=_new_id(), source_id="provider", name="Open Hands")
            db.add_all((area, provider))
            db.flush()
            service = Service(
                id=_new_id(),
                source_id="service",
                provider_id=provider.id,
                area_id=area.id,
                name="Millbrook Drop-in",
            )
            db.add(service)
            db.flush()
            db.add(LandingCode(code=CODE, service_id=service.id, area_id=None))
            db.commit()
        database.close()
        return Instance(folder, url, new_keys().keys)

    def _fresh_postgres_database(self) -> str:
        if self._server is None:
            self._server = self._stack.enter_context(running_server(is_durable=True))
        if self._server is None:
            raise SystemExit("No PostgreSQL. Measure without it: python -m benchmarks --on sqlite")
        name = f"coproduce_bench_{os.getpid()}_{next(self._numbers)}"
        self._server.run(f"create database {name}")
        self._stack.callback(self._server.run, f"drop database {name} with (force)")
        return self._server.address_of(name)


@contextmanager
def workshop() -> Iterator[Workshop]:
    """Give a workshop and clear it away afterwards."""
    with ExitStack() as stack:
        yield Workshop(stack)


def _new_id() -> bytes:
    return secrets.token_bytes(ID_BYTES)
