import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.errors import Conflict, Failure, NotFound
from coproduce.core.keys import Keys
from coproduce.moderation.models import CaseState, SafeguardingCase
from coproduce.moderation.safeguarding import (
    NOBODY,
    close_case,
    confirm_decision,
    count_due_cases,
    get_case,
    join_case,
    list_cases,
    open_case,
    open_case_of_text,
    propose_decision,
    take_back_proposal,
)
from tests.moderation.made_texts import logged, number_of

OPENER, SECOND, OTHER = (bytes([n]) * 16 for n in (1, 2, 3))
DESK = "The duty desk"
Step = Callable[[Session], object]


@pytest.fixture
def case_id(database: Database, keys: Keys, today: date) -> bytes:
    with database.write() as db:
        made = open_case(db, keys, OPENER, "Words.", "A service", today, secrets.token_bytes)
        db.commit()
    return made


def succeeded(database: Database, step: Step) -> bool:
    try:
        with database.write() as db:
            step(db)
            db.commit()
    except Failure:
        return False
    return True


def at_once(database: Database, *steps: Step) -> list[bool]:
    with ThreadPoolExecutor(len(steps)) as threads:
        return list(threads.map(lambda step: succeeded(database, step), steps))


def stored(database: Database) -> SafeguardingCase:
    with database.read() as db:
        return db.scalars(select(SafeguardingCase)).one()


def joining(keys: Keys, case_id: bytes, person: bytes, today: date) -> Step:
    return lambda db: join_case(db, keys, case_id, person, today)


def deciding(keys: Keys, case_id: bytes, recipient: str, today: date) -> tuple[Step, Step]:
    """Return the two steps of a decision, both by the opener."""
    return (
        lambda db: propose_decision(db, keys, case_id, OPENER, recipient, today),
        lambda db: confirm_decision(db, keys, case_id, OPENER, recipient, today),
    )


def test_of_two_who_join_at_once_one_is_the_second(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    joined = at_once(
        database,
        lambda db: join_case(db, keys, case_id, SECOND, today),
        lambda db: join_case(db, keys, case_id, OTHER, today),
    )
    assert sorted(joined) == [False, True]
    assert stored(database).second in {SECOND, OTHER}


def test_who_has_joined_may_join_again(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    for person in (OPENER, SECOND, SECOND):
        assert succeeded(database, joining(keys, case_id, person, today))
    assert [line.split()[2] for line in logged(database)] == ["opened", "joined"]


def test_two_proposals_at_once_leave_one(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    done = at_once(
        database,
        lambda db: propose_decision(db, keys, case_id, OPENER, DESK, today),
        lambda db: propose_decision(db, keys, case_id, SECOND, NOBODY, today),
    )
    assert sorted(done) == [False, True]
    row = stored(database)
    assert (row.proposed_by, row.recipient) in {(OPENER, DESK), (SECOND, NOBODY)}


def test_nobody_confirms_alone_however_often_they_try(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    for recipient in (DESK, NOBODY):
        proposed, confirmed = deciding(keys, case_id, recipient, today)
        assert succeeded(database, proposed)
        for _try in range(5):
            assert not succeeded(database, confirmed)
        succeeded(database, lambda db: take_back_proposal(db, keys, case_id, OPENER, today))
    assert stored(database).state is CaseState.OPEN
    assert not succeeded(database, lambda db: close_case(db, keys, case_id, OPENER, today))


def test_two_who_confirm_at_once_decide_once(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    assert succeeded(database, lambda db: propose_decision(db, keys, case_id, OPENER, DESK, today))
    done = at_once(
        database,
        lambda db: confirm_decision(db, keys, case_id, SECOND, DESK, today),
        lambda db: confirm_decision(db, keys, case_id, OTHER, DESK, today),
        lambda db: take_back_proposal(db, keys, case_id, OPENER, today),
    )
    assert done.count(True) == 1
    lines = [line.rpartition(" ")[0] for line in logged(database)]
    assert len(lines) == 3


def test_a_closed_case_is_not_due_and_not_open(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    with database.write() as db:
        propose_decision(db, keys, case_id, OPENER, NOBODY, today)
        confirm_decision(db, keys, case_id, SECOND, NOBODY, today)
        assert count_due_cases(db, date(2027, 1, 1)) == 0
        with pytest.raises(Conflict):
            take_back_proposal(db, keys, case_id, OPENER, today)
        with pytest.raises(Conflict):
            join_case(db, keys, case_id, OTHER, today)


def test_a_case_is_for_its_people_and_leads(
    database: Database, keys: Keys, today: date, case_id: bytes
) -> None:
    with database.write() as db:
        assert [case.id for case in list_cases(db, OTHER, is_lead=False)] == [case_id]
        with pytest.raises(NotFound):
            get_case(db, case_id, OTHER, is_lead=False)
        join_case(db, keys, case_id, SECOND, today)
        assert list_cases(db, OTHER, is_lead=False) == []
        assert get_case(db, case_id, OTHER, is_lead=True).second == SECOND
        with pytest.raises(NotFound):
            propose_decision(db, keys, bytes(16), OTHER, DESK, today)


def test_two_leads_who_open_a_case_of_one_text_at_once_get_the_same(
    database: Database, keys: Keys, today: date
) -> None:
    text_id = secrets.token_bytes(16)

    def opened(person: bytes) -> Step:
        return lambda db: open_case_of_text(db, keys, person, text_id, "Words.", "A service", today)

    assert at_once(database, opened(OPENER), opened(SECOND)) == [True, True]
    assert number_of(database, SafeguardingCase) == 1
    assert len(logged(database)) == 1
