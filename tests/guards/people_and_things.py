"""A filled instance in which every kind of person meets things of their own and of others."""

import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import httpx2
from sqlalchemy import select, update
from starlette.testclient import TestClient

from coproduce.accounts.commands import grant_role
from coproduce.accounts.models import Account, Stage
from coproduce.accounts.queries import load_actor
from coproduce.app import create_app
from coproduce.core.actor import Grant
from coproduce.core.db import Database, connect
from coproduce.core.keys import Keys
from coproduce.core.permissions import ROLE_PERMISSIONS, Permission, Role, Scope
from coproduce.demonstration.people import BY_KEY, step_into
from coproduce.feedback.codebook import CURRENT_CODEBOOK
from coproduce.feedback.models import Consent, ModeratedText, SealedText
from coproduce.feedback.moderated_words import Direction, Level, Made, MadeCoding, TextUse
from coproduce.feedback.statements import Topic
from coproduce.moderation.commands import Reader, keep_reading
from coproduce.moderation.letting_in import let_in
from coproduce.moderation.queue import give_next
from coproduce.moderation.safeguarding import join_case, open_case
from coproduce.moderation.second_reading import take_second
from coproduce.moderation.statements import write_as_author
from coproduce.moderation.team import Profile, add_conflict
from coproduce.reports.queries import list_publications
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.server import site_of
from coproduce.services.models import Area, Provider, Service
from coproduce.services.queries import list_service_facts
from coproduce.web.page_endpoint import Row
from coproduce.web.site import Site
from tests.guards.stored_values import Row as StoredRow
from tests.guards.stored_values import rows_of, table_names
from tests.live import DEMONSTRATION_DAY, Demonstration
from tests.people import Person, make_person, noon, sign_in

ADDRESS = "https://127.0.0.1"
TODAY = DEMONSTRATION_DAY
PLACEHOLDER = re.compile(r"\{\w+\}")
EVERY_ROW = (*ROUTES, *DEMONSTRATION)


@dataclass(frozen=True, slots=True)
class Asker:
    """A kind of person: which roles they have today, and how far they have signed in."""

    roles: frozenset[Role] = frozenset()
    signed_in: Stage | None = Stage.SIGNED_IN
    not_today: Role | None = None
    starts_on: date = TODAY
    last_day: date | None = None

    def may(self, permission: Permission) -> bool:
        """Return True if the table of roles opens the permission to them."""
        if permission in {Permission.ANONYMOUS, Permission.STRANGER}:
            return True
        if self.signed_in is not Stage.SIGNED_IN:
            return self.signed_in is Stage.SECOND_STEP and permission is Permission.SECOND_STEP
        opened = {Permission.SIGNED_IN}.union(*(ROLE_PERMISSIONS[role] for role in self.roles))
        return permission in opened


_DAY = timedelta(days=1)
ASKERS: Mapping[str, Asker] = {
    "nobody": Asker(signed_in=None),
    "half signed in": Asker(frozenset(Role), signed_in=Stage.SECOND_STEP),
    "no role": Asker(),
    **{role.value: Asker(frozenset({role})) for role in Role},
    "moderator and commissioner": Asker(frozenset({Role.MODERATOR, Role.COMMISSIONER})),
    "administrator and staff": Asker(frozenset({Role.ADMINISTRATOR, Role.PROVIDER_STAFF})),
    "lead until yesterday": Asker(
        not_today=Role.LEAD, starts_on=TODAY - 9 * _DAY, last_day=TODAY - _DAY
    ),
    "administrator from tomorrow": Asker(not_today=Role.ADMINISTRATOR, starts_on=TODAY + _DAY),
}


