"""How much room is left is told in time, and never stands in the way."""

import shutil
from pathlib import Path

import pytest

from coproduce.web.room import LEAST_BYTES, LEAST_SHARE, Room

ENOUGH_FOR_ANY = 1 << 62


def test_a_disk_with_less_than_both_is_short(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert free > 1
    assert Room(tmp_path, least_bytes=ENOUGH_FOR_ANY, least_share=1).is_short
    assert not Room(tmp_path, least_bytes=1, least_share=1).is_short
    assert not Room(tmp_path, least_bytes=ENOUGH_FOR_ANY, least_share=0).is_short


def test_five_per_cent_of_a_disk_or_half_a_gigabyte_is_enough() -> None:
    assert (LEAST_BYTES, LEAST_SHARE) == (500 * 2**20, 0.05)


@pytest.mark.parametrize("folder", [None, Path("/nowhere/at/all")])
def test_a_disk_that_cannot_be_asked_is_not_short(folder: Path | None) -> None:
    assert not Room(folder, least_bytes=ENOUGH_FOR_ANY, least_share=1).is_short
