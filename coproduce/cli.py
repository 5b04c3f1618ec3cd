"""The program `coproduce`: what an operator can do from the shell."""

import functools
import json
import os
import secrets
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from coproduce import __version__
from coproduce.accounts.invitations import (
    invite,
    invite_first_administrator,
    print_recovery_code,
)
from coproduce.accounts.queries import find_account, get_person, list_people, list_reaches
from coproduce.accounts.roles import end_role
from coproduce.accounts.rules import ROLE_NAMES
from coproduce.backup import restore_backup
from coproduce.check import fault_of, find_faults, is_finished, unfinished_marker
from coproduce.core.actor import Grant
from coproduce.core.codes import in_groups
from coproduce.core.db import Database, connect
from coproduce.core.deployment import find_stale_facts
from coproduce.core.errors import Failure, OperatorError
from coproduce.core.keys import Keys, check_phrase, new_keys, read_key_file, write_key_file
from coproduce.core.lock_file import is_served
from coproduce.core.messages import untranslated
from coproduce.core.migrate import is_up_to_date, migrate
from coproduce.core.periods import is_period, period_of
from coproduce.core.permissions import Role, Scope
from coproduce.core.text import folded
from coproduce.core.typed_keys import read_typed_key
from coproduce.demonstration.run import run_demonstration
from coproduce.feedback.answer_files import read_answer_mapping, read_collected
from coproduce.feedback.commands import import_feedback
from coproduce.feedback.framework import CURRENT, load_framework
from coproduce.feedback.models import Source
from coproduce.jobs import JOBS, Workplace, ask_server, run_job, utc_now
from coproduce.moderation.letting_in import make_new_key
from coproduce.recovery_sheet import recovery_sheet
from coproduce.reports.attack_folder import attack_folder
from coproduce.reports.export import export_publications
from coproduce.reports.queries import list_frozen_periods, list_publications
from coproduce.server import serve_forever
from coproduce.services.commands import close_code, import_services, replace_code
from coproduce.services.directory_files import read_directory
from coproduce.services.import_files import FileRefused, open_files
from coproduce.services.queries import list_area_places, list_codes, list_providers
from coproduce.services.rules import Problem
from coproduce.settings import Settings, read_settings
from coproduce.web.logs import write_logs

JOB_PATIENCE_SECONDS = 3600.0
NAMES_AT_MOST = 5
ACCOUNTS_LIST = "coproduce accounts list"


class Program(click.Group):
    """A group whose commands show an operator's mistake as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except OperatorError as error:
            raise click.ClickException(str(error)) from error
        except Failure as failure:
            raise click.ClickException(untranslated(failure.message)) from failure
        except DBAPIError as error:
            raise click.ClickException(fault_of(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error


@click.group(cls=Program)
@click.version_option(__version__)
@click.option("--data", type=click.Path(path_type=Path), help="Data folder, instead of ./var.")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Anonymous feedback, and safe reports from it."""
    context.obj = data


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the settings of the environment."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(context: click.Context, *args: Any, **kwargs: Any) -> Any:
        settings = read_settings(os.environ, data=context.obj)
        return context.invoke(command, settings, *args, **kwargs)

    return wrapped


@main.command()
@click.option("--phrase", help="Check phrase of the copied key file, to finish a set-up.")
@with_settings
def init(settings: Settings, phrase: str | None) -> None:
    """Make keys, database and recovery sheet; not finished until the key file was copied."""
    if not settings.key_file.exists():
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = _opened(settings)
        migrate(database)
        database.close()
        made = new_keys()
        unfinished_marker(settings).touch(mode=0o600)
        # Shown before it is stored: nothing may be sealed to a key that nobody ever saw.
        click.echo(recovery_sheet(made, settings.deployment.title))
        write_key_file(made.keys, settings.key_file)
    keys = read_key_file(settings.key_file)
    if is_finished(settings):
        click.echo("This is set up. Start it with `coproduce serve`.")
        _invite_first_administrator(settings, keys)
        return
    click.echo(
        f"\nNow copy {settings.key_file} to another place, such as a memory stick in a safe.\n"
        "On the copy, run:  coproduce keys phrase COPY"
    )
    if phrase is None and sys.stdin.isatty():
        phrase = click.prompt("Type the check phrase of the copy")
    if phrase is None:
        click.echo("Then finish with:   coproduce init --phrase 'the words'")
        return
    if " ".join(phrase.lower().split()) != check_phrase(keys):
        raise OperatorError("This is not the phrase of this key file. Copy it again and try again.")
    unfinished_marker(settings).unlink()
    click.echo("Set up. Start it with `coproduce serve`.")
    _invite_first_administrator(settings, keys)


