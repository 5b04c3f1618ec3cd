from datetime import date

from coproduce.reports.rules import kept_notices_from


def test_a_notice_is_kept_for_at_least_thirty_days() -> None:
    assert kept_notices_from(date(2026, 8, 12)) == date(2026, 7, 13)
