"""The step before anything is stored: what in the words may tell who somebody is.

Nothing that is found here is stored or logged; it is shown to its writer and forgotten.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.identifying import NAMES_OF, Span, find_identifying, without_details
from coproduce.core.messages import Message
from coproduce.core.place_names import FindPlaces, finder_of_places
from coproduce.feedback.forms import Road
from coproduce.feedback.rules import TEXT_LIMIT, Words
from coproduce.services.names_near import get_names_near
from coproduce.services.queries import Landing
from coproduce.web.locales import language
from coproduce.web.replies import Page

MOST_LISTED = 20
"""Details that are listed one by one; all are marked in the text. Source: docs/identifying.md."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An answer in the writer's own words, in pieces that were found and pieces between."""

    question: Message
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class ListedDetail:
    """A detail as it is written, and what it is taken for."""

    kind: Message
    words: str


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """Not sent yet: something could tell who somebody is."""

    template: ClassVar[str] = "feedback/check.html"

    landing: Landing
    found: tuple[ListedDetail, ...]
    quotes: tuple[Quote, ...]
    fields: tuple[tuple[str, str], ...]
    road: Road
    action: str = "/g"


def finder_for(db: Session, landing: Landing) -> FindPlaces:
    """Return what finds the services and places around the one that a form is about.

    What the form itself is about may be named: it is stored beside the answers anyway.
    """
    near = get_names_near(db, service_id=landing.service_id, area_id=landing.area_id)
    return finder_of_places(near.others)


def has_details(words: Words, find_places: FindPlaces) -> bool:
    """Return True if something in the words may tell who somebody is."""
    return any(
        find_identifying(text, find_places=find_places) for text in (words.better, words.happened)
    )


def check_page(
    landing: Landing,
    words: Words,
    fields: tuple[tuple[str, str], ...],
    road: Road,
    find_places: FindPlaces,
) -> CheckPage:
    """Return the page that shows what was found, each answer apart, and carries everything sent."""
    is_service = landing.service_id is not None or bool(words.called)
    quotes: list[Quote] = []
    found: dict[str, ListedDetail] = {}
    for question, text in words.answered(is_service=is_service):
        spans = find_identifying(text, find_places=find_places)
        for span in spans:
            said = text[span.start : span.end]
            found.setdefault(said.casefold(), ListedDetail(NAMES_OF[span.found], said))
        if text:
            quotes.append(Quote(question, _parts(text, spans)))
    return CheckPage(
        landing=landing,
        found=tuple(found.values())[:MOST_LISTED],
        quotes=tuple(quotes),
        fields=fields,
        road=road,
    )


def without_their_details(words: Words, find_places: FindPlaces, language_code: str) -> Words:
    """Return the words with a tag, in the language of the form, in place of each detail.

    Nothing is found in them any more, and neither text is longer than a text may be.
    """
    say = language(language_code).render
    return replace(
        words,
        better=without_details(words.better, TEXT_LIMIT, find_places, say),
        happened=without_details(words.happened, TEXT_LIMIT, find_places, say),
    )


def _parts(text: str, spans: tuple[Span, ...]) -> tuple[tuple[str, bool], ...]:
    parts, position = [], 0
    for span in spans:
        parts += [(text[position : span.start], False), (text[span.start : span.end], True)]
        position = span.end
    return tuple(part for part in (*parts, (text[position:], False)) if part[0])
