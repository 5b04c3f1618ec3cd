from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.periods import periods_between
from coproduce.reports.disclosure import Draw, passes_gate, passes_pool_gate
from coproduce.reports.freeze_plan import FreezePlan, OpenPool, has_waited_enough, plan_freeze
from coproduce.reports.publications import Clock
from tests.reports.simulated_releases import chance

EDITION = "2026-Q3"
PERIODS = periods_between("2025-Q1", EDITION)
CHAIN = ("town", "county", "region", "nation")


def no_noise() -> Draw:
    return lambda: 0b00001111


def pool(
    subject: str,
    answers: int,
    *,
    since: str = EDITION,
    areas: tuple[str, ...] = CHAIN,
    through_provider: int = 0,
) -> OpenPool:
    return OpenPool(subject, areas, {since: answers}, through_provider)


def plan(*pools: OpenPool, clock: Clock = "fast") -> FreezePlan:
    return plan_freeze(pools, clock=clock, edition=EDITION, draw=no_noise())


pools = st.lists(
    st.builds(
        OpenPool,
        st.uuids().map(str),
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy"), st.just("nation")),
        st.dictionaries(st.sampled_from(PERIODS), st.integers(0, 14), max_size=5),
        st.integers(0, 12),
    ),
    max_size=25,
    unique_by=lambda one: one.subject,
)


@given(pools, st.sampled_from(["fast", "slow", "words"]))
def test_every_open_answer_is_in_one_atom_or_carried(found: list[OpenPool], clock: Clock) -> None:
    made = plan_freeze(found, clock=clock, edition=EDITION, draw=chance("plan"))
    placed = Counter(member for atom in made.atoms for member in atom.members)
    placed.update(made.carried)

    assert placed == Counter(one.subject for one in found if one.size)


@given(pools, st.sampled_from(["fast", "slow", "words"]))
def test_every_atom_passes_its_gate(found: list[OpenPool], clock: Clock) -> None:
    by_subject = {one.subject: one for one in found}
    for atom in plan_freeze(found, clock=clock, edition=EDITION, draw=chance("gates")).atoms:
        sizes = [by_subject[member].size for member in atom.members]
        assert passes_pool_gate(sizes) if atom.is_pool else passes_gate(sum(sizes))
        assert atom.periods == tuple(
            sorted({period for member in atom.members for period in by_subject[member].periods})
        )
        if clock == "fast":
            assert atom.tier == 0
        if atom.is_pool:
            assert all(has_waited_enough(by_subject[member], EDITION) for member in atom.members)
            assert all(atom.subject in by_subject[member].areas for member in atom.members)


@given(pools)
def test_the_order_of_the_services_does_not_matter(found: list[OpenPool]) -> None:
    assert plan(*found) == plan(*reversed(found))


def test_ten_answers_stand_alone_on_the_fast_clock() -> None:
    (atom,) = plan(pool("a", 10)).atoms

    assert (atom.subject, atom.members, atom.n, atom.tier) == ("a", ("a",), 10, 0)
    assert not atom.is_pool


def test_nine_answers_are_carried() -> None:
    made = plan(pool("a", 9))

    assert made == FreezePlan(atoms=(), carried=("a",))


def test_carried_answers_are_merged_with_the_next_quarter() -> None:
    (atom,) = plan(OpenPool("a", CHAIN, {"2026-Q2": 4, "2026-Q3": 6})).atoms

    assert atom.periods == ("2026-Q2", "2026-Q3")


def test_the_slow_clock_waits_for_full_detail() -> None:
    assert plan(pool("a", 24), clock="slow").carried == ("a",)
    (atom,) = plan(pool("a", 30), clock="slow").atoms
    assert (atom.n, atom.tier) == (30, 2)


def test_the_slow_clock_closes_small_after_four_quarters() -> None:
    (atom,) = plan(pool("a", 24, since="2025-Q4"), clock="slow").atoms

    assert (atom.n, atom.tier) == (25, 1)


def test_the_fourth_freeze_is_the_end_of_waiting() -> None:
    assert has_waited_enough(pool("a", 3, since="2025-Q4"), EDITION)
    assert not has_waited_enough(pool("a", 3, since="2026-Q1"), EDITION)
    assert not has_waited_enough(OpenPool("a", CHAIN, {}), EDITION)


def test_answers_mostly_through_the_provider_give_headlines_but_no_detail() -> None:
    service = pool("a", 40, through_provider=29)

    assert len(plan(service).atoms) == 1
    assert plan(service, clock="slow").carried == ("a",)


def test_leftovers_of_three_services_that_waited_become_a_pool_of_their_town() -> None:
    (atom,) = plan(*(pool(name, 6, since="2025-Q4") for name in "abc")).atoms

    assert (atom.is_pool, atom.subject, atom.members) == (True, "town", ("a", "b", "c"))


def test_leftovers_climb_until_enough_come_together() -> None:
    apart = [
        pool("a", 6, since="2025-Q4", areas=("north town", "county", "nation")),
        pool("b", 6, since="2025-Q4", areas=("south town", "county", "nation")),
        pool("c", 6, since="2025-Q4", areas=("far town", "other county", "nation")),
    ]

    (atom,) = plan(*apart).atoms

    assert (atom.subject, atom.members) == ("nation", ("a", "b", "c"))


def test_a_town_that_has_enough_leaves_nothing_to_its_county() -> None:
    town = [pool(name, 6, since="2025-Q4") for name in "abc"]
    lonely = pool("d", 6, since="2025-Q4", areas=("other town", "county"))

    made = plan(*town, lonely)

    assert [atom.subject for atom in made.atoms] == ["town"]
    assert made.carried == ("d",)


def test_who_has_not_waited_long_enough_does_not_climb() -> None:
    made = plan(*(pool(name, 6, since="2026-Q1") for name in "abc"))

    assert made.carried == ("a", "b", "c")


def test_the_widest_area_waits_too() -> None:
    made = plan(*(pool(name, 4, since="2024-Q1") for name in "abc"))

    assert made.carried == ("a", "b", "c")


def test_a_pool_that_one_provider_filled_waits_on_the_slow_clock() -> None:
    filled = [pool(name, 6, since="2025-Q4", through_provider=5) for name in "abc"]

    assert len(plan(*filled).atoms) == 1
    assert plan(*filled, clock="slow").carried == ("a", "b", "c")


def test_a_large_service_that_its_provider_filled_does_not_stop_small_ones_from_pooling() -> None:
    small = [pool(name, 6, since="2025-Q4") for name in "abc"]
    large = pool("d", 90, since="2025-Q4", through_provider=89)

    made = plan(*small, large, clock="slow")

    assert [atom.members for atom in made.atoms] == [("a", "b", "c")]
    assert made.carried == ("d",)


def test_the_total_is_drawn_once_and_decides_the_tier() -> None:
    made = plan_freeze([pool("a", 97)], clock="slow", edition=EDITION, draw=lambda: 0b11111111)

    (atom,) = made.atoms
    assert (atom.n, atom.tier) == (100, 3)
