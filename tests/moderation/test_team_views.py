import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from nacl.public import PrivateKey
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.accounts.key_chain import new_key_pair
from coproduce.accounts.models import Account
from coproduce.core.chained_log import append_to_log
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.permissions import Role
from coproduce.core.typed_keys import printed_key
from coproduce.feedback.models import ReadingKey
from coproduce.feedback.reading_keys import key_fingerprint
from coproduce.feedback.rules import SAYS_SO_DAYS
from coproduce.moderation.key_shares import list_readers, words_of_key
from coproduce.moderation.models import ConflictOfInterest, SupervisionKind
from coproduce.moderation.team import LOG_PAGE, get_notes, get_profile
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_service
from tests.html import Element, fields_of, parse
from tests.moderation.teams import Team, make_team
from tests.people import Person, make_person, sign_in
from tests.waiting_texts import make_waiting_text

SignInAs = Callable[[Person], None]


@pytest.fixture
def sign_in_as(
    client: TestClient, site: Site, database: Database, clock: Callable[[], datetime]
) -> SignInAs:
    """Give the browser the cookie of somebody."""
    return lambda person: (sign_in(client, site, database, person, clock()), None)[1]


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    """A lead who typed the sheet, and a moderator."""
    return make_team(database, fresh_keys, today)


@pytest.fixture
def landing(database: Database) -> Landing:
    """A service with an open code."""
    with database.write() as db:
        landing = make_service(db, name="The Drop-in")
        db.commit()
    return landing


def work_on(client: TestClient, path: str, status: int = 200) -> Element:
    """Return the part of a page that is work."""
    response = client.get(path)
    assert response.status_code == status, response.text
    return main_of(response.text)


def main_of(html: str) -> Element:
    return parse(html).with_id("main")


# Who sees what.


