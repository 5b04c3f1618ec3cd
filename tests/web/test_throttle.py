import pytest

from coproduce.web.throttle import CODE_CHECKS, REMEMBERED, SUBMISSIONS, Limit, Throttle
from tests.watch import Watch


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


def test_a_network_may_send_so_often_in_a_day(watch: Watch) -> None:
    throttle = Throttle(Limit(count=3, seconds=60, count_in_a_day=5), watch)
    over = []
    for _hour in range(4):
        over += [sends(throttle, "192.0.2.1") for _ in range(2)]
        watch.now += 61
    assert over == [False] * 5 + [True] * 3
    watch.now += 24 * 3600
    assert not throttle.is_over("192.0.2.1")


def test_the_windows_end_also_when_nobody_comes(watch: Watch) -> None:
    throttle = Throttle(Limit(count=1, seconds=60, count_in_a_day=5), watch)
    throttle.count("192.0.2.1")
    hour, day = throttle._windows
    keys = hour._key, day._key

    throttle.forget_what_is_over()
    assert hour._seen
    watch.now += 60
    throttle.forget_what_is_over()
    assert not hour._seen
    assert hour._key != keys[0]
    assert day._seen
    assert day._key == keys[1]


@pytest.mark.parametrize(
    ("limit", "counted"),
    [
        (Limit(1, 60), {(200, True), (200, False), (404, True), (404, False)}),
        (Limit(1, 60, counted_status=404), {(404, True), (404, False)}),
        (Limit(1, 60, counts_new_only=True), {(200, True), (404, True)}),
    ],
)
def test_a_limit_says_what_counts(limit: Limit, counted: set[tuple[int, bool]]) -> None:
    answers = {(status, is_new) for status in (200, 404) for is_new in (True, False)}
    assert {one for one in answers if limit.counts(one[0], is_new=one[1])} == counted


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
    assert sends(throttle, "192.0.2.1")


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
    assert len(throttle._windows[0]._seen) == REMEMBERED
    assert sends(throttle, "192.0.2.2")
    assert not sends(throttle, "192.0.2.1")


def test_a_hostel_can_send_and_a_guesser_cannot() -> None:
    assert (SUBMISSIONS.count, SUBMISSIONS.seconds) == (15, 3600)
    assert SUBMISSIONS.count_in_a_day == 60
    assert (CODE_CHECKS.count, CODE_CHECKS.seconds) == (10, 3600)


def test_all_networks_together_may_guess_at_a_pace_and_no_longer_lock_once_they_stop(
    watch: Watch,
) -> None:
    throttle = Throttle(CODE_CHECKS, watch)
    addresses = (f"192.0.2.{number}" for number in range(200))
    over = [sends(throttle, address) for address, _ in zip(addresses, range(22), strict=False)]
    assert over == [*[False] * 20, True, True]
    assert throttle.is_over("198.51.100.1")
    watch.now += 0.6
    assert not throttle.is_over("198.51.100.1")
    tried = 0
    for address in addresses:
        watch.now += 0.1
        tried += not sends(throttle, address)
    assert tried <= 178 * 0.1 * 5 + 1
