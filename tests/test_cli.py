import csv
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from coproduce import __version__
from coproduce.accounts.invitations import Invited, find_invitation
from coproduce.accounts.models import Invitation
from coproduce.cli import main
from coproduce.core.actor import Grant
from coproduce.core.chained_log import append_to_log
from coproduce.core.codes import POSTER_ALPHABET
from coproduce.core.db import Base, connect
from coproduce.core.keys import check_phrase, read_key_file
from coproduce.core.permissions import Role, Scope
from coproduce.feedback.models import Inbox, Receipt, Response, SealedText
from coproduce.feedback.reading_keys import add_reading_key, key_fingerprint
from coproduce.jobs import utc_now
from coproduce.moderation.key_shares import share_reading_keys
from coproduce.moderation.letting_in import KeyEvent
from coproduce.moderation.models import KeyShare
from coproduce.services.models import LandingCode, Service
from coproduce.settings import EXAMPLE_DEPLOYMENT
from tests.factories import code_on
from tests.html import fields_of, parse
from tests.needs import on_sqlite
from tests.people import Person, make_person
from tests.postgres import Template
from tests.programs import Program

SERVICES = """name,provider,town,kind
The Drop-in,The Hub,Otley,drop-in
The Clinic,The Trust,Otley,clinic
"""
COLUMNS = """
source = "test"

[columns]
name = "name"
provider = "provider"
town = "town"
kind = "kind"
"""

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, database_url: str, restored_logs: None) -> Run:
    """Runs a command in this process; it must end well unless a fault is expected."""

    def run(*arguments: str, fault: bool = False, typed: str = "", **settings: str) -> Result:
        environment = {"COPRODUCE_DATABASE_URL": database_url}
        environment |= {f"COPRODUCE_{name.upper()}": value for name, value in settings.items()}
        result = CliRunner().invoke(
            main, ["--data", str(data), *arguments], env=environment, input=typed
        )
        assert (result.exit_code != 0) is fault, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    return run