@dataclass(frozen=True, slots=True)
class World:
    """A copy of the demonstration, and one person in it.

    ``own`` and ``foreign`` are, by path, what stands in its placeholders: things this person may
    see, and things that are there but not for them.
    """

    site: Site
    database: Database
    keys: Keys
    asker: Asker
    person: Person
    own: Mapping[str, str]
    foreign: Mapping[str, str]
    client: TestClient

    @contextmanager
    def browser(self) -> Iterator[TestClient]:
        """Give the browser of this person, signed in anew as far as they can be."""
        self.client.headers.pop("cookie", None)
        if self.asker.signed_in is not None:
            now, stage = noon(TODAY), self.asker.signed_in
            sign_in(self.client, self.site, self.database, self.person, now, stage)
        self.client.headers["origin"] = ADDRESS
        yield self.client
        self.client.cookies.clear()


@contextmanager
def a_world(demonstration: Demonstration, folder: Path, asker: Asker) -> Iterator[World]:
    """Copy the demonstration and put somebody of this kind into it, with things of their own."""
    path = folder / "copy.sqlite"
    with sqlite3.connect(str(demonstration.database.engine.url.database)) as source:
        source.execute("VACUUM INTO ?", (str(path),))
    source.close()
    database, keys = connect(f"sqlite:///{path}"), demonstration.keys
    settings = replace(demonstration.settings, public_url=ADDRESS)
    site = site_of(settings, keys, is_demonstration=True)
    with database.read() as db:
        provider = db.scalars(
            select(Provider.id).join(Service).where(Service.name == "Bridge Street Clinic")
        ).one()
        saltby = db.scalars(select(Area.id).where(Area.name == "Saltby")).one()
    reaches = {
        Role.PROVIDER_STAFF: Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, provider),
        Role.COMMISSIONER: Grant(Role.COMMISSIONER, Scope.AREA, saltby),
    }
    roles = [reaches.get(role, Grant(role)) for role in sorted(asker.roles)]
    person = make_person(database, keys, TODAY, *roles)
    if asker.not_today:
        with database.write() as db:
            grant_role(
                db,
                person.account_id,
                Grant(asker.not_today),
                secrets.token_bytes,
                starts_on=asker.starts_on,
                last_day=asker.last_day,
            )
            db.commit()
    own, foreign = _things(database, keys, asker, person)
    app = create_app(site, database, routes=EVERY_ROW, clock=lambda: noon(TODAY))
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        yield World(site, database, keys, asker, person, own, foreign, client)
    database.close()


def _ids(database: Database) -> dict[str, bytes]:
    """Return the accounts of the invented people."""
    with database.read() as db:
        rows = db.execute(select(Account.pseudonym, Account.id))
        by_name = {row.pseudonym: row.id for row in rows}
    return {key: by_name[person.pseudonym] for key, person in BY_KEY.items()}


