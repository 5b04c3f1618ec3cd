"""Freezing a quarter: counting open answers once, proving the result safe, signing it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from coproduce.core.keys import Keys
from coproduce.core.periods import latest_freezable, periods_between
from coproduce.feedback.commands import delete_counted, mark_counted
from coproduce.feedback.framework import CURRENT, load_framework
from coproduce.feedback.published_words import forget_published_texts
from coproduce.feedback.rules import RAW_DAYS
from coproduce.reports import models
from coproduce.reports.attack import run_attacks
from coproduce.reports.derived import derived_from
from coproduce.reports.disclosure import Draw
from coproduce.reports.findings import Finding
from coproduce.reports.freeze_plan import PlannedAtom, plan_freeze
from coproduce.reports.publications import (
    Atom,
    Clock,
    Publication,
    Subject,
    SubjectKind,
    canonical_json,
    document_from,
    publication_from,
)
from coproduce.reports.queries import (
    Published,
    SubjectKey,
    answers_in_atom,
    area_chain,
    atom_column,
    documents_by_subject,
    find_first_open_period,
    find_newest_publication,
    list_frozen_periods,
    list_need_pools,
    list_service_pools,
    list_slow_atoms_closed_before,
    list_words_pools,
    open_answers_of,
)
from coproduce.reports.tabulate import tabulate
from coproduce.reports.words_atom import CountedWords, count_words
from coproduce.services.queries import AreaPlace, ServiceFacts, list_area_places, list_service_facts

TWO_RUNS_APART = timedelta(hours=1)
"""How far apart two runs of the clock must both find a quarter due, so that one jump of the
clock freezes nothing early.

Source: fault F9 (docs/threat-model.md).
"""

CLOCKS: tuple[Clock, ...] = ("fast", "slow")

NewId = Callable[[], bytes]
"""Gives 16 random bytes, such as ``lambda: secrets.token_bytes(16)``."""


MOST_NAMED = 5
"""Findings named in the message; one is enough to stop a release."""


class UnsafePublicationError(Exception):
    """The intruder found something in a publication before it was released. Nothing was."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What the freeze of one quarter did."""

    period: str
    publications: int
    atoms: int
    carried: int


@dataclass(frozen=True, slots=True)
class _Directory:
    services: Mapping[bytes, ServiceFacts]
    areas: Mapping[bytes, AreaPlace]


@dataclass(frozen=True, slots=True)
class _NewAtom:
    kind: SubjectKind
    subject: bytes
    atom: Atom


def list_due_periods(db: Session, today: date) -> list[str]:
    """Return the quarters to freeze now, oldest first: ended 14 days ago and not frozen yet."""
    frozen = set(list_frozen_periods(db))
    first = find_first_open_period(db)
    if first is None:
        return []
    return [p for p in periods_between(first, latest_freezable(today)) if p not in frozen]


def notice_due_periods(db: Session, now: datetime) -> list[str]:
    """Return the due quarters that the run before, an hour ago or more, found due as well."""
    agreed = []
    due = list_due_periods(db, now.date())
    db.execute(delete(models.FreezeNotice).where(models.FreezeNotice.period.not_in(due)))
    for period in due:
        notice = db.get(models.FreezeNotice, period)
        if notice is None:
            db.add(models.FreezeNotice(period=period, seen_at=now.isoformat()))
        elif (since := now - datetime.fromisoformat(notice.seen_at)) >= TWO_RUNS_APART:
            agreed.append(period)
        elif since < timedelta(0):
            notice.seen_at = now.isoformat()
    return agreed


