"""Doing something at a chosen moment of the work of others, or letting it fail there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from coproduce.core.db import Database


class PowerCutError(Exception):
    """The work ends here."""


@contextmanager
def at_first(
    database: Database,
    name: str,
    act: Callable[[], object],
    *,
    when: Callable[[str], bool] = lambda _statement: True,
) -> Iterator[None]:
    """Do something at the first event of this name, or at the first statement that fits."""
    waiting = True

    def listen(_connection: object, _cursor: object = None, said: str = "", *_rest: object) -> None:
        nonlocal waiting
        if waiting and when(said):
            waiting = False
            act()

    with _listening(database, name, listen):
        yield
    assert not waiting, f"There was no such {name}."


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect every statement that reaches a database while the block runs."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with _listening(database, "before_cursor_execute", note):
        yield seen


@contextmanager
def failing(database: Database, fragment: str) -> Iterator[None]:
    """Let every statement fail that holds these words."""

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if fragment in statement:
            raise RuntimeError("a fault on purpose")

    with _listening(database, "before_cursor_execute", fail):
        yield


@contextmanager
def cut_off_after(database: Database, count: int) -> Iterator[None]:
    """Let so many statements through, and none after them."""
    left = iter(range(count))

    def cut(*_args: object) -> None:
        if next(left, None) is None:
            raise PowerCutError

    with _listening(database, "before_cursor_execute", cut):
        yield


@contextmanager
def _listening(database: Database, name: str, listen: Callable[..., None]) -> Iterator[None]:
    event.listen(database.engine, name, listen)
    try:
        yield
    finally:
        event.remove(database.engine, name, listen)
