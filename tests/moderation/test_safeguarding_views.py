from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.feedback.models import ModeratedText
from coproduce.moderation.models import CaseState, SafeguardingCase
from coproduce.moderation.safeguarding import count_due_cases
from coproduce.moderation.team import add_conflict
from coproduce.web.site import Site
from tests.factories import make_service
from tests.html import parse
from tests.moderation.made_texts import logged, make_moderated, number_of
from tests.moderation.teams import Team, let_person_in, make_team
from tests.people import Person, make_person, noon, sign_in

WORDS = "They say that they do not want to live."
SignIn = Callable[[Person], None]


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    return make_team(database, fresh_keys, today)


@pytest.fixture
def third(database: Database, keys: Keys, today: date, team: Team) -> Person:
    """Another reader who was let in."""
    person = make_person(database, keys, today, Role.MODERATOR)
    assert let_person_in(database, keys, team.lead, person, today)
    return person


@pytest.fixture
def signs_in(client: TestClient, site: Site, database: Database, today: date) -> SignIn:
    def signed_in(person: Person) -> None:
        sign_in(client, site, database, person, noon(today))

    return signed_in


@pytest.fixture
def serious(database: Database, team: Team) -> bytes:
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        text_id = make_moderated(db, landing, words=WORDS, seriousness=4)
        make_moderated(db, landing, words="A small thing.", seriousness=2)
        db.commit()
    return text_id


@pytest.fixture
def case(client: TestClient, signs_in: SignIn, team: Team, serious: bytes) -> str:
    """The address of a case that the lead has opened from a serious text."""
    signs_in(team.lead)
    return client.post("/safeguarding", data={"text": serious.hex()}).headers["location"]


def stored(database: Database) -> SafeguardingCase:
    with database.read() as db:
        return db.scalars(select(SafeguardingCase)).one()


def recipient(site: Site) -> str:
    return site.deployment.safeguarding.recipients[0].name


def test_the_lead_alone_sees_serious_texts(
    client: TestClient, signs_in: SignIn, team: Team, serious: bytes
) -> None:
    signs_in(team.lead)
    page = client.get("/safeguarding").text
    assert WORDS in page
    assert "The Drop-in" in page
    assert "A small thing." not in page
    signs_in(team.reader)
    page = client.get("/safeguarding").text
    assert WORDS not in page
    assert "The Drop-in" not in page
    refused = client.post("/safeguarding", data={"text": serious.hex()})
    assert refused.status_code == 403


def test_every_page_says_that_no_name_can_be_passed_on(client: TestClient, case: str) -> None:
    assert "We hold no name" in client.get("/safeguarding").text
    assert "We hold no name" in client.get(case).text


def test_a_case_shows_the_procedure_and_who_can_be_told(
    client: TestClient, site: Site, case: str
) -> None:
    page = parse(client.get(case).text).text
    procedure = site.deployment.safeguarding
    for words in (WORDS, "The Drop-in", procedure.steps[0], recipient(site), "13 August 2026"):
        assert words in page


def test_opening_a_case_twice_gives_one(
    client: TestClient, database: Database, case: str, serious: bytes
) -> None:
    again = client.post("/safeguarding", data={"text": serious.hex()})
    assert again.headers["location"] == case
    assert number_of(database, SafeguardingCase) == 1
    assert len(logged(database)) - 1 == len([n for n in logged(database) if "case" not in n])


def test_a_case_holds_its_words_sealed_only(database: Database, case: str) -> None:
    row = stored(database)
    assert row.box is not None
    assert WORDS.encode() not in row.box
    assert b"Drop-in" not in row.box


def test_two_people_pass_a_case_on_and_its_words_go_when_it_is_closed(
    client: TestClient,
    database: Database,
    site: Site,
    signs_in: SignIn,
    team: Team,
    case: str,
    today: date,
) -> None:
    chosen = {"recipient": recipient(site)}
    client.post(case, data={"act": "propose"} | chosen)
    alone = client.post(case, data={"act": "confirm"} | chosen)
    assert alone.status_code == 409
    assert "Another person must confirm" in alone.text
    assert stored(database).state is CaseState.OPEN

    signs_in(team.reader)
    assert WORDS not in client.get("/safeguarding").text
    assert client.get(case).status_code == 404
    assert client.post(case, data={"act": "confirm"} | chosen).status_code == 404
    client.post(case, data={"act": "join"})
    assert WORDS in client.get(case).text
    client.post(case, data={"act": "confirm"} | chosen)
    assert stored(database).state is CaseState.PASSED_ON
    page = client.get(case).text
    assert WORDS in page
    assert site.deployment.safeguarding.recipients[0].contact in page

    client.post(case, data={"act": "close"})
    client.post(case, data={"act": "close"})
    row = stored(database)
    assert (row.state, row.box, row.recipient) == (CaseState.CLOSED, None, recipient(site))
    assert WORDS not in client.get(case).text
    steps = [line for line in logged(database) if line.startswith("safeguarding")]
    assert [line.rpartition(" ")[0] for line in steps] == [
        "safeguarding case opened",
        "safeguarding decision proposed",
        "safeguarding case joined",
        "safeguarding decision confirmed",
        "safeguarding case closed",
    ]


