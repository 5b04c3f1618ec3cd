import json
import tomllib
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coproduce.core.chained_log import find_broken_line
from coproduce.core.db import Database
from coproduce.core.identifying import find_identifying
from coproduce.core.periods import latest_freezable, next_period, shift_period
from coproduce.demonstration.run import prepare
from coproduce.demonstration.sample import QUARTERS
from coproduce.feedback.cards import list_batches
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import (
    Consent,
    FlagState,
    ModeratedText,
    PanelIdea,
    Response,
    Screen,
    ScreenFlag,
    ScreenKind,
    SealedText,
    TextState,
)
from coproduce.feedback.queries import has_words_of_danger
from coproduce.moderation.key_shares import list_readers
from coproduce.moderation.models import CaseState
from coproduce.moderation.safeguarding import list_cases
from coproduce.reports.attack import run_attacks
from coproduce.reports.commands import is_genuine
from coproduce.reports.queries import find_partition_faults, list_frozen_periods, list_publications
from coproduce.services.models import Service
from coproduce.services.queries import list_codes, list_service_facts
from tests.live import Demonstration

TODAY = date(2026, 8, 12)
SAMPLE = tomllib.loads(
    resources.files("coproduce").joinpath("demonstration/sample.toml").read_text("utf-8")
)


def all_answers(database: Database) -> Counter[tuple[str, ...]]:
    """Count every answer by what it is about, its quarter and what it says."""
    with database.read() as db:
        rows = db.execute(
            select(Service.name, Response.period, Response.answers, Response.source).outerjoin(
                Service, Service.id == Response.service_id
            )
        )
        return Counter(
            (name or "", period, json.dumps(answers, sort_keys=True), source)
            for name, period, answers, source in rows
        )


def test_every_service_of_the_sample_is_there_with_what_people_know_of_it(
    demonstration: Demonstration,
) -> None:
    with demonstration.database.read() as db:
        stored = {facts.name: facts for facts in list_service_facts(db).values()}
        unlisted = set(db.scalars(select(Service.name).where(Service.is_listed.is_(False))))
        with_code = {listed.name for listed in list_codes(db)}
    wanted = {service["name"]: service for service in SAMPLE["services"]}
    assert stored.keys() == wanted.keys()
    for name, service in wanted.items():
        assert (stored[name].provider, stored[name].kind) == (service["provider"], service["kind"])
    assert unlisted == {name for name, s in wanted.items() if not s.get("is_listed", True)} != set()
    assert with_code >= wanted.keys()


def test_six_quarters_are_published_and_the_present_one_waits(
    demonstration: Demonstration,
) -> None:
    newest = latest_freezable(TODAY)
    with demonstration.database.read() as db:
        assert len(list_frozen_periods(db)) == QUARTERS
        assert list_frozen_periods(db)[-1] == newest
        published = list_publications(db)
        waiting = db.scalar(
            select(func.count())
            .select_from(Response)
            .where(Response.period == next_period(newest), Response.fast_atom_id.is_(None))
        )
        assert find_partition_faults(db) == []
        assert db.scalar(select(func.count()).select_from(SealedText)) == len(SAMPLE["waiting"])
    assert waiting
    assert {p.edition for p in published} == {shift_period(newest, -n) for n in range(QUARTERS)}
    assert {p.subject_kind for p in published} == {"service", "pool", "area"}
    assert all(is_genuine(p, demonstration.keys) for p in published)


def test_a_report_shows_themes_words_and_a_sentence_that_is_nobodys_own(
    demonstration: Demonstration,
) -> None:
    with demonstration.database.read() as db:
        documents = [json.loads(p.document) for p in list_publications(db)]
    [atom] = [a for a in documents[-1]["atoms"] if a["clock"] == "words"] or [
        a for d in documents for a in d["atoms"] if a["clock"] == "words"
    ]
    safe = {entry.get("safe") for entry in SAMPLE["made_safe"]}
    assert atom["tables"][0]["listed"]
    assert {quote["words"] for quote in atom["quotes"]} <= safe
    assert atom["quotes"]
    assert [one["words"] for one in atom["statements"]] == [SAMPLE["statements"][0]["words"]]


