import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coproduce.reports.publications import (
    CATEGORIES,
    Atom,
    CategoryTable,
    Cell,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Publication,
    Revision,
    Subject,
    UnreadableDocumentError,
    canonical_json,
    document_from,
    publication_from,
)

keys = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
displays = st.integers(min_value=0, max_value=400).map(lambda count: count * 5)
category_tables = st.builds(
    lambda key, detail, numbers: CategoryTable(
        key, detail, tuple(map(Cell, CATEGORIES[detail], numbers))
    ),
    keys,
    st.sampled_from(["three", "five"]),
    st.lists(displays, min_size=6, max_size=6),
)
option_tables = st.builds(
    OptionTable,
    keys,
    st.lists(st.builds(OptionCounts, keys, displays, displays), max_size=3).map(tuple),
)
family_tables = st.builds(FamilyTable, keys, st.lists(keys, max_size=3).map(tuple))
atoms = st.builds(
    Atom,
    id=st.text(alphabet="0123456789abcdef", min_size=32, max_size=32),
    clock=st.sampled_from(["fast", "slow"]),
    edition=st.just("2026-Q3"),
    periods=st.just(("2026-Q2", "2026-Q3")),
    n=displays,
    tier=st.integers(min_value=0, max_value=3),
    tables=st.lists(category_tables | option_tables | family_tables, max_size=4).map(tuple),
    withheld=st.lists(keys, max_size=2).map(tuple),
    is_pool=st.booleans(),
    revision=st.none() | st.builds(Revision, st.integers(10, 99), st.text()),
)
publications = st.builds(
    Publication,
    edition=st.just("2026-Q3"),
    published_on=st.just("2026-10-14"),
    deployment=st.text(),
    framework=st.just("2026-1"),
    subject=st.builds(
        Subject,
        kind=st.sampled_from(["service", "area", "pool"]),
        code=keys,
        name=st.text(),
        area=st.lists(st.text(), max_size=4).map(tuple),
        provider=st.none() | st.text(),
        service_kind=st.none() | keys,
    ),
    atoms=st.lists(atoms, max_size=3).map(tuple),
    derived=st.just({"headlines": [], "details": []}),
)


def sample() -> dict[str, Any]:
    """A document with one table of each kind."""
    tables = (
        CategoryTable("overall", "three", tuple(map(Cell, CATEGORIES["three"], (15, 5, 0, 5)))),
        OptionTable("barriers", (OptionCounts("hours", 15, 10),)),
        FamilyTable("helped", ("people",)),
    )
    atom = Atom("0" * 32, "slow", "2026-Q3", ("2026-Q3",), 25, 1, tables, ("trust",))
    subject = Subject("service", "7KQ2MD", "The Lantern", ("Northbridge",))
    return document_from(
        Publication(
            edition="2026-Q3",
            published_on="2026-10-14",
            deployment="Northbridge",
            framework="2026-1",
            subject=subject,
            atoms=(atom,),
            derived={},
        )
    )


@settings(max_examples=40)
@given(publications)
def test_a_publication_survives_being_written_and_read(publication: Publication) -> None:
    written = canonical_json(document_from(publication))

    assert publication_from(json.loads(written)) == publication
    assert canonical_json(json.loads(written)) == written


def test_the_canonical_form_has_one_way_to_write_everything() -> None:
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


@pytest.mark.parametrize("number", [0.5, 1.0, float("nan")])
def test_only_whole_numbers_are_written(number: float) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        canonical_json({"atoms": [{"n": number}]})


def test_the_tables_have_the_written_shape() -> None:
    assert sample()["atoms"][0]["tables"] == [
        {
            "key": "overall",
            "kind": "one",
            "detail": "three",
            "cells": [["good", 15], ["mixed", 5], ["poor", 0], ["none", 5]],
        },
        {"key": "barriers", "kind": "any", "detail": "options", "options": [["hours", 15, 10]]},
        {"key": "helped", "kind": "any", "detail": "families", "listed": ["people"]},
    ]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema",), "coproduce/publication/2"),
        (("edition",), 20263),
        (("responses_today",), 3),
        (("method", "seed"), 1),
        (("method", "rounding"), True),
        (("subject", "kind"), "person"),
        (("subject", "area"), "Northbridge"),
        (("subject", "provider"), 7),
        (("atoms",), {}),
        (("atoms", 0, "n"), "25"),
        (("atoms", 0, "clock"), "live"),
        (("atoms", 0, "true_n"), 23),
        (("atoms", 0, "pool"), "yes"),
        (("atoms", 0, "revision"), {"reason": "late"}),
        (("atoms", 0, "tables", 0), ["overall"]),
        (("atoms", 0, "tables", 0, "kind"), "any"),
        (("atoms", 0, "tables", 0, "detail"), "four"),
        (("atoms", 0, "tables", 0, "cells", 0), ["good", 15, 14]),
        (("atoms", 0, "tables", 0, "cells", 0), ["good", None]),
        (("atoms", 0, "tables", 1, "kind"), "one"),
        (("atoms", 0, "tables", 2, "listed"), [1]),
        (("derived",), []),
    ],
)
def test_a_document_of_another_shape_is_refused(place: tuple[str | int, ...], value: Any) -> None:
    document = deepcopy(sample())
    *path, last = place
    target: Any = document
    for step in path:
        target = target[step]
    target[last] = value

    with pytest.raises(UnreadableDocumentError):
        publication_from(document)


def test_a_missing_field_is_named() -> None:
    document = sample()
    del document["atoms"][0]["withheld"]

    with pytest.raises(UnreadableDocumentError, match="missing: \\['withheld'\\]"):
        publication_from(document)


def test_every_table_ends_with_those_who_did_not_say() -> None:
    assert [labels[-1] for labels in CATEGORIES.values()] == ["none", "none", "none"]
