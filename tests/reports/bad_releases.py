"""Releases that are known to be unsafe. The intruder must succeed on every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from coproduce.core.periods import periods_between, shift_period
from coproduce.reports.disclosure import Draw, displayed_total
from coproduce.reports.publications import CATEGORIES, Atom, Subject
from tests.releases import invented_words
from tests.reports.sample_publications import words_alone
from tests.reports.simulated_releases import (
    Answer,
    category_table,
    chance,
    new_atom_id,
    overall_document,
    pick,
    publish,
    roll_up,
    split,
)

FOREIGN_SCHEMA = "example/suppressed-tables/1"
EXACT: Mapping[str, Any] = {"noise": "none", "rounding": 1, "smallest_group": 10}
NHS_ROUNDING: Mapping[str, Any] = {
    "noise": "none",
    "rounding": 5,
    "smallest_group": 8,
    "hidden": [1, 7],
}
EDITION = "2026-Q3"
WEIGHTS = (12, 4, 3, 2)


def threshold_only() -> list[dict[str, Any]]:
    """Twelve services with exact counts, the one below ten left out, and their exact sum."""
    draw = chance("threshold only")
    counts = {f"{number:032x}": split(12 + number, WEIGHTS, draw) for number in range(11)}
    counts["f" * 32] = [1, 0, 5, 1]
    documents = [
        _foreign(atom_id, values, EXACT) for atom_id, values in counts.items() if sum(values) >= 10
    ]
    return [*documents, roll_up("region", counts, EXACT, EDITION)]


def nhs_rounding() -> list[dict[str, Any]]:
    """Counts from 1 to 7 hidden, others rounded to five, zeros shown."""
    draw = chance("nhs rounding")
    tables = [[20, 0, 0, 0], [14, 3, 0, 0], *(split(18, WEIGHTS, draw) for _ in range(8))]
    return [
        _foreign(f"{number:032x}", [_nhs(count) for count in values], NHS_ROUNDING, n=sum(values))
        for number, values in enumerate(tables)
    ]


def overlapping_windows() -> list[dict[str, Any]]:
    """A new atom of the last four quarters every quarter, each with honest noise."""
    draw = chance("overlapping windows")
    answers = {period: _answers(15, period, draw) for period in periods_between("2025-Q1", EDITION)}
    documents, atoms = [], []
    for edition in periods_between("2025-Q4", EDITION):
        periods = periods_between(shift_period(edition, -3), edition)
        window = [answer for period in periods for answer in answers[period]]
        atoms.append(_fast_atom(window, periods, edition, draw))
        documents.append(publish(_service(), atoms, edition))
    return documents


def raw_roll_up() -> list[dict[str, Any]]:
    """Honest atoms, but two sums over them made from the answers: one less one is a service."""
    draw = chance("raw roll-up")
    documents, counts = [], {}
    for number in range(4):
        answers = _answers(12 + number, EDITION, draw)
        atom = _fast_atom(answers, (EDITION,), EDITION, draw)
        chosen = [answer.chosen["overall"] for answer in answers]
        counts[atom.id] = [sum(chosen.count(five) for five in fives) for fives in _fives_by_three()]
        documents.append(publish(_service(f"R{number}"), [atom], EDITION))
    three = dict(list(counts.items())[:3])
    return [
        *documents,
        *(
            roll_up(name, parts, EXACT, EDITION)
            for name, parts in (("three", three), ("four", counts))
        ),
    ]


def recomputed_correction() -> list[dict[str, Any]]:
    """A publication made again after two answers went, with new noise and the same atom."""
    draw = chance("recomputed correction")
    answers = _answers(14, EDITION, draw)
    first = _fast_atom(answers, (EDITION,), EDITION, draw)
    second = _fast_atom(answers[2:], (EDITION,), EDITION, draw)
    return [
        publish(_service(), [first], EDITION),
        publish(_service(), [replace(second, id=first.id)], EDITION),
    ]


def recomputed_under_a_new_id() -> list[dict[str, Any]]:
    """The same answers tabulated a second time, as if they were another atom."""
    draw = chance("recomputed under a new id")
    answers = _answers(14, EDITION, draw)
    atoms = [_fast_atom(answers, (EDITION,), EDITION, draw) for _ in range(2)]
    return [publish(_service(), [atoms[0]], EDITION), publish(_service(), atoms, EDITION)]


def _foreign(
    atom_id: str, values: Sequence[int | None], method: Mapping[str, Any], n: int | None = None
) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    return {
        "schema": FOREIGN_SCHEMA,
        "edition": EDITION,
        "method": dict(method),
        "subject": {"kind": "service", "code": atom_id[-4:], "name": atom_id[-4:]},
        "atoms": [
            {
                "id": atom_id,
                "clock": "fast",
                "edition": EDITION,
                "periods": [EDITION],
                "n": _nhs(n) if n is not None else sum(known),
                "tables": [overall_document(values)],
            }
        ],
    }


def _nhs(count: int) -> int | None:
    return None if 1 <= count <= 7 else (count + 2) // 5 * 5


def _answers(size: int, period: str, draw: Draw) -> list[Answer]:
    weights = (8, 5, 3, 2, 2, 1)
    return [
        Answer(
            period=period,
            through_provider=False,
            chosen={
                key: CATEGORIES["five"][pick(weights, draw)] for key in ("overall", "accepted")
            },
            picked=frozenset(),
        )
        for _ in range(size)
    ]


def _fast_atom(
    answers: Sequence[Answer], periods: tuple[str, ...], edition: str, draw: Draw
) -> Atom:
    tables = [category_table(key, "three", answers, draw) for key in ("overall", "accepted")]
    return Atom(
        id=new_atom_id(draw),
        clock="fast",
        edition=edition,
        periods=periods,
        n=displayed_total(len(answers), draw()),
        tier=0,
        tables=tuple(table for table in tables if table is not None),
    )


def _service(code: str = "7KQ2MD") -> Subject:
    return Subject("service", code, "The Lantern", ("Northbridge", "Country"))


def _fives_by_three() -> list[tuple[str, ...]]:
    return [("always", "mostly"), ("sometimes",), ("hardly_ever", "never"), ("none",)]


# Words


def telephone_number_in_words() -> list[dict[str, Any]]:
    """Words that nobody made safe."""
    document = words_alone()
    document["atoms"][0]["quotes"][0]["words"] = "Ask for me on 020 7946 0018, any evening."
    return [document]


def more_than_a_fifth_in_words() -> list[dict[str, Any]]:
    """Words of every third person."""
    document = words_alone()
    document["atoms"][0]["quotes"] = [_quote(number) for number in range(20)]
    return [document]


def words_at_tier_0() -> list[dict[str, Any]]:
    """Words beside the two headline questions, where the provider itself brought most texts."""
    document = words_alone()
    document["atoms"][0] |= {"tier": 0, "tables": []}
    return [document]


def heading_over_two() -> list[dict[str, Any]]:
    """Two pieces of words under the name of one kind of themes."""
    document = words_alone()
    document["atoms"][0]["quotes"] = [_quote(number) | {"family": "A"} for number in range(2)]
    return [document]


def words_that_turn_text_round() -> list[dict[str, Any]]:
    """A sign that writes what follows from right to left, and nobody sees it."""
    document = words_alone()
    document["atoms"][0]["quotes"][0]["words"] = "They were kind\u202e dna tsaf."
    return [document]


def statement_in_somebodys_words() -> list[dict[str, Any]]:
    """A sentence that should be nobody's, with seven words of one person in a row."""
    document = words_alone()
    words = "They told me to come back when I was well."
    document["atoms"][0]["quotes"] = [_quote(0) | {"words": words}]
    told = {"words": "People are told: come back when I was well.", "language": "en", "family": "C"}
    document["atoms"][0]["statements"] = [told]
    return [document]


def words_put_in_later() -> list[dict[str, Any]]:
    """The same group of texts, shown with one word of theirs now and another one later."""
    first, second = words_alone(), words_alone()
    first["atoms"][0]["quotes"] = [_quote(1)]
    second["atoms"][0]["quotes"] = [_quote(2)]
    return [first, second]


def words_in_order_of_their_letters() -> list[dict[str, Any]]:
    """A long list of words, sorted."""
    document = words_alone(200)
    words = sorted(invented_words(number) for number in range(35))
    document["atoms"][0]["quotes"] = [_quote(0) | {"words": one} for one in words]
    return [document]


def words_in_order_of_ids() -> list[list[bytes]]:
    """The ids of the texts behind the words of ten atoms, in the order in which they are shown."""
    draw = chance("order of ids")
    return [sorted(bytes(draw() for _ in range(16)) for _ in range(8)) for _ in range(10)]


def _quote(number: int) -> dict[str, Any]:
    return {
        "words": invented_words(number),
        "language": "en",
        "manner": "their_words",
        "family": None,
    }
