"""A whole instance lives a year in one process that writes down whom it tried to reach.

Run as `python -m tests.proofs.story FOLDER [curious]`; prints the addresses as JSON. With "curious"
it asks somebody else once, as the known-bad example.
"""

import contextlib
import json
import sys
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

from starlette.testclient import TestClient

from coproduce.app import create_app
from coproduce.demonstration.people import BY_KEY
from coproduce.demonstration.run import prepare
from coproduce.reports.attack_folder import attack_folder
from coproduce.reports.export import export_publications
from coproduce.reports.queries import list_publications
from coproduce.routes import DEMONSTRATION, ROUTES
from coproduce.server import site_of

reached: list[str] = []


def write_down(event: str, arguments: tuple[object, ...]) -> None:
    """Keep what Python tells about every connection and every look-up of a name."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        reached.append(f"{event} {arguments[1:]!r}")


def live(folder: Path) -> None:
    """Fill an instance, visit its pages, publish, export and attack."""
    settings, keys, database = prepare(folder / "data", date(2026, 11, 22))
    app = create_app(
        site_of(settings, keys, is_demonstration=True),
        database,
        routes=(*ROUTES, *DEMONSTRATION),
    )
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for path in ("/", "/find", "/code", "/safety", "/sign-in", "/demonstration"):
            assert client.get(path).status_code == 200
        for key in BY_KEY:
            ours = {"origin": "http://127.0.0.1"}
            tapped = client.post("/demonstration/sign-in", data={"role": key}, headers=ours)
            assert tapped.status_code == 200
    with database.read() as db:
        newest = list_publications(db)[-1:]
    export_publications(newest, folder / "out", keys, ["en", "ar"])
    attack_folder(folder / "out")
    database.close()


if __name__ == "__main__":
    sys.addaudithook(write_down)
    live(Path(sys.argv[1]))
    if "curious" in sys.argv:
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
    sys.stdout.write(json.dumps(reached))
