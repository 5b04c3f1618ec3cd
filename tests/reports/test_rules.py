from datetime import date

import pytest

from coproduce.core.actor import Grant
from coproduce.core.permissions import Role, Scope
from coproduce.reports.rules import Reach, kept_notices_from, reach_of

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
    assert reach_of(grants) == reach


def test_a_notice_is_kept_for_at_least_thirty_days() -> None:
    assert kept_notices_from(date(2026, 8, 12)) == date(2026, 7, 13)
