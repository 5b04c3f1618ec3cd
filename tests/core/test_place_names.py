import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.identifying import Found, find_identifying, without_details
from coproduce.core.place_names import finder_of_places, no_places

NAMES = frozenset(
    {
        "The Lantern Drop-in",
        "Riverside Recovery and Wellbeing Service",
        "Turning Corner",
        "Otley",
        "Reading",
        "Hope",
        "St Anne's",
        "Café Nord",
        "X",
        "",
    }
)
FIND = finder_of_places(NAMES)


def found_in(text: str) -> list[str]:
    return [text[start:end] for start, end in FIND(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I went to the Lantern Drop-in first", "Lantern Drop-in"),
        ("the lantern drop in was shut", "lantern drop in"),
        ("then riverside recovery & wellbeing service", ""),
        (
            "then riverside recovery and wellbeing service",
            "riverside recovery and wellbeing service",
        ),
        ("They sent me to Turning Corner again", "Turning Corner"),
        ("they know me at turning corner", "turning corner"),
        ("it was a turning corner for me", ""),
        ("I moved here from Otley", "Otley"),
        ("im from otley", "otley"),
        ("Otley is far", ""),
        ("the bus goes to Otley", "Otley"),
        ("I like reading in the waiting room", ""),
        ("somewhere in Reading", "Reading"),
        ("I gave up in reading week", ""),
        ("They gave me Hope", ""),
        ("the one at Hope", "Hope"),
        ("sleeping outside cafe nord", "cafe nord"),
        ("go to X", ""),
    ],
)
def test_a_name_is_found_where_it_is_used_as_one(text: str, name: str) -> None:
    assert found_in(text) == ([name] if name else [])


def test_the_longest_name_that_fits_is_found() -> None:
    find = finder_of_places(frozenset({"Lantern House", "Lantern House Night Shelter"}))
    text = "at Lantern House Night Shelter"
    assert [text[start:end] for start, end in find(text)] == ["Lantern House Night Shelter"]


def test_the_same_names_are_not_prepared_twice() -> None:
    assert finder_of_places(frozenset(NAMES)) is FIND


def test_a_place_of_the_directory_is_hidden_as_a_place() -> None:
    text = "I moved here from Otley"
    [span] = find_identifying(text, find_places=FIND)
    assert span.found is Found.PLACE
    assert without_details(text, 100, FIND) == "I moved here from [place]"
    assert not list(no_places(text))


@given(st.lists(st.sampled_from([*NAMES, "at", "in", "and", ".", "the", "["]), max_size=40))
def test_nothing_of_the_directory_is_found_after_hiding(pieces: list[str]) -> None:
    left = without_details(" ".join(pieces), 10_000, FIND)
    assert not find_identifying(left, find_places=FIND)


def test_a_large_directory_takes_no_longer_for_each_word() -> None:
    def seconds(names: int) -> float:
        find = finder_of_places(
            frozenset(f"Word{number} House{number} A" for number in range(names))
        )
        text = "word1 house1 a " * 2000
        times = []
        for _ in range(3):
            begun = time.process_time()
            assert len(list(find(text))) == 2000
            times.append(time.process_time() - begun)
        return min(times)

    assert seconds(4000) < 4 * seconds(40)
