import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.errors import Conflict, Failure, NotFound, RuleBroken
from coproduce.feedback.models import Consent, ModeratedText, TextState, TextUse
from coproduce.feedback.statements import (
    SMALLEST_STATEMENT,
    Topic,
    approve_statement,
    discard_statement,
    get_statement,
    list_offers,
    list_ready_statements,
    list_sources,
    write_statement,
)
from coproduce.services.queries import Landing
from tests.factories import make_service
from tests.moderation.made_texts import make_moderated


def texts_on(database: Database, landing: Landing, number: int, code: str = "A1") -> list[bytes]:
    with database.write() as db:
        made = [make_moderated(db, landing, codes=(code,)) for _text in range(number)]
        db.commit()
    return made


def topic_of(landing: Landing, family: str = "A") -> Topic:
    return Topic(landing.service_id, None, family)


def written(database: Database, landing: Landing, texts: list[bytes]) -> bytes:
    with database.write() as db:
        statement_id = write_statement(
            db, topic_of(landing), texts, "People feel heard.", "en", secrets.token_bytes
        )
        db.commit()
    return statement_id


def succeeded(database: Database, step: Callable[[Session], object]) -> bool:
    try:
        with database.write() as db:
            step(db)
            db.commit()
    except Failure:
        return False
    return True


def test_two_texts_make_no_statement(database: Database, landing: Landing) -> None:
    texts = texts_on(database, landing, SMALLEST_STATEMENT - 1)
    with database.read() as db:
        assert list_offers(db, not_about=()) == []
    with pytest.raises(RuleBroken):
        written(database, landing, texts)
    with pytest.raises(RuleBroken):
        written(database, landing, [*texts, texts[0]])


def test_only_ready_words_that_may_be_said_otherwise_count(
    database: Database, landing: Landing
) -> None:
    texts_on(database, landing, 2)
    with database.write() as db:
        make_moderated(db, landing, use=TextUse.THEMES)
        make_moderated(db, landing, consent=Consent.COUNT_ONLY)
        make_moderated(db, landing, use=TextUse.QUOTE, state=TextState.WAITS_FOR_SECOND)
        make_moderated(db, landing, codes=("B1",))
        make_moderated(db, make_service(db))
        for _text in range(3):
            make_moderated(db, landing, codes=("Z0",))
        db.commit()
    with database.read() as db:
        assert list_offers(db, not_about=()) == []
        assert len(list_sources(db, topic_of(landing))) == 2


def test_codes_of_one_family_count_together(database: Database, landing: Landing) -> None:
    texts_on(database, landing, 2, "A1")
    texts_on(database, landing, 1, "A4")
    assert landing.service_id is not None
    with database.read() as db:
        (offer,) = list_offers(db, not_about=())
        assert (offer.topic, offer.count) == (topic_of(landing), 3)
        assert list_offers(db, not_about={landing.service_id}) == []


def test_a_source_of_another_topic_is_refused(database: Database, landing: Landing) -> None:
    texts = texts_on(database, landing, 3)
    strange = texts_on(database, landing, 1, "B1")
    with pytest.raises(Conflict):
        written(database, landing, [*texts, *strange])


def test_a_text_goes_into_one_statement_of_a_family_only(
    database: Database, landing: Landing
) -> None:
    texts = texts_on(database, landing, 3)
    written(database, landing, texts)
    with pytest.raises(Conflict):
        written(database, landing, texts)


def test_of_two_who_write_from_the_same_texts_at_once_one_does(
    database: Database, landing: Landing
) -> None:
    texts = texts_on(database, landing, 3)

    def step(db: Session) -> None:
        write_statement(db, topic_of(landing), texts, "Heard.", "en", secrets.token_bytes)

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda step: succeeded(database, step), [step] * 4))
    assert outcomes.count(True) == 1


def test_a_statement_is_published_while_three_texts_are_left(
    database: Database, landing: Landing
) -> None:
    texts = texts_on(database, landing, 4)
    statement_id = written(database, landing, texts)
    with database.read() as db:
        assert list_ready_statements(db, service_id=landing.service_id) == []
    for left in (4, 3):
        assert succeeded(database, lambda db: approve_statement(db, statement_id)) is (left == 4)
        with database.read() as db:
            (ready,) = list_ready_statements(db, service_id=landing.service_id)
            assert ready.sources == left
        with database.write() as db:
            db.execute(delete(ModeratedText).where(ModeratedText.id == texts.pop()))
            db.commit()
    with database.read() as db:
        assert list_ready_statements(db, service_id=landing.service_id) == []
        assert get_statement(db, statement_id).sources == 2
    assert succeeded(database, lambda db: discard_statement(db, statement_id))


def test_an_approved_statement_is_not_discarded(database: Database, landing: Landing) -> None:
    statement_id = written(database, landing, texts_on(database, landing, 3))
    assert succeeded(database, lambda db: approve_statement(db, statement_id))
    with database.write() as db, pytest.raises(Conflict):
        discard_statement(db, statement_id)


def test_what_was_discarded_is_said_to_be_gone(database: Database, landing: Landing) -> None:
    statement_id = written(database, landing, texts_on(database, landing, 3))
    assert succeeded(database, lambda db: discard_statement(db, statement_id))
    with database.write() as db, pytest.raises(NotFound, match="discarded"):
        approve_statement(db, statement_id)
