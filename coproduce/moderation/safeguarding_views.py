"""The pages of safeguarding: cases, their procedure, and for the lead what is serious."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy.orm import Session

from coproduce.accounts.queries import get_pseudonyms
from coproduce.core.deployment import Recipient
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Permission
from coproduce.feedback.second_words import SafeText, get_safe_text, list_serious_texts
from coproduce.moderation.choices import SERIOUSNESS
from coproduce.moderation.key_shares import CannotOpenYet, open_reading_keys
from coproduce.moderation.safeguarding import (
    GRAVE,
    NOBODY,
    Case,
    CaseContent,
    close_case,
    confirm_decision,
    get_case,
    has_words,
    join_case,
    list_cases,
    open_case_of_text,
    propose_decision,
    read_case,
    take_back_proposal,
)
from coproduce.moderation.second_forms import read_id
from coproduce.moderation.settled_before import SettledBeforePage
from coproduce.moderation.team import get_profile
from coproduce.services.queries import get_name
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page, Reply, SeeOther


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list. Without a part in it, somebody can only join."""

    case: Case
    opened_by: str
    is_part: bool
    is_due: bool


@dataclass(frozen=True, slots=True)
class SeriousLine:
    """One serious text, for the lead alone."""

    text: SafeText
    service: str
    seriousness: Message


@dataclass(frozen=True, kw_only=True)
class SafeguardingPage(Page):
    """The cases somebody has part in; for the lead also what is serious."""

    template: ClassVar[str] = "moderation/safeguarding.html"

    open_cases: list[CaseLine]
    closed_cases: list[CaseLine]
    serious: list[SeriousLine]
    is_lead: bool
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CasePage(Page):
    """One case: the procedure, the words, and the next thing to do."""

    template: ClassVar[str] = "moderation/case.html"

    case: Case
    names: dict[bytes, str]
    content: CaseContent | None
    cannot_open: bool
    actor_id: bytes
    steps: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    chosen: Recipient | None
    today: date
    errors: tuple[FieldError, ...]


def show_safeguarding(db: Session, asked: ParsedRequest) -> Reply:
    """Show the cases somebody has part in; to the lead also what is serious."""
    actor_id, is_lead = asked.actor.own_id(), _is_lead(asked)
    cases = list_cases(db, actor_id, is_lead=is_lead)
    names = get_pseudonyms(db, {case.opened_by for case in cases})
    lines = [
        CaseLine(
            case,
            names.get(case.opened_by, ""),
            is_lead or actor_id in {case.opened_by, case.second},
            case.is_due(asked.today),
        )
        for case in cases
    ]
    return SafeguardingPage(
        open_cases=[line for line in lines if line.case.state != "closed"],
        closed_cases=[line for line in lines if line.case.state == "closed"],
        serious=_serious(db, _conflicts(db, asked)) if is_lead else [],
        is_lead=is_lead,
        steps=asked.site.deployment.safeguarding.steps,
    )


def open_case_about(db: Session, asked: ParsedRequest) -> Reply:
    """Open a case about a serious text; the lead alone may, and the same text has one case."""
    try:
        text = get_safe_text(db, read_id(asked.field("text")))
    except NotFound as gone:
        return _settled_before(gone.status, gone.message)
    is_theirs = text.service_id in _conflicts(db, asked)
    if text.seriousness < GRAVE or not text.words or is_theirs:
        raise NotFound()
    name = get_name(db, service_id=text.service_id, area_id=text.area_id)
    case_id = open_case_of_text(
        db,
        asked.site.keys,
        asked.actor.own_id(),
        text.id,
        text.words,
        name,
        asked.today,
        service_id=text.service_id,
    )
    return SeeOther(f"/safeguarding/{case_id.hex()}")


def show_case(db: Session, asked: ParsedRequest) -> Reply:
    """Show a case to one of its people."""
    return _case_page(db, asked)


