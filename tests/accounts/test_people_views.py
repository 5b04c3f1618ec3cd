import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.accounts.invitations import (
    VALID_DAYS,
    Invited,
    find_invitation,
    list_open_invitations,
    read_invitation_code,
)
from coproduce.accounts.models import SignIn
from coproduce.accounts.people_forms import FOUND_AT_MOST, LISTED_BELOW
from coproduce.accounts.queries import get_person, has_administrator, list_grants
from coproduce.accounts.rules import PeopleEvent
from coproduce.app import create_app
from coproduce.core.actor import Grant
from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from coproduce.web.site import Site
from tests.factories import make_area, make_provider
from tests.html import Element, check_response, fields_of, parse
from tests.people import Person, make_person, sign_in

NowIs = Callable[[], datetime]


@pytest.fixture
def boss(client: TestClient, site: Site, database: Database, clock: NowIs, today: date) -> Person:
    """An administrator, signed in."""
    person = make_person(database, site.keys, today, Role.ADMINISTRATOR, pseudonym="calm otter")
    sign_in(client, site, database, person, clock())
    return person


@pytest.fixture
def other_client(site: Site, database: Database, clock: NowIs) -> Iterator[TestClient]:
    """A second browser."""
    app = create_app(site, database, clock=clock)
    with TestClient(app, base_url=site.public_url, follow_redirects=False) as client:
        client.event_hooks = {"response": [check_response]}
        yield client


def form_to(page: Element, action: str, nth: int = 0) -> dict[str, list[str]]:
    """Return what the form with this action would send untouched."""
    forms = [form for form in page.all("form") if form.get("action").endswith(action)]
    return fields_of(forms[nth])


def invited_by(client: TestClient, **typed: str) -> httpx2.Response:
    form = form_to(parse(client.get("/people").text), "/people/invitations")
    return client.post("/people/invitations", data={**form, "act": "invite", **typed})


def code_on_card(response: httpx2.Response) -> str:
    assert response.status_code == 200, response.text
    page = parse(response.text)
    shown = next(e.text for e in page.all("dd") if e.get("class") == "code")
    code = read_invitation_code(shown)
    assert code is not None
    return code


def found(database: Database, keys: Keys, code: str, day: date) -> Invited:
    with database.read() as db:
        invited = find_invitation(db, keys, code, day)
    assert invited is not None
    return invited


def roles(database: Database, person: Person, day: date) -> set[Role]:
    with database.read() as db:
        return {grant.role for grant in list_grants(db, person.account_id, day)}


def log_of(database: Database, keys: Keys) -> list[tuple[str, str, bytes | None]]:
    with database.read() as db:
        assert find_broken_line(db, keys) is None
        return [(line.what, line.about, line.account_id) for line in list_log(db)][::-1]


def address(person: Person, rest: str = "") -> str:
    return f"/people/{person.account_id.hex()}{rest}"


def ending(client: TestClient, person: Person, role: Role, **typed: str) -> dict[str, str]:
    """Return the form that ends a role, filled in."""
    page = parse(client.get(address(person)).text)
    for nth, card in enumerate(e for e in page.all("form") if e.get("action").endswith("/end")):
        heading = next(h for h in card.parent.parent.all("h3"))  # type: ignore[union-attr]
        if heading.text.lower().startswith(role.split("_")[0]):
            form = form_to(page, "/roles/end", nth)
            names = {"day": f"day-{form['role'][0]}"}
            return {"role": form["role"][0], **{names.get(k, k): v for k, v in typed.items()}}
    raise AssertionError("no such role on the page")


# The list


