"""Looking after the own account, through the real routes."""

import secrets
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.accounts.commands import grant_role
from coproduce.accounts.models import Account, RecoveryCode, RoleGrant, SignIn
from coproduce.accounts.queries import pseudonym_of
from coproduce.core.actor import Grant
from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.messages import _
from coproduce.core.permissions import Role, Scope
from coproduce.web.site import Site
from coproduce.web.throttle import SIGN_INS
from tests.accounts.steps import (
    COOKIE,
    TurnedClock,
    add_second_factor,
    app_shown,
    browsers,
    codes_shown,
    cookie_of,
    form_to,
    give_passphrase,
    page_of,
    signed_in,
)
from tests.factories import make_area
from tests.people import PASSPHRASE, Person, make_person, noon

Opened = Callable[[], TestClient]
NEW = "seven green rivers under paper"


@pytest.fixture
def turned(today: date) -> TurnedClock:
    return TurnedClock(noon(today))


@pytest.fixture
def opened(site: Site, database: Database, turned: TurnedClock) -> Iterator[Opened]:
    with browsers(site, database, turned) as opened:
        yield opened


@pytest.fixture
def member(database: Database, site: Site, today: date) -> Person:
    return make_person(database, site.keys, today, Role.PANEL_MEMBER)


def test_the_page_shows_name_and_roles_with_reach_and_last_day(
    database: Database, member: Person, today: date, opened: Opened
) -> None:
    with database.write() as db:
        area = make_area(db, name="Harbour Town")
        grant_role(
            db,
            member.account_id,
            Grant(Role.COMMISSIONER, Scope.AREA, area),
            secrets.token_bytes,
            starts_on=date(2027, 1, 1),
            last_day=date(2027, 5, 31),
        )
        db.commit()
    client = opened()
    signed_in(client, member)
    text = page_of(client.get("/account")).text
    for words in (member.pseudonym, "Panel member", "Commissioner", "Harbour Town", "31 May 2027"):
        assert words in text


def test_a_new_passphrase_ends_every_other_sign_in_and_changes_the_id_of_this_one(
    database: Database, member: Person, opened: Opened
) -> None:
    here, there = opened(), opened()
    old = signed_in(here, member)
    signed_in(there, member)
    form = {"passphrase": PASSPHRASE, "new_passphrase": NEW}
    answer = here.post("/account/passphrase", data=form)
    assert answer.status_code == 200
    assert "Your passphrase is changed." in page_of(answer).text
    assert cookie_of(here) != old
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 401
    thief = opened()
    thief.headers["cookie"] = f"{COOKIE}={old}"
    assert thief.get("/account").status_code == 401
    assert give_passphrase(opened(), member).status_code == 401
    assert give_passphrase(opened(), member, passphrase=NEW).status_code == 303
    with database.read() as db:
        assert [line.what for line in list_log(db)] == ["passphrase changed"]
        assert db.get_one(Account, member.account_id).public_key == member.pair.public


def test_without_the_old_passphrase_nothing_lasting_changes(
    database: Database, member: Person, opened: Opened
) -> None:
    client = opened()
    signed_in(client, member)
    for path, form in (
        ("/account/passphrase", {"new_passphrase": NEW}),
        ("/account/second-factor", {}),
        ("/account/erase", {"act": "erase"}),
    ):
        answer = client.post(path, data={**form, "passphrase": "not this one"})
        assert answer.status_code == 401
        assert "This is not your passphrase." in page_of(answer).text
    assert give_passphrase(opened(), member).status_code == 303


def test_guesses_at_the_passphrase_of_an_open_sign_in_are_counted(
    member: Person, opened: Opened
) -> None:
    client = opened()
    signed_in(client, member)
    form = {"passphrase": "guess", "new_passphrase": NEW}
    statuses = [
        client.post("/account/passphrase", data=form).status_code
        for _n in range(SIGN_INS.count + 1)
    ]
    assert statuses == [401] * SIGN_INS.count + [429]


