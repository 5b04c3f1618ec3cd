import base64
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coproduce.core.codes import read_return_code
from coproduce.core.keys import Keys, new_keys
from coproduce.feedback.form_token import LIVES_DAYS, new_form_token, read_form_token

TODAY = date(2026, 8, 12)
KEYS = new_keys().keys
OTHER_KEYS = new_keys().keys


def zeros(count: int) -> bytes:
    return bytes(count)


def token(keys: Keys = KEYS, day: date = TODAY) -> str:
    return new_form_token(keys, day, zeros)


def test_a_token_gives_back_its_number_and_its_day() -> None:
    read = read_form_token(KEYS, token())

    assert read is not None
    assert (read.nonce, read.issued) == (bytes(16), TODAY)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_token_with_any_byte_changed_is_refused(position: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(token() + "=="))
    raw[position % len(raw)] ^= change
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")

    assert read_form_token(KEYS, changed) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_=-]{0,90}", fullmatch=True))
def test_a_token_we_did_not_make_is_refused(typed: str) -> None:
    assume(typed.rstrip("=") != token())

    assert read_form_token(KEYS, typed) is None


@given(st.binary(max_size=80))
def test_bytes_that_look_like_a_token_are_refused(raw: bytes) -> None:
    assert read_form_token(KEYS, base64.urlsafe_b64encode(raw).decode()) is None


@pytest.mark.parametrize("part", [slice(1, None), slice(None, -1), slice(0, 0)])
def test_a_part_of_a_token_is_refused(part: slice) -> None:
    assert read_form_token(KEYS, token()[part]) is None


def test_a_token_of_another_deployment_is_refused() -> None:
    assert read_form_token(KEYS, token(OTHER_KEYS)) is None


@pytest.mark.parametrize(
    ("age", "expired"),
    [(-365, True), (-1, True), (0, False), (1, False), (LIVES_DAYS, False), (LIVES_DAYS + 1, True)],
)
def test_a_form_may_be_open_for_two_days(age: int, *, expired: bool) -> None:
    read = read_form_token(KEYS, token())

    assert read is not None
    assert read.is_expired(TODAY + timedelta(days=age)) is expired


@given(st.binary(min_size=16, max_size=16))
def test_the_same_form_has_the_same_code_on_any_day(nonce: bytes) -> None:
    forms = [
        read_form_token(KEYS, new_form_token(KEYS, TODAY + timedelta(days=days), lambda _n: nonce))
        for days in (0, 1)
    ]

    first, second = (form for form in forms if form is not None)
    assert first.return_code(KEYS) == second.return_code(KEYS)
    assert first.form_tag(KEYS) == second.form_tag(KEYS)
    assert read_return_code(first.return_code(KEYS)) == first.return_code(KEYS)


def test_nothing_stored_tells_the_number_of_a_form() -> None:
    read = read_form_token(KEYS, token())

    assert read is not None
    assert read.form_tag(KEYS) != read.form_tag(OTHER_KEYS)
    assert "nonce" not in repr(read)
