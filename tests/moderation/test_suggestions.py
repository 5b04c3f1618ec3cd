import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.feedback.codebook import NOT_ASSIGNED, THIN_PRAISE, load_codebook
from coproduce.moderation.suggestions import Suggestion, suggest_codes
from scripts.coding_agreement import (
    BEGIN,
    END,
    PAGE,
    Compared,
    Measured,
    halves_of,
    measure,
    page_with,
    read_rows,
    table_of,
)

CODEBOOK = load_codebook()
_FLOOR = re.compile(r"precision of at least (0\.\d+) and recall of at least (0\.\d+)")


def suggested(text: str) -> list[str]:
    return [suggestion.code for suggestion in suggest_codes(text, CODEBOOK)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("She looked down on me.", "A1"),
        ("They wrote in my notes that I am a prostitute.", "A2"),
        ("I had to tell them everything, too many questions.", "A3"),
        ("Nobody listened to me.", "A4"),
        ("They turned me away, I was too chaotic.", "A5"),
        ("I felt unsafe with the dealers outside.", "B1"),
        ("A different worker each time, I want the same worker.", "B2"),
        ("Everyone could hear it in front of everyone.", "B3"),
        ("Weeks of waiting before I got in.", "C1"),
        ("I missed my appointment and had to start again.", "C2"),
        ("Not open when I work. Outreach came to us.", "C3"),
        ("There is nothing near, no service in this town.", "C4"),
        ("I had to stop using first.", "D1"),
        ("They only help if you leave sex work.", "D2"),
        ("The same questions, the same assessment.", "D3"),
        ("I am afraid they call the police or take my kids.", "D4"),
        ("I could not afford the bus.", "E1"),
        ("No childcare for my baby.", "E2"),
        ("I have no phone and no fixed address.", "E3"),
        ("They only looked at my script, not the whole of me.", "F1"),
        ("The services should talk to each other.", "F2"),
        ("I need help with trauma.", "F3"),
        ("Clean needles and condoms.", "F4"),
        ("A women only group.", "F5"),
        ("They helped me with housing.", "F6"),
        ("She did not know how to help, needs training.", "G1"),
        ("People with lived experience work there.", "G2"),
        ("They explained it and gave me a leaflet.", "G3"),
        ("They are short staffed.", "H1"),
        ("A new provider took over.", "H2"),
        ("There is nothing for men.", "H3"),
        ("Nothing ever changes when they ask us.", "I1"),
        ("The toilets were dirty.", "J1"),
        ("Thank you, brilliant.", "K1"),
    ],
)
def test_plain_sentences_get_the_code_they_tell_of(text: str, code: str) -> None:
    assert code in suggested(text)


def test_each_suggestion_shows_the_words_of_the_text() -> None:
    [waiting] = suggest_codes("I WAITED.\nThen we waited  again, a long\ntime.", CODEBOOK)

    assert waiting == Suggestion("C1", ("WAITED", "long time"))


def test_most_evidence_comes_first() -> None:
    codes = suggested("The toilet was dirty, the food cold, it smelled. I had no condoms.")

    assert codes[:2] == ["J1", "F4"]


def test_thin_praise_stands_only_where_nothing_else_does() -> None:
    assert suggested("Thank you, it was brilliant!") == [THIN_PRAISE]
    assert set(suggested("Brilliant. Clean needles, no wait.")) == {"F4", "C1"}


@pytest.mark.parametrize("text", ["", "…", "Qwertz", "؟", "The sky was blue."])
def test_without_any_sign_nothing_is_assigned(text: str) -> None:
    assert suggest_codes(text, CODEBOOK) == (Suggestion(NOT_ASSIGNED, ()),)


@given(st.text(max_size=300))
def test_whatever_is_typed_there_is_a_suggestion_and_its_words_are_the_texts(text: str) -> None:
    suggestions = suggest_codes(text, CODEBOOK)

    assert suggestions
    codes = [suggestion.code for suggestion in suggestions]
    assert len(set(codes)) == len(codes)
    assert NOT_ASSIGNED not in codes or len(codes) == 1
    spaced = " ".join(text.split())
    for suggestion in suggestions:
        assert all(" ".join(words.split()) in spaced for words in suggestion.why)


def test_a_hostile_text_takes_no_longer_than_its_length() -> None:
    for piece in ("answer ", "told ", "wait", "nothing … "):
        started = time.process_time()
        suggest_codes(piece * (100_000 // len(piece)), CODEBOOK)
        assert time.process_time() - started < 5


# How well they do


@pytest.fixture(scope="module")
def halves(shared_data: Path) -> tuple[Measured, Measured]:
    """What was measured where keywords were chosen, and on the held-out half."""
    rows = read_rows(shared_data / "px_feedback_v6" / "feedback.csv")
    tuning, held_out = halves_of(rows)
    assert not {row["Respondent ID"] for row in tuning} & {row["Respondent ID"] for row in held_out}
    return measure(tuning, CODEBOOK), measure(held_out, CODEBOOK)


def test_the_table_in_the_documents_is_what_was_measured(halves: tuple[Measured, Measured]) -> None:
    page = PAGE.read_text("utf-8")

    assert page_with(page, table_of(*halves, CODEBOOK)) == page
    assert page.count(BEGIN) == page.count(END) == 1


def test_suggestions_stay_as_good_as_the_documents_say(halves: tuple[Measured, Measured]) -> None:
    floor = _FLOOR.search(" ".join(PAGE.read_text("utf-8").split()))
    assert floor
    precision, recall = map(float, floor.groups())

    _tuning, held_out = halves
    assert precision >= 0.7
    assert recall >= 0.7
    assert held_out.micro.precision >= precision
    assert held_out.micro.recall >= recall


def test_the_measure_counts_as_a_person_would() -> None:
    rows = [
        {"FFT answer": "I waited for hours.", "Timeliness of care": "1"},
        {"FFT answer": "I waited.", "Timeliness of care": ""},
        {"FFT answer": "Qwertz", "Timeliness of care": "1"},
        {"FFT answer": "Qwertz", "Timeliness of care": ""},
    ]
    labels = {label for code in CODEBOOK.codes for label in code.px}

    found = measure([{**dict.fromkeys(labels, ""), **row} for row in rows], CODEBOOK).codes["C1"]

    assert found == Compared(both=1, rules_only=1, people_only=1, neither=1)
    assert (found.support, found.precision, found.recall, found.f1) == (2, 0.5, 0.5, 0.5)
    # Krippendorff 2011: 1 - observed / expected disagreement, here 0.5 / (4 * 4 * 2 / (8 * 7)).
    assert found.alpha == pytest.approx(1 - 0.5 / (32 / 56))
    assert Compared(0, 0, 0, 3).alpha is None
    assert Compared(0, 0, 0, 3).f1 == 0
