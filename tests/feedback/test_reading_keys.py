import secrets
from datetime import date, timedelta

import pytest
from nacl.exceptions import CryptoError
from sqlalchemy import select, update

from coproduce.core.db import Database
from coproduce.core.errors import RuleBroken, Unavailable
from coproduce.core.keys import Keys, NewKeys, new_keys
from coproduce.core.sealing import open_with, seal_to
from coproduce.feedback.models import Inbox, ReadingKey, SealedText
from coproduce.feedback.open_pool import hold_open_pool
from coproduce.feedback.reading_keys import (
    REPLACED_DAYS,
    add_reading_key,
    count_false_reading_keys,
    current_public_key,
    drop_replaced_reading_keys,
    get_newest_reading_key,
    key_fingerprint,
    make_reading_key,
    open_with_sheet,
    reseal_texts,
    seal_anew,
)
from coproduce.services.queries import Landing
from tests.feedback.submissions import make_writer
from tests.waiting_texts import make_waiting_text


def add(database: Database, keys: Keys, day: date) -> bytes:
    """Store a new reading key; return its private half."""
    with database.write() as db:
        new = add_reading_key(db, keys, day)
        db.commit()
    return new.private


def opens(private: bytes, box: bytes) -> bool:
    try:
        open_with(private, box)
    except CryptoError:
        return False
    return True


def test_texts_are_sealed_to_the_sheet_until_there_is_a_key(
    database: Database, keys: Keys, today: date
) -> None:
    with database.read() as db:
        assert current_public_key(db, keys) == keys.recovery_public
        assert get_newest_reading_key(db) is None

    private = add(database, keys, today)

    with database.read() as db:
        assert opens(private, seal_to(current_public_key(db, keys), b"words"))


def test_the_newest_key_is_in_use(database: Database, keys: Keys, today: date) -> None:
    add(database, keys, today)
    newer = add(database, keys, today + timedelta(days=1))

    with database.read() as db:
        assert opens(newer, seal_to(current_public_key(db, keys), b"words"))
        newest = get_newest_reading_key(db)
    assert newest is not None
    assert newest.since == today + timedelta(days=1)


@pytest.mark.parametrize("days", [0, -1])
def test_a_second_key_on_a_day_or_before_the_newest_is_refused(
    database: Database, keys: Keys, today: date, days: int
) -> None:
    add(database, keys, today)

    with pytest.raises(RuleBroken):
        add(database, keys, today + timedelta(days=days))

    with database.read() as db:
        assert len(db.scalars(select(ReadingKey.id)).all()) == 1


@pytest.mark.parametrize("field", ["public_key", "signature", "since"])
def test_nothing_is_sealed_to_a_key_that_was_changed(
    database: Database, keys: Keys, today: date, field: str
) -> None:
    """Also not to an old one whose day was moved to put it in front again."""
    add(database, keys, today)
    wrong = {"public_key": new_keys().keys.recovery_public, "signature": bytes(64)}
    value = wrong.get(field, today + timedelta(days=1))
    with database.write() as db:
        db.execute(update(ReadingKey).values({field: value}))
        db.commit()

    with database.read() as db:
        assert count_false_reading_keys(db, keys) == 1
        with pytest.raises(Unavailable):
            current_public_key(db, keys)


def test_a_key_of_another_key_file_is_false(database: Database, keys: Keys, today: date) -> None:
    add(database, keys, today)
    add(database, new_keys().keys, today + timedelta(days=1))

    with database.read() as db:
        assert count_false_reading_keys(db, keys) == 1


def test_the_sheet_opens_every_key(
    database: Database, keys: Keys, fresh_keys: NewKeys, today: date
) -> None:
    private = {add(database, keys, today + timedelta(days=days)) for days in range(3)}

    with database.read() as db:
        opened = open_with_sheet(db, fresh_keys.recovery_private)
        ids = set(db.scalars(select(ReadingKey.id)))
        other = open_with_sheet(db, new_keys().recovery_private)

    assert set(opened.values()) == private
    assert opened.keys() == ids
    assert other == {}


def test_every_waiting_text_is_sealed_anew_prepared_or_not(
    database: Database, keys: Keys, fresh_keys: NewKeys, landing: Landing, today: date
) -> None:
    """In the inbox and settled; what came after the preparation, too; what does not open stays."""

    def write(number: int) -> None:
        make_writer(database, keys, landing, today).sends(better=f"inbox {number}", today=today)
        with database.write() as db:
            make_waiting_text(db, keys, landing, today, better=f"text {number}")
            db.commit()

    for number in range(3):
        write(number)
    make_writer(database, keys, landing, today).sends(today=today)
    strange = seal_to(new_keys().keys.recovery_public, b"words of somewhere else")
    with database.write() as db:
        strange_id = make_waiting_text(db, keys, landing, today)
        db.get_one(SealedText, strange_id).box = strange
        db.commit()
    new, old = make_reading_key(), fresh_keys.recovery_private
    with database.read() as db:
        prepared = seal_anew(db, old, new.public)
    write(3)

    with database.write() as db:
        hold_open_pool(db)
        reseal_texts(db, old, new.public, prepared)
        db.commit()

    with database.read() as db:
        inbox = db.scalars(select(Inbox.text_box)).all()
        settled = dict(db.execute(select(SealedText.id, SealedText.box)).all())
    assert settled.pop(strange_id) == strange
    words = [open_with(new.private, box).decode() for box in (*inbox, *settled.values()) if box]
    assert sorted(word.split('"')[3] for word in words) == [
        f"{place} {number}" for place in ("inbox", "text") for number in range(4)
    ]
    assert inbox.count(None) == 1
    assert len(prepared) == 6
    assert all(box in prepared.values() for box in settled.values()) is False


def test_a_box_keeps_its_size_when_it_is_sealed_anew(
    database: Database, keys: Keys, fresh_keys: NewKeys, landing: Landing, today: date
) -> None:
    with database.write() as db:
        make_waiting_text(db, keys, landing, today, better="x" * 700)
        db.commit()
    with database.read() as db:
        old = db.scalars(select(SealedText.box)).one()
        (new,) = seal_anew(db, fresh_keys.recovery_private, make_reading_key().public).values()

    assert len(new) == len(old)


def test_keys_go_some_time_after_another_took_their_place(
    database: Database, keys: Keys, today: date
) -> None:
    """However old the newest one is, it stays."""
    days = [today, today + timedelta(days=100), today + timedelta(days=300)]
    for day in days:
        add(database, keys, day)

    def left(on: date) -> list[date]:
        with database.write() as db:
            drop_replaced_reading_keys(db, on)
            return sorted(db.scalars(select(ReadingKey.since)))

    assert left(days[1] + timedelta(days=REPLACED_DAYS)) == days
    assert left(days[1] + timedelta(days=REPLACED_DAYS + 1)) == days[1:]
    assert left(days[2] + timedelta(days=9999)) == days[2:]


def test_a_fingerprint_tells_keys_apart() -> None:
    one, other = secrets.token_bytes(32), secrets.token_bytes(32)

    assert key_fingerprint(one) == key_fingerprint(one)
    assert key_fingerprint(one) != key_fingerprint(other)
