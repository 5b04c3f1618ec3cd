"""Invented publications of several sizes, made by the same rules as real ones.

The true answers are made up from fixed shares; noise, rounding, audit and what is worked out are
those of the product. Chance is a chain of hashes, so that every run gives the same numbers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from coproduce.core.periods import periods_between, shift_period
from coproduce.feedback.codebook import load_codebook
from coproduce.feedback.framework import Kind, Question, load_framework
from coproduce.reports.derived import derived_from
from coproduce.reports.disclosure import (
    Draw,
    displayed_total,
    draw_families,
    draw_option,
    draw_table,
    is_option_shown,
    tier_of,
)
from coproduce.reports.publications import (
    CATEGORIES,
    Atom,
    CategoryTable,
    Cell,
    Clock,
    Detail,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Publication,
    Quote,
    Statement,
    Subject,
    SubjectKind,
    Table,
    document_from,
)
from coproduce.reports.theme_tables import tabulate_themes

FRAMEWORK = load_framework("2026-1")
EDITION = "2026-Q3"
THREE = (0.6, 0.15, 0.15, 0.1)
FIVE = (0.3, 0.2, 0.15, 0.1, 0.05, 0.2)


def chance(name: str) -> Draw:
    """Return a source of eight bits that gives the same row for the same name."""
    numbers = count()
    return lambda: hashlib.sha256(f"{name} {next(numbers)}".encode()).digest()[0]


def quiet_quarter(people: int = 12) -> dict[str, Any]:
    """Return the first publication of a small service: two questions, nothing else."""
    return _document([_fast(EDITION, people)])


def small_service(people: int = 12) -> dict[str, Any]:
    """Return four small quarters: the year leads, families are named without numbers."""
    quarters = periods_between(shift_period(EDITION, -3), EDITION)
    atoms = [_fast(quarter, people) for quarter in quarters]
    atoms.append(_slow(EDITION, quarters[2:], people))
    return _document(atoms)


def middling_service(people: int = 45) -> dict[str, Any]:
    """Return two quarters with all answers in full (tier 2)."""
    before = shift_period(EDITION, -1)
    return _document(
        [
            _fast(before, people),
            _slow(before, [before], people),
            _fast(EDITION, people),
            _slow(EDITION, [EDITION], people),
        ]
    )


def large_service(people: int = 300, quarters: int = 8) -> dict[str, Any]:
    """Return a busy service over some quarters, each with all answers in full (tier 3)."""
    periods = periods_between(shift_period(EDITION, 1 - quarters), EDITION)
    atoms = []
    for place, period in enumerate(periods):
        better = place / 40
        atoms.append(_fast(period, people, (0.5 + better, 0.2, 0.2 - better, 0.1)))
        if place >= quarters - 2:
            atoms.append(_slow(period, [period], people))
    return _document(atoms)


def silent_quarter(people: int = 12) -> dict[str, Any]:
    """Return a publication whose newest quarter had too few answers to be printed."""
    return _document([_fast(shift_period(EDITION, -1), people)])


def area_of_people_who_never_got_in(people: int = 60) -> dict[str, Any]:
    """Return the publication of an area: one question, where it stopped."""
    return _document([_slow(EDITION, [EDITION], people, kind="area")], kind="area")


def pool_of_small_services(people: int = 20) -> dict[str, Any]:
    """Return what several small services said together, twice."""
    before = shift_period(EDITION, -1)
    atoms = [_fast(before, people), _fast(EDITION, people), _slow(EDITION, [EDITION], people)]
    return _document(atoms, kind="pool")


def service_with_words(texts: int = 45) -> dict[str, Any]:
    """Return a service about which many wrote, twice, in two directions of writing."""
    before = shift_period(EDITION, -1)
    return _document(
        [
            _fast(EDITION, 45),
            _slow(EDITION, [EDITION], 45),
            replace(_words(before, texts), quotes=EARLIER_QUOTES, statements=()),
            _words(EDITION, texts),
        ]
    )


def small_service_with_words(texts: int = 12) -> dict[str, Any]:
    """Return a service about which few wrote: kinds of themes without numbers, some words."""
    return _document([_fast(EDITION, 20), _words(EDITION, texts)])


def words_alone(texts: int = 60) -> dict[str, Any]:
    """Return a service where enough people wrote and too few answered."""
    return _document([_words(EDITION, texts)])


def service_after_words_were_taken_out() -> dict[str, Any]:
    """Return a publication that was made again without some words."""
    document = service_with_words()
    document["atoms"][-1]["quotes"] = document["atoms"][-1]["quotes"][:-1]
    document["reissue"] = {"number": 1, "on": "2026-11-29", "reason": "words"}
    return document


def renamed(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the same publication of a service with another name."""
    return {**document, "subject": {**document["subject"], "name": name}}


ALL = {
    make.__name__: make
    for make in (
        quiet_quarter,
        small_service,
        middling_service,
        large_service,
        silent_quarter,
        area_of_people_who_never_got_in,
        pool_of_small_services,
        service_with_words,
        small_service_with_words,
        words_alone,
        service_after_words_were_taken_out,
    )
}

