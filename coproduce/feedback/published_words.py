"""What happens to texts once a publication holds what may be said of them: they go, for ever."""

from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coproduce.core.db import insert_once
from coproduce.feedback.models import Fate, FateState, ModeratedText, Statement, StatementSource
from coproduce.feedback.panel_ideas import unlink_ideas
from coproduce.feedback.statements import drop_thin_statements

AT_ONCE = 500
"""Ids in one statement. Source: SQLite allows 32,766 values; PostgreSQL plans long lists slowly."""


def forget_published_texts(
    db: Session, text_ids: Collection[bytes], statement_ids: Collection[bytes]
) -> None:
    """Delete texts that were published, with their codings; what went to a panel stays there.

    Their codes say "used" from now on, with the signpost a moderator chose and from the day on
    which it shows. The statements that were published go too, and so do others that have fewer than
    three texts left: they could never be published, and what is left may go into another.
    """
    for some in _in_turns(text_ids):
        unlink_ideas(db, some)
        texts = db.execute(
            select(
                ModeratedText.id,
                ModeratedText.period,
                ModeratedText.signpost,
                ModeratedText.shown_from,
            ).where(ModeratedText.id.in_(some))
        ).all()
        for text in texts:
            insert_once(
                db,
                Fate,
                id=text.id,
                period=text.period,
                state=FateState.USED,
                signpost=text.signpost,
                shown_from=text.shown_from,
            )
        touched = set(
            db.scalars(
                select(StatementSource.statement_id).where(StatementSource.text_id.in_(some))
            )
        )
        db.execute(delete(ModeratedText).where(ModeratedText.id.in_(some)))
        drop_thin_statements(db, touched)
    for some in _in_turns(statement_ids):
        db.execute(delete(Statement).where(Statement.id.in_(some)))


def _in_turns(ids: Collection[bytes]) -> Iterator[list[bytes]]:
    """Give the ids in pieces, in order, so that they are deleted in an order that tells nothing."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