def test_not_passing_on_deletes_the_words_at_once(
    client: TestClient, database: Database, signs_in: SignIn, team: Team, case: str
) -> None:
    client.post(case, data={"act": "propose", "recipient": ""})
    signs_in(team.reader)
    client.post(case, data={"act": "join"})
    client.post(case, data={"act": "confirm", "recipient": ""})
    row = stored(database)
    assert (row.state, row.box, row.recipient) == (CaseState.CLOSED, None, "")
    assert "not passed on" in client.get("/safeguarding").text


def test_nobody_confirms_something_else_than_they_saw(
    client: TestClient, database: Database, site: Site, signs_in: SignIn, team: Team, case: str
) -> None:
    client.post(case, data={"act": "propose", "recipient": ""})
    client.post(case, data={"act": "take_back"})
    client.post(case, data={"act": "propose", "recipient": recipient(site)})
    signs_in(team.reader)
    client.post(case, data={"act": "join"})
    assert client.post(case, data={"act": "confirm", "recipient": ""}).status_code == 409
    assert stored(database).state is CaseState.OPEN


def test_a_choice_that_is_not_offered_is_refused(
    client: TestClient, database: Database, case: str
) -> None:
    for status, wrong in (
        (422, {"act": "propose"}),
        (422, {"act": "propose", "recipient": "The police"}),
        (422, {"act": "erase", "recipient": ""}),
        (409, {"act": "close"}),
    ):
        answered = client.post(case, data=wrong)
        assert answered.status_code == status
        assert (status == 422) == ("Please choose to whom it is passed on" in answered.text)
    assert stored(database).proposed_by is None


def test_a_third_reader_cannot_join_and_sees_nothing(
    client: TestClient, signs_in: SignIn, team: Team, third: Person, case: str
) -> None:
    signs_in(team.reader)
    client.post(case, data={"act": "join"})
    signs_in(third)
    late = client.post(case, data={"act": "join"})
    assert late.status_code == 409
    assert "second person of this case by now" in late.text
    assert client.get(case).status_code == 404
    assert "There are none" in client.get("/safeguarding").text


def test_a_case_that_waits_too_long_is_due(
    client: TestClient, database: Database, case: str, today: date
) -> None:
    with database.read() as db:
        assert count_due_cases(db, today) == 0
        assert count_due_cases(db, today + timedelta(days=1)) == 1
    assert "To be decided by" in client.get(case).text


def test_a_reader_who_was_not_let_in_sees_the_case_and_no_words(
    client: TestClient,
    database: Database,
    keys: Keys,
    signs_in: SignIn,
    case: str,
    today: date,
) -> None:
    newcomer = make_person(database, keys, today, Role.LEAD)
    signs_in(newcomer)
    page = client.get(case)
    assert page.status_code == 200
    assert "You cannot open it yet" in page.text
    assert WORDS not in page.text


def test_a_text_without_words_or_not_serious_opens_no_case(
    client: TestClient, database: Database, signs_in: SignIn, team: Team, serious: bytes
) -> None:
    with database.read() as db:
        small = db.scalar(select(ModeratedText.id).where(ModeratedText.seriousness == 2))
    assert small is not None
    signs_in(team.lead)
    assert client.post("/safeguarding", data={"text": small.hex()}).status_code == 404
    assert client.post("/safeguarding", data={"text": "00" * 16}).status_code == 404
    assert number_of(database, SafeguardingCase) == 0


def test_no_word_of_a_case_reaches_the_log(
    client: TestClient, database: Database, site: Site, signs_in: SignIn, team: Team, case: str
) -> None:
    client.post(case, data={"act": "propose", "recipient": recipient(site)})
    text = " ".join(logged(database))
    assert "live" not in text
    assert "Drop-in" not in text
    assert recipient(site) not in text


def declare_conflict(database: Database, person: Person, text_id: bytes) -> None:
    with database.write() as db:
        service_id = db.get_one(ModeratedText, text_id).service_id
        assert service_id is not None
        add_conflict(db, person.account_id, service_id)
        db.commit()


def test_who_has_to_do_with_a_service_cannot_join_a_case_about_it(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    team: Team,
    case: str,
    serious: bytes,
) -> None:
    declare_conflict(database, team.reader, serious)
    signs_in(team.reader)
    refused = client.post(case, data={"act": "join"})
    assert refused.status_code == 404
    assert "Others must decide this case" in refused.text
    assert stored(database).second is None


def test_a_lead_sees_and_decides_nothing_about_a_service_they_have_to_do_with(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    team: Team,
    case: str,
    serious: bytes,
) -> None:
    assert WORDS in client.get(case).text
    declare_conflict(database, team.lead, serious)
    assert WORDS not in client.get("/safeguarding").text
    assert client.get(case).status_code == 404
    assert client.post(case, data={"act": "propose", "recipient": ""}).status_code == 404
    assert client.post("/safeguarding", data={"text": serious.hex()}).status_code == 404
    assert stored(database).proposed_by is None
