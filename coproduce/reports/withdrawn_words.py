"""Taking words out of reports that tell who somebody is: anyone says so, two people decide.

The numbers stay as they are. See docs/disclosure.md, "Words that identify somebody after all".
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from nacl.signing import SigningKey
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from coproduce.core.chained_log import append_to_log
from coproduce.core.codes import fingerprint
from coproduce.core.db import insert_once, insert_row
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.sealing import lock, padded, unlock, unpadded
from coproduce.reports.models import (
    Atom,
    Publication,
    PublicationState,
    WordsNotice,
    WordsWithdrawal,
)
from coproduce.reports.publications import (
    Atom as AtomDocument,
)
from coproduce.reports.publications import (
    Manner,
    Reissue,
    canonical_json,
    document_from,
    publication_from,
)
from coproduce.reports.quotes import without_words
from coproduce.reports.released import WITHDRAWAL_SCHEMA
from coproduce.reports.rules import Done, kept_notices_from, week_of

REASON = "words that tell who somebody is"

MOST_SHOWN = 50
"""Notices on one page; when some are closed, the next ones show."""

_NOTICE = "notice about words"
_TAG = "published words"

NewId = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody said about words in a report: which report, which words."""

    id: bytes
    report: str
    words: str


@dataclass(frozen=True, slots=True)
class ShownWords:
    """One piece of published words, and whether somebody asked to take it out.

    Attributes:
        asked_by: who asked, or None.
    """

    tag: bytes
    words: str
    language: str
    manner: Manner | None
    asked_by: bytes | None


def notice_words(
    db: Session, keys: Keys, report: str, words: str, *, today: date, new_id: NewId
) -> None:
    """Keep for 30 days, locked, that words in a report tell who somebody is."""
    said = json.dumps({"report": report, "words": words}, ensure_ascii=False).encode()
    box = lock(keys.secret_for(_NOTICE), padded(said))
    insert_row(db, WordsNotice, id=new_id(), since=week_of(today), box=box)


def list_notices(db: Session, keys: Keys) -> list[Notice]:
    """Return notices that nobody closed, in an order that tells nothing; not too many at once."""
    rows = db.execute(
        select(WordsNotice.id, WordsNotice.box).order_by(WordsNotice.id).limit(MOST_SHOWN)
    )
    return [_opened(row.id, row.box, keys) for row in rows]


def close_notice(db: Session, keys: Keys, notice_id: bytes, account_id: bytes, day: date) -> bool:
    """Delete a notice that was dealt with; return False if somebody did so before."""
    if db.get(WordsNotice, notice_id, with_for_update=True) is None:
        return False
    db.execute(delete(WordsNotice).where(WordsNotice.id == notice_id))
    append_to_log(db, keys, day=day, account_id=account_id, what=Done.NOTICE_CLOSED)
    return True


def forget_old_notices(db: Session, today: date) -> int:
    """Delete the notices of more than 30 days ago; return how many.

    Source: docs/retention.md.
    """
    old = select(WordsNotice.id).where(WordsNotice.since < kept_notices_from(today))
    ids = db.scalars(old).all()
    db.execute(delete(WordsNotice).where(WordsNotice.id.in_(ids)))
    return len(ids)


def list_words(db: Session, keys: Keys, publication_id: bytes) -> list[ShownWords]:
    """Return all words of a report, those first for which somebody must still agree.

    Raises:
        NotFound: if there is no such report, or it was withdrawn.
    """
    row = db.get(Publication, publication_id)
    if row is None or row.state is PublicationState.WITHDRAWN:
        raise NotFound()
    found: list[ShownWords] = []
    asked = _asked_about(db, row)
    for atom in publication_from(json.loads(row.document)).atoms:
        for quote in atom.quotes:
            tag = _tag(keys, atom.id, quote.words)
            found.append(ShownWords(tag, quote.words, quote.language, quote.manner, asked.get(tag)))
        for statement in atom.statements:
            tag = _tag(keys, atom.id, statement.words)
            found.append(ShownWords(tag, statement.words, statement.language, None, asked.get(tag)))
    return sorted(found, key=lambda one: one.asked_by is None)


def list_subjects_asked(db: Session) -> set[tuple[str, bytes]]:
    """Return the subjects about which somebody asked to take words out of the reports."""
    rows = db.execute(select(WordsWithdrawal.subject_kind, WordsWithdrawal.subject))
    return {(row.subject_kind, row.subject) for row in rows}


def ask_to_withdraw(
    db: Session, keys: Keys, publication_id: bytes, tag: bytes, *, account_id: bytes, day: date
) -> None:
    """Keep that somebody asked to take words out. Asking again changes nothing.

    Raises:
        NotFound: if there is no such report.
        Conflict: if the words are not in it any more.
    """
    _shown(db, keys, publication_id, tag)
    row = db.get_one(Publication, publication_id)
    if insert_once(
        db,
        WordsWithdrawal,
        words_tag=tag,
        subject_kind=row.subject_kind,
        subject=row.subject,
        asked_by=account_id,
        asked_on=day,
    ):
        append_to_log(
            db, keys, day=day, account_id=account_id, what=Done.ASKED, about=row.sha256[:12]
        )


