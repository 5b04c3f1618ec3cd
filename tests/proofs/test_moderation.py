"""T7 and T13 for those who read: what is left of 50 texts they decided, and what they cannot do."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.chained_log import LogEntry
from coproduce.core.db import Database
from coproduce.core.keys import NewKeys
from coproduce.core.permissions import Role
from coproduce.feedback.models import Consent, Fate, ModeratedText, SealedText, TextState
from coproduce.feedback.settle import clear_up, settle_feedback, vacuum
from coproduce.moderation.models import FirstReading
from coproduce.moderation.team import add_conflict
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_service
from tests.feedback.submissions import make_writer
from tests.guards.stored_values import rows_of, table_names
from tests.html import check_response, fields_of, parse
from tests.people import Person, let_in_all, make_person, noon, sign_in
from tests.proofs.test_deletion import found_in_files

PEOPLE = 50
SAFE = "Open one evening a week."
MARK = b"canary"


@dataclass(slots=True)
class Clock:
    """A clock that goes on when somebody takes a break."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Office:
    """Two moderators, the texts of one service, and a browser for each."""

    database: Database
    site: Site
    clock: Clock
    landing: Landing
    people: tuple[Person, Person]
    browsers: tuple[TestClient, TestClient]

    def signs_in(self, who: int) -> None:
        """Give somebody's browser a fresh sign-in."""
        person = self.people[who]
        sign_in(self.browsers[who], self.site, self.database, person, self.clock.now)

    def opens(self, who: int) -> str | None:
        """Let somebody take the next text; return its address, or None if there is none."""
        self.clock.now += timedelta(hours=1)
        self.signs_in(who)
        answer = self.browsers[who].post("/texts/next", data={"a": "b"})
        location = answer.headers.get("location", "")
        return location if re.fullmatch(r"/texts/[0-9a-f]{32}", location) else None

    def decides(self, who: int, address: str, **fields: str) -> int:
        """Fill in the form of a text, save it, and return the status."""
        self.signs_in(who)
        page = parse(self.browsers[who].get(address).text)
        form = next(f for f in page.all("form") if f.get("action") == address)
        usual = {"act": "decide", "seriousness": "0", "looked": "1", "words": SAFE}
        data = {**fields_of(form), **usual, "code": "C3", **fields}
        return self.browsers[who].post(address, data=data).status_code


@pytest.fixture
def office(database: Database, fresh_keys: NewKeys, site: Site, today: date) -> Iterator[Office]:
    """Fifty sealed texts of one service, and two people who were let in."""
    keys, clock = fresh_keys.keys, Clock(noon(today))
    people = tuple(make_person(database, keys, today, Role.MODERATOR) for _ in range(2))
    let_in_all(database, fresh_keys, people, today)
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    for number in range(PEOPLE):
        writer = make_writer(database, keys, landing, today)
        writer.sends(better=f"{MARK.decode()} {number}", today=today, consent=Consent.QUOTE)
    settle_feedback(database, keys, today, secrets.token_bytes)
    app = create_app(site, database, clock=clock)
    with (
        TestClient(app, base_url=site.public_url, follow_redirects=False) as first,
        TestClient(app, base_url=site.public_url, follow_redirects=False) as second,
    ):
        for browser in (first, second):
            browser.event_hooks = {"response": [check_response]}
        yield Office(database, site, clock, landing, (people[0], people[1]), (first, second))


