"""T6: after settling, nothing in the files follows the order in which people wrote."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import sqrt
from pathlib import Path

import pytest
from scipy.stats import kendalltau
from sqlalchemy import insert, select

from coproduce.core.db import Base, Database
from coproduce.core.keys import Keys
from coproduce.feedback.commands import withdraw_feedback
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Receipt, Response, Screen, SealedText, Source, UsedForm
from coproduce.feedback.queries import slow_tag
from coproduce.feedback.settle import settle_feedback, vacuum
from coproduce.services.queries import Landing
from tests.factories import make_service
from tests.feedback.submissions import Writer, make_writer
from tests.proofs.test_deletion import found_in_files

ONE_IN_A_THOUSAND = 3.29
"""Standard deviations that chance alone passes once in a thousand times, on either side."""

Orders = Mapping[str, Sequence[int]]
"""For each way to sort the rows of a table: the place of each row, in the order of writing."""


def furthest_by_chance(count: int) -> float:
    """Kendall's tau that unrelated orders pass once in a thousand times.

    Source: Kendall 1938: the variance is 2(2n+5) / 9n(n-1).
    """
    return ONE_IN_A_THOUSAND * sqrt(2 * (2 * count + 5) / (9 * count * (count - 1)))


def telling_orders(orders: Orders) -> dict[str, float]:
    """Return the ways to sort that follow the order of writing more than chance explains."""
    found = {}
    for name, places in orders.items():
        tau = float(kendalltau(range(len(places)), places).statistic)
        if abs(tau) > furthest_by_chance(len(places)):
            found[name] = tau
    return found


def orders_in(database: Database, keys_by_table: Mapping[type[Base], list[bytes]]) -> Orders:
    """Return every order that the files of a database show, for rows in the order of writing."""
    if database.is_sqlite:
        with database.alone() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        image = Path(str(database.engine.url.database)).read_bytes()
        return {
            f"{table.__tablename__}, {name} byte": [find(image, key) for key in keys]
            for table, keys in keys_by_table.items()
            # A key stands in the table and in its indexes.
            for name, find in (("first", bytes.index), ("last", bytes.rindex))
        }
    orders: dict[str, list[int]] = {}
    for table, keys in keys_by_table.items():
        column = next(iter(table.__table__.primary_key)).name
        for hidden in ("ctid", "xmin::text::bigint"):
            with database.engine.connect() as connection:
                rows = connection.exec_driver_sql(
                    f"SELECT {column} FROM {table.__tablename__} ORDER BY {hidden}, {column}"
                )
                place = {bytes(row[0]): number for number, row in enumerate(rows)}
            orders[f"{table.__tablename__} {hidden}"] = [place[key] for key in keys]
    return orders


def write_and_settle(
    database: Database, keys: Keys, landing: Landing, today: date, count: int
) -> list[Writer]:
    """Let so many people write, one after the other; settle whenever seven wait, then the rest."""
    writers = []
    for number in range(count):
        writer = make_writer(database, keys, landing, today)
        writer.sends(better=f"Text {number}", today=today)
        writers.append(writer)
        if number % 7 == 6:
            settle_feedback(database, keys, today, secrets.token_bytes)
    for _extra in range(5):
        make_writer(database, keys, landing, today).sends(better="More", today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    return writers


def keys_of(writers: list[Writer], keys: Keys) -> dict[type[Base], list[bytes]]:
    """Return the key of each row that a writer left, by table, in the order of writing."""
    found: dict[type[Base], list[bytes]] = {Response: [], SealedText: [], Receipt: [], UsedForm: []}
    for writer in writers:
        opened = writer.opens()
        assert opened is not None
        assert opened.form_tag is None
        assert opened.response_id is not None
        assert opened.text_id is not None
        found[Response].append(opened.response_id)
        found[SealedText].append(opened.text_id)
        found[Receipt].append(slow_tag(keys, keys.slow_key(writer.code)))
        found[UsedForm].append(writer.token.form_tag(keys))
    return found


@pytest.mark.parametrize("count", [25, 200])
def test_no_order_follows_the_order_of_writing(
    database: Database, keys: Keys, today: date, count: int
) -> None:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    told: set[str] | None = None
    for _attempt in range(2):
        # Chance looks like an order once in a thousand times, a leak does so every time.
        writers = write_and_settle(database, keys, landing, today, count)
        now = set(telling_orders(orders_in(database, keys_of(writers, keys))))
        told = now if told is None else told & now
        if not told:
            break
    assert not told


def test_open_rows_of_a_quarter_were_written_by_one_transaction(
    database: Database, keys: Keys, today: date
) -> None:
    if database.is_sqlite:
        # SQLite keeps no transaction with a row; WITHOUT ROWID leaves no hidden number either.
        with pytest.raises(Exception, match="no such column"), database.engine.connect() as c:
            c.exec_driver_sql("SELECT rowid FROM response")
        return
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    write_and_settle(database, keys, landing, today, 25)
    for name in ("response", "sealed_text", "receipt"):
        with database.engine.connect() as connection:
            count = connection.exec_driver_sql(f"SELECT count(DISTINCT xmin::text) FROM {name}")
            assert count.scalar() == 1, name


@pytest.mark.prove
def test_a_million_counted_answers_and_a_reader_give_no_order_away(
    database: Database, keys: Keys, today: date, record_property: Callable[[str, object], None]
) -> None:
    """Nor do they keep what is withdrawn, once the reader is gone."""
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    count_a_million(database, landing)
    begun = time.monotonic()
    with database.read() as reader:
        assert reader.scalar(select(Response.id).limit(1))
        writers = write_and_settle(database, keys, landing, today, 200)
        found = keys_of(writers, keys)
        if not database.is_sqlite:
            assert telling_orders(orders_in(database, found)) == {}
    record_property("seconds a turn", (time.monotonic() - begun) / (200 / 7))
    gone = found[SealedText][:50]
    with database.read() as db:
        boxes = [db.get_one(SealedText, key).box[40:120] for key in gone]
    assert found_in_files(database, boxes) == 50
    for writer in writers[:50]:
        opened = writer.opens()
        assert opened is not None
        with database.write() as db:
            withdraw_feedback(db, opened)
            db.commit()
    assert vacuum(database)
    assert found_in_files(database, boxes) == 0
    kept = {table: ids[50:] for table, ids in found.items()}
    assert telling_orders(orders_in(database, kept)) == {}


def count_a_million(database: Database, landing: Landing) -> None:
    """Store a million answers of this quarter that were counted on both clocks."""
    for _batch in range(100):
        rows = [
            {
                "id": secrets.token_bytes(16),
                "period": "2026-Q3",
                "service_id": landing.service_id,
                "area_id": None,
                "framework": CURRENT,
                "answers": {"overall": "good"},
                "source": Source.OPEN,
                "screen": Screen.CLEAR,
                "fast_atom_id": b"f" * 16,
                "slow_atom_id": b"s" * 16,
            }
            for _row in range(10_000)
        ]
        with database.write() as db:
            db.execute(insert(Response), rows)
            db.commit()


@pytest.fixture
def store_unmixed(database: Database) -> Callable[[int], list[bytes]]:
    """The known-bad way: each row is stored when it comes, under a random key."""

    def store(count: int) -> list[bytes]:
        ids = []
        for _number in range(count):
            ids.append(secrets.token_bytes(16))
            with database.write() as db:
                db.add(
                    Response(
                        id=ids[-1],
                        period="2026-Q3",
                        service_id=bytes(16),
                        framework=CURRENT,
                        answers={"overall": "good"},
                        source=Source.OPEN,
                        screen=Screen.CLEAR,
                    )
                )
                db.commit()
        return ids

    return store


def test_without_mixing_random_keys_do_not_help(
    database: Database, store_unmixed: Callable[[int], list[bytes]]
) -> None:
    ids = store_unmixed(25)
    assert telling_orders(orders_in(database, {Response: ids}))