def _invite_first_administrator(settings: Settings, keys: Keys) -> None:
    """Print the link with which the first administrator joins, as long as there is none."""
    database = _opened(settings)
    if not is_up_to_date(database):
        raise OperatorError("The schema is old. Run `coproduce migrate`, then this again.")
    with database.write() as db:
        code = invite_first_administrator(
            db, keys, today=utc_now().date(), chance=secrets.token_bytes
        )
        db.commit()
    if code is not None:
        click.echo("\nThe first administrator joins with this link, once, within 14 days:")
        _show_invitation(settings, code)
        click.echo(
            "Until somebody has joined, `coproduce init` makes a new one. Later, this does:\n"
            "  coproduce accounts invite --role administrator"
        )


def _show_invitation(settings: Settings, code: str) -> None:
    click.echo(
        f"\n  {settings.public_url}/join/{code}\n\n"
        f"or, typed at {settings.public_url}/join:  {in_groups(code)}\n"
    )


@main.group()
def keys() -> None:
    """Look after the key file, and make a new reading key."""


@keys.command()
@click.argument("copy", type=click.Path(path_type=Path))
def phrase(copy: Path) -> None:
    """Show the check phrase of a copy of the key file."""
    click.echo(check_phrase(read_key_file(copy)))


@keys.command()
@with_settings
def rotate(settings: Settings) -> None:
    """Make a new reading key, and hand it to everybody who can open texts now."""
    today = utc_now().date()
    holders = make_new_key(_database(settings), read_key_file(settings.key_file), None, today)
    names = ", ".join(holder.pseudonym for holder in holders)
    click.echo(f"There is a new reading key. These people hold it: {names}.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@with_settings
def serve(settings: Settings, host: str, port: int) -> None:
    """Run the web server and, in one process at a time, the jobs."""
    write_logs()
    keys = read_key_file(settings.key_file)
    if not is_finished(settings):
        raise OperatorError("The set-up is not finished. Run `coproduce init`.")
    serve_forever(settings, keys, host=host, port=port)


@main.command(name="migrate")
@with_settings
def migrate_command(settings: Settings) -> None:
    """Bring the schema of the database up to date."""
    database = _database(settings)
    migrate(database)
    database.close()
    click.echo("The schema is up to date.")


@main.command()
@with_settings
def check(settings: Settings) -> None:
    """Look for every fault at once: keys, schema, database settings, publications, jobs."""
    faults = find_faults(settings, _database(settings))
    faults += find_stale_facts(settings.deployment, utc_now().date())
    for fault in faults:
        click.echo(f"- {fault}")
    if faults:
        raise SystemExit(1)
    click.echo("No fault found.")


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.pass_context
def demo(context: click.Context, port: int) -> None:
    """Run a complete instance with invented data, on this machine only."""
    write_logs()
    run_demonstration(port, context.obj, utc_now().date())


@main.group()
def reports() -> None:
    """Work with what was published."""


@reports.command(name="export")
@click.argument("folder", type=click.Path(path_type=Path))
@with_settings
def export_command(settings: Settings, folder: Path) -> None:
    """Write every publication into FOLDER, in every format and language."""
    database = _database(settings)
    with database.read() as db:
        publications = list_publications(db)
    keys = read_key_file(settings.key_file)
    count = export_publications(publications, folder, keys, settings.languages)
    click.echo(f"{count} publications written to {folder}.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the result for programs.")
def attack(folder: Path, *, as_json: bool) -> None:
    """Be the intruder: try to learn about one person from everything in FOLDER."""
    result = attack_folder(folder)
    if as_json:
        click.echo(json.dumps(result.as_document(), indent=1, sort_keys=True))
    else:
        for name, figure in result.figures.items():
            click.echo(f"{name}: {figure}")
        for finding in result.findings:
            click.echo(f"FOUND {finding.attack} in {finding.publication}: {finding.message}")
        click.echo("Nobody can be picked out." if result.is_safe else "The intruder succeeded.")
    if not result.is_safe:
        raise SystemExit(1)


@main.group(name="import")
def import_group() -> None:
    """Bring in services, or answers that were collected elsewhere."""


@import_group.command(name="services")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="Which column holds what.")
@click.option("--places", type=click.Path(path_type=Path), help="Table of outward codes.")
@click.option("--area", default="", help="Where services are that do not say.")
@click.option("--source", default="", help="Short name of who made the file.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Store the good rows though some are bad.")
@with_settings
def import_services_command(
    settings: Settings,
    file: Path,
    mapping: Path | None,
    places: Path | None,
    area: str,
    source: str,
    *,
    dry_run: bool,
    skip_bad_rows: bool,
) -> None:
    """Bring in a directory: Open Referral (JSON, CSV, zip) or a plain table with a mapping."""
    records = read_directory(file, mapping=mapping, places=places, area=area, source=source)
    for note in records.notes:
        click.echo(untranslated(note))
    _show_problems(records.problems)
    if records.problems and not (skip_bad_rows or dry_run):
        raise OperatorError("Nothing was stored. Mend these rows, or add --skip-bad-rows.")
    database = _database(settings)
    with database.write() as db:
        summary = import_services(
            db, records, period=period_of(utc_now().date()), chance=secrets.randbelow
        )
        if not dry_run:
            db.commit()
    verb = "would be" if dry_run else "were"
    click.echo(
        f"{summary.added} services {verb} added, {summary.changed} changed,"
        f" {summary.closed} closed, {summary.unchanged} stay as they are."
    )


