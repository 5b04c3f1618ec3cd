"""Sending forms without a browser, and looking at all that is stored afterwards."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from coproduce.core.db import Base, Database
from coproduce.core.keys import Keys
from coproduce.core.sealing import open_with
from coproduce.feedback.commands import NewFeedback, Stored, submit_feedback
from coproduce.feedback.form_token import FormToken, new_form_token, read_form_token
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Consent, Screen
from coproduce.feedback.queries import OpenedCode, Standing, find_code, get_standing
from coproduce.feedback.rules import Subject, Words
from coproduce.services.queries import Landing

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody with one open form: can send it, send it again, and come back with its code."""

    database: Database
    keys: Keys
    landing: Landing
    token: FormToken

    @property
    def code(self) -> str:
        """The 16 digits of the form."""
        return self.token.return_code(self.keys)

    def sends(
        self,
        *,
        overall: str = "good",
        better: str = "",
        happened: str = "",
        today: date,
        answers: Mapping[str, str | Sequence[str]] | None = None,
        consent: Consent = Consent.COUNT_ONLY,
        screen: Screen = Screen.CLEAR,
    ) -> Stored:
        """Send the form, and return what that did."""
        given = {"overall": overall} if overall else {}
        new = NewFeedback(
            subject=Subject(self.landing.service_id, self.landing.area_id),
            framework=CURRENT,
            answers=given if answers is None else answers,
            words=Words(better, happened),
            consent=consent,
            language="en",
            flags="",
            screen=screen,
        )
        with self.database.write() as db:
            stored = submit_feedback(db, self.token, new, self.keys, today)
            db.commit()
        return stored

    def opens(self) -> OpenedCode | None:
        """Return what the code of the form opens."""
        with self.database.read() as db:
            return find_code(db, self.keys, self.code, self.keys.slow_key(self.code))

    def sees(self, today: date = date.max) -> Standing | None:
        """Return where the form stands, as its code tells on a day: at last, if none is given."""
        opened = self.opens()
        if opened is None:
            return None
        with self.database.read() as db:
            return get_standing(db, opened, today)


def make_writer(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    chance: Chance = secrets.token_bytes,
) -> Writer:
    """Give somebody a fresh form."""
    token = read_form_token(keys, new_form_token(keys, today, chance))
    assert token is not None
    return Writer(database, keys, landing, token)


def stored_rows(database: Database, table: type[Base]) -> list[dict[str, object]]:
    """Return every row of a table, ordered by its key."""
    with database.read() as db:
        rows = db.execute(select(table.__table__).order_by(*table.__table__.primary_key))
        return [dict(row) for row in rows.mappings()]


def words_in(box: object, recovery_private: bytes) -> dict[str, str]:
    """Return the words in a sealed box, as a moderator would read them."""
    assert isinstance(box, bytes)
    words: dict[str, str] = json.loads(open_with(recovery_private, box))
    return words