def _things(
    database: Database, keys: Keys, asker: Asker, person: Person
) -> tuple[dict[str, str], dict[str, str]]:
    """Make what the placeholders of every path stand for."""
    others = _ids(database)
    moderator, second, lead = (others[k] for k in ("moderator", "second_moderator", "lead"))
    me = person.account_id
    token = step_into(database, keys, BY_KEY["moderator"], TODAY).token
    now, chance = noon(TODAY), secrets.token_bytes
    with database.write() as db:
        actor = load_actor(db, keys, token, TODAY)
        assert actor is not None
        if asker.may(Permission.TEXT_READ):
            let_in(db, keys, actor, me, TODAY)
        harbour = db.scalars(select(Service.id).where(Service.name == "Harbour Health")).one()
        clinic = db.scalars(select(Service.id).where(Service.name == "Bridge Street Clinic")).one()
        reports = {p.subject_id: p.id.hex() for p in list_publications(db)}
        steps = db.scalars(select(Service.id).where(Service.name == "Steps Day Programme")).one()
        about = {"service_id": clinic, "area_id": None, "consent": Consent.PARAPHRASE}
        db.execute(update(SealedText).values(about))
        db.execute(update(ModeratedText).values(service_id=clinic))
        english = Profile(frozenset({"en"}), frozenset(), frozenset())
        texts = []
        for number, account_id in enumerate((*[moderator] * 6, lead, me)):
            text_id = give_next(db, account_id, english, now, chance)
            assert text_id is not None
            texts.append(text_id)
            if number < 6:
                made = Made(
                    use=TextUse.PARAPHRASE,
                    words=f"Safe words of text {number}.",
                    language="en",
                    seriousness=0,
                    matters_to_few=False,
                    codebook=CURRENT_CODEBOOK,
                    codings=(MadeCoding("CA"[number // 3] + "1", Direction.IDEA, Level.SERVICE),),
                )
                reader = Reader(moderator, keys, now)
                keep_reading(
                    db, reader, text_id, made, chance=chance, below=lambda limit: limit - 1
                )
        statement = write_as_author(
            db,
            keys,
            moderator,
            english,
            Topic(clinic, None, "C"),
            texts[:3],
            "A sentence.",
            "en",
            TODAY,
            chance,
        )
        own_second = take_second(db, me, english, TODAY, chance)
        own_case = open_case(db, keys, me, "Safe words.", "A service", TODAY, chance)
        foreign_case = open_case(db, keys, moderator, "Safe words.", "A service", TODAY, chance)
        join_case(db, keys, foreign_case, second, TODAY)
        add_conflict(db, me, harbour)
        db.commit()
    assert own_second is not None
    publication = {Role.PROVIDER_STAFF: (clinic, harbour), Role.COMMISSIONER: (steps, clinic)}
    mine, theirs = next(
        (publication[role] for role in sorted(asker.roles) if role in publication),
        (clinic, harbour),
    )
    mine_to_print, theirs_to_print = _codes(database, asker)
    topic_path = "/statements/about/{topic}"
    own = {
        "/reports/{publication}": reports[mine],
        "/words-problems/{publication}": reports[clinic],
        "/people/{account}": moderator.hex(),
        "/texts/{text}": texts[7].hex(),
        "/second/{text}": own_second.text_id.hex(),
        "/statements/{statement}": statement.hex(),
        topic_path: f"service-{clinic.hex()}-A",
        "/safeguarding/{case}": own_case.hex(),
        "/print/{code}": mine_to_print,
        "/log/{before}": "3",
        "/join/{invitation}": "2222-2222-2222-2222",
    }
    foreign = {
        "/reports/{publication}": reports[theirs],
        "/words-problems/{publication}": "0" * 32,
        "/people/{account}": "0" * 32,
        "/texts/{text}": texts[6].hex(),
        "/second/{text}": texts[0].hex(),
        "/statements/{statement}": "0" * 32,
        topic_path: f"service-{harbour.hex()}-C",
        "/safeguarding/{case}": foreign_case.hex(),
        "/print/{code}": theirs_to_print,
        "/log/{before}": "0",
        "/join/{invitation}": "not-a-code",
    }
    return own, foreign


def _codes(database: Database, asker: Asker) -> tuple[str, str]:
    """Return the code of a service they may print for, and one that they may not."""
    with database.read() as db:
        facts = {one.name: one.code for one in list_service_facts(db).values()}
    clinic, harbour = facts["Bridge Street Clinic"], facts["Harbour Health"]
    if asker.roles & {Role.ADMINISTRATOR, Role.FACILITATOR}:
        return clinic, "222222"
    if Role.COMMISSIONER in asker.roles:
        return facts["Steps Day Programme"], clinic
    return clinic, harbour


def name_of(row: Row) -> str:
    """Return what the table calls an address."""
    return f"{row.method} {row.path}"


def send(
    client: TestClient,
    row: Row,
    things: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Ask for an address with a thing of this person, or of somebody else."""
    path = row.path
    if found := PLACEHOLDER.search(path):
        upto = path[: found.end()]
        path = path.replace(found[0], things[upto])
        path = path.replace("{ending}", "pdf").replace("{language}", "en")
    if row.method == "GET":
        return client.get(path)
    return client.post(path, data=fields or {"unknown": "field"}, headers=headers)


def everything(world: World) -> dict[str, list[StoredRow]]:
    """Return every row of every table."""
    with world.database.engine.connect() as connection:
        return {table: rows_of(connection, table) for table in table_names(connection)}
