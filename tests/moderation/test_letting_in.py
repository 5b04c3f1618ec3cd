import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date, datetime, timedelta

import pytest
from nacl.encoding import URLSafeBase64Encoder
from nacl.exceptions import CryptoError
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient

from coproduce.accounts.key_chain import new_key_pair
from coproduce.accounts.models import Account, RoleGrant
from coproduce.accounts.queries import load_actor
from coproduce.core.actor import Actor
from coproduce.core.chained_log import LogEntry, list_log
from coproduce.core.db import Base, Database
from coproduce.core.errors import NotFound, RuleBroken
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.core.sealing import open_with, seal_to, unlock
from coproduce.feedback.models import Inbox, ReadingKey, SealedText
from coproduce.feedback.reading_keys import REPLACED_DAYS, current_public_key, key_fingerprint
from coproduce.feedback.settle import settle_feedback
from coproduce.moderation.key_shares import (
    CannotOpenYet,
    list_readers,
    open_reading_keys,
)
from coproduce.moderation.letting_in import (
    KEY_DAYS,
    KeyEvent,
    KeyReminder,
    drop_old_reading_keys,
    drop_shares_of_leavers,
    get_key_reminder,
    make_new_key,
    use_recovery_sheet,
)
from coproduce.moderation.models import CaseState, KeyShare, SafeguardingCase
from coproduce.services.queries import Landing
from coproduce.web.sign_in_cookie import read_cookie
from coproduce.web.site import Site
from tests.factories import make_service, sent_form
from tests.moderation.teams import Team, actor_of, let_person_in, make_team, type_sheet
from tests.people import Person, make_person, sign_in
from tests.waiting_texts import make_waiting_text