def freeze_period(
    db: Session, period: str, keys: Keys, *, deployment: str, today: date, draw: Draw, new_id: NewId
) -> Frozen:
    """Publish what may be said about a quarter; all of it, or nothing.

    Every open answer of the quarter, and what was carried into it, is counted in one atom of each
    clock or carried on. So is every text that was made safe; what is counted of those goes. The
    attack suite runs over everything ever released and these new documents before any is stored.

    Raises:
        UnsafePublicationError: if the suite finds anything; the caller must roll back.
    """
    if db.get_bind().dialect.name != "sqlite":
        # What is counted must be what was planned: nothing settles or is withdrawn in between.
        held = "response, moderated_text, statement, publication"
        db.execute(text(f"LOCK TABLE {held} IN EXCLUSIVE MODE"))
    directory = _Directory(list_service_facts(db), list_area_places(db))
    made: list[_NewAtom] = []
    carried = 0
    for clock in CLOCKS:
        pools = list_service_pools(db, clock, period, directory.services, directory.areas)
        plan = plan_freeze(pools, clock=clock, edition=period, draw=draw)
        made += [_count(db, a, clock, period, draw, new_id, about_service=True) for a in plan.atoms]
        carried += len(plan.carried)
    needs = plan_freeze(
        list_need_pools(db, period, directory.areas), clock="slow", edition=period, draw=draw
    )
    made += [_count(db, a, "slow", period, draw, new_id, about_service=False) for a in needs.atoms]
    words, waiting = _count_words(db, period, directory, draw, new_id)
    carried += waiting
    made += [_NewAtom(one.kind, one.subject, one.atom) for one in words]
    released = _release(db, made, directory, keys, period, deployment, today, new_id)
    for one in words:
        forget_published_texts(db, one.text_ids, one.statement_ids)
    db.add(models.FrozenPeriod(period=period, frozen_on=today))
    db.flush()
    return Frozen(period, released, len(made), carried + len(needs.carried))


def expire_counted(db: Session, today: date) -> int:
    """Delete raw answers whose slow clock closed 90 days ago; return how many.

    Source: release rule R15.
    """
    closed = list_slow_atoms_closed_before(db, today - timedelta(days=RAW_DAYS - 1))
    return delete_counted(db, closed) if closed else 0


