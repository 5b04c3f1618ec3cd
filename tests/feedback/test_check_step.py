import logging
from collections.abc import Sequence
from itertools import pairwise

import httpx2
import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.identifying import find_identifying
from coproduce.core.keys import NewKeys
from coproduce.core.place_names import finder_of_places, no_places
from coproduce.feedback.check_step import MOST_LISTED, check_page, without_their_details
from coproduce.feedback.forms import Road
from coproduce.feedback.models import Inbox
from coproduce.feedback.rules import TEXT_LIMIT, Words
from coproduce.services.queries import Landing
from tests.factories import blank_form, code_on, make_area, make_service, posted_form
from tests.feedback.pages import EVERYTHING, form_on, heading, listed, texts, without
from tests.feedback.submissions import stored_rows, words_in
from tests.html import parse

BETTER = "Ring me on 07700 900123."
HAPPENED = "my worker Susan left.\nThen nobody came."
WRITTEN = {**EVERYTHING, "better": BETTER, "happened": HAPPENED}
WORDS = ("better", "happened")
QUESTION = "Not sent yet. Want to hide anything?"
THANKS = "Thank you. We have it."


@pytest.fixture
def checked(client: TestClient, landing: Landing) -> httpx2.Response:
    """The page that asks whether to hide anything."""
    return sent(client, landing.code, **WRITTEN)


def sent(client: TestClient, code: str, **answers: str | Sequence[str]) -> httpx2.Response:
    """The page after the button "Send" was pressed."""
    return posted_form(client, code, **answers, act="send")


def stored_words(database: Database, fresh_keys: NewKeys) -> dict[str, str]:
    [row] = stored_rows(database, Inbox)
    return words_in(row["text_box"], fresh_keys.recovery_private)


def press(client: TestClient, page: httpx2.Response, act: str, prefix: str = "") -> httpx2.Response:
    return client.post(f"{prefix}/g", data={**form_on(page), "act": act})


def test_each_answer_is_a_quote_of_its_own_under_its_question(checked: httpx2.Response) -> None:
    assert heading(checked) == QUESTION
    assert texts(checked, "h2") == ["What would make it better?", "What happened?"]
    quotes = [text.replace(" .", ".") for text in texts(checked, "blockquote")]
    assert quotes == [BETTER, HAPPENED.replace("\n", " ")]
    assert texts(checked, "mark") == ["07700 900123", "Susan"]
    assert all(quote.get("dir") == "auto" for quote in parse(checked.text).all("blockquote"))


def test_what_was_found_is_also_told_in_words(checked: httpx2.Response) -> None:
    listed_words = [item.text for item in parse(checked.text).all("li")]
    assert listed_words == ["a way to reach somebody: 07700 900123", "a name: Susan"]
    assert "We often miss names. A person also takes these out" in checked.text


def test_both_ways_to_send_look_alike(checked: httpx2.Response) -> None:
    buttons = {button.get("value"): button for button in parse(checked.text).all("button")}
    assert list(buttons) == ["hide", "as_is", "show"]
    hide, as_is = buttons["hide"], buttons["as_is"]
    assert hide.get("class") == as_is.get("class") == ""
    assert hide.parent is as_is.parent
    assert hide.parent is not None
    assert hide.parent.get("class") == "equal"


def test_an_area_is_asked_about_with_its_own_questions(
    client: TestClient, area_landing: Landing
) -> None:
    page = sent(client, area_landing.code, better=BETTER, happened=HAPPENED)
    assert texts(page, "h2") == ["What would have got you in?", "What were you after?"]


@pytest.mark.parametrize(
    ("act", "better", "happened"),
    [
        ("hide", "Ring me on [contact].", "my worker [name] left.\nThen nobody came."),
        ("as_is", BETTER, HAPPENED),
    ],
)
def test_both_ways_to_send_store_every_answer(
    checked: httpx2.Response,
    client: TestClient,
    database: Database,
    fresh_keys: NewKeys,
    act: str,
    better: str,
    happened: str,
) -> None:
    assert heading(press(client, checked, act)) == THANKS
    assert stored_words(database, fresh_keys) == {"better": better, "happened": happened}
    [row] = stored_rows(database, Inbox)
    assert row["answers"] == {
        name: EVERYTHING[name] for name in EVERYTHING if name not in {*WORDS, "consent"}
    }
    assert row["consent"] == "paraphrase"


def test_going_back_keeps_everything_and_sending_again_asks_again(
    checked: httpx2.Response, client: TestClient, landing: Landing
) -> None:
    form = press(client, checked, "show")
    assert without(form_on(form), "t") == listed({"k": landing.code, **WRITTEN})
    again = client.post("/g", data=form_on(form))
    assert heading(again) == QUESTION
    assert form_on(again) == form_on(checked)


def test_whoever_changed_it_is_not_asked_again(
    checked: httpx2.Response, client: TestClient, database: Database, fresh_keys: NewKeys
) -> None:
    form = form_on(press(client, checked, "show"))
    changed = {**form, "better": "Ring me.", "happened": "They left."}
    assert heading(client.post("/g", data=changed)) == THANKS
    assert stored_words(database, fresh_keys) == {"better": "Ring me.", "happened": "They left."}


def test_fields_that_others_added_are_carried_along(client: TestClient, landing: Landing) -> None:
    page = sent(client, landing.code, **WRITTEN, way="helper", later=["a", "b"])
    assert form_on(page)["way"] == ["helper"]
    assert form_on(page)["later"] == ["a", "b"]
    assert form_on(press(client, page, "show"))["way"] == ["helper"]