CANARY = "They open at nine, canary."


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open code."""
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    """A lead who typed the sheet, and a moderator."""
    return make_team(database, fresh_keys, today)


def events(database: Database) -> list[str]:
    """What the log says, oldest first."""
    with database.read() as db:
        return [line.what for line in reversed(list_log(db))]


def can_read(database: Database, keys: Keys, person: Person, today: date, box: bytes) -> bool:
    """Return True if somebody who signs in opens a box."""
    actor = actor_of(database, keys, person, today)
    with database.read() as db:
        try:
            open_reading_keys(db, keys, actor).open(box)
        except CannotOpenYet:
            return False
    return True


def sealed_today(database: Database, keys: Keys) -> bytes:
    """Seal something as a form would now."""
    with database.read() as db:
        return seal_to(current_public_key(db, keys), b"words")


def rotate(database: Database, keys: Keys, person: Person | None, day: date) -> list[bytes]:
    """Let somebody make a new key; return who holds it."""
    actor = actor_of(database, keys, person, day) if person else None
    return [one.account_id for one in make_new_key(database, keys, actor, day)]


def recover(database: Database, keys: Keys, person: Person) -> Person:
    """Give somebody a new key pair, as recovering an account does."""
    pair = new_key_pair()
    with database.write() as db:
        db.execute(
            update(Account).where(Account.id == person.account_id).values(public_key=pair.public)
        )
        db.commit()
    return Person(person.account_id, person.pseudonym, pair)


def end_roles(database: Database, person: Person) -> None:
    """Take every role from somebody."""
    with database.write() as db:
        db.execute(delete(RoleGrant).where(RoleGrant.account_id == person.account_id))
        db.commit()


# The recovery sheet.


def test_the_sheet_makes_the_first_key_and_seals_waiting_texts_anew(
    client: TestClient,
    database: Database,
    fresh_keys: NewKeys,
    keys: Keys,
    landing: Landing,
    today: date,
) -> None:
    """Texts in the inbox and settled ones; the sheet alone opens none of them afterwards."""
    sent_form(client, landing.code, better=CANARY)
    with database.write() as db:
        make_waiting_text(db, keys, landing, today, better=CANARY)
        db.commit()
    lead = make_person(database, keys, today, Role.LEAD)

    assert type_sheet(database, fresh_keys, lead, today)

    with database.read() as db:
        boxes = [db.scalars(select(Inbox.text_box)).one(), db.scalars(select(SealedText.box)).one()]
    actor = actor_of(database, keys, lead, today)
    for box in boxes:
        assert box is not None
        with database.read() as db:
            assert CANARY.encode() in open_reading_keys(db, keys, actor).open(box)
        with pytest.raises(CryptoError):
            open_with(fresh_keys.recovery_private, box)
    assert events(database) == [KeyEvent.MADE, KeyEvent.SHEET_TYPED]


def test_a_text_without_words_in_the_inbox_stays_without(
    client: TestClient,
    database: Database,
    fresh_keys: NewKeys,
    keys: Keys,
    landing: Landing,
    today: date,
) -> None:
    sent_form(client, landing.code, overall="good")
    type_sheet(database, fresh_keys, make_person(database, keys, today, Role.LEAD), today)

    with database.read() as db:
        assert db.scalars(select(Inbox.text_box)).one() is None


def test_the_sheet_opens_every_key_later_and_makes_none(
    database: Database, fresh_keys: NewKeys, keys: Keys, team: Team, today: date
) -> None:
    """For somebody who waits while all others lost their passphrases."""
    old = sealed_today(database, keys)
    rotate(database, keys, team.lead, today + timedelta(days=1))
    new = sealed_today(database, keys)
    late = make_person(database, keys, today, Role.MODERATOR)
    day = today + timedelta(days=2)

    assert type_sheet(database, fresh_keys, late, day)

    assert can_read(database, keys, late, day, old)
    assert can_read(database, keys, late, day, new)
    with database.read() as db:
        assert len(db.scalars(select(ReadingKey.id)).all()) == 2


def test_typing_the_sheet_again_changes_nothing(
    database: Database, fresh_keys: NewKeys, keys: Keys, team: Team, today: date
) -> None:
    before = events(database)

    assert not type_sheet(database, fresh_keys, team.lead, today)

    assert events(database) == before


def test_two_people_who_type_the_sheet_at_once_hold_the_same_key(
    database: Database, fresh_keys: NewKeys, keys: Keys, landing: Landing, today: date
) -> None:
    with database.write() as db:
        make_waiting_text(db, keys, landing, today)
        db.commit()
    people = [make_person(database, keys, today, Role.LEAD) for _ in range(2)]
    actors = [actor_of(database, keys, person, today) for person in people]

    def type_it(actor: Actor) -> bool:
        return use_recovery_sheet(database, keys, actor, fresh_keys.recovery_private, today)

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(type_it, actors)) == [True, True]

    with database.read() as db:
        assert len(db.scalars(select(ReadingKey.id)).all()) == 1
        box = db.scalars(select(SealedText.box)).one()
    assert all(can_read(database, keys, person, today, box) for person in people)


# Letting in.


def test_two_who_let_the_same_person_in_at_once_have_one_effect(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    new = make_person(database, keys, today, Role.MODERATOR)

    def let_them_in(reader: Person) -> bool:
        return let_person_in(database, keys, reader, new, today)

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(let_them_in, [team.lead, team.reader])) == [False, True]

    assert can_read(database, keys, new, today, sealed_today(database, keys))
    assert events(database).count(KeyEvent.LET_IN) == 2


def test_who_waits_cannot_let_anybody_in(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    new, other = (make_person(database, keys, today, Role.MODERATOR) for _ in range(2))

    with pytest.raises(CannotOpenYet):
        let_person_in(database, keys, new, other, today)


def test_who_holds_only_an_older_key_cannot_let_anybody_in(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    """They wait themselves, and what they could hand on would not be enough."""
    day = today + timedelta(days=1)
    rotate(database, keys, team.lead, day)
    with database.write() as db:
        newest = db.scalars(select(ReadingKey.id).order_by(ReadingKey.since.desc())).first()
        db.execute(
            delete(KeyShare).where(
                KeyShare.account_id == team.reader.account_id, KeyShare.reading_key_id == newest
            )
        )
        db.commit()
    new = make_person(database, keys, today, Role.MODERATOR)

    with pytest.raises(CannotOpenYet):
        let_person_in(database, keys, team.reader, new, day)


@pytest.mark.parametrize("roles", [(Role.ADMINISTRATOR,), (Role.FACILITATOR,), ()])
def test_nobody_is_let_in_who_does_not_read(
    database: Database, keys: Keys, team: Team, today: date, roles: tuple[Role, ...]
) -> None:
    other = make_person(database, keys, today, *roles)

    with pytest.raises(NotFound):
        let_person_in(database, keys, team.lead, other, today)


def test_a_recovered_account_waits_until_it_is_let_in_again(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    back = recover(database, keys, team.reader)
    box = sealed_today(database, keys)
    with database.read() as db:
        assert [one.account_id for one in list_readers(db, today).waiting] == [back.account_id]
    assert not can_read(database, keys, back, today, box)

    assert let_person_in(database, keys, team.lead, back, today)

    assert can_read(database, keys, back, today, box)
    with database.read() as db:
        assert list_readers(db, today).waiting == ()


# New keys.


def test_a_new_key_goes_to_everybody_who_reads_and_old_texts_stay_readable(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    old, day = sealed_today(database, keys), today + timedelta(days=1)

    held_by = rotate(database, keys, team.lead, day)

    new = sealed_today(database, keys)
    assert set(held_by) == {team.lead.account_id, team.reader.account_id}
    for person in (team.lead, team.reader):
        assert can_read(database, keys, person, day, old)
        assert can_read(database, keys, person, day, new)
    with database.read() as db:
        assert list_readers(db, day).waiting == ()


def test_the_shell_makes_a_new_key_for_those_who_read(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    day = today + timedelta(days=1)

    assert len(rotate(database, keys, None, day)) == 2

    assert can_read(database, keys, team.reader, day, sealed_today(database, keys))


def test_a_new_key_is_not_made_before_anybody_can_open_texts(
    database: Database, keys: Keys, today: date
) -> None:
    """It would close everything to everybody but the sheet."""
    with pytest.raises(RuleBroken):
        rotate(database, keys, None, today)


def test_there_is_one_new_key_a_day_also_for_two_at_once(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    day = today + timedelta(days=1)
    actors = [actor_of(database, keys, person, day) for person in (team.lead, team.reader)]

    def make(actor: Actor) -> bool:
        try:
            make_new_key(database, keys, actor, day)
        except RuleBroken:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(make, actors)) == [False, True]

    box = sealed_today(database, keys)
    assert all(can_read(database, keys, one, day, box) for one in (team.lead, team.reader))


def test_a_key_put_into_the_database_gets_no_new_reading_key(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    """Somebody who can change the database makes an account look let in, with a key of theirs."""
    theirs = recover(database, keys, team.reader)
    with database.write() as db:
        db.execute(
            update(KeyShare)
            .where(KeyShare.account_id == theirs.account_id)
            .values(sealed_to=key_fingerprint(theirs.pair.public))
        )
        db.commit()
    with database.read() as db:
        assert list_readers(db, today).waiting == ()
    day = today + timedelta(days=1)

    held_by = rotate(database, keys, team.lead, day)

    assert held_by == [team.lead.account_id]
    assert not can_read(database, keys, theirs, day, sealed_today(database, keys))
    with database.read() as db:
        assert [one.account_id for one in list_readers(db, day).waiting] == [theirs.account_id]


def test_a_key_put_in_place_of_that_of_whoever_makes_a_new_one_gets_nothing(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    """Their cookie proves which key is theirs, whatever the table of accounts says."""
    theirs = recover(database, keys, team.lead)
    with database.write() as db:
        db.execute(
            update(KeyShare)
            .where(KeyShare.account_id == theirs.account_id)
            .values(sealed_to=key_fingerprint(theirs.pair.public))
        )
        db.commit()
    day = today + timedelta(days=1)

    rotate(database, keys, team.lead, day)

    box = sealed_today(database, keys)
    assert not can_read(database, keys, theirs, day, box)
    assert can_read(database, keys, team.lead, day, box)
    assert can_read(database, keys, team.reader, day, box)


def test_no_new_key_is_made_while_the_log_is_not_as_it_was(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    with database.write() as db:
        db.execute(update(LogEntry).where(LogEntry.number == 3).values(about="x"))
        db.commit()

    with pytest.raises(RuleBroken):
        rotate(database, keys, team.lead, today + timedelta(days=1))


# Leaving, and old keys.


def test_who_leaves_loses_their_shares_and_gets_no_new_key(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    end_roles(database, team.reader)
    with database.write() as db:
        assert drop_shares_of_leavers(db, keys, today) == 1
        assert drop_shares_of_leavers(db, keys, today) == 0
        db.commit()
    day = today + timedelta(days=1)

    assert not can_read(database, keys, team.reader, day, sealed_today(database, keys))
    assert rotate(database, keys, team.lead, day) == [team.lead.account_id]
    with database.read() as db:
        assert db.scalars(select(KeyShare.account_id).distinct()).all() == [team.lead.account_id]


def test_a_reminder_comes_after_a_year_or_when_somebody_left(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    with database.read() as db:
        now = get_key_reminder(db, today)
        later = get_key_reminder(db, today + timedelta(days=KEY_DAYS + 1))
    assert now == KeyReminder(today, is_old=False, has_somebody_left=False)
    assert later == KeyReminder(today, is_old=True, has_somebody_left=False)

    end_roles(database, team.reader)
    with database.read() as db:
        left = get_key_reminder(db, today)
    assert left == KeyReminder(today, is_old=False, has_somebody_left=True)
    day = today + timedelta(days=1)

    rotate(database, keys, team.lead, day)
    with database.read() as db:
        assert get_key_reminder(db, day) == KeyReminder(day, is_old=False, has_somebody_left=False)


def test_there_is_no_reminder_before_there_is_a_key(database: Database, today: date) -> None:
    with database.read() as db:
        assert get_key_reminder(db, today) is None


def test_a_replaced_key_goes_when_nothing_sealed_to_it_can_wait(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    replaced = today + timedelta(days=200)
    rotate(database, keys, team.lead, replaced)
    last = replaced + timedelta(days=REPLACED_DAYS)
    with database.write() as db:
        assert drop_old_reading_keys(db, last) == 0
        assert drop_old_reading_keys(db, last + timedelta(days=1)) == 1
        assert drop_old_reading_keys(db, last + timedelta(days=1)) == 0
        db.commit()

    with database.read() as db:
        assert db.scalars(select(ReadingKey.since)).all() == [replaced]
        assert len(db.scalars(select(KeyShare.account_id)).all()) == 2
    assert can_read(database, keys, team.reader, last, sealed_today(database, keys))


def test_an_old_key_stays_while_a_case_is_kept(
    database: Database, keys: Keys, team: Team, today: date
) -> None:
    rotate(database, keys, team.lead, today + timedelta(days=1))
    long_after = today + timedelta(days=REPLACED_DAYS * 2)
    case_id = secrets.token_bytes(16)
    with database.write() as db:
        db.add(
            SafeguardingCase(
                id=case_id,
                state=CaseState.OPEN,
                opened_by=team.lead.account_id,
                box=b"sealed",
                due_on=today,
            )
        )
        db.flush()
        assert drop_old_reading_keys(db, long_after) == 0
        db.execute(update(SafeguardingCase).values(box=None))
        assert drop_old_reading_keys(db, long_after) == 1
        db.commit()


# The whole chain.


def everything_in(database: Database) -> set[bytes]:
    """Every value of bytes in every table."""
    with database.read() as db:
        return {
            value
            for table in Base.metadata.sorted_tables
            for row in db.execute(select(table))
            for value in row
            if isinstance(value, bytes)
        }


def secrets_of(keys: Keys) -> set[bytes]:
    """Every secret of the key file, and what the server makes of them."""
    purposes = ("sign-in cookie", "sign-ins", "passphrases", "chained log", "words of a key")
    held = {getattr(keys, field.name) for field in fields(keys)}
    made = {keys.secret_for(purpose) for purpose in purposes}
    return {value for value in held | made if isinstance(value, bytes)}


def all_that_opens(stolen: Iterable[bytes]) -> bytes:
    """Try everything as a key on everything, and on what that gave; return all that came out."""
    boxes = set(stolen)
    fresh = {value[:32] for value in boxes if len(value) >= 32}
    tried: set[bytes] = set()
    out: set[bytes] = set()
    while fresh:
        found = set()
        for key in fresh:
            for box in boxes:
                for opens in (unlock, open_with):
                    try:
                        found.add(opens(key, box))
                    except (CryptoError, ValueError):
                        continue
        tried |= fresh
        out |= found
        fresh = {value[:32] for value in found if len(value) >= 32} - tried
    return b"\n".join(out)


def test_words_are_opened_by_database_key_file_and_cookie_together_only(
    client: TestClient,
    site: Site,
    database: Database,
    fresh_keys: NewKeys,
    keys: Keys,
    landing: Landing,
    clock: Callable[[], datetime],
    today: date,
) -> None:
    """From the sheet over a form and the settling to the reader; and whoever steals a part."""
    lead = make_person(database, keys, today, Role.LEAD)
    type_sheet(database, fresh_keys, lead, today)
    reader = make_person(database, keys, today, Role.MODERATOR)
    let_person_in(database, keys, lead, reader, today)
    sent_form(client, landing.code, better=CANARY)
    settle_feedback(database, keys, today + timedelta(days=2), secrets.token_bytes)
    with database.read() as db:
        box = db.scalars(select(SealedText.box)).one()

    sign_in(client, site, database, reader, clock())
    cookie = read_cookie(site, client.headers)
    assert cookie is not None
    with database.read() as db:
        actor = load_actor(db, keys, cookie.token, today)
        assert actor is not None
        words = open_reading_keys(db, keys, actor).open(box)
    assert CANARY.encode() in words

    stored, held = everything_in(database), secrets_of(keys)
    value = client.headers["cookie"].partition("=")[2].encode()
    handed_out = {URLSafeBase64Encoder.decode(value)}
    assert CANARY.encode() not in all_that_opens(stored)
    assert CANARY.encode() not in all_that_opens(handed_out)
    assert CANARY.encode() not in all_that_opens(stored | held)
    assert CANARY.encode() not in all_that_opens(stored | handed_out)
    assert CANARY.encode() in all_that_opens(stored | held | handed_out)
    assert CANARY.encode() in all_that_opens(stored | {fresh_keys.recovery_private})
