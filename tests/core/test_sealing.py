import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey

from coproduce.core.sealing import SIZES, lock, open_with, padded, seal_to, unlock, unpadded

PAIR = PrivateKey.generate()
PUBLIC, PRIVATE = bytes(PAIR.public_key), bytes(PAIR)
KEY = b"k" * 32
LONGEST = SIZES[-1] - 4
BOX_OVERHEAD = 48
"""Bytes a sealed box adds: the public key of the moment and the seal. Source: libsodium."""


@given(st.binary(max_size=LONGEST))
def test_what_was_padded_comes_back(content: bytes) -> None:
    assert unpadded(padded(content)) == content


@given(st.binary(max_size=LONGEST))
def test_padded_lengths_are_one_of_six(content: bytes) -> None:
    assert len(padded(content)) in SIZES


@pytest.mark.parametrize("size", SIZES)
def test_a_content_that_just_fits_is_not_made_larger(size: int) -> None:
    assert len(padded(b"x" * (size - 4))) == size


def test_the_two_longest_texts_of_any_script_fit() -> None:
    words = {"better": "\U0001f642" * 3000, "happened": "\U0001f642" * 3000}
    assert len(padded(str(words).encode())) <= SIZES[-1]


def test_a_content_beyond_the_largest_size_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        padded(b"x" * (LONGEST + 1))


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_with_the_private_key_alone(content: bytes) -> None:
    box = seal_to(PUBLIC, content)
    assert open_with(PRIVATE, box) == content
    with pytest.raises(CryptoError):
        open_with(bytes(PrivateKey.generate()), box)


def test_texts_of_like_length_seal_to_the_same_size() -> None:
    sizes = {len(seal_to(PUBLIC, b"x" * length)) for length in range(0, 500, 20)}
    assert sizes == {SIZES[0] + BOX_OVERHEAD}


def test_the_same_text_never_seals_to_the_same_box() -> None:
    assert seal_to(PUBLIC, b"again") != seal_to(PUBLIC, b"again")


def test_a_changed_box_is_refused() -> None:
    box = bytearray(seal_to(PUBLIC, b"text"))
    box[-1] ^= 1
    with pytest.raises(CryptoError):
        open_with(PRIVATE, bytes(box))


@given(st.binary(max_size=200))
def test_what_was_locked_unlocks_with_its_key_alone(content: bytes) -> None:
    box = lock(KEY, content)
    assert unlock(KEY, box) == content
    with pytest.raises(CryptoError):
        unlock(b"l" * 32, box)
