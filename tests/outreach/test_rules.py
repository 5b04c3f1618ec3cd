from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.actor import Reach
from coproduce.feedback.rules import CARD_MONTHS, CARDS_AT_LEAST, CARDS_AT_MOST
from coproduce.outreach.rules import (
    BATCH_SIZES,
    CARDS_ON_SHEET,
    GOOD_MONTHS,
    may_hand_to_others,
    may_print,
)

TOWN, COUNTY, NATION, ELSEWHERE, OURS, THEIRS = (bytes([n]) * 16 for n in range(6))
AROUND = [TOWN, COUNTY, NATION]


def test_provider_staff_print_for_their_own_services_and_only_their_own_cards() -> None:
    ours = Reach(providers=frozenset({OURS}))
    assert may_print(ours, OURS, AROUND)
    assert not may_print(ours, THEIRS, AROUND)
    assert not may_hand_to_others(ours, AROUND)


def test_a_commissioner_prints_for_the_area_and_below() -> None:
    county = Reach(areas=frozenset({COUNTY}))
    assert may_print(county, THEIRS, AROUND)
    assert may_hand_to_others(county, AROUND)
    assert not may_print(county, THEIRS, [ELSEWHERE, NATION])


@given(
    st.frozensets(st.sampled_from([OURS, THEIRS])),
    st.frozensets(st.sampled_from([TOWN, COUNTY, NATION, ELSEWHERE])),
    st.booleans(),
)
def test_whoever_hands_to_others_may_print_and_nobody_prints_with_no_reach(
    providers: frozenset[bytes], areas: frozenset[bytes], everywhere: bool
) -> None:
    reach = Reach(everywhere, providers, areas)
    assert may_print(reach, OURS, AROUND) >= may_hand_to_others(reach, AROUND)
    assert not may_print(Reach(), OURS, AROUND)


def test_what_can_be_chosen_keeps_the_rules_of_cards() -> None:
    assert min(BATCH_SIZES) == CARDS_AT_LEAST
    assert max(BATCH_SIZES) == CARDS_AT_MOST
    assert not [size for size in BATCH_SIZES if size % CARDS_ON_SHEET]
    assert max(GOOD_MONTHS) == CARD_MONTHS
