"""The intruder reads words: what joins them to a person, to each other or to a number is found."""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from coproduce.core.periods import periods_between, shift_period
from coproduce.feedback.codebook import load_codebook
from coproduce.reports.attack import run_attacks
from coproduce.reports.attack_words import is_order_telling, ranks_of
from coproduce.reports.freeze_plan import OpenPool, plan_freeze
from coproduce.reports.publications import Atom, Subject, SubjectKind, words_of
from coproduce.reports.quotes import AllowedWords, choose_quotes
from coproduce.reports.theme_tables import tabulate_themes
from tests.releases import invented_words
from tests.reports import bad_releases
from tests.reports.sample_publications import (
    service_after_words_were_taken_out,
    service_with_words,
    small_service_with_words,
    words_alone,
)
from tests.reports.simulated_releases import below, chance, new_atom_id, publish

Documents = list[dict[str, Any]]

CODEBOOK = load_codebook()
NO_FAMILY: frozenset[str] = frozenset()
WAYS = ("works", "does_not", "mixed", "idea")


def found(documents: Documents) -> list[str]:
    return [finding.message for finding in run_attacks(documents).findings]


@pytest.mark.parametrize("make", [service_with_words, small_service_with_words, words_alone])
def test_honest_words_give_nothing_away(make: Callable[[], dict[str, Any]]) -> None:
    assert found([make()]) == []


@pytest.mark.parametrize(
    ("release", "message"),
    [
        (bad_releases.telephone_number_in_words, "a detail (contact)"),
        (bad_releases.more_than_a_fifth_in_words, "more than one text in five"),
        (bad_releases.words_at_tier_0, "where none may stand"),
        (bad_releases.heading_over_two, "over too few words"),
        (bad_releases.words_that_turn_text_round, "signs that nobody sees"),
        (bad_releases.statement_in_somebodys_words, "can be joined"),
        (bad_releases.words_put_in_later, "other words in another document"),
        (bad_releases.words_in_order_of_their_letters, "in the order of their letters"),
    ],
)
def test_a_known_bad_release_of_words_is_caught(
    release: Callable[[], Documents], message: str
) -> None:
    assert message in "\n".join(found(release()))


def test_findings_never_say_the_words() -> None:
    findings = run_attacks(bad_releases.telephone_number_in_words()).as_document()
    assert "7946" not in str(findings)


def test_an_order_by_id_is_seen_by_whoever_knows_the_ids() -> None:
    assert is_order_telling([ranks_of(ids) for ids in bad_releases.words_in_order_of_ids()])


def test_the_old_and_the_new_version_of_words_taken_out_are_one_group() -> None:
    before, after = service_with_words(), service_after_words_were_taken_out()
    result = run_attacks([before, after])
    assert result.findings == ()
    assert result.figures["atoms"] == run_attacks([before]).figures["atoms"]


def test_a_number_that_changed_with_the_words_is_found() -> None:
    after = service_after_words_were_taken_out()
    after["atoms"][-1]["tables"][0]["options"][0][1] += 5
    assert "different versions" in "\n".join(found([service_with_words(), after]))


def test_questions_of_another_clock_are_found() -> None:
    document = words_alone()
    document["atoms"][0]["tables"][0]["key"] = "barriers"
    assert "questions of another clock" in "\n".join(found([document]))


def simulated_words(services: int, quarters: int, seed: str) -> Documents:
    """Every document of honest freezes of the words of some services, and of their pools."""
    draw = chance(seed)
    codes = [code.key for code in CODEBOOK.codes]
    numbers = count()
    waiting: dict[str, list[tuple[str, AllowedWords, dict[str, str]]]] = {
        f"S{number}": [] for number in range(services)
    }
    published: defaultdict[tuple[SubjectKind, str], list[Atom]] = defaultdict(list)
    documents: Documents = []
    for edition in periods_between("2025-Q1", shift_period("2025-Q1", quarters - 1)):
        for place, texts in enumerate(waiting.values()):
            for _ in range(below((3, 12, 60)[place % 3], draw)):
                words = AllowedWords(invented_words(next(numbers)), "en", "other_words", NO_FAMILY)
                directions = {codes[below(len(codes), draw)]: WAYS[below(4, draw)] for _ in "ab"}
                texts.append((edition, words, directions))
        pools = [
            OpenPool(code, ("town", "county", "nation"), Counter(period for period, *_ in texts))
            for code, texts in waiting.items()
        ]
        touched: dict[tuple[SubjectKind, str], None] = {}
        for planned in plan_freeze(pools, clock="words", edition=edition, draw=draw).atoms:
            key: tuple[SubjectKind, str] = (
                "pool" if planned.is_pool else "service",
                planned.subject,
            )
            counted = [one for member in planned.members for one in waiting[member]]
            already = [words for atom in published[key] for words in words_of(atom)]
            tables, withheld = tabulate_themes(
                (directions for *_, directions in counted), CODEBOOK, tier=planned.tier, draw=draw
            )
            atom = Atom(
                id=new_atom_id(draw),
                clock="words",
                edition=edition,
                periods=planned.periods,
                n=planned.n,
                tier=planned.tier,
                tables=tables,
                withheld=withheld,
                is_pool=planned.is_pool,
                codebook=CODEBOOK.version,
                quotes=choose_quotes(
                    (words for _, words, _ in counted),
                    n=planned.n,
                    tier=planned.tier,
                    already=already,
                    draw=draw,
                ),
            )
            published[key].append(atom)
            touched[key] = None
            for member in planned.members:
                waiting[member] = []
        for kind, code in touched:
            subject = Subject(kind, code, code, ("Town", "Country"))
            documents.append(publish(subject, published[kind, code], edition))
    return documents


def test_eight_quarters_of_words_of_many_services_give_nothing_away() -> None:
    result = run_attacks(simulated_words(services=40, quarters=8, seed="words"))
    assert result.findings == ()
    assert result.figures["documents"] > 60
    assert result.figures["smallest_width"] >= 6
