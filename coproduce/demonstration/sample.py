"""Filling an empty instance with an invented town and six quarters of invented answers."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from itertools import cycle
from typing import Any

from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.periods import first_day, freeze_day, latest_freezable, shift_period
from coproduce.demonstration.dice import Dice
from coproduce.demonstration.people import add_people
from coproduce.demonstration.words import Desk, leave_waiting, make_safe, set_up_team
from coproduce.feedback.cards import make_batch, new_card_codes
from coproduce.feedback.framework import CURRENT, Kind, load_framework
from coproduce.feedback.models import Response, Screen, Source
from coproduce.feedback.rules import CARD_MONTHS
from coproduce.feedback.screening import screen_feedback
from coproduce.reports.commands import freeze_period
from coproduce.reports.queries import find_published_people, list_frozen_periods
from coproduce.services.commands import import_services
from coproduce.services.queries import list_area_places, list_providers, list_service_facts
from coproduce.services.rules import (
    AreaRecord,
    DirectoryRecords,
    ProviderRecord,
    ServiceRecord,
)

QUARTERS = 6
PERIODS_OF_WORDS = 4
"""So few words wait four quarters until a report may show them. Source: docs/disclosure.md, R10."""

BLANK = 12
"""People in a hundred who leave a statement blank, in the invented town."""

MOODS = {
    "fft": (("very_good", 3), ("good", 2), ("neither", 1), ("poor", -1), ("very_poor", -2)),
    "frequency": (
        ("always", 3),
        ("mostly", 2),
        ("sometimes", 1),
        ("hardly_ever", -1),
        ("never", -2),
    ),
}
"""How much a good mood speaks for each answer."""


@dataclass(frozen=True, slots=True)
class Invented:
    """One service, or one area's need, as `sample.toml` describes it."""

    service_id: bytes | None
    area_id: bytes | None
    each_quarter: int
    mood: tuple[int, int]
    through_provider: int
    picks: dict[str, dict[str, int]]


def fill_with_samples(database: Database, made: NewKeys, *, deployment: str, today: date) -> None:
    """Store the invented town, its people, six quarters of answers, and what was published of them.

    Every quarter is frozen on the day it would have been, so the archive has a history. Answers
    and words of the present quarter are left waiting.
    """
    raw = tomllib.loads(
        resources.files("coproduce").joinpath("demonstration/sample.toml").read_text("utf-8")
    )
    keys, dice = made.keys, Dice("coproduce")
    newest = latest_freezable(today)
    present = shift_period(newest, 1)
    periods = [shift_period(newest, back) for back in range(1 - QUARTERS, 1)]
    with database.write() as db:
        import_services(db, _directory(raw), period=periods[0], chance=dice.below)
        db.commit()
    with database.read() as db:
        invented = list(_invented(db, raw))
        facts = {its.name: its for its in list_service_facts(db).values()}
        areas = {place.name: place.id for place in list_area_places(db).values()}
        providers = {provider.name: provider.id for provider in list_providers(db)}
    team = add_people(
        database,
        made,
        provider_id=providers[raw["services"][0]["provider"]],
        area_id=areas[raw["nation"]],
        today=first_day(periods[0]),
    )
    subjects = {name: its.id for name, its in facts.items()} | areas
    with database.write() as db:
        for number, period in enumerate(periods):
            db.add_all(_responses(invented, period, number, dice))
        db.add_all(_responses(invented, present, QUARTERS - 1, dice))
        for entry in raw["set_aside"]:
            db.add_all(_equal(invented, subjects, entry, Screen.SET_ASIDE, present, dice))
        for entry in raw["equal"]:
            db.add_all(_equal(invented, subjects, entry, Screen.CLEAR, present, dice))
        desk = Desk(db, keys, team, subjects, dice)
        set_up_team(desk)
        make_safe(desk, raw, periods[-PERIODS_OF_WORDS:])
        db.commit()
    for period in periods:
        with database.write() as db:
            freeze_period(
                db,
                period,
                keys,
                deployment=deployment,
                today=freeze_day(period),
                draw=lambda: dice.below(256),
                new_id=lambda: dice.bytes(16),
            )
            db.commit()
    with database.write() as db:
        leave_waiting(Desk(db, keys, team, subjects, dice), raw, present, today)
        for entry in raw["cards"]:
            _make_cards(db, keys, subjects[entry["service"]], entry["size"], today, dice)
        db.commit()
    screen_feedback(database, list_frozen_periods, find_published_people)


