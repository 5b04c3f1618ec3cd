"""The written table of addresses, and what a guard may expect of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coproduce.web.page_endpoint import Row

TABLE = Path(__file__).with_name("routes.txt")


PLACEHOLDERS = {
    "{code}": "[A-Z0-9]{6}",
    "{publication}": "[0-9a-f]{32}",
    "{ending}": "(pdf|csv|json)",
}
"""What stands in an address where `routes.py` has a name."""


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

    def filled(self, code: str) -> str:
        """Return the path with a landing code where it wants one, and with no real publication."""
        path = self.path.replace("{code}", code)
        return path.replace("{publication}", "0" * 32).replace("{ending}", "pdf")


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
    pattern = re.escape(path)
    for name, values in PLACEHOLDERS.items():
        pattern = pattern.replace(re.escape(name), values)
    return pattern
