"""What `coproduce check` looks at: every fault at once, each with its mend."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from coproduce.core.chained_log import find_broken_line
from coproduce.core.db import SQLITE_PRAGMAS, Database
from coproduce.core.errors import OperatorError
from coproduce.core.job_log import JobRun
from coproduce.core.keys import Keys, read_key_file
from coproduce.core.migrate import is_up_to_date
from coproduce.feedback.reading_keys import count_false_reading_keys
from coproduce.moderation.key_shares import count_shares_of_nobody
from coproduce.moderation.queries import is_anybody_let_in
from coproduce.reports.attack import run_attacks
from coproduce.reports.commands import is_genuine
from coproduce.reports.queries import Published, find_partition_faults, list_publications
from coproduce.settings import Settings

POSTGRESQL_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_connections": "off",
    "track_commit_timestamp": "off",
    "archive_mode": "off",
}
"""What PostgreSQL must be set to: nothing acknowledged is lost, and no log holds what people sent.

Source: privacy rules T8, F.2 and A.3 (docs/threat-model.md).
"""

DAMAGED = "The database file is damaged. Restore the newest backup."

REFUSALS = (DBAPIError, UnicodeDecodeError)
"""What a database raises that refuses to work.

SQLite quotes a damaged schema in its message, and the driver reads the message as UTF-8.
"""

_SAME = {"log_connections": {"off", ""}}


def find_faults(settings: Settings, database: Database) -> list[str]:
    """Return everything that is wrong with an instance, each fault with its mend."""
    faults: list[str] = []
    keys = None
    try:
        keys = read_key_file(settings.key_file)
    except OperatorError as error:
        faults.append(str(error))
    if not is_finished(settings):
        faults.append(
            "The key file was not copied yet. Copy it, then run `coproduce init` again and type"
            " the check phrase of the copy."
        )
    try:
        faults += _database_faults(database)
        if is_up_to_date(database):
            faults += _content_faults(database, keys)
            faults += _procedure_faults(settings, database)
        else:
            faults.append("The schema is old. Run `coproduce migrate`.")
    except REFUSALS as error:
        faults.append(fault_of(error))
    return faults


def fault_of(error: DBAPIError | UnicodeDecodeError) -> str:
    """Return what is wrong with a database that refused to work, and the mend."""
    if isinstance(error, UnicodeDecodeError):
        return DAMAGED
    if getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DAMAGED
    return f"The database cannot be used ({type(error.orig).__name__}). Is its address right?"


def is_file_whole(database: Database) -> bool:
    """Return True unless it is a SQLite file with damaged pages."""
    if not database.is_sqlite:
        return True
    with database.engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"


def is_finished(settings: Settings) -> bool:
    """Return True once the key file was copied elsewhere and its phrase typed back."""
    return not unfinished_marker(settings).exists()


def unfinished_marker(settings: Settings) -> Path:
    """Return the file that stands in the data folder until the set-up is finished."""
    return settings.data / "copy-the-key-file"


def _database_faults(database: Database) -> Iterator[str]:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            for pragma, wanted in SQLITE_PRAGMAS.items():
                found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
                if found != wanted:
                    yield f"SQLite runs with {pragma}={found} instead of {wanted}: wrong build?"
            if not is_file_whole(database):
                yield DAMAGED
            return
        for name, wanted in POSTGRESQL_SETTINGS.items():
            found = connection.scalar(
                text("SELECT setting FROM pg_settings WHERE name = :name"), {"name": name}
            )
            if found not in _SAME.get(name, {wanted}):
                yield f"PostgreSQL has {name} = {found}. Set it to {wanted} in postgresql.conf."


def _content_faults(database: Database, keys: Keys | None) -> Iterator[str]:
    with database.read() as db:
        publications = list_publications(db)
        yield from find_partition_faults(db)
        for run in db.scalars(select(JobRun).order_by(JobRun.name)):
            if not run.went_well:
                mend = f"Run `coproduce jobs run {run.name}`."
                yield f"The job {run.name} failed ({run.outcome}). {mend}"
        yield from _key_faults(db, keys)
    whole = [published for published in publications if _is_as_released(published, keys)]
    for published in publications:
        if published not in whole:
            yield (
                f"The publication {published.sha256[:12]} ({published.edition}) is not as it was"
                " released. Restore the newest backup."
            )
    result = run_attacks([json.loads(published.document) for published in whole])
    for finding in result.findings:
        yield f"Attack {finding.attack} on {finding.publication}: {finding.message}"


def _procedure_faults(settings: Settings, database: Database) -> Iterator[str]:
    """Give what is missing of the procedure for a risk to life, once somebody may read."""
    procedure = settings.deployment.safeguarding
    with database.read() as db:
        if is_anybody_let_in(db) and not (procedure.steps and procedure.recipients):
            yield (
                "People read texts, and nothing says what they do when one tells of a risk to life"
                " or to a child. Add [safeguarding] to the deployment file."
            )


def _key_faults(db: Session, keys: Keys | None) -> Iterator[str]:
    """Give what is wrong with the log and with the keys that open texts."""
    if keys:
        line = find_broken_line(db, keys)
        if line is not None:
            yield (
                f"The log was changed from outside, or has a gap, at line {line}. Find out who can"
                " reach the database, then restore the newest backup."
            )
        if count_false_reading_keys(db, keys):
            yield (
                "A reading key was not made with this key file. Nothing is sealed to it, and the"
                " form takes no words. Restore the newest backup."
            )
    if count_shares_of_nobody(db):
        yield "Somebody who is gone still holds reading keys. Run `coproduce jobs run expire`."


def _is_as_released(published: Published, keys: Keys | None) -> bool:
    """Return True if signature and hash are right; without keys the hash has to do."""
    if keys:
        return is_genuine(published, keys)
    return hashlib.sha256(published.document).hexdigest() == published.sha256