def keep_words(
    db: Session, keys: Keys, publication_id: bytes, tag: bytes, *, account_id: bytes, day: date
) -> None:
    """Forget that somebody asked: the words stay. Whoever asked may take it back as well.

    Raises:
        Conflict: if the words were taken out meanwhile, or nobody asked.
    """
    _shown(db, keys, publication_id, tag)
    asked = db.get(WordsWithdrawal, tag, with_for_update=True)
    if asked is None:
        raise Conflict(_("Nobody is asking to take these words out. They stay."))
    db.delete(asked)
    append_to_log(db, keys, day=day, account_id=account_id, what=Done.KEPT)


def withdraw_words(
    db: Session,
    keys: Keys,
    publication_id: bytes,
    tag: bytes,
    *,
    account_id: bytes,
    day: date,
    new_id: NewId,
) -> int:
    """Take words out of every report that holds them; return how many were made again.

    Each of them is withdrawn: a signed record takes the place of its bytes. A publication with the
    same numbers and without the words is signed and stored beside it.

    Raises:
        NotFound: if there is no such report.
        Conflict: if the words are not in it any more, or nobody asked.
        RuleBroken: if the same person asked: it takes two.
    """
    if db.get_bind().dialect.name != "sqlite":
        # A freeze, or another withdrawal, must not copy what is being taken out.
        db.execute(text("LOCK TABLE publication IN EXCLUSIVE MODE"))
    shown = _shown(db, keys, publication_id, tag)
    asked = db.get(WordsWithdrawal, tag, with_for_update=True)
    if asked is None:
        raise Conflict(_("Nobody is asking to take these words out. Ask first, then it takes two."))
    if asked.asked_by == account_id:
        raise RuleBroken(_("You asked for this. A second person must agree."))
    made = 0
    for row in _holders(db, asked.subject_kind, asked.subject):
        if _make_again(db, keys, row, tag, shown.words, day, new_id):
            made += 1
    db.delete(asked)
    append_to_log(
        db, keys, day=day, account_id=account_id, what=Done.WITHDRAWN, about=f"{made} reports"
    )
    return made


def _make_again(
    db: Session, keys: Keys, row: Publication, tag: bytes, words: str, day: date, new_id: NewId
) -> bool:
    """Put a publication without the words in place of one with them; False if it has none."""
    before = publication_from(json.loads(row.document))
    atoms = tuple(
        _without(atom, words) if _tag(keys, atom.id, words) == tag else atom
        for atom in before.atoms
    )
    if atoms == before.atoms:
        return False
    number = row.revision + 1
    again = replace(before, atoms=atoms, reissue=Reissue(number, day.isoformat()))
    signer = SigningKey(keys.signing)
    content = canonical_json(document_from(again))
    record = canonical_json(
        {
            "schema": WITHDRAWAL_SCHEMA,
            "publication": row.sha256,
            "withdrawn_on": day.isoformat(),
            "reason": REASON,
            "replaced_by": _hash(content),
        }
    )
    new = Publication(
        id=new_id(),
        subject_kind=row.subject_kind,
        subject=row.subject,
        edition=row.edition,
        published_on=row.published_on,
        document=content,
        sha256=_hash(content),
        signature=signer.sign(content).signature,
        revision=number,
    )
    db.add(new)
    db.execute(update(Atom).where(Atom.publication_id == row.id).values(publication_id=new.id))
    row.document, row.sha256 = record, _hash(record)
    row.signature, row.state = signer.sign(record).signature, PublicationState.WITHDRAWN
    db.flush()
    return True


def _without(atom: AtomDocument, words: str) -> AtomDocument:
    """Return an atom without some words; its numbers stay."""
    return replace(
        atom,
        quotes=without_words(atom.quotes, words),
        statements=tuple(one for one in atom.statements if one.words != words),
    )


def _holders(db: Session, subject_kind: str, subject: bytes) -> list[Publication]:
    """Return what is published about a subject, locked, oldest first."""
    return list(
        db.scalars(
            select(Publication)
            .where(
                Publication.subject_kind == subject_kind,
                Publication.subject == subject,
                Publication.state == PublicationState.PUBLISHED,
            )
            .order_by(Publication.edition)
            .with_for_update()
        )
    )


def _shown(db: Session, keys: Keys, publication_id: bytes, tag: bytes) -> ShownWords:
    for one in list_words(db, keys, publication_id):
        if one.tag == tag:
            return one
    raise Conflict(_("These words are not in the report any more. Somebody took them out."))


def _asked_about(db: Session, row: Publication) -> dict[bytes, bytes]:
    rows = db.execute(
        select(WordsWithdrawal.words_tag, WordsWithdrawal.asked_by).where(
            WordsWithdrawal.subject_kind == row.subject_kind,
            WordsWithdrawal.subject == row.subject,
        )
    )
    return {one.words_tag: one.asked_by for one in rows}


def _opened(notice_id: bytes, box: bytes, keys: Keys) -> Notice:
    said = json.loads(unpadded(unlock(keys.secret_for(_NOTICE), box)))
    return Notice(notice_id, said["report"], said["words"])


def _tag(keys: Keys, atom_id: str, words: str) -> bytes:
    return fingerprint(keys.secret_for(_TAG), f"{atom_id}\0{words}".encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
