"""What somebody wanted when their sign-in was over: kept for them, and for nobody else."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.accounts.kept_form import KEPT_BYTES, KeptForm, open_form, seal_form
from coproduce.core.keys import Keys
from coproduce.web.page_endpoint import BODY_BYTES

WHO, OTHER = b"a" * 16, b"b" * 16
TEXT = st.text(st.characters(codec="utf-8"), max_size=50)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_a_form_comes_back_as_it_was_sent(keys: Keys, fields: list[tuple[str, str]]) -> None:
    kept = KeptForm("/texts/1", WHO, tuple(fields))
    assert open_form(keys, seal_form(keys, kept), WHO) == kept


def test_only_the_account_that_sent_it_can_open_a_form(keys: Keys) -> None:
    sealed = seal_form(keys, KeptForm("/texts", WHO, (("words", "mine"),)))
    assert open_form(keys, sealed, OTHER) is None
    assert open_form(keys, sealed) is None
    assert open_form(keys, seal_form(keys, KeptForm("/texts")), OTHER) == KeptForm("/texts")


@given(st.text(max_size=60))
def test_what_we_did_not_seal_is_not_opened(keys: Keys, made_up: str) -> None:
    assert open_form(keys, made_up, WHO) is None


@given(st.integers(0, 10_000))
def test_one_changed_sign_opens_nothing(keys: Keys, place: int) -> None:
    sealed = seal_form(keys, KeptForm("/texts", WHO, (("words", "mine"),)))
    at = place % (len(sealed) - 2)
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    assert open_form(keys, changed, WHO) is None


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", "", "/a b"])
def test_a_path_that_is_not_ours_is_not_opened(keys: Keys, path: str) -> None:
    assert open_form(keys, seal_form(keys, KeptForm(path)), WHO) is None


def test_the_longest_texts_of_any_script_can_be_kept(keys: Keys) -> None:
    longest = "".join(chr(0x0600 + secrets.randbelow(0x100)) for _n in range(3000))
    sealed = seal_form(keys, KeptForm("/texts/1", WHO, (("a", longest), ("b", longest[::-1]))))
    assert sealed
    # With a pseudonym and a passphrase beside it, it is one form that the server takes.
    assert len(sealed) <= KEPT_BYTES < BODY_BYTES - 8 * 1024


def test_what_is_too_long_is_not_kept(keys: Keys) -> None:
    noise = secrets.token_hex(KEPT_BYTES)
    assert seal_form(keys, KeptForm("/texts/1", WHO, (("a", noise),))) == ""


def test_words_are_told_from_what_the_page_sent_along() -> None:
    fields = (("t", "Zm9v"), ("words", " one two \n three"), ("act", "send"), ("again", "one two"))
    assert KeptForm("/texts", WHO, fields).words == ("one two \n three", "one two")
