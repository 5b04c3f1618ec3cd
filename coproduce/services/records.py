"""From what a file says about one service to its record, or to what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from coproduce.core.messages import Message, _
from coproduce.services.import_files import FileRefused, Table
from coproduce.services.places import Places, find_area
from coproduce.services.plain_text import LOST_LETTER, long_text_of, text_of, website_of
from coproduce.services.rules import (
    DESCRIPTION_LIMIT,
    FACT_LIMIT,
    NAME_LIMIT,
    Entry,
    Problem,
    ProviderRecord,
    ServiceRecord,
    is_unique_worldwide,
    source_id_for,
)

CLOSED = frozenset({"closed", "defunct", "inactive"})
"""Values of `status` of a service that takes no more feedback.

`temporarily closed` is not one: people who were there still have something to say.
Source: docs.openreferral.org, HSDS 3.0, service.status.
"""

_NO_NAME = _("There is no name here. Add one, or remove this row.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from.

    Attributes:
        source: short name of who made it; sets its ids apart from those of others.
        places: what is known about places, and where a service is that says nothing.
    """

    source: str = ""
    places: Places = field(default_factory=Places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One service in the words of a file, before anything is cleaned or checked.

    A value may be anything that JSON can hold. ``address`` has the names of places by level:
    town, county, region, nation.
    """

    id: object = None
    name: object = None
    also_called: tuple[object, ...] = ()
    description: object = None
    kind: object = None
    opening: object = None
    website: object = None
    provider_id: object = None
    provider_name: object = None
    served: tuple[object, ...] = ()
    address: dict[str, object] = field(default_factory=dict)
    postcode: object = None
    is_listed: bool | None = None
    is_open: bool | None = None


def entry_for(where: str, said: Described, origin: Origin) -> Entry | Problem:
    """Return the service and its provider, or why the row cannot be used.

    Raises:
        FileRefused: if ids need a source to be unique, and none is named.
    """
    name = text_of(said.name, limit=NAME_LIMIT)
    source_id, provider = _ids_of(where, said, name, origin)
    service = ServiceRecord(
        source_id=source_id,
        provider_id=provider.source_id,
        name=name,
        area=find_area(
            origin.places,
            served=[text_of(value, limit=NAME_LIMIT) for value in said.served],
            address={
                level: text_of(value, limit=NAME_LIMIT) for level, value in said.address.items()
            },
            postcode=text_of(said.postcode, limit=NAME_LIMIT),
        ),
        also_called=_other_names(said, name),
        description=long_text_of(said.description, limit=DESCRIPTION_LIMIT),
        kind=text_of(said.kind, limit=FACT_LIMIT),
        opening=long_text_of(said.opening, limit=FACT_LIMIT),
        website=website_of(said.website, limit=FACT_LIMIT),
        is_listed=said.is_listed,
        is_open=said.is_open,
    )
    fault = _fault_of(service, provider)
    return Problem(where, fault) if fault else Entry(where, provider, service)


def provider_entry_for(
    where: str, given_id: object, given_name: object, origin: Origin
) -> Entry | Problem:
    """Return a provider that stands alone, or why the row cannot be used.

    Raises:
        FileRefused: if ids need a source to be unique, and none is named.
    """
    name = text_of(given_name, limit=NAME_LIMIT)
    if not name:
        return Problem(where, _NO_NAME)
    return Entry(where, ProviderRecord(_known_id(where, given_id, origin, name), name))


def uneven_rows(table: Table) -> Iterator[Problem]:
    """Yield a problem for each row that does not fit the header of its table."""
    for number, count in table.uneven:
        yield Problem(
            f"{table.name}:{number}",
            _(
                "This row has %(count)s cells, the header has %(width)s. Mend the row.",
                count=count,
                width=len(table.header),
            ),
        )


def _ids_of(
    where: str, said: Described, service_name: str, origin: Origin
) -> tuple[str, ProviderRecord]:
    name = text_of(said.provider_name, limit=NAME_LIMIT)
    if name or text_of(said.provider_id, limit=NAME_LIMIT):
        provider = ProviderRecord(_known_id(where, said.provider_id, origin, name), name)
        return _known_id(where, said.id, origin, service_name, provider.source_id), provider
    # A service of nobody we know runs itself.
    own_id = _known_id(where, said.id, origin, service_name)
    return own_id, ProviderRecord(own_id, service_name)


def _known_id(where: str, given: object, origin: Origin, *names: str) -> str:
    given_id = text_of(given, limit=NAME_LIMIT)
    if given_id and not origin.source and not is_unique_worldwide(given_id):
        raise FileRefused(
            where,
            _(
                "The id %(id)s may also stand in other files. "
                "Say where this file comes from, such as --source bristol.",
                id=given_id,
            ),
        )
    return source_id_for(origin.source, given_id, *names)


def _other_names(said: Described, name: str) -> tuple[str, ...]:
    others = (text_of(value, limit=NAME_LIMIT) for value in said.also_called)
    return tuple(dict.fromkeys(other for other in others if other and other != name))


def _fault_of(service: ServiceRecord, provider: ProviderRecord) -> Message | None:
    if not service.name:
        return _NO_NAME
    texts = (service.name, provider.name, service.description, service.kind, service.opening)
    if any(LOST_LETTER in text for text in texts):
        return _("Letters were lost in this row (%(mark)s). Export it in UTF-8.", mark=LOST_LETTER)
    if not service.area.is_known:
        return _("We cannot tell where this is. Add a place, or name one with --area.")
    return None
