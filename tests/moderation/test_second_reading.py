import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from coproduce.accounts.models import Account, RoleGrant
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from coproduce.feedback.models import Direction, Level, ModeratedText, TextState, TextUse
from coproduce.feedback.moderated_words import MadeCoding
from coproduce.moderation.models import (
    Assignment,
    CodingAgreement,
    CodingSample,
    ConflictOfInterest,
    FirstReading,
    Task,
)
from coproduce.moderation.second_reading import (
    Given,
    approve_quote,
    drop_quote,
    find_to_recode,
    get_given,
    is_waiting,
    pass_on,
    recode_text,
    reword_quote,
    save_second_coding,
    take_second,
)
from coproduce.moderation.team import Profile, add_conflict
from tests.factories import make_service
from tests.moderation.made_texts import (
    get_text,
    logged,
    make_moderated,
    make_quote,
    number_of,
)
from tests.people import Person, make_person

EVERYTHING = Profile(frozenset({"en"}), frozenset(), frozenset())
A2 = (MadeCoding("A2", Direction.WORKS, Level.SERVICE),)


@pytest.fixture
def first(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.MODERATOR)


@pytest.fixture
def second(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.MODERATOR)


def quote_by(database: Database, reader: Person) -> bytes:
    with database.write() as db:
        text_id = make_quote(db, make_service(db), reader)
        db.commit()
    return text_id


def taken_by(
    database: Database, person: Person, today: date, profile: Profile = EVERYTHING
) -> Given | None:
    with database.write() as db:
        given = take_second(db, person.account_id, profile, today, secrets.token_bytes)
        db.commit()
    return given


def done(database: Database, step: Callable[[Session], object]) -> None:
    with database.write() as db:
        step(db)
        db.commit()


def test_a_quote_leaves_after_a_second_person_has_read_it(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)

    assert taken_by(database, second, today) == Given(text_id, Task.SECOND_READING)
    done(database, lambda db: approve_quote(db, keys, second.account_id, text_id, today))

    text = get_text(database, text_id)
    assert text is not None
    assert (text.state, text.use) == (TextState.READY, TextUse.QUOTE)
    assert number_of(database, Assignment) == number_of(database, FirstReading) == 0


def test_the_first_reader_is_never_given_their_own_quote(
    database: Database, today: date, first: Person
) -> None:
    quote_by(database, first)

    with database.read() as db:
        assert not is_waiting(db, first.account_id, EVERYTHING, secrets.token_bytes)
    assert [taken_by(database, first, today) for _try in range(20)] == [None] * 20


def test_no_single_person_can_publish_a_quote_whatever_they_try(
    database: Database, keys: Keys, today: date, first: Person
) -> None:
    text_id = quote_by(database, first)
    steps: list[Callable[[Session], object]] = [
        lambda db: approve_quote(db, keys, first.account_id, text_id, today),
        lambda db: reword_quote(db, keys, first.account_id, text_id, "Mine.", "en", today),
        lambda db: drop_quote(db, keys, first.account_id, text_id, today),
        lambda db: save_second_coding(db, keys, first.account_id, text_id, A2, today),
    ]
    for step in steps:
        taken_by(database, first, today)
        with pytest.raises(Conflict):
            done(database, step)
    # Even with the text put into their hands by somebody who can change the database.
    with database.write() as db:
        db.add(
            Assignment(
                text_id=text_id,
                account_id=first.account_id,
                task=Task.SECOND_READING,
                given_on=today,
            )
        )
        db.commit()
    with pytest.raises(Conflict):
        done(database, steps[0])

    text = get_text(database, text_id)
    assert text is not None
    assert text.state is TextState.WAITS_FOR_SECOND


