"""What runs by the clock, such as settle and freeze. Each is safe to kill and to run twice."""

import contextlib
import logging
import secrets
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select, text

from coproduce.accounts.invitations import expire_invitations
from coproduce.backup import write_backup
from coproduce.core.db import Database
from coproduce.core.deployment import DAYS
from coproduce.core.errors import OperatorError
from coproduce.core.job_log import JobRequest, JobRun
from coproduce.core.keys import Keys
from coproduce.feedback.cards import expire_cards
from coproduce.feedback.commands import expire_feedback
from coproduce.feedback.panel_ideas import send_ideas
from coproduce.feedback.queries import count_waiting, get_reading_state, has_words_of_danger
from coproduce.feedback.rules import SMALLEST_BATCH
from coproduce.feedback.screening import screen_feedback
from coproduce.feedback.settle import settle_feedback, vacuum
from coproduce.moderation.letting_in import drop_old_reading_keys, drop_shares_of_leavers
from coproduce.moderation.safeguarding import count_due_cases
from coproduce.reports.commands import (
    Frozen,
    expire_counted,
    freeze_period,
    list_due_periods,
    notice_due_periods,
)
from coproduce.reports.queries import find_published_people, list_frozen_periods
from coproduce.reports.withdrawn_words import forget_old_notices
from coproduce.settings import Settings

LOOK_EVERY_SECONDS = 2
"""How often somebody looks whether there is work; an operator who asks for a job waits so long."""

SETTLE_EVERY = timedelta(hours=1)
SETTLE_SOON = timedelta(seconds=20)
"""How long five that wait may wait for more: each turn writes the whole open pool anew."""

FREEZE_EVERY = timedelta(hours=1)
LOOK_AT_DAY_EVERY = timedelta(hours=1)
"""How often jobs of one weekday look which day it is; a daily one could step over the day."""

DAILY = timedelta(days=1)
MOST_TURNS = 500
"""Turns of settle in one run: 100,000 rows, more than a busy day brings."""

_JOBS_LOCK_NUMBER = 7_276_301
"""Names the advisory lock that lets one process run the jobs on PostgreSQL."""

log = logging.getLogger("coproduce.jobs")


@dataclass(frozen=True, slots=True, repr=False)
class Workplace:
    """What a job works with."""

    settings: Settings
    database: Database
    keys: Keys


Job = Callable[[Workplace, datetime, date | None], str]


def utc_now() -> datetime:
    """Return the present instant; the only place that asks the clock for jobs."""
    return datetime.now(UTC)  # noqa: TID251 - this is the edge


