"""Texts that were published go, and what stands on them; others stay untouched."""

from sqlalchemy import func, select

from coproduce.core.db import Database
from coproduce.feedback.models import (
    Coding,
    Fate,
    FateState,
    ModeratedText,
    Signpost,
    Statement,
    StatementSource,
    TextState,
)
from coproduce.feedback.published_words import AT_ONCE, forget_published_texts
from tests.factories import make_service
from tests.releases import EDITION, make_statement, make_text, make_texts


def test_published_texts_go_with_their_codings_and_others_stay(database: Database) -> None:
    with database.write() as db:
        service_id = make_service(db).service_id
        gone = make_texts(db, 3, EDITION, service_id=service_id)
        gone.append(
            make_text(
                db, EDITION, number=50, service_id=service_id, signpost=Signpost.SOMEONE_TO_TALK_TO
            )
        )
        stays = make_text(db, EDITION, number=60, service_id=service_id)
        shown_from = db.get_one(ModeratedText, gone[-1]).shown_from
        forget_published_texts(db, gone, ())
        forget_published_texts(db, gone, ())
        assert db.scalars(select(ModeratedText.id)).all() == [stays]
        assert set(db.scalars(select(Coding.text_id))) == {stays}
        fates = {fate.id: fate for fate in db.scalars(select(Fate))}
    assert set(fates) == set(gone)
    assert {fate.state for fate in fates.values()} == {FateState.USED}
    assert fates[gone[-1]].signpost is Signpost.SOMEONE_TO_TALK_TO
    assert fates[gone[-1]].shown_from == shown_from


def test_a_statement_goes_when_it_was_used_or_too_few_texts_are_left(
    database: Database,
) -> None:
    with database.write() as db:
        service_id = make_service(db).service_id
        texts = make_texts(db, 9, EDITION, service_id=service_id)
        used = make_statement(db, texts[:3], service_id=service_id, words="One.")
        make_statement(
            db,
            texts[3:6],
            service_id=service_id,
            words="Two.",
            state=TextState.WAITS_FOR_SECOND,
        )
        make_statement(db, texts[4:8], service_id=service_id, words="Three.")
        whole = make_statement(db, texts[5:9], service_id=service_id, words="Four.")
        forget_published_texts(db, texts[:6], [used])
        assert db.scalars(select(Statement.id)).all() == [whole]
        assert set(db.scalars(select(StatementSource.text_id))) == set(texts[6:9])


def test_more_texts_than_fit_into_one_statement_go_too(database: Database) -> None:
    with database.write() as db:
        service_id = make_service(db).service_id
        texts = make_texts(db, AT_ONCE + 1, EDITION, service_id=service_id)
        forget_published_texts(db, texts, ())
        assert db.scalar(select(func.count()).select_from(ModeratedText)) == 0
