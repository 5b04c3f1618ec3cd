"""Who runs this instance and whom to turn to: the facts every page needs, read from one file."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coproduce.core.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line or service a person can turn to. Shown in the order of the file."""

    name: str
    contact: str
    when: str = ""


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
        helplines: whom to turn to; the first must not be the police.
        exit_url: where "Leave this site" goes; something anyone might look at.
        supervision: whom those who read can talk to; the contact if nothing is set.
        panel_day: the day on which ideas go to the panels, as an English weekday name.
        safeguarding: what readers do when a text tells of a risk to life or to a child.
    """

    title: str
    run_by: str
    contact: str
    reading_days: tuple[str, ...]
    helplines: tuple[Helpline, ...]
    exit_url: str
    supervision: str = ""
    panel_day: str = "wednesday"
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
        exit_url=raw["exit_url"],
        supervision=raw.get("supervision", ""),
        panel_day=raw.get("panel_day", "wednesday"),
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
    if not isinstance(raw.get("supervision", ""), str):
        faults.append("Set supervision to some words, or leave it out.")
    days = raw.get("reading_days")
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        faults.append(f"Set reading_days to a list of {', '.join(DAYS)}.")
    lines = raw.get("helplines")
    if (
        not isinstance(lines, list)
        or not lines
        or any(
            not isinstance(line, dict)
            or not {"name", "contact"} <= line.keys() <= {"name", "contact", "when"}
            for line in lines
        )
    ):
        faults.append("Add at least one [[helplines]] with name and contact.")
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
