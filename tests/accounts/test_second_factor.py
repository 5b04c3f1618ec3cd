"""Codes of an app and printed ones: right once, wrong for ever after."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.accounts.second_factor import (
    RECOVERY_CODES,
    lock_secret,
    new_recovery_codes,
    new_secret,
    qr_picture,
    read_code,
    read_recovery_code,
    recovery_tag,
    right_step,
    typed_secret,
    unlock_secret,
)
from coproduce.core.keys import Keys

NOW = datetime(2026, 8, 12, 12, 0, 10, tzinfo=UTC)
SECRET = bytes(range(20))
APP = pyotp.TOTP(base64.b32encode(SECRET).decode())
WHO = b"0123456789abcdef"


def at(steps: int) -> str:
    return APP.at(NOW + timedelta(seconds=30 * steps))


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True)])
def test_codes_of_three_half_minutes_count(keys: Keys, steps: int, *, is_right: bool) -> None:
    assert (right_step(keys, WHO, SECRET, at(steps), NOW, None) is not None) is is_right
    assert right_step(keys, WHO, SECRET, at(2), NOW, None) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 1)), max_size=12))
def test_no_code_is_right_twice_nor_one_before_the_last(
    keys: Keys, tries: list[tuple[int, int]]
) -> None:
    last, newest, moment = None, -10, 0
    for passed, offset in tries:
        moment += passed
        now = NOW + timedelta(seconds=30 * moment)
        tag = right_step(keys, WHO, SECRET, at(moment + offset), now, last)
        assert (tag is not None) == (moment + offset > newest)
        if tag is not None:
            last, newest = tag, moment + offset


def test_what_is_stored_about_the_last_code_is_different_for_each_account(keys: Keys) -> None:
    tags = {right_step(keys, who, SECRET, at(0), NOW, None) for who in (WHO, b"f" * 16, bytes(16))}
    assert len(tags) == 3
    assert None not in tags


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("۱۲۳۴۵۶", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("12345²", None),
        ("", None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, read: str | None) -> None:
    assert read_code(typed) == read


@given(st.text(max_size=30))
def test_any_text_can_be_read(typed: str) -> None:
    assert read_code(typed) is None or len(read_code(typed) or "") == 6
    assert read_recovery_code(typed) is None or len(read_recovery_code(typed) or "") == 12


def test_recovery_codes_are_different_and_read_as_they_are_shown() -> None:
    codes = new_recovery_codes(secrets.randbelow)
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        shown = f" {code[:4]}-{code[4:8]} {code[8:]} ".lower()
        assert read_recovery_code(shown) == code
        assert read_code(shown) is None


def test_a_recovery_code_is_stored_for_one_account_only(keys: Keys) -> None:
    assert recovery_tag(keys, WHO, "A" * 12) != recovery_tag(keys, bytes(16), "A" * 12)


def test_the_secret_is_locked_and_shown_as_an_app_takes_it(keys: Keys) -> None:
    secret = new_secret(secrets.token_bytes)
    assert unlock_secret(keys, lock_secret(keys, secret)) == secret
    assert secret not in lock_secret(keys, secret)
    assert base64.b32decode(typed_secret(secret)) == secret


def test_the_picture_is_black_on_white_and_comes_with_the_page() -> None:
    picture = qr_picture(SECRET, pseudonym="calm otter", title="Feedback")
    assert picture.startswith("data:image/svg+xml")
    assert "%23fff" in picture
    assert "script" not in picture
