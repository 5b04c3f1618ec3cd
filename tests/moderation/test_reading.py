import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.moderation.reading import (
    MOST_FINDS,
    Detail,
    copied_phrase,
    find_details,
    finder_of_names,
    finds_of,
    parts_of,
    with_tags,
)

NAMES = finder_of_names(["The Lantern Drop-in", "Riverside Trust", "Otley", "St Anne's"])
NO_NAMES = finder_of_names([])


def found(text: str) -> list[tuple[str, str]]:
    return [(text[d.start : d.end], d.tag) for d in find_details(text, NAMES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at the lantern drop in they", [("the lantern drop in", "service")]),
        ("RIVERSIDE   TRUST runs it", [("RIVERSIDE   TRUST", "service")]),
        ("I live in Otley.", [("Otley", "service")]),
        ("st anne’s is full", [("st anne’s", "service")]),
        ("at St Anne's now", [("St Anne's", "service")]),
        ("My keyworker Sarah left", [("Sarah", "worker")]),
        ("my son Danny cried", [("Danny", "family member")]),
        ("a man called Pete", [("Pete", "name")]),
        ("ring 07700 900123", [("07700 900123", "contact")]),
        ("last Tuesday", [("last Tuesday", "day")]),
        ("at LS21 1AA", [("LS21 1AA", "place")]),
        ("I was the only woman there", [("the only woman there", "event")]),
        ("[Otley] and nurse [Janet]", []),
        ("nothing at all", []),
    ],
)
def test_details_get_the_tag_that_fits(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_very_short_names_of_the_directory_are_not_looked_for() -> None:
    assert not find_details("We go up to it.", finder_of_names(["Up", "It", ""]))


@given(st.text(max_size=300))
def test_details_stand_in_order_and_do_not_overlap(text: str) -> None:
    details = find_details(text, NAMES)
    ends = [0, *(d.end for d in details)]
    assert all(d.start < d.end <= len(text) for d in details)
    assert all(d.start >= end for d, end in zip(details, ends, strict=False))


@given(st.text(max_size=300))
def test_the_parts_of_a_text_are_the_text(text: str) -> None:
    details = find_details(text, NAMES)
    assert "".join(part.words for part in parts_of(text, details)) == text


def test_a_detail_that_comes_again_is_one_find() -> None:
    text = "Nurse Janet, Dr Amir, and again nurse Janet and Dr Amir in Otley and OTLEY."
    finds = finds_of(text, find_details(text, NAMES))
    assert [(f.number, f.words) for f in finds] == [(0, "Janet"), (1, "Amir"), (2, "Otley")]
    numbers = [p.number for p in parts_of(text, find_details(text, NAMES), finds) if p.is_found]
    assert numbers == [0, 1, 0, 1, 2, 2]


def test_the_form_holds_no_more_finds_than_it_can_send() -> None:
    names = [f"Called {chr(65 + n % 26)}{'abcdefgh'[n // 26]}x" for n in range(60)]
    text = ". ".join(names)
    details = find_details(text, NO_NAMES)
    assert len(details) == 60
    finds = finds_of(text, details)
    assert len(finds) == MOST_FINDS
    assert parts_of(text, details, finds)[-1].number is None


def test_tags_stand_in_place_of_whole_words_only() -> None:
    tags = {"Ann": "name", "Anna Lee": "worker", "last Tuesday": "day"}
    text = "Ann and ANN met Anna Lee LAST TUESDAY. Annie, [Ann] and Joann stay."
    expected = "[name] and [name] met [worker] [day]. Annie, [Ann] and Joann stay."
    assert with_tags(text, tags) == expected


def test_putting_tags_in_twice_changes_nothing_more() -> None:
    tags = {"Place": "place", "name": "worker"}
    once = with_tags("Place and name.", tags)
    assert once == "[place] and [worker]."
    assert with_tags(once, tags) == once


@given(st.text(max_size=200), st.dictionaries(st.text(min_size=1, max_size=20), st.just("name")))
def test_tags_can_be_put_into_anything(text: str, tags: dict[str, str]) -> None:
    with_tags(text, tags)


def test_after_the_suggested_tags_nothing_is_found_any_more() -> None:
    text = (
        "My keyworker Sarah at The Lantern Drop-in goes home on the 3rd of May. Ring 07700 900123"
        " or write to a.b@example.org. I live at 12 Mill Lane, LS21 1AA, and my son Danny too."
    )
    details = find_details(text, NAMES)
    tagged = with_tags(text, {f.words: f.tag for f in finds_of(text, details)})
    assert tagged == (
        "My keyworker [worker] at [service] goes home [day]. Ring [contact]"
        " or write to [contact]. I live at [place], and my son [family member] too."
    )
    assert not find_details(tagged, NAMES)


@pytest.mark.parametrize(
    ("words", "copied"),
    [
        ("They told me to wait outside in the rain again", "told me to wait outside in the rain"),
        ("told  me, TO wait - outside in the rain", "told  me, TO wait - outside in the rain"),
        ("told me to wait outside in the", ""),
        ("People wait outside, also when it rains.", ""),
        ("", ""),
    ],
)
def test_other_words_keep_no_phrase_of_the_writer(words: str, copied: str) -> None:
    text = "He told me to wait outside in the rain with the baby."
    assert copied_phrase(text, words, 7) == copied


@given(
    st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40)
)
def test_a_copied_phrase_stands_in_both(theirs: list[str], own: list[str]) -> None:
    def runs(words: list[str]) -> set[tuple[str, ...]]:
        return {tuple(words[n : n + 4]) for n in range(len(words) - 3)}

    copied = copied_phrase(" ".join(theirs), " ".join(own), 3)
    assert bool(copied) == bool(runs(theirs) & runs(own))
    assert copied in " ".join(own)


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "a " * 50_000, "Otley " * 16_000, "nurse Aa " * 11_000, "[" * 100_000],
    ids=["one word", "short words", "a name", "cues", "brackets"],
)
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    """Linear: some hundred kilobytes in a moment, however they are made."""
    begun = time.process_time()
    details = find_details(text, NAMES)
    finds = finds_of(text, details)
    with_tags(text, {f.words: f.tag for f in finds})
    copied_phrase(text, text, 7)
    parts_of(text, details, finds)
    assert time.process_time() - begun < 3


def test_overlapping_details_become_one() -> None:
    text = "Ring nurse Otley"
    assert find_details(text, NAMES) == (Detail(11, 16, "service"),)
