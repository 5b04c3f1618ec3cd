import secrets
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import CryptoError
from sqlalchemy import select

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.models import Fate, FateState, Inbox, Response
from coproduce.feedback.queries import (
    NO_ID,
    Pointer,
    count_waiting,
    find_code,
    get_reading_state,
    has_words_of_danger,
    lock_pointer,
    quick_tag,
    slow_tag,
    unlock_pointer,
)
from coproduce.feedback.rules import ReadingState, Subject, week_of
from coproduce.feedback.settle import settle_feedback
from coproduce.services.queries import Landing
from tests.feedback.submissions import Writer, make_writer, stored_rows
from tests.moments import statements
from tests.waiting_texts import make_waiting_text

some_id = st.binary(min_size=16, max_size=16).filter(lambda value: value != NO_ID)
subjects = st.builds(Subject, some_id, st.none()) | st.builds(Subject, st.none(), some_id)
pointers = st.builds(Pointer, st.none() | some_id, st.none() | some_id, st.none() | subjects)
slow_keys = st.binary(min_size=32, max_size=32)


def settled_writers(database: Database, keys: Keys, landing: Landing, today: date) -> list[Writer]:
    writers = [make_writer(database, keys, landing, today) for _number in range(5)]
    for writer in writers:
        writer.sends(better="More.", today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    return writers


@given(slow_keys, pointers)
def test_a_pointer_gives_back_what_it_holds(slow_key: bytes, pointer: Pointer) -> None:
    assert unlock_pointer(slow_key, lock_pointer(slow_key, pointer)) == pointer


@given(slow_keys, slow_keys, pointers)
def test_a_pointer_opens_with_its_own_code_only(
    slow_key: bytes, other: bytes, pointer: Pointer
) -> None:
    locked = lock_pointer(slow_key, pointer)
    if other != slow_key:
        with pytest.raises(CryptoError):
            unlock_pointer(other, locked)


def test_pointers_tell_nothing_about_what_they_point_to() -> None:
    key = b"k" * 32
    sizes = {
        len(lock_pointer(key, Pointer(r, t, about)))
        for r in (None, b"r" * 16)
        for t in (None, b"t" * 16)
        for about in (None, Subject(b"s" * 16, None), Subject(None, b"a" * 16))
    }

    assert len(sizes) == 1
    assert lock_pointer(key, Pointer()) != lock_pointer(key, Pointer())


def test_the_quick_and_the_slow_tag_of_a_code_have_nothing_in_common(keys: Keys) -> None:
    code = "1234123412341234"

    assert quick_tag(keys, code) != slow_tag(keys, keys.slow_key(code))


def test_a_code_opens_the_inbox_row_and_later_the_settled_ones(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    writer = make_writer(database, keys, landing, today)
    writer.sends(better="More.", today=today)
    waiting = writer.opens()

    settled, *_others = settled_writers(database, keys, landing, today)
    moved = settled.opens()

    assert stored_rows(database, Inbox) == []
    assert waiting is not None
    assert waiting.form_tag is not None
    assert waiting.receipt_tag is None
    assert moved is not None
    assert moved.form_tag is None
    assert moved.response_id in {row["id"] for row in stored_rows(database, Response)}
    assert moved.text_id is not None


def test_an_unknown_code_opens_nothing(database: Database, keys: Keys) -> None:
    code = "1234123412341234"
    with database.read() as db:
        assert find_code(db, keys, code, keys.slow_key(code)) is None


def test_looking_up_is_the_same_work_whether_a_code_is_known_or_not(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    """T15 by the kind of work: the slow hash is made before, and both places are always read."""
    waiting = make_writer(database, keys, landing, today + timedelta(days=1))
    settled, *_others = settled_writers(database, keys, landing, today)
    waiting.sends(today=today)
    unknown = make_writer(database, keys, landing, today)

    seen = []
    for writer in (waiting, settled, unknown):
        slow_key = keys.slow_key(writer.code)
        with database.read() as db, statements(database) as work:
            find_code(db, keys, writer.code, slow_key)
        seen.append(work)

    assert seen[0] == seen[1] == seen[2]
    assert sum("SELECT" in statement for statement in seen[0]) == 2


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("slow", [False, True])
def test_a_code_tells_which_answers_are_counted(
    database: Database, keys: Keys, landing: Landing, today: date, *, fast: bool, slow: bool
) -> None:
    writer, *_others = settled_writers(database, keys, landing, today)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.fast_atom_id = b"f" * 16 if fast else None
            response.slow_atom_id = b"s" * 16 if slow else None
        db.commit()

    standing = writer.sees()

    assert standing is not None
    assert (standing.counted_fast, standing.counted_slow) == (fast, slow)
    assert (standing.period, standing.is_in_inbox, standing.has_text) == ("2026-Q3", False, True)
    assert standing.fate is None


def test_a_code_tells_what_became_of_answers_and_of_words(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    writer, *_others = settled_writers(database, keys, landing, today)
    opened = writer.opens()
    assert opened is not None
    with database.write() as db:
        db.add(Fate(id=opened.text_id, period="2026-Q3", state=FateState.EXPIRED))
        db.add(Fate(id=opened.response_id, period="2026-Q3", state=FateState.USED))
        db.commit()

    standing = writer.sees()

    assert standing is not None
    assert (standing.fate, standing.text_fate) == (FateState.USED, FateState.EXPIRED)
    assert not standing.is_withdrawn


def test_what_waits_is_counted_until_it_settles(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    for _number in range(6):
        make_writer(database, keys, landing, today).sends(today=today)
    with database.read() as db:
        assert count_waiting(db) == 6

    settle_feedback(database, keys, today, secrets.token_bytes)

    with database.read() as db:
        assert count_waiting(db) == 0


def test_the_oldest_waiting_text_says_how_far_reading_is_behind(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    with database.read() as db:
        assert get_reading_state(db, today) == ReadingState(None, today)
        assert not has_words_of_danger(db)
    with database.write() as db:
        make_waiting_text(db, keys, landing, today)
        make_waiting_text(db, keys, landing, today - timedelta(days=30))
        db.commit()
    with database.read() as db:
        assert get_reading_state(db, today).oldest_week == week_of(today - timedelta(days=30))
        assert not has_words_of_danger(db)
    with database.write() as db:
        make_waiting_text(db, keys, landing, today, is_urgent=True)
        db.commit()
    with database.read() as db:
        assert has_words_of_danger(db)
