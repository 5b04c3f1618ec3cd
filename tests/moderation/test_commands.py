import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, RuleBroken
from coproduce.core.keys import Keys, NewKeys
from coproduce.feedback.models import ModeratedText, PanelIdea, SealedText
from coproduce.feedback.moderated_words import (
    Consent,
    Direction,
    Level,
    Made,
    MadeCoding,
    Reason,
    TextState,
    TextUse,
)
from coproduce.moderation.commands import (
    NotWithYou,
    Reader,
    Risk,
    keep_reading,
    note_service_shown,
    pass_on,
    refuse_reading,
)
from coproduce.moderation.models import (
    Assignment,
    CodingSample,
    FirstReading,
    PassedOn,
    SafeguardingCase,
    Shift,
)
from coproduce.moderation.queue import give_next
from coproduce.moderation.team import Profile
from coproduce.services.queries import Landing
from tests.factories import make_service
from tests.feedback.submissions import stored_rows
from tests.moderation.teams import Team, make_team
from tests.people import noon
from tests.waiting_texts import make_waiting_text

MADE = Made(
    use=TextUse.PARAPHRASE,
    words="People wait outside.",
    language="en",
    seriousness=1,
    matters_to_few=False,
    codebook="2026-1",
    codings=(MadeCoding("C1", Direction.DOES_NOT, Level.SERVICE),),
)
ENGLISH = Profile(frozenset({"en"}), frozenset(), frozenset())


@pytest.fixture
def team(database: Database, fresh_keys: NewKeys, today: date) -> Team:
    return make_team(database, fresh_keys, today)


@pytest.fixture
def landing(database: Database) -> Landing:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    return landing


@pytest.fixture
def reader(team: Team, keys: Keys, today: date) -> Reader:
    return Reader(team.reader.account_id, keys, noon(today))


@pytest.fixture
def text_id(database: Database, keys: Keys, landing: Landing, reader: Reader) -> bytes:
    """A text that the reader has open."""
    return take(database, keys, landing, reader)


def take(
    database: Database,
    keys: Keys,
    landing: Landing,
    reader: Reader,
    consent: Consent = Consent.QUOTE,
) -> bytes:
    today = reader.now.date()
    with database.write() as db:
        text_id = make_waiting_text(db, keys, landing, today, consent=consent)
        given = give_next(db, reader.account_id, ENGLISH, reader.now, secrets.token_bytes)
        db.commit()
    assert given == text_id
    return text_id


def keep(
    database: Database,
    reader: Reader,
    text_id: bytes,
    made: Made = MADE,
    *,
    drawn: int = 1,
    is_idea: bool = False,
    risk: Risk | None = None,
) -> TextState:
    with database.write() as db:
        state = keep_reading(
            db,
            reader,
            text_id,
            made,
            is_idea=is_idea,
            risk=risk,
            chance=secrets.token_bytes,
            below=lambda _below: drawn,
        )
        db.commit()
    return state


def do(database: Database, work: Callable[..., None], *args: object) -> None:
    with database.write() as db:
        work(db, *args)
        db.commit()


def logged(database: Database) -> list[str]:
    with database.read() as db:
        return [line.what for line in list_log(db)]


