import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Base, Database
from coproduce.core.errors import NotFound
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.feedback.models import Consent, SealedText, Source
from coproduce.moderation.models import Assignment, PassedOn, Shift, Task
from coproduce.moderation.queries import (
    find_open_text,
    get_open_text,
    get_waiting,
    list_names_near,
)
from coproduce.moderation.queue import (
    LOOKED_AT,
    begin_break,
    count_item,
    give_next,
    holds,
    put_back,
)
from coproduce.moderation.rules import BREAK_MINUTES, SHIFT_ITEMS
from coproduce.moderation.team import Profile
from coproduce.services.models import AreaLevel
from coproduce.services.queries import Landing
from tests.factories import make_area, make_provider, make_service
from tests.feedback.submissions import stored_rows
from tests.moderation.teams import Team, make_team
from tests.moments import statements
from tests.people import make_person, noon
from tests.waiting_texts import make_waiting_text

ENGLISH = Profile(frozenset({"en"}), frozenset(), frozenset())
DAY = timedelta(days=1)


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    return make_team(database, fresh_keys, today)


@pytest.fixture
def now(today: date) -> datetime:
    return noon(today)


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db, name="The Lantern")
        db.commit()
    return landing


Wait = Callable[..., bytes]


@pytest.fixture
def wait(database: Database, keys: Keys, landing: Landing, today: date) -> Wait:
    """Let a text wait; named values say what is special about it."""

    def make(**special: Any) -> bytes:
        with database.write() as db:
            text_id = make_waiting_text(db, keys, landing, today, **special)
            db.commit()
        return text_id

    return make


def give(
    database: Database, account_id: bytes, now: datetime, profile: Profile = ENGLISH
) -> bytes | None:
    with database.write() as db:
        given = give_next(db, account_id, profile, now, secrets.token_bytes)
        db.commit()
    return given


def let_go(database: Database, account_id: bytes, text_id: bytes, now: datetime) -> None:
    with database.write() as db:
        put_back(db, account_id, text_id, now)
        db.commit()


def given_after(
    database: Database, account_id: bytes, now: datetime, count: int, profile: Profile = ENGLISH
) -> list[bytes | None]:
    """Return what somebody gets who passes on everything."""
    seen = []
    for _number in range(count):
        text_id = give(database, account_id, now, profile)
        seen.append(text_id)
        if text_id is None:
            break
        let_go(database, account_id, text_id, now)
    return seen


def test_a_text_is_with_one_person_only(
    database: Database, team: Team, keys: Keys, wait: Wait, now: datetime
) -> None:
    texts = {wait(), wait()}
    first = give(database, team.reader.account_id, now)
    second = give(database, team.lead.account_id, now)
    assert {first, second} == texts
    third = make_person(database, keys, now.date(), Role.MODERATOR)
    assert give(database, third.account_id, now) is None
    with database.read() as db:
        assert first is not None
        get_open_text(db, team.reader.account_id, first)
        with pytest.raises(NotFound):
            get_open_text(db, team.lead.account_id, first)


