"""The one cookie, for people who sign in. It holds the idle clock, so that no table has to.

Its content is locked with a key of the server: whoever holds it can hand it back and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from nacl.encoding import URLSafeBase64Encoder
from nacl.exceptions import CryptoError

from coproduce.core.column_types import ID_BYTES
from coproduce.core.sealing import lock, unlock
from coproduce.web.site import Site

IDLE = timedelta(minutes=20)
"""How long a sign-in lives without a click. Source: docs/threat-model.md, a shared phone."""

RENEWED_EVERY = timedelta(minutes=1)
"""How old the idle clock may grow before the cookie is sent anew."""

TOKEN_BYTES: Final = 32
_MINUTE_BYTES: Final = 8
_PURPOSE: Final = "sign-in cookie"


@dataclass(frozen=True, slots=True, repr=False)
class SignInCookie:
    """What the cookie holds.

    Attributes:
        token: the secret of this sign-in; the database knows only its keyed hash.
        account_id: whose it is, so that what was typed can be kept for them alone.
        seen_at: the minute of the last click.
    """

    token: bytes
    account_id: bytes
    seen_at: datetime

    def is_idle(self, now: datetime) -> bool:
        """Return True if the last click is too long ago, or lies in the future."""
        return not timedelta(0) <= now - self.seen_at <= IDLE


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Tells the edge to hand out a cookie for a new sign-in, in place of any other."""

    token: bytes
    account_id: bytes


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Tells the edge to take the cookie back."""


SignInChange = SignedIn | SignedOut


def read_cookie(site: Site, headers: Mapping[str, str]) -> SignInCookie | None:
    """Return what the cookie of a request holds, or None if there is none of ours."""
    # Other programs of this host may set cookies that no strict reader takes; ours is plain.
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    sent = next((value for name, _equals, value in pairs if name == _name(site)), None)
    if sent is None:
        return None
    try:
        locked = URLSafeBase64Encoder.decode(sent.encode())
        content = unlock(site.keys.secret_for(_PURPOSE), locked)
    except (CryptoError, ValueError):
        return None
    token, rest = content[:TOKEN_BYTES], content[TOKEN_BYTES:]
    minute = int.from_bytes(rest[ID_BYTES:])
    return SignInCookie(token, rest[:ID_BYTES], datetime.fromtimestamp(minute * 60, UTC))


def cookie_header(site: Site, change: SignInChange, now: datetime) -> str:
    """Return the value of ``Set-Cookie`` for a sign-in that was just used, or is over.

    The cookie ends with the browser. ``__Host-`` keeps other hosts and plain HTTP from setting
    it; the demonstration runs without HTTPS and must use a plain name.
    """
    if isinstance(change, SignedOut):
        value, life = "", "; Max-Age=0"
    else:
        minute = int(now.timestamp()) // 60
        content = change.token + change.account_id + minute.to_bytes(_MINUTE_BYTES)
        locked = lock(site.keys.secret_for(_PURPOSE), content)
        value, life = URLSafeBase64Encoder.encode(locked).decode(), ""
    secure = "; Secure" if _is_https(site) else ""
    return f"{_name(site)}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{life}"


def _name(site: Site) -> str:
    return "__Host-s" if _is_https(site) else "s"


def _is_https(site: Site) -> bool:
    return site.public_url.startswith("https:")