def test_only_an_administrator_sees_the_people(
    client: TestClient, site: Site, database: Database, clock: NowIs, today: date
) -> None:
    for role in set(Role) - {Role.ADMINISTRATOR}:
        scope = {Role.PROVIDER_STAFF: Grant(role, Scope.PROVIDER, bytes(16))}.get(role, role)
        person = make_person(database, site.keys, today, scope)
        sign_in(client, site, database, person, clock())
        assert client.get("/people").status_code == 403
        assert client.get(address(person)).status_code == 403
        assert client.post("/people/invitations", data={"role": "lead"}).status_code == 403
        leave = client.post(address(person, "/leave"), data={"a": "b"})
        assert leave.status_code == 403
    with database.read() as db:
        assert list_log(db) == []


def test_people_stand_by_pseudonym_with_their_roles_and_nothing_they_did(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    with database.write() as db:
        hub = make_provider(db, name="The Hub")
        db.commit()
    make_person(database, keys, today, Role.LEAD, Role.MODERATOR, pseudonym="zebra moss")
    make_person(
        database,
        keys,
        today,
        Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, hub),
        pseudonym="amber lion",
    )
    make_person(database, keys, today, pseudonym="brisk heron")

    page = parse(client.get("/people").text)
    held = [e for e in page.all("ul") if e.get("class") == "held"]

    names = [next(line.parent.all("a")).text for line in held if line.parent]
    assert names == ["amber lion", "brisk heron", "calm otter", "zebra moss"]
    assert [line.text for line in held] == [
        "Provider staff, The Hub",
        "no role",
        "Administrator",
        "Moderator Lead moderator",
    ]
    assert today.isoformat() not in page.text
    assert "2026" not in page.text


def test_somebody_alone_is_told_what_to_do(client: TestClient, boss: Person) -> None:
    assert "Nobody else is here yet." in client.get("/people").text


def test_an_account_that_is_not_there_is_not_found(client: TestClient, boss: Person) -> None:
    for account in ("00" * 16, "not-hex", "invitations"):
        assert client.get(f"/people/{account}").status_code == 404
        sent = client.post(f"/people/{account}/leave", data={"a": "b"})
        assert sent.status_code == 404


# Inviting


