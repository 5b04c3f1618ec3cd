import secrets
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from coproduce.core.db import Base, Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import first_day, freeze_day
from coproduce.feedback.commands import Stored, withdraw_feedback
from coproduce.feedback.models import (
    Fate,
    Inbox,
    Receipt,
    Response,
    Screen,
    SealedText,
    Source,
    UsedForm,
)
from coproduce.feedback.queries import find_code
from coproduce.feedback.rules import LARGEST_BATCH
from coproduce.feedback.settle import (
    Settled,
    clear_up,
    list_tables_without_order,
    settle_feedback,
    vacuum,
)
from coproduce.information.rules import HOLDINGS, About
from coproduce.services.queries import Landing
from tests.feedback.submissions import Writer, make_writer, stored_rows, words_in
from tests.moments import PowerCutError, at_first, cut_off_after

TABLES: tuple[type[Base], ...] = (Inbox, Response, SealedText, Receipt, Fate)
SOON = 0.3
"""Seconds in which another transaction would end if nothing held it."""


def settle(database: Database, keys: Keys, day: date) -> Settled:
    return settle_feedback(database, keys, day, secrets.token_bytes)


def counts(database: Database) -> tuple[int, ...]:
    """How many rows there are: inbox, response, sealed text, receipt, fate."""
    return tuple(len(stored_rows(database, table)) for table in TABLES)


def withdraw(writer: Writer) -> None:
    with writer.database.write() as db:
        slow_key = writer.keys.slow_key(writer.code)
        opened = find_code(db, writer.keys, writer.code, slow_key, to_change=True)
        assert opened is not None
        withdraw_feedback(db, opened)
        db.commit()


@pytest.fixture
def writers(database: Database, keys: Keys, landing: Landing, today: date) -> list[Writer]:
    """Five people with open forms."""
    return [make_writer(database, keys, landing, today) for _number in range(5)]


# What moves, and when


def test_five_leave_whole_and_share_no_key(
    database: Database, keys: Keys, writers: list[Writer], fresh_keys: NewKeys, today: date
) -> None:
    for number, writer in enumerate(writers):
        writer.sends(overall="poor", better=f"More of {number}.", today=today)

    assert settle(database, keys, today) == Settled(answers=5, texts=5, waiting=0)

    responses, texts = stored_rows(database, Response), stored_rows(database, SealedText)
    assert {str(row["answers"]) for row in responses} == {"{'overall': 'poor'}"}
    assert {row["period"] for row in responses} == {"2026-Q3"}
    said = {words_in(row["box"], fresh_keys.recovery_private)["better"] for row in texts}
    assert said == {f"More of {number}." for number in range(5)}
    keys_of = [[row["id"] for row in rows] for rows in (responses, texts)]
    keys_of.append([row["tag"] for row in stored_rows(database, Receipt)])
    keys_of.append([row["form_tag"] for row in stored_rows(database, UsedForm)])
    assert len({key for column in keys_of for key in column}) == 20


