"""Words that tell who somebody is go from every report, by two people, and no number changes."""

import json
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.reports.attack import run_attacks
from coproduce.reports.attack_folder import attack_folder
from coproduce.reports.commands import is_genuine
from coproduce.reports.export import export_publications
from coproduce.reports.models import WordsNotice, WordsWithdrawal
from coproduce.reports.publications import Publication, publication_from
from coproduce.reports.queries import (
    Published,
    find_partition_faults,
    list_publications,
)
from coproduce.reports.rules import Done
from coproduce.reports.withdrawn_words import (
    ask_to_withdraw,
    close_notice,
    forget_old_notices,
    keep_words,
    list_notices,
    list_words,
    notice_words,
    withdraw_words,
)
from tests.factories import make_service
from tests.releases import freeze_on_its_day, make_statement, make_texts
from tests.reports.test_commands import answer

PERIODS = ("2026-Q1", "2026-Q2")
DAY = date(2026, 8, 12)
FIRST, SECOND = b"1" * 16, b"2" * 16


@dataclass(frozen=True, slots=True)
class Released:
    """Two reports about one service, and words that stand in both."""

    old: bytes
    new: bytes
    words: str
    tag: bytes


@pytest.fixture
def released(database: Database, keys: Keys) -> Released:
    with database.write() as db:
        service_id = make_service(db).service_id
        answer(db, 60, PERIODS[0], service_id=service_id)
        texts = make_texts(db, 60, PERIODS[0], service_id=service_id)
        make_statement(db, texts[:4], service_id=service_id, words="Many wait too long.")
        db.commit()
    freeze_on_its_day(database, PERIODS[0], keys)
    with database.write() as db:
        answer(db, 60, PERIODS[1], service_id=service_id)
        db.commit()
    freeze_on_its_day(database, PERIODS[1], keys)
    with database.read() as db:
        old, new = list_publications(db)
        first = list_words(db, keys, new.id)[0]
    return Released(old.id, new.id, first.words, first.tag)


def ask(db: Session, keys: Keys, released: Released, account_id: bytes = FIRST) -> None:
    ask_to_withdraw(db, keys, released.new, released.tag, account_id=account_id, day=DAY)


def withdraw(db: Session, keys: Keys, released: Released, account_id: bytes = SECOND) -> int:
    return withdraw_words(
        db,
        keys,
        released.new,
        released.tag,
        account_id=account_id,
        day=DAY,
        new_id=lambda: secrets.token_bytes(16),
    )


def taken_out(database: Database, keys: Keys, released: Released) -> list[Published]:
    with database.write() as db:
        ask(db, keys, released)
        assert withdraw(db, keys, released) == 2
        db.commit()
    with database.read() as db:
        return list_publications(db)


def without_words(publication: Publication) -> list[dict[str, Any]]:
    """Everything of the atoms that is a number."""
    return [
        {"id": a.id, "n": a.n, "tier": a.tier, "tables": a.tables, "periods": a.periods}
        for a in publication.atoms
    ]


def test_two_people_take_words_out_of_every_report_and_no_number_changes(
    database: Database, keys: Keys, released: Released
) -> None:
    with database.read() as db:
        before = {
            p.edition: publication_from(json.loads(p.document)) for p in list_publications(db)
        }
    everything = taken_out(database, keys, released)
    out = [p for p in everything if not p.is_withdrawn]
    assert [(p.edition, p.revision) for p in out] == [(period, 1) for period in PERIODS]
    for published in out:
        assert is_genuine(published, keys)
        again = publication_from(json.loads(published.document))
        assert without_words(again) == without_words(before[published.edition])
        assert again.derived == before[published.edition].derived
        assert again.reissue is not None
        assert (again.reissue.number, again.reissue.on) == (1, DAY.isoformat())
    with database.read() as db:
        assert find_partition_faults(db) == []


def test_no_byte_of_the_words_is_left_and_the_record_is_signed(
    database: Database, keys: Keys, released: Released
) -> None:
    with database.read() as db:
        hashes = {p.sha256 for p in list_publications(db)}
    everything = taken_out(database, keys, released)
    assert all(released.words.encode() not in published.document for published in everything)
    records = [json.loads(p.document) for p in everything if p.is_withdrawn]
    assert {record["publication"] for record in records} == hashes
    assert {record["replaced_by"] for record in records} == {
        p.sha256 for p in everything if not p.is_withdrawn
    }
    assert all(is_genuine(published, keys) for published in everything)


def test_the_archive_stays_safe_and_later_freezes_go_on(
    database: Database, keys: Keys, released: Released
) -> None:
    everything = taken_out(database, keys, released)
    result = run_attacks([json.loads(p.document) for p in everything])
    assert result.findings == ()
    assert result.figures["withdrawals"] == 2
    with database.write() as db:
        newest = json.loads(everything[-1].document)["subject"]["code"]
        service_id = everything[-1].subject_id
        answer(db, 60, "2026-Q3", service_id=service_id)
        make_texts(db, 60, "2026-Q3", service_id=service_id, first=200)
        db.commit()
    assert freeze_on_its_day(database, "2026-Q3", keys).publications == 1
    with database.read() as db:
        last = json.loads(list_publications(db)[-1].document)
    assert last["subject"]["code"] == newest
    assert released.words not in json.dumps(last)
    assert "reissue" not in last


