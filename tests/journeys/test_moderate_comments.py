"""Three hundred real comments are read and made safe by two people, through the real pages."""

import csv
import io
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select

from coproduce.core.chained_log import find_broken_line, list_log
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import period_of
from coproduce.feedback.answer_files import read_answer_mapping, read_collected
from coproduce.feedback.commands import import_feedback
from coproduce.feedback.framework import CURRENT, load_framework
from coproduce.feedback.models import (
    Consent,
    Fate,
    ModeratedText,
    SealedText,
    Source,
    TextState,
    TextUse,
)
from coproduce.services.import_files import SourceFile
from coproduce.web.site import Site
from tests.guards.stored_values import rows_of, table_names
from tests.html import Element
from tests.journeys.test_import_to_report import Collected, make_directory
from tests.moderation.desks import Desk, desk
from tests.moderation.teams import Team, make_team
from tests.people import noon

COMMENTS = 300
LONG_ENOUGH = 40
"""Characters of a line that nobody else writes by chance: looked for in the whole database."""


class MovingClock:
    """A clock that stands still until it is put on."""

    def __init__(self, day: date) -> None:
        self.now = noon(day)

    def __call__(self) -> datetime:
        return self.now

    def put_on(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


def comments_of(shared_data: Path) -> list[dict[str, str]]:
    """Return the first real comments that say something."""
    text = (shared_data / "px_feedback_phase1/text_data.csv").read_text("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text))
    return list(islice((row for row in rows if row["feedback"].strip()), COMMENTS))


def bring_in(
    database: Database, rows: list[dict[str, str]], codes: list[str], keys: Keys, today: date
) -> None:
    """Bring the comments in as answers of this quarter, with each of the three consents in turn."""
    labels = sorted({row["label"].strip() for row in rows})
    wanted = dict(zip(labels, codes, strict=False))
    framework, period = load_framework(), period_of(today)
    for first, consent in enumerate(Consent):
        collected = Collected({period: rows[first :: len(Consent)]}, wanted)
        said = collected.mapping("px_feedback_phase1.toml").content.decode()
        mapping_file = SourceFile("mapping.toml", said.replace("paraphrase", consent).encode())
        mapping = read_answer_mapping(mapping_file, framework)
        with database.write() as db:
            done = import_feedback(
                db,
                read_collected(collected.file(period), mapping, framework),
                period=period,
                source=Source.AGENCY,
                consent=mapping.consent,
                framework=CURRENT,
                is_frozen=False,
                language="en",
                keys=keys,
                today=today,
                chance=secrets.token_bytes,
            )
            db.commit()
        assert not done.problems


def read_one(reader: Desk, path: str, number: int) -> str:
    """Make one text safe as a person would who follows the suggestions; return what was done."""
    page = reader.page(path)
    suggested = list(suggested_codes(page))
    uses = {field.get("value") for field in page.all("input") if field.get("name") == "use"}
    if suggested == ["K1"]:
        reader.send(path, act="thin")
        return "thanks"
    if suggested in ([], ["Z0"]) and number % 2:
        reader.send(path, act="refuse", reason="no_content")
        return "not used"
    fields: dict[str, str | list[str]] = {"code": suggested[:2] or ["Z0"], "seriousness": "1"}
    if uses:
        fields |= {"use": "paraphrase", "words": invented_sentence(number), "looked": "1"}
    if "quote" in uses and number % 3 == 0:
        fields |= {"use": "quote", "may_stay": "1", "words": first_safe_words(page)}
    answered = reader.send(path, act="decide", **fields)
    assert answered.status_code == 200, answered.text
    assert reader.client.get(path).status_code == 404
    return str(fields.get("use", "counted"))


def suggested_codes(page: Element) -> Iterator[str]:
    """Give the codes that the page suggests, in its order."""
    first = next(element for element in page.all("fieldset") if element.get("class") == "codes")
    yield from (field.get("value") for field in first.all("input"))


def first_safe_words(page: Element) -> str:
    """Return the writer's words with a tag in place of everything that was marked."""
    original = next(q for q in page.all("blockquote") if "original" in q.get("class"))
    return "".join(
        piece if isinstance(piece, str) else "[name]" for piece in original.children
    ).strip()


def invented_sentence(number: int) -> str:
    """Return words of a moderator's own; no two share a run of words."""
    return f"Somebody says how theme {number:03d} could be better."


def test_300_real_comments_are_made_safe_through_the_real_pages(
    database: Database, shared_data: Path, fresh_keys: NewKeys, site: Site, today: date
) -> None:
    rows = comments_of(shared_data)
    team = make_team(database, fresh_keys, today)
    bring_in(database, rows, make_directory(database, shared_data), fresh_keys.keys, today)
    with database.read() as db:
        waiting = db.scalar(select(func.count()).select_from(SealedText)) or 0
    assert waiting > COMMENTS * 0.9, "A comment that stands twice is brought in once."

    clock = MovingClock(today)
    done = Counter(read_all(database, site, team, clock))
    assert sum(done.values()) == waiting
    assert {"thanks", "not used", "paraphrase", "quote", "counted"} == set(done)
    second = Counter(read_second(database, site, team, clock))
    assert second["approve"] == done["quote"]
    assert second["code"] > 0, "One in ten is coded by two people."

    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(SealedText)) == 0
        kept = db.execute(select(ModeratedText.use, ModeratedText.consent, ModeratedText.state))
        kinds = Counter(tuple(row) for row in kept)
        assert sum(kinds.values()) + done["not used"] == waiting
        assert db.scalar(select(func.count()).select_from(Fate)) == done["not used"]
        assert all(state is TextState.READY for _use, _consent, state in kinds)
        assert all(
            use is TextUse.THEMES for use, consent, _state in kinds if consent is Consent.COUNT_ONLY
        )
        assert find_broken_line(db, fresh_keys.keys) is None
        lines = list_log(db, limit=1000)
    assert Counter(line.account_id for line in lines if line.what == "first reading").keys() == {
        team.lead.account_id,
        team.reader.account_id,
    }
    assert not raw_words_in(database, rows, set(words_kept(database, TextUse.QUOTE)))


def read_all(database: Database, site: Site, team: Team, clock: MovingClock) -> Iterator[str]:
    """Let both read, each at a desk of their own and with every break, until nothing waits."""
    number, idle = 0, 0
    while idle < 2:
        idle = 0
        with ExitStack() as desks:
            for person in (team.lead, team.reader):
                reader = desks.enter_context(desk(site, database, person, clock))
                read = 0
                while path := reader.take():
                    number, read = number + 1, read + 1
                    yield read_one(reader, path, number)
                assert read <= 20, "Nobody reads more than twenty texts without a break."
                idle += not read
        clock.put_on(16)


def read_second(database: Database, site: Site, team: Team, clock: MovingClock) -> Iterator[str]:
    """Let each look at what the other made of a text, with every break, until nothing waits."""
    for person in (team.lead, team.reader):
        location = ""
        while location != "/second":
            clock.put_on(16)
            with desk(site, database, person, clock) as reader:
                location = taken_second(reader)
                while location.startswith("/second/"):
                    page = reader.client.get(location).text
                    if 'value="approve"' in page:
                        fields = {"act": "approve"}
                    else:
                        fields = {"act": "code", "direction_C1": "does_not", "level_C1": "service"}
                    answered = reader.client.post(location, data=fields)
                    assert answered.status_code in {200, 303}, answered.text
                    yield fields["act"]
                    location = taken_second(reader)


def taken_second(reader: Desk) -> str:
    """Ask for a text to read second; return where that leads: to it, to a break, or to nothing."""
    location: str = reader.client.post("/second", data={"act": "next"}).headers["location"]
    return location


def words_kept(database: Database, use: TextUse) -> list[str]:
    """Return the words that were kept for one use."""
    with database.read() as db:
        return [
            w for w in db.scalars(select(ModeratedText.words).where(ModeratedText.use == use)) if w
        ]


def raw_words_in(database: Database, rows: list[dict[str, str]], allowed: set[str]) -> list[int]:
    """Return the numbers of comments of which a long line stands anywhere in the database."""
    with database.engine.connect() as connection:
        stored = "\n".join(
            str(value)
            for table in table_names(connection)
            for row in rows_of(connection, table)
            for value in row.values()
            if not (isinstance(value, str) and value in allowed)
        )
    return [
        number
        for number, row in enumerate(rows)
        if len(row["feedback"]) >= LONG_ENOUGH and row["feedback"][:LONG_ENOUGH] in stored
    ]