def settle(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Move what waits in the inbox, batch by batch, until nothing moves."""
    answers = texts = waiting = 0
    for _turn in range(MOST_TURNS):
        done = settle_feedback(
            workplace.database,
            workplace.keys,
            on or now.date(),
            secrets.token_bytes,
            list_frozen_periods,
        )
        answers, texts, waiting = answers + done.answers, texts + done.texts, done.waiting
        if not done.answers and not done.texts:
            break
    return f"{answers} answers and {texts} texts settled, {waiting} wait"


def screen(workplace: Workplace, _now: datetime, _on: date | None) -> str:
    """Set aside what looks odd, for a lead to decide."""
    flags = screen_feedback(workplace.database, list_frozen_periods, find_published_people)
    return f"{flags} flags wait"


def freeze(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Freeze every due quarter, oldest first, each in one transaction.

    By the clock, two runs an hour apart must agree; a day given by hand counts as both.
    """
    database = workplace.database
    with database.write() as db:
        due = list_due_periods(db, on) if on else notice_due_periods(db, now)
        db.commit()
    if not due:
        return "no quarter is due"
    settle(workplace, now, on)
    screen(workplace, now, on)
    write_backup(workplace.settings, database, workplace.keys, on or now.date(), "before-freeze")
    done: list[Frozen] = []
    for period in due:
        with database.write() as db:
            done.append(
                freeze_period(
                    db,
                    period,
                    workplace.keys,
                    deployment=workplace.settings.deployment.title,
                    today=on or now.date(),
                    draw=lambda: secrets.randbits(8),
                    new_id=lambda: secrets.token_bytes(16),
                )
            )
            db.commit()
    return "; ".join(
        f"{f.period}: {f.publications} publications, {f.atoms} groups, {f.carried} carried"
        for f in done
    )


def expire(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Delete what has been kept long enough, then rewrite the database where there is room."""
    today = on or now.date()
    with workplace.database.write() as db:
        unused = expire_feedback(db, today)
        expire_cards(db, today)
        counted = expire_counted(db, today)
        forget_old_notices(db, today)
        drop_shares_of_leavers(db, workplace.keys, today)
        drop_old_reading_keys(db, today)
        expire_invitations(db, today)
        # Answers that nobody came back for: whoever asked was interrupted.
        db.execute(delete(JobRequest).where(JobRequest.outcome.is_not(None)))
        db.commit()
    compacted = vacuum(workplace.database)
    return f"{counted} counted and {unused} unused expired" + (
        "" if compacted else ", not compacted"
    )


def backup(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Settle, then write today's sealed backup and drop those that are too old."""
    settle(workplace, now, on)
    path = write_backup(
        workplace.settings, workplace.database, workplace.keys, on or now.date(), "daily"
    )
    return f"written: {path.name}"


def ideas(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Send the waiting ideas to the panels, once on their day of the week.

    Once a day: what comes later on that day waits a week, or it would stand there alone. A day
    given by hand is a further time.
    """
    today = on or now.date()
    if DAYS[today.weekday()] != workplace.settings.deployment.panel_day:
        return "not the day"
    with workplace.database.write() as db:
        if on is None:
            ran = db.get(JobRun, "ideas")
            if ran and ran.went_well and ran.ran_at.startswith(today.isoformat()):
                return "0 ideas sent"
        number = send_ideas(db, today, secrets.token_bytes)
        db.commit()
    return f"{number} ideas sent"


def remind(workplace: Workplace, now: datetime, on: date | None) -> str:
    """Ask staff to sign in while words wait too long or may tell of danger, or a case is due."""
    today = on or now.date()
    with workplace.database.read() as db:
        number = count_due_cases(db, today)
        is_late = get_reading_state(db, today).is_late
        is_urgent = has_words_of_danger(db)
    if number or is_late or is_urgent:
        alert(workplace.settings)
    late = ", words wait too long" if is_late else ""
    urgent = ", words of danger wait" if is_urgent else ""
    return f"{number} cases are due{late}{urgent}"


JOBS: dict[str, Job] = {
    "settle": settle,
    "screen": screen,
    "freeze": freeze,
    "expire": expire,
    "backup": backup,
    "ideas": ideas,
    "remind": remind,
}


def run_job(workplace: Workplace, name: str, now: datetime, on: date | None = None) -> str:
    """Run one job, keep how it went, and return it in words.

    Raises:
        Exception: whatever stopped the job, after it was recorded and staff were alerted.
    """
    try:
        outcome = JOBS[name](workplace, now, on)
    except Exception as error:
        _record(workplace, name, now, type(error).__name__, went_well=False)
        log.exception("job failed", extra={"job": name})
        alert(workplace.settings)
        raise
    _record(workplace, name, now, outcome, went_well=True)
    log.info("job done", extra={"job": name, "outcome": outcome})
    return outcome


def alert(settings: Settings) -> None:
    """Tell staff to sign in, by the operator's own command. It is given no content at all."""
    if settings.alert_command:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            # The command is the operator's own setting, split as a shell would, run without one.
            subprocess.run(shlex.split(settings.alert_command), timeout=30, check=False)  # noqa: S603


class Jobs:
    """Runs the jobs beside the server, in one process at a time, until stopped."""

    def __init__(
        self,
        workplace: Workplace,
        clock: Callable[[], datetime] = utc_now,
        look_every: float = LOOK_EVERY_SECONDS,
    ) -> None:
        """Prepare; nothing runs yet."""
        self._workplace = workplace
        self._clock = clock
        self._look_every = look_every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._ran: dict[str, datetime] = {}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run the jobs while the block lasts; a job under way is finished first."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._run_alone()
            except Exception:
                # A database that was away for a moment must not end the jobs for good.
                log.exception("jobs interrupted")
                alert(self._workplace.settings)
                self._stop.wait(self._look_every)

    def _run_alone(self) -> None:
        database = self._workplace.database
        with _only_process_with_jobs(database, self._stop, self._look_every) as make_sure:
            while not self._stop.wait(self._look_every):
                make_sure()
                for name in self._due():
                    with contextlib.suppress(Exception):
                        # Recorded and alerted in `run_job`; the next job must still run.
                        run_job(self._workplace, name, self._clock())
                _answer_requests(self._workplace, self._clock)

    def _due(self) -> list[str]:
        now = self._clock()
        with self._workplace.database.read() as db:
            waiting = count_waiting(db)
        settle_every = SETTLE_SOON if waiting >= SMALLEST_BATCH else SETTLE_EVERY
        every = {
            "settle": settle_every,
            "screen": DAILY,
            "freeze": FREEZE_EVERY,
            "expire": DAILY,
            "backup": DAILY,
            "ideas": LOOK_AT_DAY_EVERY,
            "remind": DAILY,
        }
        due = [
            name
            for name, pause in every.items()
            # A clock that was put back must not hold the jobs up.
            if name not in self._ran or not timedelta(0) <= now - self._ran[name] < pause
        ]
        self._ran |= dict.fromkeys(due, now)
        return due


def ask_server(database: Database, name: str, on: date | None, patience_seconds: float) -> str:
    """Ask the running server to do a job and return how it went.

    Raises:
        OperatorError: if it failed, or there was no answer in time.
    """
    request_id = secrets.token_bytes(16)
    with database.write() as db:
        on_day = on.isoformat() if on else None
        db.add(JobRequest(id=request_id, name=name, on_day=on_day, went_well=None, outcome=None))
        db.commit()
    ends = time.monotonic() + patience_seconds
    while time.monotonic() < ends:
        time.sleep(1)
        with database.write() as db:
            request = db.get_one(JobRequest, request_id)
            if request.outcome is not None:
                outcome, went_well = request.outcome, request.went_well
                db.delete(request)
                db.commit()
                if went_well:
                    return outcome
                raise OperatorError(f"The server could not do it: {outcome}.")
    raise OperatorError("The server did not answer. It may be busy; look at its log.")


def _answer_requests(workplace: Workplace, clock: Callable[[], datetime]) -> None:
    with workplace.database.read() as db:
        requests = db.execute(
            select(JobRequest.id, JobRequest.name, JobRequest.on_day).where(
                JobRequest.outcome.is_(None)
            )
        ).all()
    for request_id, name, on_day in requests:
        on = date.fromisoformat(on_day) if on_day else None
        try:
            outcome, went_well = run_job(workplace, name, clock(), on), True
        except Exception as error:
            outcome, went_well = type(error).__name__, False
        with workplace.database.write() as db:
            request = db.get_one(JobRequest, request_id)
            request.outcome, request.went_well = outcome, went_well
            db.commit()


def _record(
    workplace: Workplace, name: str, now: datetime, outcome: str, *, went_well: bool
) -> None:
    with workplace.database.write() as db:
        db.merge(
            JobRun(
                name=name,
                ran_at=now.isoformat(timespec="minutes"),
                went_well=went_well,
                outcome=outcome,
            )
        )
        db.commit()


@contextlib.contextmanager
def _only_process_with_jobs(
    database: Database, stop: threading.Event, look_every: float
) -> Iterator[Callable[[], None]]:
    """Wait until this process alone may run the jobs; what is given fails once that is over."""
    if database.is_sqlite:
        # The lock file lets one server run at all.
        yield lambda: None
        return
    with database.engine.connect() as connection:

        def ask(question: str) -> bool:
            answer = bool(connection.scalar(text(f"SELECT {question}")))
            connection.commit()
            return answer

        def make_sure() -> None:
            ask("true")

        try:
            while not ask(f"pg_try_advisory_lock({_JOBS_LOCK_NUMBER})"):
                if stop.wait(look_every):
                    break
            yield make_sure
        finally:
            # The lock belongs to the connection and must end with it.
            connection.invalidate()
