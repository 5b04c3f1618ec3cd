"""Words and addresses that are found nowhere else in the world, and looking for them in files."""

import base64
import hashlib
import ipaddress
import mmap
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_MARK = secrets.token_hex(8)
_NETWORK = "198.51.100."
"""A range kept for documentation. Source: RFC 5737."""

_LARGE_NETWORK = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
"""A part of the range kept for documentation. Source: RFC 3849."""

PHONES = 254


@dataclass(frozen=True, slots=True)
class Canary:
    """One phone: everything it sends along can be recognised. ``number`` is from 1 to 254."""

    number: int

    @property
    def words(self) -> str:
        """Something to write, to ask, to be called or to come from."""
        return f"canary-{_MARK}-{self.number}"

    @property
    def addresses(self) -> tuple[str, str]:
        """Its address of each kind."""
        return f"{_NETWORK}{self.number}", str(
            ipaddress.ip_address(f"{_LARGE_NETWORK}::{self.number:x}")
        )


def ways_to_write(text: str) -> Iterator[bytes]:
    """Give a text in every encoding in which a program may have kept it."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield "".join(f"%{byte:02X}" for byte in plain).encode()
    for shift in range(3):
        # Base64 looks different at each of three places; its ends depend on what stands beside.
        yield base64.b64encode(b"x" * shift + plain)[4:-4]


def ways_to_hide(address: str) -> Iterator[bytes]:
    """Give the digests of an address that whoever tries all addresses can turn back."""
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, address.encode(), usedforsecurity=False)
        yield digest.digest()
        yield digest.hexdigest().encode()


def needles(canaries: Iterable[Canary]) -> Iterator[bytes]:
    """Give everything that must not stand in any file.

    What all phones have in common, such as the first half of their addresses, stands for all.
    """
    for common in (_MARK, _NETWORK, f"{ipaddress.ip_address(f'{_LARGE_NETWORK}::1')}"[:-1]):
        yield from ways_to_write(common)
    yield ipaddress.ip_address(f"{_LARGE_NETWORK}::").packed[:8]
    for canary in canaries:
        for address in canary.addresses:
            yield from ways_to_hide(address)


def traces(paths: Iterable[Path], canaries: list[Canary]) -> list[str]:
    """Return where something of a phone stands, by file and the first bytes of what was found.

    Four bytes stand anywhere by chance: a packed IPv4 address counts only if most are found.
    """
    found = []
    wanted = list(needles(canaries))
    packed = [ipaddress.ip_address(canary.addresses[0]).packed for canary in canaries]
    for path in paths:
        if not path.is_file() or not path.stat().st_size:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
            found += [f"{path.name}: {n[:24]!r}" for n in wanted if image.find(n) >= 0]
            if sum(image.find(address) >= 0 for address in packed) > len(packed) / 2:
                found.append(f"{path.name}: packed addresses")
    return found
