"""A rating given on a phone, without script, is in a report at the end."""

import json
import secrets
from datetime import date

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient

from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.periods import freeze_day
from coproduce.feedback.settle import settle_feedback
from coproduce.reports.commands import freeze_period
from coproduce.reports.publications import publication_from
from coproduce.reports.queries import list_publications
from tests.factories import make_service, sent_form

OTHERS = 14
PERIOD = "2026-Q3"


@pytest.mark.browser
def test_a_rating_given_without_script_is_in_a_report(
    page: Page, database: Database, client: TestClient, keys: Keys, today: date
) -> None:
    with database.write() as db:
        landing = make_service(db, name="Bridge Street Clinic")
        db.commit()
    for _other in range(OTHERS):
        sent_form(client, landing.code, overall="good", barriers=["wait"])

    page.goto("/")
    page.get_by_label("Code from a poster or card").fill(landing.code.lower())
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Poor", exact=True).check()
    page.get_by_label("Not open when I can go.").check()
    page.get_by_label("What would make it better?").fill("My worker Susan should open late.")
    page.get_by_label("Say it in other words").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="Not sent yet").wait_for()
    page.get_by_role("button", name="Hide these for me and send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    code = page.locator(".code").inner_text()
    assert read_return_code(code)

    settle_feedback(database, keys, today, secrets.token_bytes)
    with database.write() as db:
        frozen = freeze_period(
            db,
            PERIOD,
            keys,
            deployment="Feedback",
            today=freeze_day(PERIOD),
            draw=lambda: secrets.randbits(8),
            new_id=lambda: secrets.token_bytes(16),
        )
        db.commit()
    assert frozen.publications == 1

    page.goto("/code")
    page.get_by_label("Your 16 numbers").fill(code)
    page.get_by_role("button", name="Look").click()
    page.get_by_text("Some of your answers are counted in a report.").wait_for()
    assert "Bridge Street" not in page.content()
    assert "Susan" not in page.content()

    with database.read() as db:
        (published,) = list_publications(db)
    publication = publication_from(json.loads(published.document))
    assert publication.subject.name == "Bridge Street Clinic"
    assert abs(publication.atoms[0].n - (OTHERS + 1)) <= 6
