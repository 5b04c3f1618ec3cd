import re

import pytest
import segno

from coproduce.outreach.qr_picture import QUIET, qr_svg

ADDRESSES = ["https://feedback.example/g/7KQ2MD", "https://a.example/g/0123456789", "x" * 120]


def modules(svg: str) -> list[list[int]]:
    """Paint the boxes of a picture, and return which modules are dark."""
    side = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    painted = [[0] * side for _ in range(side)]
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1\.03h-(\d+)z", svg):
        assert width == back
        for column in range(int(x), int(x) + int(width)):
            painted[int(y)][column] = 1
    return painted


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_module_stands_where_the_code_has_it(address: str) -> None:
    code = segno.make(address, error="q", micro=False)
    assert modules(qr_svg(address)) == [list(row) for row in code.matrix_iter(border=QUIET)]


def test_there_is_white_all_round() -> None:
    painted = modules(qr_svg(ADDRESSES[0]))
    edges = [*painted[:QUIET], *painted[-QUIET:]]
    sides = [row[:QUIET] + row[-QUIET:] for row in painted]
    assert not any(map(any, edges))
    assert not any(map(any, sides))
    assert sum(map(sum, painted)) > 100
