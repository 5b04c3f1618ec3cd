"""Finding the service that a writer could not find: what they call it, and what is near there."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from coproduce.core.errors import NotFound
from coproduce.core.messages import _
from coproduce.services.queries import (
    ServiceSummary,
    get_area_book,
    get_kind_and_area,
    get_landing,
)
from coproduce.services.service_search import find_services

NEAR_AT_MOST = 6
ELSEWHERE_AT_MOST = 3
"""Services offered as the one that is meant: more would be a search.

Source: docs/operating.md, what readers decide.
"""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a name may mean, best first: near the place that was said, and elsewhere."""

    near: tuple[ServiceSummary, ...] = ()
    elsewhere: tuple[ServiceSummary, ...] = ()


def list_matches(
    db: Session, called: str, *, service_id: bytes | None, area_id: bytes | None
) -> Matches:
    """Return the services that fit best what somebody calls one, best first.

    Looks in the area and what lies beside it. Services that are not publicly listed are among
    them: whoever reads may know of them.

    Args:
        db: a reading session.
        called: as its writer typed it.
        service_id: the service with which the text was matched before, if any.
        area_id: the area it is about otherwise.
    """
    if service_id is not None:
        area_id = get_kind_and_area(db, service_id)[1]
    book = get_area_book(db)
    around = book.around(area_id)[:2]
    near = book.inside(around[-1]) if around else frozenset()
    if not called:
        return Matches()
    beside = find_services(db, words=called, within=near, with_unlisted=True).services
    anywhere = find_services(db, words=called, with_unlisted=True).services
    elsewhere = tuple(service for service in anywhere if service not in beside)
    return Matches(beside[:NEAR_AT_MOST], elsewhere[:ELSEWHERE_AT_MOST])


def get_matched_service(db: Session, code: str) -> bytes:
    """Return the service that a landing code opens.

    Raises:
        NotFound: if there is none, or it takes no more feedback.
    """
    landing = get_landing(db, code)
    if landing.service_id is None or not landing.is_open:
        raise NotFound(_("This service takes no more feedback. Please choose another one."))
    return landing.service_id
