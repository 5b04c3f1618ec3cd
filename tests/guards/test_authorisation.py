"""F27: every address, every kind of person, things of their own and of others.

An address that is not written down here fails: somebody must first say who may do what with it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coproduce.accounts.models import Stage
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role
from coproduce.web.page_endpoint import Row
from tests.guards.people_and_things import (
    ASKERS,
    EVERY_ROW,
    PLACEHOLDER,
    World,
    a_world,
    everything,
    name_of,
    send,
)
from tests.live import Demonstration

OPEN = {Permission.ANONYMOUS, Permission.STRANGER}
CLOSED = [row for row in EVERY_ROW if row.permission not in OPEN]

ALLOWED: Mapping[str, int | tuple[int, int]] = {
    # What whoever may gets: with a thing of their own, and with one that is not for them. A POST
    # brings a field that nobody asked for, so it is seldom more than "please fill this in".
    "GET /sign-in/code": 303,
    "POST /sign-in/code": 200,
    "GET /sign-in/second-factor": 200,
    "POST /sign-in/second-factor": 200,
    "GET /account": 200,
    "POST /account/passphrase": 401,  # Not the right passphrase: they stay signed in.
    "POST /account/second-factor": 401,
    "POST /account/recovery-codes": 403,  # They have no second factor yet.
    "POST /account/sign-ins": 303,
    "POST /account/erase": 200,  # Asks first.
    "GET /people": 200,
    "POST /people/invitations": 422,
    "POST /people/invitations/cancel": 200,
    "GET /people/{account}": (200, 404),
    "POST /people/{account}/roles": (422, 404),
    "POST /people/{account}/roles/end": (200, 404),
    "POST /people/{account}/recovery": (200, 404),
    "POST /people/{account}/recovery/cancel": (200, 404),
    "POST /people/{account}/leave": (200, 404),
    "GET /texts": 200,
    "POST /texts/next": 303,
    "POST /texts/break": 303,
    "GET /texts/{text}": (200, 404),
    "POST /texts/{text}": (200, 409),
    "GET /second": 200,
    "POST /second": 303,
    "GET /second/{text}": (200, 409),
    "POST /second/{text}": (422, 409),
    "GET /reread": 200,
    "POST /reread": 404,
    "GET /agreement": 200,
    "GET /statements": 200,
    "POST /statements": 404,
    "GET /statements/about/{topic}": (200, 404),
    "GET /statements/{statement}": (200, 404),
    "POST /statements/{statement}": (422, 422),
    "GET /safeguarding": 200,
    "POST /safeguarding": 404,
    "GET /safeguarding/{case}": (200, 404),
    "POST /safeguarding/{case}": (422, 404),
    "GET /set-aside": 200,
    "POST /set-aside": 404,
    "GET /team": 200,
    "POST /team/recovery-sheet": 422,
    "POST /team/let-in": 404,
    "POST /team/new-key": 200,
    "POST /team/profile": 422,
    "POST /team/conflicts": 200,
    "POST /team/supervision": 422,
    "GET /log": 200,
    "GET /log/{before}": (200, 200),
    "GET /words-problems": 200,
    "POST /words-problems": 422,
    "GET /words-problems/{publication}": (200, 404),
    "POST /words-problems/{publication}": (404, 404),
    "GET /print": 200,
    "POST /print": 200,
    "GET /print/{code}": (200, 404),
    "GET /print/{code}/poster-{language}.pdf": (200, 404),
    "GET /print/{code}/small-{language}.pdf": (200, 404),
    "GET /print/{code}/form-{language}.pdf": (200, 404),
    "POST /print/{code}/cards": (422, 404),
    "POST /print/{code}/cards/cancel": (404, 404),
    "GET /reports": 200,
    "GET /reports/{publication}": (200, 404),
    "GET /reports/{publication}/report.{ending}": (200, 404),
}

SEEN_BY_LEADS: Mapping[str, int] = {
    "GET /safeguarding/{case}": 200,
    "POST /safeguarding/{case}": 422,
}
"""Things of others that a lead may see: somebody must look after each matter of safety."""


@pytest.fixture(params=list(ASKERS.values()), ids=list(ASKERS))
def world(
    request: pytest.FixtureRequest, demonstration: Demonstration, tmp_path: Path
) -> Iterator[World]:
    """The demonstration with one more person in it, of each kind in turn."""
    with a_world(demonstration, tmp_path, request.param) as made:
        yield made


def wanted(world: World, row: Row) -> tuple[int, int]:
    """Return what whoever may gets, with a thing of their own and with another."""
    allowed = ALLOWED[name_of(row)]
    own, foreign = allowed if isinstance(allowed, tuple) else (allowed, allowed)
    if Role.LEAD in world.asker.roles:
        foreign = SEEN_BY_LEADS.get(name_of(row), foreign)
    return own, foreign


def test_every_closed_address_says_who_gets_what_and_none_is_left_over() -> None:
    assert {name_of(row) for row in CLOSED} == ALLOWED.keys()
    assert ALLOWED.keys() >= SEEN_BY_LEADS.keys()
    for row in CLOSED:
        has_thing = bool(PLACEHOLDER.search(row.path))
        assert isinstance(ALLOWED[name_of(row)], tuple) is has_thing, name_of(row)


def test_every_role_opens_only_what_the_table_of_roles_says() -> None:
    """Fails closed: a permission that no role has opens nothing, and nobody has the open ones."""
    given = frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(Role) == set(ROLE_PERMISSIONS)
    assert given == set(Permission) - OPEN - {Permission.SECOND_STEP, Permission.SIGNED_IN}
    assert Permission.TEXT_READ not in ROLE_PERMISSIONS[Role.ADMINISTRATOR]
    assert Permission.REPORT_READ not in ROLE_PERMISSIONS[Role.ADMINISTRATOR]
    for role in (Role.PROVIDER_STAFF, Role.COMMISSIONER):
        assert ROLE_PERMISSIONS[role] == {Permission.REPORT_READ, Permission.PRINT}


def test_whoever_may_not_is_refused_and_changes_nothing(world: World) -> None:
    refusal = 403 if world.asker.signed_in is Stage.SIGNED_IN else 401
    closed = [row for row in CLOSED if not world.asker.may(row.permission)]
    with world.browser() as client:
        before = everything(world)
        got = {
            (name_of(row), which): send(client, row, things).status_code
            for row in closed
            for which, things in (("own", world.own), ("foreign", world.foreign))
        }
        assert everything(world) == before
    assert closed
    assert {name: status for name, status in got.items() if status != refusal} == {}


def test_whoever_may_gets_their_own_and_not_what_is_for_others(world: World) -> None:
    wrong = {}
    for row in CLOSED:
        if not world.asker.may(row.permission):
            continue
        for nth, things in ((1, world.foreign), (0, world.own)):
            with world.browser() as client:
                status = send(client, row, things).status_code
            if status != wanted(world, row)[nth]:
                which = ("own", "foreign")[nth]
                wrong[name_of(row), which] = (status, wanted(world, row)[nth])
    assert wrong == {}, "(is, should be)"


def test_an_ended_sign_in_is_dead_on_every_address(world: World) -> None:
    """F20: whatever the cookie opened before."""
    with world.browser() as client:
        cookie = client.headers.get("cookie", "")
        assert client.post("/sign-out", data={"a": "b"}).status_code in {200, 303}
        client.cookies.clear()
        client.headers["cookie"] = cookie
        alive = [name_of(row) for row in CLOSED if send(client, row, world.own).status_code != 401]
    assert alive == []
