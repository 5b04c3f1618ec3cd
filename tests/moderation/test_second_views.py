from collections.abc import Callable
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from coproduce.core.chained_log import list_log
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role
from coproduce.feedback.models import TextState, TextUse
from coproduce.moderation.coding_agreement import SHARED_TEXTS, count_agreement
from coproduce.moderation.models import Assignment, Shift
from coproduce.moderation.queries import get_shift
from coproduce.moderation.rules import SHIFT_ITEMS
from coproduce.moderation.team import add_conflict
from coproduce.web.site import Site
from tests.factories import make_service
from tests.html import parse
from tests.moderation.made_texts import (
    get_text,
    logged,
    make_moderated,
    make_quote,
    number_of,
)
from tests.people import Person, make_person, noon, sign_in

WORDS = "The nurse [name] listened, and they open at seven."
SignIn = Callable[[Person], None]


@pytest.fixture
def first(database: Database, keys: Keys, today: date) -> Person:
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
def quote(database: Database, first: Person) -> bytes:
    with database.write() as db:
        text_id = make_quote(db, make_service(db, name="The Drop-in"), first, words=WORDS)
        db.commit()
    return text_id


@pytest.fixture
def opened(client: TestClient, quote: bytes, second: Person, signs_in: SignIn) -> str:
    """The address of a quote that the second person, signed in, has in hand."""
    signs_in(second)
    response = client.post("/second", data={"act": "take"})
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location == f"/second/{quote.hex()}"
    return location


def test_an_empty_list_says_what_will_be_here(
    client: TestClient, second: Person, signs_in: SignIn
) -> None:
    signs_in(second)
    assert "Nothing waits for you now" in client.get("/second").text
    assert client.post("/second", data={"act": "take"}).headers["location"] == "/second"


def test_the_first_reader_sees_nothing_to_take(
    client: TestClient, quote: bytes, first: Person, signs_in: SignIn
) -> None:
    signs_in(first)
    assert "Nothing waits for you now" in client.get("/second").text
    response = client.post(f"/second/{quote.hex()}", data={"act": "approve"})
    assert response.status_code == 409


def test_a_second_reader_sees_the_safe_words_and_no_service(
    client: TestClient, opened: str
) -> None:
    assert "You have one in hand" in client.get("/second").text
    page = client.get(opened)
    assert WORDS in parse(page.text).text
    assert "The original is gone" in page.text
    assert "The Drop-in" not in page.text


def test_the_service_is_shown_on_request_and_that_is_logged(
    client: TestClient, opened: str, database: Database
) -> None:
    page = client.post(opened, data={"act": "show_service"})
    assert page.status_code == 200
    assert "The Drop-in" in page.text
    assert logged(database) == ["service shown at second reading"]


def test_approving_twice_has_one_effect_and_says_so(
    client: TestClient, opened: str, database: Database, quote: bytes
) -> None:
    assert client.post(opened, data={"act": "approve"}).headers["location"] == "/second#done"
    again = client.post(opened, data={"act": "themes"})

    assert again.status_code == 409
    assert "This was settled before" in again.text
    assert client.get(opened).status_code == 409
    text = get_text(database, quote)
    assert text is not None
    assert (text.state, text.use, text.words) == (TextState.READY, TextUse.QUOTE, WORDS)
    assert logged(database) == ["quote approved"]


def test_other_words_take_the_place_of_a_quote(
    client: TestClient, opened: str, database: Database, quote: bytes
) -> None:
    client.post(opened, data={"act": "reword", "words": "  People felt heard. "})
    text = get_text(database, quote)
    assert text is not None
    assert (text.use, text.words) == (TextUse.PARAPHRASE, "People felt heard.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Please write one to three"),
        ("x" * 601, "This is too long"),
        ("Ring me on 07700 900123.", "tells who somebody is"),
    ],
)
def test_what_was_typed_is_kept_with_what_is_wrong(
    client: TestClient, opened: str, database: Database, words: str, said: str
) -> None:
    page = client.post(opened, data={"act": "reword", "words": words})
    assert page.status_code == 422
    assert said in page.text
    assert parse(page.text).with_id("words").text == words
    assert logged(database) == []


