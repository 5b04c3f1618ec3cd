"""Invented words: some made safe the way moderators do it, some still sealed and waiting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from coproduce.core.content_notes import tells_of_danger
from coproduce.core.keys import Keys
from coproduce.core.periods import first_day
from coproduce.demonstration.dice import Dice
from coproduce.demonstration.people import SampleTeam
from coproduce.feedback.codebook import CURRENT_CODEBOOK, load_codebook
from coproduce.feedback.commands import flags_of, sealed_words
from coproduce.feedback.models import SealedText
from coproduce.feedback.moderated_words import (
    Consent,
    Direction,
    Level,
    Made,
    MadeCoding,
    TextUse,
)
from coproduce.feedback.recoding import get_codings
from coproduce.feedback.rules import Words, week_of
from coproduce.feedback.statements import Topic
from coproduce.moderation.commands import Reader, keep_reading
from coproduce.moderation.models import Task
from coproduce.moderation.queue import give_next
from coproduce.moderation.safeguarding import open_case
from coproduce.moderation.second_reading import approve_quote, save_second_coding, take_second
from coproduce.moderation.statements import approve_as_second, write_as_author
from coproduce.moderation.team import Profile, get_profile, set_profile

ENGLISH = "en"

Raw = Mapping[str, Any]
"""The content of `sample.toml`, or one entry of it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the invented moderators work with.

    Attributes:
        db: a writing session.
        keys: the secrets of the demonstration.
        team: who reads.
        subjects: ids of services and of areas, by name.
        dice: chance that falls the same way every time.
    """

    db: Session
    keys: Keys
    team: SampleTeam
    subjects: Mapping[str, bytes]
    dice: Dice

    def profile(self, account_id: bytes) -> Profile:
        """Return what one of them reads."""
        return get_profile(self.db, account_id, ENGLISH)


def set_up_team(desk: Desk) -> None:
    """Say which languages the invented moderators read."""
    set_profile(desk.db, desk.team.moderator, (ENGLISH,), ())
    set_profile(desk.db, desk.team.second_moderator, (ENGLISH, "ar"), ())
    set_profile(desk.db, desk.team.lead, (ENGLISH, "ar"), ())


def make_safe(desk: Desk, raw: Raw, periods: Sequence[str]) -> None:
    """Read the words of some quarters, and let a second person look at quotes.

    From some of them a sentence is made that is nobody's own.
    """
    entries = raw["made_safe"]
    read: dict[bytes, tuple[str, frozenset[str]]] = {}
    for number, entry in enumerate(entries):
        period = periods[number * len(periods) // len(entries)]
        day = first_day(period) + timedelta(days=2 * number + 1)
        text_id = _read_first(desk, entry, period, day)
        families = frozenset(load_codebook().code(c[:2]).family for c in entry["codes"])
        if "safe" in entry:
            read[text_id] = (entry["service"], families)
    _read_second(desk, day)
    for entry in raw["statements"]:
        ids = [i for i, about in read.items() if about[0] == entry["service"]]
        sources = [i for i in ids if entry["family"] in read[i][1]]
        _state(desk, entry, sources, day)


def leave_waiting(desk: Desk, raw: Raw, period: str, today: date) -> None:
    """Leave something of each kind to do: texts, a quote, and a matter of safety."""
    for entry in raw["second"]:
        _read_first(desk, entry, period, max(first_day(period), today - timedelta(days=1)))
    for entry in raw["cases"]:
        open_case(
            desk.db,
            desk.keys,
            desk.team.moderator,
            entry["words"],
            entry["service"],
            today,
            desk.dice.bytes,
        )
    desk.db.add_all(_sealed(desk, entry, period, today) for entry in raw["waiting"])
    desk.db.flush()


def _read_first(desk: Desk, entry: Raw, period: str, day: date) -> bytes:
    """Seal the words of an entry, give them to the first moderator, and keep what they make."""
    desk.db.add(_sealed(desk, {**entry, "better": entry["words"]}, period, day))
    desk.db.flush()
    reader = Reader(desk.team.moderator, desk.keys, datetime.combine(day, time(12), UTC))
    profile = desk.profile(reader.account_id)
    text_id = give_next(desk.db, reader.account_id, profile, reader.now, desk.dice.bytes)
    if text_id is None:
        raise AssertionError("unreachable: a text was put there just now")
    keep_reading(
        desk.db,
        reader,
        text_id,
        _made(entry),
        is_idea=entry.get("idea", False),
        chance=desk.dice.bytes,
        below=desk.dice.below,
    )
    return text_id


def _made(entry: Raw) -> Made:
    use = TextUse.THEMES
    if "safe" in entry:
        use = TextUse.QUOTE if entry["consent"] == Consent.QUOTE else TextUse.PARAPHRASE
    return Made(
        use=use,
        words=entry.get("safe"),
        language=ENGLISH,
        seriousness=entry.get("seriousness", 0),
        matters_to_few=entry.get("matters_to_few", False),
        codebook=CURRENT_CODEBOOK,
        codings=tuple(_coding(*code.split()) for code in entry["codes"]),
    )


def _coding(code: str, direction: str, level: str) -> MadeCoding:
    return MadeCoding(code, Direction(direction), Level(level))


def _read_second(desk: Desk, day: date) -> None:
    """Let the second moderator do all that waits for a second person."""
    second = desk.team.second_moderator
    profile = desk.profile(second)
    while given := take_second(desk.db, second, profile, day, desk.dice.bytes):
        if given.task is Task.SECOND_READING:
            approve_quote(desk.db, desk.keys, second, given.text_id, day)
        else:
            codings = get_codings(desk.db, given.text_id)
            save_second_coding(desk.db, desk.keys, second, given.text_id, codings, day)


def _state(desk: Desk, entry: Raw, sources: Iterable[bytes], day: date) -> None:
    first, second = desk.team.moderator, desk.team.second_moderator
    topic = Topic(desk.subjects[entry["service"]], None, entry["family"])
    statement_id = write_as_author(
        desk.db,
        desk.keys,
        first,
        desk.profile(first),
        topic,
        list(sources),
        entry["words"],
        ENGLISH,
        day,
        desk.dice.bytes,
    )
    approve_as_second(desk.db, desk.keys, second, desk.profile(second), statement_id, day)


def _sealed(desk: Desk, entry: Raw, period: str, day: date) -> SealedText:
    words = Words(
        better=entry.get("better", ""),
        happened=entry.get("happened", "").strip(),
        called=entry.get("called", ""),
    )
    flags = flags_of(words)
    return SealedText(
        id=desk.dice.bytes(16),
        period=period,
        waiting_since=week_of(day),
        service_id=desk.subjects[entry["service"]] if "service" in entry else None,
        area_id=desk.subjects[entry["town"]] if "town" in entry else None,
        box=sealed_words(desk.db, words, desk.keys),
        consent=Consent(entry["consent"]),
        language=entry.get("language", ENGLISH),
        flags=flags,
        is_urgent=tells_of_danger(flags),
    )
