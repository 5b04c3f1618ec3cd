import secrets
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.db import Base, Database
from coproduce.core.errors import Conflict, RuleBroken
from coproduce.core.keys import Keys
from coproduce.feedback.codebook import load_codebook
from coproduce.feedback.commands import withdraw_feedback
from coproduce.feedback.models import (
    Coding,
    Consent,
    Direction,
    Fate,
    FateState,
    Level,
    ModeratedText,
    PanelIdea,
    Reason,
    SealedText,
    Signpost,
    Statement,
    StatementSource,
    TextState,
    TextUse,
)
from coproduce.feedback.moderated_words import (
    ALLOWED_USES,
    MOST_CODES,
    WORDS_LIMIT,
    Made,
    MadeCoding,
    keep_moderated,
    refuse_text,
    shown_from,
)
from coproduce.feedback.queries import OpenedCode
from coproduce.services.queries import Landing
from tests.factories import make_area
from tests.feedback.submissions import stored_rows
from tests.waiting_texts import make_waiting_text

WAITS = MadeCoding("C1", Direction.DOES_NOT, Level.SERVICE)
PARAPHRASE = Made(
    use=TextUse.PARAPHRASE,
    words="People wait too long before somebody sees them.",
    language="en",
    seriousness=1,
    matters_to_few=False,
    codebook="2026-1",
    codings=(WAITS, MadeCoding("B1", Direction.MIXED, Level.PERSON)),
    signpost=Signpost.RIGHTS,
)
THEMES = replace(PARAPHRASE, use=TextUse.THEMES, words=None)
QUOTE = replace(PARAPHRASE, use=TextUse.QUOTE)
MADE = {TextUse.THEMES: THEMES, TextUse.PARAPHRASE: PARAPHRASE, TextUse.QUOTE: QUOTE}


def wait(
    database: Database, keys: Keys, landing: Landing, today: date, consent: Consent = Consent.QUOTE
) -> bytes:
    with database.write() as db:
        text_id = make_waiting_text(db, keys, landing, today, consent=consent)
        db.commit()
    return text_id


def keep(database: Database, text_id: bytes, made: Made, today: date) -> TextState:
    with database.write() as db:
        state = keep_moderated(db, text_id, made, today)
        db.commit()
    return state


def refuse(database: Database, text_id: bytes, today: date) -> None:
    with database.write() as db:
        refuse_text(db, text_id, Reason.TOO_IDENTIFYING, Signpost.COMPLAINT, today)
        db.commit()


def count(database: Database, *tables: type[Base]) -> list[int]:
    return [len(stored_rows(database, table)) for table in tables]


