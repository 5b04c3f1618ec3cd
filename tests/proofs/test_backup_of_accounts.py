"""A backup holds no open sign-in and no minute of anybody, and a restore lets nobody in."""

import secrets
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.accounts.models import Account, SignIn
from coproduce.app import create_app
from coproduce.backup import LEFT_OUT, restore_backup, write_backup
from coproduce.core.db import Database, connect
from coproduce.core.keys import NewKeys
from coproduce.core.permissions import Role
from coproduce.moderation.models import Assignment, Shift, Task
from coproduce.web.site import Site
from tests.people import make_person, noon, sign_in
from tests.workplaces import make_settings

MINUTE = "2026-08-12T11:41"


def test_a_backup_leaves_out_sign_ins_shifts_and_who_has_which_text(
    database: Database,
    database_url: str,
    fresh_keys: NewKeys,
    site: Site,
    today: date,
    tmp_path: Path,
) -> None:
    person = make_person(database, fresh_keys.keys, today, Role.MODERATOR)
    client = TestClient(create_app(site, database, clock=lambda: noon(today)))
    token = sign_in(client, site, database, person, noon(today))
    with database.write() as db:
        mine = {"account_id": person.account_id}
        db.add(Shift(began_at=MINUTE, items=3, break_until=None, **mine))
        text_id = secrets.token_bytes(16)
        db.add(Assignment(text_id=text_id, task=Task.FIRST_READING, given_on=today, **mine))
        db.commit()
    settings = make_settings(tmp_path / "data", database_url)
    settings.data.mkdir(exist_ok=True)
    path = write_backup(settings, database, fresh_keys.keys, today, "test")
    restored = connect(f"sqlite:///{tmp_path / 'restored.sqlite'}")
    restore_backup(path, fresh_keys.backup_private, restored)
    with restored.read() as db:
        assert db.scalars(select(Account.pseudonym)).one() == person.pseudonym
        for table in (SignIn, Shift, Assignment):
            assert table.__tablename__ in LEFT_OUT
            assert db.scalar(select(func.count()).select_from(table)) == 0
    image = (tmp_path / "restored.sqlite").read_bytes()
    assert MINUTE.encode() not in image
    assert token not in image

    again = create_app(site, restored, clock=lambda: noon(today))
    cookie = {"cookie": client.headers["cookie"]}
    with TestClient(again, base_url=site.public_url, follow_redirects=False) as other:
        assert other.get("/account", headers=cookie).status_code == 401
    restored.close()
