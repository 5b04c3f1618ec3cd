from collections import Counter
from collections.abc import Iterable

import pytest

from coproduce.core.messages import untranslated
from coproduce.services.area_choice import OFFERED_AT_MOST, AreaBook, AreaChoice, area_book
from coproduce.services.models import AreaLevel

Place = tuple[str, AreaLevel, str]

PLACES: tuple[Place, ...] = (
    ("England", AreaLevel.NATION, ""),
    ("Kent", AreaLevel.COUNTY, "England"),
    ("Wales", AreaLevel.NATION, ""),
    ("Dover", AreaLevel.TOWN, "Kent"),
    ("Newport", AreaLevel.TOWN, "Kent"),
    ("Newport", AreaLevel.TOWN, "Wales"),
    ("Órbost", AreaLevel.TOWN, "Wales"),
)


def book_of(
    places: Iterable[Place] = PLACES,
    held: Iterable[str] = ("Dover", "Dover"),
    secret: Iterable[str] = (),
) -> AreaBook:
    ids = {(name, around): f"{name}/{around}".encode() for name, _level, around in places}
    named = {name: area_id for (name, _around), area_id in ids.items()}
    choices = [
        AreaChoice(ids[name, around], f"C{n}", name, name, level, named.get(around))
        for n, (name, level, around) in enumerate(places)
    ]
    parents = {one.id: (one.parent_id, one.name) for one in choices}
    secret_ids = {named[name] for name in secret}
    return area_book(choices, parents, Counter(named[name] for name in held), secret_ids)


def many() -> AreaBook:
    towns = [(f"Town {n}", AreaLevel.TOWN, "Kent") for n in range(OFFERED_AT_MOST)]
    return book_of((*PLACES, *towns))


def test_few_areas_are_offered_all_towns_first_and_told_apart() -> None:
    labels = [one.label for one in book_of().offered]
    assert labels == [
        "Dover",
        "Newport, Kent",
        "Newport, Wales",
        "Órbost",
        "Kent",
        "England",
        "Wales",
    ]


def test_a_place_with_nothing_but_unlisted_services_is_no_choice() -> None:
    book = book_of(secret=["Dover", "Órbost"])

    assert "Órbost" not in {one.name for one in book.choices}
    assert book.meant_by("Órbost") == ()
    assert {"Dover", "Wales"} <= {one.name for one in book.choices}


def test_of_too_many_areas_none_is_offered_and_one_is_reached_from_around_it() -> None:
    book = many()
    assert book.offered == ()
    # Only one nation holds a service, and in it one county: what lies in that one is shown.
    [dover] = book.below(None)
    assert (dover.name, dover.services) == ("Dover", 2)
    assert book.below(dover) == ()


def test_too_many_smaller_areas_are_cut_to_the_fullest() -> None:
    towns = [(f"Town {n:03}", AreaLevel.TOWN, "Kent") for n in range(OFFERED_AT_MOST + 9)]
    held = [name for name, _level, _around in towns for _time in range(int(name[-3:]) // 9 + 1)]
    below = book_of((*PLACES, *towns), held).below(None)
    assert len(below) == OFFERED_AT_MOST
    assert [one.name for one in below] == sorted(one.name for one in below)
    assert "Town 048" in {one.name for one in below}
    assert "Town 000" not in {one.name for one in below}


def test_an_area_holds_itself_and_what_lies_in_it() -> None:
    book = book_of()
    inside = book.inside(b"England/")
    assert inside == {b"England/", b"Kent/England", b"Dover/Kent", b"Newport/Kent"}


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("dover", ["Dover"]),
        ("Newport, Wales", ["Newport, Wales"]),
        ("newport", ["Newport, Kent", "Newport, Wales"]),
        ("orbost", ["Órbost"]),
        ("Dovver", ["Dover"]),
        ("", []),
        ("Atlantis", []),
    ],
)
def test_a_typed_place_means_what_is_likest(typed: str, labels: list[str]) -> None:
    assert [one.label for one in book_of().meant_by(typed)] == labels


@pytest.mark.parametrize(
    ("code", "typed", "name", "fault"),
    [
        ("C3", "", "Dover", ""),
        ("C3", "somewhere else", "Dover", ""),
        ("", "dover", "Dover", ""),
        ("", "Newport, Wales", "Newport", ""),
        ("", "newport", None, "Which of these do you mean?"),
        ("", "dovver", None, "Which of these do you mean?"),
        ("", "Atlantis", None, "We do not know this place. Try a town or a county near it."),
        ("", "", None, "Please say where it was."),
        ("ZZZ", "", None, "Please say where it was."),
    ],
)
def test_an_area_is_picked_only_without_doubt(
    code: str, typed: str, name: str | None, fault: str
) -> None:
    picked = book_of().picked(code, typed)
    assert (picked.area.name if picked.area else None) == name
    assert (untranslated(picked.fault) if picked.fault else "") == fault