def test_what_people_kept_and_what_is_exported_now_can_be_attacked_together(
    database: Database, keys: Keys, released: Released, tmp_path: Any
) -> None:
    with database.read() as db:
        export_publications(list_publications(db), tmp_path / "kept", keys, ["en"])
    everything = taken_out(database, keys, released)
    assert export_publications(everything, tmp_path / "now", keys, ["en", "ar"]) == 4
    assert attack_folder(tmp_path / "now").findings == ()
    both = attack_folder(tmp_path)
    assert both.findings == ()
    assert both.figures["withdrawals"] == 2


def test_one_person_alone_takes_nothing_out(
    database: Database, keys: Keys, released: Released
) -> None:
    with database.write() as db:
        with pytest.raises(Conflict):
            withdraw(db, keys, released)
        ask(db, keys, released)
        with pytest.raises(RuleBroken):
            withdraw(db, keys, released, FIRST)
        ask(db, keys, released, SECOND)
        assert db.scalars(select(WordsWithdrawal.asked_by)).all() == [FIRST]
        assert not any(published.is_withdrawn for published in list_publications(db))


def test_sent_twice_it_has_one_effect_and_says_what_happened(
    database: Database, keys: Keys, released: Released
) -> None:
    taken_out(database, keys, released)
    with database.write() as db:
        with pytest.raises(NotFound):
            withdraw(db, keys, released)
        newest = [p for p in list_publications(db) if not p.is_withdrawn][-1]
        with pytest.raises(Conflict):
            withdraw_words(
                db,
                keys,
                newest.id,
                released.tag,
                account_id=SECOND,
                day=DAY,
                new_id=lambda: secrets.token_bytes(16),
            )
        assert len(list_publications(db)) == 4


def test_other_words_can_go_after_the_first(
    database: Database, keys: Keys, released: Released
) -> None:
    everything = taken_out(database, keys, released)
    with database.write() as db:
        shown = list_words(db, keys, everything[-1].id)
        statement = next(one for one in shown if one.manner is None)
        second = Released(everything[0].id, everything[-1].id, statement.words, statement.tag)
        ask(db, keys, second)
        assert withdraw(db, keys, second) == 2
        everything = list_publications(db)
    assert sorted({p.revision for p in everything}) == [0, 1, 2]
    assert [p.revision for p in everything if not p.is_withdrawn] == [2, 2]
    assert run_attacks([json.loads(p.document) for p in everything]).findings == ()


def test_a_second_person_can_let_the_words_stay(
    database: Database, keys: Keys, released: Released
) -> None:
    with database.write() as db:
        ask(db, keys, released)
        assert [one.asked_by for one in list_words(db, keys, released.new)][:2] == [FIRST, None]
        keep_words(db, keys, released.new, released.tag, account_id=SECOND, day=DAY)
        with pytest.raises(Conflict):
            keep_words(db, keys, released.new, released.tag, account_id=FIRST, day=DAY)
        assert list_words(db, keys, released.new)[0].asked_by is None


def test_the_log_says_who_did_what_and_no_word_of_a_person(
    database: Database, keys: Keys, released: Released
) -> None:
    taken_out(database, keys, released)
    with database.read() as db:
        lines = list_log(db)
        assert find_broken_line(db, keys) is None
    assert [(line.what, line.account_id) for line in lines] == [
        (Done.WITHDRAWN, SECOND),
        (Done.ASKED, FIRST),
    ]
    assert all(released.words not in line.about for line in lines)


def test_a_notice_is_locked_kept_for_thirty_days_and_closed_once(
    database: Database, keys: Keys
) -> None:
    with database.write() as db:
        notice_words(
            db,
            keys,
            "7KQ2MD 2026-Q3",
            "the one with the red door",
            today=DAY,
            new_id=lambda: b"n" * 16,
        )
        (box,) = db.scalars(select(WordsNotice.box)).all()
        assert b"red door" not in box
        (notice,) = list_notices(db, keys)
        assert (notice.report, notice.words) == ("7KQ2MD 2026-Q3", "the one with the red door")
        assert forget_old_notices(db, DAY + timedelta(days=30)) == 0
        assert close_notice(db, keys, notice.id, FIRST, DAY)
        assert not close_notice(db, keys, notice.id, SECOND, DAY)
        assert len(list_log(db)) == 1


def test_an_old_notice_goes(database: Database, keys: Keys) -> None:
    with database.write() as db:
        notice_words(db, keys, "a", "b", today=DAY, new_id=lambda: b"n" * 16)
        assert forget_old_notices(db, DAY + timedelta(days=37)) == 1
        assert db.scalar(select(func.count()).select_from(WordsNotice)) == 0
