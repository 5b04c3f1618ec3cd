import pytest

from coproduce.feedback.models import Source
from coproduce.outreach.forms import ReadBatch, TypedBatch, read_batch, read_page, typed_batch
from coproduce.web.parsed_request import Fields

EVERYBODY = (Source.OUTREACH, Source.AGENCY, Source.PROVIDER)
GOOD = {"batch": ("ab" * 16,), "size": ("40",), "source": ("outreach",), "months": ("6",)}


def names(form: Fields, sources: tuple[Source, ...] = EVERYBODY) -> list[str]:
    read = read_batch(form, sources)
    assert not isinstance(read, ReadBatch)
    return [error.name for error in read]


def test_a_whole_form_is_a_batch() -> None:
    assert read_batch(GOOD, EVERYBODY) == ReadBatch(b"\xab" * 16, 40, Source.OUTREACH, 6)


def test_an_empty_form_says_everything_that_is_missing_once() -> None:
    assert names({}) == ["size", "source", "months", "top"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "19"),
        ("size", "-20"),
        ("size", "٤٠"),
        ("source", "open"),
        ("source", "helper"),
        ("months", "13"),
        ("batch", "zz"),
        ("batch", "ab"),
    ],
)
def test_what_cannot_be_chosen_is_an_error_of_its_field(name: str, value: str) -> None:
    assert names({**GOOD, name: (value,)}) == ["top" if name == "batch" else name]


def test_a_provider_cannot_call_its_cards_those_of_outreach() -> None:
    assert names(GOOD, (Source.PROVIDER,)) == ["source"]


def test_what_was_chosen_is_shown_again() -> None:
    assert typed_batch({"size": ("999",)}) == TypedBatch(size="999")
    assert typed_batch({}) == TypedBatch()


@pytest.mark.parametrize(
    ("typed", "page"), [("3", 3), ("", 1), ("-1", 1), ("٣", 1), ("9" * 9, 1), ("x", 1)]
)
def test_a_page_that_cannot_be_told_is_the_first(typed: str, page: int) -> None:
    assert read_page({"page": (typed,)}) == page
