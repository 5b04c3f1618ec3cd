from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.codes import (
    CARD_ALPHABET,
    CARD_LENGTH,
    POSTER_ALPHABET,
    POSTER_LENGTH,
    card_in_groups,
    fingerprint,
    in_groups,
    new_card_code,
    new_poster_code,
    poster_in_groups,
    read_card_code,
    read_poster_code,
    read_return_code,
    return_code_for,
)

KEY = b"k" * 32
codes = st.binary(min_size=16, max_size=16).map(lambda nonce: return_code_for(KEY, nonce))
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FARSI = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def test_a_return_code_belongs_to_its_form_for_ever() -> None:
    assert return_code_for(KEY, b"0123456789abcdef") == "9512999026260794"


@given(codes)
def test_a_return_code_has_16_digits_and_reads_back(code: str) -> None:
    assert len(code) == 16
    assert code.isdecimal()
    assert read_return_code(code) == code


@given(codes)
def test_a_return_code_is_read_however_people_write_it(code: str) -> None:
    for typed in (in_groups(code), in_groups(code).replace(" ", "-"), f" {code}\n", f"{code}."):
        assert read_return_code(typed) == code


@given(codes)
def test_digits_of_other_scripts_are_read(code: str) -> None:
    assert read_return_code(code.translate(ARABIC)) == code
    assert read_return_code(code.translate(FARSI)) == code


@given(codes)
def test_every_single_wrong_digit_is_found(code: str) -> None:
    for place, digit in enumerate(code):
        for other in "0123456789".replace(digit, ""):
            assert read_return_code(code[:place] + other + code[place + 1 :]) is None


@given(codes)
def test_every_swap_of_neighbours_is_found(code: str) -> None:
    for place, (left, right) in enumerate(pairwise(code)):
        if left != right:
            assert read_return_code(code[:place] + right + left + code[place + 2 :]) is None


@pytest.mark.parametrize("typed", ["", "1", "0" * 15, "0" * 17, "0" * 16 + "a", "no code at all"])
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    assert read_return_code(typed) is None


@given(st.text())
def test_any_text_can_be_tried_as_a_return_code(typed: str) -> None:
    code = read_return_code(typed)
    assert code is None or read_return_code(code) == code


def test_codes_are_shown_in_groups_of_four() -> None:
    assert in_groups("1234567890123456") == "1234 5678 9012 3456"


def test_a_poster_code_has_no_signs_that_look_alike() -> None:
    assert not set("0O1ILU") & set(POSTER_ALPHABET)
    assert len(set(POSTER_ALPHABET)) == len(POSTER_ALPHABET)


@given(st.lists(st.integers(0, len(POSTER_ALPHABET) - 1), min_size=6, max_size=6))
def test_a_poster_code_reads_back_however_it_is_typed(numbers: list[int]) -> None:
    chosen = iter(numbers)
    code = new_poster_code(lambda below: next(chosen) % below)
    assert len(code) == POSTER_LENGTH
    for typed in (code, code.lower(), f" {code[:3]} {code[3:]} ", f"{code[:3]}-{code[3:]}"):
        assert read_poster_code(typed) == code


@pytest.mark.parametrize("typed", ["", "7KQ2M", "7KQ2MDD", "7KQ2M0", "7KQ2MÜ", "7KQ/MD"])
def test_what_cannot_be_a_poster_code_is_refused(typed: str) -> None:
    assert read_poster_code(typed) is None


@given(st.text())
def test_any_text_can_be_tried_as_a_poster_code(typed: str) -> None:
    code = read_poster_code(typed)
    assert code is None or (len(code) == POSTER_LENGTH and set(code) <= set(POSTER_ALPHABET))


@given(st.binary(min_size=CARD_LENGTH, max_size=CARD_LENGTH))
def test_a_card_code_reads_back_however_it_is_typed(chance: bytes) -> None:
    code = new_card_code(lambda count: chance[:count])
    assert len(code) == CARD_LENGTH
    assert set(code) <= set(CARD_ALPHABET)
    grouped = card_in_groups(code)
    alike = code.replace("0", "o").replace("1", "l")
    for typed in (code, code.lower(), grouped, grouped.replace(" ", "-"), f" {alike}. "):
        assert read_card_code(typed) == code
    assert read_card_code(code.translate(ARABIC)) == code
    assert read_poster_code(code) is None


def test_every_character_of_a_card_code_is_as_likely_as_any_other() -> None:
    chance = iter(range(256 * CARD_LENGTH))
    codes = [
        new_card_code(lambda count: bytes(next(chance) % 256 for _ in range(count)))
        for _ in range(256)
    ]
    assert Counter("".join(codes)) == dict.fromkeys(CARD_ALPHABET, 8 * CARD_LENGTH)


@pytest.mark.parametrize("typed", ["", "0" * 9, "0" * 11, "UUUUUUUUUU", "7KQ2MD", "0" * 9 + "/"])
def test_what_cannot_be_a_card_code_is_refused(typed: str) -> None:
    assert read_card_code(typed) is None


@given(st.text())
def test_any_text_can_be_tried_as_a_card_code(typed: str) -> None:
    code = read_card_code(typed)
    assert code is None or read_card_code(code) == code


def test_codes_are_printed_in_short_groups() -> None:
    assert card_in_groups("7KQ2MD9XF1") == "7KQ 2MD 9XF1"
    assert poster_in_groups("7KQ2MD") == "7KQ 2MD"


def test_fingerprints_tell_contents_and_keys_apart() -> None:
    assert fingerprint(KEY, b"one") == fingerprint(KEY, b"one")
    assert fingerprint(KEY, b"one") != fingerprint(KEY, b"two")
    assert fingerprint(KEY, b"one") != fingerprint(b"l" * 32, b"one")
    assert len(fingerprint(KEY, b"one")) == 16
