import pytest

from coproduce.core.permissions import Permission
from coproduce.web.same_origin import is_cross_site

HOST = "feedback.example"
OURS, THEIRS = f"https://{HOST}", "https://elsewhere.example"


@pytest.mark.parametrize(
    ("site", "origin", "open_route", "signed_in_route"),
    [
        # (what the browser says of itself, refused on open routes, refused on signed-in ones)
        (None, None, False, True),
        (None, "null", False, True),
        (None, OURS, False, False),
        (None, THEIRS, True, True),
        ("same-origin", OURS, False, False),
        ("same-origin", "null", False, False),
        ("same-origin", None, False, False),
        ("none", None, False, False),
        ("same-site", f"https://other.{HOST}", True, True),
        ("same-site", None, False, True),
        ("cross-site", None, True, True),
        ("cross-site", "null", True, True),
        ("cross-site", THEIRS, True, True),
        ("same-origin", f"{OURS}:444", True, False),
    ],
)
def test_what_is_refused(
    site: str | None, origin: str | None, open_route: bool, signed_in_route: bool
) -> None:
    """F21: open routes refuse what says it is foreign, the others what does not say it is ours."""
    said = {"sec-fetch-site": site, "origin": origin, "host": HOST}
    headers = {name: value for name, value in said.items() if value}
    assert is_cross_site(headers, Permission.ANONYMOUS) == open_route
    assert is_cross_site(headers, Permission.REPORT_READ) == signed_in_route


@pytest.mark.parametrize("origin", ["https://[", "nonsense", "https://", "//", "file://"])
def test_an_origin_that_is_none_is_foreign(origin: str) -> None:
    headers = {"origin": origin, "host": HOST}
    assert is_cross_site(headers, Permission.ANONYMOUS)
    assert is_cross_site(headers, Permission.REPORT_READ)
