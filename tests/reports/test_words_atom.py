"""Texts that were made safe are counted once, shown as their writers allowed, and go."""

import json
import secrets

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.models import (
    Coding,
    Consent,
    Fate,
    FateState,
    ModeratedText,
    PanelIdea,
    Signpost,
    Source,
    Statement,
    StatementSource,
    TextState,
    TextUse,
)
from coproduce.reports import models
from coproduce.reports.attack import run_attacks
from coproduce.reports.commands import UnsafePublicationError, list_due_periods
from coproduce.reports.publications import (
    Atom,
    FamilyTable,
    OptionTable,
    canonical_json,
    publication_from,
)
from coproduce.reports.queries import list_publications
from coproduce.reports.quotes import most_quotes
from coproduce.services.models import AreaLevel
from tests.factories import make_area, make_service
from tests.releases import freeze_on_its_day, make_statement, make_text, make_texts
from tests.reports.test_commands import answer, make_town

PERIODS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1")


def service(database: Database) -> bytes:
    with database.write() as db:
        service_id = make_service(db).service_id
        db.commit()
    assert service_id is not None
    return service_id


def atoms(database: Database) -> list[Atom]:
    """The words atoms of everything published, each once."""
    with database.read() as db:
        found = {
            atom.id: atom
            for published in list_publications(db)
            for atom in publication_from(json.loads(published.document)).atoms
            if atom.clock == "words"
        }
    return list(found.values())


def left(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(ModeratedText)) or 0


def test_texts_are_counted_once_and_go(database: Database, keys: Keys) -> None:
    service_id = service(database)
    with database.write() as db:
        texts = make_texts(db, 60, PERIODS[0], service_id=service_id)
        db.commit()
    assert freeze_on_its_day(database, PERIODS[0], keys).atoms == 1
    (atom,) = atoms(database)
    assert (atom.tier, atom.codebook, atom.periods) == (2, "2026-1", (PERIODS[0],))
    assert 50 <= atom.n <= 70
    assert any(isinstance(table, OptionTable) and table.options for table in atom.tables)
    with database.read() as db:
        assert left(db) == 0
        assert db.scalar(select(func.count()).select_from(Coding)) == 0
        fates = db.scalars(select(Fate)).all()
    assert {fate.id for fate in fates} == set(texts)
    assert {fate.state for fate in fates} == {FateState.USED}
    assert freeze_on_its_day(database, PERIODS[1], keys).atoms == 0


def test_the_code_page_keeps_its_signpost_and_its_monday(database: Database, keys: Keys) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 30, PERIODS[0], service_id=service_id)
        text_id = make_text(
            db, PERIODS[0], service_id=service_id, signpost=Signpost.RIGHTS, number=77
        )
        shown_from = db.get_one(ModeratedText, text_id).shown_from
        make_texts(db, 20, PERIODS[0], service_id=service_id, first=100)
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.read() as db:
        fate = db.get_one(Fate, text_id)
    assert (fate.signpost, fate.shown_from) == (Signpost.RIGHTS, shown_from)


def test_an_idea_stays_with_its_panel_after_its_text_went(database: Database, keys: Keys) -> None:
    service_id = service(database)
    with database.write() as db:
        texts = make_texts(db, 60, PERIODS[0], service_id=service_id)
        db.add(
            PanelIdea(
                id=secrets.token_bytes(16),
                area_id=secrets.token_bytes(16),
                service_kind="",
                words="Open on one evening each week.",
                language="en",
                must_be_answered=False,
                text_id=texts[0],
            )
        )
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.read() as db:
        (idea,) = db.scalars(select(PanelIdea)).all()
    assert idea.text_id is None


@pytest.mark.parametrize(("count", "published"), [(9, 0), (10, 1)])
def test_fewer_than_ten_texts_wait_and_climb_or_close_at_the_fourth_freeze(
    database: Database, keys: Keys, count: int, published: int
) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, count, PERIODS[0], service_id=service_id)
        db.commit()
    for period in PERIODS[:3]:
        assert freeze_on_its_day(database, period, keys).publications == 0
    assert freeze_on_its_day(database, PERIODS[3], keys).publications == published
    with database.read() as db:
        assert left(db) == (0 if published else count)
    for atom in atoms(database):
        assert atom.tier == 1
        assert all(isinstance(table, FamilyTable) for table in atom.tables)


def test_texts_of_three_small_services_climb_to_their_town(database: Database, keys: Keys) -> None:
    with database.write() as db:
        town = make_town(db)
        for number in range(3):
            service_id = make_service(db, area_id=town).service_id
            make_texts(db, 6, PERIODS[0], service_id=service_id, first=10 * number)
        db.commit()
    for period in PERIODS[:4]:
        freeze_on_its_day(database, period, keys)
    (atom,) = atoms(database)
    assert atom.is_pool
    with database.read() as db:
        (published,) = list_publications(db)
        assert left(db) == 0
    assert json.loads(published.document)["subject"]["kind"] == "pool"


def test_what_people_who_never_got_in_wrote_is_counted_for_their_area(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], area_id=make_town(db))
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    (atom,) = atoms(database)
    assert atom.quotes


def test_texts_that_came_through_the_provider_itself_wait_where_they_are_most(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 50, PERIODS[0], service_id=service_id, source=Source.PROVIDER)
        make_texts(db, 10, PERIODS[0], service_id=service_id, first=100)
        db.commit()
    assert freeze_on_its_day(database, PERIODS[0], keys).atoms == 0
    with database.read() as db:
        assert left(db) == 60


