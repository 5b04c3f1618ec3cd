import pytest

from coproduce.web.throttle import CODE_CHECKS, REMEMBERED, SUBMISSIONS, Limit, Throttle


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def sends(throttle: Throttle, address: str) -> bool:
    """Ask whether an address is over its limit, then count it, as each request does."""
    is_over = throttle.is_over(address)
    throttle.count(address)
    return is_over


def test_a_network_may_send_as_often_as_the_limit_says(watch: Watch) -> None:
    throttle = Throttle(Limit(count=3, seconds=60), watch)
    over = [sends(throttle, "192.0.2.1") for _ in range(5)]
    assert over == [False, False, False, True, True]


def test_asking_counts_nothing(watch: Watch) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    assert not any(throttle.is_over("192.0.2.1") for _ in range(5))


def test_networks_are_counted_apart(watch: Watch) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    assert not sends(throttle, "192.0.2.1")
    assert not sends(throttle, "192.0.2.2")
    assert sends(throttle, "192.0.2.1")


def test_everything_is_forgotten_when_the_window_ends(watch: Watch) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    throttle.count("192.0.2.1")
    watch.now += 59.9
    assert throttle.is_over("192.0.2.1")
    watch.now += 0.2
    assert not throttle.is_over("192.0.2.1")


def test_what_is_remembered_cannot_be_recognised_in_the_next_window(watch: Watch) -> None:
    """T16: the key dies with the window."""
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    seen = []
    for _ in range(2):
        sends(throttle, "192.0.2.1")
        seen.append((throttle._key, *throttle._seen))
        watch.now += 61
    assert not set(seen[0]) & set(seen[1])
    assert b"192.0.2.1" not in b"".join(seen[0])


def test_a_household_with_ipv6_counts_as_one(watch: Watch) -> None:
    throttle = Throttle(Limit(count=2, seconds=60), watch)
    assert not sends(throttle, "2001:db8:0:1::1")
    assert not sends(throttle, "2001:db8:0:1:ffff::2")
    assert sends(throttle, "2001:db8:0:1::3")
    assert not sends(throttle, "2001:db8:0:2::1")


def test_an_ipv4_address_written_as_ipv6_is_not_one_household_with_all_others(
    watch: Watch,
) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    assert not sends(throttle, "::ffff:192.0.2.1")
    assert not sends(throttle, "::ffff:192.0.2.2")


@pytest.mark.parametrize("address", ["", "testclient", "not an address", "999.1.1.1"])
def test_what_is_no_address_counts_as_one_unknown_network(watch: Watch, address: str) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    assert not sends(throttle, "unknown")
    assert sends(throttle, address)


def test_the_memory_has_a_limit_and_the_oldest_go_first(watch: Watch) -> None:
    throttle = Throttle(Limit(count=1, seconds=60), watch)
    sends(throttle, "192.0.2.1")
    sends(throttle, "192.0.2.2")
    for number in range(REMEMBERED - 1):
        sends(throttle, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(throttle._seen) == REMEMBERED
    assert sends(throttle, "192.0.2.2")
    assert not sends(throttle, "192.0.2.1")


def test_a_hostel_can_send_and_a_guesser_cannot() -> None:
    assert (SUBMISSIONS.count, SUBMISSIONS.seconds) == (15, 3600)
    assert (CODE_CHECKS.count, CODE_CHECKS.seconds) == (10, 3600)
