import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.core.codes import in_groups
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.code_views import CodePage
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.models import (
    Consent,
    Direction,
    Fate,
    FateState,
    Inbox,
    Level,
    PanelIdea,
    Reason,
    Response,
    Screen,
    SealedText,
    Signpost,
    Source,
    TextState,
    TextUse,
)
from coproduce.feedback.moderated_words import (
    Made,
    MadeCoding,
    keep_moderated,
    match_text,
    refuse_text,
)
from coproduce.feedback.published_words import forget_published_texts
from coproduce.feedback.queries import OpenedCode, find_code
from coproduce.feedback.rules import TEXT_LIMIT
from coproduce.feedback.second_words import approve_words
from coproduce.feedback.set_aside import leave_out_set_aside
from coproduce.services.models import Service, ServiceStatus
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from coproduce.web.throttle import CODE_CHECKS, SUBMISSIONS
from tests.conftest import no_sleep
from tests.factories import code_on, make_service, sent_form
from tests.feedback.pages import (
    EVERYTHING,
    Form,
    form_on,
    heading,
    open_code,
    settle,
    texts,
)
from tests.feedback.submissions import make_writer, stored_rows, words_in
from tests.html import parse
from tests.needs import on_sqlite
from tests.waiting_texts import make_waiting_text

UNUSED = "1234 1234 1234 1234"
SLIP = "1234 1234 1234 1235"


def test_the_code_page_asks_for_a_code(client: TestClient) -> None:
    page = client.get("/code")

    assert heading(page) == "I have a code"
    assert form_on(page) == {"code": [""]}


@pytest.mark.parametrize("typed", ["", "1234", SLIP, "words", "1" * 4000])
def test_a_slip_in_a_code_is_found_and_what_was_typed_is_kept(
    client: TestClient, typed: str
) -> None:
    response = open_code(client, typed)

    assert response.status_code == 422
    assert "This is not a whole code." in response.text
    assert form_on(response)["code"] == [typed[:80]]


def test_an_unknown_code_is_told(client: TestClient) -> None:
    response = open_code(client, UNUSED)

    assert response.status_code == 404
    assert "We do not know this code." in response.text


def test_a_code_may_be_typed_in_any_way(client: TestClient, landing: Landing) -> None:
    code = sent_form(client, landing.code, overall="good")
    arabic = "".join(chr(0x0660 + int(digit)) for digit in code)

    for typed in (code, in_groups(code), "-".join(in_groups(code).split()), f" {arabic} "):
        assert heading(open_code(client, typed)) == "Where it stands"


def test_a_code_tells_where_a_form_stands_and_never_what_it_says(
    client: TestClient, landing: Landing
) -> None:
    code = sent_form(client, landing.code, **EVERYTHING)

    response = open_code(client, code)

    assert texts(response, "li") == [
        "Done: We have it.",
        "Now: Your words wait for a person to read them. We read on: Monday, Thursday.",
        "Now: Waiting with others, so that nobody can pick you out."
        " Used by July 2027 at the latest.",
        "Next: You see here how we can use your words, or why not.",
    ]
    now = [li.text[:4] for li in parse(response.text).all("li") if li.get("aria-current")]
    assert now == ["Now:", "Now:"]
    assert next(parse(response.text).all("ol")).get("class") == "trail"
    for told in ("The Drop-in", "More evenings", "I waited", "poor", landing.code):
        assert told not in response.text


@pytest.mark.parametrize(
    ("fast", "slow", "says"),
    [
        (True, False, "Done: Some of your answers are counted in a report."),
        (True, True, "Done: All your answers are counted in a report."),
    ],
)
def test_a_code_tells_what_is_counted(
    client: TestClient,
    database: Database,
    settled: Form,
    fast: bool,
    slow: bool,
    says: str,
) -> None:
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.fast_atom_id = b"f" * 16 if fast else None
            response.slow_atom_id = b"s" * 16 if slow else None
        db.commit()

    assert says in texts(open_code(client, code_on(client.post("/g", data=settled))), "li")


