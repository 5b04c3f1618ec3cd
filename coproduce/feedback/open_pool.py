"""Mixing: writing the rows of a quarter anew, so that their order tells nothing."""

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from coproduce.core.db import Base
from coproduce.feedback.models import Inbox, Receipt, Response, SealedText


def mix_open_pool(db: Session, periods: set[str]) -> None:
    """Write the rows of these quarters anew, ordered by their random ids.

    Pages of a database keep rows in the order in which they were written, also where the key is
    random, and PostgreSQL keeps the number of the writing transaction. Rows written anew together
    have one order and one transaction. What was counted already is left alone.
    """
    pools: tuple[tuple[type[Base], str], ...] = (
        (Response, "period = :period AND (fast_atom_id IS NULL OR slow_atom_id IS NULL)"),
        (SealedText, "period = :period"),
        (Receipt, "period = :period"),
        (Inbox, "period = :period"),
    )
    for table, condition in pools:
        name = table.__tablename__
        key = inspect(table).primary_key[0].name
        for period in periods:
            # Names come from the models above, never from input.
            where = {"period": period}
            db.execute(text("DROP TABLE IF EXISTS moving"))
            db.execute(
                text(f"CREATE TEMPORARY TABLE moving AS SELECT * FROM {name} WHERE 1 = 0")  # noqa: S608
            )
            db.execute(text(f"INSERT INTO moving SELECT * FROM {name} WHERE {condition}"), where)  # noqa: S608
            db.execute(text(f"DELETE FROM {name} WHERE {condition}"), where)  # noqa: S608
            db.execute(text(f"INSERT INTO {name} SELECT * FROM moving ORDER BY {key}"))  # noqa: S608
            db.execute(text("DROP TABLE moving"))
