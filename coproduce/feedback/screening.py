"""Running the screens over settled answers, and keeping what looked odd until a person decides.

Nothing is refused and nothing is deleted here. What a screen points at is set aside, or, where it
cannot point, a lead is only told (ADR 0016).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from coproduce.core.db import Database, insert_row
from coproduce.core.periods import shift_period
from coproduce.feedback.framework import Kind, load_framework
from coproduce.feedback.models import (
    FlagState,
    ModeratedText,
    Response,
    Screen,
    ScreenFlag,
    ScreenKind,
    Source,
)
from coproduce.feedback.open_pool import hold_open_pool, mix_open_pool
from coproduce.feedback.rules import Answers
from coproduce.feedback.screens import (
    FEWEST,
    Given,
    Lines,
    count_same_words,
    find_burst,
    find_contrast,
    find_copies,
    find_straight_lines,
    is_asked_again,
    is_burst,
    rounded_up,
)
from coproduce.feedback.settle import clear_up

HISTORY_QUARTERS = 4
"""Quarters before the present one that say what is usual: a year, with all its seasons.

Source: ADR 0016.
"""

RATED = "overall"
"""The question of how it was; all other questions of one answer are statements."""

FindPublished = Callable[[Session, bytes], Mapping[str, float]]
"""Returns how many people each quarter of a service was published with; reports know that."""

ListFrozen = Callable[[Session], Collection[str]]


@dataclass(frozen=True, slots=True)
class Strike:
    """That a screen struck: what it points at, and how much looked odd."""

    kind: ScreenKind
    points_at: frozenset[bytes]
    size: int


@dataclass(frozen=True, slots=True)
class Flag:
    """What is known already of one screen, one service and one quarter."""

    state: FlagState
    size: int

    def is_open_to(self, strike: Strike) -> bool:
        """Return True if nobody decided yet, or what struck is much more than was decided on."""
        return self.state is FlagState.WAITS or is_asked_again(
            was_counted=self.state is FlagState.COUNTED,
            size_then=self.size,
            size=strike.size,
            points_at=strike.points_at,
        )


Flags = Mapping[ScreenKind, Flag]


@dataclass(frozen=True, slots=True)
class _Odd:
    """One service in one quarter: what struck, and what was known when it was looked at."""

    service_id: bytes
    period: str
    strikes: list[Strike]
    flags: Flags


def screen_feedback(
    database: Database, list_frozen: ListFrozen, find_published: FindPublished
) -> int:
    """Set aside what looks odd in quarters that are still open; return how many flags wait.

    All sums are done before the transaction. A service on which somebody decided meanwhile is left
    for the next run. Safe to kill at any point and to run again.

    Args:
        database: where the answers are.
        list_frozen: gives the quarters that are in a report; they are left alone.
        find_published: gives the published numbers of people of one service.
    """
    with database.read() as db:
        periods = _open_periods(db, list_frozen(db))
        odd = [one for period in periods for one in _look_at(db, period, find_published)]
    with database.write() as db:
        hold_open_pool(db)
        frozen = list_frozen(db)
        changed = {one.period for one in odd if one.period not in frozen and _keep(db, one)}
        _drop_flags_without_answers(db, periods, odd)
        mix_open_pool(db, sorted(changed))
        waits = select(func.count()).where(
            ScreenFlag.state == FlagState.WAITS, ScreenFlag.period.in_(periods)
        )
        number = db.scalar(waits) or 0
        db.commit()
    if changed:
        clear_up(database)
    return number


def strikes_to_raise(strikes: Sequence[Strike], flags: Flags) -> list[Strike]:
    """Return what a person is asked about: what is new, or much more than what they counted.

    What a person counted under one screen is not set aside under another one.
    """
    raised: list[Strike] = []
    counted: frozenset[bytes] = frozenset()
    for strike in strikes:
        flag = flags.get(strike.kind)
        if flag is None or flag.is_open_to(strike):
            raised.append(strike)
        elif flag.state is FlagState.COUNTED:
            counted |= strike.points_at
    return [
        Strike(strike.kind, strike.points_at - counted, strike.size)
        for strike in raised
        if not strike.points_at or strike.points_at - counted
    ]


def list_strikes(
    answers: Sequence[Given], history: Sequence[float], elsewhere: Lines, texts: Sequence[str]
) -> list[Strike]:
    """Return which screens strike for one service in one quarter."""
    strikes = []
    if is_burst(len(answers), history):
        strikes.append(Strike(ScreenKind.BURST, find_burst(answers, history), len(answers)))
    pointing = {
        ScreenKind.SAME_ANSWERS: find_copies(answers),
        ScreenKind.STRAIGHT_LINES: find_straight_lines(answers, elsewhere),
        ScreenKind.PROVIDER_CARDS: find_contrast(answers),
    }
    strikes += [Strike(kind, ids, len(ids)) for kind, ids in pointing.items() if ids]
    if alike := count_same_words(texts):
        strikes.append(Strike(ScreenKind.SAME_WORDS, frozenset(), alike))
    return strikes


def _open_periods(db: Session, frozen: Collection[str]) -> list[str]:
    periods = db.scalars(select(Response.period).where(_is_uncounted()).distinct())
    return sorted(set(periods) - set(frozen))


def _look_at(db: Session, period: str, find_published: FindPublished) -> Iterator[_Odd]:
    lines = _lines_by_service(db, period)
    everywhere, number = Counter[int](), 0
    for long, by_place in lines.values():
        number += long
        everywhere.update(by_place)
    texts = _texts_by_service(db, period)
    for service_id, (long, by_place) in lines.items():
        answers = list(_given(db, service_id, period))
        if len(answers) < FEWEST:
            continue
        elsewhere = Lines(number - long, everywhere - by_place)
        history = _history(db, service_id, period, find_published)
        strikes = list_strikes(answers, history, elsewhere, texts.get(service_id, ()))
        if strikes:
            yield _Odd(service_id, period, strikes, _flags(db, service_id, period))


def _lines_by_service(db: Session, period: str) -> dict[bytes, tuple[int, Counter[int]]]:
    """Return of each service how many long answers there are, and straight lines by place."""
    lines: defaultdict[bytes, tuple[int, Counter[int]]] = defaultdict(lambda: (0, Counter()))
    for service_id, given in _all_given(db, Response.period == period):
        long, by_place = lines[service_id]
        if given.line is not None:
            by_place[given.line] += 1
        lines[service_id] = long + given.is_long, by_place
    return lines


def _given(db: Session, service_id: bytes, period: str) -> Iterator[Given]:
    which = (Response.period == period) & (Response.service_id == service_id)
    return (given for _service, given in _all_given(db, which))


def _all_given(db: Session, which: ColumnElement[bool]) -> Iterator[tuple[bytes, Given]]:
    rows = db.execute(
        select(
            Response.id, Response.service_id, Response.framework, Response.answers, Response.source
        )
        .where(which, _is_uncounted(), Response.service_id.is_not(None))
        .execution_options(yield_per=1000)
    )
    for row in rows:
        yield row.service_id, given_from(row.id, row.framework, row.answers, row.source)


def given_from(answer_id: bytes, framework: str, answers: Answers, source: Source) -> Given:
    """Return the answers of one form as the screens look at them."""
    choices: dict[str, str] = {}
    places: list[int] = []
    points = None
    for question in load_framework(framework).asked_about(service=True):
        chosen = answers.get(question.key)
        if not chosen:
            continue
        if not isinstance(chosen, str):
            choices[question.key] = " ".join(sorted(chosen))
            continue
        choices[question.key] = chosen
        if question.kind is not Kind.ONE:
            continue
        keys = [option.key for option in question.options]
        if question.key != RATED:
            places.append(keys.index(chosen))
        elif question.options[keys.index(chosen)].group != "none":
            points = 5 - keys.index(chosen)
    return Given(answer_id, choices, tuple(places), points, source is Source.PROVIDER)


def _texts_by_service(db: Session, period: str) -> dict[bytes, list[str]]:
    """Return the safe words that moderators kept, by service; raw words are with nobody here."""
    texts: defaultdict[bytes, list[str]] = defaultdict(list)
    rows = db.execute(
        select(ModeratedText.service_id, ModeratedText.words).where(
            ModeratedText.period == period,
            ModeratedText.service_id.is_not(None),
            ModeratedText.words.is_not(None),
        )
    )
    for service_id, words in rows:
        if service_id and words:
            texts[service_id].append(words)
    return texts


def _history(
    db: Session, service_id: bytes, period: str, find_published: FindPublished
) -> list[float]:
    """Return how many people answered in each quarter of the year before, as far as is known.

    A quarter that was counted has a published number; one that was carried still has its answers.
    Nothing is kept for this.
    """
    rows = db.execute(
        select(Response.period, func.count())
        .where(_is_uncounted(), Response.service_id == service_id, Response.screen == Screen.CLEAR)
        .group_by(Response.period)
    )
    known = {row[0]: float(row[1]) for row in rows} | dict(find_published(db, service_id))
    before = [shift_period(period, -back) for back in range(1, HISTORY_QUARTERS + 1)]
    return [known[quarter] for quarter in before if quarter in known]


def _flags(db: Session, service_id: bytes, period: str) -> dict[ScreenKind, Flag]:
    rows = db.execute(
        select(ScreenFlag.kind, ScreenFlag.state, ScreenFlag.size).where(
            ScreenFlag.service_id == service_id, ScreenFlag.period == period
        )
    )
    return {kind: Flag(state, size) for kind, state, size in rows}


def _keep(db: Session, odd: _Odd) -> bool:
    """Raise what is to be raised; return True if answers were set aside."""
    if _flags(db, odd.service_id, odd.period) != odd.flags:
        return False
    ids: set[bytes] = set()
    for strike in strikes_to_raise(odd.strikes, odd.flags):
        size = rounded_up(strike.size)
        ids |= strike.points_at
        if strike.kind not in odd.flags:
            insert_row(
                db,
                ScreenFlag,
                service_id=odd.service_id,
                period=odd.period,
                kind=strike.kind,
                state=FlagState.WAITS,
                size=size,
            )
            continue
        flag = db.get_one(ScreenFlag, (odd.service_id, odd.period, strike.kind))
        flag.state, flag.size = FlagState.WAITS, size
    db.flush()
    about = (Response.service_id == odd.service_id) & (Response.period == odd.period)
    clear = select(Response.id).where(about, Response.screen == Screen.CLEAR, _is_uncounted())
    ids &= set(db.scalars(clear))
    if ids:
        # By their random ids, so that the writing follows nothing else.
        which = update(Response).where(Response.id == bindparam("which"))
        rows = [{"which": answer_id} for answer_id in sorted(ids)]
        db.connection().execute(which.values(screen=Screen.SET_ASIDE), rows)
    return bool(ids)


def _drop_flags_without_answers(db: Session, periods: Sequence[str], odd: Sequence[_Odd]) -> None:
    """Forget flags that wait although nothing is left to decide: all was taken back."""
    struck = {(one.service_id, one.period) for one in odd}
    waiting = db.execute(
        select(ScreenFlag.service_id, ScreenFlag.period)
        .where(ScreenFlag.state == FlagState.WAITS, ScreenFlag.period.in_(periods))
        .distinct()
    )
    for service_id, period in set(map(tuple, waiting)) - struck:
        about = (Response.service_id == service_id) & (Response.period == period)
        left = select(Response.id).where(about, Response.screen == Screen.SET_ASIDE).limit(1)
        if db.scalar(left) is None:
            db.execute(
                delete(ScreenFlag).where(
                    ScreenFlag.service_id == service_id,
                    ScreenFlag.period == period,
                    ScreenFlag.state == FlagState.WAITS,
                )
            )


def _is_uncounted() -> ColumnElement[bool]:
    return Response.fast_atom_id.is_(None) & Response.slow_atom_id.is_(None)