def _case_page(db: Session, asked: ParsedRequest, *errors: FieldError) -> CasePage:
    actor_id = asked.actor.own_id()
    case = get_case(db, read_id(asked.path["case"]), actor_id, is_lead=_is_lead(asked))
    content, cannot_open = None, False
    try:
        content = _content(db, asked, case.id)
    except CannotOpenYet:
        cannot_open = True
    procedure = asked.site.deployment.safeguarding
    people = {i for i in (case.opened_by, case.second, case.proposed_by) if i}
    return CasePage(
        status=422 if errors else 200,
        errors=errors,
        case=case,
        names=get_pseudonyms(db, people),
        content=content,
        cannot_open=cannot_open,
        actor_id=actor_id,
        steps=procedure.steps,
        recipients=procedure.recipients,
        chosen=next((r for r in procedure.recipients if r.name == case.recipient), None),
        today=asked.today,
    )


def decide_case(db: Session, asked: ParsedRequest) -> Reply:
    """Take the next step of a case."""
    try:
        case_id = read_id(asked.path["case"])
        _step(db, asked, case_id)
    except RuleBroken as broken:
        return _case_page(db, asked, FieldError("recipient", broken.message))
    except (Conflict, NotFound, CannotOpenYet) as failure:
        back = asked.url_path if isinstance(failure, Conflict) else "/safeguarding"
        return SettledBeforePage(status=failure.status, message=failure.message, back=back)
    return SeeOther(f"/safeguarding/{case_id.hex()}")


def _step(db: Session, asked: ParsedRequest, case_id: bytes) -> None:
    keys, actor_id, today, act = (
        asked.site.keys,
        asked.actor.own_id(),
        asked.today,
        asked.field("act"),
    )
    if act == "join":
        _content(db, asked, case_id)
        join_case(db, keys, case_id, actor_id, today)
        return
    get_case(db, case_id, actor_id, is_lead=_is_lead(asked))
    _content(db, asked, case_id)
    plain: dict[str, Callable[..., None]] = {"take_back": take_back_proposal, "close": close_case}
    choosing: dict[str, Callable[..., None]] = {
        "propose": propose_decision,
        "confirm": confirm_decision,
    }
    if act in plain:
        plain[act](db, keys, case_id, actor_id, today)
        return
    recipient = _recipient(asked)
    if act not in choosing or recipient is None:
        raise RuleBroken(_("Please choose to whom it is passed on, or that it is not."))
    choosing[act](db, keys, case_id, actor_id, recipient, today)


def _recipient(asked: ParsedRequest) -> str | None:
    """Return the chosen name of the deployment's list, NOBODY, or None if nothing was chosen."""
    typed = asked.form.get("recipient", ())
    if not typed:
        return None
    names = {recipient.name for recipient in asked.site.deployment.safeguarding.recipients}
    return typed[0] if typed[0] in names | {NOBODY} else None


def _content(db: Session, asked: ParsedRequest, case_id: bytes) -> CaseContent | None:
    """Return what a case says, or None once it is closed.

    Raises:
        NotFound: if it is about a service this person must not read about.
        CannotOpenYet: if they hold no key that fits.
    """
    if not has_words(db, case_id):
        return None
    content = read_case(db, case_id, open_reading_keys(db, asked.site.keys, asked.actor))
    if content and content.service_id in _conflicts(db, asked):
        raise NotFound(_("You have to do with this service. Others must decide this case."))
    return content


def _conflicts(db: Session, asked: ParsedRequest) -> Collection[bytes]:
    return get_profile(db, asked.actor.own_id(), asked.site.languages[0]).conflicts


def _serious(db: Session, not_about: Collection[bytes]) -> list[SeriousLine]:
    return [
        SeriousLine(
            text,
            get_name(db, service_id=text.service_id, area_id=text.area_id),
            SERIOUSNESS[text.seriousness],
        )
        for text in list_serious_texts(db, GRAVE)
        if text.service_id not in not_about
    ]


def _is_lead(asked: ParsedRequest) -> bool:
    return asked.actor.has(Permission.MODERATION_LEAD)


def _settled_before(status: int, message: Message) -> SettledBeforePage:
    return SettledBeforePage(status=status, message=message, back="/safeguarding")
