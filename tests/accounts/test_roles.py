import secrets
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from coproduce.accounts.queries import (
    find_account,
    get_person,
    has_administrator,
    is_last_administrator,
)
from coproduce.accounts.roles import end_role, give_role, leave
from coproduce.accounts.rules import PeopleEvent
from coproduce.core.actor import Grant
from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.errors import NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from tests.people import Person, make_person

MANY = 6


def given(
    database: Database,
    keys: Keys,
    person: Person,
    grant: Grant,
    today: date,
    last_day: date | None = None,
) -> bool:
    with database.write() as db:
        is_new = give_role(
            db,
            keys,
            person.account_id,
            grant,
            secrets.token_bytes,
            today=today,
            last_day=last_day,
            given_by=None,
        )
        db.commit()
    return is_new


def held(db: Session, person: Person, today: date) -> list[Grant]:
    return [role.grant for role in get_person(db, person.account_id, today).roles]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all of these at the same moment; return what each gave, or the rule it broke."""
    start, outcomes = threading.Barrier(len(acts)), list[object]()

    def do(act: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes.append(act())
        except RuleBroken:
            outcomes.append(RuleBroken)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_role_may_be_held_for_several_providers(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today)
    grants = [Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, bytes([n] * 16)) for n in range(2)]

    assert [given(database, keys, person, grant, today) for grant in grants] == [True, True]
    assert [given(database, keys, person, grant, today) for grant in grants] == [False, False]
    with database.read() as db:
        assert set(held(db, person, today)) == set(grants)
        assert [line.what for line in list_log(db)] == [PeopleEvent.ROLE_GRANTED] * 2


def test_a_role_that_is_over_can_be_given_again(
    database: Database, keys: Keys, today: date
) -> None:
    person, lead = make_person(database, keys, today), Grant(Role.LEAD)
    given(database, keys, person, lead, today, last_day=today)
    tomorrow = today + timedelta(days=1)

    assert given(database, keys, person, lead, tomorrow)
    with database.read() as db:
        assert held(db, person, tomorrow) == [lead]


def test_a_role_with_the_wrong_reach_or_a_day_that_is_over_is_refused(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today)
    with pytest.raises(RuleBroken):
        given(database, keys, person, Grant(Role.PROVIDER_STAFF), today)
    with pytest.raises(RuleBroken):
        given(database, keys, person, Grant(Role.LEAD), today, today - timedelta(days=1))


def test_nobody_without_an_account_gets_a_role_or_leaves(
    database: Database, keys: Keys, today: date
) -> None:
    nobody = Person(bytes(16), "nobody", make_person(database, keys, today).pair)
    with pytest.raises(NotFound):
        given(database, keys, nobody, Grant(Role.LEAD), today)
    with pytest.raises(NotFound), database.write() as db:
        leave(db, keys, nobody.account_id, today=today, ended_by=None)


def test_many_who_give_a_role_at_once_give_it_once(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today)
    lead = Grant(Role.LEAD)

    outcomes = at_once(*[lambda: given(database, keys, person, lead, today)] * MANY)

    assert sorted(map(str, outcomes)) == ["False"] * (MANY - 1) + ["True"]
    with database.read() as db:
        assert held(db, person, today) == [lead]
        assert find_broken_line(db, keys) is None


def test_of_many_administrators_who_leave_at_once_one_stays(
    database: Database, keys: Keys, today: date
) -> None:
    people = [make_person(database, keys, today, Role.ADMINISTRATOR) for _ in range(MANY)]

    def leaves(person: Person) -> Callable[[], object]:
        def act() -> bool:
            with database.write() as db:
                left = leave(db, keys, person.account_id, today=today, ended_by=None)
                db.commit()
            return left

        return act

    outcomes = at_once(*[leaves(person) for person in people])

    assert sorted(map(str, outcomes)) == [str(RuleBroken)] + ["True"] * (MANY - 1)
    with database.read() as db:
        assert has_administrator(db, today)
        assert find_broken_line(db, keys) is None


def test_of_two_administrators_who_end_each_other_at_once_one_remains(
    database: Database, keys: Keys, today: date
) -> None:
    """Neither is slowed by a page: the moment is the same for both."""
    people = [make_person(database, keys, today, Role.ADMINISTRATOR) for _ in range(2)]
    with database.read() as db:
        role_of = {
            one.account_id: get_person(db, one.account_id, today).roles[0].id for one in people
        }

    def ends(victim: Person) -> Callable[[], object]:
        def act() -> bool:
            with database.write() as db:
                role_id = role_of[victim.account_id]
                done = end_role(db, keys, victim.account_id, role_id, today=today, ended_by=None)
                db.commit()
            return done

        return act

    outcomes = at_once(*[ends(person) for person in people])

    assert sorted(map(str, outcomes)) == [str(RuleBroken), "True"]
    with database.read() as db:
        assert has_administrator(db, today)


def test_the_last_administrator_is_known_by_the_day(
    database: Database, keys: Keys, today: date
) -> None:
    boss = make_person(database, keys, today, Role.ADMINISTRATOR)
    helper = make_person(database, keys, today)
    given(database, keys, helper, Grant(Role.ADMINISTRATOR), today, today + timedelta(days=7))

    with database.read() as db:
        days = [today + timedelta(days=n) for n in (-1, 0, 7, 8)]
        assert [is_last_administrator(db, boss.account_id, day) for day in days] == [
            False,
            False,
            False,
            True,
        ]
        assert [has_administrator(db, day) for day in days] == [False, True, True, True]


def test_a_role_may_end_on_the_last_day_that_can_be_written_down(
    database: Database, keys: Keys, today: date
) -> None:
    bosses = [make_person(database, keys, today, Role.ADMINISTRATOR) for _n in range(2)]
    one = bosses[0].account_id
    with database.write() as db:
        role = get_person(db, one, today).roles[0].id
        assert end_role(db, keys, one, role, today=today, last_day=date.max, ended_by=None)


def test_people_are_found_by_pseudonym_however_it_is_written(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today, pseudonym="brisk heron")
    with database.read() as db:
        assert find_account(db, "  Brisk HERON ") == person.account_id
        assert find_account(db, "brisk") is None
