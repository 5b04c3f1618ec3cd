"""From a passphrase to a person's own key, and from there to what was sealed to them.

passphrase -> (argon2id) -> own private key -> (sealed box) -> the moderators' reading keys.
While somebody is signed in, their own key rests locked with the token in their cookie (ADR 0012).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from argon2.profiles import RFC_9106_LOW_MEMORY
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey

from coproduce.core.codes import fingerprint
from coproduce.core.keys import HASHES_AT_ONCE, SECRET_BYTES, SLOW_HASH, Keys
from coproduce.core.sealing import lock, unlock

SALT_BYTES = 16
_PEPPER = "passphrases"
_NOBODY = "passphrases of nobody"
_SIGN_IN = "sign-ins"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a passphrase costs."""

    passes: int
    kibibytes: int
    lanes: int

    def __str__(self) -> str:
        """Return the cost as it is stored."""
        return f"{self.passes} {self.kibibytes} {self.lanes}"


USUAL_COST = Cost(
    RFC_9106_LOW_MEMORY.time_cost, RFC_9106_LOW_MEMORY.memory_cost, RFC_9106_LOW_MEMORY.parallelism
)
"""64 MiB, three passes, four lanes. Source: RFC 9106, section 4, second recommended option."""


def wanted_cost(keys: Keys) -> Cost:
    """Return what new passphrases cost: the usual, unless these keys hash codes at another cost."""
    if keys.slow_hash == SLOW_HASH:
        return USUAL_COST
    return Cost(keys.slow_hash.passes, keys.slow_hash.kibibytes, 1)


def cost_of(stored: str) -> Cost:
    """Return a cost as it was stored."""
    passes, kibibytes, lanes = (int(part) for part in stored.split())
    return Cost(passes, kibibytes, lanes)


def passphrase_key(keys: Keys, passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """Return the key that a passphrase makes. Slow on purpose: never inside a write.

    The server's own secret goes in as well, so that the database alone allows no guessing.
    """
    peppered = hmac.digest(keys.secret_for(_PEPPER), passphrase.encode(), "sha256")
    with HASHES_AT_ONCE:
        return hash_secret_raw(
            peppered,
            salt,
            time_cost=cost.passes,
            memory_cost=cost.kibibytes,
            parallelism=cost.lanes,
            hash_len=SECRET_BYTES,
            type=Type.ID,
        )


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A person's own key: others seal to the public half, they open with the private one."""

    public: bytes
    private: bytes


def new_key_pair() -> KeyPair:
    """Return a fresh pair from the operating system's chance."""
    private = PrivateKey.generate()
    return KeyPair(bytes(private.public_key), bytes(private))


def lock_private_key(key: bytes, private: bytes) -> bytes:
    """Return a private key locked with a passphrase's key or with a sign-in's token."""
    return lock(key, private)


def unlock_private_key(key: bytes, locked: bytes) -> bytes | None:
    """Return the private key, or None if the key is not the right one."""
    try:
        return unlock(key, locked)
    except CryptoError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class LockedKey:
    """An account's own key as it is stored: locked with a passphrase."""

    account_id: bytes
    pseudonym: str
    salt: bytes
    cost: str
    locked: bytes


@dataclass(frozen=True, slots=True, repr=False)
class NewLock:
    """A private key locked anew; the slow work is done."""

    salt: bytes
    cost: str
    locked: bytes


def open_own_key(
    keys: Keys, stored: LockedKey | None, pseudonym: str, passphrase: str
) -> bytes | None:
    """Return the private key if the passphrase opens it. Slow on purpose: never inside a write.

    For a pseudonym that nobody has, the same work is done for nothing, so that the time it takes
    tells nobody which pseudonyms there are.
    """
    if stored is None:
        salt = fingerprint(keys.secret_for(_NOBODY), pseudonym.encode())
        nothing = lock_private_key(keys.secret_for(_NOBODY), bytes(SECRET_BYTES))
        key = passphrase_key(keys, passphrase, salt, wanted_cost(keys))
        return unlock_private_key(key, nothing)
    key = passphrase_key(keys, passphrase, stored.salt, cost_of(stored.cost))
    return unlock_private_key(key, stored.locked)


def lock_anew(
    keys: Keys, passphrase: str, private: bytes, chance: Callable[[int], bytes]
) -> NewLock:
    """Return a private key locked with a passphrase at today's cost. Slow: never inside a write."""
    salt, cost = chance(SALT_BYTES), wanted_cost(keys)
    key = passphrase_key(keys, passphrase, salt, cost)
    return NewLock(salt, str(cost), lock_private_key(key, private))


def sign_in_tag(keys: Keys, token: bytes) -> bytes:
    """Return what finds a sign-in by the token in its cookie."""
    return fingerprint(keys.secret_for(_SIGN_IN), token)