def test_a_weak_new_passphrase_keeps_the_old_one(member: Person, opened: Opened) -> None:
    client = opened()
    signed_in(client, member)
    form = {"passphrase": PASSPHRASE, "new_passphrase": "qwerty12345"}
    answer = client.post("/account/passphrase", data=form)
    assert answer.status_code == 422
    assert form_to(answer, "/account/passphrase")["new_passphrase"] == ["qwerty12345"]
    assert form_to(answer, "/account/passphrase")["passphrase"] == [""]
    assert give_passphrase(opened(), member).status_code == 303


def test_sign_ins_have_names_and_any_of_them_can_be_ended(
    database: Database, member: Person, opened: Opened
) -> None:
    clients = [opened() for _n in range(4)]
    for client in clients:
        signed_in(client, member)
    page = page_of(clients[0].get("/account"))
    tags = [b.get("value") for b in page.all("button") if b.get("name") == "sign_in"]
    assert len(tags) == 3
    assert page.text.count("this one") == 1
    answer = clients[0].post("/account/sign-ins", data={"sign_in": tags[0]})
    assert answer.headers["location"] == "/account"
    assert clients[0].post("/account/sign-ins", data={"sign_in": tags[0]}).status_code == 303
    assert sum(c.get("/account").status_code == 200 for c in clients) == 3
    clients[0].post("/account/sign-ins", data={"act": "others"})
    assert [c.get("/account").status_code for c in clients] == [200, 401, 401, 401]


def test_nobody_ends_a_sign_in_of_somebody_else(
    database: Database, site: Site, today: date, member: Person, opened: Opened
) -> None:
    other = make_person(database, site.keys, today, Role.PANEL_MEMBER)
    theirs, ours = opened(), opened()
    signed_in(theirs, other)
    signed_in(ours, member)
    with database.read() as db:
        tags = db.scalars(select(SignIn.tag).where(SignIn.account_id == other.account_id))
        tag = tags.one()
    for form in ({"sign_in": tag.hex()}, {"act": "others"}, {"sign_in": "no tag"}, {}):
        ours.post("/account/sign-ins", data={"": "", **form})
    assert theirs.get("/account").status_code == 200


def test_ending_the_own_sign_in_signs_out(
    database: Database, member: Person, opened: Opened
) -> None:
    client = opened()
    signed_in(client, member)
    with database.read() as db:
        tag = db.scalars(select(SignIn.tag)).one()
    answer = client.post("/account/sign-ins", data={"sign_in": tag.hex()})
    assert answer.headers["location"] == "/"
    assert client.get("/account").status_code == 401


def test_a_panel_member_may_add_a_second_factor_and_then_needs_it(
    member: Person, opened: Opened, turned: TurnedClock
) -> None:
    client = opened()
    old = signed_in(client, member)
    shown = client.post("/account/second-factor", data={"passphrase": PASSPHRASE})
    form = form_to(shown, "/account/second-factor")
    wrong = client.post("/account/second-factor", data={**form, "typed_code": ["000 000"]})
    assert wrong.status_code == 401
    form = form_to(wrong, "/account/second-factor")
    form["typed_code"] = [app_shown(shown).at(turned.now)]
    done = client.post("/account/second-factor", data=form)
    assert len(codes_shown(done)) == 10
    assert cookie_of(client) != old
    assert client.get("/account").status_code == 200
    assert give_passphrase(opened(), member).headers["location"] == "/sign-in/code"
    # The form of the sign-in that is gone changes nothing any more.
    assert client.post("/account/second-factor", data=form).headers["location"] == "/account"