def test_what_is_published_or_safe_holds_nothing_that_tells_who_somebody_is() -> None:
    for entry in (*SAMPLE["made_safe"], *SAMPLE["second"]):
        assert not find_identifying(entry.get("safe", "")), entry
    for entry in (*SAMPLE["statements"], *SAMPLE["cases"]):
        assert not find_identifying(entry["words"]), entry


def test_something_of_each_kind_waits(demonstration: Demonstration) -> None:
    waiting = SAMPLE["waiting"]
    assert {entry["consent"] for entry in waiting} == set(Consent)
    assert {"en", "ar"} == {entry.get("language", "en") for entry in waiting}
    with demonstration.database.read() as db:
        assert has_words_of_danger(db)
        ideas = select(func.count()).where(PanelIdea.batch.is_(None))
        assert db.scalar(ideas) == sum(1 for e in SAMPLE["made_safe"] if e.get("idea"))
        assert [case.state for case in list_cases(db, bytes(16), is_lead=True)] == [CaseState.OPEN]
        waits = select(func.count()).where(ModeratedText.state == TextState.WAITS_FOR_SECOND)
        assert db.scalar(waits) == len(SAMPLE["second"])
        aside = select(func.count()).where(Response.screen == Screen.SET_ASIDE)
        assert db.scalar(aside) == sum(
            entry["people"] for entry in (*SAMPLE["set_aside"], *SAMPLE["equal"])
        )
        flags = db.execute(select(ScreenFlag.service_id, ScreenFlag.kind, ScreenFlag.state))
        services = {facts.name: facts.id for facts in list_service_facts(db).values()}
        assert {tuple(flag) for flag in flags} == {
            (services[entry["service"]], kind, FlagState.WAITS)
            for entry in SAMPLE["equal"]
            for kind in (ScreenKind.BURST, ScreenKind.SAME_ANSWERS)
        }
        for entry in SAMPLE["cards"]:
            [batch] = list_batches(db, services[entry["service"]])
            assert batch.size == entry["size"]
        assert find_broken_line(db, demonstration.keys) is None
        readers = list_readers(db, TODAY)
    assert (len(readers.let_in), len(readers.waiting)) == (3, 1)


def test_the_smallest_services_have_no_report_of_their_own(demonstration: Demonstration) -> None:
    with demonstration.database.read() as db:
        documents = [json.loads(p.document) for p in list_publications(db)]
    named = {d["subject"]["name"] for d in documents if d["subject"]["kind"] == "service"}
    assert named == {s["name"] for s in SAMPLE["services"] if s["each_quarter"] >= 10}


def test_the_intruder_finds_nothing(demonstration: Demonstration) -> None:
    with demonstration.database.read() as db:
        result = run_attacks([json.loads(p.document) for p in list_publications(db)])
    assert result.findings == ()


def test_two_demonstrations_hold_the_same_answers_and_codes(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    _settings, keys, other = prepare(tmp_path, TODAY)
    assert all_answers(other) == all_answers(demonstration.database)
    with other.read() as db, demonstration.database.read() as first:
        codes = {(listed.name, listed.code) for listed in list_codes(db)}
        assert codes == {(listed.name, listed.code) for listed in list_codes(first)}
    assert keys.signing != demonstration.keys.signing
    other.close()


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    _settings, keys, database = prepare(tmp_path, TODAY)
    before = all_answers(database)
    database.close()
    _settings, again, reopened = prepare(tmp_path, date(2027, 8, 12))
    assert again == keys
    assert all_answers(reopened) == before
    reopened.close()


@pytest.mark.parametrize("about", ["services", "needs"])
def test_the_sample_only_names_answers_that_the_form_has(about: str) -> None:
    framework = load_framework()
    asked = (*framework.asked_about(service=True), *framework.asked_about(service=False))
    options = {question.key: question.keys for question in asked}
    for entry in SAMPLE[about]:
        for question in ("barriers", "helped", "where_stopped"):
            assert set(entry.get(question, {})) <= options[question]
