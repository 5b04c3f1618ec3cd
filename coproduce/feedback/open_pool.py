"""Mixing: writing the rows of a quarter anew, so that their order tells nothing."""

from collections.abc import Collection

from sqlalchemy import Column, ColumnElement, MetaData, Table, delete, insert, select, text, true
from sqlalchemy.orm import Session

from coproduce.core.db import Base
from coproduce.feedback.models import (
    Fate,
    FateState,
    Inbox,
    Receipt,
    Response,
    SealedText,
    UsedForm,
)


def hold_open_pool(db: Session) -> None:
    """Let nobody else change what is mixed until this transaction ends; reading stays possible.

    Mixing copies rows and then deletes them. Between the two PostgreSQL would let others commit: a
    row that just came would be lost, and one that was just withdrawn would come back. On SQLite
    whoever writes is alone. Call it before anything else is written.
    """
    if db.get_bind().dialect.name != "sqlite":
        tables = "used_form, inbox, response, sealed_text, receipt, fate"
        db.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))


def mix_open_pool(db: Session, periods: Collection[str]) -> None:
    """Write the rows of these quarters anew, ordered by their random ids.

    Pages of a database keep rows in the order in which they were written, also where the key is
    random, and PostgreSQL keeps the number of the writing transaction. Rows written anew together
    have one order and one transaction. What was counted already is left alone.
    """
    is_open = Response.fast_atom_id.is_(None) | Response.slow_atom_id.is_(None)
    for period in periods:
        _rewrite(db, Response, (Response.period == period) & is_open)
        _rewrite(db, SealedText, SealedText.period == period)
        _rewrite(db, Receipt, Receipt.period == period)
        _rewrite(db, Inbox, Inbox.period == period)


def mix_used_forms(db: Session) -> None:
    """Write the marks of sent forms anew: they stood in the order in which people wrote.

    All of them, not only those of one turn: turns would still tell who wrote before whom.
    """
    _rewrite(db, UsedForm, true())


def mix_withdrawn(db: Session) -> None:
    """Write anew what was withdrawn: answers and text of one person were noted side by side."""
    hold_open_pool(db)
    _rewrite(db, Fate, Fate.state == FateState.WITHDRAWN)


def _rewrite(db: Session, model: type[Base], condition: ColumnElement[bool]) -> None:
    table = model.__table__
    columns = [Column(column.name, column.type) for column in table.columns]
    moving = Table("moving", MetaData(), *columns, prefixes=["TEMPORARY"])
    names = [column.name for column in columns]
    moving.create(db.connection())
    db.execute(insert(moving).from_select(names, select(table).where(condition)))
    db.execute(delete(model).where(condition).execution_options(synchronize_session=False))
    in_order = select(moving).order_by(*(moving.c[key.name] for key in table.primary_key))
    db.execute(insert(model).from_select(names, in_order))
    moving.drop(db.connection())