@pytest.fixture
def restored_logs() -> Iterator[None]:
    """Some commands send all logs of their process to standard error."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = handlers, level
    logging.getLogger("coproduce").setLevel(logging.NOTSET)


@pytest.fixture
def backup_key(run: Run, data: Path) -> str:
    """What stands on the recovery sheet of a set-up that was finished."""
    sheet = run("init").output
    run("init", "--phrase", check_phrase(read_key_file(data / "keys.json")))
    return backup_key_on(sheet)


def backup_key_on(sheet: str) -> str:
    lines = iter(sheet.splitlines())
    assert any(line.startswith("Backup key:") for line in lines)
    return next(lines).strip()


@pytest.fixture
def ready(run: Run, backup_key: str) -> Run:
    """The same as `run`, after a set-up that was finished."""
    return run


@pytest.fixture
def directory(tmp_path: Path) -> tuple[str, ...]:
    """Two services, as words after `import services`."""
    (tmp_path / "services.csv").write_text(SERVICES)
    (tmp_path / "columns.toml").write_text(COLUMNS)
    return str(tmp_path / "services.csv"), "--mapping", str(tmp_path / "columns.toml")


def count(database_url: str, table: type[Base]) -> int:
    database = connect(database_url)
    with database.read() as db:
        number = db.scalar(select(func.count()).select_from(table)) or 0
    database.close()
    return number


# Any command


def test_the_program_tells_what_it_can_do() -> None:
    said = CliRunner().invoke(main, ["--help"]).output

    assert set(re.findall(r"^  ([a-z-]+) ", said, re.MULTILINE)) >= {
        "init",
        "serve",
        "migrate",
        "check",
        "import",
        "jobs",
        "backup",
        "restore",
        "keys",
        "accounts",
    }
    assert CliRunner().invoke(main, ["--version"]).output.strip().endswith(__version__)


@on_sqlite
def test_mistakes_in_the_settings_are_told_before_anything_happens(run: Run, data: Path) -> None:
    said = run("init", fault=True, backup_days="never", langauges="en").output

    assert said.startswith("Error: COPRODUCE_LANGAUGES is not a setting.")
    assert "COPRODUCE_BACKUP_DAYS must be a number of days from 1 to 90." in said
    assert not data.exists()


@on_sqlite
@pytest.mark.parametrize(
    "command",
    [
        ["serve"],
        ["migrate"],
        ["jobs", "run", "settle"],
        ["backup"],
        ["keys", "phrase", "none.json"],
        ["codes", "list"],
        ["accounts", "list"],
        ["accounts", "invite", "--role", "moderator"],
    ],
)
def test_without_keys_the_way_to_make_them_is_named(run: Run, command: list[str]) -> None:
    assert re.search(r"Run `coproduce .*init` first", run(*command, fault=True).output)


@on_sqlite
@pytest.mark.parametrize("command", [["migrate"], ["codes", "list"], ["jobs", "run", "settle"]])
def test_a_database_that_is_away_is_told_in_one_sentence(ready: Run, command: list[str]) -> None:
    said = ready(*command, fault=True, database_url="postgresql://127.0.0.1:1/none").output

    assert said.splitlines()[-1] == (
        "Error: The database cannot be used (OperationalError). Is its address right?"
    )


# Setting up


def test_a_set_up_ends_when_the_copy_of_the_keys_was_seen(run: Run, data: Path) -> None:
    first = run("init").output
    assert first.count("RECOVERY SHEET of Feedback") == 1
    assert (data.stat().st_mode & 0o777, (data / "keys.json").stat().st_mode & 0o777) == (
        0o700,
        0o400,
    )
    assert "The set-up is not finished." in run("serve", fault=True).output

    again = run("init").output
    assert "RECOVERY SHEET" not in again
    assert "coproduce keys phrase COPY" in again
    assert "not the phrase" in run("init", "--phrase", "four wrong words here", fault=True).output

    copy = data / "copy.json"
    copy.write_bytes((data / "keys.json").read_bytes())
    assert "chmod 400" in run("keys", "phrase", str(copy), fault=True).output
    copy.chmod(0o400)
    phrase = run("keys", "phrase", str(copy)).output
    assert "\nSet up. Start it with `coproduce serve`.\n" in (
        run("init", "--phrase", f"  {phrase.upper()} ").output
    )
    assert run("init").output.startswith("This is set up. Start it with `coproduce serve`.\n")
    assert run("migrate").output == "The schema is up to date.\n"


def code_in(said: str) -> str:
    """Return the code that stands in groups in what a command said."""
    [code] = re.findall(rf"\b(?:[{POSTER_ALPHABET}]{{4}} ){{3}}[{POSTER_ALPHABET}]{{4}}\b", said)
    return str(code)


def found(database_url: str, data: Path, code: str) -> Invited | None:
    database = connect(database_url)
    with database.read() as db:
        keys = read_key_file(data / "keys.json")
        invited = find_invitation(db, keys, code, utc_now().date())
    database.close()
    return invited


def joined(database_url: str, data: Path, pseudonym: str, *roles: Role | Grant) -> Person:
    database = connect(database_url)
    keys = read_key_file(data / "keys.json")
    person = make_person(database, keys, utc_now().date(), *roles, pseudonym=pseudonym)
    database.close()
    return person


def test_the_set_up_ends_with_a_link_for_the_first_administrator(
    run: Run, data: Path, database_url: str
) -> None:
    run("init")
    phrase = check_phrase(read_key_file(data / "keys.json"))
    first = run("init", "--phrase", phrase, public_url="https://feedback.example").output
    code = code_in(first)
    assert f"https://feedback.example/join/{code.replace(' ', '')}\n" in first
    assert "accounts invite --role administrator" in first
    invited = found(database_url, data, code)
    assert invited is not None
    assert invited.grant == Grant(Role.ADMINISTRATOR)

    second = code_in(run("init").output)
    assert found(database_url, data, second) is not None
    assert found(database_url, data, code) is None, "The older link still works."

    joined(database_url, data, "calm otter", Role.ADMINISTRATOR)
    assert run("init").output == "This is set up. Start it with `coproduce serve`.\n"


# People who sign in


def test_people_are_invited_from_the_shell(
    ready: Run, data: Path, database_url: str, directory: tuple[str, ...]
) -> None:
    ready("import", "services", *directory)
    said = ready("accounts", "invite", "--role", "moderator", "--last-day", "2999-12-31").output
    moderator = found(database_url, data, code_in(said))
    assert moderator is not None
    assert (moderator.grant, moderator.last_day) == (Grant(Role.MODERATOR), date(2999, 12, 31))

    for words, scope in (
        (("provider_staff", "--provider", "the hub"), Scope.PROVIDER),
        (("commissioner", "--area", "OTLEY"), Scope.AREA),
        (("commissioner",), Scope.EVERYWHERE),
    ):
        said = ready("accounts", "invite", "--role", *words).output
        invited = found(database_url, data, code_in(said))
        assert invited is not None
        assert invited.grant is not None
        assert (invited.grant.role, invited.grant.scope) == (words[0], scope)


@on_sqlite
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("provider_staff",), "--provider must name exactly one provider."),
        (("provider_staff", "--provider", "t"), "Near it: The Hub; The Trust."),
        (("commissioner", "--area", "Leeds"), "--area must name exactly one area."),
        (("moderator", "--area", "Otley"), "--area is for commissioner."),
        (("lead", "--last-day", "2020-01-01"), "This last day is over."),
        (("king",), "is not one of"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_in_one_sentence(
    ready: Run, database_url: str, directory: tuple[str, ...], words: tuple[str, ...], says: str
) -> None:
    ready("import", "services", *directory)
    before = count(database_url, Invitation)

    assert says in ready("accounts", "invite", "--role", *words, fault=True).output
    assert count(database_url, Invitation) == before


def test_people_are_listed_helped_back_in_and_their_roles_ended(
    ready: Run, data: Path, database_url: str
) -> None:
    assert ready("accounts", "list").output == "Nobody has joined yet.\n"
    joined(database_url, data, "calm otter", Role.ADMINISTRATOR)
    heron = joined(database_url, data, "brisk heron", Role.MODERATOR, Role.LEAD)
    assert ready("accounts", "list").output.split() == [
        *("brisk", "heron", "moderator", "lead"),
        *("calm", "otter", "administrator"),
    ]

    said = ready("accounts", "reset", "Brisk Heron", "--second-factor").output
    invited = found(database_url, data, code_in(said))
    assert invited is not None
    assert (invited.account_id, invited.renews_second_factor) == (heron.account_id, True)
    assert "/recover" in said

    assert ready("accounts", "end", "brisk heron", "lead").output == "The role is ended.\n"
    assert "lead" not in ready("accounts", "list").output
    gone = ready("accounts", "end", "brisk heron", "lead", fault=True).output
    assert "They do not have this role." in gone
    last = ready("accounts", "end", "calm otter", "administrator", fault=True).output
    assert "Then nobody could invite people any more." in last
    for command in (("reset", "silent pond"), ("end", "silent pond", "lead")):
        assert "Nobody has this pseudonym." in ready("accounts", *command, fault=True).output


def test_a_new_reading_key_goes_to_those_who_can_open_texts(
    ready: Run, data: Path, database_url: str
) -> None:
    """Before anybody can, none is made: it would close everything to everybody."""
    assert "Nobody can open texts yet." in ready("keys", "rotate", fault=True).output
    heron = joined(database_url, data, "brisk heron", Role.MODERATOR)
    joined(database_url, data, "silent pond", Role.MODERATOR)
    keys, day = read_key_file(data / "keys.json"), utc_now().date() - timedelta(days=1)
    database = connect(database_url)
    with database.write() as db:
        first = add_reading_key(db, keys, day)
        public = heron.pair.public
        share_reading_keys(db, {first.id: first.private}, heron.account_id, public)
        about = f"{heron.account_id.hex()} {key_fingerprint(public).hex()}"
        append_to_log(
            db, keys, day=day, account_id=heron.account_id, what=KeyEvent.SHEET_TYPED, about=about
        )
        db.commit()
    database.close()

    said = ready("keys", "rotate").output

    assert said == "There is a new reading key. These people hold it: brisk heron.\n"
    assert count(database_url, KeyShare) == 2
    assert "made today already" in ready("keys", "rotate", fault=True).output


@on_sqlite
def test_keys_are_made_only_where_a_database_can_be(run: Run, data: Path) -> None:
    """Or the recovery sheet would never be shown."""
    said = run("init", fault=True, database_url="postgresql://127.0.0.1:1/none").output

    assert "RECOVERY SHEET" not in said
    assert not (data / "keys.json").exists()
    assert "RECOVERY SHEET" in run("init").output


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = CliRunner().invoke(main, ["--data", str(tmp_path / "file" / "data"), "init"], env={})

    assert result.output == f"Error: {tmp_path / 'file' / 'data'}: Not a directory.\n"


def own_deployment(folder: Path) -> Path:
    """Write the example as somebody who made it their own, and return where it is."""
    ours = folder / "deployment.toml"
    ours.write_text(
        EXAMPLE_DEPLOYMENT.read_text("utf-8")
        .replace("2000-01-01", utc_now().date().isoformat())
        .replace("post@example.org", "post@voices.test")
    )
    return ours


def test_check_finds_nothing_or_everything(ready: Run, data: Path, database_url: str) -> None:
    (data / "keys.json").chmod(0o444)
    said = ready("check", fault=True).output
    assert f"- {data / 'keys.json'} can be read by others." in said

    (data / "keys.json").chmod(0o400)
    ours = own_deployment(data)
    if database_url.startswith("sqlite"):
        assert ready("check", deployment=str(ours)).output == "No fault found.\n"
    else:
        assert "Set it to panic in postgresql.conf." in ready("check", fault=True).output


def test_check_tells_that_nobody_made_the_example_their_own(ready: Run) -> None:
    said = ready("check", fault=True).output
    assert "- The help lines were last checked on 2000-01-01." in said
    assert "- The contact post@example.org is an example." in said


@on_sqlite
def test_a_port_in_use_is_told(ready: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        said = ready("serve", "--port", str(port), fault=True).output

    assert f"Error: Port {port} of 127.0.0.1 cannot be used: Address already in use." in said


# Bringing in


def test_services_are_brought_in_after_a_dry_run_and_once(
    ready: Run, database_url: str, directory: tuple[str, ...]
) -> None:
    dry = ready("import", "services", *directory, "--dry-run").output
    assert dry.splitlines()[-1].startswith("2 services would be added, 0 changed")
    assert count(database_url, Service) == 0

    assert "2 services were added" in ready("import", "services", *directory).output
    assert "0 services were added, 0 changed, 0 closed, 2 stay as they are." in (
        ready("import", "services", *directory).output
    )
    assert (count(database_url, Service), count(database_url, LandingCode)) == (2, 3)
    listed = ready("codes", "list").output
    assert "The Drop-in" in listed
    assert "Otley" in listed


@on_sqlite
def test_a_bad_row_is_named_and_nothing_is_stored(
    ready: Run, database_url: str, directory: tuple[str, ...]
) -> None:
    Path(directory[0]).write_text(f"{SERVICES},The Hub,Otley,clinic\n")

    said = ready("import", "services", *directory, fault=True).output
    assert "- services.csv:4: " in said
    assert said.endswith("Mend these rows, or add --skip-bad-rows.\n")
    assert count(database_url, Service) == 0
    ready("import", "services", *directory, "--skip-bad-rows")
    assert count(database_url, Service) == 2


@pytest.fixture
def paper(ready: Run, tmp_path: Path, directory: tuple[str, ...]) -> tuple[str, ...]:
    """Six paper forms about a service that was brought in, as words after `import feedback`."""
    ready("import", "services", *directory)
    [code] = re.findall(r"^(\w{6}) .*The Drop-in$", ready("codes", "list").output, re.MULTILINE)
    mapping = tmp_path / "paper.toml"
    mapping.write_text(
        f'[service]\ncode = "{code}"\n[answers.overall]\ncolumn = "How"\n'
        'values = { "fine" = "good" }\n[text]\nbetter = ["Idea"]\n'
    )
    file = tmp_path / "paper.csv"
    with file.open("w", newline="") as rows:
        writer = csv.writer(rows)
        writer.writerow(["How", "Idea"])
        writer.writerows([["fine", "More evenings."]] * 6)
    return str(file), "--mapping", str(mapping), "--source", "outreach"


def test_answers_from_paper_are_brought_in_once(
    ready: Run, database_url: str, paper: tuple[str, ...]
) -> None:
    words = ("import", "feedback", *paper, "--period", "2026-Q1")

    assert "6 answers would be brought in" in ready(*words, "--dry-run").output
    assert count(database_url, Response) == 0
    assert "6 answers were brought in, 0 are known already" in ready(*words).output
    assert "0 answers were brought in, 6 are known already" in ready(*words).output
    assert (count(database_url, Response), count(database_url, SealedText)) == (6, 6)


@on_sqlite
def test_answers_of_a_quarter_that_is_closed_or_not_yet_are_refused(
    ready: Run, database_url: str, paper: tuple[str, ...]
) -> None:
    words = ("import", "feedback", *paper, "--period")
    for period in ("2026", "2026-Q5", "9999-Q1"):
        assert "--period must be a quarter up to now" in ready(*words, period, fault=True).output

    ready(*words, "2025-Q1")
    ready("jobs", "run", "freeze", "--on", "2026-06-30")
    said = ready(*words, "2025-Q1", fault=True).output
    assert "This quarter is in a report." in said
    assert said.endswith("Mend these rows and bring the file in again.\n")
    assert count(database_url, Response) == 6


@on_sqlite
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda _file, mapping: mapping.write_text("x"), "paper.toml: This mapping is not valid"),
        (lambda file, _mapping: file.write_text("How,Idea\nbad,\n" * 9), "does not know “bad”"),
        (lambda file, _mapping: file.unlink(), "paper.csv: This file is not here."),
        (lambda file, _mapping: file.write_text("How\n"), "There is no column Idea."),
    ],
)
def test_a_file_that_is_not_understood_is_told(
    ready: Run, paper: tuple[str, ...], change: Callable[[Path, Path], object], says: str
) -> None:
    change(Path(paper[0]), Path(paper[2]))

    said = ready("import", "feedback", *paper, "--period", "2026-Q1", fault=True).output
    assert says in said


# Running


def test_jobs_run_where_no_server_does(ready: Run) -> None:
    said = ready("jobs", "run", "settle", "--on", "2026-08-12").output

    assert said.splitlines()[-1] == "0 answers and 0 texts settled, 0 wait"


def test_a_backup_is_restored_with_the_key_on_the_sheet(
    ready: Run, data: Path, tmp_path: Path, directory: tuple[str, ...], backup_key: str
) -> None:
    ready("import", "services", *directory)
    assert "written: coproduce-" in ready("backup").output
    [path] = (data / "backups").glob("*.backup")
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"

    slip = ready(
        "restore",
        str(path),
        typed=f"{backup_key[4:]}{backup_key[:4]}\n",
        fault=True,
        database_url=other,
    )
    assert "There is a slip in this key." in slip.output
    refused = ready("restore", str(path), typed=f"{backup_key}\n", fault=True)
    assert "Restore into an empty one." in refused.output
    said = ready("restore", str(path), typed=f"{backup_key}\n", database_url=other).output
    assert re.search(r"\d+ rows restored\.\n", said)
    assert count(other, Service) == 2


# All of it, as an operator and a person on a phone do it


@pytest.mark.postgresql
def test_from_nothing_to_a_rating_a_backup_and_another_machine(
    tmp_path: Path, directory: tuple[str, ...], postgres_template: Template
) -> None:
    ours = {"deployment": str(own_deployment(tmp_path))}
    here = Program(tmp_path / "here", ours)
    sheet = here.run("init")
    copy = tmp_path / "stick.json"
    copy.write_bytes((here.data / "keys.json").read_bytes())
    copy.chmod(0o400)
    phrase = here.run("keys", "phrase", str(copy)).strip()
    assert "Set up." in here.run("init", "--phrase", phrase)
    here.run("import", "services", *directory)
    [code] = re.findall(r"^(\w{6}) .*The Drop-in$", here.run("codes", "list"), re.MULTILINE)

    log = tmp_path / "log"
    with here.serving(log) as address, httpx2.Client(base_url=address) as phone:
        receipts = [rate(phone, code) for _person in range(5)]
        asked = [
            threading.Thread(target=here.run, args=["jobs", "run", "settle"]),
            threading.Thread(target=here.run, args=["backup"]),
        ]
        for thread in asked:
            thread.start()
        for thread in asked:
            thread.join()
        standing = phone.post("/code", data={"code": receipts[0]})
        assert "Waiting with others" in standing.text
    assert not (here.data / "coproduce.sqlite-wal").exists()
    assert "No fault found." in here.run("check")

    [backup] = (here.data / "backups").glob("*-daily.backup")
    with postgres_template.copy() as url:
        there = Program(tmp_path / "there", {**ours, "database_url": url, "key_file": str(copy)})
        # The server of the tests is quick, not careful: the check that follows says so.
        said = there.run("restore", str(backup), typed=backup_key_on(sheet), fault=True)
        assert re.search(r"\d+ rows restored\.\n", said)
        assert [line for line in said.splitlines() if "PostgreSQL has fsync" in line]
        assert (count(url, Response), count(url, Receipt), count(url, Inbox)) == (5, 5, 0)
        with there.serving(log) as address, httpx2.Client(base_url=address) as phone:
            assert "Waiting with others" in phone.post("/code", data={"code": receipts[0]}).text


def rate(phone: httpx2.Client, landing_code: str) -> str:
    """Rate a service as a browser without script does, and return the code of the receipt."""
    page = parse(phone.get(f"/g/{landing_code}").text)
    form = fields_of(next(page.all("form")))
    sent = phone.post("/g", data={**form, "overall": "good", "better": "More evenings."})
    return code_on(sent)
