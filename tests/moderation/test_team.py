import secrets
from datetime import date, timedelta
from enum import StrEnum

import pytest

from coproduce.accounts.rules import AccountEvent, PeopleEvent
from coproduce.core.chained_log import append_to_log
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.moderation.letting_in import KeyEvent
from coproduce.moderation.models import SupervisionKind
from coproduce.moderation.rules import Step
from coproduce.moderation.safeguarding import CaseStep
from coproduce.moderation.second_reading import SecondStep
from coproduce.moderation.set_aside import SetAsideStep
from coproduce.moderation.statements import StatementStep
from coproduce.moderation.team import (
    ABOUT_ACCOUNTS,
    NAMES_OF_EVENTS,
    Profile,
    add_conflict,
    end_conflict,
    get_notes,
    get_profile,
    has_smallest_team,
    list_members,
    note_week,
    read_log,
    set_profile,
)
from coproduce.outreach.rules import PrintEvent
from coproduce.reports.rules import Done
from tests.moderation.teams import make_team, type_sheet
from tests.people import make_person


def test_who_set_nothing_reads_the_first_language_only(
    database: Database, keys: Keys, today: date
) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)

    with database.read() as db:
        profile = get_profile(db, person.account_id, "en")

    assert profile == Profile(frozenset({"en"}), frozenset(), frozenset())


def test_a_profile_is_kept_and_changed(database: Database, keys: Keys, today: date) -> None:
    person = make_person(database, keys, today, Role.MODERATOR)
    service_id, other_id = secrets.token_bytes(16), secrets.token_bytes(16)
    with database.write() as db:
        set_profile(db, person.account_id, ["ar", "en"], ["death"])
        set_profile(db, person.account_id, ["ar"], ["violence", "death"])
        for _twice in range(2):
            add_conflict(db, person.account_id, service_id)
            add_conflict(db, person.account_id, other_id)
            end_conflict(db, person.account_id, other_id)
        db.commit()

    with database.read() as db:
        profile = get_profile(db, person.account_id, "en")

    assert profile == Profile(
        frozenset({"ar"}), frozenset({"violence", "death"}), frozenset({service_id})
    )


def test_two_who_can_open_texts_are_the_smallest_team(
    database: Database, keys: Keys, fresh_keys: NewKeys, today: date
) -> None:
    """Roles alone do not make one."""
    for _ in range(2):
        person = make_person(database, keys, today, Role.MODERATOR)
    with database.read() as db:
        assert not has_smallest_team(db, today)
    type_sheet(database, fresh_keys, person, today)
    with database.read() as db:
        assert not has_smallest_team(db, today)

    type_sheet(database, fresh_keys, make_person(database, keys, today, Role.LEAD), today)

    with database.read() as db:
        assert has_smallest_team(db, today)


def test_the_newest_note_counts_and_old_ones_do_not(
    database: Database, keys: Keys, today: date
) -> None:
    person, silent = (make_person(database, keys, today, Role.MODERATOR) for _ in range(2))
    monday = today - timedelta(days=today.weekday())
    with database.write() as db:
        note_week(db, person.account_id, monday - timedelta(weeks=1), SupervisionKind.HEAVY)
        note_week(db, person.account_id, monday - timedelta(weeks=3), SupervisionKind.FINE)
        note_week(db, silent.account_id, monday - timedelta(weeks=9), SupervisionKind.FINE)
        db.commit()

    with database.read() as db:
        notes = get_notes(db, [person.account_id, silent.account_id], monday - timedelta(weeks=3))

    assert notes == {person.account_id: SupervisionKind.HEAVY}


def test_load_counts_texts_that_were_decided(
    database: Database, keys: Keys, fresh_keys: NewKeys, today: date
) -> None:
    """Not those that were passed on; and weeks begin on Monday."""
    team = make_team(database, fresh_keys, today)
    monday = today - timedelta(days=today.weekday())
    with database.write() as db:
        for day, what in (
            (today, Step.READ),
            (monday, Step.NOT_USED),
            (today, Step.PASSED_ON),
            (monday - timedelta(days=1), Step.READ),
            (monday - timedelta(weeks=3), Step.READ),
            (monday - timedelta(weeks=3, days=1), Step.READ),
        ):
            append_to_log(db, keys, day=day, account_id=team.reader.account_id, what=what)
        db.commit()

    with database.read() as db:
        members = {one.account_id: one for one in list_members(db, today, "en")}

    reader = members[team.reader.account_id]
    assert (reader.this_week, reader.four_weeks) == (2, 4)
    assert members[team.lead.account_id].four_weeks == 0


@pytest.mark.parametrize(
    "words",
    [
        *(KeyEvent, Step, CaseStep, SecondStep, StatementStep, SetAsideStep),
        *(PeopleEvent, AccountEvent, Done, PrintEvent),
    ],
)
def test_every_word_of_the_log_has_a_sentence(words: type[StrEnum]) -> None:
    assert {*words} <= NAMES_OF_EVENTS.keys()


def test_words_about_an_account_are_words_of_the_log() -> None:
    assert NAMES_OF_EVENTS.keys() >= ABOUT_ACCOUNTS


def test_ids_of_anything_but_people_stay_out_of_the_log(
    database: Database, keys: Keys, today: date
) -> None:
    secret = secrets.token_bytes(16).hex()
    with database.write() as db:
        append_to_log(db, keys, day=today, account_id=None, what=CaseStep.OPENED, about=secret)
        append_to_log(
            db, keys, day=today, account_id=None, what="role granted", about=f"{secret} moderator"
        )
        append_to_log(db, keys, day=today, account_id=None, what="left", about="no id")
        db.commit()

    with database.read() as db:
        left, granted, opened = read_log(db, None)

    assert opened.about == ()
    assert left.about == ()
    assert [str(getattr(one, "text", one)) for one in granted.about] == [
        "a former member",
        "Moderator",
    ]