def test_nothing_is_left_of_fifty_texts_that_were_decided(office: Office) -> None:
    """T7: neither the sealed words, nor what they said in any file at any time."""
    database = office.database
    with database.read() as db:
        sealed = [box[40:120] for box in db.scalars(select(SealedText.box))]
    assert found_in_files(database, sealed) == len(sealed) == PEOPLE
    ways = (
        {"use": "paraphrase"},
        {"use": "themes", "words": ""},
        {"use": "quote"},
        {"act": "refuse", "reason": "no_content"},
        {"act": "thin"},
    )
    for number in range(PEOPLE):
        address = office.opens(number % 2)
        assert address is not None
        assert MARK.decode() in office.browsers[number % 2].get(address).text
        assert office.decides(number % 2, address, **ways[number % len(ways)]) in {200, 303}
    assert office.opens(0) is None
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(SealedText)) == 0
        kept = db.scalar(select(func.count()).select_from(ModeratedText)) or 0
        refused = db.scalar(select(func.count()).select_from(Fate)) or 0
    assert (kept, refused) == (PEOPLE * 4 // 5, PEOPLE // 5)
    assert found_in_files(database, [MARK]) == 0
    clear_up(database)
    assert vacuum(database)
    assert found_in_files(database, [MARK, *sealed]) == 0


def test_nobody_opens_a_text_about_a_service_they_have_to_do_with(office: Office) -> None:
    """T13."""
    with office.database.write() as db:
        assert office.landing.service_id is not None
        add_conflict(db, office.people[0].account_id, office.landing.service_id)
        ids = [text_id.hex() for text_id in db.scalars(select(SealedText.id))]
        db.commit()
    assert office.opens(0) is None
    for text_id in ids[:10]:
        assert office.browsers[0].get(f"/texts/{text_id}").status_code in {404, 409}
    assert office.opens(1) is not None


def test_nobody_opens_a_text_that_is_with_a_colleague(office: Office) -> None:
    address = office.opens(0)
    other = office.opens(1)
    assert address != other
    assert address is not None
    answer = office.browsers[1].get(address)
    assert answer.status_code in {404, 409}
    assert MARK.decode() not in answer.text
    assert office.decides(0, address, use="paraphrase") in {200, 303}


def test_nobody_publishes_a_quote_alone(office: Office) -> None:
    """T13: not through the pages, not with the number of the text, not as the only one left."""
    address = office.opens(0)
    assert address is not None
    assert office.decides(0, address, use="quote") in {200, 303}
    text_id = address.removeprefix("/texts/")
    waits = select(ModeratedText.state)
    for _try in range(3):
        given = office.browsers[0].post("/second", data={"a": "b"})
        assert text_id not in given.headers.get("location", "")
        for act in ("approve", "decide", "reword", "themes"):
            data = {"act": act, "words": SAFE, "looked": "1"}
            assert office.browsers[0].post(f"/second/{text_id}", data=data).status_code >= 400
    with office.database.read() as db:
        assert db.scalars(waits).all() == [TextState.WAITS_FOR_SECOND]
        first = db.scalars(select(FirstReading.account_id)).one()
    assert first == office.people[0].account_id


def test_when_the_first_reader_is_unknown_nobody_can_be_the_second(office: Office) -> None:
    """Whoever can change the database could make two people out of one: then nothing goes out."""
    address = office.opens(0)
    assert address is not None
    office.decides(0, address, use="quote")
    with office.database.write() as db:
        db.execute(update(FirstReading).values(account_id=office.people[1].account_id))
        db.commit()
    sign_in(office.browsers[1], office.site, office.database, office.people[1], office.clock.now)
    text_id = address.removeprefix("/texts/")
    given = office.browsers[1].post("/second", data={"a": "b"})
    assert text_id not in given.headers.get("location", "")


def test_the_log_and_every_table_of_those_who_read_hold_no_words(office: Office) -> None:
    """T13."""
    for who, fields in ((0, {"use": "paraphrase"}), (1, {"act": "refuse", "reason": "abuse"})):
        address = office.opens(who)
        assert address is not None
        assert office.decides(who, address, **fields) in {200, 303}
    with office.database.read() as db:
        lines = db.execute(select(LogEntry.what, LogEntry.about)).all()
    assert lines
    for what, about in lines:
        assert re.fullmatch(r"[a-z -]+", what)
        assert MARK.decode() not in about
        assert SAFE not in about
    with office.database.engine.connect() as connection:
        for table in table_names(connection):
            text = repr(rows_of(connection, table))
            assert MARK.decode() not in text, table
            assert (SAFE in text) is (table == "moderated_text"), table