def test_what_is_kept_takes_the_place_of_the_sealed_text(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    assert keep(database, text_id, PARAPHRASE, today) is TextState.READY

    assert count(database, SealedText, ModeratedText, Coding) == [0, 1, 2]
    [kept] = stored_rows(database, ModeratedText)
    assert kept == {
        "id": text_id,
        "period": "2026-Q3",
        "service_id": landing.service_id,
        "area_id": None,
        "source": "open",
        "consent": Consent.QUOTE,
        "use": TextUse.PARAPHRASE,
        "state": TextState.READY,
        "words": PARAPHRASE.words,
        "language": "en",
        "seriousness": 1,
        "matters_to_few": False,
        "codebook": "2026-1",
        "signpost": Signpost.RIGHTS,
        "shown_from": date(2026, 8, 17),
    }


def test_a_quote_waits_for_a_second_person(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    assert keep(database, text_id, QUOTE, today) is TextState.WAITS_FOR_SECOND


@pytest.mark.parametrize("consent", Consent)
@pytest.mark.parametrize("use", TextUse)
def test_a_use_never_goes_beyond_what_its_writer_allowed(
    database: Database, keys: Keys, landing: Landing, today: date, consent: Consent, use: TextUse
) -> None:
    text_id = wait(database, keys, landing, today, consent)
    order = (TextUse.THEMES, TextUse.PARAPHRASE, TextUse.QUOTE)
    most = order[list(Consent).index(consent)]
    if order.index(use) <= order.index(most):
        keep(database, text_id, MADE[use], today)
        assert count(database, SealedText, ModeratedText) == [0, 1]
    else:
        with pytest.raises(RuleBroken):
            keep(database, text_id, MADE[use], today)
        assert count(database, SealedText, ModeratedText, Coding) == [1, 0, 0]


def test_more_consent_never_allows_less() -> None:
    less, more, most = (ALLOWED_USES[consent] for consent in Consent)
    assert less < more < most


@pytest.mark.parametrize(
    "made",
    [
        replace(PARAPHRASE, words=None),
        replace(PARAPHRASE, words="  \n"),
        replace(THEMES, words="Words."),
        replace(THEMES, words=""),
        replace(PARAPHRASE, words="x" * (WORDS_LIMIT + 1)),
        replace(PARAPHRASE, codings=()),
        replace(PARAPHRASE, codings=(WAITS, WAITS)),
        replace(PARAPHRASE, codings=tuple(replace(WAITS, code=f"X{n}") for n in range(13))),
        replace(PARAPHRASE, seriousness=5),
        replace(PARAPHRASE, seriousness=-1),
    ],
)
def test_what_is_not_whole_is_refused_and_the_text_stays(
    database: Database, keys: Keys, landing: Landing, today: date, made: Made
) -> None:
    text_id = wait(database, keys, landing, today)
    with pytest.raises(RuleBroken):
        keep(database, text_id, made, today)
    assert count(database, SealedText, ModeratedText, Coding) == [1, 0, 0]


def test_a_text_that_is_not_used_leaves_its_reason_and_nothing_else(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    refuse(database, text_id, today)
    assert count(database, SealedText, ModeratedText) == [0, 0]
    assert stored_rows(database, Fate) == [
        {
            "id": text_id,
            "period": "2026-Q3",
            "state": FateState.NOT_USED,
            "reason": Reason.TOO_IDENTIFYING,
            "signpost": Signpost.COMPLAINT,
            "shown_from": date(2026, 8, 17),
        }
    ]


def test_a_text_is_decided_once(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    keep(database, text_id, PARAPHRASE, today)
    with pytest.raises(Conflict):
        keep(database, text_id, QUOTE, today)
    with pytest.raises(Conflict):
        refuse(database, text_id, today)
    [kept] = stored_rows(database, ModeratedText)
    assert kept["use"] is TextUse.PARAPHRASE
    assert count(database, Coding, Fate) == [2, 0]


def test_of_many_decisions_at_once_one_counts(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    outcomes: list[str] = []
    start = threading.Barrier(10)

    def decide(number: int) -> None:
        start.wait()
        try:
            if number % 2:
                keep(database, text_id, PARAPHRASE, today)
            else:
                refuse(database, text_id, today)
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 9 + ["done"]
    assert sum(count(database, ModeratedText, Fate)) == 1
    assert count(database, SealedText) == [0]


def test_taking_back_removes_what_was_made_of_a_text(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    keep(database, text_id, PARAPHRASE, today)
    with database.write() as db:
        statement = Statement(
            id=secrets.token_bytes(16),
            period="2026-Q3",
            service_id=landing.service_id,
            family="C",
            words="Waiting is long.",
            language="en",
            state=TextState.READY,
        )
        db.add(statement)
        db.flush()
        db.add(StatementSource(statement_id=statement.id, text_id=text_id))
        db.add(
            PanelIdea(
                id=secrets.token_bytes(16),
                area_id=make_area(db),
                service_kind="drop-in",
                words="Wait less.",
                language="en",
                must_be_answered=False,
                text_id=text_id,
            )
        )
        db.commit()
    with database.write() as db:
        withdraw_feedback(db, OpenedCode(None, b"r" * 16, None, text_id))
        db.commit()
    assert count(database, ModeratedText, Coding, StatementSource, PanelIdea) == [0, 0, 0, 0]
    [fate] = stored_rows(database, Fate)
    assert (fate["id"], fate["state"]) == (text_id, FateState.WITHDRAWN)


def test_what_was_taken_back_can_no_longer_be_decided(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    text_id = wait(database, keys, landing, today)
    with database.write() as db:
        withdraw_feedback(db, OpenedCode(None, b"r" * 16, None, text_id))
        db.commit()
    with pytest.raises(Conflict):
        keep(database, text_id, PARAPHRASE, today)
    assert count(database, ModeratedText, Coding) == [0, 0]


def test_of_deciding_and_taking_back_at_once_nothing_is_left(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    """Whichever comes first: what was taken back is not there afterwards."""
    for _round in range(5):
        text_id = wait(database, keys, landing, today)
        start = threading.Barrier(2)

        def decide(text_id: bytes = text_id, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                keep(database, text_id, PARAPHRASE, today)
            except Conflict:
                return

        thread = threading.Thread(target=decide)
        thread.start()
        start.wait()
        with database.write() as db:
            withdraw_feedback(db, OpenedCode(None, b"r" * 16, None, text_id))
            db.commit()
        thread.join()
    assert count(database, SealedText, ModeratedText, Fate) == [0, 0, 5]


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 1, 1)))
def test_a_code_page_tells_of_a_decision_from_a_later_monday_on(day: date) -> None:
    shown = shown_from(day)
    assert shown.weekday() == 0
    assert timedelta(1) <= shown - day <= timedelta(7)


def test_a_text_may_have_one_theme_of_each_family() -> None:
    assert len(load_codebook().families) == MOST_CODES
