import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.services.name_search import Named, index_of, search, words_of

DIRECTORY = (
    Named(("Hamilton Street Clinic",), ("Methadone clinic", "Otley", "West Yorkshire")),
    Named(("Nightvan", "The Shed"), ("Needle exchange", "Leeds", "West Yorkshire")),
    Named(("Café Müller",), ("Drop-in", "Otley", "West Yorkshire")),
    Named(("Women’s Open Door",), ("Drop-in", "Leeds", "West Yorkshire")),
    Named(("Room 12",), ("Counselling", "Saltby", "The North")),
    Named(("Room 13",), ("Counselling", "Saltby", "The North")),
)
NAMES = [named.names[0] for named in DIRECTORY]
letters = st.sampled_from(string.ascii_lowercase)


def best(typed: str) -> str:
    """Return the name that fits best, or nothing."""
    scores = search(index_of(DIRECTORY), typed)
    return NAMES[max(scores, key=lambda number: scores[number])] if scores else ""


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hamilton street clinic", "Hamilton Street Clinic"),
        ("hamilton stret", "Hamilton Street Clinic"),
        ("metadone clinic", "Hamilton Street Clinic"),
        ("clinic hamilton", "Hamilton Street Clinic"),
        ("HAMIL", "Hamilton Street Clinic"),
        ("hamiltonstreet", "Hamilton Street Clinic"),
        ("night van", "Nightvan"),
        ("night", "Nightvan"),
        ("the shed", "Nightvan"),
        ("needle exchnage leeds", "Nightvan"),
        ("cafe muller", "Café Müller"),
        ("womens door", "Women’s Open Door"),
        ("women's door", "Women’s Open Door"),
        ("otly dropin", "Café Müller"),
        ("room 13", "Room 13"),
        ("room 12 saltby", "Room 12"),
    ],
)
def test_what_is_meant_comes_first_however_it_is_typed(typed: str, name: str) -> None:
    assert best(typed) == name


@pytest.mark.parametrize("typed", ["", " ", "!?", "xylophone", "zzzz qqqq", "99"])
def test_what_is_like_nothing_finds_nothing(typed: str) -> None:
    assert search(index_of(DIRECTORY), typed) == {}


def test_only_what_is_asked_for_is_found() -> None:
    assert set(search(index_of(DIRECTORY), "drop-in", among={3})) == {3}
    assert search(index_of(DIRECTORY), "drop-in", among=()) == {}


def test_a_word_that_everything_has_does_not_find_everything() -> None:
    directory = tuple(Named((f"{name} Clinic",)) for name in ("Oak", "Elm", "Birch", "Willow"))
    found = search(index_of(directory), "willow clinic")
    assert max(found, key=lambda number: found[number]) == 3
    assert len(found) == 1


@given(st.data(), st.sampled_from(range(4)), st.sampled_from(["drop", "add", "change", "swap"]))
def test_one_slip_in_a_long_word_is_forgiven(data: st.DataObject, number: int, slip: str) -> None:
    words = list(words_of(NAMES[number]))
    at = data.draw(st.sampled_from([n for n, word in enumerate(words) if len(word) > 4]))
    word = words[at]
    place = data.draw(st.integers(1, len(word) - 2))
    other = data.draw(letters)
    words[at] = {
        "drop": word[:place] + word[place + 1 :],
        "add": word[:place] + other + word[place:],
        "change": word[:place] + other + word[place + 1 :],
        "swap": word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    }[slip]
    assert best(" ".join(words)) == NAMES[number]


@given(st.sampled_from(NAMES))
def test_the_order_of_words_does_not_matter(name: str) -> None:
    words = list(words_of(name))
    assert search(index_of(DIRECTORY), " ".join(words)) == pytest.approx(
        search(index_of(DIRECTORY), " ".join(reversed(words)))
    )


@given(st.text(max_size=120))
def test_whatever_is_typed_gives_numbers_of_the_directory_that_fit(typed: str) -> None:
    found = search(index_of(DIRECTORY), typed)
    assert set(found) <= set(range(len(DIRECTORY)))
    assert all(0 < how < 1.2 for how in found.values())


def test_an_index_is_made_once_for_a_directory() -> None:
    same = tuple(Named(tuple(named.names), tuple(named.about)) for named in DIRECTORY)
    assert index_of(same) is index_of(DIRECTORY)
