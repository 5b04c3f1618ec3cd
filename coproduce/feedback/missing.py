"""The page for a service that is not in the directory: what people call it, and where it is.

It is sent like any form, about the area. A moderator matches it with a service later, or not.
"""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.messages import Message
from coproduce.core.text import cleaned
from coproduce.feedback.forms import Road, TypedFeedback, read_road, typed_feedback
from coproduce.feedback.framework import load_framework
from coproduce.feedback.rules import ReadingState
from coproduce.services.area_choice import PickedArea
from coproduce.services.queries import get_area_book
from coproduce.services.rules import SEARCH_LIMIT
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import Fields, ParsedRequest
from coproduce.web.replies import Page


@dataclass(frozen=True, kw_only=True)
class MissingPage(Page):
    """A service is not here: what was typed about it, and what was wrong."""

    template: ClassVar[str] = "feedback/missing.html"

    token: str
    road: Road
    picked: PickedArea
    reading: ReadingState
    typed: TypedFeedback
    errors: list[FieldError]
    wrong: dict[str, Message]
    asks_for_words: bool


def is_missing_form(form: Fields) -> bool:
    """Return True if a form tells of a service that is not in the directory."""
    return "missing" in form


def pick_area(db: Session, form: Fields) -> PickedArea:
    """Return the area that was chosen or typed, or what to do until it is one."""

    def field(name: str) -> str:
        return cleaned(
            next((value for value in form.get(name, ()) if value), ""), limit=SEARCH_LIMIT
        )

    return get_area_book(db).picked(field("k"), field("place"))


def missing_page(
    asked: ParsedRequest,
    picked: PickedArea,
    reading: ReadingState,
    errors: list[FieldError],
    token: str,
) -> MissingPage:
    """Return the page with everything that was typed."""
    typed = typed_feedback(asked.form, load_framework(), service=False)
    return MissingPage(
        status=422 if errors else 200,
        token=token,
        road=read_road(asked.form),
        picked=picked,
        reading=reading,
        typed=typed,
        errors=errors,
        wrong={error.name: error.message for error in errors},
        asks_for_words=not reading.is_closed or bool(typed.better or typed.happened),
    )


def code_of(picked: PickedArea) -> str | None:
    """Return the landing code of the area, once it is certain."""
    return picked.area.code if picked.area else None


def area_errors(picked: PickedArea) -> list[FieldError]:
    """Return why no area is certain yet, as the error of the field that asks for it."""
    name = "k" if picked.offered or picked.near else "place"
    return [FieldError(name, picked.fault)] if picked.fault else []
