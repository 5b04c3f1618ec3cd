"""Column types that mean the same on SQLite `STRICT` tables and on PostgreSQL."""

import datetime
import json
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

ID_BYTES = 16
"""Length of every key of a participant's row: 128 random bits, so that no key tells an order.

Source: privacy rule T9 (docs/threat-model.md).
"""

Id = LargeBinary
"""A 128-bit random key. BLOB on SQLite, BYTEA on PostgreSQL."""


class Day(TypeDecorator[datetime.date]):
    """A calendar day as ISO text. Nothing finer is ever stored about a participant."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime.date | None, dialect: Dialect) -> str | None:
        return value.isoformat() if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime.date | None:
        return datetime.date.fromisoformat(value) if value is not None else None


class Flag(TypeDecorator[bool]):
    """Yes or no as 1 or 0: STRICT tables know no boolean."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return int(value) if value is not None else None

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        return bool(value) if value is not None else None


E = TypeVar("E", bound=StrEnum)


class TextEnum(TypeDecorator[E]):
    """A member of a string enum as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        self.enum = enum
        super().__init__()

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return value.value if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return self.enum(value) if value is not None else None


class JsonText(TypeDecorator[Any]):
    """A JSON value as text, keys sorted. Never searched with SQL, so it needs no JSON operators."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        return json.loads(value) if value is not None else None
