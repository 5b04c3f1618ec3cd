import secrets
from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.commands import expire_feedback
from coproduce.feedback.framework import CURRENT, Kind, load_framework
from coproduce.feedback.models import (
    FlagState,
    Response,
    Screen,
    ScreenFlag,
    ScreenKind,
    Source,
)
from coproduce.feedback.screening import (
    Flag,
    Strike,
    given_from,
    screen_feedback,
    strikes_to_raise,
)
from coproduce.feedback.set_aside import clear_set_aside, leave_out_set_aside
from coproduce.feedback.settle import settle_feedback
from coproduce.services.queries import Landing
from tests.factories import make_service
from tests.feedback.submissions import make_writer, stored_rows
from tests.moderation.made_texts import PERIOD, make_moderated
from tests.proofs.test_order import orders_in, telling_orders

QUESTIONS = [q for q in load_framework().asked_about(service=True) if q.kind is Kind.ONE]
BEST = {question.key: question.options[0].key for question in QUESTIONS}


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    return landing


def various(number: int) -> dict[str, str]:
    """Return long answers that nobody else gives."""
    return {
        question.key: question.options[1 + (number >> place & 1)].key
        for place, question in enumerate(QUESTIONS)
    }


def store(
    database: Database,
    landing: Landing,
    *answers: Mapping[str, str],
    period: str = PERIOD,
    source: Source = Source.OPEN,
    fast_atom_id: bytes | None = None,
) -> None:
    with database.write() as db:
        db.add_all(
            Response(
                id=secrets.token_bytes(16),
                period=period,
                service_id=landing.service_id,
                framework=CURRENT,
                answers=dict(given),
                source=source,
                screen=Screen.CLEAR,
                fast_atom_id=fast_atom_id,
            )
            for given in answers
        )
        db.commit()


def honest(number: int) -> list[dict[str, str]]:
    return [various(one) for one in range(number)]


def none_frozen(_db: Session) -> list[str]:
    return []


def none_published(_db: Session, _service_id: bytes) -> dict[str, float]:
    return {}


def screens(database: Database) -> int:
    return screen_feedback(database, none_frozen, none_published)


def aside(database: Database) -> list[dict[str, object]]:
    return [row for row in stored_rows(database, Response) if row["screen"] == Screen.SET_ASIDE]


def flags(database: Database) -> dict[object, tuple[object, object]]:
    return {row["kind"]: (row["state"], row["size"]) for row in stored_rows(database, ScreenFlag)}


def decide(database: Database, landing: Landing, state: FlagState, today: date) -> None:
    with database.write() as db:
        if state is FlagState.COUNTED:
            assert clear_set_aside(db, landing.service_id, None, PERIOD)
        else:
            assert leave_out_set_aside(db, landing.service_id, None, PERIOD, today)
        db.commit()


