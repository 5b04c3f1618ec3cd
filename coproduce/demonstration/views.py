"""Pages that only the demonstration has: the guide, and every component on one page."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.db import Database
from coproduce.core.errors import NotFound
from coproduce.core.messages import Message, _
from coproduce.demonstration.people import BY_KEY, SAMPLE_PEOPLE, SamplePerson, step_into
from coproduce.feedback.forms import TypedFeedback
from coproduce.feedback.framework import Question, load_framework
from coproduce.services.queries import AreaSummary, ServiceSummary, list_towns
from coproduce.services.service_search import search_services
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther


@dataclass(frozen=True, kw_only=True)
class GuidePage(Page):
    """A walk through the loop, step by step."""

    template: ClassVar[str] = "demonstration/guide.html"

    services: list[ServiceSummary]
    towns: list[AreaSummary]
    people: tuple[SamplePerson, ...] = SAMPLE_PEOPLE


@dataclass(frozen=True, kw_only=True)
class ComponentsPage(Page):
    """Every component in every state, in the visitor's light or dark."""

    template: ClassVar[str] = "demonstration/components.html"

    questions: tuple[Question, ...]
    typed: TypedFeedback
    errors: list[FieldError]
    wrong: dict[str, Message]


def show_guide(db: Session, _asked: ParsedRequest) -> Reply:
    """Show the guide."""
    return GuidePage(services=search_services(db, words="", area_code=""), towns=list_towns(db))


def see_it_as(database: Database, asked: ParsedRequest) -> Reply:
    """Sign in as the invented person that was tapped on, and go where their work begins.

    Raises:
        NotFound: if there is no such person.
    """
    person = BY_KEY.get(asked.field("role"))
    if person is None:
        raise NotFound()
    signed_in = step_into(
        database,
        asked.site.keys,
        person,
        asked.today,
        old_token=asked.cookie.token if asked.cookie else None,
    )
    return SeeOther(person.first_place, sign_in=signed_in)


def show_components(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the components."""
    questions = load_framework().questions
    errors = [FieldError("matters", _("Please choose at most %(most)s.", most=3))]
    return ComponentsPage(
        questions=questions[:3],
        typed=TypedFeedback(chosen=frozenset({("overall", "good"), ("barriers", "wait")})),
        errors=errors,
        wrong={error.name: error.message for error in errors},
    )
