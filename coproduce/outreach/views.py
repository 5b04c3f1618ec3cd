"""The pages on which staff print: posters, small cards, links, and invitation cards in batches."""

import secrets
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.core.actor import Reach, reach_of
from coproduce.core.chained_log import append_to_log
from coproduce.core.column_types import ID_BYTES
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission
from coproduce.core.text import cleaned
from coproduce.feedback.cards import (
    Batch,
    Source,
    cancel_batch,
    list_batches,
    make_batch,
    new_card_codes,
)
from coproduce.outreach.forms import (
    ReadBatch,
    TypedBatch,
    read_batch,
    read_id,
    read_page,
    typed_batch,
)
from coproduce.outreach.posters import Poster, render_poster
from coproduce.outreach.printed_cards import CardSheets, render_cards, sheet_of
from coproduce.outreach.printed_languages import get_printed_language, printed_languages
from coproduce.outreach.queries import (
    PrintArea,
    PrintList,
    PrintService,
    get_print_service,
    list_print_areas,
    list_print_services,
)
from coproduce.outreach.rules import BATCH_SIZES, GOOD_MONTHS, SERVICES_ON_PAGE, PrintEvent
from coproduce.services.rules import SEARCH_LIMIT
from coproduce.web.forms import FieldError
from coproduce.web.locales import Language, language
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Download, Page, Reply, SeeOther

PDF = "application/pdf"

SOURCE_NAMES = {
    Source.OUTREACH: _("Outreach or peer workers"),
    Source.AGENCY: _("Another service or agency"),
    Source.PROVIDER: _("This provider itself"),
}
"""Who hands cards out, as staff choose it."""


@dataclass(frozen=True, kw_only=True)
class PrintPage(Page):
    """What somebody may print for: a search, one page of services, and the first areas."""

    template: ClassVar[str] = "outreach/services.html"

    found: PrintList
    areas: list[PrintArea]
    printed: list[Language]
    shown_at_most: int
    words: str


@dataclass(frozen=True, kw_only=True)
class PrintServicePage(Page):
    """Everything that can be printed for one service, and the batches of cards that are out."""

    template: ClassVar[str] = "outreach/service.html"

    service: PrintService
    address: str
    printed: list[Language]
    sources: tuple[tuple[Source, Message], ...]
    sizes: tuple[int, ...]
    months: tuple[int, ...]
    batches: list[tuple[Batch, Message]]
    batch_id: str
    typed: TypedBatch
    errors: list[FieldError]
    wrong: dict[str, Message]


def show_services(db: Session, asked: ParsedRequest) -> Reply:
    """Show the services and areas that whoever asks may print for; a search comes by POST."""
    words = cleaned(asked.field("words"), limit=SEARCH_LIMIT)
    page = read_page(asked.form)
    return PrintPage(
        found=list_print_services(db, _reach(asked), words=words, page=page),
        areas=list_print_areas(db, _reach(asked), words=words),
        printed=printed_languages(asked.site.languages),
        shown_at_most=SERVICES_ON_PAGE,
        words=words,
    )


def show_service(db: Session, asked: ParsedRequest) -> Reply:
    """Show what can be printed for one service."""
    return _page(db, asked, _service(db, asked))


def download_poster(db: Session, asked: ParsedRequest) -> Reply:
    """Send the poster of a service, in one language."""
    service, chosen = _service(db, asked), _language(asked)
    deployment, today = asked.site.deployment, asked.today
    poster = Poster(
        title=deployment.title,
        run_by=deployment.run_by,
        public_url=asked.site.public_url,
        code=service.code,
        languages=tuple(one.name for one in printed_languages(asked.site.languages)),
    )
    return Download(
        filename=f"poster-{service.code}-{chosen.code}.pdf",
        media_type=PDF,
        make=lambda: render_poster(poster, chosen.render, chosen.tag, today),
    )


def download_small(db: Session, asked: ParsedRequest) -> Reply:
    """Send a sheet of equal cards with the poster code of a service."""
    service, chosen, today = _service(db, asked), _language(asked), asked.today
    sheets = sheet_of(asked.site.deployment.title, asked.site.public_url, service.code)
    return Download(
        filename=f"cards-{service.code}-{chosen.code}.pdf",
        media_type=PDF,
        make=lambda: render_cards(sheets, chosen.render, chosen.tag, today),
    )


