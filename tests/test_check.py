import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text, update

from coproduce.check import (
    DAMAGED,
    POSTGRESQL_SETTINGS,
    find_faults,
    is_finished,
    unfinished_marker,
)
from coproduce.core.chained_log import LogEntry, append_to_log
from coproduce.core.db import SQLITE_PRAGMAS, Database, connect
from coproduce.core.deployment import Safeguarding
from coproduce.core.job_log import JobRun
from coproduce.core.keys import Keys, NewKeys, new_keys
from coproduce.core.migrate import migrate
from coproduce.feedback.reading_keys import add_reading_key
from coproduce.moderation.letting_in import drop_shares_of_leavers
from coproduce.reports import models
from coproduce.settings import Settings
from tests.moderation.teams import make_team
from tests.needs import on_postgresql, on_sqlite
from tests.releases import release_one
from tests.workplaces import make_settings

AS_A_REAL_SERVER = {
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""What can be set for one connection and differs from what PostgreSQL comes with."""

WAITING_FOR_NO_DISK = {"fsync", "full_page_writes", "synchronous_commit"}
"""What the server of the tests leaves out to be quick; see tests/postgres.py."""


@pytest.fixture
def settings(tmp_path: Path, database_url: str, keys: Keys) -> Settings:
    return make_settings(tmp_path / "data", database_url, keys)


@pytest.fixture
def sound(database: Database) -> Database:
    """A database whose connections are set as they should be, as far as a connection can."""
    if not database.is_sqlite:

        def prepare(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            for name, value in AS_A_REAL_SERVER.items():
                cursor.execute(f"SET {name} = '{value}'")
            connection.commit()  # type: ignore[attr-defined]

        event.listen(database.engine, "connect", prepare)
        database.engine.dispose()
    return database


def faults(settings: Settings, database: Database) -> list[str]:
    """Every fault, apart from those of the quick server of the tests."""
    return [
        fault
        for fault in find_faults(settings, database)
        if not any(f"PostgreSQL has {name} " in fault for name in WAITING_FOR_NO_DISK)
    ]


def test_a_sound_instance_has_no_fault(settings: Settings, sound: Database, keys: Keys) -> None:
    release_one(sound, keys)

    assert faults(settings, sound) == []


def test_every_fault_is_told_at_once(tmp_path: Path, database_url: str) -> None:
    """Each names its mend."""
    settings = make_settings(tmp_path / "data", database_url)
    unfinished_marker(settings).touch()
    database = connect(database_url)
    migrate(database, to="0003")

    found = [fault for fault in find_faults(settings, database) if "PostgreSQL has" not in fault]
    database.close()

    assert found == [
        f"No key file at {settings.key_file}. Run `coproduce --data {settings.data} init` first,"
        " or set COPRODUCE_KEY_FILE.",
        "The key file was not copied yet. Copy it, then run `coproduce init` again and type"
        " the check phrase of the copy.",
        "The schema is old. Run `coproduce migrate`.",
    ]


def test_a_key_file_that_others_can_read_is_a_fault(settings: Settings, sound: Database) -> None:
    settings.key_file.chmod(0o444)

    assert faults(settings, sound) == [
        f"{settings.key_file} can be read by others. Run `chmod 400 {settings.key_file}`."
    ]


def test_a_damaged_key_file_is_a_fault(settings: Settings, sound: Database) -> None:
    settings.key_file.chmod(0o600)
    settings.key_file.write_text("{}")
    settings.key_file.chmod(0o400)

    assert faults(settings, sound) == [
        f"{settings.key_file} is damaged. Put your copy of the key file back."
    ]


def test_a_log_that_was_changed_is_a_fault(
    settings: Settings, sound: Database, keys: Keys, today: date
) -> None:
    with sound.write() as db:
        for _ in range(3):
            append_to_log(db, keys, day=today, account_id=None, what="role granted")
        db.commit()
    assert faults(settings, sound) == []
    with sound.write() as db:
        db.execute(update(LogEntry).where(LogEntry.number == 2).values(what="role ended"))
        db.commit()

    assert faults(settings, sound) == [
        "The log was changed from outside, or has a gap, at line 2. Find out who can reach the"
        " database, then restore the newest backup."
    ]


def test_a_reading_key_of_somebody_else_is_a_fault(
    settings: Settings, sound: Database, keys: Keys, today: date
) -> None:
    with sound.write() as db:
        add_reading_key(db, keys, today)
        db.commit()
    assert faults(settings, sound) == []
    with sound.write() as db:
        add_reading_key(db, new_keys().keys, today + timedelta(days=1))
        db.commit()

    assert faults(settings, sound) == [
        "A reading key was not made with this key file. Nothing is sealed to it, and the form takes"
        " no words. Restore the newest backup."
    ]


@on_sqlite
def test_reading_keys_of_somebody_who_is_gone_are_a_fault(
    settings: Settings, sound: Database, keys: Keys, today: date
) -> None:
    """The database does not let it happen; a hand with another tool may."""
    with sound.write() as db:
        new = add_reading_key(db, keys, today)
        db.commit()
    with sqlite3.connect(str(sound.engine.url.database)) as other:
        other.execute("INSERT INTO key_share VALUES (?, ?, ?, ?)", (b"a" * 16, new.id, b"b", b"c"))
    other.close()
    told = "Somebody who is gone still holds reading keys. Run `coproduce jobs run expire`."
    assert faults(settings, sound) == [told]

    with sound.write() as db:
        drop_shares_of_leavers(db, keys, today)
        db.commit()

    assert faults(settings, sound) == []


def test_reading_without_a_procedure_for_a_risk_to_life_is_a_fault(
    tmp_path: Path, database_url: str, sound: Database, fresh_keys: NewKeys, today: date
) -> None:
    settings = make_settings(tmp_path / "data", database_url, fresh_keys.keys)
    deployment = replace(settings.deployment, safeguarding=Safeguarding())
    without = replace(settings, deployment=deployment)
    assert faults(without, sound) == []
    make_team(sound, fresh_keys, today)
    assert faults(settings, sound) == []
    [fault] = faults(without, sound)
    assert "Add [safeguarding] to the deployment file." in fault


def test_a_set_up_is_finished_once_its_mark_is_gone(settings: Settings) -> None:
    assert is_finished(settings)
    unfinished_marker(settings).touch()
    assert not is_finished(settings)


@on_sqlite
@pytest.mark.parametrize("pragma", SQLITE_PRAGMAS)
def test_a_wrong_pragma_is_a_fault(settings: Settings, sound: Database, pragma: str) -> None:
    """T8."""
    wrong = {"journal_mode": "delete", "synchronous": 1, "temp_store": 1}.get(
        pragma, 0 if SQLITE_PRAGMAS[pragma] else 1
    )

    def spoil(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}={wrong}")  # type: ignore[attr-defined]

    event.listen(sound.engine, "connect", spoil)
    sound.engine.dispose()

    [fault] = faults(settings, sound)
    assert fault.startswith(f"SQLite runs with {pragma}={wrong} instead of ")


@on_postgresql
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("log_statement", "all"),
        ("log_min_error_statement", "error"),
        ("log_min_duration_statement", "0"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "-1"),
    ],
)
def test_a_wrong_postgresql_setting_is_a_fault(
    settings: Settings, sound: Database, name: str, wrong: str
) -> None:
    """T8."""

    def spoil(connection: object, _record: object) -> None:
        connection.cursor().execute(f"SET {name} = '{wrong}'")  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    event.listen(sound.engine, "connect", spoil)
    sound.engine.dispose()

    assert faults(settings, sound) == [
        f"PostgreSQL has {name} = {wrong}."
        f" Set it to {POSTGRESQL_SETTINGS[name]} in postgresql.conf."
    ]


@on_postgresql
def test_every_postgresql_setting_that_is_looked_at_exists(database: Database) -> None:
    """T8."""
    with database.engine.connect() as connection:
        known = set(connection.scalars(text("SELECT name FROM pg_settings")))

    assert set(POSTGRESQL_SETTINGS) <= known


@on_postgresql
def test_a_server_that_does_not_wait_for_the_disk_is_a_fault(
    settings: Settings, database: Database
) -> None:
    with database.engine.connect() as connection:
        off = {
            name
            for name in WAITING_FOR_NO_DISK
            if connection.exec_driver_sql(f"SHOW {name}").scalar() == "off"
        }

    found = " ".join(find_faults(settings, database))
    for name in WAITING_FOR_NO_DISK:
        assert (f"PostgreSQL has {name} = off. Set it to on" in found) == (name in off)


def test_a_database_that_is_not_there_is_a_fault(tmp_path: Path, keys: Keys) -> None:
    settings = make_settings(tmp_path, "postgresql://127.0.0.1:1/none", keys)
    database = connect(settings.database_url)

    assert find_faults(settings, database) == [
        "The database cannot be used (OperationalError). Is its address right?"
    ]


@on_sqlite
@pytest.mark.parametrize("page", [0, 1, 3])
def test_damaged_pages_are_a_fault(settings: Settings, database_url: str, page: int) -> None:
    """F10."""
    path = Path(database_url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(content)

    damaged = connect(database_url)
    found = find_faults(settings, damaged)
    damaged.engine.dispose()

    assert DAMAGED in found


def test_a_publication_that_was_changed_is_a_fault(
    settings: Settings, sound: Database, keys: Keys
) -> None:
    """F10."""
    published = release_one(sound, keys)
    changed = published.document.replace(b'"n":', b'"N":', 1)
    assert changed != published.document
    with sound.write() as db:
        db.execute(update(models.Publication).values(document=changed, sha256=published.sha256))
        db.commit()

    found = faults(settings, sound)

    assert (
        f"The publication {published.sha256[:12]} ({published.edition}) is not as it was"
        " released. Restore the newest backup."
    ) in found


def test_a_publication_signed_by_somebody_else_is_a_fault(
    settings: Settings, sound: Database, keys: Keys
) -> None:
    release_one(sound, keys)
    with sound.write() as db:
        db.execute(update(models.Publication).values(signature=b"s" * 64))
        db.commit()

    [fault] = faults(settings, sound)
    assert "is not as it was released" in fault


def test_an_atom_without_its_publication_is_a_fault(
    settings: Settings, sound: Database, keys: Keys
) -> None:
    release_one(sound, keys)
    with sound.write() as db:
        db.execute(update(models.Atom).values(publication_id=b"p" * 16))
        db.commit()

    assert any("belong to no publication" in fault for fault in faults(settings, sound))


def test_a_job_that_failed_is_a_fault(settings: Settings, sound: Database) -> None:
    with sound.write() as db:
        db.add(JobRun(name="settle", ran_at="2026-08-12T12:00", went_well=False, outcome="X"))
        db.add(JobRun(name="expire", ran_at="2026-08-12T12:00", went_well=True, outcome="1"))
        db.commit()

    assert faults(settings, sound) == [
        "The job settle failed (X). Run `coproduce jobs run settle`."
    ]
