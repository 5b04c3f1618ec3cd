"""Changing accounts: what holds when two do it at once, or in the wrong order."""

import secrets
from datetime import date

import pytest

from coproduce.accounts.commands import (
    CodeUsed,
    NewAccount,
    begin_sign_in,
    change_passphrase,
    create_account,
    erase_account,
    finish_sign_in,
    grant_role,
    recover_account,
    set_second_factor,
    store_recovery_codes,
    use_code,
)
from coproduce.accounts.key_chain import LockedKey, lock_anew, new_key_pair
from coproduce.accounts.models import Stage
from coproduce.accounts.queries import (
    find_locked_key,
    get_account,
    get_own_private_key,
    list_sign_ins,
    load_actor,
)
from coproduce.core.actor import Grant
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, Forbidden, NotFound
from coproduce.core.keys import Keys
from coproduce.core.permissions import Permission, Role
from tests.accounts.steps import add_second_factor
from tests.moderation.teams import actor_of
from tests.people import Person, make_person, noon

OLD, NEW = bytes(32), b"n" * 32


@pytest.fixture
def member(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.PANEL_MEMBER)


def locked(database: Database, person: Person) -> LockedKey:
    with database.read() as db:
        found = find_locked_key(db, person.account_id)
    assert found is not None
    return found


def begin(
    database: Database, keys: Keys, person: Person, seen: LockedKey, today: date, token: bytes
) -> Stage:
    with database.write() as db:
        stage = begin_sign_in(db, keys, seen, person.pair.private, today=today, token=token)
        db.commit()
    return stage


def test_two_accounts_never_have_the_same_pseudonym(database: Database) -> None:
    def create(pseudonym: str) -> None:
        new = NewAccount(pseudonym, b"salt", "1 8 1", new_key_pair(), bytes(32))
        with database.write() as db:
            create_account(db, new, secrets.token_bytes)
            db.commit()

    create("Calm Otter")
    for again in ("calm otter", "CALM  OTTER", "calm-otter"):
        with pytest.raises(Conflict):
            create(again)


def test_a_sign_in_that_began_with_an_old_passphrase_is_refused(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    seen = locked(database, member)
    relocked = lock_anew(keys, "another one", member.pair.private, secrets.token_bytes)
    actor = actor_of(database, keys, member, today)
    with database.write() as db:
        change_passphrase(db, keys, seen, actor, relocked, today=today, token=OLD)
        db.commit()
    with pytest.raises(Conflict):
        begin(database, keys, member, seen, today, NEW)
    with database.write() as db, pytest.raises(Conflict):
        erase_account(db, keys, seen, today)


def test_a_new_passphrase_does_not_wake_a_sign_in_that_ended_meanwhile(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    """A role was given during the slow hash: from now on this account needs a second step."""
    seen, actor = locked(database, member), actor_of(database, keys, member, today)
    relocked = lock_anew(keys, "another one", member.pair.private, secrets.token_bytes)
    with database.write() as db:
        moderator = Grant(Role.MODERATOR)
        grant_role(db, member.account_id, moderator, secrets.token_bytes, starts_on=today)
        db.commit()

    with database.write() as db, pytest.raises(Conflict):
        change_passphrase(db, keys, seen, actor, relocked, today=today, token=NEW)

    assert locked(database, member) == seen
    with database.read() as db:
        assert load_actor(db, keys, NEW, today) is None


def test_an_account_that_was_erased_meanwhile_is_not_found(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    seen = locked(database, member)
    with database.write() as db:
        erase_account(db, keys, seen, today)
        db.commit()
    with pytest.raises(NotFound):
        begin(database, keys, member, seen, today, NEW)
    with database.write() as db, pytest.raises(NotFound):
        store_recovery_codes(db, keys, member.account_id, ("A" * 12,), today)


def test_a_role_that_begins_tomorrow_needs_the_second_step_today(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    tomorrow = today.replace(day=today.day + 1)
    with database.write() as db:
        grant_role(
            db,
            member.account_id,
            Grant(Role.ADMINISTRATOR),
            secrets.token_bytes,
            starts_on=tomorrow,
        )
        db.commit()
    stage = begin(database, keys, member, locked(database, member), today, NEW)
    assert stage is Stage.SECOND_STEP


def test_finishing_moves_the_own_key_to_the_new_token(
    database: Database, keys: Keys, today: date
) -> None:
    staff = make_person(database, keys, today, Role.COMMISSIONER)
    begin(database, keys, staff, locked(database, staff), today, OLD)
    with database.write() as db:
        half = load_actor(db, keys, OLD, today)
        assert half is not None
        assert half.permissions == {Permission.SECOND_STEP}
        finish_sign_in(db, keys, half, today, NEW)
        db.commit()
    with database.write() as db:
        assert load_actor(db, keys, OLD, today) is None
        whole = load_actor(db, keys, NEW, today)
        assert whole is not None
        assert whole.has(Permission.REPORT_READ)
        assert get_own_private_key(db, keys, whole) == staff.pair.private
        assert len(list_sign_ins(db, staff.account_id, today)) == 1
        with pytest.raises(Forbidden):
            finish_sign_in(db, keys, half, today, b"x" * 32)


def test_codes_are_spent_one_by_one(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    now, codes = noon(today), ("A" * 12, "B" * 12)
    app = add_second_factor(database, keys, member, now)
    with database.write() as db:
        store_recovery_codes(db, keys, member.account_id, codes, today)
        used = [
            use_code(db, keys, member.account_id, typed, now)
            for typed in (app.at(now), app.at(now), "aaaa-aaaa-aaaa", codes[0], "", codes[1])
        ]
        assert get_account(db, member.account_id).recovery_codes == 0
    app_code, recovery = CodeUsed.APP, CodeUsed.RECOVERY
    assert used == [app_code, None, recovery, None, None, recovery]


def test_a_first_code_app_is_never_replaced_as_a_first_one(
    database: Database, keys: Keys, today: date, member: Person
) -> None:
    now = noon(today)
    app = add_second_factor(database, keys, member, now)
    with database.write() as db, pytest.raises(Conflict):
        set_second_factor(
            db, keys, member.account_id, bytes(20), app.at(now), now=now, is_first=True
        )


@pytest.mark.parametrize("renews", [False, True])
def test_recovery_keeps_or_drops_the_second_factor_with_its_codes(
    database: Database, keys: Keys, today: date, member: Person, *, renews: bool
) -> None:
    add_second_factor(database, keys, member, noon(today))
    pair = new_key_pair()
    relocked = lock_anew(keys, "another one", pair.private, secrets.token_bytes)
    with database.write() as db:
        store_recovery_codes(db, keys, member.account_id, ("A" * 12,), today)
        recover_account(
            db,
            keys,
            member.account_id,
            pair,
            relocked,
            renews_second_factor=renews,
            today=today,
        )
        account = get_account(db, member.account_id)
    assert account.public_key == pair.public
    assert account.has_second_factor is not renews
    assert account.recovery_codes == (0 if renews else 1)