@import_group.command(name="feedback")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", required=True, type=click.Path(path_type=Path))
@click.option("--period", required=True, help="Quarter of the answers, such as 2026-Q3.")
@click.option(
    "--source",
    required=True,
    type=click.Choice([s.value for s in Source if s is not Source.OPEN]),
    help="Who collected them; docs/import-feedback.md says what follows from it.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@with_settings
def import_feedback_command(
    settings: Settings, file: Path, mapping: Path, period: str, source: str, *, dry_run: bool
) -> None:
    """Bring in answers collected on paper or elsewhere, by a mapping file."""
    today = utc_now().date()
    if not is_period(period) or period > period_of(today):
        raise OperatorError("--period must be a quarter up to now, such as 2026-Q3.")
    framework = load_framework()
    try:
        (mapping_file,), (answer_file,) = open_files(mapping), open_files(file)
        said = read_answer_mapping(mapping_file, framework)
        rows = list(read_collected(answer_file, said, framework))
    except FileRefused as refused:
        raise OperatorError(f"{refused.where}: {untranslated(refused.message)}") from refused
    except ValueError as error:
        raise OperatorError("Give one file of answers and one mapping file.") from error
    database = _database(settings)
    with database.write() as db:
        done = import_feedback(
            db,
            rows,
            period=period,
            source=Source(source),
            consent=said.consent,
            framework=CURRENT,
            is_frozen=period in list_frozen_periods(db),
            language=settings.languages[0],
            keys=read_key_file(settings.key_file),
            today=today,
            chance=secrets.token_bytes,
        )
        if not dry_run:
            db.commit()
    _show_problems(done.problems)
    if done.problems:
        raise OperatorError("Nothing was stored. Mend these rows and bring the file in again.")
    verb = "would be" if dry_run else "were"
    click.echo(
        f"{done.added} answers {verb} brought in, {done.known} are known already,"
        f" {done.blank} were blank."
    )


@main.group()
def codes() -> None:
    """Look after the codes on posters."""


@codes.command(name="list")
@with_settings
def list_codes_command(settings: Settings) -> None:
    """Show every code and what it opens."""
    with _database(settings).read() as db:
        for listed in list_codes(db):
            click.echo(f"{listed.code}  {listed.state:8}  {listed.name}")


@codes.command(name="replace")
@click.argument("code")
@with_settings
def replace_code_command(settings: Settings, code: str) -> None:
    """Give a service or an area a new CODE; the old one still works until it is closed."""
    with _database(settings).write() as db:
        new = replace_code(db, code.upper(), secrets.randbelow)
        db.commit()
    click.echo(f"The new code is {new}.")


@codes.command(name="close")
@click.argument("code")
@with_settings
def close_code_command(settings: Settings, code: str) -> None:
    """Let a CODE open no form any more."""
    with _database(settings).write() as db:
        close_code(db, code.upper())
        db.commit()
    click.echo("The code is closed.")


@main.group()
def accounts() -> None:
    """Look after the people who sign in: invite, help back in, end a role."""


@accounts.command(name="invite")
@click.option("--role", "role_name", required=True, type=click.Choice([r.value for r in Role]))
@click.option("--provider", default="", help="Name or directory id; for provider_staff.")
@click.option("--area", default="", help="Name; for commissioner. Without it, everywhere.")
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the role.")
@with_settings
def invite_command(
    settings: Settings, role_name: str, provider: str, area: str, last_day: datetime | None
) -> None:
    """Print a code and a link with which somebody joins, once, within 14 days."""
    role = Role(role_name)
    with _database(settings).write() as db:
        code = invite(
            db,
            read_key_file(settings.key_file),
            _grant(db, role, provider=provider, area=area),
            today=utc_now().date(),
            chance=secrets.token_bytes,
            last_day=last_day.date() if last_day else None,
        )
        db.commit()
    click.echo(f"{untranslated(ROLE_NAMES[role])}. This is shown once; it works once:")
    _show_invitation(settings, code)


@accounts.command(name="list")
@with_settings
def list_accounts_command(settings: Settings) -> None:
    """Show everybody with an account, by pseudonym, and their roles."""
    with _database(settings).read() as db:
        reaches = list_reaches(db)
        people = list_people(db, utc_now().date())
    for person in people:
        click.echo(person.pseudonym)
        for held in person.roles:
            reach = reaches.name_of(held.grant)
            until = f", until {held.last_day.isoformat()}" if held.last_day else ""
            click.echo(f"  {held.grant.role}{f' ({reach})' if reach else ''}{until}")
    if not people:
        click.echo("Nobody has joined yet.")


@accounts.command(name="reset")
@click.argument("pseudonym")
@click.option("--second-factor", is_flag=True, help="Their code app is lost too.")
@with_settings
def reset_command(settings: Settings, pseudonym: str, *, second_factor: bool) -> None:
    """Print a code with which PSEUDONYM chooses a new passphrase, once, within 14 days."""
    with _database(settings).write() as db:
        code = print_recovery_code(
            db,
            read_key_file(settings.key_file),
            _account(db, pseudonym),
            renews_second_factor=second_factor,
            today=utc_now().date(),
            chance=secrets.token_bytes,
        )
        db.commit()
    click.echo(
        "Give this to nobody but them. It is shown once; it works once:\n\n"
        f"  {in_groups(code)}    at {settings.public_url}/recover"
    )


@accounts.command(name="end")
@click.argument("pseudonym")
@click.argument("role_name", metavar="ROLE", type=click.Choice([r.value for r in Role]))
@with_settings
def end_role_command(settings: Settings, pseudonym: str, role_name: str) -> None:
    """End a ROLE of PSEUDONYM now, and sign them out."""
    today, keys = utc_now().date(), read_key_file(settings.key_file)
    with _database(settings).write() as db:
        account_id = _account(db, pseudonym)
        held = [r for r in get_person(db, account_id, today).roles if r.grant.role == role_name]
        if not held:
            raise OperatorError(f"They do not have this role. `{ACCOUNTS_LIST}` shows all roles.")
        for role in held:
            end_role(db, keys, account_id, role.id, today=today, ended_by=None)
        db.commit()
    click.echo("The role is ended.")


def _account(db: Session, pseudonym: str) -> bytes:
    account_id = find_account(db, pseudonym)
    if account_id is None:
        raise OperatorError(f"Nobody has this pseudonym. `{ACCOUNTS_LIST}` shows all.")
    return account_id


def _grant(db: Session, role: Role, *, provider: str, area: str) -> Grant:
    """Return the role with the reach that the options name."""
    if (provider and role is not Role.PROVIDER_STAFF) or (area and role is not Role.COMMISSIONER):
        raise OperatorError("--provider is for provider_staff, --area is for commissioner.")
    if role is Role.PROVIDER_STAFF:
        providers = list_providers(db)
        by_id = [one.id for one in providers if one.source_id == provider]
        named = [(one.id, one.name) for one in providers]
        found = by_id or _named(named, provider, "provider")
        return Grant(role, Scope.PROVIDER, found[0])
    if area:
        places = list_area_places(db).values()
        short = [(place.id, place.name) for place in places]
        long = list(list_reaches(db).areas.items())
        return Grant(role, Scope.AREA, _named([*short, *long], area, "area")[0])
    return Grant(role)


def _named(named: list[tuple[bytes, str]], wanted: str, what: str) -> list[bytes]:
    """Return the one id with this name.

    Raises:
        OperatorError: if none has it, or several do.
    """
    ids = {key for key, name in named if wanted and folded(name) == folded(wanted)}
    if len(ids) == 1:
        return list(ids)
    near = {name for key, name in named if key in ids or folded(wanted) in folded(name)}
    shown = sorted(near)[:NAMES_AT_MOST]
    raise OperatorError(
        f"--{what} must name exactly one {what}."
        + (f" Near it: {'; '.join(shown)}." if shown and wanted else "")
    )


@main.group()
def jobs() -> None:
    """Run what otherwise runs by the clock."""


@jobs.command(name="run")
@click.argument("name", type=click.Choice(sorted(JOBS)))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day.")
@with_settings
def run_job_command(settings: Settings, name: str, on: datetime | None) -> None:
    """Run one job now; a running server is asked to do it."""
    write_logs()
    database = _database(settings)
    day: date | None = on.date() if on else None
    if database.is_sqlite and is_served(settings.data):
        click.echo(ask_server(database, name, day, JOB_PATIENCE_SECONDS))
        return
    workplace = Workplace(settings, database, read_key_file(settings.key_file))
    click.echo(run_job(workplace, name, utc_now(), day))


@main.command()
@with_settings
def backup(settings: Settings) -> None:
    """Write today's sealed backup."""
    database = _database(settings)
    if database.is_sqlite and is_served(settings.data):
        click.echo(ask_server(database, "backup", None, JOB_PATIENCE_SECONDS))
        return
    workplace = Workplace(settings, database, read_key_file(settings.key_file))
    click.echo(run_job(workplace, "backup", utc_now()))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_settings
def restore(settings: Settings, file: Path) -> None:
    """Fill an empty database from a backup; asks for the backup key on the recovery sheet."""
    typed = click.prompt("Backup key on the recovery sheet", hide_input=sys.stdin.isatty())
    database = _opened(settings)
    rows = restore_backup(file, read_typed_key(typed), database)
    click.echo(f"{rows} rows restored.")
    faults = find_faults(settings, database)
    for fault in faults:
        click.echo(f"- {fault}")
    if faults:
        raise SystemExit(1)


def _database(settings: Settings) -> Database:
    if settings.database_url.startswith("sqlite") and not settings.key_file.exists():
        read_key_file(settings.key_file)
    return _opened(settings)


def _opened(settings: Settings) -> Database:
    """Return the database; its connections end with the command."""
    database = connect(settings.database_url)
    click.get_current_context().call_on_close(database.engine.dispose)
    return database


def _show_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(f"- {problem.where}: {untranslated(problem.message)}")
