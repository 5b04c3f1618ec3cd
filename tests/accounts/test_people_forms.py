from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.accounts.people_forms import (
    FOUND_AT_MOST,
    LISTED_BELOW,
    ReadRole,
    RoleForm,
    read_role_form,
    typed_role_form,
)
from coproduce.accounts.queries import Reaches
from coproduce.core.permissions import SCOPES, Role, Scope

TODAY = date(2026, 8, 12)
FEW = Reaches({bytes([1]): "The Hub", bytes([2]): "The Trust"}, {bytes([3]): "Otley, Leeds"})
MANY = Reaches(
    {bytes([0, n]): f"Trust {n}" for n in range(LISTED_BELOW + 5)} | {bytes([9]): "Trust"},
    {bytes([1, n]): f"Town {n}, Leeds" for n in range(LISTED_BELOW)},
)

VALUES = st.sampled_from(
    ["", "everywhere", "01", "0001", "0103", "03", "ff", "trust", "Trust 7", "leeds", "2027-01-01"]
)
FIELDS = ("provider", "provider_words", "area", "area_words", "last_day")
FORMS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["", "king", *Role]).map(lambda value: (value,)),
        **{name: st.tuples(VALUES) for name in FIELDS},
    }
)


@given(form=FORMS, reaches=st.sampled_from([FEW, MANY]))
def test_what_is_read_is_a_role_that_may_be_given_or_says_what_is_wrong(
    form: dict[str, tuple[str, ...]], reaches: Reaches
) -> None:
    read = read_role_form(form, reaches, "once", TODAY)

    if isinstance(read, RoleForm):
        assert read.errors
        assert (read.role, read.last_day) == (form["role"][0], form["last_day"][0])
        assert read.provider.words == form["provider_words"][0]
        return
    grant = read.grant
    assert grant.scope in SCOPES.get(grant.role, {Scope.EVERYWHERE})
    known = {Scope.PROVIDER: reaches.providers, Scope.AREA: reaches.areas}
    assert grant.scope_id in known.get(grant.scope, {None: ""})
    assert read.last_day is None or read.last_day >= TODAY


@given(words=st.text("trus 1234567890", max_size=12))
def test_a_search_shows_what_fits_and_never_too_much(words: str) -> None:
    shown = typed_role_form({"provider_words": (words,)}, MANY, "once").provider

    assert shown.is_searched
    assert len(shown.choices) <= FOUND_AT_MOST
    assert shown.has_more <= (len(shown.choices) == FOUND_AT_MOST)
    assert all(word in choice.name.lower() for choice in shown.choices for word in words.split())


@pytest.mark.parametrize(
    ("words", "chosen", "found"),
    [
        ("Trust", "", bytes([9])),  # A whole name, though many others begin with it.
        ("Trust 7", "", bytes([0, 7])),
        ("Trust", bytes([0, 1]).hex(), bytes([0, 1])),
        ("Trust 7", bytes([0, 1]).hex(), bytes([0, 7])),  # What was chosen is out of sight.
        ("Tru", "", None),
        ("rust 33", "", None),  # One fits, but nobody has seen it yet.
        ("", bytes([0, 1]).hex(), None),
    ],
)
def test_a_provider_counts_only_if_it_was_seen_or_named(
    words: str, chosen: str, found: bytes | None
) -> None:
    form = {"role": ("provider_staff",), "provider_words": (words,), "provider": (chosen,)}

    read = read_role_form(form, MANY, "once", TODAY)

    assert (read.grant.scope_id if isinstance(read, ReadRole) else None) == found
