"""One server at a time on SQLite: a file that is locked for as long as the process lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coproduce.core.errors import OperatorError


@contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Hold the lock of a data folder while the block runs; the system frees it if we are killed.

    Raises:
        OperatorError: if another server holds it.
    """
    handle = os.open(folder / "serve.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OperatorError(
                f"A server already runs on {folder}. Stop it first; SQLite has one server."
            ) from error
        yield
    finally:
        os.close(handle)


def is_served(folder: Path) -> bool:
    """Return True while a server holds the lock of the folder."""
    try:
        with only_server(folder):
            return False
    except OperatorError:
        return True
