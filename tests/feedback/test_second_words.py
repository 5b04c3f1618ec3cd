import secrets
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound
from coproduce.feedback.models import ModeratedText, TextState, TextUse
from coproduce.feedback.second_words import (
    approve_words,
    find_safe_text,
    get_safe_text,
    is_kept,
    keep_themes_only,
    list_serious_texts,
    use_other_words,
)
from coproduce.services.queries import Landing
from tests.moderation.made_texts import make_moderated

Step = Callable[[Session, bytes, date], None]
STEPS: list[Step] = [
    approve_words,
    keep_themes_only,
    lambda db, text_id, today: use_other_words(db, text_id, "Mine.", "en", today),
]


def waiting(database: Database, landing: Landing) -> bytes:
    with database.write() as db:
        text_id = make_moderated(
            db, landing, use=TextUse.QUOTE, state=TextState.WAITS_FOR_SECOND, language="ar"
        )
        db.commit()
    return text_id


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("again", STEPS)
def test_of_two_decisions_the_first_stands(
    database: Database,
    landing: Landing,
    today: date,
    step: Step,
    again: Step,
) -> None:
    text_id = waiting(database, landing)
    with database.write() as db:
        step(db, text_id, today)
        decided = get_safe_text(db, text_id)
        with pytest.raises(Conflict, match="decided on these words already"):
            again(db, text_id, today)
        assert get_safe_text(db, text_id) == decided
        assert decided.state is TextState.READY


@pytest.mark.parametrize("step", STEPS)
def test_a_code_page_tells_of_it_from_the_monday_after_the_last_decision_on(
    database: Database, landing: Landing, today: date, step: Step
) -> None:
    text_id = waiting(database, landing)
    with database.write() as db:
        step(db, text_id, today)
        assert db.get_one(ModeratedText, text_id).shown_from == today + timedelta(days=5)


def test_other_words_have_the_language_of_who_wrote_them(
    database: Database, landing: Landing, today: date
) -> None:
    text_id = waiting(database, landing)
    with database.write() as db:
        use_other_words(db, text_id, "Mine.", "en", today)
        text = get_safe_text(db, text_id)
    assert (text.use, text.words, text.language) == (TextUse.PARAPHRASE, "Mine.", "en")


def test_what_is_not_there_is_said(database: Database, today: date) -> None:
    with database.write() as db:
        assert not is_kept(db, bytes(16))
        for step in STEPS:
            with pytest.raises(NotFound, match="taken it back"):
                step(db, bytes(16), today)


def test_looking_from_any_place_finds_what_is_there(database: Database, landing: Landing) -> None:
    text_id = waiting(database, landing)
    with database.read() as db:

        def found(
            among: Select[bytes] | None = None, not_among: Select[bytes] | None = None
        ) -> bytes | None:
            return find_safe_text(
                db,
                TextState.WAITS_FOR_SECOND,
                start=secrets.token_bytes(16),
                languages=["ar"],
                not_about=[],
                among=among,
                not_among=not_among,
            )

        assert [found() for _try in range(8)] == [text_id] * 8
        every = select(ModeratedText.id)
        assert found(among=every) == text_id
        assert found(not_among=every) is None


def test_serious_texts_come_most_serious_first(database: Database, landing: Landing) -> None:
    with database.write() as db:
        for seriousness in (0, 3, 2, 4, 3):
            make_moderated(db, landing, seriousness=seriousness)
        db.commit()
    with database.read() as db:
        assert [text.seriousness for text in list_serious_texts(db, 3)] == [4, 3, 3]
