import secrets
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from coproduce.accounts.invitations import (
    CODE_SIGNS,
    VALID_DAYS,
    cancel_invitation,
    cancel_recovery_code,
    expire_invitations,
    find_invitation,
    find_open_recovery,
    invite,
    list_open_invitations,
    print_recovery_code,
    read_invitation_code,
    use_invitation,
)
from coproduce.accounts.models import Invitation, InvitationKind
from coproduce.accounts.rules import PeopleEvent
from coproduce.core.actor import Grant
from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.codes import POSTER_ALPHABET, in_groups
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from tests.people import make_person

MODERATOR = Grant(Role.MODERATOR)
CODES = st.text(POSTER_ALPHABET, min_size=CODE_SIGNS, max_size=CODE_SIGNS)
DIGITS_OF_SCRIPTS = st.sampled_from([0x0660, 0x06F0, 0x0966, 0x09E6, 0xFF10, 0x1D7CE])


def invited(database: Database, keys: Keys, today: date, grant: Grant = MODERATOR) -> str:
    with database.write() as db:
        code = invite(db, keys, grant, today=today, chance=secrets.token_bytes)
        db.commit()
    return code


def used(database: Database, keys: Keys, code: str, day: date) -> object:
    with database.write() as db:
        try:
            found = use_invitation(db, keys, code, day)
        except Conflict:
            return Conflict
        db.commit()
    return found.grant


def always(byte: int) -> Callable[[int], bytes]:
    """Return a chance that gives this byte again and again."""
    return lambda count: bytes([byte] * count)


def written(database: Database) -> list[str]:
    with database.read() as db:
        return [line.what for line in list_log(db)][::-1]


# Reading what was typed


@given(code=CODES, zero=DIGITS_OF_SCRIPTS, between=st.sampled_from(" -–.\u00a0\u200f_\n"))
def test_a_code_is_read_however_it_was_typed(code: str, zero: int, between: str) -> None:
    foreign = "".join(chr(zero + int(sign)) if sign.isdigit() else sign for sign in code)
    typed = between.join(foreign.lower()[i : i + 4] for i in range(0, CODE_SIGNS, 4))

    assert read_invitation_code(typed) == code
    assert read_invitation_code(f"  {in_groups(code)}\n") == code


@given(code=CODES, place=st.integers(0, CODE_SIGNS - 1), sign=st.sampled_from("01ILOU/?é%é"))
def test_what_cannot_be_a_code_is_none(code: str, place: int, sign: str) -> None:
    assert read_invitation_code(code[:place] + sign + code[place + 1 :]) is None
    assert read_invitation_code(code[1:]) is None
    assert read_invitation_code(f"{code}2") is None


# One code, one use


def test_a_code_tells_its_role_and_works_once(database: Database, keys: Keys, today: date) -> None:
    code = invited(database, keys, today)

    assert (len(code), set(code) <= set(POSTER_ALPHABET)) == (CODE_SIGNS, True)
    with database.read() as db:
        found = find_invitation(db, keys, in_groups(code).lower(), today)
    assert found is not None
    assert (found.kind, found.grant, found.account_id) == (InvitationKind.JOIN, MODERATOR, None)
    assert used(database, keys, code, today) == MODERATOR
    assert used(database, keys, code, today) is Conflict
    with database.read() as db:
        assert find_invitation(db, keys, code, today) is None
        assert list_open_invitations(db, today) == []


def test_the_database_holds_no_code(database: Database, keys: Keys, today: date) -> None:
    code = invited(database, keys, today)

    with database.read() as db:
        [row] = db.execute(select(*Invitation.__table__.columns)).all()
    assert not any(code.lower() in str(value).lower() for value in row)
    assert not any(code.encode() in value for value in row if isinstance(value, bytes))


