from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from coproduce.accounts.models import Account
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from coproduce.feedback.models import ModeratedText, Statement, TextState
from coproduce.feedback.statements import list_ready_statements
from coproduce.moderation.models import StatementAuthor
from coproduce.moderation.team import add_conflict, set_profile
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_service
from tests.html import parse
from tests.moderation.made_texts import logged, make_moderated, number_of
from tests.people import Person, make_person, noon, sign_in

SENTENCE = "People say that the team listens to them."
SignIn = Callable[[Person], None]


@pytest.fixture
def author(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.MODERATOR)


@pytest.fixture
def second(database: Database, keys: Keys, today: date) -> Person:
    return make_person(database, keys, today, Role.MODERATOR)


@pytest.fixture
def signs_in(client: TestClient, site: Site, database: Database, today: date) -> SignIn:
    def signed_in(person: Person) -> None:
        sign_in(client, site, database, person, noon(today))

    return signed_in


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing


@pytest.fixture
def texts(database: Database, landing: Landing) -> list[bytes]:
    with database.write() as db:
        made = [make_moderated(db, landing, codes=(code,)) for code in ("A1", "A2", "A1")]
        db.commit()
    return made


@pytest.fixture
def form(landing: Landing, texts: list[bytes]) -> dict[str, str | list[str]]:
    """What an author sends."""
    assert landing.service_id is not None
    return {
        "topic": f"service-{landing.service_id.hex()}-A",
        "source": [text.hex() for text in texts],
        "words": SENTENCE,
    }


@pytest.fixture
def written(
    client: TestClient, database: Database, signs_in: SignIn, author: Person, form: dict[str, str]
) -> str:
    """The address of a statement that its author has just written."""
    signs_in(author)
    assert client.post("/statements", data=form).headers["location"] == "/statements#done"
    with database.read() as db:
        statement_id = db.scalar(select(Statement.id))
    assert statement_id is not None
    return f"/statements/{statement_id.hex()}"


def state_of(database: Database) -> TextState | None:
    with database.read() as db:
        return db.scalar(select(Statement.state))


def test_without_texts_the_page_says_what_will_be_here(
    client: TestClient, signs_in: SignIn, author: Person
) -> None:
    signs_in(author)
    page = client.get("/statements").text
    assert "None wait now" in page
    assert "have a theme in common" in page


def test_three_texts_of_one_family_are_offered_side_by_side(
    client: TestClient, signs_in: SignIn, author: Person, texts: list[bytes], form: dict[str, str]
) -> None:
    signs_in(author)
    overview = parse(client.get("/statements").text)
    assert "The Drop-in: Respect and being heard" in overview.text
    page = client.get(f"/statements/about/{form['topic']}")
    assert page.status_code == 200
    assert len([e for e in parse(page.text).all("input") if e.get("name") == "source"]) == 3


def test_two_texts_are_not_offered(
    client: TestClient, database: Database, signs_in: SignIn, author: Person, landing: Landing
) -> None:
    with database.write() as db:
        for _text in range(2):
            make_moderated(db, landing)
        db.commit()
    assert landing.service_id is not None
    signs_in(author)
    assert "The Drop-in" not in client.get("/statements").text
    page = client.get(f"/statements/about/service-{landing.service_id.hex()}-A")
    assert page.status_code == 404


def test_a_second_person_lets_a_statement_leave(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    second: Person,
    written: str,
    landing: Landing,
) -> None:
    signs_in(second)
    assert "Please read it" in client.get("/statements").text
    assert SENTENCE in client.get(written).text
    assert client.post(written, data={"act": "approve"}).headers["location"] == "/statements#done"
    again = client.post(written, data={"act": "approve"})

    assert again.status_code == 409
    assert "approved this statement already" in again.text
    assert "Two people have read it" in client.get(written).text
    assert logged(database)[0].startswith("statement written ")
    assert [line.rpartition(" ")[0] for line in logged(database)] == [
        "statement written",
        "statement approved",
    ]
    with database.read() as db:
        ready = list_ready_statements(db, service_id=landing.service_id)
    assert [statement.words for statement in ready] == [SENTENCE]


def test_an_author_cannot_approve_their_own_statement(
    client: TestClient, database: Database, written: str
) -> None:
    assert "You wrote this" in client.get(written).text
    assert 'value="approve"' not in client.get(written).text
    for _try in range(5):
        refused = client.post(written, data={"act": "approve"})
        assert refused.status_code == 409
        assert "You wrote this statement" in refused.text
    assert state_of(database) is TextState.WAITS_FOR_SECOND


def test_where_the_author_is_unknown_nobody_approves(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    author: Person,
    second: Person,
    written: str,
) -> None:
    with database.write() as db:
        db.execute(delete(Account).where(Account.id == author.account_id))
        db.commit()
    assert number_of(database, StatementAuthor) == 0
    signs_in(second)
    assert "Nobody knows any more who wrote this" in client.get(written).text
    assert client.post(written, data={"act": "approve"}).status_code == 409
    assert client.post(written, data={"act": "discard"}).status_code == 303
    assert state_of(database) is None


