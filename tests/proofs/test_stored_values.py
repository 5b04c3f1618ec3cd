"""T9: no stored value tells when somebody wrote, after all that can happen to it."""

import secrets
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select, update
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import freeze_day
from coproduce.core.permissions import Role
from coproduce.feedback.answer_files import CollectedAnswer
from coproduce.feedback.cards import make_batch, new_card_codes, spend_card
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.commands import import_feedback
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Consent, SealedText, Source
from coproduce.feedback.moderated_words import Direction, Level, Made, MadeCoding, TextUse
from coproduce.feedback.rules import CARDS_AT_LEAST, Words
from coproduce.feedback.statements import Topic
from coproduce.information.rules import HOLDINGS, About
from coproduce.jobs import Workplace, run_job, utc_now
from coproduce.moderation.commands import Reader, keep_reading
from coproduce.moderation.queue import give_next
from coproduce.moderation.safeguarding import open_case
from coproduce.moderation.statements import write_as_author
from coproduce.moderation.team import get_profile
from coproduce.reports.queries import list_publications
from coproduce.reports.withdrawn_words import notice_words
from coproduce.services.queries import Landing
from tests.factories import make_service, sent_form
from tests.guards.stored_values import rows_of, table_names, time_faults
from tests.guards.test_schema import DAYS, MINUTES
from tests.people import let_in_all, make_person, noon
from tests.workplaces import make_settings

PEOPLE = 60
DAYS_OF_OTHERS = frozenset(
    {"card_batch.made_on", "card_batch.good_until"}
    | {"publication.published_on", "atom.closed_on", "frozen_period.frozen_on", "reading_key.since"}
)
RUNNING = frozenset({"job_run", "job_request", "freeze_notice", "publication"})
"""Tables that tell when jobs ran, and documents of which the day of publication is a part."""


def test_no_value_tells_a_time_after_a_whole_life(
    client: TestClient,
    database: Database,
    database_url: str,
    fresh_keys: NewKeys,
    keys: Keys,
    today: date,
    tmp_path: Path,
) -> None:
    with database.write() as db:
        landing = make_service(db)
        db.commit()
    workplace = Workplace(make_settings(tmp_path / "data", database_url), database, keys)
    codes = [
        sent_form(client, landing.code, overall="good", better=f"More evenings. {number}")
        for number in range(PEOPLE)
    ]
    now = utc_now()
    run_job(workplace, "settle", now, today)
    for code in codes[:3]:
        client.post("/code", data={"code": code, "act": "withdraw"})
    bring_in(database, landing.code, keys, today)
    hand_out_cards(database, landing, keys, today)
    read_some(database, fresh_keys, landing, today)
    run_job(workplace, "freeze", now, freeze_day("2026-Q3"))
    sent_form(client, landing.code, overall="good", better="More evenings.")
    run_job(workplace, "expire", now, today + timedelta(days=1))

    with database.engine.connect() as connection:
        tables = {table: rows_of(connection, table) for table in table_names(connection)}
    with database.read() as db:
        assert list_publications(db)
    about_people = {name for name, held in HOLDINGS.items() if held.about is About.PEOPLE}
    empty = {name for name in about_people if not tables[name]}
    assert not empty, "Every table about people must be filled."
    about_people |= {name for name, held in HOLDINGS.items() if held.about is About.ACCOUNTS}
    for table in tables.keys() - RUNNING:
        allowed = frozenset(DAYS) if table in about_people else DAYS_OF_OTHERS
        # Services and what was counted together share ids on purpose; people share nothing.
        rows = [
            {
                name: value
                for name, value in row.items()
                if name not in SHARED and f"{table}.{name}" not in MINUTES
            }
            for row in tables[table]
        ]
        assert not list(time_faults(table, rows, around=today, day_columns=allowed)), table


SHARED = frozenset({"service_id", "area_id", "fast_atom_id", "slow_atom_id", "publication_id"})


def read_some(database: Database, made: NewKeys, landing: Landing, today: date) -> None:
    """Let two moderators read: safe words, an idea, a sentence of three texts, a case, a notice."""
    first, second = (make_person(database, made.keys, today, Role.MODERATOR) for _ in range(2))
    let_in_all(database, made, (first, second), today)
    reader = Reader(first.account_id, made.keys, noon(today))
    chance = secrets.token_bytes
    with database.write() as db:
        mine = db.scalars(select(SealedText.id).where(SealedText.service_id.is_not(None)))
        db.execute(
            update(SealedText).where(SealedText.id.in_(mine.all())).values(consent=Consent.QUOTE)
        )
        profile = get_profile(db, first.account_id, "en")
        read = []
        for number in range(5):
            text_id = give_next(db, first.account_id, profile, reader.now, chance)
            assert text_id is not None
            use = TextUse.QUOTE if number == 4 else TextUse.PARAPHRASE
            coding = MadeCoding("C3", Direction.IDEA, Level.SERVICE)
            made_safe = Made(use, "Open late.", "en", 0, False, CURRENT_CODEBOOK, (coding,))
            keep_reading(
                db,
                reader,
                text_id,
                made_safe,
                is_idea=number == 0,
                chance=chance,
                below=lambda limit: limit - 1,
            )
            read.append(text_id)
        topic = Topic(landing.service_id, None, "C")
        write_as_author(
            db,
            made.keys,
            first.account_id,
            profile,
            topic,
            read[:3],
            "It closes early.",
            "en",
            today,
            chance,
        )
        open_case(db, made.keys, first.account_id, "Safe words.", "A service", today, chance)
        notice_words(
            db, made.keys, "A report", "It names me.", today=today, new_id=lambda: chance(16)
        )
        db.commit()


def hand_out_cards(database: Database, landing: Landing, keys: Keys, today: date) -> None:
    """Make invitation cards and use one of them."""
    codes = new_card_codes(CARDS_AT_LEAST, secrets.token_bytes)
    assert landing.service_id is not None
    with database.write() as db:
        make_batch(
            db,
            keys,
            secrets.token_bytes(16),
            landing.service_id,
            source=Source.OUTREACH,
            codes=codes,
            months=12,
            today=today,
        )
        assert spend_card(db, keys, codes[0], landing.service_id, today) is Source.OUTREACH
        db.commit()


def bring_in(database: Database, code: str, keys: Keys, today: date) -> None:
    rows = [
        CollectedAnswer(f"a.csv:{n}", code, {"overall": "good"}, Words(better="Tea."), f"good#{n}")
        for n in range(5)
    ]
    with database.write() as db:
        done = import_feedback(
            db,
            rows,
            period="2026-Q3",
            source=Source.OUTREACH,
            consent=Consent.COUNT_ONLY,
            framework=CURRENT,
            is_frozen=False,
            language="en",
            keys=keys,
            today=today,
            chance=secrets.token_bytes,
        )
        db.commit()
    assert done.added == 5
