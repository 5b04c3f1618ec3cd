"""How often one network sent something, remembered in memory only and soon forgotten."""

import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from coproduce.core.codes import fingerprint

REMEMBERED = 50_000
"""Networks held at most; about 5 MB.

Source: privacy rule A.7 (docs/threat-model.md).
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests of one network fit into a time. Beyond that a view is told, not the person.

    Attributes:
        count: requests allowed.
        seconds: length of the window, and life of the key under which networks are remembered.
        counted_status: only requests answered with this status count; None for every request.
    """

    count: int
    seconds: int
    counted_status: int | None = None


SUBMISSIONS = Limit(count=15, seconds=3600)
"""Answers of one network in an hour: a hostel or a mobile carrier shares one address.

Source: privacy rule A.7; above it an answer is set aside, never refused.
"""

CODE_CHECKS = Limit(count=10, seconds=3600, counted_status=404)
"""Wrong codes of one network in an hour; who holds a right one may look and take back at will.

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
    """Counts requests by network under a key that dies with the window and never leaves memory."""

    def __init__(self, limit: Limit, clock: Callable[[], float]) -> None:
        """Start empty; ``clock`` gives seconds that never jump, such as `time.monotonic`."""
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._begun = clock()
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def is_over(self, address: str) -> bool:
        """Return True if the network of the address has used up its limit; this counts nothing."""
        with self._lock:
            return self._seen.get(self._name(address), 0) >= self._limit.count

    def count(self, address: str) -> None:
        """Count one request of the network of the address."""
        with self._lock:
            name = self._name(address)
            self._seen[name] = self._seen.pop(name, 0) + 1
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def _name(self, address: str) -> bytes:
        """Return what the network is remembered by, after forgetting all if the window is over."""
        if self._clock() - self._begun >= self._limit.seconds:
            self._begun, self._key = self._clock(), secrets.token_bytes(32)
            self._seen.clear()
        return fingerprint(self._key, _network(address).encode())[:8]


def _network(address: str) -> str:
    """Return the address, or the first 64 bits of an IPv6 address: what one household holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
