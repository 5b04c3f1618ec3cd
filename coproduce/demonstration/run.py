"""Starting the demonstration: a fresh instance, filled and served on this machine only."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from coproduce.app import create_app
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys, new_keys, read_key_file, write_key_file
from coproduce.core.lock_file import only_server
from coproduce.core.migrate import migrate
from coproduce.demonstration.sample import fill_with_samples
from coproduce.jobs import Jobs, Workplace
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.server import run_server, site_of
from coproduce.settings import Settings, read_settings
from coproduce.web.locales import PSEUDO_LANGUAGE

HOST = "127.0.0.1"
LANGUAGES = ("en", "ar", PSEUDO_LANGUAGE)
"""All there are: only a real deployment waits for native speakers to check them."""


def run_demonstration(port: int, data: Path | None, today: date) -> None:
    """Serve a demonstration until stopped; without a folder it leaves nothing behind."""
    with _folder(data) as folder:
        settings, keys, database = prepare(folder, today)
        settings = replace(settings, public_url=f"http://{HOST}:{port}")
        app = create_app(
            site_of(settings, keys, is_demonstration=True),
            database,
            routes=(*ROUTES, *DEMONSTRATION),
        )
        with only_server(folder), Jobs(Workplace(settings, database, keys)).running():
            _announce(port, folder)
            run_server(app, host=HOST, port=port)
        database.close()


def prepare(folder: Path, today: date) -> tuple[Settings, Keys, Database]:
    """Make or reopen the instance in a folder. Settings of the environment play no part."""
    settings = replace(read_settings({}, data=folder), languages=LANGUAGES)
    database = connect(settings.database_url)
    if settings.key_file.exists():
        return settings, read_key_file(settings.key_file), database
    made = new_keys()
    write_key_file(made.keys, settings.key_file)
    migrate(database)
    fill_with_samples(database, made, deployment=settings.deployment.title, today=today)
    return settings, made.keys, database


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="coproduce-") as folder:
            yield Path(folder)
    else:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield data


def _announce(port: int, folder: Path) -> None:
    lines = (
        "",
        "  THIS IS A DEMONSTRATION. Everything in it is invented.",
        f"  Open  http://{HOST}:{port}/demonstration",
        f"  Data  {folder}",
        "  Stop  Ctrl+C",
        "",
    )
    os.write(1, "\n".join(lines).encode())
