import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.errors import OperatorError
from coproduce.core.keys import new_keys
from coproduce.recovery_sheet import key_from_sheet, on_sheet, recovery_sheet

keys_on_paper = st.binary(min_size=32, max_size=32)


@given(keys_on_paper)
def test_a_key_can_be_typed_from_the_sheet(key: bytes) -> None:
    printed = on_sheet(key)

    assert key_from_sheet(printed) == key
    assert key_from_sheet(printed.lower().replace(" ", "")) == key
    assert key_from_sheet(f"\n {printed} \t") == key


@given(keys_on_paper, st.integers(min_value=0), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_slip_is_found(key: bytes, place: int, typed: str) -> None:
    """A slip that is not found would have to fit a check of 32 bits."""
    letters = on_sheet(key).replace(" ", "")
    place %= len(letters)
    slipped = letters[:place] + typed + letters[place + 1 :]
    try:
        read = key_from_sheet(slipped)
    except OperatorError:
        assert slipped != letters
    else:
        # The last letter carries unused bits; any other letter counts.
        assert read == key


@pytest.mark.parametrize("typed", ["", "ABCD", "not a key!", "ключ", "1" * 55, "A" * 500])
def test_what_is_no_key_is_refused(typed: str) -> None:
    with pytest.raises(OperatorError):
        key_from_sheet(typed)


def test_the_sheet_holds_both_keys_and_what_losing_them_means() -> None:
    made = new_keys()
    lines = recovery_sheet(made, "Feedback").splitlines()

    assert "RECOVERY SHEET of Feedback" in lines[1]
    read = [
        key_from_sheet(lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith(("Reading key", "Backup key"))
    ]
    assert read == [made.recovery_private, made.backup_private]
