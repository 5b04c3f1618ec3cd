import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.errors import RuleBroken
from coproduce.core.typed_keys import printed_key, read_typed_key

keys_on_paper = st.binary(min_size=32, max_size=32)


@given(keys_on_paper)
def test_a_key_can_be_typed_from_paper(key: bytes) -> None:
    printed = printed_key(key)

    assert read_typed_key(printed) == key
    assert read_typed_key(printed.lower().replace(" ", "")) == key
    assert read_typed_key(f"\n {printed.replace(' ', '-')} \t") == key


@given(keys_on_paper)
def test_digits_that_look_like_a_letter_stand_for_it(key: bytes) -> None:
    printed = printed_key(key)

    assert read_typed_key(printed.translate(str.maketrans("OIB", "018"))) == key


@given(keys_on_paper, st.integers(min_value=0), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_slip_is_found(key: bytes, place: int, typed: str) -> None:
    """A slip that is not found would have to fit a check of 32 bits."""
    letters = printed_key(key).replace(" ", "")
    place %= len(letters)
    slipped = letters[:place] + typed + letters[place + 1 :]
    try:
        read = read_typed_key(slipped)
    except RuleBroken:
        assert slipped != letters
    else:
        # The last letter carries unused bits; any other letter counts.
        assert read == key


@pytest.mark.parametrize("typed", ["", "ABCD", "not a key!", "ключ", "1" * 55, "A" * 500])
def test_what_is_no_key_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        read_typed_key(typed)

    assert caught.value.__context__ is None
    assert not typed or typed not in caught.value.message.text


def test_a_key_that_lacks_its_end_is_refused() -> None:
    with pytest.raises(RuleBroken):
        read_typed_key(printed_key(bytes(32))[:-5])