def test_a_code_tells_that_words_were_not_read_in_time_and_answers_can_still_be_withdrawn(
    client: TestClient, database: Database, settled: Form
) -> None:
    with database.write() as db:
        [text] = db.scalars(select(SealedText))
        db.add(Fate(id=text.id, period=text.period, state=FateState.EXPIRED))
        db.delete(text)
        db.commit()
    code = code_on(client.post("/g", data=settled))

    page = open_code(client, code)

    assert "Nobody read your words in time, so they were deleted. We are sorry." in page.text
    assert "Waiting with others" in page.text
    open_code(client, code, "withdraw")
    assert len(stored_rows(database, Response)) == 4


def test_code_pages_have_the_same_size_whatever_they_say(
    client: TestClient, landing: Landing, settled: Form
) -> None:
    waiting = sent_form(client, landing.code, overall="good", better="More.")
    mixed = code_on(client.post("/g", data=settled))

    pages = [
        client.get("/code"),
        open_code(client, "1234"),
        open_code(client, UNUSED),
        open_code(client, waiting),
        open_code(client, mixed),
        open_code(client, mixed, "ask"),
        open_code(client, mixed, "withdraw"),
        open_code(client, mixed),
    ]

    assert {len(page.content) for page in pages} == {CodePage.size_step}
    assert not any("content-encoding" in page.headers for page in pages)


def test_many_wrong_codes_from_one_place_must_wait_but_nothing_is_locked(
    client: TestClient, database: Database
) -> None:
    answers = [open_code(client, UNUSED).status_code for _number in range(CODE_CHECKS.count + 2)]

    assert answers == [*[404] * CODE_CHECKS.count, 429, 429]


def test_taking_it_back_needs_a_second_tap(
    client: TestClient, database: Database, landing: Landing
) -> None:
    code = sent_form(client, landing.code, overall="good")

    first = open_code(client, code, "ask")
    assert "You cannot undo this." in first.text
    assert len(stored_rows(database, Inbox)) == 1
    kept = open_code(client, code, "look")
    assert "Take it back" in texts(kept, "button")
    second = client.post("/code", data={**form_on(first), "act": "withdraw"})

    assert heading(second) == "It is taken back"
    assert "What you sent is deleted." in second.text
    assert stored_rows(database, Inbox) == []


def test_taking_it_back_twice_says_that_it_is_gone(client: TestClient, landing: Landing) -> None:
    code = sent_form(client, landing.code, overall="good")
    open_code(client, code, "withdraw")

    again = open_code(client, code, "withdraw")

    assert again.status_code == 404
    assert heading(again) == "Nothing is stored under these numbers"
    assert "If you took it back, it is gone." in again.text


def test_what_was_mixed_can_be_taken_back_and_the_code_says_so(
    client: TestClient, database: Database, settled: Form
) -> None:
    code = code_on(client.post("/g", data=settled))

    open_code(client, code, "withdraw")

    assert len(stored_rows(database, Response)) == 4
    page = open_code(client, code)
    assert "You took it back. It is deleted." in page.text
    assert texts(page, "button") == []
    assert "You can write again: find a service" in texts(page, "a")
    assert "It is taken back" in open_code(client, code, "withdraw").text


# What a person decided about the words


def decided(
    database: Database, keys: Keys, landing: Landing, today: date, *, consent: Consent
) -> tuple[str, bytes]:
    """Send words that are mixed with others at once; return their code and id."""
    writers = [make_writer(database, keys, landing, today) for _number in range(5)]
    for writer in writers:
        writer.sends(better="More evenings.", today=today, consent=consent)
    settle(database, keys, today)
    opened = writers[0].opens()
    assert opened is not None
    assert opened.text_id is not None
    return writers[0].code, opened.text_id


def filled_out(page: str) -> str:
    """The page without the comment that fills it up."""
    return page.partition("<!--")[0]