def test_a_decision_ends_the_reading_and_counts_toward_the_break(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    assert keep(database, reader, text_id) is TextState.READY
    assert not stored_rows(database, Assignment)
    assert not stored_rows(database, SealedText)
    [shift] = stored_rows(database, Shift)
    assert shift["items"] == 1


def test_a_quote_waits_for_somebody_other_than_its_first_reader(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    quote = replace(MADE, use=TextUse.QUOTE)
    assert keep(database, reader, text_id, quote, drawn=0) is TextState.WAITS_FOR_SECOND
    [first] = stored_rows(database, FirstReading)
    assert first == {"text_id": text_id, "account_id": reader.account_id}
    assert not stored_rows(database, CodingSample)


@pytest.mark.parametrize("drawn", range(10))
def test_one_in_ten_texts_with_words_is_coded_twice(
    database: Database, reader: Reader, text_id: bytes, drawn: int
) -> None:
    keep(database, reader, text_id, drawn=drawn)
    assert len(stored_rows(database, CodingSample)) == (1 if drawn == 0 else 0)


def test_what_keeps_no_words_is_not_coded_twice(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    keep(database, reader, text_id, replace(MADE, use=TextUse.THEMES, words=None), drawn=0)
    assert not stored_rows(database, CodingSample)


@pytest.mark.parametrize(("seriousness", "answered"), [(1, False), (3, True)])
def test_an_idea_goes_to_the_panel(
    database: Database, reader: Reader, text_id: bytes, seriousness: int, *, answered: bool
) -> None:
    keep(database, reader, text_id, replace(MADE, seriousness=seriousness), is_idea=True)
    [idea] = stored_rows(database, PanelIdea)
    assert (idea["words"], idea["must_be_answered"]) == (MADE.words, answered)
    assert idea["text_id"] == text_id


def test_a_risk_opens_a_case_in_the_same_moment(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    keep(database, reader, text_id, risk=Risk("A child is hit.", "The Lantern"))
    [case] = stored_rows(database, SafeguardingCase)
    assert case["opened_by"] == reader.account_id
    assert b"child" not in case["box"]  # type: ignore[operator]


def test_a_refused_decision_changes_nothing_at_all(
    database: Database, keys: Keys, landing: Landing, reader: Reader
) -> None:
    text_id = take(database, keys, landing, reader, Consent.COUNT_ONLY)
    with pytest.raises(RuleBroken):
        keep(database, reader, text_id, risk=Risk("A child is hit.", "The Lantern"))
    assert len(stored_rows(database, SealedText)) == len(stored_rows(database, Assignment)) == 1
    assert not stored_rows(database, SafeguardingCase)
    assert logged(database)[0] != "first reading"


def test_passing_on_leaves_the_text_to_others(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    do(database, pass_on, reader, text_id)
    assert not stored_rows(database, Assignment)
    assert len(stored_rows(database, SealedText)) == 1
    assert stored_rows(database, PassedOn) == [
        {"text_id": text_id, "account_id": reader.account_id}
    ]


def test_nobody_decides_on_a_text_that_is_not_with_them(
    database: Database, team: Team, reader: Reader, text_id: bytes
) -> None:
    other = replace(reader, account_id=team.lead.account_id)
    with pytest.raises(NotWithYou):
        keep(database, other, text_id)
    with pytest.raises(NotWithYou):
        do(database, refuse_reading, other, text_id, Reason.ABUSE, None)
    with pytest.raises(NotWithYou):
        do(database, pass_on, other, text_id)
    with pytest.raises(NotWithYou):
        do(database, note_service_shown, other, text_id)
    assert len(stored_rows(database, SealedText)) == 1


def test_every_decision_is_made_once(database: Database, reader: Reader, text_id: bytes) -> None:
    keep(database, reader, text_id)
    with pytest.raises(NotWithYou):
        keep(database, reader, text_id)
    with pytest.raises(NotWithYou):
        do(database, pass_on, reader, text_id)
    assert len(stored_rows(database, ModeratedText)) == 1
    [shift] = stored_rows(database, Shift)
    assert shift["items"] == 1


def test_a_text_that_was_taken_back_meanwhile_is_a_conflict(
    database: Database, reader: Reader, text_id: bytes
) -> None:
    with database.write() as db:
        db.delete(db.get_one(SealedText, text_id))
        db.commit()
    with pytest.raises(Conflict):
        keep(database, reader, text_id)
    with pytest.raises(Conflict):
        do(database, refuse_reading, reader, text_id, Reason.ABUSE, None)


def test_the_log_says_what_was_done_and_not_on_which_text(
    database: Database, keys: Keys, landing: Landing, reader: Reader, text_id: bytes
) -> None:
    texts = [text_id]
    do(database, note_service_shown, reader, text_id)
    keep(database, reader, text_id)
    texts.append(take(database, keys, landing, reader))
    do(database, refuse_reading, reader, texts[-1], Reason.NO_CONTENT, None)
    texts.append(take(database, keys, landing, reader))
    do(database, pass_on, reader, texts[-1])
    with database.read() as db:
        lines = list_log(db, limit=4)
        assert find_broken_line(db, keys) is None
    assert [line.what for line in lines] == [
        "passed on",
        "not used",
        "first reading",
        "service shown",
    ]
    assert {(line.account_id, line.about) for line in lines} == {(reader.account_id, "")}
    said = "".join(f"{line.what}{line.about}" for line in lines)
    assert not any(text_id.hex() in said for text_id in texts)
