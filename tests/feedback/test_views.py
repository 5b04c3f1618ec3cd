import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.codes import in_groups
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.text import cleaned
from coproduce.feedback.commands import Stored
from coproduce.feedback.form_token import new_form_token
from coproduce.feedback.models import (
    Consent,
    Inbox,
    Response,
    Screen,
    SealedText,
)
from coproduce.feedback.rules import TEXT_LIMIT
from coproduce.services.models import CodeState, Service, ServiceStatus
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from coproduce.web.throttle import SUBMISSIONS
from tests.conftest import PROVE
from tests.factories import blank_form, code_on, make_landing_code, posted_form, sent_form
from tests.feedback.pages import (
    EVERYTHING,
    Form,
    form_on,
    heading,
    listed,
    open_code,
    settle,
    shape,
    texts,
    without,
)
from tests.feedback.submissions import make_writer, stored_rows, words_in
from tests.html import parse
from tests.needs import on_sqlite
from tests.waiting_texts import make_waiting_text

STORY = "Nurse Rita was kind. Call me on 07700 900123."
HIDDEN = "Nurse [name] was kind. Call me on [contact]."
# The form


def test_the_form_is_blank_and_asks_no_one_who_they_are(
    client: TestClient, landing: Landing
) -> None:
    response = client.get(f"/g/{landing.code}")

    assert response.status_code == 200
    assert heading(response) == "The Drop-in"
    form = form_on(response)
    assert form.pop("t") != [""]
    assert form == {"k": [landing.code], "better": [""], "happened": [""]}


def test_every_form_is_another_form(client: TestClient, landing: Landing) -> None:
    assert blank_form(client, landing.code)["t"] != blank_form(client, landing.code)["t"]


@pytest.mark.parametrize("change", [str.lower, lambda code: f"{code[:3]} {code[3:]}"])
def test_a_poster_code_may_be_typed_as_people_type(
    client: TestClient, landing: Landing, change: Callable[[str], str]
) -> None:
    assert heading(client.get(f"/g/{change(landing.code)}")) == "The Drop-in"


@pytest.mark.parametrize("code", ["222222", "nonsense", "7KQ2M", "%00%00", "a" * 500])
def test_an_unknown_code_leads_on(client: TestClient, database: Database, code: str) -> None:
    response = client.get(f"/g/{code}")

    assert response.status_code == 404
    assert "We do not know this code" in response.text


