"""Counting the texts of one atom, and choosing which of their words are shown."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coproduce.feedback.codebook import Codebook, load_codebook
from coproduce.reports.disclosure import Draw
from coproduce.reports.freeze_plan import PlannedAtom
from coproduce.reports.publications import (
    Atom,
    Manner,
    Statement,
    SubjectKind,
    publication_from,
    words_of,
)
from coproduce.reports.queries import (
    ReadyText,
    find_newest_publication,
    list_ready_statements,
    list_ready_texts,
)
from coproduce.reports.quotes import (
    AllowedWords,
    choose_quotes,
    choose_statements,
    shuffled,
)
from coproduce.reports.theme_tables import tabulate_themes


@dataclass(frozen=True, slots=True)
class CountedWords:
    """An atom of texts, and what it was made from: that goes once the atom is published."""

    kind: SubjectKind
    subject: bytes
    atom: Atom
    text_ids: tuple[bytes, ...]
    statement_ids: tuple[bytes, ...]


def count_words(
    db: Session,
    planned: PlannedAtom,
    edition: str,
    draw: Draw,
    new_id: Callable[[], bytes],
    beside: Iterable[CountedWords],
    *,
    about_service: bool,
) -> CountedWords:
    """Return the atom that the ready texts of some services, or areas, make.

    Args:
        db: a session.
        planned: whose texts are counted together.
        edition: the quarter that is frozen.
        draw: eight random bits.
        new_id: gives the id of the atom.
        beside: other atoms of the same freeze; words of one subject are never joined.
        about_service: False for what people wrote who never got in.

    Source: docs/disclosure.md, R10; docs/adr/0014-words-clock.md.
    """
    kind: SubjectKind = "area" if not about_service else "pool" if planned.is_pool else "service"
    subject = bytes.fromhex(planned.subject)
    members = [bytes.fromhex(member) for member in planned.members]
    texts = list_ready_texts(db, edition, members, about_service=about_service)
    ids = [one.id for one in texts]
    ready = list_ready_statements(db, members, ids, about_service=about_service)
    codebook = load_codebook(max(one.codebook for one in texts))
    tables, withheld = tabulate_themes(
        (one.directions for one in texts), codebook, tier=planned.tier, draw=draw
    )
    same = (one.atom for one in beside if (one.kind, one.subject) == (kind, subject))
    already = [*_words_so_far(db, kind, subject), *(w for atom in same for w in words_of(atom))]
    statements = choose_statements(
        (Statement(one.words, one.language, one.family) for one in shuffled(ready, draw)), already
    )
    quotes = choose_quotes(
        _allowed(texts, codebook),
        n=planned.n,
        tier=planned.tier,
        already=[*already, *(one.words for one in statements)],
        draw=draw,
    )
    atom = Atom(
        id=new_id().hex(),
        clock="words",
        edition=edition,
        periods=planned.periods,
        n=planned.n,
        tier=planned.tier,
        tables=tables,
        withheld=withheld,
        is_pool=planned.is_pool,
        codebook=codebook.version,
        quotes=quotes,
        statements=statements,
    )
    return CountedWords(kind, subject, atom, tuple(ids), tuple(one.id for one in ready))


def _allowed(texts: list[ReadyText], codebook: Codebook) -> Iterator[AllowedWords]:
    family_of = {code.key: code.family for code in codebook.codes}
    for text in texts:
        if text.words is not None:
            families = frozenset(family_of[c] for c in text.directions if c in family_of)
            manner: Manner = "their_words" if text.is_quote else "other_words"
            yield AllowedWords(text.words, text.language, manner, families)


def _words_so_far(db: Session, kind: SubjectKind, subject: bytes) -> Iterator[str]:
    """Give all words that were published about a subject; the newest document has them all."""
    newest = find_newest_publication(db, kind, subject)
    if newest is None:
        return
    for atom in publication_from(json.loads(newest.document)).atoms:
        yield from words_of(atom)