def is_genuine(published: Published, keys: Keys) -> bool:
    """Return True if a publication has the hash and the signature it was released with."""
    if hashlib.sha256(published.document).hexdigest() != published.sha256:
        return False
    verifier: VerifyKey = SigningKey(keys.signing).verify_key
    try:
        verifier.verify(published.document, published.signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def _count(
    db: Session,
    planned: PlannedAtom,
    clock: Clock,
    edition: str,
    draw: Draw,
    new_id: NewId,
    *,
    about_service: bool,
) -> _NewAtom:
    """Count the answers of one planned atom; from now on they belong to it."""
    atom_id = new_id()
    members = [bytes.fromhex(member) for member in planned.members]
    which = open_answers_of(clock, edition, members, about_service=about_service)
    mark_counted(db, which, atom_column(clock), atom_id)
    tables, withheld = tabulate(
        answers_in_atom(db, clock, atom_id),
        load_framework(),
        clock=clock,
        tier=planned.tier,
        about_service=about_service,
        draw=draw,
    )
    kind: SubjectKind = "area" if not about_service else "pool" if planned.is_pool else "service"
    atom = Atom(
        id=atom_id.hex(),
        clock=clock,
        edition=edition,
        periods=planned.periods,
        n=planned.n,
        tier=planned.tier,
        tables=tables,
        withheld=withheld,
        is_pool=planned.is_pool,
    )
    return _NewAtom(kind, bytes.fromhex(planned.subject), atom)


def _count_words(
    db: Session, period: str, directory: _Directory, draw: Draw, new_id: NewId
) -> tuple[list[CountedWords], int]:
    """Count the texts that are ready; return their atoms, and for how many subjects they wait."""
    counted: list[CountedWords] = []
    carried = 0
    for about_service in (True, False):
        chains = _chains(directory, about_service=about_service)
        pools = list_words_pools(db, period, chains, about_service=about_service)
        plan = plan_freeze(pools, clock="words", edition=period, draw=draw)
        for planned in plan.atoms:
            counted.append(
                count_words(db, planned, period, draw, new_id, counted, about_service=about_service)
            )
        carried += len(plan.carried)
    return counted, carried


def _release(
    db: Session,
    made: list[_NewAtom],
    directory: _Directory,
    keys: Keys,
    period: str,
    deployment: str,
    today: date,
    new_id: NewId,
) -> int:
    """Store a signed publication per subject with a new atom, if the intruder finds nothing."""
    by_subject: defaultdict[tuple[SubjectKind, bytes], list[Atom]] = defaultdict(list)
    for new in made:
        by_subject[new.kind, new.subject].append(new.atom)
    contents: dict[SubjectKey, bytes] = {}
    for (kind, subject_id), atoms in sorted(by_subject.items()):
        subject = _subject(kind, subject_id, directory)
        known: tuple[Atom, ...] = ()
        if newest := find_newest_publication(db, kind, subject_id):
            earlier = publication_from(json.loads(newest.document))
            # A new poster code must not make the archive speak of two services.
            subject, known = replace(subject, code=earlier.subject.code), earlier.atoms
        all_atoms = (*known, *atoms)
        publication = Publication(
            edition=period,
            published_on=today.isoformat(),
            deployment=deployment,
            framework=CURRENT,
            subject=subject,
            atoms=all_atoms,
            derived=derived_from(all_atoms, subject_kind=kind, edition=period),
        )
        contents[kind, subject_id] = canonical_json(document_from(publication))
    _refuse_unsafe(db, contents)
    signer = SigningKey(keys.signing)
    for (kind, subject_id), atoms in sorted(by_subject.items()):
        content = contents[kind, subject_id]
        publication_id = new_id()
        db.add(
            models.Publication(
                id=publication_id,
                subject_kind=kind,
                subject=subject_id,
                edition=period,
                published_on=today,
                document=content,
                sha256=hashlib.sha256(content).hexdigest(),
                signature=signer.sign(content).signature,
            )
        )
        db.add_all(
            models.Atom(
                id=bytes.fromhex(atom.id),
                publication_id=publication_id,
                clock=atom.clock,
                subject_kind=kind,
                subject=subject_id,
                edition=period,
                closed_on=today,
            )
            for atom in atoms
        )
    return len(contents)


def _refuse_unsafe(db: Session, new: Mapping[SubjectKey, bytes]) -> None:
    """Let the intruder try everything ever released and what is new, one subject after the other.

    An answer to a question is counted for one subject only, so documents about two of them cannot
    be held against each other; and no more than one subject is in memory.
    """
    coming = dict(new)
    findings: list[Finding] = []
    for subject, archive in documents_by_subject(db):
        findings += _found_in([*archive, *([coming.pop(subject)] if subject in coming else [])])
    for content in coming.values():
        findings += _found_in([content])
    if findings:
        named = (f"{finding.attack}: {finding.message}" for finding in findings[:MOST_NAMED])
        raise UnsafePublicationError("; ".join(named))


def _found_in(contents: Iterable[bytes]) -> tuple[Finding, ...]:
    return run_attacks(json.loads(content) for content in contents).findings


def _subject(kind: SubjectKind, subject_id: bytes, directory: _Directory) -> Subject:
    if kind == "service":
        facts = directory.services[subject_id]
        return Subject(
            kind=kind,
            code=facts.code,
            name=facts.name,
            area=_names(facts.area_id, directory),
            provider=facts.provider,
            service_kind=facts.kind or None,
        )
    area = directory.areas[subject_id]
    return Subject(kind=kind, code=area.code, name=area.name, area=_names(subject_id, directory))


def _chains(directory: _Directory, *, about_service: bool) -> dict[bytes, tuple[bytes, ...]]:
    """Return where the texts about each service, or each area, can climb to."""
    if about_service:
        return {
            key: area_chain(facts.area_id, directory.areas)
            for key, facts in directory.services.items()
        }
    return {key: area_chain(key, directory.areas)[1:] for key in directory.areas}


def _names(area_id: bytes, directory: _Directory) -> tuple[str, ...]:
    return tuple(directory.areas[area].name for area in area_chain(area_id, directory.areas))
