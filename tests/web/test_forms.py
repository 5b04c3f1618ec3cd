import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.web.forms import FormReader

ALLOWED = frozenset({"good", "poor", "wait"})
fields = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.lists(st.text(max_size=20), max_size=4).map(tuple)
)


def errors_of(reader: FormReader) -> list[tuple[str, str]]:
    return [(error.name, untranslated(error.message)) for error in reader.errors]


def test_a_text_is_cleaned() -> None:
    reader = FormReader({"a": ("  one\r\ntwo\0 ",)})
    assert reader.text("a", limit=20) == "one\ntwo"
    assert not reader.errors


def test_a_text_that_is_too_long_is_an_error_and_not_cut_silently() -> None:
    reader = FormReader({"a": ("x" * 21,), "b": ("x" * 20,)})
    reader.text("a", limit=20)
    reader.text("b", limit=20)
    assert errors_of(reader) == [("a", "This is too long. Please use at most 20 signs.")]


def test_a_missing_field_is_empty() -> None:
    reader = FormReader({})
    assert reader.text("a", limit=20) == ""
    assert reader.one("a", ALLOWED) is None
    assert reader.many("a", ALLOWED) == ()
    assert not reader.errors


@pytest.mark.parametrize(
    ("sent", "chosen", "is_wrong"),
    [
        (("good",), "good", False),
        (("",), None, False),
        (("", "poor"), "poor", False),
        (("best",), None, True),
    ],
)
def test_one_answer_is_read(sent: tuple[str, ...], chosen: str | None, is_wrong: bool) -> None:
    reader = FormReader({"a": sent})
    assert reader.one("a", ALLOWED) == chosen
    assert bool(reader.errors) == is_wrong


@pytest.mark.parametrize(
    ("sent", "chosen", "wrong"),
    [
        (("good", "poor"), ("good", "poor"), None),
        (("good", "", "good"), ("good",), None),
        (("good", "best"), (), "Please choose from the list."),
        (("good", "poor", "wait"), ("good", "poor", "wait"), "Please choose at most 2."),
    ],
)
def test_many_answers_are_read(
    sent: tuple[str, ...], chosen: tuple[str, ...], wrong: str | None
) -> None:
    reader = FormReader({"a": sent})
    assert reader.many("a", ALLOWED, most=2) == chosen
    assert errors_of(reader) == ([("a", wrong)] if wrong else [])


def test_every_error_is_kept_in_the_order_of_reading() -> None:
    reader = FormReader({"a": ("best",), "b": ("x" * 9,), "c": ("best",)})
    reader.one("a", ALLOWED)
    reader.text("b", limit=5)
    reader.many("c", ALLOWED)
    assert [error.name for error in reader.errors] == ["a", "b", "c"]


@given(fields)
def test_whatever_is_sent_only_known_answers_come_out(form: dict[str, tuple[str, ...]]) -> None:
    reader = FormReader(form)
    assert reader.one("a", ALLOWED) in {None, *ALLOWED}
    assert set(reader.many("b", ALLOWED)) <= ALLOWED
    assert len(reader.text("c", limit=10)) <= 11
