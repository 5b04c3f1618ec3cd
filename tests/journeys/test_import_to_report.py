"""Real answers that nobody here wrote go in at one end; safe, equal documents come out."""

import csv
import io
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from pathlib import Path

import pytest

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.answer_files import read_answer_mapping, read_collected
from coproduce.feedback.commands import Imported, import_feedback
from coproduce.feedback.framework import CURRENT, load_framework
from coproduce.feedback.models import Source
from coproduce.reports.attack_folder import attack_folder
from coproduce.reports.disclosure import LARGEST_NOISE, ROUNDING
from coproduce.reports.export import export_publications
from coproduce.reports.publications import CategoryTable, OptionTable, publication_from
from coproduce.reports.queries import find_partition_faults, list_frozen_periods, list_publications
from coproduce.services.commands import import_services
from coproduce.services.directory_files import read_directory
from coproduce.services.import_files import SourceFile
from coproduce.services.queries import list_service_facts
from tests.releases import freeze_on_its_day

MAPPINGS = Path(__file__).parents[1] / "mappings"
PERIODS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
FURTHEST = LARGEST_NOISE + ROUNDING // 2
"""A display is at most this far from the truth. Source: docs/disclosure.md, R4."""

GROUPS = {
    "1": "good",
    "2": "good",
    "3": "mixed",
    "4": "poor",
    "5": "poor",
    "6": "none",
    "7": "none",
}