def test_what_was_found_may_stand_after_a_second_look(
    client: TestClient, opened: str, database: Database, quote: bytes
) -> None:
    words = "They open on the 1st of each month."
    assert client.post(opened, data={"act": "reword", "words": words}).status_code == 422
    client.post(opened, data={"act": "reword", "words": words, "looked": "yes"})
    text = get_text(database, quote)
    assert text is not None
    assert text.words == words


def test_a_button_that_is_not_there_changes_nothing(
    client: TestClient, opened: str, database: Database
) -> None:
    page = client.post(opened, data={"act": "send_back"})
    assert page.status_code == 422
    assert number_of(database, Assignment) == 1


def test_passing_on_gives_it_back(client: TestClient, opened: str, database: Database) -> None:
    client.post(opened, data={"act": "pass"})
    assert number_of(database, Assignment) == 0
    assert "Nothing waits for you now" in client.get("/second").text


def test_an_address_that_names_no_text_is_not_there(
    client: TestClient, second: Person, signs_in: SignIn
) -> None:
    signs_in(second)
    for wrong in ("x", "00", "00" * 16):
        assert client.get(f"/second/{wrong}").status_code == 404


def test_a_second_coder_does_not_see_the_first_codes(
    client: TestClient, database: Database, first: Person, second: Person, signs_in: SignIn
) -> None:
    with database.write() as db:
        make_moderated(db, make_service(db), words=WORDS, codes=("A1",), sampled_by=first)
        db.commit()
    signs_in(second)
    address = client.post("/second", data={"act": "take"}).headers["location"]

    page = parse(client.get(address).text)
    assert WORDS in page.text
    assert not [option for option in page.all("option") if "selected" in option.attributes]
    nothing = client.post(address, data={"act": "code"})
    assert nothing.status_code == 422
    assert "at least one theme" in nothing.text
    saved = client.post(
        address, data={"act": "code", "direction_A1": "works", "level_A1": "person"}
    )
    assert saved.headers["location"] == "/second#done"
    assert logged(database) == ["second coding saved"]


def test_a_wrong_choice_of_a_second_coder_is_kept_and_named(
    client: TestClient, database: Database, first: Person, second: Person, signs_in: SignIn
) -> None:
    with database.write() as db:
        make_moderated(db, make_service(db), sampled_by=first)
        db.commit()
    signs_in(second)
    address = client.post("/second", data={"act": "take"}).headers["location"]
    page = client.post(
        address, data={"act": "code", "direction_A1": "works", "direction_A2": "sideways"}
    )
    assert page.status_code == 422
    chosen = [o.get("value") for o in parse(page.text).all("option") if "selected" in o.attributes]
    assert chosen == ["works"]


def test_a_text_without_a_theme_is_read_again(
    client: TestClient, database: Database, second: Person, signs_in: SignIn
) -> None:
    signs_in(second)
    assert "None wait for you now" in client.get("/reread").text
    with database.write() as db:
        text_id = make_moderated(db, make_service(db), words=WORDS, codes=("Z0",))
        db.commit()
    page = client.get("/reread")
    assert WORDS in parse(page.text).text

    other = client.post("/reread", data={"text": text_id.hex(), "act": "next"})
    assert WORDS in parse(other.text).text
    bad = client.post("/reread", data={"text": text_id.hex(), "act": "code"})
    assert bad.status_code == 422
    form = {"text": text_id.hex(), "act": "code", "direction_A1": "works"}
    assert client.post("/reread", data=form).headers["location"] == "/reread"
    assert client.post("/reread", data=form).status_code == 409
    assert "None wait for you now" in client.get("/reread").text


def test_agreement_is_shown_from_ten_texts_on(
    client: TestClient, database: Database, second: Person, signs_in: SignIn
) -> None:
    signs_in(second)
    for number in range(SHARED_TEXTS):
        assert "It needs 10 texts" in client.get("/agreement").text
        with database.write() as db:
            both = {"A1"} if number < 4 else set()
            count_agreement(db, "2026-1", both, both)
            db.commit()
    page = client.get("/agreement")
    assert "You agree well" in page.text
    assert "1.00" in page.text
    assert "Nobody chose these yet" in page.text


