"""Who runs this instance and whom to turn to: the facts every page needs, read from one file."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from coproduce.core.errors import OperatorError

MOST_HELPLINES = 6
"""Somebody in danger does not read a directory. Source: docs/operating.md, help lines."""

LONGEST = {"title": 30, "name": 60, "contact": 60, "when": 40}
"""Characters that fit a phone of 320 px in two lines, and a tab with a title."""

DAYS_UNTIL_CHECKED_AGAIN = 365
"""Lines close and numbers change. Source: docs/operating.md, help lines."""

EMERGENCY_NUMBERS = frozenset({"999", "112", "911", "000", "101", "105", "111"})
"""Numbers that lead to the police or may do. Source: docs/operating.md, help lines."""

TELLING_TITLE = re.compile(
    r"sex|drug|alcohol|addict|substance|rehab|recovery|abuse|violence|hiv|clinic|prostitut", re.I
)
"""What a browser's history must not tell. Source: privacy rule A.5 (docs/threat-model.md)."""

_POLICE = re.compile(r"police|emergency", re.I)
_EXAMPLE_ADDRESS = re.compile(r"[@.]example(\.(org|com|net))?$", re.I)


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line or service a person can turn to. Shown in the order of the file."""

    name: str
    contact: str
    when: str = ""

    @property
    def is_emergency(self) -> bool:
        """Whether the police answer, or may."""
        return self.contact.strip() in EMERGENCY_NUMBERS or bool(_POLICE.search(self.name))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom a safeguarding matter may be passed on."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Safeguarding:
    """The written procedure for a risk to life or to a child. Empty until somebody writes it."""

    steps: tuple[str, ...] = ()
    recipients: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What differs from one instance to the next, in words people see.

    Attributes:
        title: neutral name, in every page title and in the browser's history.
        run_by: who runs this and is responsible for the data.
        contact: where to write to them.
        reading_days: days on which texts are read, as English weekday names.
        helplines: whom to turn to; the police, if they are there at all, come last.
        helplines_checked_on: the day on which somebody last tried every one of them.
        exit_url: where "Leave this site" goes; something anyone might look at.
        supervision: whom those who read can talk to; the contact if nothing is set.
        panel_day: the day on which ideas go to the panels, as an English weekday name.
        hand_in: where a form on paper goes; a closed envelope in a box if nothing is set.
        safeguarding: what readers do when a text tells of a risk to life or to a child.
    """

    title: str
    run_by: str
    contact: str
    reading_days: tuple[str, ...]
    helplines: tuple[Helpline, ...]
    helplines_checked_on: date
    exit_url: str
    supervision: str = ""
    panel_day: str = "wednesday"
    hand_in: str = ""
    safeguarding: Safeguarding = field(default_factory=Safeguarding)


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_deployment(path: Path) -> Deployment:
    """Return the deployment described in a TOML file.

    Raises:
        OperatorError: naming every fault of the file at once.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise OperatorError(
            f"No deployment file at {path}. Copy deployment.example.toml there."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path} is not valid TOML: {error}") from error
    faults = list(_faults(raw))
    if faults:
        raise OperatorError(f"{path}: " + " ".join(faults))
    return Deployment(
        title=raw["title"],
        run_by=raw["run_by"],
        contact=raw["contact"],
        reading_days=tuple(raw["reading_days"]),
        helplines=tuple(Helpline(**line) for line in raw["helplines"]),
        helplines_checked_on=raw["helplines_checked_on"],
        exit_url=raw["exit_url"],
        supervision=raw.get("supervision", ""),
        panel_day=raw.get("panel_day", "wednesday"),
        hand_in=raw.get("hand_in", ""),
        safeguarding=_safeguarding(raw.get("safeguarding", {})),
    )


def _safeguarding(raw: dict[str, Any]) -> Safeguarding:
    return Safeguarding(
        steps=tuple(raw.get("steps", ())),
        recipients=tuple(Recipient(**entry) for entry in raw.get("recipients", ())),
    )


def _faults(raw: dict[str, Any]) -> list[str]:
    faults = [
        f"Set {name} to some words."
        for name in ("title", "run_by", "contact", "exit_url")
        if not isinstance(raw.get(name), str) or not raw[name].strip()
    ]
    faults += [
        f"Set {name} to some words, or leave it out."
        for name in ("supervision", "hand_in")
        if not isinstance(raw.get(name, ""), str)
    ]
    if isinstance(raw.get("title"), str):
        faults += _title_faults(raw["title"])
    days = raw.get("reading_days")
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        faults.append(f"Set reading_days to a list of {', '.join(DAYS)}.")
    elif len(set(days)) < len(days):
        faults.append("Name each of reading_days once.")
    faults += _helpline_faults(raw.get("helplines"))
    if type(raw.get("helplines_checked_on")) is not date:
        faults.append(
            "Try every help line, then set helplines_checked_on to that day, such as 2026-03-31."
        )
    if isinstance(raw.get("exit_url"), str) and not raw["exit_url"].startswith("https://"):
        faults.append("Set exit_url to an address that starts with https://.")
    if raw.get("panel_day", "wednesday") not in DAYS:
        faults.append(f"Set panel_day to one of {', '.join(DAYS)}.")
    if "safeguarding" in raw and not _is_procedure(raw["safeguarding"]):
        faults.append(
            "Give [safeguarding] steps, a list of sentences, and at least one"
            " [[safeguarding.recipients]] with name and contact, each name once."
        )
    return faults


def _title_faults(title: str) -> Iterator[str]:
    if len(title) > LONGEST["title"]:
        yield f"Keep title within {LONGEST['title']} characters."
    if TELLING_TITLE.search(title):
        yield "Choose a title that does not tell what this is about: browsers' histories show it."


def _helpline_faults(lines: object) -> Iterator[str]:
    if not isinstance(lines, list) or not lines or not all(_is_helpline(line) for line in lines):
        yield "Add at least one [[helplines]] with name and contact, and when if you like."
        return
    if len(lines) > MOST_HELPLINES:
        yield f"Keep [[helplines]] to {MOST_HELPLINES} lines."
    for line in lines:
        for name, words in line.items():
            if len(words) > LONGEST[name] or "\n" in words:
                yield (
                    f"Keep {name} of the help line {line['name']!r} on one line of at most"
                    f" {LONGEST[name]} characters."
                )
    if any(Helpline(**line).is_emergency for line in (lines[:-1] or lines)):
        yield (
            "The police and emergency numbers may only be the last of [[helplines]], after others:"
            " many people cannot call them safely."
        )


def _is_helpline(line: object) -> bool:
    return (
        isinstance(line, dict)
        and {"name", "contact"} <= line.keys() <= {"name", "contact", "when"}
        and _are_words(line)
    )


def _is_procedure(raw: object) -> bool:
    if not isinstance(raw, dict) or not raw.keys() <= {"steps", "recipients"}:
        return False
    steps, recipients = raw.get("steps"), raw.get("recipients")
    if not isinstance(steps, list) or not isinstance(recipients, list):
        return False
    are_whole = [
        isinstance(entry, dict) and entry.keys() == {"name", "contact"} and _are_words(entry)
        for entry in recipients
    ]
    if not steps or not recipients or not all(are_whole):
        return False
    names = {entry["name"] for entry in recipients}
    return len(names) == len(recipients) and all(isinstance(s, str) and s.strip() for s in steps)


def _are_words(entry: dict[str, Any]) -> bool:
    return all(isinstance(value, str) and value.strip() for value in entry.values())


def find_stale_facts(deployment: Deployment, today: date) -> Iterator[str]:
    """Give what a deployment file says that nobody has made sure of, each with its mend."""
    checked_on = deployment.helplines_checked_on
    if checked_on > today:
        yield f"helplines_checked_on is {checked_on}, and that day has not come. Mend the date."
    elif (today - checked_on).days > DAYS_UNTIL_CHECKED_AGAIN:
        yield (
            f"The help lines were last checked on {checked_on}. Try every one of them, then set"
            " helplines_checked_on in the deployment file to that day."
        )
    if _EXAMPLE_ADDRESS.search(deployment.contact):
        yield (
            f"The contact {deployment.contact} is an example. Set your own in the deployment file:"
            " people write there when something is wrong."
        )
