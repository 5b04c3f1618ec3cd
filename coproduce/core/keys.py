"""The key file: every secret of a deployment, outside the database and outside its backups."""

import base64
import hashlib
import json
import os
import secrets
import threading
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from nacl.public import PrivateKey

from coproduce.core.errors import OperatorError

SECRET_BYTES = 32
PHRASE_WORDS = 4
"""Words of the check phrase: 41 bits tell a right copy from a wrong one."""


@dataclass(frozen=True, slots=True)
class SlowHash:
    """Argon2id costs; tests use lower ones of the same algorithm."""

    passes: int
    kibibytes: int


SLOW_HASH = SlowHash(passes=2, kibibytes=19 * 1024)
"""Cost of one return code: 19 MiB, two passes.

Source: OWASP Password Storage Cheat Sheet, Argon2id minimum; privacy rule A.6.
"""

HASHES_AT_ONCE = threading.BoundedSemaphore(2)
"""At most two slow hashes at a time, so that guessing cannot fill the memory.

Source: GlobaLeaks keeps a lock around its key derivation for the same reason.
"""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets of one deployment. Losing them closes old codes; the answers stay.

    Attributes:
        form: signs the hidden field of a form.
        code: turns a form into its return code.
        quick_code: finds the code of a row that is still in the inbox.
        slow_code: finds the code of a settled row, after the slow hash.
        once: recognises a form that was sent before.
        body: recognises that it was sent with the same words.
        imported: recognises a row of a file that was brought in before.
        nonce: locks the form's number while its row is in the inbox.
        salt: goes into every slow hash.
        server: locks what the server gives out and takes back.
        signing: seed of the Ed25519 key that signs publications.
        recovery_public: seals the private half of every reading key, and texts while there is no
            reading key yet; its own private half is on the recovery sheet only.
        backup_public: seals backups; its private half is on the recovery sheet only.
        slow_hash: Argon2id costs, lower in tests.
    """

    form: bytes
    code: bytes
    quick_code: bytes
    slow_code: bytes
    once: bytes
    body: bytes
    imported: bytes
    nonce: bytes
    salt: bytes
    server: bytes
    signing: bytes
    recovery_public: bytes
    backup_public: bytes
    slow_hash: SlowHash = SLOW_HASH

    def secret_for(self, purpose: str) -> bytes:
        """Return 32 secret bytes for one purpose of the server, always the same ones."""
        return hashlib.blake2b(purpose.encode(), key=self.server, digest_size=32).digest()

    def slow_key(self, code: str) -> bytes:
        """Return 32 bytes that only the holder of the code can make again. Takes about 30 ms."""
        with HASHES_AT_ONCE:
            return hash_secret_raw(
                code.encode(),
                self.salt,
                time_cost=self.slow_hash.passes,
                memory_cost=self.slow_hash.kibibytes,
                parallelism=1,
                hash_len=SECRET_BYTES,
                type=Type.ID,
            )


_SECRETS = tuple(f.name for f in fields(Keys) if f.name != "slow_hash")


def _keys(secret: dict[str, bytes]) -> Keys:
    return Keys(**secret, slow_hash=SLOW_HASH)


@dataclass(frozen=True, slots=True, repr=False)
class NewKeys:
    """Fresh keys and the two private halves that go on the recovery sheet and nowhere else."""

    keys: Keys
    recovery_private: bytes
    backup_private: bytes


def new_keys() -> NewKeys:
    """Return fresh keys from the operating system's chance."""
    recovery, backup = PrivateKey.generate(), PrivateKey.generate()
    made = {name: secrets.token_bytes(SECRET_BYTES) for name in _SECRETS}
    made["recovery_public"] = bytes(recovery.public_key)
    made["backup_public"] = bytes(backup.public_key)
    return NewKeys(_keys(made), bytes(recovery), bytes(backup))


def write_key_file(keys: Keys, path: Path) -> None:
    """Store the keys in a new file that only its owner may read (0400).

    Raises:
        OperatorError: if the file exists: keys are never overwritten.
    """
    document = {name: base64.b64encode(getattr(keys, name)).decode() for name in _SECRETS}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError as error:
        raise OperatorError(f"{path} is already there. Keys are never overwritten.") from error
    with os.fdopen(handle, "w") as file:
        json.dump({"version": 1, **document}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path) -> Keys:
    """Return the keys in a file.

    Raises:
        OperatorError: if the file is missing, damaged, or readable by others.
    """
    try:
        document = json.loads(path.read_bytes())
        keys = _keys({n: base64.b64decode(document[n], validate=True) for n in _SECRETS})
        mode = path.stat().st_mode & 0o077
    except FileNotFoundError as error:
        raise OperatorError(
            f"No key file at {path}. Run `coproduce --data {path.parent} init` first,"
            " or set COPRODUCE_KEY_FILE."
        ) from error
    except PermissionError as error:
        raise OperatorError(f"{path} cannot be read by this user.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise OperatorError(f"{path} is damaged. Put your copy of the key file back.") from error
    if mode:
        raise OperatorError(f"{path} can be read by others. Run `chmod 400 {path}`.")
    if any(len(getattr(keys, name)) != SECRET_BYTES for name in _SECRETS):
        raise OperatorError(f"{path} is damaged. Put your copy of the key file back.")
    return keys


def check_phrase(keys: Keys) -> str:
    """Return the words that a copy of the key file must give again; they reveal no key."""
    words = word_list()
    number = int.from_bytes(
        hashlib.sha256(
            b"coproduce check phrase" + b"".join(getattr(keys, n) for n in _SECRETS)
        ).digest()
    )
    chosen = []
    for _ in range(PHRASE_WORDS):
        number, index = divmod(number, len(words))
        chosen.append(words[index])
    return " ".join(chosen)


def word_list() -> tuple[str, ...]:
    """Return the 1,296 words of the EFF short list (CC BY 3.0 US)."""
    text = resources.files("coproduce").joinpath("words/eff_short.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
