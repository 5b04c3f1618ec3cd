import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coproduce.accounts.models import RoleGrant
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.feedback.commands import withdraw_feedback
from coproduce.feedback.models import (
    Coding,
    Consent,
    Fate,
    ModeratedText,
    PanelIdea,
    SealedText,
    TextState,
    TextUse,
)
from coproduce.feedback.queries import OpenedCode
from coproduce.moderation.models import Assignment, KeyShare, PassedOn, SafeguardingCase
from coproduce.moderation.team import add_conflict, set_profile
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_area, make_provider, make_service
from tests.feedback.submissions import stored_rows
from tests.guards.stored_values import rows_of, table_names
from tests.html import Element, parse
from tests.moderation.desks import KEPT, SAFE, Desk, desk
from tests.moderation.teams import Team, let_person_in, make_team
from tests.people import make_person, noon, sign_in
from tests.waiting_texts import make_waiting_text

BETTER = "Please open in the evening. My keyworker Sarah at The Lantern goes home at five."
HAPPENED = "On the 3rd of May nurse Janet let me wait outside in the rain with the baby."
PARTIAL = {"hx-request": "true", "hx-request-type": "partial"}

Wait = Callable[..., bytes]


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    return make_team(database, fresh_keys, today)


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(
            db,
            name="The Lantern",
            area_id=make_area(db, name="Otley"),
            provider_id=make_provider(db, name="Riverside Trust"),
        )
        db.commit()
    return landing


@pytest.fixture
def wait(database: Database, keys: Keys, landing: Landing, today: date) -> Wait:
    """Let a text wait; named values say what is special about it."""

    def make(**special: Any) -> bytes:
        values = {"better": BETTER, "happened": HAPPENED, **special}
        with database.write() as db:
            text_id = make_waiting_text(db, keys, landing, today, **values)
            db.commit()
        return text_id

    return make


@pytest.fixture
def reader(
    site: Site, database: Database, team: Team, clock: Callable[[], datetime]
) -> Iterator[Desk]:
    """A moderator at their desk."""
    with desk(site, database, team.reader, clock) as made:
        yield made


@pytest.fixture
def lead(
    site: Site, database: Database, team: Team, clock: Callable[[], datetime]
) -> Iterator[Desk]:
    """The lead at theirs."""
    with desk(site, database, team.lead, clock) as made:
        yield made


def said(page: Element) -> str:
    return next(page.all("main")).text


def taken(reader: Desk) -> str:
    path = reader.take()
    assert path is not None
    return path


def everything(database: Database) -> str:
    with database.engine.connect() as connection:
        return "".join(f"{table}{rows_of(connection, table)}" for table in table_names(connection))


def test_the_start_page_says_in_words_what_waits(reader: Desk, wait: Wait) -> None:
    assert "Nothing waits for you." in said(reader.page("/texts"))
    wait()
    page = said(reader.page("/texts"))
    assert "Some texts wait. The oldest came in the week of 10 August 2026." in page
    assert "danger" not in page
    wait(is_urgent=True)
    assert "Some may tell of danger. You get those first." in said(reader.page("/texts"))


def test_the_start_page_tells_of_texts_in_languages_somebody_does_not_read(
    reader: Desk, wait: Wait
) -> None:
    wait(language="ar")
    assert "in languages you do not read" in said(reader.page("/texts"))


def test_who_was_not_let_in_is_told_what_to_do(
    site: Site, database: Database, team: Team, wait: Wait, clock: Callable[[], datetime]
) -> None:
    wait()
    new = make_person(database, site.keys, clock().date(), Role.MODERATOR)
    with desk(site, database, new, clock) as theirs:
        assert "You cannot open texts yet." in said(theirs.page("/texts"))
        assert theirs.take() is None
    assert not stored_rows(database, Assignment)


def test_who_reads_alone_is_told_what_still_works(
    site: Site, database: Database, team: Team, reader: Desk, clock: Callable[[], datetime]
) -> None:
    assert "the only one" not in said(reader.page("/texts"))
    with database.write() as db:
        db.query(RoleGrant).filter(RoleGrant.account_id == team.lead.account_id).delete()
        db.commit()
    page = said(reader.page("/texts"))
    assert "Two people are needed to read. You are the only one so far." in page
    assert "Ratings are counted and reports come out without you." in page


