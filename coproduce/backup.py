"""Backups: a sealed copy of what must survive, and of nothing that should not.

The copy is a SQLite file with the same schema, whichever database it was taken from, so it can be
restored into either. It is encrypted in pieces to the key on the recovery sheet.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from coproduce.core.db import Base, Database, connect
from coproduce.core.errors import OperatorError
from coproduce.core.keys import Keys
from coproduce.core.migrate import migrate
from coproduce.settings import Settings

LEFT_OUT = frozenset(
    {
        *("inbox", "used_form", "job_request", "invitation", "sign_in", "shift", "assignment"),
        *("card_batch", "card", "unused_card"),
    }
)
"""Tables a backup never holds: what is not mixed yet, and what only lives for days.

A printed code that was used must not work again after a restore. And a row of backups would show
on which day each invitation card was used (docs/adr/0015-invitation-cards.md).

Source: privacy rules T7 and F.2 (docs/threat-model.md).
"""

UNFINISHED = "unfinished-"
MAGIC = b"coproduce backup 1\n"
PIECE = 64 * 1024
ROWS_AT_ONCE = 1000
_SEALED_KEY_BYTES = 80
_PIECE_BYTES = PIECE + crypto_secretstream_xchacha20poly1305_ABYTES


def write_backup(
    settings: Settings, database: Database, keys: Keys, today: date, occasion: str
) -> Path:
    """Write a sealed backup into the folder `backups` and delete those older than the setting.

    Written beside its place and moved there, so that a file under its name is whole. A second one
    on the same day and occasion takes the place of the first.
    """
    folder = settings.data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    _remove_unfinished(folder, today)
    path = folder / f"coproduce-{today.isoformat()}-{occasion}.backup"
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder) as workplace:
        copy = Path(workplace) / "copy.sqlite"
        _copy_into(database, copy)
        sealed = Path(workplace) / "sealed"
        _seal(copy, sealed, keys.backup_public)
        os.replace(sealed, path)
    oldest = today - timedelta(days=settings.backup_days)
    for other in folder.glob("coproduce-*.backup"):
        if (day := _day_of(other)) and day < oldest:
            other.unlink()
    return path


def restore_backup(path: Path, private_key: bytes, database: Database) -> int:
    """Fill an empty database from a backup and return how many rows it holds.

    Raises:
        OperatorError: if the file is damaged, the key is another one, or the database is in use.
    """
    with tempfile.TemporaryDirectory() as workplace:
        copy_path = Path(workplace) / "copy.sqlite"
        _open(path, copy_path, private_key)
        migrate(database)
        copy = connect(f"sqlite:///{copy_path}")
        try:
            migrate(copy)
            with copy.read() as source, database.write() as db:
                if any(db.scalar(select(func.count()).select_from(t)) for t in _tables()):
                    raise OperatorError("This database holds something. Restore into an empty one.")
                rows = 0
                for table in _tables():
                    for batch in _batches(source, table):
                        db.execute(insert(table), batch)
                        rows += len(batch)
                db.commit()
        finally:
            copy.close()
    return rows


def _tables() -> list[Table]:
    """Return the tables of a backup; one that another points to comes before it."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def _copy_into(database: Database, path: Path) -> None:
    copy = connect(f"sqlite:///{path}")
    try:
        migrate(copy)
        with database.read() as source, copy.write() as db:
            if not database.is_sqlite:
                # All tables as they were at one moment; on SQLite reading is always so.
                source.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            for table in _tables():
                for batch in _batches(source, table):
                    db.execute(insert(table), batch)
            db.commit()
    finally:
        copy.close()


def _batches(db: Session, table: Table) -> Iterator[list[dict[str, object]]]:
    """Give the rows of a table in batches, ordered by key; parents of areas come first."""
    if table.name == "area":
        yield from _areas_from_the_top(db.execute(select(table)).mappings().all())
        return
    statement = select(table).order_by(*table.primary_key)
    rows = db.execute(statement, execution_options={"yield_per": ROWS_AT_ONCE})
    for batch in rows.mappings().partitions():
        yield [dict(row) for row in batch]


def _areas_from_the_top(rows: object) -> Iterator[list[dict[str, object]]]:
    left = [dict(row) for row in rows]  # type: ignore[attr-defined]
    placed: set[object] = {None}
    while left:
        batch = [row for row in left if row["parent_id"] in placed]
        left = [row for row in left if row["parent_id"] not in placed]
        placed |= {row["id"] for row in batch}
        yield batch


def _seal(source: Path, target: Path, public_key: bytes) -> None:
    key = crypto_secretstream_xchacha20poly1305_keygen()
    state = crypto_secretstream_xchacha20poly1305_state()
    header = crypto_secretstream_xchacha20poly1305_init_push(state, key)
    with source.open("rb") as clear, target.open("wb") as sealed:
        sealed.write(MAGIC + SealedBox(PublicKey(public_key)).encrypt(key) + header)
        piece = clear.read(PIECE)
        while piece:
            following = clear.read(PIECE)
            tag = (
                crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
                if following
                else crypto_secretstream_xchacha20poly1305_TAG_FINAL
            )
            sealed.write(crypto_secretstream_xchacha20poly1305_push(state, piece, tag=tag))
            piece = following
        sealed.flush()
        os.fsync(sealed.fileno())


def _open(source: Path, target: Path, private_key: bytes) -> None:
    damaged = OperatorError(f"{source} is damaged or was sealed to another key.")
    try:
        with source.open("rb") as sealed, target.open("wb") as clear:
            if sealed.read(len(MAGIC)) != MAGIC:
                raise OperatorError(f"{source} is not a backup of coproduce.")
            key = SealedBox(PrivateKey(private_key)).decrypt(sealed.read(_SEALED_KEY_BYTES))
            state = crypto_secretstream_xchacha20poly1305_state()
            header = sealed.read(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
            crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
            tag = None
            while piece := sealed.read(_PIECE_BYTES):
                content, tag = crypto_secretstream_xchacha20poly1305_pull(state, piece)
                clear.write(content)
            if tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL:
                raise damaged
    except (CryptoError, ValueError, TypeError, RuntimeError) as error:
        raise damaged from error
    except FileNotFoundError as error:
        raise OperatorError(f"There is no file {source}.") from error


def _day_of(path: Path) -> date | None:
    """Return the day in the name of a backup; a file that somebody else named so is left alone."""
    try:
        return date.fromisoformat(path.name.removeprefix("coproduce-")[:10])
    except ValueError:
        return None


def _remove_unfinished(folder: Path, today: date) -> None:
    """Remove what a backup that was killed on an earlier day left behind, unsealed."""
    for left in folder.glob(f"{UNFINISHED}*"):
        if datetime.fromtimestamp(left.stat().st_mtime, UTC).date() < today:
            shutil.rmtree(left)
