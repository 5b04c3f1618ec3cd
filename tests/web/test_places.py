from coproduce.core.actor import ANONYMOUS, Actor
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role
from coproduce.routes import ROUTES
from coproduce.web.places import PLACES, places

OPENED = {row.path: row.permission for row in ROUTES if row.method == "GET"}


def paths_for(*roles: Role) -> list[str]:
    permissions = {Permission.SIGNED_IN}.union(*(ROLE_PERMISSIONS[role] for role in roles))
    return [place.path for place in places(Actor(frozenset(permissions), bytes(16)))]


def test_nobody_sees_no_place_and_half_a_sign_in_neither() -> None:
    assert places(ANONYMOUS) == ()
    assert places(Actor(frozenset({Permission.SECOND_STEP}), bytes(16))) == ()


def test_each_role_sees_its_places_and_the_own_account() -> None:
    assert paths_for() == ["/account"]
    assert paths_for(Role.PANEL_MEMBER) == ["/account"]
    assert paths_for(Role.PROVIDER_STAFF) == ["/reports", "/print", "/account"]
    assert paths_for(Role.ADMINISTRATOR) == ["/print", "/people", "/account"]
    assert "/set-aside" in paths_for(Role.LEAD)
    assert "/set-aside" not in paths_for(Role.MODERATOR)


def test_two_roles_open_the_places_of_both_once() -> None:
    both = paths_for(Role.MODERATOR, Role.COMMISSIONER)
    assert set(both) == {*paths_for(Role.MODERATOR), *paths_for(Role.COMMISSIONER)}
    assert len(both) == len(set(both))


def test_every_place_is_a_page_that_asks_for_the_same_permission() -> None:
    shown = {place.path: place.permission for place in PLACES}
    assert shown == {path: OPENED.get(path) for path in shown}


def test_every_page_of_somebody_signed_in_belongs_to_exactly_one_place() -> None:
    shown = {place.permission for place in PLACES}
    for path, permission in OPENED.items():
        if permission in shown:
            assert sum(place.holds(path) for place in PLACES) == 1, path


def test_a_place_does_not_hold_a_page_whose_name_only_begins_alike() -> None:
    reports = next(place for place in PLACES if place.path == "/reports")
    assert reports.holds("/reports/ab12")
    assert not reports.holds("/reports-of-others")
