import gzip

import brotli
import pytest
from starlette.testclient import TestClient

from coproduce.web.static_files import static_files, static_url
from tests.needs import on_sqlite


def test_every_form_of_a_file_holds_the_same() -> None:
    for file in static_files().values():
        assert gzip.decompress(file.gzip) == file.plain
        assert brotli.decompress(file.brotli) == file.plain
        assert len(file.brotli) < len(file.plain)


def test_a_browser_gets_the_smallest_form_it_takes() -> None:
    file = next(iter(static_files().values()))
    assert file.encoded("gzip, deflate, br") == (file.brotli, "br")
    assert file.encoded("gzip") == (file.gzip, "gzip")
    assert file.encoded("") == (file.plain, None)


def test_an_address_names_the_content() -> None:
    address = static_url("site.css")
    assert address.startswith("/static/site.")
    assert address.endswith(".css")
    assert address.removeprefix("/static/") in static_files()


def test_an_unknown_name_is_a_mistake_of_a_template() -> None:
    with pytest.raises(KeyError):
        static_url("nothing.css")


@on_sqlite
def test_files_are_served_by_their_address_and_no_other(client: TestClient) -> None:
    response = client.get(static_url("leave.js"))
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["vary"] == "Accept-Encoding"
    assert client.get("/static/leave.js").status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/....//app.py",
        "/static/%00",
        "/static//etc/passwd",
        "/static/site.css%00.css",
        "/static/..\\app.py",
    ],
)
def test_nothing_outside_the_folder_can_be_reached(client: TestClient, path: str) -> None:
    """F23."""
    assert client.get(path).status_code == 404
