"""The pages on which people find the service they want to talk about."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import read_poster_code
from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned
from coproduce.services.queries import (
    AreaSummary,
    ServiceSummary,
    get_landing,
    list_towns,
    search_services,
)
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

WORDS_LIMIT = 80
"""Longest search, in characters: longer than any name in the directories that were read."""


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """What this is, and the three ways in."""

    template: ClassVar[str] = "services/home.html"

    typed_code: str = ""
    error: Message | None = None


@dataclass(frozen=True, kw_only=True)
class FindPage(Page):
    """Areas, a search, and what it found. ``found`` is None before anything was asked."""

    template: ClassVar[str] = "services/find.html"

    towns: list[AreaSummary]
    words: str = ""
    area_code: str = ""
    found: list[ServiceSummary] | None = None


def show_home(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the front page."""
    return HomePage()


def enter_code(db: Session, asked: ParsedRequest) -> Reply:
    """Open the form of a typed poster code, or say what is wrong with it."""
    typed = cleaned(asked.field("code"), limit=WORDS_LIMIT)
    code = read_poster_code(typed)
    if code is None:
        message = _("This is not a code we know. It has six letters and numbers, like 7KQ 2MD.")
        return HomePage(status=422, typed_code=typed, error=message)
    get_landing(db, code)
    return SeeOther(f"/g/{code}")


def show_find(db: Session, _asked: ParsedRequest) -> Reply:
    """Show the areas and the search."""
    return FindPage(towns=list_towns(db))


def search(db: Session, asked: ParsedRequest) -> Reply:
    """Show what the words find in the area; by POST, so that they stay out of any history."""
    words = cleaned(asked.field("words"), limit=WORDS_LIMIT)
    area_code = cleaned(asked.field("area"), limit=WORDS_LIMIT)
    found = search_services(db, words=words, area_code=area_code)
    return FindPage(towns=list_towns(db), words=words, area_code=area_code, found=found)
