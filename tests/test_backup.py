import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coproduce.backup import (
    LEFT_OUT,
    MAGIC,
    PIECE,
    UNFINISHED,
    restore_backup,
    write_backup,
)
from coproduce.core.db import Base, Database, connect
from coproduce.core.errors import OperatorError
from coproduce.core.keys import Keys, NewKeys, new_keys
from coproduce.feedback.models import Fate, FateState, Inbox, Response
from coproduce.feedback.settle import settle_feedback
from coproduce.information.rules import HOLDINGS
from coproduce.reports.commands import is_genuine
from coproduce.reports.queries import list_publications
from coproduce.services.models import AreaLevel
from coproduce.services.queries import Landing
from coproduce.settings import Settings
from tests.factories import make_area, make_service
from tests.feedback.submissions import Writer, make_writer
from tests.moments import at_first
from tests.needs import on_sqlite
from tests.releases import release_one
from tests.workplaces import make_settings


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(tmp_path / "data", database_url)


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service in a town, in a county, in a region, in a nation; each id larger than the next."""
    with database.write() as db:
        area_id = None
        for level in reversed(AreaLevel):
            area_id = make_area(db, level=level, parent_id=area_id)
        landing = make_service(db, area_id=area_id, also_called=["The Shed"])
        db.commit()
    return landing


@pytest.fixture
def writers(
    database: Database, keys: Keys, landing: Landing, today: date, settings: Settings
) -> list[Writer]:
    """Eight people: five were mixed, three wait; and there is a released report."""
    writers = [make_writer(database, keys, landing, today) for _number in range(8)]
    for writer in writers[:5]:
        writer.sends(better="More evenings.", today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    for writer in writers[5:]:
        writer.sends(better="More evenings.", today=today)
    release_one(database, keys)
    return writers


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that a backup holds, ordered by key."""
    with database.read() as db:
        return {
            table.name: [tuple(r) for r in db.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
            if table.name not in LEFT_OUT
        }


@contextmanager
def another(database_url: str) -> Iterator[Database]:
    database = connect(database_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Where a backup is restored: a SQLite file that is not there yet, or an empty PostgreSQL."""
    if request.param == "sqlite":
        with another(f"sqlite:///{tmp_path / 'restored.sqlite'}") as database:
            yield database
    else:
        with (
            request.getfixturevalue("postgres_template").copy() as url,
            another(url) as database,
        ):
            yield database


def test_a_backup_is_restored_whole_into_either_kind_of_database(
    database: Database,
    settings: Settings,
    fresh_keys: NewKeys,
    writers: list[Writer],
    today: date,
    empty_database: Database,
) -> None:
    """F11."""
    path = write_backup(settings, database, fresh_keys.keys, today, "daily")

    rows = restore_backup(path, fresh_keys.backup_private, empty_database)

    restored = contents(empty_database)
    assert restored == contents(database)
    assert rows == sum(map(len, restored.values()))
    assert len(restored["response"]) == 45
    with empty_database.read() as db:
        published = list_publications(db)
        assert published
        assert all(is_genuine(each, fresh_keys.keys) for each in published)
    reader = Writer(empty_database, fresh_keys.keys, writers[0].landing, writers[0].token)
    standing = reader.sees()
    assert standing is not None
    assert standing.has_text


def test_what_is_not_mixed_is_never_in_a_backup(
    database: Database,
    settings: Settings,
    fresh_keys: NewKeys,
    writers: list[Writer],
    today: date,
    tmp_path: Path,
) -> None:
    path = write_backup(settings, database, fresh_keys.keys, today, "daily")

    with another(f"sqlite:///{tmp_path / 'other.sqlite'}") as copy:
        restore_backup(path, fresh_keys.backup_private, copy)
        with copy.read() as db:
            assert db.scalar(select(func.count()).select_from(Inbox)) == 0
        lost = Writer(copy, fresh_keys.keys, writers[7].landing, writers[7].token)
        assert lost.opens() is None
    assert writers[7].opens() is not None
    short_lived = {"invitation", "sign_in", "shift", "assignment"}
    cards = {"card_batch", "card", "unused_card"}
    assert set(HOLDINGS) >= LEFT_OUT == {"inbox", "used_form", "job_request", *short_lived, *cards}


def test_a_backup_is_one_moment(
    database: Database, settings: Settings, fresh_keys: NewKeys, writers: list[Writer], today: date
) -> None:
    """What is withdrawn while the tables are copied is in the backup whole, or not at all."""
    first = writers[0].opens()
    assert first is not None
    expected = contents(database)

    def withdraw() -> None:
        with database.write() as db:
            db.delete(db.get_one(Response, first.response_id))
            db.add(Fate(id=first.response_id, period="2026-Q3", state=FateState.WITHDRAWN))
            db.commit()

    with at_first(
        database, "after_cursor_execute", withdraw, when=lambda said: "FROM fate" in said
    ):
        path = write_backup(settings, database, fresh_keys.keys, today, "daily")

    assert contents(database) != expected
    with another(f"sqlite:///{settings.data / 'other.sqlite'}") as copy:
        restore_backup(path, fresh_keys.backup_private, copy)
        assert contents(copy) == expected


def test_nothing_readable_stays_in_the_folder(
    database: Database, settings: Settings, keys: Keys, writers: list[Writer], today: date
) -> None:
    path = write_backup(settings, database, keys, today, "daily")

    assert [file.name for file in path.parent.iterdir()] == ["coproduce-2026-08-12-daily.backup"]
    assert path.parent.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    assert content.startswith(MAGIC)
    for clear in (b"SQLite format 3", b"overall", b"2026-Q3", b"Service"):
        assert clear not in content


@pytest.fixture
def backup(
    database: Database, settings: Settings, keys: Keys, landing: Landing, today: date
) -> Path:
    """A backup of a database that holds little."""
    return write_backup(settings, database, keys, today, "daily")


def without_piece(content: bytes) -> bytes:
    head = len(MAGIC) + 80 + 24
    return content[:head] + content[head + PIECE + 17 :]


@on_sqlite
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-1], id="the last byte is missing"),
        pytest.param(lambda content: content[: len(content) // 2], id="half is missing"),
        pytest.param(lambda content: content[: len(MAGIC) + 80 + 24], id="all but the head"),
        pytest.param(lambda content: content[:50], id="the head is cut"),
        pytest.param(lambda content: content + b"x", id="something was added"),
        pytest.param(without_piece, id="a piece is missing"),
        pytest.param(
            lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
            id="one bit is another",
        ),
        pytest.param(lambda _content: b"", id="empty"),
        pytest.param(lambda _content: b"something else" * 99, id="another file"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(
    backup: Path, fresh_keys: NewKeys, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    backup.write_bytes(damage(backup.read_bytes()))

    with another(f"sqlite:///{tmp_path / 'other.sqlite'}") as copy:
        with pytest.raises(OperatorError, match=r"is damaged or was sealed|is not a backup"):
            restore_backup(backup, fresh_keys.backup_private, copy)
        assert not (tmp_path / "other.sqlite").exists()


@on_sqlite
@pytest.mark.parametrize("key", [new_keys().backup_private, b"short", b""])
def test_another_key_opens_nothing(backup: Path, tmp_path: Path, key: bytes) -> None:
    with (
        another(f"sqlite:///{tmp_path / 'other.sqlite'}") as copy,
        pytest.raises(OperatorError, match="is damaged or was sealed to another key"),
    ):
        restore_backup(backup, key, copy)


@on_sqlite
def test_a_backup_that_is_not_there_is_told(
    database: Database, fresh_keys: NewKeys, tmp_path: Path
) -> None:
    with pytest.raises(OperatorError, match="There is no file"):
        restore_backup(tmp_path / "none.backup", fresh_keys.backup_private, database)


def test_a_database_that_holds_something_is_left_as_it_is(
    database: Database, backup: Path, fresh_keys: NewKeys
) -> None:
    before = contents(database)

    with pytest.raises(OperatorError, match="Restore into an empty one"):
        restore_backup(backup, fresh_keys.backup_private, database)

    assert contents(database) == before


@on_sqlite
def test_old_backups_are_deleted_and_others_stay(
    database: Database, settings: Settings, keys: Keys, today: date
) -> None:
    days = (today - timedelta(days=31), today - timedelta(days=30), today - timedelta(days=1))
    for day in days:
        write_backup(settings, database, keys, day, "daily")
    folder = settings.data / "backups"
    (folder / "coproduce-old.backup").touch()
    (folder / "notes.txt").touch()

    write_backup(settings, database, keys, today, "daily")
    write_backup(settings, database, keys, today, "before-freeze")
    write_backup(settings, database, keys, today, "daily")

    assert sorted(file.name for file in folder.iterdir()) == [
        "coproduce-2026-07-13-daily.backup",
        "coproduce-2026-08-11-daily.backup",
        "coproduce-2026-08-12-before-freeze.backup",
        "coproduce-2026-08-12-daily.backup",
        "coproduce-old.backup",
        "notes.txt",
    ]


@on_sqlite
def test_what_a_killed_backup_left_unsealed_is_removed_the_next_day(
    database: Database, settings: Settings, keys: Keys, today: date
) -> None:
    folder = settings.data / "backups"
    for name, age in (("old", timedelta(days=1)), ("new", timedelta(0))):
        left = folder / f"{UNFINISHED}{name}"
        left.mkdir(parents=True)
        (left / "copy.sqlite").touch()
        noon = (today - age).toordinal() - date(1970, 1, 1).toordinal()
        os.utime(left, (noon * 86_400 + 43_200,) * 2)

    write_backup(settings, database, keys, today, "daily")

    assert sorted(file.name for file in folder.iterdir()) == [
        "coproduce-2026-08-12-daily.backup",
        f"{UNFINISHED}new",
    ]
