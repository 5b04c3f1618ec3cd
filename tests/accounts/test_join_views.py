"""Joining and getting back in with a printed code, through the real routes."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.accounts.invitations import invite, print_recovery_code
from coproduce.accounts.models import Account, RoleGrant, SignIn
from coproduce.accounts.pseudonyms import is_of_our_words
from coproduce.accounts.queries import find_account_by_pseudonym, get_account
from coproduce.core.actor import Grant
from coproduce.core.chained_log import list_log
from coproduce.core.db import Database
from coproduce.core.permissions import Role, Scope
from coproduce.web.site import Site
from coproduce.web.throttle import SIGN_INS
from tests.accounts.steps import (
    TurnedClock,
    add_second_factor,
    browsers,
    cookie_of,
    form_to,
    give_passphrase,
    page_of,
    signed_in,
)
from tests.people import PASSPHRASE, make_person, noon

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
def code_for(site: Site, database: Database, today: date) -> Callable[..., str]:
    """Print an invitation."""

    def printed(role: Role, *, last_day: date | None = None) -> str:
        with database.write() as db:
            code = invite(
                db,
                site.keys,
                Grant(role),
                today=today,
                chance=secrets.token_bytes,
                last_day=last_day,
            )
            db.commit()
        return code

    return printed


def recovery_code(database: Database, site: Site, today: date, whose: bytes, *, app: bool) -> str:
    with database.write() as db:
        code = print_recovery_code(
            db,
            site.keys,
            whose,
            renews_second_factor=app,
            today=today,
            chance=secrets.token_bytes,
        )
        db.commit()
    return code


def accounts(database: Database) -> int:
    with database.read() as db:
        return db.scalars(select(func.count()).select_from(Account)).one()


def test_a_code_makes_an_account_with_its_role_once(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    code_for: Callable[..., str],
) -> None:
    code = code_for(Role.PANEL_MEMBER, last_day=date(2027, 8, 12))
    client = opened()
    page = client.get(f"/join/{code}")
    assert page.status_code == 200
    offered = [e.get("value") for e in page_of(page).all("input") if e.get("type") == "radio"]
    assert len(set(offered)) == 6
    assert all(is_of_our_words(name) for name in offered)
    form = {"code": code, "pseudonym": offered[2], "new_passphrase": NEW, "act": "join"}
    answer = client.post("/join", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert offered[2] in client.get("/account").text
    with database.read() as db:
        grant = db.scalars(select(RoleGrant)).one()
        assert (grant.role, grant.last_day) == (Role.PANEL_MEMBER, date(2027, 8, 12))
        assert "account made" in {line.what for line in list_log(db)}
    again = opened().post("/join", data={**form, "pseudonym": offered[3]})
    assert again.status_code == 401
    assert accounts(database) == 1
    second = opened().post("/sign-in", data={"pseudonym": offered[2], "passphrase": NEW})
    assert second.status_code == 303


def test_staff_who_join_set_up_their_second_factor_next(
    opened: Opened, code_for: Callable[..., str]
) -> None:
    client, code = opened(), code_for(Role.MODERATOR)
    form = {"code": code, "pseudonym": "calm otter", "new_passphrase": NEW, "act": "join"}
    assert client.post("/join", data=form).headers["location"] == "/sign-in/second-factor"
    assert "calm otter" in client.get("/sign-in/second-factor").text
    assert client.get("/account").status_code == 401


def test_errors_keep_the_name_and_show_what_would_mend_the_passphrase(
    database: Database, opened: Opened, code_for: Callable[..., str]
) -> None:
    client, code = opened(), code_for(Role.PANEL_MEMBER)
    form = {"code": code, "pseudonym": "calm otter", "new_passphrase": "password1", "act": "join"}
    answer = client.post("/join", data=form)
    assert answer.status_code == 422
    kept = form_to(answer, "/join")
    assert kept["pseudonym"] == ["calm otter"]
    assert kept["new_passphrase"] == ["password1"]
    assert "Add another word or two" in page_of(answer).text
    nickname = client.post("/join", data={**form, "pseudonym": "Big Anna", "new_passphrase": NEW})
    assert nickname.status_code == 422
    assert "Please choose one of these names." in page_of(nickname).text
    long = client.post("/join", data={**form, "new_passphrase": "river " * 40})
    assert long.status_code == 422
    assert accounts(database) == 0


def test_other_names_are_shown_and_nothing_typed_is_lost(
    opened: Opened, code_for: Callable[..., str]
) -> None:
    client, code = opened(), code_for(Role.PANEL_MEMBER)
    form = {"code": code, "new_passphrase": NEW, "act": "others"}
    seen = set()
    for _again in range(3):
        answer = client.post("/join", data=form)
        assert form_to(answer, "/join")["new_passphrase"] == [NEW]
        radios = [e for e in page_of(answer).all("input") if e.get("type") == "radio"]
        seen |= {radio.get("value") for radio in radios}
    assert len(seen) > 12


def test_a_name_that_somebody_took_meanwhile_uses_up_no_code(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    code_for: Callable[..., str],
) -> None:
    make_person(database, site.keys, today, Role.PANEL_MEMBER, pseudonym="calm otter")
    client, code = opened(), code_for(Role.PANEL_MEMBER)
    form = {"code": code, "pseudonym": "calm otter", "new_passphrase": NEW, "act": "join"}
    answer = client.post("/join", data=form)
    assert answer.status_code == 409
    assert "Somebody has this name already." in page_of(answer).text
    assert client.post("/join", data={**form, "pseudonym": "wise owl"}).status_code == 303


def test_the_same_code_from_two_tabs_at_once_makes_one_account(
    database: Database, opened: Opened, code_for: Callable[..., str]
) -> None:
    code = code_for(Role.PANEL_MEMBER)
    names = ("calm otter", "wise owl", "tidy zebra", "happy tiger")
    tabs = [opened() for _name in names]

    def send(tab: TestClient, name: str) -> int:
        form = {"code": code, "pseudonym": name, "new_passphrase": NEW, "act": "join"}
        return tab.post("/join", data=form).status_code

    with ThreadPoolExecutor(len(names)) as pool:
        statuses = list(pool.map(send, tabs, names))
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 401, 409}
    assert accounts(database) == 1


def test_guesses_at_codes_are_counted_by_network(opened: Opened) -> None:
    client = opened()
    statuses = [
        client.get(f"/join/{'2' * 14}{n:02d}".replace("0", "A").replace("1", "B")).status_code
        for n in range(SIGN_INS.count + 2)
    ]
    assert statuses == [401] * SIGN_INS.count + [429] * 2


@pytest.mark.parametrize("path", ["/join", "/recover"])
def test_half_a_code_is_said_and_kept(opened: Opened, path: str) -> None:
    answer = opened().post(path, data={"code": "ab 12"})
    assert answer.status_code == 422
    assert form_to(answer, path)["code"] == ["ab 12"]


def test_joining_ends_the_sign_in_that_this_browser_had(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    code_for: Callable[..., str],
) -> None:
    before = make_person(database, site.keys, today, Role.PANEL_MEMBER)
    client = opened()
    old = signed_in(client, before)
    form = {"pseudonym": "wise owl", "new_passphrase": NEW, "act": "join"}
    client.post("/join", data={**form, "code": code_for(Role.PANEL_MEMBER)})
    assert cookie_of(client) != old
    with database.read() as db:
        assert db.scalars(select(SignIn.account_id)).one() != before.account_id


def test_recovery_gives_a_new_passphrase_and_a_new_key_and_ends_all_sign_ins(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, Role.PANEL_MEMBER)
    old = opened()
    signed_in(old, person)
    code = recovery_code(database, site, today, person.account_id, app=False)
    client = opened()
    page = client.post("/recover", data={"code": code})
    assert person.pseudonym in page_of(page).text
    assert "You cannot open texts yet" not in page_of(page).text
    form = {"code": code, "new_passphrase": NEW, "act": "recover"}
    assert client.post("/recover", data=form).status_code == 303
    assert client.get("/account").status_code == 200
    assert old.get("/account").status_code == 401
    assert give_passphrase(opened(), person, passphrase=PASSPHRASE).status_code == 401
    assert give_passphrase(opened(), person, passphrase=NEW).status_code == 303
    with database.read() as db:
        assert get_account(db, person.account_id).public_key != person.pair.public
        assert "account recovered" in {line.what for line in list_log(db)}
    assert opened().post("/recover", data=form).status_code == 401


@pytest.mark.parametrize("app_is_lost", [False, True])
def test_recovery_renews_the_second_factor_only_if_the_code_says_so(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    turned: TurnedClock,
    *,
    app_is_lost: bool,
) -> None:
    person = make_person(database, site.keys, today, Role.MODERATOR)
    add_second_factor(database, site.keys, person, turned.now)
    code = recovery_code(database, site, today, person.account_id, app=app_is_lost)
    client = opened()
    page = client.post("/recover", data={"code": code})
    assert "You cannot open texts yet" in page_of(page).text
    form = {"code": code, "new_passphrase": NEW, "act": "recover"}
    goes_to = "/sign-in/second-factor" if app_is_lost else "/sign-in/code"
    assert client.post("/recover", data=form).headers["location"] == goes_to


def test_a_weak_passphrase_uses_up_no_recovery_code(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, Role.PANEL_MEMBER, pseudonym="calm otter")
    code = recovery_code(database, site, today, person.account_id, app=False)
    form = {"code": code, "new_passphrase": person.pseudonym, "act": "recover"}
    assert opened().post("/recover", data=form).status_code == 422
    assert opened().post("/recover", data={**form, "new_passphrase": NEW}).status_code == 303


def test_a_code_typed_on_the_other_page_leads_to_the_right_one(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    code_for: Callable[..., str],
) -> None:
    person = make_person(database, site.keys, today, Role.PANEL_MEMBER)
    code = recovery_code(database, site, today, person.account_id, app=False)
    assert form_to(opened().post("/join", data={"code": code, "act": "join"}), "/recover")
    joining = code_for(Role.PANEL_MEMBER)
    assert form_to(opened().post("/recover", data={"code": joining, "act": "recover"}), "/join")


def test_a_role_with_a_reach_names_it(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    area = secrets.token_bytes(16)
    with database.write() as db:
        code = invite(
            db,
            site.keys,
            Grant(Role.COMMISSIONER, Scope.AREA, area),
            today=today,
            chance=secrets.token_bytes,
        )
        db.commit()
    page = opened().get(f"/join/{code}")
    assert "Commissioner" in page_of(page).text


def test_an_account_is_found_by_the_name_it_joined_with(
    database: Database, opened: Opened, code_for: Callable[..., str]
) -> None:
    form = {"pseudonym": "Calm  OTTER", "new_passphrase": NEW, "act": "join"}
    client = opened()
    client.post("/join", data={**form, "code": code_for(Role.PANEL_MEMBER)})
    with database.read() as db:
        found = find_account_by_pseudonym(db, " calm otter ")
    assert found is not None
    assert found.pseudonym == "calm otter"