def _directory(raw: dict[str, Any]) -> DirectoryRecords:
    larger = {name: raw[name] for name in ("county", "region", "nation")}
    services = raw["services"]
    return DirectoryRecords(
        providers=tuple(
            ProviderRecord(source_id=name, name=name)
            for name in dict.fromkeys(service["provider"] for service in services)
        ),
        services=tuple(
            ServiceRecord(
                source_id=service["name"],
                provider_id=service["provider"],
                name=service["name"],
                area=AreaRecord(town=service["town"], **larger),
                also_called=tuple(service.get("also_called", ())),
                kind=service["kind"],
                opening=service["opening"],
                is_listed=service.get("is_listed", True),
                is_open=True,
            )
            for service in services
        ),
    )


def _invented(db: Session, raw: dict[str, Any]) -> Iterator[Invented]:
    ids = {facts.name: facts.id for facts in list_service_facts(db).values()}
    areas = {place.name: place.id for place in list_area_places(db).values()}
    for service in raw["services"]:
        yield Invented(
            service_id=ids[service["name"]],
            area_id=None,
            each_quarter=service["each_quarter"],
            mood=tuple(service["mood"]),
            through_provider=service["through_provider"],
            picks={"barriers": service["barriers"], "helped": service["helped"]},
        )
    for need in raw["needs"]:
        picks = {"where_stopped": need["where_stopped"]}
        yield Invented(None, areas[need["town"]], need["each_quarter"], (0, 0), 0, picks)


def _responses(
    invented: list[Invented], period: str, number: int, dice: Dice
) -> Iterator[Response]:
    for about in invented:
        first, last = about.mood
        mood = first + (last - first) * number // (QUARTERS - 1)
        spread = about.each_quarter // 4
        people = about.each_quarter - spread + dice.below(2 * spread + 1)
        for _person in range(people):
            answers = _answers(about, mood, dice)
            if answers:
                yield _response(about, period, answers, dice)


def _response(about: Invented, period: str, answers: dict[str, Any], dice: Dice) -> Response:
    is_through_provider = dice.happens(about.through_provider)
    return Response(
        id=dice.bytes(16),
        period=period,
        service_id=about.service_id,
        area_id=about.area_id,
        framework=CURRENT,
        answers=answers,
        source=Source.PROVIDER if is_through_provider else Source.OPEN,
        screen=Screen.CLEAR,
    )


def _answers(about: Invented, mood: int, dice: Dice) -> dict[str, Any]:
    questions = load_framework().asked_about(service=about.service_id is not None)
    own_mood = max(0, min(100, mood - 30 + dice.below(61)))
    answers: dict[str, Any] = {}
    for question in questions:
        if question.kind is Kind.ONE:
            if not dice.happens(BLANK):
                scale = "fft" if question.key == "overall" else "frequency"
                answers[question.key] = dice.one_of(
                    {key: _weight(own_mood, pull) for key, pull in MOODS[scale]}
                )
        elif question.key == "matters":
            keys = [option.key for option in question.options]
            answers[question.key] = sorted({keys[dice.below(len(keys))] for _ in range(3)})
        else:
            picks = about.picks.get(question.key, {})
            if picked := [key for key, percent in picks.items() if dice.happens(percent)]:
                answers[question.key] = picked
    return answers


def _weight(mood: int, pull: int) -> int:
    """Return how likely an answer is: good ones with a good mood, bad ones with a bad one."""
    return 10 + (mood * pull if pull > 0 else (100 - mood) * -pull)


def _equal(
    invented: list[Invented],
    subjects: Mapping[str, bytes],
    entry: dict[str, Any],
    screen: Screen,
    period: str,
    dice: Dice,
) -> Iterator[Response]:
    """Give answers that all say the same, as if one person had sent them."""
    about = next(one for one in invented if one.service_id == subjects[entry["service"]])
    questions = [q for q in load_framework().asked_about(service=True) if q.kind is Kind.ONE]
    places = cycle(entry["places"])
    said = {question.key: question.options[next(places)].key for question in questions}
    for _person in range(entry["people"]):
        response = _response(about, period, dict(said), dice)
        response.screen = screen
        yield response


def _make_cards(
    db: Session, keys: Keys, service_id: bytes, size: int, today: date, dice: Dice
) -> None:
    """Make a batch of cards that peer workers hand out. Their codes are with nobody."""
    make_batch(
        db,
        keys,
        dice.bytes(16),
        service_id,
        source=Source.OUTREACH,
        codes=new_card_codes(size, dice.bytes),
        months=CARD_MONTHS,
        today=today,
    )