def test_where_the_first_reader_is_unknown_nobody_approves_a_quote(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    done(database, lambda db: db.execute(delete(Account).where(Account.id == first.account_id)))
    taken_by(database, second, today)

    with pytest.raises(Conflict):
        done(database, lambda db: approve_quote(db, keys, second.account_id, text_id, today))
    done(
        database,
        lambda db: reword_quote(db, keys, second.account_id, text_id, "Mine.", "en", today),
    )

    text = get_text(database, text_id)
    assert text is not None
    assert (text.use, text.words, text.state) == (TextUse.PARAPHRASE, "Mine.", TextState.READY)


def test_themes_only_deletes_the_words_and_what_others_would_have_coded(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    with database.write() as db:
        text_id = make_moderated(
            db,
            make_service(db),
            use=TextUse.QUOTE,
            state=TextState.WAITS_FOR_SECOND,
            first_reader=first,
            sampled_by=first,
        )
        db.commit()
    taken_by(database, second, today)
    done(database, lambda db: drop_quote(db, keys, second.account_id, text_id, today))

    text = get_text(database, text_id)
    assert text is not None
    assert (text.use, text.words, text.state) == (TextUse.THEMES, None, TextState.READY)
    assert number_of(database, CodingSample) == 0


def test_of_two_second_readers_at_once_each_gets_another_text(
    database: Database, keys: Keys, today: date, first: Person
) -> None:
    texts = {quote_by(database, first) for _quote in range(4)}
    people = [make_person(database, keys, today, Role.MODERATOR) for _person in range(4)]

    with ThreadPoolExecutor(4) as threads:
        given = list(threads.map(lambda person: taken_by(database, person, today), people))

    taken = [one.text_id for one in given if one]
    assert len(taken) == len(set(taken)) == number_of(database, Assignment)
    assert set(taken) <= texts
    assert len(taken) >= 3


def test_two_decisions_at_once_have_one_effect(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    taken_by(database, second, today)
    steps: list[Callable[[Session], object]] = [
        lambda db: approve_quote(db, keys, second.account_id, text_id, today),
        lambda db: drop_quote(db, keys, second.account_id, text_id, today),
    ] * 3

    def tried(step: Callable[[Session], object]) -> bool:
        try:
            done(database, step)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(tried, steps))

    assert outcomes.count(True) == 1
    assert len(logged(database)) == 1
    text = get_text(database, text_id)
    assert text is not None
    assert text.state is TextState.READY


def test_a_text_in_hand_is_given_to_nobody_else_until_a_day_has_passed(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    quote_by(database, first)
    third = make_person(database, keys, today, Role.MODERATOR)

    given = taken_by(database, second, today)
    assert given is not None
    assert taken_by(database, second, today) == given
    assert taken_by(database, third, today) is None
    assert taken_by(database, third, today + timedelta(days=1)) is None
    assert taken_by(database, third, today + timedelta(days=2)) == given


def test_who_passes_on_does_not_get_it_again(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    taken_by(database, second, today)
    for _time in range(2):
        done(database, lambda db: pass_on(db, keys, second.account_id, text_id, today))

    assert taken_by(database, second, today) is None
    assert logged(database) == ["second reading passed on"]


def test_nothing_is_given_about_a_service_somebody_must_not_read_about_or_in_a_strange_language(
    database: Database, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    text = get_text(database, text_id)
    assert text is not None
    assert text.service_id is not None
    for profile in (
        Profile(frozenset({"en"}), frozenset(), frozenset({text.service_id})),
        Profile(frozenset({"ar"}), frozenset(), frozenset()),
    ):
        assert taken_by(database, second, today, profile) is None


def test_second_readings_come_in_no_order(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    for _quote in range(6):
        quote_by(database, first)
    seen = set()
    for _try in range(60):
        given = taken_by(database, second, today)
        assert given is not None
        seen.add(given.text_id)
        done(database, lambda db: db.execute(delete(Assignment)))
    assert len(seen) > 1


def test_what_was_taken_back_meanwhile_is_said(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    taken_by(database, second, today)
    done(database, lambda db: db.execute(delete(ModeratedText)))

    with pytest.raises(NotFound, match="not here any more"):
        done(database, lambda db: approve_quote(db, keys, second.account_id, text_id, today))


def test_a_second_coding_is_counted_and_forgotten(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    with database.write() as db:
        text_id = make_moderated(db, make_service(db), codes=("A1", "A2"), sampled_by=first)
        db.commit()

    assert taken_by(database, first, today) is None
    assert taken_by(database, second, today) == Given(text_id, Task.SECOND_CODING)
    done(database, lambda db: save_second_coding(db, keys, second.account_id, text_id, A2, today))
    with pytest.raises(Conflict):
        done(
            database,
            lambda db: save_second_coding(db, keys, second.account_id, text_id, A2, today),
        )

    assert number_of(database, CodingSample) == 0
    with database.read() as db:
        counts = {
            row.code: (row.both, row.one, row.neither)
            for row in db.query(CodingAgreement)
            if row.code in {"A1", "A2", "A3"}
        }
    assert counts == {"A1": (0, 1, 0), "A2": (1, 0, 0), "A3": (0, 0, 1)}


def test_a_text_that_no_code_fitted_is_coded_again_once(
    database: Database, keys: Keys, today: date, second: Person
) -> None:
    with database.write() as db:
        text_id = make_moderated(db, make_service(db), codes=("Z0",))
        make_moderated(db, make_service(db), codes=("Z0", "A1"))
        make_moderated(db, make_service(db), codes=("Z0",), use=TextUse.THEMES)
        db.commit()
    with database.read() as db:
        assert find_to_recode(db, EVERYTHING, secrets.token_bytes(16)) == text_id

    def again(db: Session) -> None:
        recode_text(db, keys, second.account_id, EVERYTHING, text_id, A2, today)

    done(database, again)
    with pytest.raises(Conflict):
        done(database, again)
    with database.read() as db:
        assert find_to_recode(db, EVERYTHING, secrets.token_bytes(16)) is None


def test_the_log_says_what_was_done_and_never_of_which_text(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    taken_by(database, second, today)
    done(database, lambda db: approve_quote(db, keys, second.account_id, text_id, today))

    assert logged(database) == ["quote approved"]


def test_topics_somebody_declines_are_not_given_to_them(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    with database.write() as db:
        landing = make_service(db)
        make_quote(db, landing, first, words="He raped them, and nobody came.")
        db.commit()
    declines = Profile(frozenset({"en"}), frozenset({"sexual_violence"}), frozenset())

    assert taken_by(database, second, today, declines) is None
    assert taken_by(database, second, today) is not None


def test_a_text_in_hand_is_gone_at_once_with_a_conflict(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    text = get_text(database, text_id)
    assert text is not None
    assert text.service_id is not None
    service_id = text.service_id
    assert taken_by(database, second, today)
    done(database, lambda db: add_conflict(db, second.account_id, service_id))

    assert number_of(database, Assignment) == 0
    with database.write() as db, pytest.raises(Conflict):
        approve_quote(db, keys, second.account_id, text_id, today)


def test_a_conflict_closes_a_text_even_if_it_is_still_in_hand(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    text_id = quote_by(database, first)
    text = get_text(database, text_id)
    assert text is not None
    assert taken_by(database, second, today)
    with database.write() as db:
        db.add(ConflictOfInterest(account_id=second.account_id, service_id=text.service_id))
        db.flush()
        assert get_given(db, second.account_id) is None
        with pytest.raises(Conflict):
            drop_quote(db, keys, second.account_id, text_id, today)


def test_what_somebody_had_whose_role_has_ended_goes_to_others(
    database: Database, keys: Keys, today: date, first: Person, second: Person
) -> None:
    quote_by(database, first)
    given = taken_by(database, second, today)
    third = make_person(database, keys, today, Role.MODERATOR)
    done(
        database,
        lambda db: db.execute(delete(RoleGrant).where(RoleGrant.account_id == second.account_id)),
    )
    assert taken_by(database, third, today) == given


def test_a_text_without_a_theme_on_a_declined_topic_is_not_shown(
    database: Database, today: date
) -> None:
    with database.write() as db:
        make_moderated(db, make_service(db), words="They hit me, and nobody came.", codes=("Z0",))
        db.commit()
    declining = Profile(frozenset({"en"}), frozenset({"violence"}), frozenset())
    with database.read() as db:
        assert find_to_recode(db, EVERYTHING, secrets.token_bytes(16))
        assert find_to_recode(db, declining, secrets.token_bytes(16)) is None
