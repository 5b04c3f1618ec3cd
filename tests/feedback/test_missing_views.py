import secrets
from datetime import date

import httpx2
import pytest
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.models import Consent, Inbox, SealedText
from coproduce.feedback.rules import CALLED_LIMIT
from coproduce.feedback.settle import settle_feedback
from coproduce.services.area_choice import OFFERED_AT_MOST
from coproduce.services.queries import Landing
from tests.factories import code_on, make_area, make_landing_code, make_service
from tests.feedback.submissions import stored_rows, words_in
from tests.html import Element, fields_of, parse
from tests.needs import on_sqlite

NICKNAME = "Sister Rita's Kitchen"
Form = dict[str, list[str]]


def form_on(response: httpx2.Response) -> tuple[Element, Form]:
    """Return a page and what its form would send if nobody touched it."""
    page = parse(response.text)
    [form] = [form for form in page.all("form") if form.get("action").endswith("/g")]
    return page, fields_of(form)


def blank(client: TestClient) -> Form:
    return form_on(client.get("/missing"))[1]


def send(client: TestClient, form: Form, **fields: str) -> httpx2.Response:
    return client.post("/g", data={**form, **fields})


def stored(database: Database, keys: NewKeys) -> tuple[dict[str, object], dict[str, str]]:
    [row] = stored_rows(database, Inbox)
    return row, words_in(row["text_box"], keys.recovery_private)


def test_a_service_that_is_not_here_is_told_by_its_nickname_and_place(
    client: TestClient, database: Database, fresh_keys: NewKeys, area_landing: Landing
) -> None:
    form = blank(client)
    response = send(
        client,
        form,
        called=NICKNAME,
        k=area_landing.code,
        better="Longer hours.",
        consent="paraphrase",
    )
    assert response.status_code == 200
    code_on(response)
    row, words = stored(database, fresh_keys)
    assert (row["area_id"], row["service_id"]) == (area_landing.area_id, None)
    assert words == {"better": "Longer hours.", "happened": "", "called": NICKNAME}
    assert row["consent"] is Consent.PARAPHRASE
    assert not row["answers"]
    assert NICKNAME not in repr({**row, "text_box": b""})


def test_only_the_name_is_enough(
    client: TestClient, database: Database, fresh_keys: NewKeys, area_landing: Landing
) -> None:
    response = send(client, blank(client), called="The Shed", k=area_landing.code)
    code_on(response)
    assert stored(database, fresh_keys)[1]["called"] == "The Shed"


def test_no_rating_is_asked_for(client: TestClient, area_landing: Landing) -> None:
    page, form = form_on(client.get("/missing"))
    assert area_landing.code in {option.get("value") for option in page.with_id("k").all("option")}
    assert set(form) <= {"t", "missing", "called", "k", "better", "happened"}


def test_sending_it_again_gives_the_same_code_and_another_name_takes_its_place(
    client: TestClient, database: Database, fresh_keys: NewKeys, area_landing: Landing
) -> None:
    form = {**blank(client), "k": [area_landing.code]}
    first = send(client, form, called="The Shed")
    again = send(client, form, called="The Shed")
    assert code_on(first) == code_on(again)
    changed = send(client, form, called="The Hut")
    assert "took the place" in changed.text
    assert stored(database, fresh_keys)[1]["called"] == "The Hut"