def print_cards(database: Database, asked: ParsedRequest) -> Reply:
    """Make a batch of invitation cards and send them; only this one file can be read.

    They are drawn before they are stored, so that no card is good that nobody could print. The
    same form sent again makes no second batch.
    """
    with database.read() as db:
        service = _service(db, asked)
        read = read_batch(asked.form, _sources(service))
        if not isinstance(read, ReadBatch):
            return _page(db, asked, service, read)
    codes = new_card_codes(read.size, secrets.token_bytes)
    made = _drawn(asked, codes)
    try:
        with database.write() as db:
            _store(db, asked, service, read, codes)
            db.commit()
    except Conflict:
        with database.read() as db:
            return _page(db, asked, service, [_made_already()], status=409)
    return Download(filename=f"invitations-{service.code}.pdf", media_type=PDF, make=lambda: made)


def cancel_cards(db: Session, asked: ParsedRequest) -> Reply:
    """Let the cards of a batch count no more."""
    service, batch_id = _service(db, asked), read_id(asked.form)
    mine = {batch.id: batch for batch in _batches(db, service)}
    if batch_id is None or batch_id not in mine:
        raise NotFound(_("These cards are cancelled already, or they ran out."))
    batch = cancel_batch(db, batch_id, service.id)
    _log(db, asked, PrintEvent.CANCELLED, service, batch.source, batch.size)
    return SeeOther(f"/print/{service.code}#done")


def _page(
    db: Session,
    asked: ParsedRequest,
    service: PrintService,
    errors: list[FieldError] | None = None,
    status: int = 422,
) -> PrintServicePage:
    return PrintServicePage(
        status=status if errors else 200,
        service=service,
        address=f"{asked.site.public_url}/g/{service.code}",
        printed=printed_languages(asked.site.languages),
        sources=tuple((source, SOURCE_NAMES[source]) for source in _sources(service)),
        sizes=BATCH_SIZES,
        months=GOOD_MONTHS,
        batches=[(batch, SOURCE_NAMES[batch.source]) for batch in _batches(db, service)],
        batch_id=secrets.token_hex(ID_BYTES),
        typed=typed_batch(asked.form),
        errors=errors or [],
        wrong={error.name: error.message for error in errors or []},
    )


def _reach(asked: ParsedRequest) -> Reach:
    return reach_of(asked.actor.grants, Permission.PRINT)


def _service(db: Session, asked: ParsedRequest) -> PrintService:
    """Return the service in the address, if whoever asks may print for it."""
    return get_print_service(db, _reach(asked), asked.path["code"])


def _language(asked: ParsedRequest) -> Language:
    return get_printed_language(asked.site.languages, asked.path["language"])


def _sources(service: PrintService) -> tuple[Source, ...]:
    """Return who may hand out cards that whoever asks prints for a service."""
    return tuple(SOURCE_NAMES) if service.hands_to_others else (Source.PROVIDER,)


def _batches(db: Session, service: PrintService) -> list[Batch]:
    """Return the batches that whoever asks may see: a provider not those of others about it."""
    return [batch for batch in list_batches(db, service.id) if batch.source in _sources(service)]


def _drawn(asked: ParsedRequest, codes: list[str]) -> bytes:
    offered = printed_languages(asked.site.languages)
    chosen = next((one for one in offered if one.code == asked.language), language("en"))
    sheets = CardSheets(asked.site.deployment.title, asked.site.public_url, codes)
    return render_cards(sheets, chosen.render, chosen.tag, asked.today)


def _store(
    db: Session, asked: ParsedRequest, service: PrintService, read: ReadBatch, codes: list[str]
) -> None:
    make_batch(
        db,
        asked.site.keys,
        read.batch_id,
        service.id,
        source=read.source,
        codes=codes,
        months=read.months,
        today=asked.today,
    )
    _log(db, asked, PrintEvent.PRINTED, service, read.source, read.size)


def _log(
    db: Session,
    asked: ParsedRequest,
    what: PrintEvent,
    service: PrintService,
    source: Source,
    size: int,
) -> None:
    append_to_log(
        db,
        asked.site.keys,
        day=asked.today,
        account_id=asked.actor.own_id(),
        what=what,
        about=f"{service.code} {source} {size}",
    )


def _made_already() -> FieldError:
    return FieldError(
        "top",
        _(
            "These cards were made already. If the file is lost, cancel that batch below."
            " Press the button once more for new cards."
        ),
    )