def test_a_find_by_mistake_holds_nobody_up(
    client: TestClient, landing: Landing, database: Database, fresh_keys: NewKeys
) -> None:
    page = sent(client, landing.code, better="More Grace please")
    assert texts(page, "mark") == ["Grace"]
    stored = press(client, page, "as_is")
    assert heading(stored) == THANKS
    assert code_on(press(client, page, "as_is")) == code_on(stored)
    assert stored_words(database, fresh_keys)["better"] == "More Grace please"


def test_tags_are_in_the_language_of_the_form(
    client: TestClient, landing: Landing, database: Database, fresh_keys: NewKeys
) -> None:
    page = sent(client, landing.code, better=BETTER)
    press(client, page, "hide", "/ar")
    expected = without_their_details(Words(BETTER), no_places, "ar").better
    assert stored_words(database, fresh_keys)["better"] == expected
    assert not find_identifying(expected)


def test_tags_of_a_made_up_language_differ_and_are_known_as_tags() -> None:
    pseudo = without_their_details(Words("my worker Susan left"), no_places, "en-XA").better
    assert pseudo == "my worker [⟦ñámé·⟧] left"
    assert without_their_details(Words(pseudo), no_places, "en").better == pseudo


def test_a_page_from_right_to_left_marks_and_hides_as_well(
    client: TestClient, landing: Landing
) -> None:
    blank = blank_form(client, landing.code)
    page = client.post("/ar/g", data={**blank, "happened": "اتصل بي على 07700 900123 من فضلك"})
    assert next(parse(page.text).all("html")).get("dir") == "rtl"
    assert texts(page, "mark") == ["07700 900123"]
    assert press(client, page, "hide", "/ar").status_code == 200


@pytest.fixture
def neighbour(database: Database) -> Landing:
    """A service with others and another town around it."""
    with database.write() as db:
        county = make_area(db, name="Shire")
        town = make_area(db, name="Otley", parent_id=county)
        own = make_service(db, name="Turning Corner", area_id=town, also_called=["The Hutch"])
        beside = make_area(db, name="Ilkley", parent_id=county)
        make_service(db, name="The Lantern House", area_id=beside, also_called=["The Glow Worm"])
        db.commit()
    return own


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("I sleep at the lantern house now", ["lantern house"]),
        ("They sent me to the Glow Worm", ["Glow Worm"]),
        ("I came from Ilkley", ["Ilkley"]),
        ("Otley needs more like Turning Corner, the Hutch is great", []),
    ],
)
def test_what_is_beside_the_service_is_found_and_what_the_form_is_about_is_not(
    client: TestClient, neighbour: Landing, words: str, marked: list[str]
) -> None:
    page = sent(client, neighbour.code, happened=words)
    assert texts(page, "mark") == marked
    assert heading(page) == (QUESTION if marked else THANKS)


def test_a_name_beside_the_service_is_hidden_as_a_place(
    client: TestClient, neighbour: Landing, database: Database, fresh_keys: NewKeys
) -> None:
    page = sent(client, neighbour.code, happened="I came from Ilkley")
    press(client, page, "hide")
    assert stored_words(database, fresh_keys)["happened"] == "I came from [place]"


def test_a_name_of_one_answer_is_no_surname_of_the_other() -> None:
    words = Words("I want my worker", "Susan came")
    hidden = without_their_details(words, no_places, "en")
    assert hidden == Words("I want my worker", "[name] came")


@pytest.mark.parametrize("text", ["LS1 " * 750, "Al, my mate craig. " * 150, "07700900123 " * 250])
def test_hiding_never_leads_to_an_error(
    client: TestClient, landing: Landing, database: Database, fresh_keys: NewKeys, text: str
) -> None:
    written = text[:TEXT_LIMIT]
    page = sent(client, landing.code, better=written, happened=written)
    assert heading(press(client, page, "hide")) == THANKS
    for words in stored_words(database, fresh_keys).values():
        assert len(words) <= TEXT_LIMIT
        assert not find_identifying(words)


def test_two_of_the_longest_texts_of_any_script_are_stored(
    client: TestClient, landing: Landing, database: Database, fresh_keys: NewKeys
) -> None:
    words = "ไ" * TEXT_LIMIT
    stored = sent(client, landing.code, better=words, happened=words)
    assert heading(stored) == THANKS
    assert stored_words(database, fresh_keys) == {"better": words, "happened": words}


def test_the_list_stays_short_and_the_text_is_marked_to_its_end(landing: Landing) -> None:
    text = ", ".join(f"07700 9001{number}" for number in range(10, 40))
    page = check_page(landing, Words(text), (), Road(), no_places)
    assert len(page.found) == MOST_LISTED
    [quote] = page.quotes
    assert sum(is_found for _piece, is_found in quote.parts) == 30
    assert "".join(piece for piece, _is_found in quote.parts) == text
    assert all(one[1] != other[1] for one, other in pairwise(quote.parts))


def test_what_stands_twice_is_listed_once(landing: Landing) -> None:
    words = Words("ask Susan", "then SUSAN or Otley")
    find = finder_of_places(frozenset({"Otley"}))
    page = check_page(landing, words, (), Road(), find)
    assert [detail.words for detail in page.found] == ["Susan", "Otley"]


def test_nothing_that_was_found_is_logged(
    client: TestClient, landing: Landing, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = sent(client, landing.code, **WRITTEN)
        press(client, page, "hide")
    said = caplog.text.casefold()
    assert not [word for word in ("susan", "900123", "[name]", "contact") if word in said]
