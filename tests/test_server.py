from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from coproduce.core.db import connect
from coproduce.core.errors import OperatorError
from coproduce.core.keys import Keys
from coproduce.core.lock_file import only_server
from coproduce.core.migrate import migrate
from coproduce.server import serve_forever, server_config, site_of
from coproduce.web.head_deadline import HeadDeadline
from tests.needs import on_sqlite
from tests.workplaces import make_settings


def refusal(data: Path, url: str, keys: Keys) -> str:
    with pytest.raises(OperatorError) as refused:
        serve_forever(make_settings(data, url), keys, host="127.0.0.1", port=0)
    return str(refused.value)


def test_uvicorn_writes_no_log_of_visits_and_holds_no_sockets() -> None:
    """T8."""
    config = server_config(PlainTextResponse("x"), host="127.0.0.1", port=0)

    assert config.access_log is False
    assert config.log_config is None
    assert config.server_header is False
    assert config.date_header is False
    assert config.proxy_headers is False
    assert config.http is HeadDeadline
    assert config.timeout_keep_alive == 5
    assert config.limit_concurrency == 500
    assert config.h11_max_incomplete_event_size == 16 * 1024
    assert config.timeout_graceful_shutdown == 10


def test_a_site_is_what_the_settings_say(tmp_path: Path, keys: Keys) -> None:
    settings = make_settings(
        tmp_path, "sqlite://", public_url="https://notes.example", languages="ro,en"
    )

    site = site_of(settings, keys)

    assert site.keys is keys
    assert site.languages == ("ro", "en")
    assert "notes.example" in site.hosts
    assert not site.is_demonstration


def test_an_old_schema_is_refused(database_url: str, tmp_path: Path, keys: Keys) -> None:
    database = connect(database_url)
    migrate(database, to="0001")
    database.close()

    assert refusal(tmp_path, database_url, keys) == (
        "The schema is old. Run `coproduce migrate` first."
    )


@on_sqlite
def test_a_second_server_on_sqlite_is_refused(
    database_url: str, tmp_path: Path, keys: Keys
) -> None:
    with only_server(tmp_path):
        assert refusal(tmp_path, database_url, keys).startswith("A server already runs on ")


@on_sqlite
def test_a_damaged_file_is_refused(database_url: str, tmp_path: Path, keys: Keys) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 3 + 8] = b"\xff" * 8
    path.write_bytes(content)

    assert refusal(tmp_path, database_url, keys) == (
        "The database file is damaged. Restore the newest backup."
    )