def test_nobody_opens_a_text_alone(
    database: Database, team: Team, reader: Desk, wait: Wait
) -> None:
    text_id = wait()
    path = taken(reader)
    with database.write() as db:
        db.query(RoleGrant).filter(RoleGrant.account_id == team.lead.account_id).delete()
        db.commit()
    page = reader.client.get(path)
    assert page.status_code == 403
    assert "Sarah" not in page.text
    assert reader.keep(path).status_code == 403
    assert [row["id"] for row in stored_rows(database, SealedText)] == [text_id]
    assert reader.take() is None
    assert reader.client.post(path, data={"act": "pass"}).status_code == 303


def test_a_text_is_closed_at_first_and_blind(reader: Desk, wait: Wait) -> None:
    wait(flags="name note_violence note_children danger")
    path = taken(reader)
    page = reader.page(path)
    closed = page.with_id("read")
    assert "open" not in closed.attributes
    assert BETTER in closed.text
    assert HAPPENED in closed.text
    assert "It may tell of danger now." in said(page)
    assert [e.text for e in page.all("span") if e.get("class") == "note"] == [
        "violence",
        "children",
    ]
    outside = said(page).replace(closed.text, "").replace(page.with_id("finds").text, "")
    for origin in ("The Lantern", "Riverside", "Otley", "2026", "August", "English", "drop-in"):
        assert origin not in outside


def test_what_was_found_is_marked_with_the_tag_that_fits(reader: Desk, wait: Wait) -> None:
    wait()
    page = reader.page(taken(reader))
    marked = [mark.text for mark in page.with_id("read").all("mark")]
    assert marked == ["Sarah", "The Lantern", "On the 3rd of May", "Janet"]
    chosen = [
        option.get("value")
        for select in page.with_id("finds").all("select")
        for option in select.all("option")
        if "selected" in option.attributes
    ]
    assert chosen == ["worker", "service", "day", "worker"]


