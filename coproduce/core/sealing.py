"""Sealing what only a person with the key may read. Uses PyNaCl; invents nothing."""

from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

SIZES = (512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Padded lengths in bytes, so that the size of a sealed text says little about it.

Source: privacy rule D.5 (docs/threat-model.md); the last three hold two texts of 3,000
characters in any script.
"""

_LENGTH_BYTES = 4


def padded(content: bytes) -> bytes:
    """Return the content with its length in front, filled up to the next of `SIZES`.

    Raises:
        ValueError: if the content is longer than the largest size.
    """
    needed = len(content) + _LENGTH_BYTES
    for size in SIZES:
        if needed <= size:
            return len(content).to_bytes(_LENGTH_BYTES, "big") + content.ljust(
                size - _LENGTH_BYTES, b"\0"
            )
    raise ValueError("content is too long to seal")


def unpadded(padded_content: bytes) -> bytes:
    """Return what `padded` was given."""
    length = int.from_bytes(padded_content[:_LENGTH_BYTES], "big")
    return padded_content[_LENGTH_BYTES : _LENGTH_BYTES + length]


def seal_to(public_key: bytes, content: bytes) -> bytes:
    """Return a box that only the holder of the private key can open; its size is padded."""
    return SealedBox(PublicKey(public_key)).encrypt(padded(content))


def open_with(private_key: bytes, box: bytes) -> bytes:
    """Return the content of a box made by `seal_to`.

    Raises:
        nacl.exceptions.CryptoError: if the key is not the right one or the box was changed.
    """
    return unpadded(SealedBox(PrivateKey(private_key)).decrypt(box))


def lock(key: bytes, content: bytes) -> bytes:
    """Return the content encrypted and authenticated under a 32-byte shared key."""
    return bytes(SecretBox(key).encrypt(content))


def unlock(key: bytes, box: bytes) -> bytes:
    """Return the content of a box made by `lock`.

    Raises:
        nacl.exceptions.CryptoError: if the key is not the right one or the box was changed.
    """
    return SecretBox(key).decrypt(box)