@dataclass(frozen=True, slots=True)
class Collected:
    """A file of answers, parted into quarters, and the poster code of each of its services."""

    rows_by_period: Mapping[str, list[dict[str, str]]]
    codes: Mapping[str, str]

    def mapping(self, name: str) -> SourceFile:
        """Return a mapping file with the codes of this instance."""
        codes = "\n".join(
            f"{json.dumps(key)} = {json.dumps(code)}" for key, code in self.codes.items()
        )
        text = (MAPPINGS / name).read_text("utf-8")
        head, sep, rest = text.partition("[answers")
        return SourceFile(name, f"{head}[service.codes]\n{codes}\n\n{sep}{rest}".encode())

    def file(self, period: str) -> SourceFile:
        """Return the answers of one quarter as a CSV file."""
        rows = self.rows_by_period[period]
        written = io.StringIO()
        writer = csv.DictWriter(written, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        return SourceFile(f"{period}.csv", written.getvalue().encode())


def make_directory(database: Database, shared_data: Path) -> list[str]:
    """Bring in a real directory and return the poster codes of its services."""
    records = read_directory(
        shared_data / "oruk_feeds/real/bucks_outpost_services_page1.json",
        area="Aylesbury",
        source="bucks",
    )
    assert not records.problems
    with database.write() as db:
        summary = import_services(db, records, period="2025-Q1", chance=secrets.randbelow)
        db.commit()
        codes = [facts.code for facts in list_service_facts(db).values()]
    assert summary.added == len(records.services) == 20
    return codes


def collect(path: Path, column: str, codes: list[str]) -> Collected:
    """Part the rows of a file into four quarters and give each of its services a code."""
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    by_period: dict[str, list[dict[str, str]]] = {period: [] for period in PERIODS}
    for row, period in zip(rows, cycle(PERIODS)):
        by_period[period].append(row)
    names = sorted({row[column].strip() for row in rows})
    return Collected(by_period, dict(zip(names, codes, strict=False)))


def bring_in(
    database: Database, collected: Collected, mapping_name: str, period: str, keys: Keys
) -> Imported:
    """Bring in the answers of one quarter."""
    framework = load_framework()
    mapping = read_answer_mapping(collected.mapping(mapping_name), framework)
    with database.write() as db:
        done = import_feedback(
            db,
            read_collected(collected.file(period), mapping, framework),
            period=period,
            source=Source.AGENCY,
            consent=mapping.consent,
            framework=CURRENT,
            is_frozen=period in list_frozen_periods(db),
            language="en",
            keys=keys,
            today=date(2026, 1, 2),
            chance=secrets.token_bytes,
        )
        db.commit()
    assert not done.problems
    return done


def test_2440_real_answers_become_reports_that_agree_with_their_source(
    database: Database, shared_data: Path, keys: Keys, tmp_path: Path
) -> None:
    codes = make_directory(database, shared_data)
    collected = collect(shared_data / "px_feedback_v6/feedback.csv", "Service type 1", codes)
    assert len(collected.codes) == 8

    brought = [bring_in(database, collected, "px_feedback_v6.toml", p, keys) for p in PERIODS]
    assert sum(done.added + done.blank for done in brought) == 2440
    again = bring_in(database, collected, "px_feedback_v6.toml", PERIODS[0], keys)
    assert (again.added, again.known) == (0, brought[0].added)

    for period in PERIODS:
        freeze_on_its_day(database, period, keys)
    with database.read() as db:
        publications = list_publications(db)
        assert find_partition_faults(db) == []

    true_counts = count_by_service(collected)
    checked = 0
    for published in publications:
        publication = publication_from(json.loads(published.document))
        for atom in publication.atoms:
            if atom.clock == "fast" and publication.subject.kind == "service":
                expected = true_counts[publication.subject.code, atom.periods]
                for table in atom.tables:
                    if isinstance(table, CategoryTable) and table.key == "overall":
                        for cell in table.cells:
                            assert abs(cell.display - expected[cell.key]) <= FURTHEST
                            checked += 1
    assert checked > 100

    newest = {published.subject_id: published for published in publications}
    count = export_publications(newest.values(), tmp_path, keys, ["en"])
    result = attack_folder(tmp_path)
    assert result.findings == ()
    assert result.figures["folders"] == count == len(newest) > 5


def count_by_service(
    collected: Collected,
) -> dict[tuple[str, tuple[str, ...]], Counter[str]]:
    """Return the true counts of "How was it" for each service and each run of quarters.

    A form on which nothing at all was said is not among them.
    """
    per_quarter: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for period, rows in collected.rows_by_period.items():
        for row in rows:
            answer = row["FFT categorical answer"]
            if answer != "7":
                code = collected.codes[row["Service type 1"].strip()]
                per_quarter[code, period][GROUPS[answer]] += 1
    runs: dict[tuple[str, tuple[str, ...]], Counter[str]] = {}
    for code in collected.codes.values():
        for first in range(len(PERIODS)):
            for last in range(first, len(PERIODS)):
                run = PERIODS[first : last + 1]
                with_answers = tuple(p for p in run if per_quarter[code, p])
                total: Counter[str] = Counter()
                for period in run:
                    total += per_quarter[code, period]
                runs[code, with_answers] = total
    return runs


def test_1208_answers_of_another_kind_go_through_the_same_way(
    database: Database, shared_data: Path, keys: Keys, tmp_path: Path
) -> None:
    codes = make_directory(database, shared_data)
    collected = collect(shared_data / "px_feedback_phase1/text_data.csv", "label", codes)
    brought = [bring_in(database, collected, "px_feedback_phase1.toml", p, keys) for p in PERIODS]
    assert sum(done.added + done.blank for done in brought) == 1208
    for period in PERIODS:
        freeze_on_its_day(database, period, keys)
    with database.read() as db:
        publications = list_publications(db)
    export_publications(publications[-3:], tmp_path, keys, ["en"])
    assert attack_folder(tmp_path).is_safe
    details = [
        table
        for published in publications
        for atom in publication_from(json.loads(published.document)).atoms
        for table in atom.tables
        if isinstance(table, OptionTable)
    ]
    # Nobody was asked about options, so none may be shown as picked by more than noise.
    assert all(option.picked <= ROUNDING for table in details for option in table.options)


def test_a_frozen_quarter_takes_no_more_answers(
    database: Database, shared_data: Path, keys: Keys
) -> None:
    codes = make_directory(database, shared_data)
    collected = collect(shared_data / "px_feedback_v6/feedback.csv", "Service type 1", codes)
    bring_in(database, collected, "px_feedback_v6.toml", PERIODS[0], keys)
    freeze_on_its_day(database, PERIODS[0], keys)
    with pytest.raises(AssertionError):
        bring_in(database, collected, "px_feedback_v6.toml", PERIODS[0], keys)
