import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import Message
from coproduce.web.error_page import ErrorPage
from coproduce.web.replies import Download, SeeOther


def disposition(name: str, *, inline: bool = False) -> str:
    return Download(name, "text/plain", lambda: b"", inline=inline).disposition()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("report-2026-Q3.pdf", "report-2026-Q3.pdf"),
        ('a"b\r\nc.csv', "a-b-c.csv"),
        ("../../etc/passwd", "etc-passwd"),
        ("تقرير.pdf", "pdf"),
        ("", "file"),
    ],
)
def test_a_file_gets_a_harmless_name(name: str, sent: str) -> None:
    assert disposition(name) == f'attachment; filename="{sent}"'


def test_a_file_may_be_shown_in_the_browser() -> None:
    assert disposition("a.pdf", inline=True).startswith("inline;")


@given(st.text())
def test_no_name_can_end_a_header(name: str) -> None:
    sent = disposition(name).removeprefix('attachment; filename="').removesuffix('"')
    assert sent
    assert all(c.isascii() and (c.isalnum() or c in ".-") for c in sent)


def test_a_page_or_a_redirect_changes_no_sign_in_unless_it_says_so() -> None:
    assert ErrorPage(message=Message("Sorry."), can_send_again=False).sign_in is None
    assert SeeOther("/next").sign_in is None
    assert SeeOther("/next").status == 303


def test_a_page_gives_no_part_of_itself_unless_it_names_one() -> None:
    assert ErrorPage.block == ""
