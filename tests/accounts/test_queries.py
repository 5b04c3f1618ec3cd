"""Reading accounts: what their owners see, and what nobody sees."""

from datetime import date, timedelta

import pytest

from coproduce.accounts.commands import start_sign_in
from coproduce.accounts.models import Stage
from coproduce.accounts.queries import (
    find_account_by_pseudonym,
    find_locked_key,
    get_account,
    get_own_private_key,
    list_pseudonyms,
    list_sign_ins,
    load_actor,
    pseudonym_of,
)
from coproduce.core.actor import ANONYMOUS
from coproduce.core.db import Database
from coproduce.core.errors import Forbidden, NotFound
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.permissions import Role
from tests.accounts.steps import add_second_factor
from tests.people import Person, make_person, noon


@pytest.fixture
def person(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.PANEL_MEMBER, pseudonym="calm otter")


def start(
    database: Database, keys: Keys, person: Person, stage: Stage, token: bytes, today: date
) -> None:
    with database.write() as db:
        start_sign_in(db, keys, person.account_id, person.pair.private, stage, today, token)
        db.commit()


def test_an_account_is_read_as_its_owner_sees_it(
    database: Database, keys: Keys, today: date, person: Person
) -> None:
    with database.read() as db:
        before = get_account(db, person.account_id)
    add_second_factor(database, keys, person, noon(today))
    with database.read() as db:
        after = get_account(db, person.account_id)
    assert (before.pseudonym, before.public_key) == ("calm otter", person.pair.public)
    assert (before.has_second_factor, after.has_second_factor) == (False, True)


def test_an_account_that_is_not_there_has_no_name_and_no_key(database: Database) -> None:
    nobody = bytes(16)
    with database.read() as db:
        assert pseudonym_of(db, nobody) == _("a former member")
        assert find_locked_key(db, nobody) is None
        assert find_account_by_pseudonym(db, "calm otter") is None
        assert list_pseudonyms(db) == frozenset()
        with pytest.raises(NotFound):
            get_account(db, nobody)


def test_an_account_is_found_by_its_folded_pseudonym(database: Database, person: Person) -> None:
    with database.read() as db:
        found = find_account_by_pseudonym(db, "  CALM-otter ")
        assert found == find_locked_key(db, person.account_id)
        assert found is not None
        assert list_pseudonyms(db) == {"calm otter"}
        assert pseudonym_of(db, person.account_id) == "calm otter"


def test_sign_ins_that_are_half_or_over_are_not_listed(
    database: Database, keys: Keys, today: date, person: Person
) -> None:
    start(database, keys, person, Stage.SIGNED_IN, b"w" * 32, today)
    start(database, keys, person, Stage.SECOND_STEP, b"h" * 32, today)
    with database.read() as db:
        assert len(list_sign_ins(db, person.account_id, today)) == 1
        assert len(list_sign_ins(db, person.account_id, today + timedelta(days=1))) == 1
        assert list_sign_ins(db, person.account_id, today + timedelta(days=2)) == []
        assert load_actor(db, keys, b"w" * 32, today + timedelta(days=2)) is None


def test_the_own_key_opens_with_the_token_of_the_sign_in_only(
    database: Database, keys: Keys, today: date, person: Person
) -> None:
    start(database, keys, person, Stage.SIGNED_IN, b"w" * 32, today)
    with database.read() as db:
        actor = load_actor(db, keys, b"w" * 32, today)
        assert actor is not None
        assert get_own_private_key(db, keys, actor) == person.pair.private
        with pytest.raises(Forbidden):
            get_own_private_key(db, keys, ANONYMOUS)
