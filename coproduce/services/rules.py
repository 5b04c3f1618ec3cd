"""What a directory file says about services, as plain values, and how its rows are put together."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coproduce.core.messages import Message, _, ngettext_

NAME_LIMIT = 200
"""Characters of a name. Source: docs/directory.md."""

DESCRIPTION_LIMIT = 2_000
"""Characters of a description. Source: docs/directory.md."""

FACT_LIMIT = 500
"""Characters of a kind, an address of a website, or opening times. Source: docs/directory.md."""

SEARCH_LIMIT = 80
"""Characters of a search that count: nobody types more of a name. Source: docs/directory.md."""

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A place by the names it lies in, smallest first. What is not known is empty."""

    town: str = ""
    county: str = ""
    region: str = ""
    nation: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the place has any name at all."""
        return bool(self.town or self.county or self.region or self.nation)


NOWHERE = AreaRecord()


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """An organisation as a file names it. ``name`` is empty if the file gives only its id."""

    source_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """A service as a file describes it; nothing about people who work there.

    ``provider_id`` is the ``source_id`` of a provider in the same file. ``is_listed`` and
    ``is_open`` are None if the file does not say: what was decided here before then stays.
    """

    source_id: str
    provider_id: str
    name: str
    area: AreaRecord
    also_called: tuple[str, ...] = ()
    description: str = ""
    kind: str = ""
    opening: str = ""
    website: str = ""
    is_listed: bool | None = None
    is_open: bool | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something in a file cannot be used, and how to go on.

    ``where`` reads the same in every language: ``file.csv:12`` is row 12 as a spreadsheet counts,
    ``page.json:contents[3]`` is the fourth entry of a list.
    """

    where: str
    message: Message


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row of a file gave: a provider, a service, or a service with its provider."""

    where: str
    provider: ProviderRecord | None = None
    service: ServiceRecord | None = None


@dataclass(frozen=True, slots=True)
class DirectoryRecords:
    """Everything a directory file gave.

    Attributes:
        providers: each id once, in the order of the file.
        services: each id once, in the order of the file.
        problems: what was left out and why; a file that cannot be read at all is one problem.
        notes: what is worth knowing though nothing was left out.
    """

    providers: tuple[ProviderRecord, ...] = ()
    services: tuple[ServiceRecord, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Message, ...] = ()


def is_unique_worldwide(given_id: str) -> bool:
    """Return whether an id cannot clash with one of another directory."""
    return _UUID.fullmatch(given_id) is not None


def source_id_for(source: str, given_id: str, *names: str) -> str:
    """Return the id by which a row is known again when its file comes a second time.

    Args:
        source: short name of where the file comes from.
        given_id: the row's own id; empty if it has none.
        names: what tells the row from others if it has no id: its name and its provider's.
    """
    if is_unique_worldwide(given_id):
        return given_id.lower()
    if given_id:
        return f"{source}:{given_id}"
    digest = hashlib.sha256("\0".join(names).casefold().encode()).hexdigest()
    return f"{source}:~{digest[:32]}"


def gather(found: Iterable[Entry | Problem], notes: Iterable[Message] = ()) -> DirectoryRecords:
    """Put the rows of a file together: each provider and each service once.

    Lists by location, telephone number or page name a service again and again. The first row
    with its id is used. The same id with another name or provider is a problem.
    """
    providers: dict[str, ProviderRecord] = {}
    services: dict[str, tuple[str, ServiceRecord]] = {}
    problems: list[Problem] = []
    repeats = 0
    for row in found:
        if isinstance(row, Problem):
            problems.append(row)
            continue
        if row.provider:
            known = providers.setdefault(row.provider.source_id, row.provider)
            if not known.name:
                providers[row.provider.source_id] = row.provider
        if row.service:
            where, first = services.setdefault(row.service.source_id, (row.where, row.service))
            if where == row.where:
                continue
            if _are_one_service(first, row.service):
                repeats += 1
            else:
                problems.append(Problem(row.where, _clash(where, first)))
    return DirectoryRecords(
        providers=tuple(providers.values()),
        services=tuple(service for _where, service in services.values()),
        problems=tuple(problems),
        notes=(*notes, *([_repeats(repeats)] if repeats else [])),
    )


def _are_one_service(one: ServiceRecord, other: ServiceRecord) -> bool:
    return (one.name.casefold(), one.provider_id) == (other.name.casefold(), other.provider_id)


def _clash(where: str, first: ServiceRecord) -> Message:
    return _(
        "%(where)s has the same id, but another name or provider (%(name)s). "
        "Give one of them its own id, or remove one.",
        where=where,
        name=first.name,
    )


def _repeats(count: int) -> Message:
    return ngettext_(
        "%(count)s row names a service again. The first row is used.",
        "%(count)s rows name a service again. The first row of each is used.",
        count,
    )


def areas_around(area_id: bytes | None, parents: Mapping[bytes, bytes | None]) -> list[bytes]:
    """Return an area and the larger ones it lies in, smallest first; none for no area."""
    around: list[bytes] = []
    while area_id is not None and area_id not in around:
        around.append(area_id)
        area_id = parents.get(area_id)
    return around
