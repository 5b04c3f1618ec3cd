"""The written table of addresses, and what a guard may expect of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coproduce.core.permissions import Permission
from coproduce.web.page_endpoint import Row

TABLE = Path(__file__).with_name("routes.txt")


PLACEHOLDERS = {
    "{code}": "([A-Z0-9]{6}|[0-9A-Z]{10})",
    "{ending}": "(pdf|csv|json)",
    "{invitation}": "[0-9A-Za-z-]+",
    "{language}": "[A-Za-z-]+",
}
"""What stands in an address where `routes.py` has a name. Every other name stands for an id."""

ID = "[0-9a-f]{32}"
NAME = re.compile(r"\\?\{(\w+)\\?\}")


@dataclass(frozen=True, slots=True)
class Address:
    """One line of `routes.txt`."""

    method: str
    path: str
    permission: str
    anonymous_status: int
    where: str

    @property
    def is_page(self) -> bool:
        """Whether everybody may look at it."""
        return (self.method, self.anonymous_status) == ("GET", 200)

    @property
    def is_blind(self) -> bool:
        """Whether the page never looks at a cookie."""
        return self.permission == Permission.ANONYMOUS

    def filled(self, code: str, **values: str) -> str:
        """Return the path with a landing code where it wants one, and an id that leads nowhere.

        ``values`` take the place of other names.
        """
        known = {"code": code, "ending": "pdf", "language": "en", **values}
        known.setdefault("invitation", "2222-2222-2222-2222")
        return NAME.sub(lambda found: known.get(found[1], "0" * 32), self.path)


def written_addresses() -> tuple[Address, ...]:
    """Return every line of `routes.txt`."""
    lines = TABLE.read_text("utf-8").splitlines()
    return tuple(_address(*line.split()) for line in lines if not line.startswith("#"))


def _address(method: str, path: str, permission: str, status: str, where: str) -> Address:
    return Address(method, path, permission, int(status), where)


def path_pattern(routes: Sequence[Row], languages: Sequence[str]) -> re.Pattern[str]:
    """Return what every address of the site looks like: a language, a known path, no query."""
    paths = "|".join(_pattern(row.path) for row in routes)
    return re.compile(rf"(/({'|'.join(languages)}))?({paths})|/static/[\w.-]+")


def _pattern(path: str) -> str:
    return NAME.sub(lambda found: PLACEHOLDERS.get(f"{{{found[1]}}}", ID), re.escape(path))