def test_of_two_who_use_a_code_at_once_one_wins(
    database: Database, keys: Keys, today: date
) -> None:
    code = invited(database, keys, today)
    start, outcomes = threading.Barrier(4), list[object]()

    def use() -> None:
        start.wait()
        outcomes.append(used(database, keys, code, today))

    people = [threading.Thread(target=use) for _person in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(map(str, outcomes)) == sorted(map(str, [MODERATOR, *[Conflict] * 3]))


def test_a_code_ends_after_its_last_day(database: Database, keys: Keys, today: date) -> None:
    code, last = invited(database, keys, today), today + timedelta(days=VALID_DAYS)

    with database.read() as db:
        assert find_invitation(db, keys, code, last) is not None
        assert find_invitation(db, keys, code, last + timedelta(days=1)) is None
    assert used(database, keys, code, last + timedelta(days=1)) is Conflict
    assert used(database, keys, code, last) == MODERATOR


def test_a_code_ends_no_later_than_its_role(database: Database, keys: Keys, today: date) -> None:
    soon = today + timedelta(days=3)
    with database.write() as db:
        code = invite(db, keys, MODERATOR, today=today, chance=secrets.token_bytes, last_day=soon)
        found = find_invitation(db, keys, code, today)
        assert found is not None
        assert (found.last_day, found.valid_until) == (soon, soon)
        with pytest.raises(RuleBroken):
            invite(
                db,
                keys,
                MODERATOR,
                today=today,
                chance=secrets.token_bytes,
                last_day=today - timedelta(days=1),
            )


def test_codes_that_are_over_are_forgotten(database: Database, keys: Keys, today: date) -> None:
    invited(database, keys, today)
    code = invited(database, keys, today + timedelta(days=1))
    with database.write() as db:
        expire_invitations(db, today + timedelta(days=VALID_DAYS + 1))
        db.commit()

    with database.read() as db:
        assert len(db.scalars(select(Invitation.tag)).all()) == 1
        assert find_invitation(db, keys, code, today) is not None


@pytest.mark.parametrize(
    "grant",
    [
        Grant(Role.MODERATOR, Scope.PROVIDER, bytes(16)),
        Grant(Role.PROVIDER_STAFF),
        Grant(Role.PROVIDER_STAFF, Scope.AREA, bytes(16)),
        Grant(Role.COMMISSIONER, Scope.PROVIDER, bytes(16)),
    ],
)
def test_a_reach_that_the_role_cannot_have_is_refused(
    database: Database, keys: Keys, today: date, grant: Grant
) -> None:
    with pytest.raises(RuleBroken), database.write() as db:
        invite(db, keys, grant, today=today, chance=secrets.token_bytes)


# Sent twice


def test_the_same_form_sent_twice_gives_one_invitation_and_the_same_code(
    database: Database, keys: Keys, today: date
) -> None:
    codes = set()
    for _time in range(2):
        with database.write() as db:
            codes.add(invite(db, keys, MODERATOR, today=today, chance=always(7)))
            db.commit()

    with database.read() as db:
        assert (len(codes), len(list_open_invitations(db, today))) == (1, 1)
    assert written(database) == [PeopleEvent.INVITED]


def test_a_form_sent_again_does_not_wake_a_code_that_was_used(
    database: Database, keys: Keys, today: date
) -> None:
    for spend in (True, False):
        with database.write() as db:
            same = always(spend)
            code = invite(db, keys, MODERATOR, today=today, chance=same)
            if spend:
                use_invitation(db, keys, code, today)
            else:
                [listed] = list_open_invitations(db, today)
                cancel_invitation(db, keys, listed.tag, today=today, cancelled_by=None)
            with pytest.raises(Conflict):
                invite(db, keys, MODERATOR, today=today, chance=same)
            assert find_invitation(db, keys, code, today) is None
            db.commit()


# Cancelling


def test_a_cancelled_invitation_does_not_work_and_the_log_knows(
    database: Database, keys: Keys, today: date
) -> None:
    code, other = invited(database, keys, today), invited(database, keys, today)
    boss = make_person(database, keys, today, Role.ADMINISTRATOR)
    with database.write() as db:
        tag = next(
            listed.tag
            for listed in list_open_invitations(db, today)
            if find_invitation(db, keys, code, today) is not None
        )
        cancel_invitation(db, keys, tag, today=today, cancelled_by=boss.account_id)
        with pytest.raises(Conflict):
            cancel_invitation(db, keys, tag, today=today, cancelled_by=boss.account_id)
        db.commit()

    assert {used(database, keys, one, today) for one in (code, other)} == {MODERATOR, Conflict}
    with database.read() as db:
        newest = list_log(db)[0]
        assert find_broken_line(db, keys) is None
    assert (newest.what, newest.about) == (PeopleEvent.INVITATION_CANCELLED, Role.MODERATOR)
    assert newest.account_id == boss.account_id


# Getting back into an account


def test_a_recovery_code_belongs_to_one_account_and_ends_older_ones(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)
    with database.write() as db:
        first, second = (
            print_recovery_code(
                db,
                keys,
                person.account_id,
                renews_second_factor=renews,
                today=today,
                chance=secrets.token_bytes,
            )
            for renews in (False, True)
        )
        assert find_invitation(db, keys, first, today) is None
        assert find_open_recovery(db, person.account_id, today) == today + timedelta(VALID_DAYS)
        found = find_invitation(db, keys, second, today)
        assert found is not None
        assert (found.kind, found.account_id, found.grant, found.renews_second_factor) == (
            InvitationKind.RECOVER,
            person.account_id,
            None,
            True,
        )
        assert list_open_invitations(db, today) == []
        for _time in range(2):
            cancel_recovery_code(db, keys, person.account_id, today=today, cancelled_by=None)
        assert find_invitation(db, keys, second, today) is None
        db.commit()

    assert written(database) == [
        PeopleEvent.RECOVERY_CODE_PRINTED,
        PeopleEvent.RECOVERY_CODE_PRINTED,
        PeopleEvent.RECOVERY_CODE_CANCELLED,
    ]


def test_nobody_gets_a_recovery_code_for_no_account(
    database: Database, keys: Keys, today: date
) -> None:
    with pytest.raises(NotFound), database.write() as db:
        print_recovery_code(
            db,
            keys,
            bytes(16),
            renews_second_factor=False,
            today=today,
            chance=secrets.token_bytes,
        )
