from hypothesis import given
from hypothesis import strategies as st

from coproduce.feedback.set_aside import SOME, Amount, Leaning, amount_of, leaning_of

groups = st.fixed_dictionaries(
    {group: st.integers(0, 30) for group in ("good", "mixed", "poor", "none")}
)


@given(st.integers(1, 1000))
def test_a_number_is_said_roughly(count: int) -> None:
    expected = Amount.FEW if count < 5 else Amount.SOME if count < 20 else Amount.MANY
    assert amount_of(count) is expected


@given(groups)
def test_nothing_is_said_of_the_answers_of_fewer_than_five(given_answers: dict[str, int]) -> None:
    said = given_answers["good"] + given_answers["mixed"] + given_answers["poor"]
    assert (leaning_of(given_answers) is None) is (said < SOME)


@given(groups)
def test_turning_good_into_poor_turns_what_is_said(given_answers: dict[str, int]) -> None:
    turned = given_answers | {"good": given_answers["poor"], "poor": given_answers["good"]}
    swap = {Leaning.MOSTLY_GOOD: Leaning.MOSTLY_POOR, Leaning.MOSTLY_POOR: Leaning.MOSTLY_GOOD}
    said = leaning_of(given_answers)
    assert leaning_of(turned) is (swap.get(said, said) if said else None)


def test_seven_in_ten_are_most() -> None:
    assert leaning_of({"good": 7, "poor": 3}) is Leaning.MOSTLY_GOOD
    assert leaning_of({"good": 6, "poor": 4}) is Leaning.BOTH
    assert leaning_of({"mixed": 9}) is Leaning.BOTH
