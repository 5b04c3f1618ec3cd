"""The cookie says who may go on and when they last clicked; only the server can write it."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.encoding import URLSafeBase64Encoder

from coproduce.core.column_types import ID_BYTES
from coproduce.core.keys import new_keys
from coproduce.core.sealing import lock
from coproduce.web.sign_in_cookie import (
    IDLE,
    TOKEN_BYTES,
    SignedIn,
    SignedOut,
    SignInCookie,
    cookie_header,
    read_cookie,
)
from coproduce.web.site import Site
from tests.html import cookie_faults

NOON = datetime(2026, 8, 12, 12, 0, 30, tzinfo=UTC)
SIGNED_IN = SignedIn(secrets.token_bytes(TOKEN_BYTES), secrets.token_bytes(ID_BYTES))
same_site = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def sent(site: Site, now: datetime = NOON) -> str:
    """Return the cookie as a browser hands it back."""
    return cookie_header(site, SIGNED_IN, now).partition(";")[0]


def read(site: Site, cookie: str) -> SignInCookie | None:
    return read_cookie(site, {"cookie": cookie})


@same_site
@given(
    st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES),
    st.binary(min_size=ID_BYTES, max_size=ID_BYTES),
    st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_what_went_in_comes_out_to_the_minute(
    site: Site, token: bytes, account_id: bytes, now: datetime
) -> None:
    header = cookie_header(site, SignedIn(token, account_id), now)
    assert not cookie_faults(header)
    held = read(site, header.partition(";")[0])
    assert held is not None
    assert (held.token, held.account_id) == (token, account_id)
    assert held.seen_at == now.replace(second=0, microsecond=0)


def test_the_cookie_shows_neither_token_nor_account_nor_time(site: Site) -> None:
    value = sent(site).partition("=")[2]
    content = URLSafeBase64Encoder.decode(value.encode())
    minute = (int(NOON.timestamp()) // 60).to_bytes(8, "big")
    for secret in (SIGNED_IN.token, SIGNED_IN.account_id, minute):
        assert secret not in content
    assert sent(site) != sent(site)


def test_any_changed_byte_makes_it_worthless(site: Site) -> None:
    """F20: tampering."""
    name, _, value = sent(site).partition("=")
    content = URLSafeBase64Encoder.decode(value.encode())
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        value = URLSafeBase64Encoder.encode(bytes(changed)).decode()
        assert read(site, f"{name}={value}") is None


def test_another_deployment_does_not_read_it(site: Site) -> None:
    assert read(replace(site, keys=new_keys().keys), sent(site)) is None


@pytest.mark.parametrize("other", ["sealed draft", "form tokens", "passphrases"])
def test_nothing_locked_for_another_purpose_passes_as_a_cookie(site: Site, other: str) -> None:
    content = SIGNED_IN.token + SIGNED_IN.account_id + bytes(8)
    value = URLSafeBase64Encoder.encode(lock(site.keys.secret_for(other), content)).decode()
    assert read(site, f"__Host-s={value}") is None


@same_site
@given(st.text(max_size=400))
def test_rubbish_is_no_cookie(site: Site, rubbish: str) -> None:
    assert read(site, rubbish) is None
    assert read(site, f"__Host-s={rubbish}") is None


def test_it_stands_beside_other_cookies(site: Site) -> None:
    assert read(site, f"a=1; {sent(site)}; b=2") is not None
    assert read_cookie(site, {}) is None


def test_only_an_encrypted_site_uses_the_protected_name_and_only_that_one(site: Site) -> None:
    plain = replace(site, public_url="http://127.0.0.1:8000")
    header = cookie_header(plain, SIGNED_IN, NOON)
    assert not cookie_faults(header, is_https=False)
    assert cookie_faults(header)
    assert read(plain, sent(plain)) is not None
    assert read(site, sent(plain)) is None
    assert read(plain, sent(site)) is None


def test_taking_it_back_leaves_nothing_in_it(site: Site) -> None:
    header = cookie_header(site, SignedOut(), NOON)
    assert header == "__Host-s=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
    assert not cookie_faults(header)


@pytest.mark.parametrize(
    ("later", "is_idle"),
    [
        (timedelta(0), False),
        (timedelta(minutes=19, seconds=30), False),
        (IDLE, True),  # The clock counts whole minutes: 30 seconds had gone already.
        (IDLE + timedelta(days=365), True),
        (timedelta(minutes=-2), True),
    ],
)
def test_it_is_idle_after_twenty_minutes_or_from_the_future(
    site: Site, later: timedelta, is_idle: bool
) -> None:
    held = read(site, sent(site))
    assert held is not None
    assert held.is_idle(NOON + later) is is_idle


@pytest.mark.parametrize(
    "header",
    [
        "s=x; Path=/; HttpOnly; SameSite=Strict; Secure",
        "__Host-s=x; Path=/; HttpOnly; SameSite=Lax; Secure",
        "__Host-s=x; Path=/; SameSite=Strict; Secure",
        "__Host-s=x; Path=/; HttpOnly; SameSite=Strict",
        "__Host-s=x; Path=/; HttpOnly; SameSite=Strict; Secure; Domain=example.org",
        "__Host-s=x; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=86400",
        "__Host-s=x; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0",
        "__Host-s=; Path=/; HttpOnly; SameSite=Strict; Secure",
        "__Host-s=x; Path=/people; HttpOnly; SameSite=Strict; Secure",
    ],
)
def test_the_law_of_the_cookie_finds_a_bad_one(header: str) -> None:
    assert cookie_faults(header)


@pytest.mark.parametrize("other", ['prefs={"a": "b"}', "bad name=1", "=", "x", "caf\xe9=\xe9"])
def test_a_cookie_of_another_program_does_not_hide_ours(site: Site, other: str) -> None:
    for cookie in (f"{other}; {sent(site)}", f"{sent(site)}; {other}"):
        held = read(site, cookie)
        assert held is not None
        assert held.token == SIGNED_IN.token
