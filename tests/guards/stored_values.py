"""What a database of either kind really holds: its tables, their keys and types, every value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

ALEMBIC = "alembic_version"
KEY_TYPES = frozenset({"BLOB", "TEXT", "bytea", "text"})
PLAIN_TYPES = KEY_TYPES | {"INTEGER", "integer"}

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"(?<!\d)\d{10,19}(?!\d)")
_UNITS = (1, 10**3, 10**6, 10**9)
_YEARS_AROUND = timedelta(days=3 * 365)

Value = object
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the database itself describes it."""

    name: str
    type: str
    is_key: bool
    counts_itself: bool = False


def table_names(connection: Connection) -> list[str]:
    """Return every table, apart from the one in which migrations keep their place."""
    if connection.dialect.name == "sqlite":
        statement = "select name from sqlite_master where type = 'table'"
    else:
        statement = "select tablename from pg_tables where schemaname = 'public'"
    return sorted(set(connection.scalars(text(statement))) - {ALEMBIC})


def columns_of(connection: Connection, table: str) -> list[Column]:
    """Return the columns of a table in their order."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"pragma table_info({table})").mappings()
        return [Column(row["name"], row["type"], bool(row["pk"])) for row in rows]
    statement = """
        select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(i.indisprimary, false),
               a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid), '') like 'nextval%'
        from pg_attribute a
        left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
            and a.attnum = any(i.indkey)
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = cast(:table as regclass) and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    """
    return [Column(*row) for row in connection.execute(text(statement), {"table": table})]


def sqlite_options(connection: Connection, table: str) -> tuple[bool, bool]:
    """Return whether a SQLite table has no hidden row number, and whether it is strict."""
    statement = f"select wr, strict from pragma_table_list where name = '{table}'"
    without_rowid, strict = connection.execute(text(statement)).one()
    return bool(without_rowid), bool(strict)


def schema_faults(connection: Connection, participant_tables: set[str]) -> Iterator[str]:
    """Give whatever in the schema could record an order or a time. Source: privacy rule T9."""
    for table in table_names(connection):
        columns = columns_of(connection, table)
        for column in columns:
            if column.type not in PLAIN_TYPES:
                yield f"{table}.{column.name} has type {column.type}: use core/column_types.py"
            if column.counts_itself:
                yield f"{table}.{column.name} counts by itself and records an order"
            if column.is_key and column.type not in KEY_TYPES:
                yield f"{table}.{column.name} is a key of type {column.type}: use Id"
        if not any(column.is_key for column in columns):
            yield f"{table} has no primary key"
        if connection.dialect.name == "sqlite":
            without_rowid, strict = sqlite_options(connection, table)
            if not strict:
                yield f"{table} is not STRICT: use PLAIN_TABLE or PARTICIPANT_TABLE"
            if table in participant_tables and not without_rowid:
                yield f"{table} has a hidden row number: use PARTICIPANT_TABLE"


def rows_of(connection: Connection, table: str) -> list[Row]:
    """Return every row as names and values."""
    return [dict(row) for row in connection.execute(text(f"select * from {table}")).mappings()]


def time_faults(
    table: str, rows: Sequence[Row], *, around: date, day_columns: frozenset[str]
) -> Iterator[str]:
    """Give every value that tells when something happened, finer than it may.

    A day is allowed in ``day_columns`` only; an instant nowhere, whether written out, counted
    from 1970 in any unit, or hidden at the front of an id, where it makes neighbours alike.
    """
    for row in rows:
        for column, value in row.items():
            content = value if isinstance(value, str | int) else ""
            if _TIME.search(str(content)):
                yield f"{table}.{column} holds an instant"
            elif _DAY.search(str(content)) and f"{table}.{column}" not in day_columns:
                yield f"{table}.{column} holds a day"
            if any(_is_near(int(found), around) for found in _NUMBER.findall(str(content))):
                yield f"{table}.{column} counts the time since 1970"
    for column in {name for row in rows for name in row}:
        fronts = [bytes(v)[:4] for row in rows if isinstance(v := row[column], bytes) and v]
        ids = {bytes(v) for row in rows if isinstance(v := row[column], bytes)}
        if len(ids) > 1 and len(set(fronts)) < len(ids):
            yield f"{table}.{column} begins alike in different rows, as ids made from a time do"


def _is_near(number: int, around: date) -> bool:
    middle = datetime(around.year, around.month, around.day, tzinfo=UTC).timestamp()
    reach = _YEARS_AROUND.total_seconds()
    return any(abs(number / unit - middle) < reach for unit in _UNITS)
