import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.phrases import Find, finder_of

WAITING: Find = finder_of(
    [
        ("wait", "wait*"),
        ("wait", "-waiting room"),
        ("late", "late"),
        ("phone", "answer* … phone"),
        ("none", "=nothing at all"),
        ("did not", "didn't come"),
        ("cafe", "café"),
        ("violence", "ضرب*"),
    ]
)


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.label, text[hit.start : hit.end]) for hit in WAITING(text)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("WAITED, and waited.", [("wait", "WAITED"), ("wait", "waited")]),
        ("I await it. Too later.", []),
        ("Late again", [("late", "Late")]),
        ("In the waiting room", []),
        ("I waited in the waiting room", [("wait", "waited")]),
        ("They answer the phone", [("phone", "answer the phone")]),
        ("answered my own dear phone", [("phone", "answered my own dear phone")]),
        ("answered one two three four phone", []),
        ("Nothing at all!", [("none", "Nothing at all")]),
        ("Nothing at all works", []),
        ("She DIDN’T come; he didnt come", [("did not", "DIDN’T come"), ("did not", "didnt come")]),
        ("Cafe\u0301, CAFÉ, cafe", [("cafe", "Cafe\u0301"), ("cafe", "CAFÉ"), ("cafe", "cafe")]),
        ("وبالضرب ضَرَبَني", [("violence", "وبالضرب"), ("violence", "ضَرَبَني")]),
        ("", []),
    ],
)
def test_words_and_phrases_are_found_where_they_stand(
    text: str, hits: list[tuple[str, str]]
) -> None:
    assert found(text) == hits


@given(st.text(max_size=200))
def test_whatever_is_typed_what_is_found_stands_in_the_text(text: str) -> None:
    for hit in WAITING(text):
        assert 0 <= hit.start < hit.end <= len(text)


@given(st.lists(st.sampled_from(["wait", "answer", "phone", "nothing", "waiting room", "x"])))
def test_more_words_around_change_no_hit_within(words: list[str]) -> None:
    text = " ".join(words)
    before = [hit for hit in found(text) if hit[0] != "none"]

    assert [hit for hit in found(f"well {text} well") if hit[0] != "none"] == before


@pytest.mark.parametrize("piece", ["wait ", "answer ", "answer phone ", "waiting room ", "a", "و"])
def test_the_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        WAITING(text)
        return time.process_time() - started

    seconds(1_000)
    small = min(seconds(10_000) for _time in range(5))
    large = min(seconds(100_000) for _time in range(5))
    # Ten times the text; the square of that would be a hundred.
    assert large < 50 * max(small, 0.001)
