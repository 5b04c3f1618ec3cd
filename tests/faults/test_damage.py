"""F10: damaged files. Damage is found, and no wrong number is ever shown."""

import secrets
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.check import DAMAGED, find_faults
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from coproduce.feedback.models import Inbox
from coproduce.reports import models
from coproduce.reports.queries import list_publications
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.feedback.submissions import make_writer, stored_rows
from tests.needs import on_sqlite
from tests.people import make_person, sign_in
from tests.releases import release_one
from tests.workplaces import make_settings

trials = pytest.mark.parametrize(
    "trials", [pytest.param(40, id="40"), pytest.param(200, id="200", marks=pytest.mark.prove)]
)


def faults_of(path: Path, folder: Path) -> list[str]:
    """Return what `coproduce check` finds in a file of another instance with the same keys."""
    url = f"sqlite:///{path}"
    settings = make_settings(folder, url)
    database = connect(url)
    try:
        return find_faults(settings, database)
    finally:
        database.engine.dispose()


def documents(path: Path) -> list[bytes]:
    """Return every released document in a file."""
    database = connect(f"sqlite:///{path}")
    try:
        with database.read() as db:
            return [published.document for published in list_publications(db)]
    finally:
        database.engine.dispose()


def flipped(content: bytes, place: int) -> bytes:
    """Return the content with one bit, of the byte at this place, turned over."""
    changed = content[place] ^ (1 << secrets.randbelow(8))
    return content[:place] + bytes([changed]) + content[place + 1 :]


@on_sqlite
@trials
def test_a_flipped_bit_is_found_or_changes_no_released_number(
    trials: int, database: Database, keys: Keys, tmp_path: Path
) -> None:
    released = release_one(database, keys).document
    make_settings(tmp_path / "data", "sqlite://", keys)
    database.close()
    content = Path(str(database.engine.url.database)).read_bytes()
    broken = tmp_path / "broken.sqlite"
    for _trial in range(trials):
        broken.write_bytes(flipped(content, secrets.randbelow(len(content))))
        if not faults_of(broken, tmp_path / "data"):
            assert documents(broken) == [released]
        for left in ("-wal", "-shm"):
            broken.with_name(broken.name + left).unlink(missing_ok=True)


@on_sqlite
def test_a_flipped_bit_in_a_report_is_always_found(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    released = release_one(database, keys).document
    make_settings(tmp_path / "data", "sqlite://", keys)
    database.close()
    content = Path(str(database.engine.url.database)).read_bytes()
    start = content.rindex(released[-1500:])
    for _trial in range(20):
        broken = tmp_path / "broken.sqlite"
        broken.write_bytes(flipped(content, start + secrets.randbelow(1500)))
        assert "is not as it was released" in " ".join(faults_of(broken, tmp_path / "data"))


@on_sqlite
@trials
def test_a_log_that_was_cut_off_holds_whole_forms_only(
    trials: int, database: Database, keys: Keys, landing: Landing, today: date, tmp_path: Path
) -> None:
    """What stands in the write-ahead log before the cut is whole; the file is never damaged."""
    make_settings(tmp_path / "data", "sqlite://", keys)
    for _person in range(8):
        make_writer(database, keys, landing, today).sends(better="More.", today=today)
    source = Path(str(database.engine.url.database))
    log = source.with_name(f"{source.name}-wal").read_bytes()
    whole = len(stored_rows(database, Inbox))
    counts = set()
    for _trial in range(trials):
        copy = tmp_path / "cut" / "coproduce.sqlite"
        copy.parent.mkdir()
        shutil.copyfile(source, copy)
        copy.with_name(f"{copy.name}-wal").write_bytes(log[: secrets.randbelow(len(log))])
        cut = connect(f"sqlite:///{copy}")
        with cut.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
            pairs = connection.execute(
                text("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM used_form)")
            ).one()
        assert pairs[0] == pairs[1] <= whole
        counts.add(pairs[0])
        cut.close()
        shutil.rmtree(copy.parent)
    assert len(counts) > 1


def test_a_report_that_was_changed_is_not_shown(
    database: Database, site: Site, keys: Keys, clock: Callable[[], datetime]
) -> None:
    published = release_one(database, keys)
    person = make_person(database, keys, clock().date(), Role.COMMISSIONER)
    app = create_app(site, database, clock=clock)
    paths = [f"/reports/{published.id.hex()}"]
    paths += [f"{paths[0]}/report.{ending}" for ending in ("json", "zip", "pdf")]
    with TestClient(app, base_url=site.public_url) as reader:
        sign_in(reader, site, database, person, clock())
        assert [reader.get(path).status_code for path in paths] == [200] * 4
        with database.write() as db:
            document = published.document.replace(b"2026-Q1", b"2025-Q1")
            db.execute(update(models.Publication).values(document=document))
            db.commit()
        assert [reader.get(path).status_code for path in paths] == [500] * 4


@on_sqlite
def test_a_schema_that_is_not_text_any_more_is_found(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    """SQLite quotes a broken schema in its message, here with a byte that is no UTF-8."""
    make_settings(tmp_path / "data", "sqlite://", keys)
    database.close()
    content = Path(str(database.engine.url.database)).read_bytes()
    assert b"tableinboxinbox" in content
    broken = tmp_path / "broken.sqlite"
    nameless = content.replace(b"tableinboxinbox", b"table\xd5nboxinbox")
    broken.write_bytes(nameless.replace(b"CREATE TABLE inbox", b"CREATE TABLX inbox"))
    assert faults_of(broken, tmp_path / "data") == [DAMAGED]