def test_a_new_second_factor_replaces_the_old_one(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    turned: TurnedClock,
) -> None:
    person = make_person(database, site.keys, today, Role.MODERATOR)
    old_app = add_second_factor(database, site.keys, person, turned.now)
    client, other = opened(), opened()
    for browser in (client, other):
        give_passphrase(browser, person)
        browser.post("/sign-in/code", data={"typed_code": old_app.at(turned.now)})
        turned.turn(minutes=1)
    shown = client.post("/account/second-factor", data={"passphrase": PASSPHRASE})
    form = form_to(shown, "/account/second-factor")
    form["typed_code"] = [app_shown(shown).at(turned.now)]
    assert client.post("/account/second-factor", data=form).status_code == 200
    assert other.get("/account").status_code == 401
    turned.turn(minutes=1)
    give_passphrase(other, person)
    old, new = old_app.at(turned.now), app_shown(shown).at(turned.now)
    assert other.post("/sign-in/code", data={"typed_code": old}).status_code == 401
    assert other.post("/sign-in/code", data={"typed_code": new}).status_code == 303


def test_new_recovery_codes_kill_the_old_ones(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    turned: TurnedClock,
) -> None:
    person = make_person(database, site.keys, today, Role.PANEL_MEMBER)
    app = add_second_factor(database, site.keys, person, turned.now)
    client = opened()
    give_passphrase(client, person)
    client.post("/sign-in/code", data={"typed_code": app.at(turned.now)})
    rounds = [
        codes_shown(client.post("/account/recovery-codes", data={"passphrase": PASSPHRASE}))
        for _n in range(2)
    ]
    with database.read() as db:
        assert db.scalars(select(func.count()).select_from(RecoveryCode)).one() == 10
    for code, status in ((rounds[0][0], 401), (rounds[1][0], 303)):
        browser = opened()
        give_passphrase(browser, person)
        assert browser.post("/sign-in/code", data={"typed_code": code}).status_code == status


def test_without_a_code_app_there_are_no_recovery_codes(member: Person, opened: Opened) -> None:
    client = opened()
    signed_in(client, member)
    answer = client.post("/account/recovery-codes", data={"passphrase": PASSPHRASE})
    assert answer.status_code == 403


def test_an_error_leads_somebody_who_is_signed_in_back_to_their_pages(
    member: Person, opened: Opened
) -> None:
    client, stranger = opened(), opened()
    signed_in(client, member)
    answer = client.get("/people")
    assert answer.status_code == 403
    assert "/account" in [a.get("href") for a in page_of(answer).all("a")]
    assert "/account" not in stranger.get("/no-such-page").text


def test_erasing_asks_first_and_then_leaves_nothing_but_a_number_in_the_log(
    database: Database, site: Site, member: Person, opened: Opened
) -> None:
    client, other = opened(), opened()
    signed_in(client, member)
    signed_in(other, member)
    warned = client.post("/account/erase", data={"act": "ask"})
    assert "You cannot undo it." in page_of(warned).text
    assert client.get("/account").status_code == 200
    done = client.post("/account/erase", data={"act": "erase", "passphrase": PASSPHRASE})
    assert done.status_code == 200
    assert "Max-Age=0" in done.headers["set-cookie"]
    assert other.get("/account").status_code == 401
    with database.read() as db:
        for table in (Account, RoleGrant, SignIn, RecoveryCode):
            assert db.scalars(select(func.count()).select_from(table)).one() == 0
        assert [(line.what, line.account_id) for line in list_log(db)] == [
            ("account erased", member.account_id)
        ]
        assert find_broken_line(db, site.keys) is None
        assert pseudonym_of(db, member.account_id) == _("a former member")


def test_the_last_administrator_cannot_be_erased_and_is_told_the_way(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    people = [make_person(database, site.keys, today, Role.ADMINISTRATOR) for _n in range(2)]
    statuses = []
    for person in people:
        app = add_second_factor(database, site.keys, person, turned.now)
        client = opened()
        give_passphrase(client, person)
        client.post("/sign-in/code", data={"typed_code": app.at(turned.now)})
        form = {"act": "erase", "passphrase": PASSPHRASE}
        answer = client.post("/account/erase", data=form)
        statuses.append(answer.status_code)
    assert statuses == [200, 422]
    assert "Please make somebody else administrator first" in page_of(answer).text
    with database.read() as db:
        assert pseudonym_of(db, people[1].account_id) == people[1].pseudonym
