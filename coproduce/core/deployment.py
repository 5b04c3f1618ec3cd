"""Who runs this instance and whom to turn to: the facts every page needs, read from one file."""

import tomllib
from dataclasses import dataclass
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
class Deployment:
    """What differs from one instance to the next, in words people see.

    Attributes:
        title: neutral name, in every page title and in the browser's history.
        run_by: who runs this and is responsible for the data.
        contact: where to write to them.
        reading_days: days on which texts are read, as English weekday names.
        helplines: whom to turn to; the first must not be the police.
        exit_url: where "Leave this site" goes; something anyone might look at.
    """

    title: str
    run_by: str
    contact: str
    reading_days: tuple[str, ...]
    helplines: tuple[Helpline, ...]
    exit_url: str


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
    )


def _faults(raw: dict[str, Any]) -> list[str]:
    faults = [
        f"Set {name} to some words."
        for name in ("title", "run_by", "contact", "exit_url")
        if not isinstance(raw.get(name), str) or not raw[name].strip()
    ]
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
    return faults