def weeks_later(site: Site, database: Database, today: date, weeks: int) -> TestClient:
    """Somebody who comes back on the Monday so many weeks after."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    noon = datetime.combine(monday, time(12), UTC)
    return TestClient(
        create_app(site, database, clock=lambda: noon, sleep=no_sleep), base_url=site.public_url
    )


USES = {
    TextUse.THEMES: "We count what they are about. Nobody sees the words.",
    TextUse.PARAPHRASE: "We may say it in other words.",
    TextUse.QUOTE: "We may show your own words, with what could tell who you are taken out.",
}


@pytest.mark.parametrize("use", TextUse)
def test_a_code_says_that_words_were_read_from_the_monday_after_on(
    client: TestClient,
    database: Database,
    site: Site,
    landing: Landing,
    today: date,
    use: TextUse,
) -> None:
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    before = open_code(client, code).text
    with database.write() as db:
        words = None if use is TextUse.THEMES else "They want longer hours."
        coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
        made = Made(use, words, "en", 1, False, CURRENT_CODEBOOK, (coding,))
        if keep_moderated(db, text_id, made, today) is TextState.WAITS_FOR_SECOND:
            approve_words(db, text_id, today)
        db.commit()

    # Only the filling differs, which is made anew for each page.
    assert filled_out(open_code(client, code).text) == filled_out(before)
    assert "Your words wait for a person to read them." in before
    later = open_code(weeks_later(site, database, today, 1), code)
    assert USES[use] in later.text
    assert "Your words wait for a person" not in later.text
    assert "Waiting with others" in later.text
    assert "longer hours" not in later.text


REASONS = {
    Reason.NO_CONTENT: "There was nothing in them that we could use.",
    Reason.NOT_ABOUT_SERVICE: "They were not about a service",
    Reason.TOO_IDENTIFYING: "So much would have to go, to keep you safe",
    Reason.ABOUT_SOMEONE_ELSE: "another person’s private life",
    Reason.ABUSE: "They attacked somebody",
    Reason.ADVERTISING: "They read like an advertisement",
}
SIGNPOSTS = {
    None: "What you ticked still counts.",
    Signpost.SOMEONE_TO_TALK_TO: "Would it help to talk to someone?",
    Signpost.NOT_SAFE_NOW: "If you are not safe, you can turn to:",
    Signpost.COMPLAINT: "you can make a complaint",
    Signpost.RIGHTS: "You have rights",
    Signpost.OTHER_SERVICE: "Another service may fit you better.",
    Signpost.THANK_YOU: "thanks you for telling us",
}


@on_sqlite
@pytest.mark.parametrize(
    ("reason", "signpost"),
    [*((reason, None) for reason in Reason), *((Reason.ABUSE, signpost) for signpost in Signpost)],
)
def test_a_code_says_kindly_why_words_were_not_used_and_where_to_turn(
    database: Database,
    site: Site,
    landing: Landing,
    today: date,
    reason: Reason,
    signpost: Signpost | None,
) -> None:
    why, help_text = REASONS[reason], SIGNPOSTS[signpost]
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    with database.write() as db:
        refuse_text(db, text_id, reason, signpost, today)
        db.commit()

    early = open_code(weeks_later(site, database, today, 0), code)
    page = open_code(weeks_later(site, database, today, 1), code)

    assert why not in early.text
    assert "Your words wait for a person to read them." in early.text
    assert why in page.text
    assert help_text in page.text
    assert len(early.content) == len(page.content)
    if signpost in {Signpost.SOMEONE_TO_TALK_TO, Signpost.NOT_SAFE_NOW}:
        for line in site.deployment.helplines:
            is_shown = signpost is Signpost.NOT_SAFE_NOW or not line.is_emergency
            assert (line.contact in filled_out(page.text)) == is_shown


def test_a_code_says_that_words_went_into_a_report_and_keeps_the_signpost(
    database: Database, site: Site, landing: Landing, today: date
) -> None:
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
    with database.write() as db:
        made = Made(
            TextUse.THEMES, None, "en", 1, False, CURRENT_CODEBOOK, (coding,), Signpost.RIGHTS
        )
        keep_moderated(db, text_id, made, today)
        forget_published_texts(db, [text_id], [])
        db.commit()

    early = open_code(weeks_later(site, database, today, 0), code).text
    later = open_code(weeks_later(site, database, today, 1), code).text

    assert "Your words wait for a person to read them." in early
    assert "They are used in a report, only in the way you allowed." in later
    assert SIGNPOSTS[Signpost.RIGHTS] in later


def test_every_reason_and_signpost_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert set(SIGNPOSTS) == {None, *Signpost}


def test_an_idea_with_a_panel_shows_a_week_later(
    database: Database, site: Site, landing: Landing, area_landing: Landing, today: date
) -> None:
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.PARAPHRASE)
    coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
    with database.write() as db:
        made = Made(
            TextUse.PARAPHRASE, "Longer hours.", "en", 1, False, CURRENT_CODEBOOK, (coding,)
        )
        keep_moderated(db, text_id, made, today)
        idea = PanelIdea(
            id=b"i" * 16,
            batch=None,
            area_id=area_landing.area_id,
            service_kind="",
            words="Longer hours.",
            language="en",
            must_be_answered=False,
            text_id=text_id,
        )
        db.add(idea)
        db.commit()
    says = "An idea like yours is with a panel"
    assert says not in open_code(weeks_later(site, database, today, 1), code).text
    with database.write() as db:
        db.get_one(PanelIdea, b"i" * 16).batch = today + timedelta(days=7)
        db.commit()

    assert says not in open_code(weeks_later(site, database, today, 1), code).text
    assert says in open_code(weeks_later(site, database, today, 2), code).text


def test_words_can_be_taken_back_whatever_was_decided_and_nothing_tells_it(
    client: TestClient, database: Database, site: Site, landing: Landing, today: date
) -> None:
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            db.delete(response)
        refuse_text(db, text_id, Reason.ABUSE, None, today)
        db.commit()

    asked = open_code(client, code, "ask")
    assert "What stands in a report that is already out stays there." in asked.text
    open_code(client, code, "withdraw")

    page = open_code(weeks_later(site, database, today, 2), code)
    assert "You took it back. It is deleted." in page.text
    assert REASONS[Reason.ABUSE] not in page.text


Decide = Callable[[Session, OpenedCode, date], object]


def _made(use: TextUse) -> Made:
    words = None if use is TextUse.THEMES else "They want longer hours."
    coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
    return Made(use, words, "en", 1, False, CURRENT_CODEBOOK, (coding,))


def _keep(use: TextUse) -> Decide:
    return lambda db, opened, today: keep_moderated(db, opened.text_id or b"", _made(use), today)


def _publish(db: Session, opened: OpenedCode, today: date) -> None:
    _keep(TextUse.THEMES)(db, opened, today)
    forget_published_texts(db, [opened.text_id or b""], [])


def _refuse(db: Session, opened: OpenedCode, today: date) -> None:
    refuse_text(db, opened.text_id or b"", Reason.ABUSE, Signpost.COMPLAINT, today)


def _match(db: Session, opened: OpenedCode, _today: date) -> None:
    match_text(db, opened.text_id or b"", make_service(db, name="Haven").service_id or b"")


def _match_and_keep(db: Session, opened: OpenedCode, today: date) -> None:
    _match(db, opened, today)
    _keep(TextUse.THEMES)(db, opened, today)


def _leave_out(db: Session, opened: OpenedCode, today: date) -> None:
    response = db.get_one(Response, opened.response_id)
    response.screen = Screen.SET_ASIDE
    leave_out_set_aside(db, response.service_id, response.area_id, response.period, today)


def _leave_out_and_refuse(db: Session, opened: OpenedCode, today: date) -> None:
    _leave_out(db, opened, today)
    _refuse(db, opened, today)


DECISIONS: dict[str, tuple[Decide, bool, bool]] = {
    "themes": (_keep(TextUse.THEMES), False, True),
    "quote": (_keep(TextUse.QUOTE), False, True),
    "published": (_publish, False, True),
    "refused": (_refuse, False, True),
    "refused_with_answers": (_refuse, True, True),
    "matched": (_match, False, True),
    "matched_and_kept": (_match_and_keep, False, True),
    "left_out": (_leave_out, True, False),
    "left_out_with_words": (_leave_out, True, True),
    "left_out_and_refused": (_leave_out_and_refuse, True, True),
}
"""What a person decides; and whether the form has answers, and words."""


@pytest.mark.parametrize("decision", DECISIONS)
def test_no_page_behind_a_code_tells_of_a_decision_before_its_monday(
    client: TestClient,
    database: Database,
    site: Site,
    area_landing: Landing,
    today: date,
    decision: str,
) -> None:
    decide, has_answers, has_words = DECISIONS[decision]
    writers = [make_writer(database, site.keys, area_landing, today) for _number in range(5)]
    for writer in writers:
        answers = {"wanted": "drop_in"} if has_answers else {}
        writer.sends(
            answers=answers, better="More." * has_words, today=today, consent=Consent.QUOTE
        )
    settle(database, site.keys, today)
    code, opened = writers[0].code, writers[0].opens()
    assert opened is not None

    def pages() -> dict[str, tuple[int, str]]:
        acts = ("look", "ask", "which", "name", "add")
        shown = {act: open_code(client, code, act) for act in acts}
        # Each page for adding has a form of its own.
        return {
            act: (page.status_code, re.sub(r'name="t" value="[^"]*"', "", filled_out(page.text)))
            for act, page in shown.items()
        }

    before = pages()
    with database.write() as db:
        decide(db, opened, today)
        db.commit()

    assert "Add something" in before["look"][1]
    assert "Otley" in before["name"][1]
    assert pages() == before

    open_code(client, code, "withdraw")
    page = open_code(client, code)
    assert "You took it back. It is deleted." in page.text
    assert "Now:" not in page.text
    assert texts(page, "button") == []


def test_a_receipt_forgets_what_it_was_about_when_it_is_taken_back(
    client: TestClient, database: Database, site: Site, landing: Landing, today: date
) -> None:
    code, _text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    slow_key = site.keys.slow_key(code)

    open_code(client, code, "withdraw")

    with database.read() as db:
        opened = find_code(db, site.keys, code, slow_key)
    assert opened is not None
    assert opened.text_id is not None
    assert opened.subject is None


@on_sqlite
def test_a_quote_shows_only_after_the_second_person_and_then_from_a_monday_on(
    database: Database, site: Site, landing: Landing, today: date
) -> None:
    code, text_id = decided(database, site.keys, landing, today, consent=Consent.QUOTE)
    coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
    made = Made(TextUse.QUOTE, "Longer hours.", "en", 1, False, CURRENT_CODEBOOK, (coding,))
    with database.write() as db:
        keep_moderated(db, text_id, made, today)
        db.commit()
    for weeks in (0, 1, 3):
        early = open_code(weeks_later(site, database, today, weeks), code).text
        assert "Your words wait for a person to read them." in early
    with database.write() as db:
        approve_words(db, text_id, today + timedelta(weeks=3))
        db.commit()

    assert USES[TextUse.QUOTE] not in open_code(weeks_later(site, database, today, 3), code).text
    assert USES[TextUse.QUOTE] in open_code(weeks_later(site, database, today, 4), code).text


@on_sqlite
def test_what_was_ticked_is_said_to_count_only_if_something_was(
    database: Database, site: Site, landing: Landing, today: date
) -> None:
    writers = [make_writer(database, site.keys, landing, today) for _number in range(5)]
    for writer, overall in zip(writers, ("good", "", "", "", ""), strict=True):
        writer.sends(overall=overall, better="More evenings.", today=today)
    settle(database, site.keys, today)
    for writer in writers[:2]:
        opened = writer.opens()
        assert opened is not None
        assert opened.text_id is not None
        with database.write() as db:
            refuse_text(db, opened.text_id, Reason.ABUSE, None, today)
            db.commit()
    then = weeks_later(site, database, today, 1)

    assert "What you ticked still counts." in open_code(then, writers[0].code).text
    alone = open_code(then, writers[1].code)
    assert REASONS[Reason.ABUSE] in alone.text
    assert "What you ticked still counts." not in alone.text


# Adding words


def added_to(client: TestClient, code: str, **words: str) -> httpx2.Response:
    """Press "Add something" under a code, fill in the form, and send it."""
    page = client.post("/code", data={"code": code, "act": "add"})
    assert heading(page) == "Add something"
    return client.post("/code", data={**form_on(page), "act": "send", **words})


@pytest.fixture
def added(client: TestClient, settled: Form) -> httpx2.Response:
    """The page after words were added to a form that is mixed with others."""
    code = code_on(client.post("/g", data=settled))
    return added_to(client, code, better="More chairs.", consent="quote")


def test_added_words_are_a_form_of_their_own_about_the_same_service(
    client: TestClient,
    database: Database,
    landing: Landing,
    settled: Form,
    added: httpx2.Response,
    fresh_keys: NewKeys,
) -> None:
    assert heading(added) == "Thank you. We added it."
    [row] = stored_rows(database, Inbox)
    assert (row["service_id"], row["answers"]) == (landing.service_id, {})
    assert (row["consent"], row["source"]) == (Consent.QUOTE, Source.OPEN)
    assert words_in(row["text_box"], fresh_keys.recovery_private)["better"] == "More chairs."
    old = code_on(client.post("/g", data=settled))
    assert code_on(added) != old
    assert "Your old numbers still work" in added.text
    for code in (old, code_on(added)):
        assert heading(open_code(client, code)) == "Where it stands"


def test_taking_back_what_was_added_leaves_the_first_and_the_other_way_round(
    client: TestClient, database: Database, settled: Form, added: httpx2.Response
) -> None:
    old = code_on(client.post("/g", data=settled))
    open_code(client, old, "withdraw")
    assert len(stored_rows(database, Inbox)) == 1

    open_code(client, code_on(added), "withdraw")

    assert stored_rows(database, Inbox) == []


def test_words_can_be_added_about_an_area_and_before_anything_is_mixed(
    client: TestClient, database: Database, area_landing: Landing
) -> None:
    code = sent_form(client, area_landing.code, better="A phone line.")
    page = client.post("/code", data={"code": code, "act": "add"})
    assert "What would have got you in?" in texts(page, "label")

    added_to(client, code, happened="I rang for a week.")

    rows = stored_rows(database, Inbox)
    assert {row["area_id"] for row in rows} == {area_landing.area_id}
    assert len(rows) == 2


def test_no_page_for_adding_tells_what_it_is_about(client: TestClient, landing: Landing) -> None:
    code = sent_form(client, landing.code, overall="good")
    page = client.post("/code", data={"code": code, "act": "add"})
    telling = {**form_on(page), "act": "send", "better": "Rita was kind. Ring 07700 900123."}
    checked = client.post("/code", data=telling)

    assert heading(checked) == "Not sent yet. Want to hide anything?"
    assert "content-encoding" not in checked.headers
    for shown in (page, checked, client.post("/code", data={**telling, "act": "as_is"})):
        assert "The Drop-in" not in shown.text
        assert landing.code not in shown.text
        assert len(shown.content) % CodePage.size_step == 0


@pytest.mark.parametrize(
    ("act", "stored"), [("hide", "Nurse [name] is kind."), ("as_is", "Nurse Rita is kind.")]
)
def test_the_check_step_is_the_same_for_added_words(
    client: TestClient,
    database: Database,
    settled: Form,
    fresh_keys: NewKeys,
    act: str,
    stored: str,
) -> None:
    code = code_on(client.post("/g", data=settled))
    checked = added_to(client, code, better="Nurse Rita is kind.")
    assert texts(checked, "mark") == ["Rita"]
    assert stored_rows(database, Inbox) == []
    changed = client.post("/code", data={**form_on(checked), "act": "show"})
    assert form_on(changed)["better"] == ["Nurse Rita is kind."]

    sent = client.post("/code", data={**form_on(checked), "act": act})

    assert heading(sent) == "Thank you. We added it."
    [row] = stored_rows(database, Inbox)
    assert words_in(row["text_box"], fresh_keys.recovery_private)["better"] == stored
    assert row["flags"] == "name"


def test_adding_twice_gives_the_same_code_and_one_row_and_other_words_take_its_place(
    client: TestClient, database: Database, settled: Form
) -> None:
    code = code_on(client.post("/g", data=settled))
    form = {**form_on(client.post("/code", data={"code": code, "act": "add"})), "act": "send"}

    first, second = (client.post("/code", data={**form, "better": "Tea."}) for _time in range(2))
    third = client.post("/code", data={**form, "better": "Tea and cake."})

    assert code_on(first) == code_on(second) == code_on(third)
    assert "This took the place of what you sent before." in third.text
    assert len(stored_rows(database, Inbox)) == 1


def test_added_words_that_come_too_late_to_be_changed_can_be_added_once_more(
    client: TestClient, database: Database, settled: Form, keys: Keys, today: date
) -> None:
    code = code_on(client.post("/g", data=settled))
    form = {**form_on(client.post("/code", data={"code": code, "act": "add"})), "act": "send"}
    client.post("/code", data={**form, "better": "Tea."})
    settle(database, keys, today + timedelta(days=1))

    late = client.post("/code", data={**form, "better": "Tea and cake."})

    assert late.status_code == 409
    assert texts(late, "textarea") == ["Tea and cake."]
    again = client.post("/code", data={**form_on(late), "act": "send"})
    assert heading(again) == "Thank you. We added it."
    assert code_on(again) != code_on(late)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ({"better": "", "happened": " "}, "There is nothing to send yet. Write a few words."),
        ({"better": "a" * (TEXT_LIMIT + 1)}, "This is too long."),
        ({"better": "Tea.", "consent": "everything"}, "Please choose one of the answers."),
        ({"better": "Tea.", "t": "made up"}, "Please press Send once more."),
    ],
)
def test_mistakes_in_added_words_keep_them(
    client: TestClient, database: Database, landing: Landing, mistake: dict[str, str], says: str
) -> None:
    code = sent_form(client, landing.code, overall="good")

    page = added_to(client, code, **{"happened": "I waited.", **mistake})

    assert page.status_code == 422
    assert says in page.text
    kept = {"happened": "I waited.", **mistake}
    for name in ("better", "happened"):
        assert form_on(page)[name] == [kept.get(name, "").strip()]
    assert len(stored_rows(database, Inbox)) == 1


@pytest.mark.parametrize("code", [UNUSED, SLIP])
def test_words_added_to_no_known_code_are_kept_and_the_code_can_be_mended(
    client: TestClient, database: Database, landing: Landing, code: str
) -> None:
    right = sent_form(client, landing.code, overall="good")
    lost = client.post("/code", data={"code": code, "act": "send", "better": "Tea."})

    assert lost.status_code in {404, 422}
    assert texts(lost, "textarea") == ["Tea."]
    mended = client.post("/code", data={**form_on(lost), "code": right, "act": "show"})
    assert form_on(mended)["better"] == ["Tea."]


def test_what_is_left_of_nothing_cannot_be_added_to_and_the_page_leads_on(
    client: TestClient, database: Database, settled: Form, landing: Landing
) -> None:
    code = code_on(client.post("/g", data=settled))
    with database.write() as db:
        db.scalars(select(Service)).one().status = ServiceStatus.CLOSED
        db.commit()
    closed = client.post("/code", data={"code": code, "act": "send", "better": "Tea."})
    assert closed.status_code == 409
    assert texts(closed, "textarea") == ["Tea."]
    with database.write() as db:
        for row in (*db.scalars(select(Response)), *db.scalars(select(SealedText))):
            db.delete(row)
        db.commit()

    old = client.post("/code", data={"code": code, "act": "add"})

    assert heading(old) == "We cannot add to this any more"
    assert any(a.get("href") == "/find" for a in parse(old.text).all("a"))
    page = open_code(client, code)
    assert "Done: What came of it is no longer kept." in texts(page, "li")
    assert texts(page, "button") == []


@on_sqlite
def test_no_words_are_asked_for_to_be_added_that_nobody_reads(
    database: Database, site: Site, landing: Landing, today: date
) -> None:
    monday = today - timedelta(days=today.weekday())
    writer = make_writer(database, site.keys, landing, today)
    writer.sends(today=today)
    with database.write() as db:
        make_waiting_text(db, site.keys, landing, monday - timedelta(weeks=2))
        db.commit()

    behind = weeks_later(site, database, today, 0).post(
        "/code", data={"code": writer.code, "act": "add"}
    )
    closed = weeks_later(site, database, today, 2).post(
        "/code", data={"code": writer.code, "act": "add"}
    )

    assert "We are behind with reading." in behind.text
    assert len(texts(behind, "textarea")) == 2
    assert "We do not ask for words right now." in closed.text
    assert texts(closed, "textarea") == []


def test_added_words_beyond_the_limit_of_a_network_are_set_aside(
    client: TestClient, database: Database, landing: Landing
) -> None:
    code = sent_form(client, landing.code, overall="good")
    for number in range(SUBMISSIONS.count):
        added_to(client, code, better=f"Tea {'more ' * number}")

    screens = [row["screen"] for row in stored_rows(database, Inbox)]

    assert screens.count(Screen.SET_ASIDE) == 1


# Which service it was


def test_the_service_shows_after_a_second_warned_tap_only(
    client: TestClient, landing: Landing
) -> None:
    code = sent_form(client, landing.code, overall="good")
    assert "Which service was this?" in texts(open_code(client, code), "button")

    warned = open_code(client, code, "which")
    shown = client.post("/code", data={**form_on(warned), "act": "name"})

    assert "Somebody who looks over your shoulder would see its name." in warned.text
    assert "The Drop-in" not in warned.text
    assert "The Drop-in" in shown.text
    assert any(a.get("href") == f"/g/{landing.code}" for a in parse(shown.text).all("a"))
    hidden = client.post("/code", data={**form_on(shown), "act": "look"})
    assert "The Drop-in" not in hidden.text


def test_an_area_shows_by_its_name_and_a_closed_service_without_a_link(
    client: TestClient, database: Database, landing: Landing, area_landing: Landing
) -> None:
    area = open_code(client, sent_form(client, area_landing.code, better="More."), "name")
    assert "Otley" in area.text
    assert heading(area).startswith("You wrote about not getting in")
    code = sent_form(client, landing.code, overall="good")
    with database.write() as db:
        db.scalars(select(Service)).one().status = ServiceStatus.CLOSED
        db.commit()

    closed = open_code(client, code, "name")

    assert "The Drop-in" in closed.text
    assert landing.code not in closed.text


# The size of it


@on_sqlite
@pytest.mark.parametrize("prefix", ["", "/ar", "/en-XA"])
def test_no_size_tells_whether_a_code_is_known_or_what_was_decided(
    database: Database, site: Site, landing: Landing, today: date, prefix: str
) -> None:
    """T14."""
    site = replace(site, languages=("en", "ar", "en-XA"))
    every = [(reason, signpost) for reason in Reason for signpost in (None, *Signpost)]
    writers = [make_writer(database, site.keys, landing, today) for _pair in every]
    for writer in writers:
        writer.sends(better="More.", today=today)
    settle(database, site.keys, today)
    for writer, (reason, signpost) in zip(writers, every, strict=True):
        opened = writer.opens()
        assert opened is not None
        assert opened.text_id is not None
        with database.write() as db:
            refuse_text(db, opened.text_id, reason, signpost, today)
            db.commit()
    then = weeks_later(site, database, today, 1)

    def size(code: str, act: str) -> int:
        return len(then.post(f"{prefix}/code", data={"code": code, "act": act}).content)

    sizes = {(writer.code, "look"): size(writer.code, "look") for writer in writers}
    for act in ("look", "ask", "which", "name", "add", "send"):
        for code in (UNUSED, SLIP, writers[0].code, writers[-1].code):
            sizes[code, act] = size(code, act)
    assert set(sizes.values()) == {CodePage.size_step}