def test_four_wait_for_others(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers[:4]:
        writer.sends(better="More.", today=today)
    before = stored_rows(database, Inbox)

    assert settle(database, keys, today) == Settled(0, 0, waiting=4)
    assert stored_rows(database, Inbox) == before
    assert counts(database) == (4, 0, 0, 0, 0)


def test_five_of_different_services_leave_together(
    database: Database,
    keys: Keys,
    landing: Landing,
    area_landing: Landing,
    today: date,
) -> None:
    for place in (landing, landing, area_landing, area_landing, area_landing):
        make_writer(database, keys, place, today).sends(answers={"x": "y"}, today=today)

    settle(database, keys, today)

    rows = stored_rows(database, Response)
    assert [row["service_id"] for row in rows].count(landing.service_id) == 2
    assert [row["area_id"] for row in rows].count(area_landing.area_id) == 3


def test_words_alone_leave_no_answers_behind(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers:
        writer.sends(overall="", better="More.", today=today)

    assert settle(database, keys, today) == Settled(answers=0, texts=5, waiting=0)
    assert counts(database) == (0, 0, 5, 5, 0)


def test_what_was_set_aside_stays_set_aside(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers:
        writer.sends(screen=Screen.SET_ASIDE, today=today)

    settle(database, keys, today)

    assert {row["screen"] for row in stored_rows(database, Response)} == {Screen.SET_ASIDE}


def test_a_text_leaves_alone_the_next_day_and_its_answers_later_under_one_code(
    database: Database, keys: Keys, writers: list[Writer], fresh_keys: NewKeys, today: date
) -> None:
    first, *others = writers
    tomorrow = today + timedelta(days=1)
    first.sends(better="It is not safe.", today=today)
    assert settle(database, keys, today) == Settled(0, 0, waiting=1)

    assert settle(database, keys, tomorrow) == Settled(answers=0, texts=1, waiting=1)

    [text] = stored_rows(database, SealedText)
    assert words_in(text["box"], fresh_keys.recovery_private)["better"] == "It is not safe."
    assert text["waiting_since"] == date(2026, 8, 10)
    [waiting] = stored_rows(database, Inbox)
    assert (waiting["text_box"], waiting["is_text_settled"]) == (None, True)
    standing = first.sees()
    assert standing is not None
    assert (standing.is_in_inbox, standing.has_text) == (True, True)
    assert settle(database, keys, tomorrow) == Settled(0, 0, waiting=1)

    for writer in others:
        writer.sends(today=tomorrow)
    assert settle(database, keys, tomorrow) == Settled(answers=5, texts=0, waiting=0)

    opened = first.opens()
    assert opened is not None
    assert opened.text_id == text["id"]
    assert opened.response_id in {row["id"] for row in stored_rows(database, Response)}
    assert counts(database) == (0, 5, 1, 5, 0)


def test_answers_leave_when_their_quarter_is_over(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    writers[0].sends(better="More.", today=today)
    writers[1].sends(today=today)
    october = first_day("2026-Q4")

    assert settle(database, keys, october - timedelta(days=1)).texts == 1
    assert settle(database, keys, october - timedelta(days=1)) == Settled(0, 0, waiting=2)
    assert settle(database, keys, october) == Settled(answers=2, texts=0, waiting=0)
    assert {row["period"] for row in stored_rows(database, Response)} == {"2026-Q3"}


def test_an_answer_stays_in_the_quarter_in_which_it_was_sent(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    october = first_day("2026-Q4")
    for writer in writers[:3]:
        writer.sends(today=october - timedelta(days=1))
    for writer in writers[3:]:
        writer.sends(today=october)

    settle(database, keys, october)

    periods = [row["period"] for row in stored_rows(database, Response)]
    assert (periods.count("2026-Q3"), periods.count("2026-Q4")) == (3, 2)


def test_an_answer_that_comes_after_the_freeze_day_counts_in_the_present_quarter(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers:
        writer.sends(better="More.", today=today)

    settle(database, keys, freeze_day("2026-Q3"))

    for table in (Response, SealedText, Receipt):
        assert {row["period"] for row in stored_rows(database, table)} == {"2026-Q4"}
    standing = writers[0].sees()
    assert standing is not None
    assert standing.period == "2026-Q4"


def test_a_turn_takes_two_hundred_and_the_next_turn_the_rest(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    for _number in range(LARGEST_BATCH + 5):
        make_writer(database, keys, landing, today).sends(today=today)

    assert settle(database, keys, today) == Settled(LARGEST_BATCH, 0, waiting=5)
    assert settle(database, keys, today) == Settled(5, 0, waiting=0)
    assert counts(database) == (0, LARGEST_BATCH + 5, 0, LARGEST_BATCH + 5, 0)


def test_what_was_counted_is_not_written_anew(
    database: Database, keys: Keys, landing: Landing, writers: list[Writer], today: date
) -> None:
    with database.write() as db:
        for number in range(3):
            counted = Response(
                id=bytes([number]) * 16,
                period="2026-Q3",
                service_id=landing.service_id,
                framework="2026-1",
                answers={"overall": "good"},
                source=Source.OPEN,
                screen=Screen.CLEAR,
                fast_atom_id=b"f" * 16,
                slow_atom_id=b"s" * 16,
            )
            db.add(counted)
        db.commit()
    before = stored_rows(database, Response)
    for writer in writers:
        writer.sends(today=today)

    settle(database, keys, today)

    after = stored_rows(database, Response)
    assert len(after) == 8
    assert [row for row in after if row["slow_atom_id"]] == before


# While people go on sending


def test_a_row_that_is_withdrawn_meanwhile_is_not_moved(
    database: Database, keys: Keys, landing: Landing, writers: list[Writer], today: date
) -> None:
    sixth = make_writer(database, keys, landing, today)
    for writer in (*writers, sixth):
        writer.sends(better="More.", today=today)

    with at_first(database, "rollback", lambda: withdraw(writers[0])):
        assert settle(database, keys, today) == Settled(answers=5, texts=5, waiting=0)

    assert counts(database) == (0, 5, 5, 5, 0)
    assert writers[0].opens() is None


def test_four_that_are_left_by_a_withdrawal_wait(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers:
        writer.sends(better="More.", today=today)

    with at_first(database, "rollback", lambda: withdraw(writers[0])):
        assert settle(database, keys, today) == Settled(0, 0, waiting=4)

    assert counts(database) == (4, 0, 0, 0, 0)


@pytest.mark.parametrize(("first", "second"), [("More.", ""), ("", "More."), ("More.", "Less.")])
def test_a_row_that_is_replaced_meanwhile_is_moved_as_it_is_then(
    database: Database,
    keys: Keys,
    writers: list[Writer],
    fresh_keys: NewKeys,
    today: date,
    first: str,
    second: str,
) -> None:
    for writer in writers:
        writer.sends(better=first, today=today)

    def replace() -> None:
        sent_again = writers[0].sends(overall="very_poor", better=second, today=today)
        assert sent_again is Stored.REPLACED

    with at_first(database, "rollback", replace):
        settle(database, keys, today)
    settle(database, keys, today + timedelta(days=1))

    answers = [str(row["answers"]) for row in stored_rows(database, Response)]
    waiting = [str(row["answers"]) for row in stored_rows(database, Inbox)]
    assert [*answers, *waiting].count("{'overall': 'very_poor'}") == 1
    assert len(answers) + len(waiting) == 5
    boxes = [row["box"] for row in stored_rows(database, SealedText)]
    words = [words_in(box, fresh_keys.recovery_private)["better"] for box in boxes]
    assert sorted(words) == sorted(word for word in [second, *[first] * 4] if word)
    assert writers[0].opens() is not None


def is_copy_of(table: str) -> Callable[[str], bool]:
    """Recognises the statement after which rows of a table stand in two places."""
    return lambda statement: (
        statement.startswith("INSERT INTO moving") and f"FROM {table} " in f"{statement} "
    )


@pytest.mark.parametrize("table", ["response", "inbox"])
def test_a_form_that_comes_while_rows_are_mixed_is_not_lost(
    database: Database,
    keys: Keys,
    landing: Landing,
    writers: list[Writer],
    today: date,
    table: str,
) -> None:
    for writer in writers:
        writer.sends(today=today)
    late = make_writer(database, keys, landing, today)
    sending = threading.Thread(target=lambda: late.sends(better="Late.", today=today))

    def send_meanwhile() -> None:
        sending.start()
        sending.join(SOON)

    with at_first(database, "after_cursor_execute", send_meanwhile, when=is_copy_of(table)):
        settle(database, keys, today)
    sending.join()

    standing = late.sees()
    assert standing is not None
    assert standing.is_in_inbox
    assert counts(database) == (1, 5, 0, 5, 0)


@pytest.mark.parametrize("table", ["response", "sealed_text", "inbox"])
def test_what_is_withdrawn_while_rows_are_mixed_does_not_come_back(
    database: Database,
    keys: Keys,
    landing: Landing,
    writers: list[Writer],
    today: date,
    table: str,
) -> None:
    tomorrow = today + timedelta(days=1)
    early = [make_writer(database, keys, landing, today) for _number in range(5)]
    for writer in early:
        writer.sends(better="Early.", today=today)
    settle(database, keys, today)
    for writer in writers:
        writer.sends(better="More.", today=tomorrow)
    taking_back = [
        threading.Thread(target=withdraw, args=[writer]) for writer in (early[0], writers[0])
    ]

    def withdraw_meanwhile() -> None:
        for thread in taking_back:
            thread.start()
        for thread in taking_back:
            thread.join(SOON)

    with at_first(database, "after_cursor_execute", withdraw_meanwhile, when=is_copy_of(table)):
        settle(database, keys, tomorrow)
    for thread in taking_back:
        thread.join()

    assert counts(database) == (0, 8, 8, 10, 4)
    for writer in (early[0], writers[0]):
        standing = writer.sees()
        assert standing is not None
        assert standing.is_withdrawn


# Killed


def test_cut_off_at_any_statement_and_run_again_it_ends_the_same(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    for writer in writers:
        writer.sends(better="More.", today=today)
    cuts = 0

    while True:
        try:
            with cut_off_after(database, cuts):
                settle(database, keys, today)
        except PowerCutError:
            cuts += 1
            assert counts(database) in {(5, 0, 0, 0, 0), (0, 5, 5, 5, 0)}
        else:
            break

    assert cuts > 20
    settle(database, keys, today)
    assert counts(database) == (0, 5, 5, 5, 0)
    assert all(writer.opens() for writer in writers)


# Clearing up


def test_every_table_about_people_is_cleared_up() -> None:
    about_people = {name for name, holding in HOLDINGS.items() if holding.about is About.PEOPLE}

    assert about_people <= set(list_tables_without_order())
    assert "job_run" not in list_tables_without_order()


def test_clearing_up_waits_for_readers_but_not_for_long(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    with database.read() as reader:
        reader.connection().exec_driver_sql("SELECT count(*) FROM inbox").scalar()
        for writer in writers:
            writer.sends(better="More.", today=today)
        assert settle(database, keys, today) == Settled(answers=5, texts=5, waiting=0)
        assert not clear_up(database)
        assert not vacuum(database)

    assert clear_up(database)
    assert vacuum(database)


def test_sending_works_after_clearing_up(
    database: Database, keys: Keys, writers: list[Writer], today: date
) -> None:
    assert vacuum(database)

    with database.engine.connect() as connection:
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
        else:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "10s"
    assert writers[0].sends(today=today) is Stored.NEW
