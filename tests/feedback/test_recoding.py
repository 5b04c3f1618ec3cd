import secrets

import pytest

from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.models import Direction, Level, ModeratedText
from coproduce.feedback.moderated_words import MOST_CODES, MadeCoding
from coproduce.feedback.recoding import (
    count_not_assigned,
    find_not_assigned,
    get_codings,
    recode,
)
from coproduce.services.queries import Landing
from tests.moderation.made_texts import make_moderated

A1 = MadeCoding("A1", Direction.MIXED, Level.SYSTEM)
B1 = MadeCoding("B1", Direction.IDEA, Level.PERSON)


def unassigned(database: Database, landing: Landing, codebook: str = CURRENT_CODEBOOK) -> bytes:
    with database.write() as db:
        text_id = make_moderated(db, landing, codes=("Z0",), codebook=codebook)
        db.commit()
    return text_id


def test_a_recoded_text_names_the_present_codebook_and_others_keep_theirs(
    database: Database, landing: Landing
) -> None:
    changed = unassigned(database, landing, "2025-9")
    kept = unassigned(database, landing, "2025-9")
    with database.write() as db:
        recode(db, changed, (A1, B1))
        db.commit()
    with database.read() as db:
        assert get_codings(db, changed) == (A1, B1)
        assert db.get_one(ModeratedText, changed).codebook == CURRENT_CODEBOOK
        assert [coding.code for coding in get_codings(db, kept)] == ["Z0"]
        assert db.get_one(ModeratedText, kept).codebook == "2025-9"


def test_leaving_a_text_without_a_theme_keeps_it_in_the_list(
    database: Database, landing: Landing
) -> None:
    text_id = unassigned(database, landing)
    with database.write() as db:
        recode(db, text_id, (MadeCoding("Z0", Direction.MIXED, Level.SERVICE),))
        db.commit()
    with database.read() as db:
        assert count_not_assigned(db, languages=["en"], not_about=()) == 1


@pytest.mark.parametrize("codings", [(), (A1, A1), (A1,) * (MOST_CODES + 1)])
def test_a_text_needs_one_theme_and_each_once(
    database: Database, landing: Landing, codings: tuple[MadeCoding, ...]
) -> None:
    text_id = unassigned(database, landing)
    with database.write() as db, pytest.raises(RuleBroken):
        recode(db, text_id, codings)


def test_a_text_with_a_theme_is_not_recoded_and_a_missing_one_is_not_there(
    database: Database, landing: Landing
) -> None:
    with database.write() as db:
        text_id = make_moderated(db, landing, codes=("A1",))
        with pytest.raises(Conflict):
            recode(db, text_id, (B1,))
        with pytest.raises(NotFound):
            recode(db, bytes(16), (B1,))


def test_looking_goes_round_all_that_wait(database: Database, landing: Landing) -> None:
    texts = {unassigned(database, landing) for _text in range(3)}
    seen, start = set(), secrets.token_bytes(16)
    for _step in range(3):
        with database.read() as db:
            found = find_not_assigned(db, start=start, languages=["en"], not_about=())
        assert found is not None
        seen.add(found)
        start = found
    assert seen == texts


def test_languages_and_conflicts_are_kept_to(database: Database, landing: Landing) -> None:
    unassigned(database, landing)
    assert landing.service_id is not None
    with database.read() as db:
        for languages, not_about in ((["ar"], []), (["en"], [landing.service_id])):
            start = secrets.token_bytes(16)
            assert (
                find_not_assigned(db, start=start, languages=languages, not_about=not_about) is None
            )