def test_the_name_of_the_service_is_shown_when_asked_for_and_that_is_logged(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    shown = reader.send(path, act="show_service", words="Typed so far.")
    page = parse(shown.text)
    assert page.with_id("service").text == "It is about: The Lantern"
    assert page.with_id("words").text == "Typed so far."
    assert "service shown" in everything(database)
    part = reader.client.post(path, data={"act": "show_service"}, headers=PARTIAL)
    assert parse(part.text).with_id("service").text == "It is about: The Lantern"
    assert "<html" not in part.text


def test_other_words_are_kept_and_the_text_is_gone(
    reader: Desk, database: Database, wait: Wait
) -> None:
    text_id = wait()
    response = reader.keep(taken(reader), direction="works", level="person", signpost="rights")
    assert response.status_code == 200
    assert "Saved. The text itself is gone." in response.text
    [kept] = stored_rows(database, ModeratedText)
    assert (kept["id"], kept["words"], kept["use"]) == (text_id, SAFE, TextUse.PARAPHRASE)
    assert (kept["state"], kept["language"]) == (TextState.READY, "en")
    [coding] = stored_rows(database, Coding)
    assert (coding["code"], coding["direction"], coding["level"]) == ("C1", "works", "person")
    assert not stored_rows(database, SealedText)


def test_a_quote_waits_for_a_second_person(reader: Desk, database: Database, wait: Wait) -> None:
    wait(language="en")
    response = reader.keep(taken(reader), use="quote", words="Please open in the evening.")
    assert "A second person reads these words" in response.text
    [kept] = stored_rows(database, ModeratedText)
    assert kept["state"] is TextState.WAITS_FOR_SECOND


@pytest.mark.parametrize("consent", Consent)
@pytest.mark.parametrize("use", TextUse)
def test_no_form_goes_beyond_the_consent(
    reader: Desk, database: Database, wait: Wait, consent: Consent, use: TextUse
) -> None:
    wait(consent=consent)
    reader.keep(taken(reader), use=use.value, words="Open longer.")
    allowed = {
        Consent.COUNT_ONLY: {TextUse.THEMES},
        Consent.PARAPHRASE: {TextUse.THEMES, TextUse.PARAPHRASE},
        Consent.QUOTE: set(TextUse),
    }[consent]
    for kept in stored_rows(database, ModeratedText):
        assert kept["use"] in allowed
        if consent is Consent.COUNT_ONLY:
            assert kept["words"] is None


def test_a_text_to_be_counted_only_has_no_field_for_words(reader: Desk, wait: Wait) -> None:
    wait(consent=Consent.COUNT_ONLY)
    path = taken(reader)
    names = {element.get("name") for element in reader.page(path).all("input", "textarea")}
    assert not {"words", "use", "looked", "idea"} & names
    assert reader.send(path, act="decide", code=["C1"], seriousness="1").status_code == 200


def test_errors_keep_everything_that_was_typed(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    response = reader.send(
        path,
        act="decide",
        use="quote",
        words="Nurse Janet was kind. 👩‍👧 مرحبا",
        code=["C1", "B2"],
        direction_C1="works",
        tag_0="keep",
        signpost="rights",
        risk="1",
        risk_words="",
        matters_to_few="1",
    )
    assert response.status_code == 422
    page = parse(response.text)
    errors = {link.get("href") for link in page.with_id("top").all("a")}
    assert errors == {"#may_stay", "#looked", "#seriousness", "#risk_words"}
    assert page.with_id("words").text == "Nurse Janet was kind. 👩‍👧 مرحبا"
    assert "open" in page.with_id("read").attributes
    ticked = {
        (e.get("name"), e.get("value")) for e in page.all("input") if "checked" in e.attributes
    }
    assert {("use", "quote"), ("code", "C1"), ("code", "B2"), ("matters_to_few", "1")} <= ticked
    chosen = {
        select.get("name"): option.get("value")
        for select in page.all("select")
        for option in select.all("option")
        if "selected" in option.attributes
    }
    assert (chosen["direction_C1"], chosen["tag_0"], chosen["signpost"]) == (
        "works",
        "keep",
        "rights",
    )
    assert not stored_rows(database, ModeratedText)


def test_words_of_the_writer_are_no_other_words(reader: Desk, wait: Wait) -> None:
    wait()
    copied = "Somebody let me wait outside in the rain with the baby."
    response = reader.keep(taken(reader), words=copied)
    assert response.status_code == 422
    assert "These are still the writer’s own words" in response.text


def test_starting_from_their_words_puts_a_tag_in_place_of_each_detail(
    reader: Desk, wait: Wait
) -> None:
    wait()
    page = parse(reader.send(taken(reader), act="start", tag_1="place", tag_2="keep").text)
    started = "".join(c for c in page.with_id("words").children if isinstance(c, str))
    assert started.removeprefix("\n") == (
        "Please open in the evening. My keyworker [worker] at [place] goes home at five.\n\n"
        "On the 3rd of May nurse [worker] let me wait outside in the rain with the baby."
    )
    [chosen] = [
        e for e in page.all("input") if e.get("name") == "use" and "checked" in e.attributes
    ]
    assert chosen.get("value") == "quote"


def test_looking_again_puts_the_tags_into_what_was_typed(reader: Desk, wait: Wait) -> None:
    wait()
    typed = "Sarah is kind. Ask Pete, or ring 07700 900123. Not nurse Rob."
    page = parse(reader.send(taken(reader), act="look", words=typed).text)
    assert page.with_id("words").text.startswith("[worker] is kind.")
    left = [mark.text for mark in page.with_id("preview").all("mark")]
    assert left == ["Pete", "07700 900123", "Rob"]


def test_the_preview_comes_alone_and_stores_nothing(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    before = everything(database)
    form = {"act": "preview", "use": "paraphrase", "words": "Ask nurse Rob <b>now</b>."}
    response = reader.client.post(path, data=form, headers=PARTIAL)
    assert response.status_code == 200
    assert "<html" not in response.text
    preview = parse(response.text).with_id("preview")
    assert [mark.text for mark in preview.all("mark")] == ["Rob"]
    assert "<b>now</b>" in preview.text
    assert everything(database) == before


def test_what_is_typed_while_working_is_stored_nowhere(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    for act in ("look", "start", "preview", "show_service", "decide", "nonsense"):
        assert reader.send(path, act=act, words="canarywords", risk="1").status_code < 500
    stored = everything(database)
    assert "canarywords" not in stored
    assert "Sarah" not in stored


def test_thanks_need_one_key(reader: Desk, database: Database, wait: Wait) -> None:
    wait(better="Thank you all so much.", happened="")
    response = reader.client.post(taken(reader), data={"act": "thin"})
    assert "Saved as thanks." in response.text
    [kept] = stored_rows(database, ModeratedText)
    assert (kept["use"], kept["words"], kept["seriousness"]) == (TextUse.THEMES, None, 0)
    [coding] = stored_rows(database, Coding)
    assert (coding["code"], coding["direction"]) == ("K1", "works")


def test_a_text_that_is_only_counted_needs_one_key(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait(better="The wait for an appointment was too long.", consent=Consent.COUNT_ONLY)
    response = reader.client.post(taken(reader), data={"act": "count"})
    assert "Saved." in response.text
    [kept] = stored_rows(database, ModeratedText)
    assert (kept["use"], kept["words"], kept["seriousness"]) == (TextUse.THEMES, None, 1)
    assert "C1" in {coding["code"] for coding in stored_rows(database, Coding)}


def test_one_key_counts_no_text_whose_words_may_leave(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait(better="The wait for an appointment was too long.", consent=Consent.PARAPHRASE)
    response = reader.client.post(taken(reader), data={"act": "count"})
    assert "One text" in response.text
    assert not stored_rows(database, ModeratedText)


def test_passing_on_leads_back_at_once_and_asks_nothing(
    reader: Desk, lead: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    response = reader.client.post(path, data={"act": "pass"})
    assert (response.status_code, response.headers["location"]) == (303, "/texts")
    assert reader.take() is None
    assert lead.take() == path
    assert len(stored_rows(database, PassedOn)) == 1


def test_a_text_that_cannot_be_used_leaves_a_reason(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    missing = reader.client.post(path, data={"act": "refuse", "words": "Kept."})
    assert missing.status_code == 422
    assert parse(missing.text).with_id("words").text == "Kept."
    done = reader.client.post(path, data={"act": "refuse", "reason": "abuse"})
    assert "Its writer will see the reason." in done.text
    [fate] = stored_rows(database, Fate)
    assert fate["reason"] == "abuse"
    assert not stored_rows(database, SealedText)


def test_an_idea_holds_no_name_even_if_it_may_stay_in_a_report(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    finds = parse(reader.client.get(path).text).with_id("finds")
    stays = {str(select.get("name")): "keep" for select in finds.all("select")}
    words = "People want The Lantern to open later."
    refused = reader.keep(path, words=words, idea="1", may_stay="1", **stays)
    assert refused.status_code == 422
    assert "For a panel, please leave out names" in refused.text
    assert words in refused.text
    assert reader.keep(path, words=words, may_stay="1", **stays).status_code == 200
    assert not stored_rows(database, PanelIdea)


def test_an_idea_and_a_risk_go_their_ways(reader: Desk, database: Database, wait: Wait) -> None:
    wait()
    reader.keep(taken(reader), idea="1", risk="1", risk_words="A baby was left in the rain.")
    [idea] = stored_rows(database, PanelIdea)
    assert idea["words"] == SAFE
    assert len(stored_rows(database, SafeguardingCase)) == 1
    assert "left in the rain" not in everything(database)


@pytest.mark.parametrize(
    "form",
    [KEPT, {"act": "thin"}, {"act": "refuse", "reason": "abuse"}],
    ids=["kept", "thanks", "refused"],
)
def test_sent_twice_a_decision_has_one_effect_and_the_second_is_told(
    reader: Desk, database: Database, wait: Wait, form: dict[str, str]
) -> None:
    wait()
    path = taken(reader)
    assert reader.client.post(path, data=form).status_code == 200
    once = everything(database)
    again = reader.client.post(path, data=form)
    assert again.status_code == 409
    assert "This text is decided already." in again.text
    assert "Nothing was saved twice." in again.text
    assert everything(database) == once


def test_two_tabs_that_send_at_once_have_one_effect(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    statuses: list[int] = []
    start = threading.Barrier(6)

    def send() -> None:
        start.wait()
        statuses.append(reader.client.post(path, data=KEPT).status_code)

    threads = [threading.Thread(target=send) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 5
    assert len(stored_rows(database, ModeratedText)) == 1


def test_who_decides_on_a_text_that_was_taken_back_is_told(
    reader: Desk, database: Database, wait: Wait
) -> None:
    text_id = wait()
    path = taken(reader)
    with database.write() as db:
        withdraw_feedback(db, OpenedCode(None, secrets.token_bytes(16), None, text_id))
        db.commit()
    response = reader.keep(path)
    assert response.status_code == 409
    assert "Its writer took this text back" in response.text
    assert not stored_rows(database, ModeratedText)


def test_who_passed_on_in_another_tab_is_told(reader: Desk, wait: Wait) -> None:
    wait()
    path = taken(reader)
    reader.client.post(path, data={"act": "pass"})
    response = reader.keep(path)
    assert response.status_code == 409
    assert "It went back to the others." in response.text


def test_nobody_but_its_reader_opens_a_text(
    reader: Desk, lead: Desk, database: Database, wait: Wait
) -> None:
    wait()
    path = taken(reader)
    assert lead.client.get(path).status_code == 404
    before = everything(database)
    for act in ("decide", "thin", "pass", "refuse", "show_service", "start", "look", "preview"):
        response = lead.client.post(path, data={**KEPT, "act": act, "reason": "abuse"})
        assert response.status_code == 409, act
        assert "Sarah" not in response.text
        assert "Lantern" not in response.text
    assert everything(database) == before
    assert reader.client.get(path).status_code == 200


def test_a_text_of_a_service_somebody_has_to_do_with_never_opens_for_them(
    reader: Desk, lead: Desk, database: Database, landing: Landing, wait: Wait
) -> None:
    """T13. Not from the queue, not by its typed address, and not when they say so afterwards."""
    wait()
    path = taken(reader)
    assert landing.service_id is not None
    with database.write() as db:
        add_conflict(db, reader.person.account_id, landing.service_id)
        db.commit()
    assert reader.client.get(path).status_code == 404
    for act in ("decide", "thin", "refuse", "show_service", "start", "preview"):
        response = reader.client.post(path, data={**KEPT, "act": act, "reason": "abuse"})
        assert response.status_code == 409
        assert "Sarah" not in response.text
    assert reader.take() is None
    assert not stored_rows(database, Assignment), "Asking for another text gives this one back."
    assert lead.take() == path


def test_topics_and_languages_of_the_profile_count(
    reader: Desk, database: Database, wait: Wait
) -> None:
    wait(flags="note_death")
    wait(language="ar")
    with database.write() as db:
        set_profile(db, reader.person.account_id, ["en"], ["death"])
        db.commit()
    response = reader.client.post("/texts/next", data={"act": "next"})
    assert response.status_code == 200
    assert "Nothing was found for you just now." in response.text
    assert not stored_rows(database, Assignment)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.MODERATOR, Role.LEAD}))
def test_no_other_role_opens_any_of_it(
    site: Site,
    database: Database,
    reader: Desk,
    wait: Wait,
    clock: Callable[[], datetime],
    role: Role,
) -> None:
    """T13. An administrator too reads no text."""
    wait()
    path = taken(reader)
    other = make_person(database, site.keys, clock().date(), role)
    with desk(site, database, other, clock) as theirs:
        for answer in (
            theirs.client.get("/texts"),
            theirs.client.get(path),
            theirs.client.post(path, data=KEPT),
            theirs.client.post("/texts/next", data={"act": "next"}),
            theirs.client.post("/texts/break", data={"act": "break"}),
        ):
            assert answer.status_code == 403
            assert "Sarah" not in answer.text


@pytest.mark.parametrize("address", ["/texts/next", "/texts/zz", "/texts/00", f"/texts/{'0' * 32}"])
def test_an_address_of_no_text_is_not_found(reader: Desk, address: str) -> None:
    assert reader.client.get(address).status_code == 404
    if not address.endswith("next"):
        assert reader.client.post(address, data=KEPT).status_code == 404


def test_a_text_sealed_to_a_key_one_does_not_hold_can_be_passed_on(
    site: Site,
    database: Database,
    team: Team,
    reader: Desk,
    wait: Wait,
    clock: Callable[[], datetime],
) -> None:
    wait()
    path = taken(reader)
    other = make_person(database, site.keys, clock().date(), Role.MODERATOR)
    assert let_person_in(database, site.keys, team.lead, other, clock().date())
    with database.write() as db:
        db.query(KeyShare).filter(KeyShare.account_id == reader.person.account_id).delete()
        db.commit()
    page = reader.page(path)
    assert "You cannot open this text" in said(page)
    assert reader.client.post(path, data=KEPT).status_code == 200
    assert not stored_rows(database, ModeratedText)
    assert reader.client.post(path, data={"act": "pass"}).status_code == 303


def test_a_break_can_be_taken_and_is_kept(
    site: Site, database: Database, team: Team, wait: Wait, today: date
) -> None:
    wait()
    clock = [noon(today)]
    with desk(site, database, team.reader, lambda: clock[0]) as reader:
        assert reader.client.post("/texts/break", data={"act": "break"}).status_code == 303
        page = reader.page("/texts")
        assert "15 more minutes" in said(page)
        assert "/team#week" in {link.get("href") for link in page.all("a")}
        assert reader.take() is None
        clock[0] += timedelta(minutes=14, seconds=30)
        assert "One more minute" in said(reader.page("/texts"))
        assert reader.take() is None
        clock[0] += timedelta(minutes=1)
        assert reader.take() is not None


def test_after_half_an_hour_the_last_text_leads_to_a_break(
    site: Site, database: Database, team: Team, wait: Wait, today: date
) -> None:
    wait()
    wait()
    clock = [noon(today)]
    with desk(site, database, team.reader, lambda: clock[0]) as reader:
        path = taken(reader)
        clock[0] += timedelta(minutes=31)
        sign_in(reader.client, site, database, team.reader, clock[0])
        done = reader.keep(path)
        assert "It is time for a break." in done.text
        assert reader.take() is None


NAUGHTY = [
    "👩🏽‍🚒" * 100,
    "مرحبا بكم في الخدمة " * 100,
    "<script>alert(1)</script>'\"&amp;{{ 7*7 }}{% if %}",
    "a" * 3000,
    "[worker] [name] [[[day]]]",
    "\u202eright to left\u202c and \u200d\u200c joiners",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "%(words)s %s {0} \\ \n\n\n line",
]


@pytest.mark.parametrize("words", NAUGHTY, ids=range(len(NAUGHTY)))
def test_any_words_are_shown_and_kept_as_they_are(
    reader: Desk, database: Database, wait: Wait, words: str
) -> None:
    wait(better=words, happened=words)
    path = taken(reader)
    shown = [e for e in reader.page(path).all("blockquote") if e.get("class") == "original"]
    assert [e.text for e in shown] == [" ".join(words.split())] * 2
    assert all(e.get("dir") == "auto" for e in shown)
    response = reader.send(
        path, act="decide", use="quote", words=words, looked="1", may_stay="1", seriousness="1"
    )
    assert response.status_code == 200, response.text
    [kept] = stored_rows(database, ModeratedText)
    assert str(kept["words"]).split() == words.split()


def test_words_that_are_too_long_are_kept_in_the_form(reader: Desk, wait: Wait) -> None:
    wait(consent=Consent.PARAPHRASE)
    response = reader.keep(taken(reader), words="word " * 700)
    assert response.status_code == 422
    assert "at most 3000 signs" in response.text
    assert parse(response.text).with_id("words").text == " ".join(["word"] * 700)


def test_the_longest_text_with_every_field_can_be_sent(
    reader: Desk, database: Database, wait: Wait
) -> None:
    """3,000 signs twice, forty details, each theme: it fits the form the edge allows."""
    details = " ".join(f"Called {chr(65 + n % 26)}{'abcdefgh'[n // 26]}x." for n in range(60))
    wait(better=f"{details} {'ض' * 2000}"[:3000], happened="ظ" * 3000)
    path = taken(reader)
    response = reader.send(
        path, act="decide", use="quote", words="ض" * 3000, looked="1", seriousness="1", code=["C1"]
    )
    assert response.status_code == 200, response.text[:2000]
    assert len(stored_rows(database, ModeratedText)) == 1


def test_pages_speak_every_language_of_the_site(reader: Desk, wait: Wait) -> None:
    wait()
    path = taken(reader)
    page = parse(reader.client.get(f"/ar{path}").text)
    assert next(page.all("html")).get("dir") == "rtl"
    assert page.with_id("make-safe").get("action") == f"/ar{path}"
