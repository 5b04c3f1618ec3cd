"""Chance that falls the same way every time, so that every demonstration is alike."""

import hashlib
from collections.abc import Mapping


class Dice:
    """An endless row of numbers that follow from a word. For invented data only: not a secret."""

    def __init__(self, word: str) -> None:
        """Start the row that belongs to a word."""
        self._word = word.encode()
        self._thrown = 0

    def below(self, limit: int) -> int:
        """Return the next number, from 0 up to but not including ``limit``."""
        self._thrown += 1
        thrown = hashlib.blake2b(self._word + self._thrown.to_bytes(8, "big"), digest_size=8)
        return int.from_bytes(thrown.digest(), "big") % limit

    def bytes(self, count: int) -> bytes:
        """Return so many next bytes."""
        return bytes(self.below(256) for _ in range(count))

    def happens(self, percent: int) -> bool:
        """Return True in so many of a hundred cases."""
        return self.below(100) < percent

    def one_of(self, weights: Mapping[str, int]) -> str:
        """Return one key; a weight twice as large comes up twice as often."""
        thrown = self.below(sum(weights.values()))
        for key, weight in weights.items():
            thrown -= weight
            if thrown < 0:
                return key
        raise AssertionError("unreachable: the weights add up")
