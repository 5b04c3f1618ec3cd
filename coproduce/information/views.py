"""The pages that inform. They ask nothing and read nothing but the shape of the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from coproduce.core.periods import first_day, last_day
from coproduce.information.rules import HOLDINGS, About, Holding
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

CHECKED_BY_HAND_ON = date(2026, 11, 22)
"""The day of the last walk through every page by hand. Source: docs/accessibility.md."""


@dataclass(frozen=True, kw_only=True)
class SafetyPage(Page):
    """How to use this on a shared phone, and what it cannot do."""

    template: ClassVar[str] = "information/safety.html"


@dataclass(frozen=True, kw_only=True)
class PrivacyPage(Page):
    """The privacy notice, short first."""

    template: ClassVar[str] = "information/privacy.html"


@dataclass(frozen=True, kw_only=True)
class AccessibilityPage(Page):
    """The accessibility statement."""

    template: ClassVar[str] = "information/accessibility.html"

    checked_on: date


@dataclass(frozen=True, kw_only=True)
class AboutPage(Page):
    """Who runs this, and in which quarters words were deleted unread."""

    template: ClassVar[str] = "information/about.html"

    unread: tuple[tuple[date, date], ...]


@dataclass(frozen=True, kw_only=True)
class HowWeReadPage(Page):
    """The rules by which words are read and made safe."""

    template: ClassVar[str] = "information/how_we_read.html"


@dataclass(frozen=True, slots=True)
class Held:
    """One table: its plain description, its name and its columns."""

    holding: Holding
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HandOverPage(Page):
    """Everything that could be handed over, made from the schema of the database."""

    template: ClassVar[str] = "information/hand_over.html"

    people: tuple[Held, ...]
    accounts: tuple[Held, ...]
    rest: tuple[Held, ...]


def show_safety(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show how to stay safe."""
    return SafetyPage()


def leave(_db: Session, asked: ParsedRequest) -> Reply:
    """Go somewhere harmless at once."""
    return SeeOther(asked.site.deployment.exit_url)


def show_privacy(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the privacy notice."""
    return PrivacyPage()


def show_accessibility(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the accessibility statement."""
    return AccessibilityPage(checked_on=CHECKED_BY_HAND_ON)


def show_how_we_read(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the rules by which words are read."""
    return HowWeReadPage()


def about_of(
    list_quarters_with_unread: Callable[[Session], Iterable[str]],
) -> Callable[[Session, ParsedRequest], Reply]:
    """Return the view that shows who runs this and what went wrong."""

    def show_about(db: Session, _asked: ParsedRequest) -> Reply:
        periods = list_quarters_with_unread(db)
        return AboutPage(unread=tuple((first_day(p), last_day(p)) for p in periods))

    return show_about


def hand_over_of(schema: MetaData) -> Callable[[Session, ParsedRequest], Reply]:
    """Return the view that shows every table and column of a schema."""

    def show_hand_over(_db: Session, _asked: ParsedRequest) -> Reply:
        held = [
            Held(HOLDINGS[table.name], table.name, tuple(column.name for column in table.columns))
            for table in schema.sorted_tables
        ]
        return HandOverPage(
            people=tuple(h for h in held if h.holding.about is About.PEOPLE),
            accounts=tuple(h for h in held if h.holding.about is About.ACCOUNTS),
            rest=tuple(h for h in held if h.holding.about in {About.SERVICES, About.RUNNING}),
        )

    return show_hand_over
