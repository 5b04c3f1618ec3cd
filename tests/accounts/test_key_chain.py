"""From a passphrase to the own key: the same work whether or not there is an account."""

import secrets
import time
from dataclasses import replace

import pytest

from coproduce.accounts.key_chain import (
    SALT_BYTES,
    USUAL_COST,
    Cost,
    LockedKey,
    cost_of,
    lock_anew,
    new_key_pair,
    open_own_key,
    wanted_cost,
)
from coproduce.core.keys import SLOW_HASH, Keys, SlowHash


def locked(keys: Keys, passphrase: str, private: bytes) -> LockedKey:
    lock = lock_anew(keys, passphrase, private, secrets.token_bytes)
    return LockedKey(b"a" * 16, "calm otter", lock.salt, lock.cost, lock.locked)


def test_only_the_right_passphrase_opens_the_key(keys: Keys) -> None:
    pair = new_key_pair()
    stored = locked(keys, "seven rivers", pair.private)
    assert open_own_key(keys, stored, "calm otter", "seven rivers") == pair.private
    for wrong in ("seven river", "Seven rivers", "", "seven rivers "):
        assert open_own_key(keys, stored, "calm otter", wrong) is None


def test_the_database_without_the_key_file_allows_no_guess(keys: Keys) -> None:
    stored = locked(keys, "seven rivers", new_key_pair().private)
    elsewhere = replace(keys, server=secrets.token_bytes(32))
    assert open_own_key(elsewhere, stored, "calm otter", "seven rivers") is None


def test_a_name_that_nobody_has_opens_nothing(keys: Keys) -> None:
    for passphrase in ("", "seven rivers", "x" * 100):
        assert open_own_key(keys, None, "calm otter", passphrase) is None


def test_two_locks_of_one_key_have_nothing_in_common(keys: Keys) -> None:
    private = new_key_pair().private
    one, other = (lock_anew(keys, "same", private, secrets.token_bytes) for _n in range(2))
    assert one.salt != other.salt
    assert one.locked != other.locked
    assert len(one.salt) == SALT_BYTES


def test_real_keys_want_the_usual_cost_and_cheap_ones_a_cheap_one(keys: Keys) -> None:
    assert wanted_cost(replace(keys, slow_hash=SLOW_HASH)) == USUAL_COST
    assert wanted_cost(replace(keys, slow_hash=SlowHash(3, 64))) == Cost(3, 64, 1)


@pytest.mark.parametrize("cost", [USUAL_COST, Cost(1, 8, 1)])
def test_a_cost_comes_back_as_it_was_stored(cost: Cost) -> None:
    assert cost_of(str(cost)) == cost


def test_a_name_that_nobody_has_costs_the_same_work(keys: Keys) -> None:
    dear = replace(keys, slow_hash=SlowHash(passes=2, kibibytes=8 * 1024))
    stored = locked(dear, "seven rivers", new_key_pair().private)

    def work(known: LockedKey | None) -> float:
        begun = time.thread_time()
        assert open_own_key(dear, known, "calm otter", "a guess") is None
        return time.thread_time() - begun

    known, unknown = (sorted(work(who) for _n in range(9))[4] for who in (stored, None))
    assert 0.5 < known / unknown < 2