def test_no_word_of_a_text_reaches_the_log(
    client: TestClient, opened: str, database: Database, quote: bytes
) -> None:
    client.post(opened, data={"act": "show_service"})
    client.post(opened, data={"act": "reword", "words": "People felt heard."})
    with database.read() as db:
        lines = " ".join(f"{line.what} {line.about}" for line in list_log(db))
    assert quote.hex() not in lines
    for word in ("heard", "nurse", "Drop-in"):
        assert word not in lines


def test_nothing_is_given_during_a_break(
    client: TestClient,
    database: Database,
    quote: bytes,
    second: Person,
    signs_in: SignIn,
    today: date,
) -> None:
    now = noon(today)
    with database.write() as db:
        db.add(
            Shift(
                account_id=second.account_id,
                began_at=now.isoformat(),
                items=20,
                break_until=(now + timedelta(minutes=5)).isoformat(),
            )
        )
        db.commit()
    signs_in(second)
    response = client.post("/second", data={"act": "take"})
    assert response.headers["location"] == "/texts"
    assert number_of(database, Assignment) == 0


def test_hard_words_are_behind_a_note(
    client: TestClient, database: Database, first: Person, second: Person, signs_in: SignIn
) -> None:
    with database.write() as db:
        make_quote(db, make_service(db), first, words="He raped them, and nobody came.")
        db.commit()
    signs_in(second)
    page = parse(client.get(client.post("/second", data={"act": "take"}).headers["location"]).text)
    quoted = [element for element in page.all("blockquote") if "nobody came" in element.text]
    assert [element.inside("details") for element in quoted] == [True]


def test_twenty_second_readings_end_in_a_break(
    client: TestClient,
    database: Database,
    first: Person,
    second: Person,
    signs_in: SignIn,
    today: date,
) -> None:
    with database.write() as db:
        landing = make_service(db)
        for _quote in range(SHIFT_ITEMS + 1):
            make_quote(db, landing, first)
        db.commit()
    signs_in(second)
    for number in range(SHIFT_ITEMS):
        opened = client.post("/second", data={"act": "take"}).headers["location"]
        assert opened != "/texts", number
        act = ("approve", "themes", "pass")[number % 3]
        assert client.post(opened, data={"act": act}).status_code == 303
        assert client.post(opened, data={"act": act}).status_code in {303, 409}
    assert client.post("/second", data={"act": "take"}).headers["location"] == "/texts"
    assert "Go to your break" in client.get("/reread").text
    with database.read() as db:
        shift = get_shift(db, second.account_id)
    assert shift is not None
    assert shift.items == SHIFT_ITEMS


def test_no_text_is_shown_by_sending_its_id_to_be_coded_again(
    client: TestClient,
    database: Database,
    quote: bytes,
    second: Person,
    signs_in: SignIn,
) -> None:
    with database.write() as db:
        landing = make_service(db)
        unfitting = make_moderated(db, landing, words="Only mine.", codes=("Z0",))
        assert landing.service_id is not None
        add_conflict(db, second.account_id, landing.service_id)
        db.commit()
    signs_in(second)
    for text_id, words in ((quote, WORDS), (unfitting, "Only mine.")):
        page = client.post("/reread", data={"text": text_id.hex(), "act": "code"})
        assert page.status_code in {404, 409}
        assert words not in parse(page.text).text


def test_that_somebody_asked_for_a_service_is_noted_only_if_they_saw_it(
    client: TestClient, database: Database, quote: bytes, second: Person, signs_in: SignIn
) -> None:
    signs_in(second)
    page = client.post(f"/second/{quote.hex()}", data={"act": "show_service"})
    assert page.status_code == 409
    assert logged(database) == []


def test_agreement_tells_no_number_of_texts(
    client: TestClient, database: Database, second: Person, signs_in: SignIn
) -> None:
    with database.write() as db:
        for _text in range(SHARED_TEXTS + 7):
            count_agreement(db, "2026-1", {"A1"}, {"A1"})
        db.commit()
    signs_in(second)
    page = parse(client.get("/agreement").text)
    assert "1.00" in page.text
    assert str(SHARED_TEXTS + 7) not in page.text
