from datetime import date

import pytest

from coproduce.accounts.key_chain import new_key_pair
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.core.sealing import seal_to
from coproduce.feedback.reading_keys import add_reading_key, current_public_key
from coproduce.moderation.key_shares import (
    CannotOpenYet,
    ReadingKeys,
    get_own_public_key,
    list_readers,
    open_reading_keys,
    share_reading_keys,
    words_of_key,
)
from tests.moderation.teams import actor_of, make_team
from tests.people import Person, make_person


def opened(database: Database, keys: Keys, person: Person, today: date) -> ReadingKeys:
    actor = actor_of(database, keys, person, today)
    with database.read() as db:
        return open_reading_keys(db, keys, actor)


def test_who_was_let_in_opens_what_is_sealed_today(
    database: Database, fresh_keys: NewKeys, keys: Keys, today: date
) -> None:
    team = make_team(database, fresh_keys, today)
    with database.read() as db:
        box = seal_to(current_public_key(db, keys), b"words")

    for person in (team.lead, team.reader):
        assert opened(database, keys, person, today).open(box) == b"words"


def test_a_box_for_another_key_stays_closed(
    database: Database, fresh_keys: NewKeys, keys: Keys, today: date
) -> None:
    team = make_team(database, fresh_keys, today)

    with pytest.raises(CannotOpenYet):
        opened(database, keys, team.lead, today).open(seal_to(new_key_pair().public, b"words"))


def test_who_was_not_let_in_opens_nothing(
    database: Database, fresh_keys: NewKeys, keys: Keys, today: date
) -> None:
    make_team(database, fresh_keys, today)
    new = make_person(database, keys, today, Role.MODERATOR)

    with pytest.raises(CannotOpenYet):
        opened(database, keys, new, today)


def test_a_share_from_before_a_recovery_opens_nothing_and_is_replaced(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)
    with database.write() as db:
        new = add_reading_key(db, keys, today)
        reading = {new.id: new.private}
        lost = new_key_pair()
        assert share_reading_keys(db, reading, person.account_id, lost.public)
        db.commit()
    with pytest.raises(CannotOpenYet):
        opened(database, keys, person, today)

    with database.write() as db:
        assert share_reading_keys(db, reading, person.account_id, person.pair.public)
        db.commit()

    assert opened(database, keys, person, today).private == reading


def test_sharing_again_changes_nothing(database: Database, keys: Keys, today: date) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)
    with database.write() as db:
        new = add_reading_key(db, keys, today)
        reading = {new.id: new.private}
        assert share_reading_keys(db, reading, person.account_id, person.pair.public)
        assert not share_reading_keys(db, reading, person.account_id, person.pair.public)
        db.commit()

    assert opened(database, keys, person, today).private == reading


def test_readers_are_let_in_or_wait_and_others_are_neither(
    database: Database, fresh_keys: NewKeys, keys: Keys, today: date
) -> None:
    early = make_person(database, keys, today, Role.MODERATOR)
    with database.read() as db:
        assert [one.account_id for one in list_readers(db, today).waiting] == [early.account_id]
    team = make_team(database, fresh_keys, today)
    make_person(database, keys, today, Role.ADMINISTRATOR)

    with database.read() as db:
        readers = list_readers(db, today)

    assert {one.account_id for one in readers.let_in} == {
        team.lead.account_id,
        team.reader.account_id,
    }
    assert [one.account_id for one in readers.waiting] == [early.account_id]


def test_the_words_of_a_key_are_the_same_on_both_sides(
    database: Database, keys: Keys, fresh_keys: NewKeys, today: date
) -> None:
    """One side makes them from the private key, the other from what the database says."""
    person = make_person(database, keys, today, Role.MODERATOR)
    actor = actor_of(database, keys, person, today)
    with database.read() as db:
        own = words_of_key(keys, get_own_public_key(db, keys, actor))
        (listed,) = list_readers(db, today).waiting

    assert own == words_of_key(keys, listed.public_key)
    assert own != words_of_key(keys, new_key_pair().public)
    assert len(own.split()) == 4
