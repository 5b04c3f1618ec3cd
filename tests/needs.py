"""What tests need from outside the project, what happens where it is missing, and less of it."""

import os
from typing import NoReturn

import pytest

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests of what only SQLite does, or of what people see, which no database changes."""

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""For tests of what only PostgreSQL does."""


def missing(what: str) -> NoReturn:
    """Skip the test and say why; on a build machine, where ``CI`` is set, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