def test_without_a_place_everything_is_kept_and_the_place_is_asked_for(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    response = send(
        client, blank(client), called=NICKNAME, better="Longer hours.", consent="quote", k=""
    )
    assert response.status_code == 422
    page, form = form_on(response)
    assert form["called"] == [NICKNAME]
    assert form["better"] == ["Longer hours."]
    assert form["consent"] == ["quote"]
    assert page.with_id("k").get("aria-describedby") == "k-error"
    assert not stored_rows(database, Inbox)
    assert send(client, form, k=area_landing.code).status_code == 200


def test_an_empty_form_says_so_and_keeps_the_place(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    response = send(client, blank(client), k=area_landing.code)
    assert response.status_code == 422
    assert "There is nothing to send yet." in response.text
    assert form_on(response)[1]["k"] == [area_landing.code]


def test_a_name_that_is_too_long_is_kept_and_refused(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    long = "x" * (CALLED_LIMIT + 1)
    response = send(client, blank(client), called=long, k=area_landing.code)
    assert response.status_code == 422
    assert form_on(response)[1]["called"] == [long]
    assert not stored_rows(database, Inbox)


def test_another_language_keeps_everything(client: TestClient, area_landing: Landing) -> None:
    form = {**blank(client), "called": [NICKNAME], "k": [area_landing.code], "act": ["show"]}
    response = client.post("/ar/g", data=form)
    assert response.status_code == 200
    page, shown = form_on(response)
    assert (shown["called"], shown["k"]) == ([NICKNAME], [area_landing.code])
    assert next(page.all("html")).get("lang") == "ar"


def test_a_search_that_found_nothing_leads_here_with_its_words_and_place(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    found = client.post("/find", data={"words": "The Shed", "area": area_landing.code})
    form = form_on(found)[1]
    response = client.post("/g", data={**form, "act": "show"})
    assert response.status_code == 200
    shown = form_on(response)[1]
    assert (shown["called"], shown["k"]) == (["The Shed"], [area_landing.code])
    code_on(send(client, shown))


@pytest.mark.parametrize("called", ["", NICKNAME])
def test_the_check_step_marks_other_words_only_and_loses_nothing(
    client: TestClient,
    database: Database,
    fresh_keys: NewKeys,
    area_landing: Landing,
    called: str,
) -> None:
    story = "Nurse Rita was kind. Call me on 07700 900123."
    response = send(client, blank(client), called=called, k=area_landing.code, happened=story)
    assert response.status_code == 200
    page, form = form_on(response)
    marked = [mark.text for mark in page.all("mark")]
    assert "07700 900123" in marked
    assert "Kitchen" not in " ".join(marked)
    assert not stored_rows(database, Inbox)

    code_on(client.post("/g", data={**form, "act": "hide"}))
    words = stored(database, fresh_keys)[1]
    assert words.get("called", "") == called
    assert "07700" not in words["happened"]


def make_many_areas(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db, area_id=make_area(db, name="Newport"))
        for number in range(OFFERED_AT_MOST):
            make_landing_code(db, area_id=make_area(db, name=f"Place {number}"))
        make_landing_code(db, area_id=make_area(db, name="Otley"))
        db.commit()
    return landing


@on_sqlite
def test_where_there_are_many_places_one_is_typed_and_asked_about_if_not_certain(
    client: TestClient, database: Database, fresh_keys: NewKeys
) -> None:
    make_many_areas(database)
    form = blank(client)
    assert "k" not in form
    response = send(client, form, called="The Shed", place="Otly", better="Longer hours.")
    assert response.status_code == 422
    page, form = form_on(response)
    assert [option.text for option in page.with_id("k").all("option")][1:] == ["Otley"]
    assert form["place"] == ["Otly"]
    assert form["better"] == ["Longer hours."]
    code_on(send(client, form))
    assert stored(database, fresh_keys)[1]["called"] == "The Shed"


@on_sqlite
def test_a_typed_place_goes_through_the_check_step(client: TestClient, database: Database) -> None:
    make_many_areas(database)
    response = send(client, blank(client), place="otley", happened="Call me on 07700 900123.")
    code_on(client.post("/g", data={**form_on(response)[1], "act": "as_is"}))
    assert len(stored_rows(database, Inbox)) == 1


def test_the_code_of_a_service_is_no_place(
    client: TestClient, database: Database, landing: Landing
) -> None:
    response = send(client, blank(client), called="The Shed", k=landing.code)
    assert response.status_code == 422
    assert not stored_rows(database, Inbox)


def test_a_name_is_stored_with_the_form_of_no_service(
    client: TestClient, database: Database, fresh_keys: NewKeys, landing: Landing
) -> None:
    form = fields_of(next(parse(client.get(f"/g/{landing.code}").text).all("form")))
    code_on(send(client, form, called="The Shed", better="Longer hours."))
    assert "called" not in stored(database, fresh_keys)[1]


def test_the_words_settle_like_any_others(
    client: TestClient, database: Database, keys: Keys, today: date, area_landing: Landing
) -> None:
    for _number in range(5):
        code_on(send(client, blank(client), called="The Shed", k=area_landing.code))
    assert settle_feedback(database, keys, today, secrets.token_bytes).texts == 5
    assert {row["area_id"] for row in stored_rows(database, SealedText)} == {area_landing.area_id}


def test_too_late_keeps_the_name_for_a_new_form(
    client: TestClient, database: Database, keys: Keys, today: date, area_landing: Landing
) -> None:
    forms = [{**blank(client), "k": [area_landing.code]} for _number in range(5)]
    for form in forms:
        code_on(send(client, form, called="The Shed"))
    settle_feedback(database, keys, today, secrets.token_bytes)
    response = send(client, forms[0], called="The Hut")
    assert response.status_code == 409
    assert "The Hut" in response.text
