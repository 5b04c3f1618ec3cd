"""Signing in through the real routes, on both databases."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.accounts.commands import grant_role
from coproduce.accounts.kept_form import KeptForm, open_form, seal_form
from coproduce.accounts.models import Account, SignIn, Stage
from coproduce.core.actor import Grant
from coproduce.core.chained_log import list_log
from coproduce.core.db import Database
from coproduce.core.keys import SlowHash
from coproduce.core.permissions import Role
from coproduce.core.typed_keys import printed_key
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
from tests.people import PASSPHRASE, make_person, noon

Opened = Callable[[], TestClient]
MEMBER = Role.PANEL_MEMBER
STAFF = Role.COMMISSIONER


@pytest.fixture
def turned(today: date) -> TurnedClock:
    return TurnedClock(noon(today))


@pytest.fixture
def opened(site: Site, database: Database, turned: TurnedClock) -> Iterator[Opened]:
    with browsers(site, database, turned) as opened:
        yield opened


def sign_ins(database: Database) -> int:
    with database.read() as db:
        return db.scalars(select(func.count()).select_from(SignIn)).one()


@pytest.mark.parametrize("typed", ["calm otter", "  Calm   OTTER ", "calm-otter", "CALM OTTER\t"])
def test_a_pseudonym_is_known_in_any_case_and_with_any_spaces(
    database: Database, site: Site, today: date, opened: Opened, typed: str
) -> None:
    make_person(database, site.keys, today, MEMBER, pseudonym="calm otter")
    client = opened()
    answer = client.post("/sign-in", data={"pseudonym": typed, "passphrase": PASSPHRASE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert client.get("/account").status_code == 200


def test_a_panel_member_signs_in_in_one_step_and_staff_in_two(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    member = make_person(database, site.keys, today, MEMBER)
    staff = make_person(database, site.keys, today, STAFF)
    assert give_passphrase(opened(), member).headers["location"] == "/account"
    assert give_passphrase(opened(), staff).headers["location"] == "/sign-in/second-factor"


def test_a_wrong_passphrase_and_an_unknown_name_give_the_same_page(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    make_person(database, site.keys, today, MEMBER, pseudonym="calm otter")
    client = opened()
    pages = []
    for name in ("calm otter", "busy badger"):
        answer = client.post("/sign-in", data={"pseudonym": name, "passphrase": "guess"})
        assert answer.status_code == 401
        assert COOKIE not in client.cookies
        pages.append(answer.text.replace(name, "…"))
    assert pages[0] == pages[1]


def test_an_empty_field_is_said_and_not_counted(opened: Opened) -> None:
    client = opened()
    for _again in range(SIGN_INS.count + 1):
        answer = client.post("/sign-in", data={"pseudonym": "calm otter", "passphrase": " "})
        assert answer.status_code == 422
    page = page_of(answer)
    assert page.with_id("pseudonym").get("value") == "calm otter"
    assert "Please type your passphrase." in page.text


def test_many_guesses_stop_a_network_but_never_lock_an_account(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    answers = [give_passphrase(client, person, passphrase=f"guess {n}") for n in range(25)]
    assert [a.status_code for a in answers] == [401] * SIGN_INS.count + [429] * 5
    assert give_passphrase(client, person).status_code == 429
    # The same app counts by network: another server start is another network's view.
    with browsers(site, database, TurnedClock(noon(today))) as elsewhere:
        assert give_passphrase(elsewhere(), person).status_code == 303


def test_right_passphrases_are_not_counted(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    statuses = {give_passphrase(client, person).status_code for _n in range(SIGN_INS.count + 5)}
    assert statuses == {303}


def test_a_key_is_locked_anew_when_the_wanted_cost_has_changed(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    dearer = replace(site.keys, slow_hash=SlowHash(passes=2, kibibytes=16))

    def stored() -> tuple[str, bytes]:
        with database.read() as db:
            row = db.get_one(Account, person.account_id)
            return row.cost, row.public_key

    with browsers(replace(site, keys=dearer), database, turned) as later:
        assert stored() == ("1 8 1", person.pair.public)
        for _again in range(2):
            assert give_passphrase(later(), person).status_code == 303
            assert stored() == ("2 16 1", person.pair.public)


# F20: a new id at every sign-in and every change of privilege; the old id is dead.


def is_dead(opened: Opened, cookie: str) -> bool:
    """Whether a cookie opens nothing, neither the account nor the second step."""
    client = opened()
    client.headers["cookie"] = f"{COOKIE}={cookie}"
    statuses = {client.get(path).status_code for path in ("/account", "/sign-in/code")}
    return statuses == {401}


@pytest.mark.parametrize("planted", ["", "x", "AAAA", "=" * 8, "a" * 400, "'; --", "%00", "%C3%A9"])
def test_a_planted_cookie_is_replaced_and_opens_nothing(
    database: Database, site: Site, today: date, opened: Opened, planted: str
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    client.headers["cookie"] = f"{COOKIE}={planted}"
    assert client.get("/account").status_code == 401
    answer = give_passphrase(client, person)
    assert answer.status_code == 303
    assert planted not in answer.cookies.values()
    assert client.get("/account").status_code == 401


def test_a_cookie_of_somebody_else_is_not_taken_over(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    thief, victim = (make_person(database, site.keys, today, MEMBER) for _n in range(2))
    client = opened()
    planted = signed_in(client, thief)
    fresh = signed_in(client, victim)
    assert fresh != planted
    assert is_dead(opened, planted)
    assert victim.pseudonym in client.get("/account").text


@pytest.mark.parametrize("position", range(0, 160, 8))
def test_a_changed_cookie_opens_nothing(
    database: Database, site: Site, today: date, opened: Opened, position: int
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    cookie = signed_in(opened(), person)
    place = position % (len(cookie) - 4)
    other = "B" if cookie[place] == "A" else "A"
    assert is_dead(opened, cookie[:place] + other + cookie[place + 1 :])
    assert not is_dead(opened, cookie)


@pytest.mark.parametrize("again", range(4))
def test_after_signing_out_the_old_cookie_is_dead(
    database: Database, site: Site, today: date, opened: Opened, again: int
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    cookies = [signed_in(client, person) for _n in range(again + 1)]
    assert len(set(cookies)) == again + 1
    answer = client.post("/sign-out", data={"": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert all(is_dead(opened, cookie) for cookie in cookies)
    assert sign_ins(database) == 0
    assert client.post("/sign-out", data={"": ""}).status_code == 303


@pytest.mark.parametrize("count", [2, 3, 5])
def test_parallel_sign_ins_have_ids_of_their_own(
    database: Database, site: Site, today: date, opened: Opened, count: int
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    clients = [opened() for _n in range(count)]
    cookies = [signed_in(client, person) for client in clients]
    assert len(set(cookies)) == count
    clients[0].post("/sign-out", data={"": ""})
    assert is_dead(opened, cookies[0])
    assert not any(is_dead(opened, cookie) for cookie in cookies[1:])


@pytest.mark.parametrize("role", sorted(Role))
def test_after_a_change_of_roles_the_old_cookie_is_dead(
    database: Database, site: Site, today: date, opened: Opened, role: Role
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    cookie = signed_in(client, person)
    with database.write() as db:
        grant_role(db, person.account_id, Grant(role), lambda n: bytes(n), starts_on=today)
        db.commit()
    assert is_dead(opened, cookie)


def test_after_the_second_step_the_old_cookie_is_dead(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    app = add_second_factor(database, site.keys, person, turned.now)
    client = opened()
    assert give_passphrase(client, person).headers["location"] == "/sign-in/code"
    half = cookie_of(client)
    assert client.get("/account").status_code == 401
    answer = client.post("/sign-in/code", data={"typed_code": app.at(turned.now)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reports")
    assert cookie_of(client) != half
    assert is_dead(opened, half)
    assert client.get("/reports").status_code == 200
    assert sign_ins(database) == 1


def test_half_a_sign_in_opens_no_page_of_any_role(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, *Role)
    add_second_factor(database, site.keys, person, turned.now)
    client = opened()
    give_passphrase(client, person)
    for path in ("/account", "/reports", "/people"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "One more step" in answer.text
        kept = form_to(answer, "/sign-in/code")["kept"][0]
        shown = client.post("/sign-in/code", data={"kept": kept, "act": "show"})
        assert form_to(shown, "/sign-in/code")["kept"] == [kept]


def test_a_sign_in_ends_after_its_last_day(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    for _tap in range(3 * 24 * 2):
        turned.turn(minutes=19)
        if (status := client.get("/account").status_code) != 200:
            break
    assert status == 401
    assert (turned.now.date() - today).days == 2
    signed_in(opened(), person)
    assert sign_ins(database) == 1


# The idle clock.


@pytest.mark.parametrize(("minutes", "status"), [(19, 200), (21, 401)])
def test_a_sign_in_is_over_after_twenty_minutes_without_a_tap(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    turned: TurnedClock,
    minutes: int,
    status: int,
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    turned.turn(minutes=minutes)
    assert client.get("/account").status_code == status


def test_every_tap_winds_the_clock_up_again(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    for _tap in range(4):
        turned.turn(minutes=19)
        assert client.get("/account").status_code == 200


# Nothing typed is lost.


def test_a_page_that_was_asked_for_comes_after_signing_in(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    asked = client.get("/people/" + "0" * 32)
    assert asked.status_code == 401
    kept = form_to(asked, "/sign-in")["kept"][0]
    answer = give_passphrase(client, person, kept=kept)
    assert answer.headers["location"] == "/people/" + "0" * 32


def test_what_was_typed_survives_a_wrong_try_and_both_steps(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    app = add_second_factor(database, site.keys, person, turned.now)
    client = opened()
    give_passphrase(client, person)
    client.post("/sign-in/code", data={"typed_code": app.at(turned.now)})
    turned.turn(minutes=30)
    typed = {"act": "end", "sign_in": '<two words> & "more"\nand a line', "more": ["a", "b"]}
    asked = client.post("/account/sign-ins", data=typed)
    assert asked.status_code == 401
    kept = form_to(asked, "/sign-in")["kept"][0]
    wrong = give_passphrase(client, person, kept=kept, passphrase="no")
    kept = form_to(wrong, "/sign-in")["kept"][0]
    second = give_passphrase(client, person, kept=kept)
    assert second.status_code == 200
    kept = form_to(second, "/sign-in/code")["kept"][0]
    wrong = client.post("/sign-in/code", data={"typed_code": "000000", "kept": kept})
    assert wrong.status_code == 401
    kept = form_to(wrong, "/sign-in/code")["kept"][0]
    done = client.post("/sign-in/code", data={"typed_code": app.at(turned.now), "kept": kept})
    assert done.status_code == 200
    sent = form_to(done, "/account/sign-ins")
    assert sent == {
        "act": ["end"],
        "sign_in": ['<two words> & "more"\nand a line'],
        "more": ["a", "b"],
    }
    shown = [quote.text for quote in page_of(done).all("blockquote")]
    assert shown == ['<two words> & "more" and a line']
    assert client.post("/account/sign-ins", data=sent).status_code == 303


def test_a_form_of_somebody_else_is_never_shown(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    writer, other = (make_person(database, site.keys, today, MEMBER) for _n in range(2))
    client = opened()
    signed_in(client, writer)
    turned.turn(minutes=30)
    asked = client.post("/account/sign-ins", data={"sign_in": "words of the first one"})
    kept = form_to(asked, "/sign-in")["kept"][0]
    answer = give_passphrase(client, other, kept=kept)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


def test_a_script_that_asks_for_a_block_gets_the_form_to_sign_in_within_it(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    turned.turn(minutes=30)
    partial = {"hx-request-type": "partial"}
    answer = client.post("/account/sign-ins", data={"act": "my own words"}, headers=partial)
    assert answer.status_code == 401
    assert not any(page_of(answer).all("html"))
    again = give_passphrase(client, person, kept=form_to(answer, "/sign-in")["kept"][0])
    assert form_to(again, "/account/sign-ins") == {"act": ["my own words"]}


def test_a_form_without_any_cookie_is_not_kept_and_the_page_says_so(opened: Opened) -> None:
    answer = opened().post("/account/sign-ins", data={"sign_in": "words of nobody"})
    assert answer.status_code == 401
    assert "kept" not in form_to(answer, "/sign-in")
    assert "what you sent did not arrive" in answer.text


@pytest.mark.parametrize(
    ("longest", "is_kept"),
    [("".join(chr(0x4E00 + n * n % 20000) for n in range(6500)), True), ("", False)],
    ids=["longest_text", "noise"],
)
def test_a_form_that_is_too_big_is_not_kept_and_the_page_says_so(
    database: Database,
    site: Site,
    today: date,
    opened: Opened,
    turned: TurnedClock,
    longest: str,
    *,
    is_kept: bool,
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    turned.turn(minutes=30)
    typed = longest or secrets.token_urlsafe(46_000)
    answer = client.post("/account/sign-ins", data={"sign_in": typed})
    assert answer.status_code == 401
    assert ("what you sent did not arrive" in answer.text) is not is_kept
    if is_kept:
        kept = form_to(answer, "/sign-in")["kept"][0]
        again = give_passphrase(client, person, kept=kept)
        assert form_to(again, "/account/sign-ins")["sign_in"] == [typed]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_nothing_leads_to_another_site(
    database: Database, site: Site, today: date, opened: Opened, path: str
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    answer = give_passphrase(opened(), person, kept=path)
    assert answer.headers["location"] == "/account"
    answer = give_passphrase(opened(), person, kept=seal_form(site.keys, KeptForm(path)))
    assert answer.headers["location"] == "/account"


def test_a_kept_form_holds_no_passphrase(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    turned.turn(minutes=30)
    form = {"passphrase": PASSPHRASE, "new_passphrase": "even more words of mine"}
    asked = client.post("/account/passphrase", data=form)
    kept = open_form(site.keys, form_to(asked, "/sign-in")["kept"][0], person.account_id)
    assert kept is not None
    assert kept.fields == ()


def test_a_kept_form_holds_no_key_of_the_recovery_sheet(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, MEMBER)
    client = opened()
    signed_in(client, person)
    turned.turn(minutes=30)
    key = printed_key(secrets.token_bytes(32))
    asked = client.post("/team/recovery-sheet", data={"sheet": key})
    again = give_passphrase(client, person, kept=form_to(asked, "/sign-in")["kept"][0])
    assert form_to(again, "/team/recovery-sheet") == {}
    assert key not in again.text


def test_what_was_typed_survives_a_long_wait_at_the_second_step(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    app = add_second_factor(database, site.keys, person, turned.now)
    form = KeptForm("/team/conflicts", person.account_id, (("words", "the place I work at"),))
    client = opened()
    waiting = give_passphrase(client, person, kept=seal_form(site.keys, form))
    kept = form_to(waiting, "/sign-in/code")["kept"][0]
    turned.turn(minutes=30)

    late = client.post("/sign-in/code", data={"typed_code": app.at(turned.now), "kept": kept})

    assert late.status_code == 401
    assert "what you sent did not arrive" not in late.text
    again = give_passphrase(client, person, kept=form_to(late, "/sign-in")["kept"][0])
    code = {"typed_code": app.at(turned.now), "kept": form_to(again, "/sign-in/code")["kept"][0]}
    there = client.post("/sign-in/code", data=code)
    assert form_to(there, "/team/conflicts") == {"words": ["the place I work at"]}


# The second step.


def test_a_first_second_factor_is_set_up_and_gives_recovery_codes_once(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    client = opened()
    give_passphrase(client, person)
    half = cookie_of(client)
    shown = client.get("/sign-in/second-factor")
    picture = next(page_of(shown).all("img"))
    assert picture.get("src").startswith("data:image/svg+xml")
    form = form_to(shown, "/sign-in/second-factor")
    wrong = client.post("/sign-in/second-factor", data={**form, "typed_code": ["123"]})
    assert wrong.status_code == 401
    assert app_shown(wrong).secret == app_shown(shown).secret
    form = form_to(wrong, "/sign-in/second-factor")
    form["typed_code"] = [app_shown(shown).at(turned.now)]
    done = client.post("/sign-in/second-factor", data=form)
    assert done.status_code == 200
    assert "content-encoding" not in done.headers
    codes = codes_shown(done)
    assert len(set(codes)) == 10
    assert is_dead(opened, half)
    assert client.get("/reports").status_code == 200
    with database.read() as db:
        assert {line.what for line in list_log(db)} == {
            "second factor set",
            "recovery codes made",
        }
    # The very code that set it up signs nobody in.
    second = opened()
    give_passphrase(second, person)
    code = {"typed_code": app_shown(shown).at(turned.now)}
    assert second.post("/sign-in/code", data=code).status_code == 401


def test_a_set_up_second_factor_cannot_be_replaced_with_the_passphrase_alone(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    first, second = opened(), opened()
    give_passphrase(first, person)
    give_passphrase(second, person)
    forms = []
    for client in (first, second):
        shown = client.get("/sign-in/second-factor")
        form = form_to(shown, "/sign-in/second-factor")
        form["typed_code"] = [app_shown(shown).at(turned.now)]
        forms.append(form)
    assert first.post("/sign-in/second-factor", data=forms[0]).status_code == 200
    late = second.post("/sign-in/second-factor", data=forms[1])
    assert "The code in your app" in late.text
    assert second.get("/account").status_code == 401
    assert second.get("/sign-in/second-factor").headers["location"] == "/sign-in/code"


def test_a_secret_shown_to_one_sign_in_is_not_taken_from_another(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    thief, victim = (make_person(database, site.keys, today, STAFF) for _n in range(2))
    first, second = opened(), opened()
    give_passphrase(first, thief)
    give_passphrase(second, victim)
    shown = first.get("/sign-in/second-factor")
    form = form_to(shown, "/sign-in/second-factor")
    form["typed_code"] = [app_shown(shown).at(turned.now)]
    answer = second.post("/sign-in/second-factor", data=form)
    assert app_shown(answer).secret != app_shown(shown).secret
    assert second.get("/account").status_code == 401


def test_the_same_code_never_works_twice(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    app = add_second_factor(database, site.keys, person, turned.now)
    code = {"typed_code": app.at(turned.now)}
    first, second = opened(), opened()
    give_passphrase(first, person)
    give_passphrase(second, person)
    assert first.post("/sign-in/code", data=code).status_code == 303
    assert second.post("/sign-in/code", data=code).status_code == 401
    turned.turn(seconds=30)
    assert second.post("/sign-in/code", data=code).status_code == 401
    code = {"typed_code": app.at(turned.now)}
    assert second.post("/sign-in/code", data=code).status_code == 303


def test_a_recovery_code_works_once(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    client = opened()
    give_passphrase(client, person)
    shown = client.get("/sign-in/second-factor")
    form = form_to(shown, "/sign-in/second-factor")
    form["typed_code"] = [app_shown(shown).at(turned.now)]
    codes = codes_shown(client.post("/sign-in/second-factor", data=form))
    for code, status in ((codes[0].lower(), 303), (codes[0], 401), (codes[1], 303)):
        client = opened()
        give_passphrase(client, person)
        assert client.post("/sign-in/code", data={"typed_code": code}).status_code == status
    page = client.get("/account")
    assert "You have 8 recovery codes left." in page_of(page).text


def test_wrong_codes_are_counted_by_network(
    database: Database, site: Site, today: date, opened: Opened, turned: TurnedClock
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    app = add_second_factor(database, site.keys, person, turned.now)
    client = opened()
    give_passphrase(client, person)
    right = app.at(turned.now)
    wrong = {"typed_code": "111111" if right != "111111" else "222222"}
    statuses = [client.post("/sign-in/code", data=wrong).status_code for _n in range(22)]
    assert statuses == [401] * SIGN_INS.count + [429] * 2
    assert client.post("/sign-in/code", data={"typed_code": right}).status_code == 429


def test_the_stage_of_a_sign_in_is_stored_with_it(
    database: Database, site: Site, today: date, opened: Opened
) -> None:
    person = make_person(database, site.keys, today, STAFF)
    give_passphrase(opened(), person)
    with database.read() as db:
        assert list(db.scalars(select(SignIn.stage))) == [Stage.SECOND_STEP]