def test_a_closed_code_and_a_closed_service_say_so(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = blank_form(client, landing.code)
    with database.write() as db:
        closed = make_landing_code(db, service_id=landing.service_id, state=CodeState.CLOSED)
        db.commit()
    assert "no longer takes answers" in client.get(f"/g/{closed}").text
    with database.write() as db:
        db.scalars(select(Service)).one().status = ServiceStatus.CLOSED
        db.commit()

    assert "no longer takes answers" in client.get(f"/g/{landing.code}").text
    sent = client.post("/g", data={**form, "overall": "good"})
    assert "no longer takes answers" in sent.text
    assert stored_rows(database, Inbox) == []


def test_words_sent_to_a_service_that_closed_meanwhile_stay_on_the_page(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = {**blank_form(client, landing.code), "better": "Tea.", "happened": STORY}
    with database.write() as db:
        db.scalars(select(Service)).one().status = ServiceStatus.CLOSED
        db.commit()

    page = client.post("/g", data=form)

    assert page.status_code == 409
    assert "This code no longer takes answers." in page.text
    assert texts(page, "textarea") == ["Tea.", STORY]
    assert not stored_rows(database, Inbox)


def test_an_area_has_its_own_form(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    page = client.get(f"/g/{area_landing.code}")
    assert heading(page) == "Otley"
    assert "Where did it stop?" in texts(page, "legend")
    assert "What would have got you in?" in texts(page, "label")

    sent_form(client, area_landing.code, where_stopped=["wait", "hours"], better="A phone line.")

    [row] = stored_rows(database, Inbox)
    assert (row["service_id"], row["area_id"]) == (None, area_landing.area_id)
    assert row["answers"] == {"where_stopped": ["wait", "hours"]}


# Sending


def test_one_tap_and_send_gives_a_code(
    client: TestClient, database: Database, landing: Landing
) -> None:
    response = posted_form(client, landing.code, overall="good")

    assert response.status_code == 200
    assert heading(response) == "Thank you. We have it."
    assert in_groups(code_on(response)) in response.text
    [row] = stored_rows(database, Inbox)
    assert row["answers"] == {"overall": "good"}
    assert row["consent"] is Consent.COUNT_ONLY


def test_everything_sent_is_stored(
    client: TestClient, database: Database, landing: Landing, fresh_keys: NewKeys
) -> None:
    sent_form(client, landing.code, **EVERYTHING)

    [row] = stored_rows(database, Inbox)
    assert row["answers"] == {
        "overall": "poor",
        "barriers": ["wait", "hours", "phone"],
        "matters": ["safe", "trust"],
        "accepted": "hardly_ever",
        "helped": ["drop_in"],
    }
    assert row["consent"] is Consent.PARAPHRASE
    assert words_in(row["text_box"], fresh_keys.recovery_private) == {
        "better": "More evenings.",
        "happened": "I waited.\nThen I left.",
    }


def test_consent_without_words_is_not_kept(
    client: TestClient, database: Database, landing: Landing
) -> None:
    sent_form(client, landing.code, overall="good", consent="quote")

    assert stored_rows(database, Inbox)[0]["consent"] is Consent.COUNT_ONLY


def test_sending_twice_gives_the_same_code_and_one_row(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = {**blank_form(client, landing.code), **EVERYTHING}

    first, second = (client.post("/g", data=form) for _time in range(2))

    assert code_on(first) == code_on(second)
    assert heading(second) == "Thank you. We have it."
    assert len(stored_rows(database, Inbox)) == 1


def test_sending_again_with_more_takes_the_place_of_the_first(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = blank_form(client, landing.code)
    first = client.post("/g", data={**form, "overall": "good"})

    second = client.post("/g", data={**form, **EVERYTHING})

    assert "This took the place of what you sent before." in second.text
    assert code_on(first) == code_on(second)
    [row] = stored_rows(database, Inbox)
    assert len(row["answers"]) == 5  # type: ignore[arg-type]


def test_the_receipt_is_never_compressed_and_the_form_is(
    client: TestClient, landing: Landing
) -> None:
    receipt = posted_form(client, landing.code, overall="good")

    assert "content-encoding" not in receipt.headers
    assert "content-encoding" in client.get(f"/g/{landing.code}").headers


def test_beyond_the_limit_of_a_network_answers_are_set_aside_not_refused(
    client: TestClient, database: Database, landing: Landing
) -> None:
    for _number in range(SUBMISSIONS.count + 2):
        assert posted_form(client, landing.code, overall="good").status_code == 200

    screens = [row["screen"] for row in stored_rows(database, Inbox)]
    assert screens.count(Screen.CLEAR) == SUBMISSIONS.count
    assert screens.count(Screen.SET_ASIDE) == 2


def test_only_what_is_stored_as_new_counts_against_a_network(
    client: TestClient, database: Database, landing: Landing
) -> None:
    first = {"act": "as_is", **blank_form(client, landing.code), "overall": "good"}
    for _number in range(SUBMISSIONS.count):
        assert client.post("/g", data={**first, "act": "show"}).status_code == 200
        assert client.post("/g", data={**first, "overall": "nonsense"}).status_code == 422
        assert client.post("/g", data=first).status_code == 200
    for _number in range(SUBMISSIONS.count - 1):
        posted_form(client, landing.code, overall="good")
    screens = [row["screen"] for row in stored_rows(database, Inbox)]
    assert screens == [Screen.CLEAR] * SUBMISSIONS.count


def test_what_was_set_aside_stays_so_when_it_is_sent_again_later(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    writer = make_writer(database, keys, landing, today)
    writer.sends(overall="good", screen=Screen.SET_ASIDE, today=today)
    assert writer.sends(overall="poor", today=today) is Stored.REPLACED
    assert [row["screen"] for row in stored_rows(database, Inbox)] == [Screen.SET_ASIDE]


# The check step


@pytest.fixture
def checked(client: TestClient, landing: Landing) -> httpx2.Response:
    """The page that asks whether to hide anything."""
    return posted_form(client, landing.code, **{**EVERYTHING, "happened": STORY, "act": "send"})


def test_what_could_tell_who_somebody_is_is_shown_before_anything_is_stored(
    checked: httpx2.Response, database: Database
) -> None:
    assert checked.status_code == 200
    assert heading(checked) == "Not sent yet. Want to hide anything?"
    assert texts(checked, "mark") == ["Rita", "07700 900123"]
    assert stored_rows(database, Inbox) == []


def test_the_check_step_carries_everything(checked: httpx2.Response, landing: Landing) -> None:
    carried = form_on(checked)

    assert without(carried, "t") == listed({"k": landing.code, **EVERYTHING, "happened": STORY})


@pytest.mark.parametrize("act", ["", "send", "keep", "withdraw"])
def test_nothing_but_the_two_buttons_leads_past_the_check_step(
    client: TestClient, database: Database, landing: Landing, act: str
) -> None:
    form = {**blank_form(client, landing.code), "happened": STORY, "act": act}

    assert heading(client.post("/g", data=form)) == "Not sent yet. Want to hide anything?"
    assert not stored_rows(database, Inbox)


@pytest.mark.parametrize(("act", "stored"), [("hide", HIDDEN), ("as_is", STORY)])
def test_details_are_hidden_or_sent_as_they_are(
    checked: httpx2.Response,
    client: TestClient,
    database: Database,
    fresh_keys: NewKeys,
    act: str,
    stored: str,
) -> None:
    sent = client.post("/g", data={**form_on(checked), "act": act})

    assert heading(sent) == "Thank you. We have it."
    [row] = stored_rows(database, Inbox)
    assert words_in(row["text_box"], fresh_keys.recovery_private)["happened"] == stored
    assert row["flags"] == "contact name"
    assert len(row["answers"]) == 5  # type: ignore[arg-type]


def test_a_person_can_change_it_themselves_and_finds_everything(
    checked: httpx2.Response, client: TestClient
) -> None:
    again = client.post("/g", data={**form_on(checked), "act": "show"})

    assert form_on(again) == form_on(checked)


def test_the_code_is_the_same_before_and_after_the_check_step(
    checked: httpx2.Response, client: TestClient
) -> None:
    hidden = client.post("/g", data={**form_on(checked), "act": "hide"})
    as_is = client.post("/g", data={**form_on(checked), "act": "as_is"})

    assert code_on(hidden) == code_on(as_is)
    assert "This took the place" in as_is.text


# Nothing typed is lost


def test_an_empty_form_is_pointed_out(client: TestClient, landing: Landing) -> None:
    response = posted_form(client, landing.code)

    assert response.status_code == 422
    assert "There is nothing to send yet." in response.text


@pytest.mark.parametrize(
    "mistake",
    [
        {"better": "a" * (TEXT_LIMIT + 1)},
        {"matters": ["safe", "my_say", "trust", "told_once"]},
        {"consent": "everything"},
        {"overall": "excellent"},
    ],
)
def test_errors_keep_everything(
    client: TestClient, database: Database, landing: Landing, mistake: Form
) -> None:
    form = {**blank_form(client, landing.code), **EVERYTHING, **mistake}

    response = client.post("/g", data=form)

    assert response.status_code == 422
    assert "Please look at this again" in response.text
    kept = form_on(response)
    wrong = [name for name in ("overall", "consent") if name in mistake]
    assert kept == listed({name: value for name, value in form.items() if name not in wrong})
    assert stored_rows(database, Inbox) == []


def test_each_language_is_a_button_that_keeps_everything(
    client: TestClient, landing: Landing
) -> None:
    form = {**blank_form(client, landing.code), **EVERYTHING}
    page = parse(client.get(f"/g/{landing.code}").text)
    [button] = [element for element in page.all("button") if element.get("formaction")]
    assert button.text == "العربية"

    arabic = client.post(
        button.get("formaction"), data={**form, button.get("name"): button.get("value")}
    )

    assert next(parse(arabic.text).all("html")).get("dir") == "rtl"
    assert form_on(arabic) == listed(form)
    english = client.post("/en/g", data={**form_on(arabic), "act": "show"})
    assert form_on(english) == listed(form)


def test_a_form_that_was_open_too_long_is_kept_and_sent_with_one_more_tap(
    client: TestClient, database: Database, landing: Landing, keys: Keys, today: date
) -> None:
    old = new_form_token(keys, today - timedelta(days=3), secrets.token_bytes)
    response = client.post("/g", data={"k": landing.code, "t": old, **EVERYTHING})

    assert response.status_code == 422
    assert "This page was open for a long time. Please press Send once more." in response.text
    kept = form_on(response)
    assert kept["t"] != [old]
    assert without(kept, "t") == listed({"k": landing.code, **EVERYTHING})
    assert stored_rows(database, Inbox) == []
    assert heading(client.post("/g", data=kept)) == "Thank you. We have it."


def test_a_form_that_was_sent_in_time_gives_its_code_when_sent_again_later(
    client: TestClient, database: Database, landing: Landing, keys: Keys, today: date
) -> None:
    writer = make_writer(database, keys, landing, today - timedelta(days=3), bytes)
    token = new_form_token(keys, today - timedelta(days=3), bytes)
    writer.sends(today=today - timedelta(days=1))

    response = client.post("/g", data={"k": landing.code, "t": token, "overall": "good"})

    assert code_on(response) == writer.code
    assert len(stored_rows(database, Inbox)) == 1


@pytest.mark.parametrize("token", ["", "made up", "A" * 47, "٣" * 47])
def test_a_form_that_is_not_ours_is_kept_and_asks_to_be_sent_again(
    client: TestClient, database: Database, landing: Landing, token: str
) -> None:
    response = client.post("/g", data={"k": landing.code, "t": token, **EVERYTHING})

    assert response.status_code == 422
    assert without(form_on(response), "t") == listed({"k": landing.code, **EVERYTHING})
    assert stored_rows(database, Inbox) == []


@pytest.mark.parametrize("code", ["", "222222", "nonsense"])
def test_a_form_of_no_known_code_keeps_the_words(client: TestClient, code: str) -> None:
    response = client.post("/g", data={"k": code, "better": "More evenings."})

    assert response.status_code == 404
    assert texts(response, "textarea") == ["More evenings."]


# After the mixing


def stands_in_for(page: httpx2.Response) -> str:
    """The address that a script puts in place of what was sent."""
    [address] = re.findall(r'data-instead="([^"]*)"', page.text)
    return str(address)


def test_a_script_puts_the_empty_form_in_place_of_what_was_sent(
    client: TestClient, landing: Landing, area_landing: Landing, settled: Form
) -> None:
    form = blank_form(client, landing.code)
    named = {**form, "happened": STORY}
    of_added = {"code": code_on(client.post("/g", data=settled)), "act": "send", "t": form["t"]}
    missing = {"missing": "1", "k": area_landing.code, "called": "The Den", "t": form["t"]}
    own = f"/g/{landing.code}"

    assert stands_in_for(client.post("/g", data=form)) == own
    assert stands_in_for(client.post("/g", data={**form, "way": "helper"})) == f"{own}/helper"
    assert stands_in_for(client.post("/g", data={**form, "way": "x/../../a"})) == own
    assert stands_in_for(client.post("/ar/g", data=named)) == f"/ar{own}"
    assert stands_in_for(client.post("/g", data={**settled, "better": "Less."})) == own
    assert stands_in_for(client.post("/g", data={**missing, "act": "show"})) == "/missing"
    assert stands_in_for(client.post("/g", data={**form, "k": "zzzzzz"})) == "/"
    assert stands_in_for(client.post("/code", data={**of_added, "better": STORY})) == "/code"
    assert stands_in_for(client.post("/g", data={**named, "act": "hide"})) == "/code"
    assert stands_in_for(client.post("/never-in", data={"place": "Nowhere"})) == "/never-in"


def test_other_words_that_come_too_late_are_kept_and_can_be_added(
    client: TestClient,
    database: Database,
    settled: Form,
    fresh_keys: NewKeys,
) -> None:
    late = client.post("/g", data={**settled, "happened": "One more thing.", "consent": "quote"})

    assert late.status_code == 409
    assert heading(late) == "We already have your first answer"
    assert texts(late, "textarea") == ["More.", "One more thing."]
    added = client.post("/g", data=form_on(late))
    assert heading(added) == "Thank you. We have it."
    assert code_on(added) != code_on(late)
    [row] = stored_rows(database, Inbox)
    assert (row["answers"], row["consent"]) == ({}, Consent.QUOTE)
    assert words_in(row["text_box"], fresh_keys.recovery_private) == {
        "better": "More.",
        "happened": "One more thing.",
    }


def test_other_answers_that_come_too_late_change_nothing(
    client: TestClient, database: Database, settled: Form
) -> None:
    late = client.post("/g", data={**without(listed(settled), "better"), "overall": "very_poor"})

    assert late.status_code == 409
    assert "<form" not in late.text
    assert code_on(late)
    assert "very_poor" not in {row["answers"]["overall"] for row in stored_rows(database, Response)}  # type: ignore[index]


def test_the_same_form_still_gives_its_code(client: TestClient, settled: Form) -> None:
    first, second = (client.post("/g", data=settled) for _time in range(2))

    assert code_on(first) == code_on(second)


# No words are asked for that nobody reads


@pytest.mark.parametrize(
    ("days", "says", "asks"),
    [
        (0, "", True),
        (7, "", True),
        (8, "We are behind with reading.", True),
        (21, "We are behind with reading.", True),
        (22, "We do not ask for words right now.", False),
    ],
)
def test_the_form_says_when_reading_is_behind_and_then_stops_asking(
    database: Database, site: Site, landing: Landing, today: date, days: int, says: str, asks: bool
) -> None:
    monday = today - timedelta(days=today.weekday())
    with database.write() as db:
        make_waiting_text(db, site.keys, landing, monday)
        db.commit()
    noon = datetime.combine(monday + timedelta(days=days), time(12), UTC)
    then = TestClient(create_app(site, database, clock=lambda: noon), base_url=site.public_url)

    page = then.get(f"/g/{landing.code}")

    notices = [p.text for p in parse(page.text).all("p") if p.get("class") == "help"]
    assert len(notices) == bool(says)
    assert says in "".join(notices)
    assert bool(texts(page, "textarea")) == asks
    assert ("Can we use what you wrote?" in texts(page, "legend")) == asks
    # What was typed in a form that was open already is kept and taken.
    token = form_on(page)
    shown = then.post("/g", data={**token, "better": "Later hours.", "act": "show"})
    assert form_on(shown)["better"] == ["Later hours."]
    sent = then.post("/g", data={**token, "better": "Later hours.", "act": "send"})
    assert heading(sent) == "Thank you. We have it."
    [row] = stored_rows(database, Inbox)
    assert row["text_box"] is not None


def test_notes_and_danger_are_kept_beside_the_sealed_words_and_no_page_tells(
    client: TestClient, database: Database, landing: Landing, site: Site, today: date
) -> None:
    calm = posted_form(client, landing.code, better="More light in the hall, I would like that")
    hard = posted_form(client, landing.code, better="He beat me. I want to die. Nothing else now")

    assert len(calm.content) == len(hard.content)
    flags = {row["flags"] for row in stored_rows(database, Inbox)}
    assert flags == {"", "danger note_self_harm note_violence"}
    settle(database, site.keys, today + timedelta(days=1))
    urgent = {row["flags"]: row["is_urgent"] for row in stored_rows(database, SealedText)}
    assert urgent == {"": False, "danger note_self_harm note_violence": True}


# Strings that break things


@pytest.fixture(scope="module")
def naughty(shared_data: Path) -> list[str]:
    """Hostile and awkward strings that nobody here made up; a tenth unless all are due."""
    folder = shared_data / "naughty_inputs"
    strings: list[str] = json.loads((folder / "blns.json").read_text("utf-8"))
    for file in sorted(folder.glob("*.txt")):
        strings += file.read_text("utf-8").split("\n")
    return list(dict.fromkeys(strings))[:: 1 if PROVE else 10]


@on_sqlite
def test_awkward_words_are_stored_sealed_exactly_and_shown_as_words(
    client: TestClient,
    database: Database,
    landing: Landing,
    fresh_keys: NewKeys,
    naughty: list[str],
) -> None:
    blank = blank_form(client, landing.code)
    plain: Form = {**blank, "overall": "good", "better": "Tea", "happened": "Tea"}
    usual = shape(parse(client.post("/g", data={**plain, "act": "show"}).text))
    expected = []
    for first, second in zip(naughty, naughty[::-1], strict=True):
        words = {"better": first, "happened": second}
        kept = {name: cleaned(text, limit=TEXT_LIMIT) for name, text in words.items()}
        shown = client.post("/g", data={**plain, **words, "act": "show"})
        assert shown.status_code == 200
        assert shape(parse(shown.text)) == usual
        assert {name: form_on(shown)[name] for name in words} == listed({**kept})
        checked = client.post("/g", data={**plain, **words, "act": "send"})
        assert checked.status_code == 200
        added = set(shape(parse(checked.text))) - set(usual)
        assert added <= {"blockquote", "div", "h2", "li", "mark", "q", "span", "ul"}
        form = blank_form(client, landing.code)
        sent_twice = [
            client.post("/g", data={**form, "overall": "good", **words, "act": "as_is"})
            for _time in range(2)
        ]
        assert code_on(sent_twice[0]) == code_on(sent_twice[1])
        expected.append(kept)

    boxes = [row["text_box"] for row in stored_rows(database, Inbox) if row["text_box"]]
    stored = [words_in(box, fresh_keys.recovery_private) for box in boxes]
    for words in expected:
        if any(words.values()):
            assert words in stored


@on_sqlite
def test_awkward_strings_in_any_other_field_do_no_harm(
    client: TestClient, landing: Landing, naughty: list[str]
) -> None:
    blank = blank_form(client, landing.code)
    usual = shape(parse(open_code(client, "1234").text))
    for text in naughty:
        typed = open_code(client, text)
        assert typed.status_code in {422, 404, 429}
        assert shape(parse(typed.text)) == usual
        assert client.post("/g", data={**blank, "k": text, "better": text}).status_code == 404
        for fields in (["t"], ["consent", "overall", "barriers", "act"], [text]):
            form = {**blank, "better": "Tea", **dict.fromkeys(fields, text)}
            assert client.post("/g", data=form).status_code in {200, 404, 409, 422}, (fields, text)
