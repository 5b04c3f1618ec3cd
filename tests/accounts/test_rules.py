"""What is true about accounts, whatever stores them."""

from datetime import date, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coproduce.accounts.rules import (
    ROLE_NAMES,
    ROLE_OPENS,
    is_own_path,
    last_day_of_sign_in,
    needs_second_factor,
    words_of,
)
from coproduce.core.keys import word_list
from coproduce.core.permissions import Role

HERE = "https://feedback.example/sign-in"


@given(st.text(max_size=40) | st.text("/\\.:@?#%abc \t\n", max_size=12))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/ok")
def test_a_path_of_ours_leads_to_our_own_site(path: str) -> None:
    if is_own_path(path):
        reached = urlsplit(urljoin(HERE, path))
        assert (reached.scheme, reached.netloc) == ("https", "feedback.example")
        assert not reached.query
        assert not reached.fragment


@pytest.mark.parametrize("path", ["/", "/account", "/texts/0123456789abcdef", "/g/23456A"])
def test_our_paths_are_ours(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize("role", sorted(Role))
def test_every_role_but_panel_member_needs_a_second_factor(role: Role) -> None:
    assert needs_second_factor({role}) is (role is not Role.PANEL_MEMBER)
    assert needs_second_factor({role, Role.ADMINISTRATOR})


def test_somebody_without_a_role_needs_no_second_factor() -> None:
    assert not needs_second_factor(())


@given(st.dates(max_value=date(9000, 1, 1)))
def test_a_sign_in_may_go_over_one_midnight(today: date) -> None:
    assert last_day_of_sign_in(today) - today == timedelta(days=1)


@given(st.binary(min_size=16, max_size=16))
def test_a_sign_in_is_named_by_two_words(tag: bytes) -> None:
    words = word_list()
    named = words_of(tag, words)
    assert named == words_of(tag, words)
    assert len(named.split()) == 2
    assert set(named.split()) <= set(words)


def test_every_role_has_a_name_and_a_line_that_says_what_it_is_for() -> None:
    assert set(ROLE_NAMES) == set(ROLE_OPENS) == set(Role)