def test_asking_again_gives_the_text_that_is_open(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    wait()
    wait()
    first = give(database, team.reader.account_id, now)
    assert first is not None
    assert give(database, team.reader.account_id, now) == first
    assert len(stored_rows(database, Assignment)) == 1


def test_danger_comes_first(database: Database, team: Team, wait: Wait, now: datetime) -> None:
    for _number in range(10):
        wait()
    urgent = wait(is_urgent=True)
    assert give(database, team.reader.account_id, now) == urgent


@pytest.mark.parametrize(
    "profile",
    [
        Profile(frozenset({"ar"}), frozenset(), frozenset()),
        Profile(frozenset(), frozenset(), frozenset()),
        Profile(frozenset({"en"}), frozenset({"violence"}), frozenset()),
    ],
    ids=["another language", "no language", "a declined topic"],
)
def test_what_somebody_does_not_read_is_not_given_to_them(
    database: Database, team: Team, wait: Wait, now: datetime, profile: Profile
) -> None:
    text_id = wait(flags="name note_violence note_drugs")
    assert give(database, team.reader.account_id, now, profile) is None
    assert give(database, team.reader.account_id, now) == text_id


def test_a_text_of_a_service_somebody_has_to_do_with_is_not_given_to_them(
    database: Database, team: Team, wait: Wait, now: datetime, landing: Landing
) -> None:
    text_id = wait(is_urgent=True)
    assert landing.service_id is not None
    conflicted = Profile(frozenset({"en"}), frozenset(), frozenset({landing.service_id}))
    assert give(database, team.reader.account_id, now, conflicted) is None
    assert give(database, team.lead.account_id, now) == text_id


def test_what_was_passed_on_goes_to_others_and_never_comes_back(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    texts = {wait() for _number in range(3)}
    seen = given_after(database, team.reader.account_id, now, 5)
    assert seen[-1] is None
    assert set(seen[:-1]) == texts
    assert give(database, team.lead.account_id, now) in texts


def test_chance_decides_which_text_comes(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    """Of 20 texts the same one twenty times in a row would be no chance."""
    for _number in range(20):
        wait()
    firsts = set()
    for _number in range(20):
        firsts.add(give(database, team.reader.account_id, now))
        with database.write() as db:
            db.query(Assignment).delete()
            db.commit()
    assert len(firsts) > 5


def test_every_text_comes_to_somebody_in_the_end(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    """Wherever the search begins, after the last id it goes on with the first."""
    texts = {wait(language=language) for language in ("en", "ar") for _number in range(8)}
    both = Profile(frozenset({"en", "ar"}), frozenset(), frozenset())
    seen = given_after(database, team.reader.account_id, now, 17, both)
    assert set(seen) == {*texts, None}


def test_after_twenty_texts_comes_a_break_and_after_it_more(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    for _number in range(SHIFT_ITEMS + 1):
        wait()
    account_id = team.reader.account_id
    assert given_after(database, account_id, now, SHIFT_ITEMS + 1)[-1] is None
    assert give(database, account_id, now + timedelta(minutes=BREAK_MINUTES - 1)) is None
    assert give(database, account_id, now + timedelta(minutes=BREAK_MINUTES)) is not None
    assert give(database, team.lead.account_id, now) is not None


def test_the_text_under_work_can_be_finished_in_a_break(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    text_id = wait()
    wait()
    account_id = team.reader.account_id
    assert text_id is not None
    open_text = give(database, account_id, now)
    with database.write() as db:
        begin_break(db, account_id, now)
        db.commit()
    assert give(database, account_id, now) == open_text
    let_go(database, account_id, open_text or b"", now)
    assert give(database, account_id, now) is None


def test_counting_alone_leads_to_a_break(database: Database, team: Team, now: datetime) -> None:
    """Second readings count too."""
    with database.write() as db:
        for _number in range(SHIFT_ITEMS):
            count_item(db, team.reader.account_id, now)
        db.commit()
    [shift] = stored_rows(database, Shift)
    assert shift["break_until"] == (now + timedelta(minutes=BREAK_MINUTES)).isoformat()


def test_a_text_goes_back_by_itself_after_a_day(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    text_id = wait()
    assert give(database, team.reader.account_id, now) == text_id
    assert give(database, team.lead.account_id, now + DAY) is None
    assert give(database, team.lead.account_id, now + 2 * DAY) == text_id
    with database.read() as db:
        assert find_open_text(db, team.reader.account_id) is None


def test_a_text_goes_back_when_the_role_of_its_reader_has_ended(
    database: Database, team: Team, wait: Wait, keys: Keys, now: datetime
) -> None:
    text_id = wait()
    left = make_person(database, keys, now.date(), Role.ADMINISTRATOR)
    with database.write() as db:
        db.add(
            Assignment(
                text_id=text_id,
                account_id=left.account_id,
                task=Task.FIRST_READING,
                given_on=now.date(),
            )
        )
        db.commit()
    assert give(database, team.reader.account_id, now) == text_id


def test_a_text_that_was_taken_back_makes_room_for_another(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    wait()
    first = give(database, team.reader.account_id, now)
    with database.write() as db:
        db.query(SealedText).delete()
        db.commit()
    second = wait()
    assert give(database, team.reader.account_id, now) == second != first


def test_what_was_passed_on_is_forgotten_once_the_text_is_gone(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    gone, stays = wait(), wait()
    for text_id in (gone, stays):
        let_go(database, team.reader.account_id, text_id, now)
    with database.write() as db:
        db.delete(db.get_one(SealedText, gone))
        db.commit()
    assert give(database, team.reader.account_id, now + DAY) is None
    assert [row["text_id"] for row in stored_rows(database, PassedOn)] == [stays]


def test_fifty_who_ask_at_once_never_share_a_text_and_get_one_each(
    database: Database, team: Team, keys: Keys, wait: Wait, now: datetime
) -> None:
    texts = {wait() for _number in range(12)}
    people = [make_person(database, keys, now.date(), Role.MODERATOR) for _number in range(10)]
    got: list[tuple[bytes, bytes | None]] = []
    start = threading.Barrier(50)

    def ask(account_id: bytes) -> None:
        start.wait()
        got.append((account_id, give(database, account_id, now)))

    threads = [
        threading.Thread(target=ask, args=(people[number % 10].account_id,)) for number in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 50
    pairs = set(got)
    assert len(pairs) == 10, "One person who asks five times at once gets one text."
    given = {text_id for _account, text_id in pairs}
    assert len(given) == 10
    assert given <= texts
    assert len(stored_rows(database, Assignment)) == 10


def fill(database: Database, landing: Landing, count: int, today: date) -> None:
    rows = [
        {
            "id": secrets.token_bytes(ID_BYTES),
            "period": "2026-Q3",
            "waiting_since": today,
            "service_id": landing.service_id,
            "area_id": None,
            "box": b"sealed",
            "consent": Consent.PARAPHRASE,
            "language": "en",
            "flags": "note_death",
            "source": Source.OPEN,
            "is_urgent": False,
        }
        for _number in range(count)
    ]
    with database.write() as db:
        db.execute(insert(Base.metadata.tables["sealed_text"]), rows)
        db.commit()


def asked_of(database: Database, work: Callable[[], object]) -> Sequence[str]:
    with statements(database) as seen:
        work()
    return seen


def test_the_search_ends_however_many_texts_wait(
    database: Database, team: Team, landing: Landing, now: datetime
) -> None:
    """All wait on a topic the reader does not receive: the most work there can be."""
    declines = Profile(frozenset({"en"}), frozenset({"death"}), frozenset())
    fill(database, landing, 3 * LOOKED_AT, now.date())

    def search() -> None:
        assert give(database, team.reader.account_id, now, declines) is None

    search()
    few = len(asked_of(database, search))
    fill(database, landing, 10 * LOOKED_AT, now.date())
    assert len(asked_of(database, search)) <= few + 1


def test_what_waits_is_said_in_words(
    database: Database, team: Team, wait: Wait, today: date
) -> None:
    def waiting(profile: Profile = ENGLISH) -> tuple[bool, bool, bool]:
        with database.read() as db:
            said = get_waiting(db, profile)
        return said.for_you, said.danger, said.in_other_languages

    assert waiting() == (False, False, False)
    wait(language="ar")
    assert waiting() == (False, False, True)
    wait(language="en")
    assert waiting() == (True, False, True)
    wait(language="en", is_urgent=True)
    assert waiting() == (True, True, True)
    both = Profile(frozenset({"ar", "en"}), frozenset(), frozenset())
    assert waiting(both) == (True, True, False)
    with database.read() as db:
        assert get_waiting(db, both).oldest_week == date(2026, 8, 10)


def test_holding_a_text_is_for_first_readings_only(
    database: Database, team: Team, wait: Wait, now: datetime
) -> None:
    text_id = wait()
    with database.write() as db:
        db.add(
            Assignment(
                text_id=text_id,
                account_id=team.reader.account_id,
                task=Task.SECOND_READING,
                given_on=now.date(),
            )
        )
        db.flush()
        assert not holds(db, team.reader.account_id, text_id)
        with pytest.raises(NotFound):
            get_open_text(db, team.reader.account_id, text_id)


def test_names_of_what_is_near_are_looked_for_and_not_those_of_a_whole_country(
    database: Database, team: Team, keys: Keys, now: datetime
) -> None:
    with database.write() as db:
        nation = make_area(db, name="Country", level=AreaLevel.NATION)
        county, far_county = (
            make_area(db, name=name, level=AreaLevel.COUNTY, parent_id=nation)
            for name in ("Shire", "Farshire")
        )
        town, near, far = (
            make_area(db, name=name, parent_id=parent)
            for name, parent in (("Otley", county), ("Ilkley", county), ("Truro", far_county))
        )
        provider = make_provider(db, name="Riverside Trust")
        own = make_service(
            db, name="Own", area_id=town, provider_id=provider, also_called=["The Shed"]
        )
        make_service(db, name="Near", area_id=near)
        make_service(db, name="Far", area_id=far)
        text_id = make_waiting_text(db, keys, own, now.date())
        db.commit()
    assert give(database, team.reader.account_id, now) == text_id
    with database.read() as db:
        text = get_open_text(db, team.reader.account_id, text_id)
        names = set(list_names_near(db, text))
    assert {"Own", "The Shed", "Near", "Riverside Trust", "Otley", "Ilkley", "Shire"} <= names
    assert "Country" in names
    assert not {"Far", "Truro"} & names