def test_what_waits_for_a_second_person_is_neither_counted_nor_deleted(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], service_id=service_id)
        waiting = make_text(
            db, PERIODS[0], service_id=service_id, state=TextState.WAITS_FOR_SECOND, number=99
        )
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.read() as db:
        assert db.scalars(select(ModeratedText.id)).all() == [waiting]


def test_a_text_that_comes_late_belongs_to_the_next_quarter(database: Database, keys: Keys) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], service_id=service_id)
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], service_id=service_id, first=100)
        db.commit()
    freeze_on_its_day(database, PERIODS[1], keys)
    assert sorted(atom.periods for atom in atoms(database)) == [(PERIODS[0],), (PERIODS[1],)]


@pytest.mark.parametrize(
    ("consent", "use", "manner"),
    [
        (Consent.COUNT_ONLY, TextUse.PARAPHRASE, None),
        (Consent.PARAPHRASE, TextUse.QUOTE, None),
        (Consent.PARAPHRASE, TextUse.PARAPHRASE, "other_words"),
        (Consent.QUOTE, TextUse.PARAPHRASE, "other_words"),
        (Consent.QUOTE, TextUse.QUOTE, "their_words"),
    ],
)
def test_words_never_go_further_than_their_writer_allowed(
    database: Database, keys: Keys, consent: Consent, use: TextUse, manner: str | None
) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], service_id=service_id, consent=consent, use=use)
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    (atom,) = atoms(database)
    assert {quote.manner for quote in atom.quotes} == ({manner} if manner else set())
    assert len(atom.quotes) <= most_quotes(atom.n)


def test_words_with_a_telephone_number_are_counted_but_never_shown(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    with database.write() as db:
        for number in range(60):
            make_text(
                db,
                PERIODS[0],
                service_id=service_id,
                number=number,
                words=f"Ring me on 020 7946 0{number:03d} and nobody answers at all.",
            )
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    (atom,) = atoms(database)
    assert atom.quotes == ()
    assert 50 <= atom.n <= 70


def test_a_statement_is_published_with_all_its_texts_and_only_once(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    with database.write() as db:
        texts = make_texts(db, 60, PERIODS[0], service_id=service_id)
        make_statement(db, texts[:3], service_id=service_id, words="People wait too long.")
        make_statement(
            db,
            texts[3:6],
            service_id=service_id,
            words="Nobody approved this one.",
            state=TextState.WAITS_FOR_SECOND,
        )
        make_statement(db, texts[6:8], service_id=service_id, words="Only two stand behind this.")
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    (atom,) = atoms(database)
    assert [statement.words for statement in atom.statements] == ["People wait too long."]
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Statement)) == 0
        assert db.scalar(select(func.count()).select_from(StatementSource)) == 0


def test_answers_and_words_of_a_service_stand_in_one_safe_publication(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    for place, period in enumerate(PERIODS[:2]):
        with database.write() as db:
            answer(db, 60, period, service_id=service_id)
            make_texts(db, 60, period, service_id=service_id, first=100 * place)
            db.commit()
        assert freeze_on_its_day(database, period, keys).publications == 1
    with database.read() as db:
        documents = [json.loads(published.document) for published in list_publications(db)]
    assert [len(document["atoms"]) for document in documents] == [3, 6]
    assert run_attacks(documents).findings == ()


def test_a_quarter_with_texts_alone_is_due(database: Database) -> None:
    with database.write() as db:
        make_texts(db, 1, PERIODS[0], service_id=make_service(db).service_id)
        assert list_due_periods(db, freeze_day(PERIODS[0])) == [PERIODS[0]]


def test_words_in_the_archive_that_tell_of_a_detail_stop_the_freeze_and_are_not_named(
    database: Database, keys: Keys
) -> None:
    service_id = service(database)
    with database.write() as db:
        make_texts(db, 60, PERIODS[0], service_id=service_id)
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.write() as db:
        (published,) = list_publications(db)
        document = json.loads(published.document)
        document["atoms"][0]["quotes"][0]["words"] = "Ask for me on 020 7946 0018."
        db.execute(update(models.Publication).values(document=canonical_json(document)))
        make_texts(db, 60, PERIODS[1], service_id=service_id, first=100)
        db.commit()
    with pytest.raises(UnsafePublicationError, match="contact") as stopped:
        freeze_on_its_day(database, PERIODS[1], keys)
    assert "7946" not in str(stopped.value)
    with database.read() as db:
        assert left(db) == 60
        assert len(list_publications(db)) == 1


def test_words_of_an_area_and_of_a_pool_of_areas_are_never_joined(
    database: Database, keys: Keys
) -> None:
    said = "They told me to come back another day when I was well."
    with database.write() as db:
        county = make_area(db, name="Wealdshire", level=AreaLevel.COUNTY)
        towns = [make_area(db, name=f"Town {n}", parent_id=county) for n in range(3)]
        make_texts(db, 60, PERIODS[3], area_id=county, words=said)
        for town in towns:
            make_texts(db, 6, PERIODS[0], area_id=town, words=said)
        db.commit()
    for period in PERIODS[:4]:
        freeze_on_its_day(database, period, keys)
    found = atoms(database)
    assert sorted(atom.is_pool for atom in found) == [False, True]
    assert sum(len(atom.quotes) for atom in found) == 1
