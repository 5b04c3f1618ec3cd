import pytest

from coproduce.core.actor import Grant, Reach, reach_of
from coproduce.core.permissions import Permission, Role, Scope

PROVIDER, AREA = b"p" * 16, b"a" * 16


@pytest.mark.parametrize(
    ("grants", "reach"),
    [
        ([], Reach()),
        ([Grant(Role.COMMISSIONER)], Reach(is_everywhere=True)),
        (
            [Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, PROVIDER)],
            Reach(providers=frozenset({PROVIDER})),
        ),
        ([Grant(Role.COMMISSIONER, Scope.AREA, AREA)], Reach(areas=frozenset({AREA}))),
        ([Grant(Role.ADMINISTRATOR)], Reach()),
        ([Grant(Role.PROVIDER_STAFF)], Reach()),
        ([Grant(Role.COMMISSIONER, Scope.PROVIDER, PROVIDER)], Reach()),
        ([Grant(Role.LEAD), Grant(Role.MODERATOR)], Reach()),
        (
            [
                Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, PROVIDER),
                Grant(Role.COMMISSIONER, Scope.AREA, AREA),
            ],
            Reach(providers=frozenset({PROVIDER}), areas=frozenset({AREA})),
        ),
    ],
)
def test_roles_that_read_reports_reach_as_far_as_they_were_given(
    grants: list[Grant], reach: Reach
) -> None:
    assert reach_of(grants, Permission.REPORT_READ) == reach


def test_who_prints_for_everybody_reaches_everywhere() -> None:
    assert reach_of([Grant(Role.FACILITATOR)], Permission.PRINT) == Reach(is_everywhere=True)
    assert reach_of([Grant(Role.MODERATOR)], Permission.PRINT) == Reach()