def test_a_statement_with_too_few_texts_left_cannot_leave(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    second: Person,
    written: str,
    texts: list[bytes],
) -> None:
    with database.write() as db:
        db.execute(delete(ModeratedText).where(ModeratedText.id == texts[0]))
        db.commit()
    signs_in(second)
    assert "can only be discarded" in client.get(written).text
    assert client.post(written, data={"act": "approve"}).status_code == 422
    assert state_of(database) is TextState.WAITS_FOR_SECOND


def test_a_discarded_statement_frees_its_texts(
    client: TestClient, database: Database, written: str
) -> None:
    assert (
        "The Drop-in: Respect"
        not in parse(client.get("/statements").text).text.split("To be written")[1]
    )
    client.post(written, data={"act": "discard"})
    gone = client.post(written, data={"act": "discard"})
    assert gone.status_code == 404
    assert "not here any more" in gone.text
    assert "The Drop-in: Respect" in parse(client.get("/statements").text).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": ""}, "Please write one to three"),
        ({"words": "Nurse Kelly was good."}, "tells who somebody is"),
        ({"source": []}, "at least three texts"),
    ],
)
def test_what_was_typed_is_kept_with_what_is_wrong(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    author: Person,
    form: dict[str, str],
    wrong: dict[str, str],
    said: str,
) -> None:
    signs_in(author)
    page = client.post("/statements", data=form | wrong)
    assert page.status_code == 422
    assert said in page.text
    assert parse(page.text).with_id("words").text == (form | wrong)["words"]
    assert number_of(database, Statement) == 0


def test_a_text_that_was_taken_back_while_somebody_wrote_loses_nothing_typed(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    author: Person,
    form: dict[str, str],
    texts: list[bytes],
) -> None:
    with database.write() as db:
        db.execute(delete(ModeratedText).where(ModeratedText.id == texts[0]))
        db.commit()
    signs_in(author)
    page = client.post("/statements", data=form)
    assert page.status_code == 422
    assert "were taken back" in page.text
    assert SENTENCE in page.text


def test_who_has_a_conflict_sees_nothing_of_that_service(
    client: TestClient,
    database: Database,
    signs_in: SignIn,
    second: Person,
    written: str,
    form: dict[str, str],
    landing: Landing,
) -> None:
    assert landing.service_id is not None
    with database.write() as db:
        add_conflict(db, second.account_id, landing.service_id)
        db.commit()
    signs_in(second)
    assert "The Drop-in" not in client.get("/statements").text
    assert client.get(written).status_code == 404
    assert client.get(f"/statements/about/{form['topic']}").status_code == 404
    assert client.post("/statements", data=form).status_code == 404
    assert client.post(written, data={"act": "approve"}).status_code == 404
    assert state_of(database) is TextState.WAITS_FOR_SECOND


def test_an_address_that_names_nothing_is_not_there(
    client: TestClient, signs_in: SignIn, author: Person
) -> None:
    signs_in(author)
    for wrong in ("about/x", "about/service-00-A", f"about/service-{'00' * 16}-Q", "zz", "00" * 16):
        assert client.get(f"/statements/{wrong}").status_code == 404


def test_the_list_tells_no_number_of_texts(
    client: TestClient, database: Database, landing: Landing, author: Person, signs_in: SignIn
) -> None:
    with database.write() as db:
        for _text in range(17):
            make_moderated(db, landing, codes=("A1",))
        db.commit()
    signs_in(author)
    page = parse(client.get("/statements").text).text
    assert "The Drop-in" in page
    assert "17" not in page


def test_words_on_a_declined_topic_are_in_nobodys_way(
    client: TestClient,
    database: Database,
    landing: Landing,
    author: Person,
    second: Person,
    signs_in: SignIn,
) -> None:
    hard = "They hit me, and nobody came."
    with database.write() as db:
        texts = [make_moderated(db, landing, codes=("A1",)) for _text in range(3)]
        texts.append(make_moderated(db, landing, codes=("A1",), words=hard))
        set_profile(db, second.account_id, ["en"], ["violence"])
        db.commit()
    assert landing.service_id is not None
    topic = f"service-{landing.service_id.hex()}-A"
    signs_in(second)
    assert hard not in client.get(f"/statements/about/{topic}").text
    signs_in(author)
    page = parse(client.get(f"/statements/about/{topic}").text)
    [closed] = [e for e in page.all("details") if hard in e.text]
    assert "open" not in closed.attributes
    sent = {"topic": topic, "source": [text.hex() for text in texts], "words": SENTENCE}
    assert client.post("/statements", data=sent).status_code == 303
    with database.read() as db:
        path = f"/statements/{db.scalars(select(Statement.id)).one().hex()}"
    assert hard in client.get(path).text
    signs_in(second)
    assert path not in client.get("/statements").text
    assert hard not in client.get(path).text
