"""The pages on which people find the service they want to talk about."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.codes import RETURN_DIGITS, read_card_code, read_poster_code
from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned, folded
from coproduce.services.area_choice import AreaBook, AreaChoice, PickedArea
from coproduce.services.queries import get_area_book, get_landing, has_landing, list_kinds
from coproduce.services.rules import FACT_LIMIT, SEARCH_LIMIT
from coproduce.services.service_search import FOUND_AT_MOST, FoundServices, find_services
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther

KINDS_AT_MOST = 30
"""Kinds offered in a list; the commonest ones. Any other can be typed among the words."""

MOST_SLIPS = 2
"""Numbers too few or too many of a return code that is still taken for one."""


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """What this is, and the ways in."""

    template: ClassVar[str] = "services/home.html"

    typed_code: str = ""
    error: Message | None = None
    is_return_code: bool = False


@dataclass(frozen=True, kw_only=True)
class FindPage(Page):
    """A search, areas to choose from, and what was found: None before anything was asked.

    Few areas stand in a list. Of many one is typed, or reached from the larger one around it.
    """

    template: ClassVar[str] = "services/find.html"

    offered: tuple[AreaChoice, ...]
    below: tuple[AreaChoice, ...]
    kinds: tuple[str, ...]
    has_services: bool
    area: AreaChoice | None = None
    wider: AreaChoice | None = None
    place: str = ""
    kind: str = ""
    words: str = ""
    is_place_unknown: bool = False
    is_return_code: bool = False
    found: FoundServices | None = None
    shown_at_most: int = FOUND_AT_MOST


@dataclass(frozen=True, kw_only=True)
class NeverInPage(Page):
    """Where it was that somebody did not get in."""

    template: ClassVar[str] = "services/never_in.html"

    picked: PickedArea


def show_home(_db: Session, _asked: ParsedRequest) -> Reply:
    """Show the front page."""
    return HomePage()


def enter_code(db: Session, asked: ParsedRequest) -> Reply:
    """Open the form of a typed code of a poster or a card, or say what is wrong with it."""
    typed = cleaned(asked.field("code"), limit=SEARCH_LIMIT)
    if _is_return_code(typed):
        # What somebody holds alone is not shown again on a page that is no place for it.
        return HomePage(status=422, is_return_code=True)
    if card := read_card_code(typed):
        return SeeOther(f"/g/{card}")
    code = read_poster_code(typed)
    if code is None:
        message = _(
            "This is not a code we know. It has six letters and numbers, like 7KQ 2MD. "
            "On a card it has ten."
        )
        return HomePage(status=422, typed_code=typed, error=message)
    get_landing(db, code)
    return SeeOther(f"/g/{code}")


def show_find(db: Session, _asked: ParsedRequest) -> Reply:
    """Show the areas and the search."""
    return _find_page(db, get_area_book(db))


def search(db: Session, asked: ParsedRequest) -> Reply:
    """Show what the words find in the area; by POST, so that they stay out of any history."""
    words = cleaned(asked.field("words"), limit=SEARCH_LIMIT)
    if _is_return_code(words):
        return _find_page(db, get_area_book(db), status=422, is_return_code=True)
    code = read_poster_code(words)
    if code is not None and has_landing(db, code):
        return SeeOther(f"/g/{code}")
    book = get_area_book(db)
    place = cleaned(asked.field("place"), limit=SEARCH_LIMIT)
    kind = cleaned(asked.field("kind"), limit=FACT_LIMIT)
    area = book.with_code(asked.field("area"))
    meant = (area,) if area else book.meant_by(place)
    # Of places that are like it, those of the likest name: they may be two of one name.
    meant = tuple(one for one in meant if folded(one.name) == folded(meant[0].name))
    within = frozenset().union(*(book.inside(one.id) for one in meant)) if meant else None
    return _find_page(
        db,
        book,
        area=meant[0] if len(meant) == 1 else None,
        place=place if len(meant) != 1 else meant[0].label,
        kind=kind,
        words=words,
        is_place_unknown=bool(place) and not meant,
        found=find_services(db, words=words, within=within, kind=kind),
    )


def show_never_in(db: Session, _asked: ParsedRequest) -> Reply:
    """Ask where it was that somebody did not get in."""
    return NeverInPage(picked=get_area_book(db).picked("", ""))


def choose_never_in(db: Session, asked: ParsedRequest) -> Reply:
    """Open the form of the chosen area, or say what to choose."""
    place = cleaned(asked.field("place"), limit=SEARCH_LIMIT)
    picked = get_area_book(db).picked(asked.field("k"), place)
    if picked.area is None:
        return NeverInPage(status=422, picked=picked)
    return SeeOther(f"/g/{picked.area.code}")


def _find_page(
    db: Session,
    book: AreaBook,
    *,
    status: int = 200,
    area: AreaChoice | None = None,
    place: str = "",
    kind: str = "",
    words: str = "",
    is_place_unknown: bool = False,
    is_return_code: bool = False,
    found: FoundServices | None = None,
) -> FindPage:
    around = book.around(area.id)[1:] if area else []
    return FindPage(
        status=status,
        offered=book.offered,
        below=() if book.offered else book.below(area),
        kinds=tuple(list_kinds(db)[:KINDS_AT_MOST]),
        has_services=any(one.services for one in book.choices) or found is not None,
        area=area,
        wider=next((one for one in book.choices if one.id in around[:1]), None),
        place=place,
        kind=kind,
        words=words,
        is_place_unknown=is_place_unknown,
        is_return_code=is_return_code,
        found=found,
    )


def _is_return_code(typed: str) -> bool:
    """Return whether somebody typed the long number of a receipt, perhaps with a slip."""
    digits = sum(sign.isdigit() for sign in typed)
    is_number = not any(sign.isalpha() for sign in typed)
    return is_number and abs(digits - RETURN_DIGITS - 1) <= MOST_SLIPS
