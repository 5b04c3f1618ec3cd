"""How often one network sent something, remembered in memory only and soon forgotten."""

import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from coproduce.core.codes import fingerprint

REMEMBERED = 50_000
"""Networks held at most in each window; about 5 MB.

Source: privacy rule A.7 (docs/threat-model.md).
"""


DAY_SECONDS = 24 * 3600
FORGOTTEN_EVERY = 60
"""Seconds between two looks for windows that are over: a key lives a minute too long at most."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly all networks together may go: some at once, then so many in each second."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests of one network fit into a time. Beyond that a view is told, not the person.

    Attributes:
        count: requests allowed.
        seconds: length of the window, and life of the key under which networks are remembered.
        counted_status: only requests answered with this status count; None for every request.
        counts_new_only: True if only requests count by which something new was stored.
        count_in_a_day: requests allowed in a day besides; None if any number.
        of_all: pace of all networks together; None if any.
    """

    count: int
    seconds: int
    counted_status: int | None = None
    counts_new_only: bool = False
    count_in_a_day: int | None = None
    of_all: Pace | None = None

    def counts(self, status: int, *, is_new: bool) -> bool:
        """Return True if a request that was answered like this counts."""
        return self.counted_status in {None, status} and (is_new or not self.counts_new_only)


SUBMISSIONS = Limit(count=15, seconds=3600, counts_new_only=True, count_in_a_day=60)
"""Answers of one network in an hour and in a day: a hostel or a mobile carrier shares one address.

Looking, checking, changing the language and sending the same form again do not count.

Source: privacy rule A.7; above it an answer is set aside, never refused.
"""

CODE_CHECKS = Limit(count=10, seconds=3600, counted_status=404, of_all=Pace(burst=20, per_second=5))
"""Wrong codes of one network in an hour, and of all networks in a second.

Who holds a right one may look and take back at will. No code is ever locked: that would tell
whether it is one.

Source: privacy rule A.6.
"""

SIGN_INS = Limit(count=20, seconds=3600, counted_status=401)
"""Wrong passphrases and codes of one network in an hour. No account is ever locked by others.

Source: docs/adr/0011-accounts-without-e-mail.md.
"""

NOTICES = Limit(count=12, seconds=3600)
"""Notes about words in reports that one network may send in an hour. Not those of the form: neither
may use up the other. Source: docs/disclosure.md.
"""


class Throttle:
    """Counts requests by network, under keys that die with their windows and never leave memory."""

    def __init__(self, limit: Limit, clock: Callable[[], float]) -> None:
        """Start empty; ``clock`` gives seconds that never jump, such as `time.monotonic`."""
        self._lock = threading.Lock()
        self._windows = [_Window(limit.count, limit.seconds, clock)]
        if limit.count_in_a_day is not None:
            self._windows.append(_Window(limit.count_in_a_day, DAY_SECONDS, clock))
        self._of_all = _Bucket(limit.of_all, clock) if limit.of_all else None

    def is_over(self, address: str) -> bool:
        """Return True if the network of the address has used up its limit; this counts nothing."""
        with self._lock:
            is_quick = self._of_all is not None and self._of_all.is_full()
            return is_quick or any(window.is_full(address) for window in self._windows)

    def count(self, address: str) -> None:
        """Count one request of the network of the address."""
        with self._lock:
            if self._of_all is not None:
                self._of_all.count()
            for window in self._windows:
                window.count(address)

    def forget_what_is_over(self) -> None:
        """Forget the keys and the counts of windows that are over, also when nobody comes."""
        with self._lock:
            for window in self._windows:
                window.forget_if_over()


class _Bucket:
    """What all networks together sent just now, without any name. It runs out at the pace."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace, self._clock = pace, clock
        self._level, self._at = 0.0, clock()

    def is_full(self) -> bool:
        self._run_out()
        return self._level > self._pace.burst - 1

    def count(self) -> None:
        self._run_out()
        self._level += 1

    def _run_out(self) -> None:
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._at) * self._pace.per_second)
        self._at = now


class _Window:
    """One length of time: who sent how often in it, by names that only its own key can make."""

    def __init__(self, most: int, seconds: int, clock: Callable[[], float]) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._begin()

    def is_full(self, address: str) -> bool:
        return self._seen.get(self._name(address), 0) >= self._most

    def count(self, address: str) -> None:
        name = self._name(address)
        self._seen[name] = self._seen.pop(name, 0) + 1
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def forget_if_over(self) -> None:
        if self._clock() - self._begun >= self._seconds:
            self._begin()

    def _begin(self) -> None:
        self._begun, self._key = self._clock(), secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def _name(self, address: str) -> bytes:
        """Return what the network is remembered by, after forgetting all if the window is over."""
        self.forget_if_over()
        return fingerprint(self._key, _network(address).encode())[:8]


def _network(address: str) -> str:
    """Return the address, or the first 64 bits of an IPv6 address: what one household holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
