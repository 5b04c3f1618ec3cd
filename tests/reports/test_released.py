import pytest

from coproduce.reports.disclosure import Interval
from coproduce.reports.released import DeclaredMethod, read_archive

OURS = DeclaredMethod("binomial-8", 5, 10)
EXACT = DeclaredMethod("none", 1, 10)
NHS = DeclaredMethod("none", 5, 8, hidden=Interval(1, 7))
TENS = DeclaredMethod("none", 10, 1)


@pytest.mark.parametrize(
    ("method", "value", "bounds"),
    [
        (OURS, 0, (0, 6)),
        (OURS, 15, (9, 21)),
        (OURS, 14, (14, 14)),
        (EXACT, 7, (7, 7)),
        (EXACT, None, (0, 9)),
        (NHS, 0, (0, 0)),
        (NHS, None, (1, 7)),
        (NHS, 10, (8, 12)),
        (TENS, 20, (15, 24)),
        (TENS, 0, (0, 4)),
    ],
)
def test_a_number_is_bounded_by_the_method_its_document_declares(
    method: DeclaredMethod, value: int | None, bounds: tuple[int, int]
) -> None:
    assert method.bounds(value) == bounds


def test_hidden_counts_end_where_shown_ones_begin() -> None:
    shown_from_eight = DeclaredMethod("none", 5, 8, hidden=Interval(0, 9))

    assert shown_from_eight.bounds(10) == (10, 12)


def test_a_total_of_ours_is_never_under_ten() -> None:
    assert OURS.bounds_of_total(10) == (10, 16)
    assert EXACT.bounds_of_total(10) == (10, 10)
    assert OURS.bounds_of_total(5) == (0, 11)


def test_a_document_that_says_little_is_read_as_far_as_it_goes() -> None:
    archive, findings = read_archive([{"atoms": [{"id": "a"}]}])

    assert findings == []
    assert [atom.id for atom in archive.atoms] == ["a"]
    assert archive.documents[0].name == "unnamed document"
    assert archive.documents[0].publication is None