def test_what_a_screen_points_at_is_set_aside_and_nothing_else(
    database: Database, landing: Landing
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    assert screens(database) == 1
    assert [row["answers"] for row in aside(database)] == [BEST] * 11
    assert flags(database) == {ScreenKind.STRAIGHT_LINES: (FlagState.WAITS, 15)}


def test_honest_answers_raise_no_flag(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(30), *[BEST] * 3)
    assert screens(database) == 0
    assert not aside(database)
    assert flags(database) == {}


def test_a_second_run_changes_nothing(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    before = stored_rows(database, Response), stored_rows(database, ScreenFlag)
    assert screens(database) == 1
    assert (stored_rows(database, Response), stored_rows(database, ScreenFlag)) == before


def test_a_run_that_dies_while_writing_leaves_nothing_half_done(
    database: Database, landing: Landing
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    asked = []

    def dies_the_second_time(_db: Session) -> list[str]:
        asked.append(1)
        if len(asked) > 1:
            raise ConnectionError
        return []

    with pytest.raises(ConnectionError):
        screen_feedback(database, dies_the_second_time, none_published)
    assert not aside(database)
    assert screens(database) == 1
    assert len(aside(database)) == 11


def test_what_is_counted_or_frozen_is_left_alone(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(12), *[BEST] * 11, fast_atom_id=b"a" * 16)
    assert screens(database) == 0
    store(database, landing, *honest(12), *[BEST] * 11, period="2026-Q2")
    assert screen_feedback(database, lambda _db: ["2026-Q2"], none_published) == 0
    assert not aside(database)


def test_a_quarter_that_is_frozen_meanwhile_is_left_alone(
    database: Database, landing: Landing
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    answers = iter([[], [PERIOD]])
    assert screen_feedback(database, lambda _db: next(answers), none_published) == 0
    assert not aside(database)


def test_what_a_person_counted_is_asked_about_again_only_when_it_is_twice_as_much(
    database: Database, landing: Landing, today: date
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    decide(database, landing, FlagState.COUNTED, today)
    assert flags(database) == {ScreenKind.STRAIGHT_LINES: (FlagState.COUNTED, 15)}

    store(database, landing, *[BEST] * 18)
    assert screens(database) == 0
    assert not aside(database)
    store(database, landing, BEST)
    assert screens(database) == 1
    assert len(aside(database)) == 30
    assert flags(database) == {ScreenKind.STRAIGHT_LINES: (FlagState.WAITS, 30)}


def test_what_a_person_left_out_is_asked_about_again_when_new_ones_came(
    database: Database, landing: Landing, today: date
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    decide(database, landing, FlagState.LEFT_OUT, today)
    assert len(stored_rows(database, Response)) == 12
    assert screens(database) == 0
    assert flags(database) == {ScreenKind.STRAIGHT_LINES: (FlagState.LEFT_OUT, 15)}

    store(database, landing, *[BEST] * 11)
    assert screens(database) == 1
    assert len(aside(database)) == 11


def test_a_decision_made_while_the_sums_were_done_stands(
    database: Database, landing: Landing, today: date
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    store(database, landing, *[BEST] * 30)
    decided: list[int] = []

    def decides_meanwhile(_db: Session) -> list[str]:
        if decided:
            # Between the sums and the writing; one session at a time on SQLite.
            _db.execute(
                update(ScreenFlag)
                .where(ScreenFlag.state == FlagState.WAITS)
                .values(state=FlagState.COUNTED)
            )
        decided.append(1)
        return []

    screen_feedback(database, decides_meanwhile, none_published)
    assert len(aside(database)) == 11
    assert flags(database) == {ScreenKind.STRAIGHT_LINES: (FlagState.COUNTED, 15)}


def test_a_burst_is_seen_against_the_quarters_before(database: Database, landing: Landing) -> None:
    said = {"overall": "very_good"}
    store(database, landing, *honest(10), period="2026-Q2")
    store(database, landing, *honest(10), *[said] * 20)
    assert screens(database) == 1
    assert flags(database) == {ScreenKind.BURST: (FlagState.WAITS, 30)}
    assert [row["answers"] for row in aside(database)] == [said] * 20


def test_published_numbers_stand_for_quarters_whose_answers_are_gone(
    database: Database, landing: Landing
) -> None:
    store(database, landing, *honest(40))
    usual = {"2026-Q1": 20.0, "2026-Q2": 20.0}
    assert screen_feedback(database, none_frozen, lambda _db, _id: usual) == 1
    assert flags(database) == {ScreenKind.BURST: (FlagState.WAITS, 40)}
    assert not aside(database), "various answers are told of, not held back"


def test_quarters_longer_ago_than_a_year_say_nothing(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(40))
    assert screen_feedback(database, none_frozen, lambda _db, _id: {"2025-Q2": 5.0}) == 0


def test_the_same_words_in_several_texts_are_told_of(database: Database, landing: Landing) -> None:
    words = "they listened to me and helped me to find a room of my own"
    store(database, landing, *honest(8))
    with database.write() as db:
        for ending in ("", " again", " at last"):
            make_moderated(db, landing, words=words + ending)
        make_moderated(db, landing, words="nobody came when I rang four times in one week")
        db.commit()
    assert screens(database) == 1
    assert flags(database) == {ScreenKind.SAME_WORDS: (FlagState.WAITS, 5)}
    assert not aside(database)


def test_what_is_taken_back_takes_its_flag_along(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    with database.write() as db:
        db.execute(delete(Response).where(Response.screen == Screen.SET_ASIDE))
        db.commit()
    assert screens(database) == 0
    assert flags(database) == {}


def test_a_flag_stays_while_answers_are_set_aside_for_it(
    database: Database, landing: Landing
) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    store(database, landing, *honest(90)[12:])
    assert screens(database) == 1
    assert len(aside(database)) == 11


def test_flags_are_forgotten_with_the_answers(database: Database, landing: Landing) -> None:
    store(database, landing, *honest(12), *[BEST] * 11)
    screens(database)
    for day, left in ((date(2027, 10, 31), 1), (date(2027, 11, 1), 0)):
        with database.write() as db:
            expire_feedback(db, day)
            db.commit()
        assert len(flags(database)) == left


def test_neither_screening_nor_deciding_leaves_an_order(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    """T6."""
    ids = []
    for number in range(25):
        writer = make_writer(database, keys, landing, today)
        writer.sends(answers=BEST if number % 2 else various(number), today=today)
        if number % 6 == 5 or number == 24:
            settle_feedback(database, keys, today, secrets.token_bytes)
        ids.append(writer)
    for _extra in range(5):
        make_writer(database, keys, landing, today).sends(answers=various(30), today=today)
    settle_feedback(database, keys, today, secrets.token_bytes)

    def has_an_order() -> bool:
        with database.read() as db:
            first = [one.response_id for w in ids if (one := w.opens()) and one.response_id]
            assert len(first) == len(db.scalars(select(Response.id)).all()) - 5
        if not database.is_sqlite:
            with database.engine.connect() as connection:
                count = "SELECT count(DISTINCT xmin::text) FROM response"
                assert connection.exec_driver_sql(count).scalar() == 1
        return bool(telling_orders(orders_in(database, {Response: first})))

    assert screens(database)
    assert aside(database)
    told = has_an_order()
    decide(database, landing, FlagState.COUNTED, today)
    assert not (told and has_an_order()), "chance looks like an order once in a thousand times"


def test_what_a_person_counted_is_not_set_aside_by_another_screen() -> None:
    counted = Strike(ScreenKind.STRAIGHT_LINES, frozenset({b"a", b"b"}), 10)
    burst = Strike(ScreenKind.BURST, frozenset({b"a", b"b", b"c"}), 40)
    known = {ScreenKind.STRAIGHT_LINES: Flag(FlagState.COUNTED, 10)}

    (raised,) = strikes_to_raise([burst, counted], known)
    assert raised == Strike(ScreenKind.BURST, frozenset({b"c"}), 40)
    cards = Strike(ScreenKind.PROVIDER_CARDS, frozenset({b"a"}), 5)
    assert strikes_to_raise([cards, counted], known) == []
    told = Strike(ScreenKind.BURST, frozenset(), 40)
    assert strikes_to_raise([told, counted], known) == [told]


def test_answers_are_read_as_the_screens_look_at_them() -> None:
    given = given_from(
        b"x", CURRENT, BEST | {"barriers": ["wait", "hours"], "my_say": "never"}, Source.PROVIDER
    )
    assert given.choices["barriers"] == "hours wait"
    assert given.points == 5
    assert sorted(given.places) == [0] * (len(QUESTIONS) - 2) + [4]
    assert given.line is None
    assert given.through_provider
    unsure = given_from(b"x", CURRENT, {"overall": "dont_know"}, Source.OPEN)
    assert (unsure.points, unsure.places, unsure.is_long) == (None, (), False)
