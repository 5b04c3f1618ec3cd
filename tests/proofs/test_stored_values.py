"""T9: no stored value tells when somebody wrote, after all that can happen to it."""

import secrets
from datetime import date, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.answer_files import CollectedAnswer
from coproduce.feedback.commands import import_feedback
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Consent, Source
from coproduce.feedback.rules import Words
from coproduce.information.rules import HOLDINGS, About
from coproduce.jobs import Workplace, run_job, utc_now
from coproduce.reports.queries import list_publications
from tests.factories import make_service, sent_form
from tests.guards.stored_values import rows_of, table_names, time_faults
from tests.workplaces import make_settings

PEOPLE = 60
DAYS_OF_PEOPLE = frozenset({"inbox.received_day", "used_form.day", "sealed_text.waiting_since"})
DAYS_OF_REPORTS = frozenset(
    {"publication.published_on", "atom.closed_on", "frozen_period.frozen_on"}
)
RUNNING = frozenset({"job_run", "job_request", "freeze_notice", "publication"})
"""Tables that tell when jobs ran, and documents of which the day of publication is a part."""


def test_no_value_tells_a_time_after_a_whole_life(
    client: TestClient,
    database: Database,
    database_url: str,
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
    run_job(workplace, "freeze", now, freeze_day("2026-Q3"))
    sent_form(client, landing.code, overall="good", better="More evenings.")
    run_job(workplace, "expire", now, today + timedelta(days=1))

    with database.engine.connect() as connection:
        tables = {table: rows_of(connection, table) for table in table_names(connection)}
    with database.read() as db:
        assert list_publications(db)
    about_people = {name for name, held in HOLDINGS.items() if held.about is About.PEOPLE}
    assert all(tables[name] for name in about_people), "Every table about people must be filled."
    for table in tables.keys() - RUNNING:
        allowed = DAYS_OF_PEOPLE if table in about_people else DAYS_OF_REPORTS
        # Services and what was counted together share ids on purpose; people share nothing.
        rows = [
            {name: value for name, value in row.items() if name not in SHARED}
            for row in tables[table]
        ]
        assert not list(time_faults(table, rows, around=today, day_columns=allowed)), table


SHARED = frozenset({"service_id", "area_id", "fast_atom_id", "slow_atom_id", "publication_id"})


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