def test_somebody_who_waits_is_told_and_sees_their_words(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    new = make_person(database, keys, today, Role.MODERATOR)
    sign_in_as(new)
    own = work_on(client, "/team").text
    sign_in_as(team.reader)
    seen = work_on(client, "/team").text

    words = words_of_key(keys, new.pair.public)
    assert "You cannot open texts yet" in own
    assert words in own
    assert words in seen
    assert f"Let {new.pseudonym} in" in seen


def test_words_differ_where_somebody_changed_the_key_in_the_database(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    new = make_person(database, keys, today, Role.MODERATOR)
    sign_in_as(new)
    told = words_of_key(keys, new.pair.public)
    assert told in work_on(client, "/team").text
    with database.write() as db:
        db.get_one(Account, new.account_id).public_key = new_key_pair().public
        db.commit()

    sign_in_as(team.reader)
    assert told not in work_on(client, "/team").text


def test_only_the_lead_sees_load_and_how_others_are(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    with database.write() as db:
        for days in (0, 1, 9, 40):
            day = today - timedelta(days=days)
            append_to_log(
                db, keys, day=day, account_id=team.reader.account_id, what="first reading"
            )
        db.commit()
    sign_in_as(team.reader)
    client.post("/team/supervision", data={"week": "talk_wanted"})
    own = work_on(client, "/team")
    sign_in_as(team.lead)
    lead = work_on(client, "/team")

    assert team.lead.pseudonym not in own.text
    assert not list(own.all("table"))
    rows = {row[0]: row[1:] for row in table_of(lead)}
    assert rows[f"{team.reader.pseudonym} wants to talk"] == ["2", "3"]
    assert rows[f"{team.lead.pseudonym} said nothing yet"] == ["0", "0"]
    assert f"{team.reader.pseudonym} wants to talk. Please ring" in lead.text


def table_of(page: Element) -> list[list[str]]:
    """Return the cells of a table as text, without its head."""
    rows = [[cell.text for cell in row.all("th", "td")] for row in page.all("tr")]
    return rows[1:]


def test_the_lead_sees_what_waits_in_which_language(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    landing: Landing,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    sign_in_as(team.lead)
    assert "Nothing waits to be read." in work_on(client, "/team").text
    with database.write() as db:
        make_waiting_text(
            db, keys, landing, today - timedelta(days=SAYS_SO_DAYS + 1), language="ar"
        )
        db.commit()

    page = work_on(client, "/team")

    both = ", ".join(sorted([team.lead.pseudonym, team.reader.pseudonym]))
    assert [dd.text for dd in page.all("dd")] == [both, "nobody · texts wait"]
    assert "over a week" in page.text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.COMMISSIONER, Role.FACILITATOR])
def test_others_do_not_see_the_team(
    client: TestClient,
    database: Database,
    keys: Keys,
    today: date,
    sign_in_as: SignInAs,
    role: Role,
) -> None:
    sign_in_as(make_person(database, keys, today, role))

    work_on(client, "/team", 403)
    work_on(client, "/log", 403)


# The recovery sheet.


def test_the_first_reader_types_the_sheet(
    client: TestClient,
    database: Database,
    keys: Keys,
    fresh_keys: NewKeys,
    today: date,
    sign_in_as: SignInAs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The key is not on the page afterwards, and in no log."""
    sign_in_as(make_person(database, keys, today, Role.MODERATOR))
    assert "Nobody can yet." in work_on(client, "/team").text
    typed = printed_key(fresh_keys.recovery_private)

    response = client.post("/team/recovery-sheet", data={"sheet": typed.lower()})

    assert "You can open texts now." in main_of(response.text).text
    for secret in (typed, typed.lower(), typed[:9], fresh_keys.recovery_private.hex()):
        assert secret not in response.text
        assert secret not in caplog.text
    assert "You cannot open texts yet" not in work_on(client, "/team").text
    again = client.post("/team/recovery-sheet", data={"sheet": typed})
    assert "You could open texts already." in again.text


def slipped(key: bytes) -> str:
    """Return a printed key with one wrong letter."""
    letters = printed_key(key)
    return ("B" if letters[0] == "A" else "A") + letters[1:]


@pytest.mark.parametrize(
    ("typed_of", "says", "is_kept"),
    [
        (lambda _made: "", "not a whole key", True),
        (lambda _made: "ABCD", "not a whole key", True),
        (lambda made: slipped(made.recovery_private), "There is a slip", True),
        (lambda made: printed_key(made.backup_private), "This is the backup key", False),
        (lambda _made: printed_key(bytes(PrivateKey.generate())), "from another sheet", False),
        (lambda _made: "A" * 999, "too long", True),
    ],
    ids=["nothing", "a part", "a slip", "the backup key", "another sheet", "far too long"],
)
def test_a_wrong_sheet_changes_nothing_and_says_why(
    client: TestClient,
    database: Database,
    keys: Keys,
    fresh_keys: NewKeys,
    today: date,
    sign_in_as: SignInAs,
    typed_of: Callable[[NewKeys], str],
    says: str,
    is_kept: bool,
) -> None:
    """What was typed stays where a slip must be found; a whole key is not shown again."""
    sign_in_as(make_person(database, keys, today, Role.MODERATOR))
    typed = typed_of(fresh_keys)

    response = client.post("/team/recovery-sheet", data={"sheet": typed})

    assert response.status_code == 422
    page = main_of(response.text)
    assert says in page.text
    assert (page.with_id("sheet").text == typed[:201]) is (is_kept or not typed)
    assert "content-encoding" not in response.headers
    with database.read() as db:
        assert not db.scalars(select(ReadingKey.id)).all()
        assert not list_readers(db, today).let_in


# Letting in and new keys.


def test_letting_in_twice_says_what_happened(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    new = make_person(database, keys, today, Role.MODERATOR)
    form = {"account": new.account_id.hex(), "key": key_fingerprint(new.pair.public).hex()}
    sign_in_as(team.lead)
    first = client.post("/team/let-in", data=form)
    sign_in_as(team.reader)
    second = client.post("/team/let-in", data=form)

    assert f"{new.pseudonym} can open texts now." in first.text
    assert "Somebody else let them in just before you." in second.text


def test_nobody_is_let_in_with_another_key_than_the_one_whose_words_were_compared(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    new = make_person(database, keys, today, Role.MODERATOR)
    sign_in_as(team.lead)
    forms = list(work_on(client, "/team").all("form"))
    shown = next(fields_of(form) for form in forms if form.get("action") == "/team/let-in")
    with database.write() as db:
        db.get_one(Account, new.account_id).public_key = new_key_pair().public
        db.commit()

    answer = client.post("/team/let-in", data=shown)

    assert answer.status_code == 409
    assert "Their four words have changed" in answer.text
    with database.read() as db:
        assert [one.account_id for one in list_readers(db, today).waiting] == [new.account_id]


@pytest.mark.parametrize("account", ["", "xyz", "00", secrets.token_hex(16)])
def test_nobody_is_let_in_by_an_id_that_is_none(
    client: TestClient, team: Team, sign_in_as: SignInAs, account: str
) -> None:
    sign_in_as(team.lead)

    form = {"account": account, "key": secrets.token_hex(16)}
    assert client.post("/team/let-in", data=form).status_code == 404


def test_somebody_who_waits_lets_nobody_in_and_makes_no_key(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    new, other = (make_person(database, keys, today, Role.MODERATOR) for _ in range(2))
    sign_in_as(new)

    for path, form in (
        ("/team/let-in", {"account": other.account_id.hex(), "key": secrets.token_hex(16)}),
        ("/team/new-key", {}),
        ("/team/new-key", {"sure": "yes"}),
    ):
        response = client.post(path, data={"x": "", **form})
        assert response.status_code == 403
        assert "You cannot open texts yet." in response.text
    with database.read() as db:
        assert len(db.scalars(select(ReadingKey.id)).all()) == 1


def test_a_new_key_is_made_at_the_second_click_and_once_a_day(
    client: TestClient,
    site: Site,
    database: Database,
    keys: Keys,
    fresh_keys: NewKeys,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    team = make_team(database, fresh_keys, today - timedelta(days=400))
    sign_in_as(team.lead)
    assert "It is over a year old." in work_on(client, "/team").text

    asks = client.post("/team/new-key", data={"x": ""})
    with database.read() as db:
        assert len(db.scalars(select(ReadingKey.id)).all()) == 1
    done = client.post("/team/new-key", data={"sure": "yes"})
    again = client.post("/team/new-key", data={"sure": "yes"})

    assert "Make a new reading key?" in main_of(asks.text).text
    assert "There is a new reading key." in main_of(done.text).text
    assert again.status_code == 422
    assert "made today already" in main_of(again.text).text
    assert "It is over a year old." not in work_on(client, "/team").text


# The own profile.


def test_languages_and_topics_are_kept(
    client: TestClient, database: Database, team: Team, sign_in_as: SignInAs
) -> None:
    sign_in_as(team.reader)
    form = {"languages": ["ar", "en"], "declined": ["death"]}
    response = client.post("/team/profile", data=form)

    assert "Saved." in main_of(response.text).text
    with database.read() as db:
        profile = get_profile(db, team.reader.account_id, "en")
    assert profile.languages == {"ar", "en"}
    assert profile.declined == {"death"}
    ticked = {
        box.get("value")
        for box in work_on(client, "/team").all("input")
        if "checked" in box.attributes
    }
    assert ticked == {"ar", "en", "death"}


@pytest.mark.parametrize("languages", [[], ["xx"]])
def test_somebody_who_reads_no_language_is_asked_again(
    client: TestClient, database: Database, team: Team, sign_in_as: SignInAs, languages: list[str]
) -> None:
    """What was ticked besides is kept."""
    sign_in_as(team.reader)

    response = client.post("/team/profile", data={"languages": languages, "declined": ["death"]})

    assert response.status_code == 422
    page = main_of(response.text)
    assert [link.get("href") for link in page.with_id("top").all("a")] == ["#languages"]
    assert page.with_id("languages-error").text
    assert [b.get("value") for b in page.all("input") if "checked" in b.attributes] == ["death"]
    with database.read() as db:
        assert get_profile(db, team.reader.account_id, "en").languages == {"en"}


def test_a_service_is_found_added_and_taken_off(
    client: TestClient, database: Database, team: Team, landing: Landing, sign_in_as: SignInAs
) -> None:
    sign_in_as(team.reader)
    found = main_of(client.post("/team/conflicts", data={"words": "drop"}).text)
    (add,) = (button for button in found.all("button") if button.get("name") == "add")

    for _twice in range(2):
        client.post("/team/conflicts", data={"add": add.get("value")})
    with database.read() as db:
        assert db.scalars(select(ConflictOfInterest.service_id)).all() == [landing.service_id]
    page = work_on(client, "/team")
    (remove,) = (button for button in page.all("button") if button.get("name") == "remove")
    client.post("/team/conflicts", data={"remove": remove.get("value")})

    with database.read() as db:
        assert not db.scalars(select(ConflictOfInterest.service_id)).all()
    assert "Nothing fits" in client.post("/team/conflicts", data={"words": "zzz"}).text
    for wrong in ({"add": "ABCDEF"}, {"add": "?"}, {"remove": "xyz"}):
        assert client.post("/team/conflicts", data=wrong).status_code == 404


def test_the_last_word_on_a_week_counts(
    client: TestClient, database: Database, team: Team, today: date, sign_in_as: SignInAs
) -> None:
    sign_in_as(team.reader)
    for said in ("heavy", "talked"):
        assert client.post("/team/supervision", data={"week": said}).status_code == 200
    for wrong in ("", "terrible"):
        assert client.post("/team/supervision", data={"week": wrong}).status_code == 422

    own_id = team.reader.account_id
    with database.read() as db:
        assert get_notes(db, [own_id], today - timedelta(days=7)) == {
            own_id: SupervisionKind.TALKED
        }


# The log.


def test_the_log_shows_who_did_what_newest_first_a_page_at_a_time(
    client: TestClient,
    database: Database,
    keys: Keys,
    team: Team,
    today: date,
    sign_in_as: SignInAs,
) -> None:
    gone = secrets.token_bytes(16)
    with database.write() as db:
        for number in range(LOG_PAGE):
            append_to_log(db, keys, day=today, account_id=gone, what=f"thing {number}")
        db.commit()
    sign_in_as(team.lead)

    newest = work_on(client, "/log")
    lines = [item.text for item in newest.all("li")]
    assert len(lines) == LOG_PAGE
    assert f"a former member · thing {LOG_PAGE - 1}" in lines[0]
    (older,) = (a.get("href") for a in newest.all("a") if a.text == "Older lines")
    page = work_on(client, older)
    oldest = [item.text for item in page.all("li")]
    assert len(oldest) == 3
    assert f"{team.lead.pseudonym} · let somebody in · {team.reader.pseudonym}" in oldest[0]
    assert "made a new reading key" in oldest[2]
    assert not [a for a in page.all("a") if a.text == "Older lines"]
    for wrong in ("x", "-1", "9" * 40):
        work_on(client, f"/log/{wrong}", 404)


def test_an_empty_log_says_so(
    client: TestClient, database: Database, keys: Keys, today: date, sign_in_as: SignInAs
) -> None:
    sign_in_as(make_person(database, keys, today, Role.LEAD))

    assert "Nothing stands here yet." in work_on(client, "/log").text
    assert work_on(client, "/log/1")


def test_the_log_is_for_the_lead_only(client: TestClient, team: Team, sign_in_as: SignInAs) -> None:
    sign_in_as(team.reader)

    work_on(client, "/log", 403)