QUOTES = (
    Quote("The evening opening changed a lot for me 😀, thank you.", "en", "their_words", "C"),
    Quote("فتح الباب مساء ساعدني كثيرا، وانتظرت 3 أسابيع فقط.", "ar", "their_words", "C"),
    Quote("Somebody waited 6 weeks and was told to start again.", "en", "other_words", "C"),
    Quote("<b>Bold</b> & =SUM(A1) is only text here; *so* is #this.", "en", "other_words"),
    Quote(
        "Staff there listen before they ask, and [worker] explained each of the 2 forms in words "
        "that fit. It would be good to have a place to sit away from the door. Now everybody is "
        "seen from the street. A door bell with a name like Llanfairpwllgwyngyllgogerychwyrn "
        "helps nobody. Please leave the radio off while people wait for their turn.",
        "en",
        "other_words",
    ),
    Quote("Wróciłam, bo pamiętali moje imię.", "pl", "their_words"),
)
EARLIER_QUOTES = (Quote("It took 4 calls until somebody picked up.", "en", "other_words"),)
STATEMENTS = (
    Statement("People wait long, and one missed call puts them back at the start.", "en", "C"),
    Statement("العاملون لطفاء لكن الوقت قصير.", "ar", "A"),
)


def _document(atoms: Sequence[Atom], kind: SubjectKind = "service") -> dict[str, Any]:
    name = {
        "service": "Lantern Street Drop-in",
        "area": "Northshire",
        "pool": "Small services in Northshire",
    }[kind]
    subject = Subject(
        kind=kind,
        code="7KQ2MD",
        name=name,
        area=("Northbridge", "Northshire", "North", "Country")[kind != "service" :],
        provider="Lantern Trust" if kind == "service" else None,
        service_kind="Drug and alcohol service" if kind == "service" else None,
    )
    return document_from(
        Publication(
            edition=EDITION,
            published_on="2026-10-14",
            deployment="Northbridge",
            framework="2026-1",
            subject=subject,
            atoms=tuple(atoms),
            derived=derived_from(atoms, subject_kind=kind, edition=EDITION),
        )
    )


def _fast(period: str, people: int, shares: Sequence[float] = THREE) -> Atom:
    draw = chance(f"fast {period} {people}")
    tables = [
        _category_table(key, "three", _split(people, shares), draw)
        for key in ("overall", "accepted")
    ]
    return _atom("fast", period, [period], people, 0, tables, draw)


def _slow(period: str, periods: Sequence[str], people: int, kind: str = "service") -> Atom:
    draw = chance(f"slow {period} {people} {kind}")
    tier = tier_of(displayed_total(people, draw()))
    asked = FRAMEWORK.asked_about(service=kind == "service")
    tables: list[Table | None] = []
    for number, question in enumerate(q for q in asked if q.key not in {"overall", "accepted"}):
        if question.kind is Kind.ANY:
            tables.append(_picked_table(question, people, tier, draw))
        elif tier >= 2:
            shares = (*FIVE[number % 4 :], *FIVE[: number % 4])
            tables.append(_category_table(question.key, "five", _split(people, shares), draw))
        elif question.headline:
            tables.append(_category_table(question.key, "three", _split(people, THREE), draw))
    return _atom("slow", period, periods, people, tier, tables, draw)


def _words(period: str, texts: int) -> Atom:
    draw = chance(f"words {period} {texts}")
    n = displayed_total(texts, draw())
    codebook = load_codebook("2026-1")
    directions = ("works", "does_not", "mixed", "idea")
    codes = [code.key for code in codebook.codes]
    written = (
        {codes[place * place % 9]: directions[place % 4], codes[place % 5]: directions[place % 3]}
        for place in range(texts)
    )
    tables, withheld = tabulate_themes(written, codebook, tier=tier_of(n), draw=draw)
    return Atom(
        id=hashlib.sha256(f"words {period} {texts}".encode()).hexdigest()[:32],
        clock="words",
        edition=period,
        periods=(period,),
        n=n,
        tier=tier_of(n),
        tables=tables,
        withheld=withheld,
        codebook=codebook.version,
        quotes=QUOTES if n >= 30 else QUOTES[3:5],
        statements=STATEMENTS,
    )


def _atom(
    clock: Clock,
    period: str,
    periods: Sequence[str],
    people: int,
    tier: int,
    tables: Sequence[Table | None],
    draw: Draw,
) -> Atom:
    return Atom(
        id=hashlib.sha256(f"{clock} {period} {people}".encode()).hexdigest()[:32],
        clock=clock,
        edition=period,
        periods=tuple(periods),
        n=displayed_total(people, draw()),
        tier=tier,
        tables=tuple(table for table in tables if table),
    )


def _category_table(
    key: str, detail: Detail, counts: Sequence[int], draw: Draw
) -> CategoryTable | None:
    displays = draw_table(counts, draw)
    if displays is None:
        return None
    cells = zip(CATEGORIES[detail], displays, strict=True)
    return CategoryTable(key, detail, tuple(Cell(name, display) for name, display in cells))


def _picked_table(question: Question, people: int, tier: int, draw: Draw) -> Table:
    counts = {
        option.key: people * (place * 7 % 10) // 25
        for place, option in enumerate(question.options, start=1)
    }
    if tier == 1:
        families = {
            family: max(counts[o.key] for o in question.options if o.family == family)
            for family in question.families
        }
        return FamilyTable(question.key, draw_families(families, draw))
    options = []
    for key, picked in counts.items():
        displays = draw_option(picked, people, draw)
        if displays and is_option_shown(displays[0]):
            options.append(OptionCounts(key, *displays))
    return OptionTable(question.key, tuple(options))


def _split(people: int, shares: Sequence[float]) -> list[int]:
    counts = [int(people * share) for share in shares]
    counts[0] += people - sum(counts)
    return counts