def test_an_invitation_is_a_card_with_a_code_that_works(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    answer = invited_by(client, role="moderator", last_day="2026-12-31")

    code = code_on_card(answer)
    invited = found(database, keys, code, today)
    assert invited.grant == Grant(Role.MODERATOR)
    assert (invited.last_day, invited.valid_until) == (
        date(2026, 12, 31),
        today + timedelta(days=VALID_DAYS),
    )
    page = parse(answer.text)
    card = next(e for e in page.all("section") if e.get("class") == "card")
    assert "feedback.example/join" in card.text
    assert "26 August 2026" in card.text
    assert len(list(card.all("li"))) == 4
    assert "oderator" not in card.text  # The card does not say what it is for.
    assert next(card.all("img")).get("src").startswith("data:image/svg+xml")
    assert "content-encoding" not in answer.headers
    assert log_of(database, keys) == [(PeopleEvent.INVITED, "moderator", boss.account_id)]


def test_a_code_is_never_shown_again(client: TestClient, boss: Person) -> None:
    code = code_on_card(invited_by(client, role="moderator"))

    for path in ("/people", address(boss)):
        text = client.get(path).text
        assert code not in text
        assert code[:4] not in text


def test_open_invitations_show_role_and_last_day_and_can_be_cancelled(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    code = code_on_card(invited_by(client, role="lead", last_day="2026-08-20"))
    page = parse(client.get("/people").text)
    form = form_to(page, "/cancel")

    assert "Lead moderator valid until 20 August 2026" in page.text
    assert "cancelled" in client.post("/people/invitations/cancel", data=form).text
    again = client.post("/people/invitations/cancel", data=form)
    assert (again.status_code, "not open any more" in again.text) == (200, True)
    with database.read() as db:
        assert find_invitation(db, keys, code, today) is None
        assert list_open_invitations(db, today) == []
    assert [line[0] for line in log_of(database, keys)] == [
        PeopleEvent.INVITED,
        PeopleEvent.INVITATION_CANCELLED,
    ]


def test_the_same_invitation_sent_twice_shows_the_same_card(
    client: TestClient, database: Database, today: date, boss: Person
) -> None:
    form = form_to(parse(client.get("/people").text), "/people/invitations")
    answers = [
        client.post("/people/invitations", data={**form, "act": "invite", "role": "moderator"})
        for _time in range(2)
    ]

    assert len({code_on_card(answer) for answer in answers}) == 1
    assert ["sent this form twice" in answer.text for answer in answers] == [False, True]
    with database.read() as db:
        assert len(list_open_invitations(db, today)) == 1
    other = client.post("/people/invitations", data={**form, "act": "invite", "role": "lead"})
    assert code_on_card(other) != code_on_card(answers[0])


def test_a_form_that_was_cancelled_wakes_nothing_when_sent_again(
    client: TestClient, database: Database, today: date, boss: Person
) -> None:
    form = form_to(parse(client.get("/people").text), "/people/invitations")
    sent = {**form, "act": "invite", "role": "moderator"}
    client.post("/people/invitations", data=sent)
    page = parse(client.get("/people").text)
    client.post("/people/invitations/cancel", data=form_to(page, "/cancel"))

    assert client.post("/people/invitations", data=sent).status_code == 409
    with database.read() as db:
        assert list_open_invitations(db, today) == []


@pytest.mark.parametrize(
    ("typed", "wrong", "says"),
    [
        ({}, "role", "Please choose a role."),
        ({"role": "king"}, "role", "Please choose one of the answers."),
        ({"role": "provider_staff"}, "provider", "Please choose one from the list."),
        ({"role": "provider_staff", "provider": "00"}, "provider", "choose one from the list."),
        ({"role": "provider_staff", "provider": "everywhere"}, "provider", "one from the list."),
        ({"role": "commissioner"}, "area", "Please choose one from the list."),
        ({"role": "lead", "last_day": "soon"}, "last_day", "like this: 2027-03-31."),
        ({"role": "lead", "last_day": "2026-08-11"}, "last_day", "This day is over."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: TestClient,
    database: Database,
    today: date,
    boss: Person,
    typed: dict[str, str],
    wrong: str,
    says: str,
) -> None:
    answer = invited_by(client, **{"last_day": "2026-12-31", **typed})

    page = parse(answer.text)
    assert answer.status_code == 422
    assert says in page.with_id(f"{wrong}-error").text
    assert page.with_id("top").text.endswith(page.with_id(f"{wrong}-error").text)
    kept = form_to(page, "/people/invitations")
    assert kept.get("role", [""]) == [typed.get("role", "")] or typed.get("role") == "king"
    assert kept["last_day"] == [typed.get("last_day", "2026-12-31")]
    with database.read() as db:
        assert list_open_invitations(db, today) == []


def test_a_role_reaches_the_provider_or_area_that_was_chosen(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    with database.write() as db:
        hub, otley = make_provider(db, name="The Hub"), make_area(db, name="Otley")
        db.commit()
    wanted = {
        ("provider_staff", hub.hex(), ""): Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, hub),
        ("commissioner", "", otley.hex()): Grant(Role.COMMISSIONER, Scope.AREA, otley),
        ("commissioner", "", "everywhere"): Grant(Role.COMMISSIONER),
        ("moderator", hub.hex(), otley.hex()): Grant(Role.MODERATOR),
    }
    for (role, provider, area), grant in wanted.items():
        code = code_on_card(invited_by(client, role=role, provider=provider, area=area))
        assert found(database, keys, code, today).grant == grant


def test_in_a_long_directory_people_search_and_keep_what_they_typed(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    with database.write() as db:
        ids = {n: make_provider(db, name=f"Trust {n} of Leeds") for n in range(LISTED_BELOW)}
        hub = make_provider(db, name="The Hub")
        db.commit()
    form = form_to(parse(client.get("/people").text), "/people/invitations")
    typed = {**form, "role": "provider_staff", "last_day": "2026-12-31"}

    def sent(**more: str) -> Element:
        answer = client.post("/people/invitations", data={**typed, **more})
        assert answer.status_code == (200 if more["act"] == "find" else 422)
        return parse(answer.text)

    def shown(page: Element) -> list[str]:
        return [e.get("value") for e in page.all("input") if e.get("name") == "provider"]

    many = sent(act="find", provider_words="leeds")
    assert len(shown(many)) == FOUND_AT_MOST
    assert "More fit than we show." in many.text
    kept = form_to(many, "/people/invitations")
    assert (kept["role"], kept["provider_words"]) == (["provider_staff"], ["leeds"])
    assert (kept["last_day"], kept["once"]) == (["2026-12-31"], form["once"])
    one = sent(act="find", provider_words="TRUST 7 léeds")
    assert shown(one) == [ids[n].hex() for n in (17, 27, 37, 47, 7)]
    assert "Nothing has this name." in sent(act="invite", provider_words="no such").text
    assert "press “Find”" in sent(act="invite", provider_words="").text
    part = sent(act="invite", provider_words="hub")
    assert shown(part) == [hub.hex()]
    assert form_to(part, "/people/invitations")["provider"] == [hub.hex()]

    for chosen in ({"provider_words": "hub", "provider": hub.hex()}, {"provider_words": "the HUB"}):
        answer = client.post("/people/invitations", data={**typed, "act": "invite", **chosen})
        code = code_on_card(answer)
        assert found(database, keys, code, today).grant == Grant(
            Role.PROVIDER_STAFF, Scope.PROVIDER, hub
        )
    out_of_sight = sent(act="invite", provider_words="trust 3", provider=hub.hex())
    assert "provider" not in form_to(out_of_sight, "/people/invitations")


# Roles


@pytest.fixture
def heron(database: Database, keys: Keys, today: date, boss: Person) -> Person:
    """A moderator."""
    return make_person(database, keys, today, Role.MODERATOR, pseudonym="brisk heron")


def test_a_role_is_given_once_and_ends_the_sign_ins(
    client: TestClient,
    other_client: TestClient,
    site: Site,
    database: Database,
    clock: NowIs,
    today: date,
    boss: Person,
    heron: Person,
) -> None:
    sign_in(other_client, site, database, heron, clock())
    form = form_to(parse(client.get(address(heron)).text), "/roles")
    sent = {**form, "act": "give", "role": "lead", "last_day": "2026-12-31"}

    first = client.post(address(heron, "/roles"), data=sent)
    again = client.post(address(heron, "/roles"), data=sent)

    assert "The role is given." in first.text
    assert "Until 31 December 2026." in first.text
    assert (again.status_code, "They have this role already." in again.text) == (200, True)
    assert roles(database, heron, today) == {Role.MODERATOR, Role.LEAD}
    assert roles(database, heron, date(2027, 1, 1)) == {Role.MODERATOR}
    with database.read() as db:
        own = select(func.count()).where(SignIn.account_id == heron.account_id)
        assert db.scalar(own) == 0
    about = f"{heron.account_id.hex()} lead"
    assert log_of(database, site.keys) == [(PeopleEvent.ROLE_GRANTED, about, boss.account_id)]


def test_errors_of_another_role_keep_what_was_typed(
    client: TestClient, boss: Person, heron: Person
) -> None:
    form = form_to(parse(client.get(address(heron)).text), "/roles")
    sent = {**form, "act": "give", "role": "provider_staff", "last_day": "2026-12-31"}

    answer = client.post(address(heron, "/roles"), data=sent)

    kept = form_to(parse(answer.text), "/roles")
    assert answer.status_code == 422
    assert (kept["role"], kept["last_day"]) == (["provider_staff"], ["2026-12-31"])


def test_a_role_ends_now_or_after_a_day_and_ends_the_sign_ins(
    client: TestClient,
    site: Site,
    database: Database,
    today: date,
    clock: NowIs,
    boss: Person,
    heron: Person,
) -> None:
    later = ending(client, heron, Role.MODERATOR, when="later", day="2026-09-30")
    for says in ("The last day is set.", "This role was ended already."):
        assert says in client.post(address(heron, "/roles/end"), data=later).text
    assert roles(database, heron, date(2026, 9, 30)) == {Role.MODERATOR}
    assert roles(database, heron, date(2026, 10, 1)) == set()

    with TestClient(create_app(site, database, clock=clock), base_url=site.public_url) as theirs:
        sign_in(theirs, site, database, heron, clock())
        now = ending(client, heron, Role.MODERATOR, when="now")
        answer = client.post(address(heron, "/roles/end"), data=now)
        assert theirs.get("/people").status_code == 401
    assert "make a new reading key" in answer.text
    assert roles(database, heron, today) == set()
    again = client.post(address(heron, "/roles/end"), data=now)
    assert (again.status_code, "This role was ended already." in again.text) == (200, True)
    assert [line[0] for line in log_of(database, site.keys)] == [PeopleEvent.ROLE_ENDED] * 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "when"),
        ({"when": "later"}, "day"),
        ({"when": "later", "day": "2026-08-11"}, "day"),
        ({"when": "later", "day": "tomorrow"}, "day"),
    ],
)
def test_an_end_without_a_day_is_asked_again(
    client: TestClient,
    database: Database,
    today: date,
    boss: Person,
    heron: Person,
    typed: dict[str, str],
    field: str,
) -> None:
    sent = ending(client, heron, Role.MODERATOR, **typed)

    answer = client.post(address(heron, "/roles/end"), data=sent)

    page = parse(answer.text)
    assert answer.status_code == 422
    assert page.with_id(f"{field}-{sent['role']}-error").text
    assert page.with_id(f"day-{sent['role']}").get("value") == typed.get("day", "")
    assert roles(database, heron, today) == {Role.MODERATOR}


def test_a_role_of_somebody_else_is_not_ended_by_this_address(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person, heron: Person
) -> None:
    other = make_person(database, keys, today, Role.MODERATOR)
    sent = ending(client, other, Role.MODERATOR, when="now")

    assert "ended already" in client.post(address(heron, "/roles/end"), data=sent).text
    assert roles(database, other, today) == {Role.MODERATOR}


# The last administrator


def test_the_last_administrator_stays(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person
) -> None:
    for typed in ({"when": "now"}, {"when": "later", "day": "2026-09-30"}):
        sent = ending(client, boss, Role.ADMINISTRATOR, **typed)
        answer = client.post(address(boss, "/roles/end"), data=sent)
        assert (answer.status_code, "Give somebody else the role" in answer.text) == (422, True)
    answer = client.post(address(boss, "/leave"), data={"a": "b"})
    assert (answer.status_code, "Give somebody else the role" in answer.text) == (422, True)

    assert roles(database, boss, date(2027, 1, 1)) == {Role.ADMINISTRATOR}
    assert log_of(database, keys) == []


def test_an_administrator_whose_last_day_comes_sooner_is_no_successor(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person, heron: Person
) -> None:
    form = form_to(parse(client.get(address(heron)).text), "/roles")
    given = {**form, "act": "give", "role": "administrator", "last_day": "2026-09-15"}
    client.post(address(heron, "/roles"), data=given)

    for day, status in (("2026-09-15", 422), ("2026-09-14", 200)):
        sent = ending(client, boss, Role.ADMINISTRATOR, when="later", day=day)
        assert client.post(address(boss, "/roles/end"), data=sent).status_code == status


@pytest.mark.parametrize("way", ["end", "leave"])
def test_of_two_administrators_who_end_each_other_one_remains(
    client: TestClient,
    other_client: TestClient,
    site: Site,
    database: Database,
    clock: NowIs,
    today: date,
    boss: Person,
    way: str,
) -> None:
    other = make_person(database, site.keys, today, Role.ADMINISTRATOR, pseudonym="zebra moss")
    sign_in(other_client, site, database, other, clock())
    start, statuses = threading.Barrier(2), list[int]()
    plans = [(client, other), (other_client, boss)]
    forms = [ending(browser, victim, Role.ADMINISTRATOR, when="now") for browser, victim in plans]

    def send(browser: TestClient, victim: Person, form: dict[str, str]) -> None:
        start.wait()
        path = address(victim, "/roles/end" if way == "end" else "/leave")
        statuses.append(browser.post(path, data=form).status_code)

    threads = [
        threading.Thread(target=send, args=(*plan, form))
        for plan, form in zip(plans, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as db:
        assert has_administrator(db, today)
    left = [p for p in (boss, other) if Role.ADMINISTRATOR in roles(database, p, today)]
    assert len(left) == 1
    # The slower one is told: by the rule, or because their own sign-in ended first.
    assert statuses.count(200) == 1
    assert set(statuses) - {200} <= {401, 403, 422}


# Getting back in


def test_a_recovery_code_is_a_card_of_one_account(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person, heron: Person
) -> None:
    form = form_to(parse(client.get(address(heron)).text), "/recovery")
    answers = [
        client.post(address(heron, "/recovery"), data={**form, "second_factor": "lost"})
        for _time in range(2)
    ]

    codes = {code_on_card(answer) for answer in answers}
    assert len(codes) == 1
    invited = found(database, keys, codes.pop(), today)
    assert (invited.account_id, invited.grant) == (heron.account_id, None)
    assert invited.renews_second_factor
    card = next(e for e in parse(answers[0].text).all("section") if e.get("class") == "card")
    assert "feedback.example/recover" in card.text
    assert "heron" not in card.text
    page = client.get(address(heron)).text
    assert "A recovery code is open until 26 August 2026." in page
    lines = [(PeopleEvent.RECOVERY_CODE_PRINTED, heron.account_id.hex(), boss.account_id)]
    assert log_of(database, keys) == lines


def test_a_newer_recovery_code_ends_the_older_and_can_be_cancelled(
    client: TestClient, database: Database, keys: Keys, today: date, boss: Person, heron: Person
) -> None:
    codes = []
    for _time in range(2):
        form = form_to(parse(client.get(address(heron)).text), "/recovery")
        codes.append(code_on_card(client.post(address(heron, "/recovery"), data=form)))

    with database.read() as db:
        assert find_invitation(db, keys, codes[0], today) is None
    assert not found(database, keys, codes[1], today).renews_second_factor
    for _time in range(2):
        answer = client.post(address(heron, "/recovery/cancel"), data={"a": "b"})
        assert "No recovery code is open any more." in answer.text
    with database.read() as db:
        assert find_invitation(db, keys, codes[1], today) is None
    assert [line[0] for line in log_of(database, keys)].count("recovery code cancelled") == 1


# Leaving


def test_leaving_ends_roles_sign_ins_and_codes_and_keeps_the_account(
    client: TestClient,
    site: Site,
    database: Database,
    today: date,
    clock: NowIs,
    boss: Person,
    heron: Person,
) -> None:
    form = form_to(parse(client.get(address(heron)).text), "/recovery")
    code = code_on_card(client.post(address(heron, "/recovery"), data=form))
    assert "go back to the queue" in client.get(address(heron)).text

    answer = client.post(address(heron, "/leave"), data={"a": "b"})

    assert "All roles are ended" in answer.text
    assert "make a new reading key" in answer.text
    with database.read() as db:
        assert get_person(db, heron.account_id, today).roles == ()
        assert find_invitation(db, site.keys, code, today) is None
    again = client.post(address(heron, "/leave"), data={"a": "b"})
    assert (again.status_code, "had no role any more" in again.text) == (200, True)
    assert [line[0] for line in log_of(database, site.keys)].count(PeopleEvent.LEFT) == 1
