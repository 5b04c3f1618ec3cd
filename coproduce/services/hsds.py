"""Reading Open Referral: HSDS 3 and its UK profile, UK version 1, and the Outpost dialect.

Only facts about services are read. Contacts, telephone numbers, e-mail addresses, who assured a
record, and whatever else is about people who work there, is never looked at.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from coproduce.core.messages import _
from coproduce.services.import_files import MAX_ROWS, FileRefused
from coproduce.services.plain_text import text_of
from coproduce.services.records import CLOSED, Described, Origin, entry_for, provider_entry_for
from coproduce.services.rules import FACT_LIMIT, Entry, Problem

Item = Mapping[str, object]

PAGE_LISTS = ("contents", "content", "items", "services", "organizations")
"""Names a page may give its list: `contents` in HSDS 3, `content` in UK version 1."""

_SIGNS_OF_A_SERVICE = {
    *("organization", "organisation", "organization_id", "organisation_id", "status"),
    *("service_areas", "service_at_locations", "service_taxonomys", "eligibilitys"),
}
_SIGNS_OF_A_PROVIDER = {
    *("legal_status", "logo", "organization_identifiers", "parent_organization_id"),
    *("services", "tax_status", "website", "year_incorporated"),
}
_SIGNS_OF_NEITHER = {"latitude", "location_type", "taxonomy", "term_uri"}

_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_ENDS = ("opens_at", "closes_at")
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}


def read_document(name: str, value: object, origin: Origin) -> Iterator[Entry | Problem]:
    """Yield what one JSON document holds: a service, a provider, a page or list of them.

    Raises:
        FileRefused: if it holds neither, too many, or ids that need a source to be unique.
    """
    items = list(islice(_items(value), MAX_ROWS + 1))
    if len(items) > MAX_ROWS:
        raise FileRefused(
            name, _("This has more than %(limit)s entries. Split it.", limit=f"{MAX_ROWS:,}")
        )
    found = [(path, item, _sort_of(item)) for path, item in items]
    if not any(sort for _path, _item, sort in found):
        raise FileRefused(name, _("There is no service in this file. Is it the right one?"))
    for path, item, sort in found:
        where = f"{name}:{path}" if path else name
        match sort:
            case "service":
                yield read_service(where, item, origin)
            case "service at location":
                yield read_service(where, _with_location(item), origin)
            case "provider":
                yield from _read_provider(where, item, origin)
            case _:
                yield Problem(where, _("This is neither a service nor a provider. Remove it."))


def read_service(where: str, item: Item, origin: Origin) -> Entry | Problem:
    """Return the service an object describes, in any of the dialects.

    Raises:
        FileRefused: if ids need a source to be unique, and none is named.
    """
    provider = _object(item, "organization") or _object(item, "organisation")
    provider_id = item.get("organization_id") or item.get("organisation_id")
    status = text_of(item.get("status"), limit=FACT_LIMIT)
    address = next(_addresses(item), {})
    areas = _objects(item, "service_areas")
    described = Described(
        id=item.get("id"),
        name=item.get("name"),
        also_called=(item.get("alternate_name"),),
        description=item.get("description"),
        kind=_kind_of(item),
        opening=_opening_of(item),
        website=item.get("url"),
        provider_id=provider.get("id") or provider_id,
        provider_name=provider.get("name"),
        served=tuple(area.get("name") or area.get("service_area") for area in areas),
        address={
            "town": address.get("city"),
            "county": address.get("state_province"),
            "region": address.get("region"),
        },
        postcode=address.get("postal_code"),
        is_open=status.casefold() not in CLOSED if status else None,
    )
    return entry_for(where, described, origin)


def pages_claimed(value: object) -> int:
    """Return of how many pages a document says to be one; 1 if it says nothing."""
    if not isinstance(value, dict):
        return 1
    claimed = value.get("total_pages", value.get("totalPages"))
    return claimed if isinstance(claimed, int) and claimed > 1 else 1


def _items(value: object, path: str = "") -> Iterator[tuple[str, Item]]:
    """Yield each entry of a document and its path; what is no object as an empty one."""
    if isinstance(value, dict) and (listed := _page_list(value)):
        value, path = value[listed], f"{path}.{listed}" if path else listed
    if isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _items(inner, f"{path}[{position}]")
    else:
        yield path, value if isinstance(value, dict) else {}


def _page_list(value: Item) -> str | None:
    if "name" in value:
        return None
    return next((name for name in PAGE_LISTS if isinstance(value.get(name), list)), None)


def _sort_of(item: Item) -> str | None:
    if _object(item, "service"):
        return "service at location"
    if item.keys() & _SIGNS_OF_NEITHER:
        return None
    if item.keys() & _SIGNS_OF_A_SERVICE:
        return "service"
    return "provider" if item.keys() & _SIGNS_OF_A_PROVIDER else None


def _with_location(item: Item) -> Item:
    """Turn a service at a location inside out: the service, with the location in it."""
    return {**_object(item, "service"), "service_at_locations": [item]}


def _read_provider(where: str, item: Item, origin: Origin) -> Iterator[Entry | Problem]:
    yield provider_entry_for(where, item.get("id"), item.get("name"), origin)
    organization = {"id": item.get("id"), "name": item.get("name")}
    for position, service in enumerate(_objects(item, "services")):
        path = f"{where}{'.' if ':' in where else ':'}services[{position}]"
        yield read_service(path, {**service, "organization": organization}, origin)


def _addresses(item: Item) -> Iterator[Item]:
    """Yield the addresses that say where: HSDS nests them in locations, Outpost does not."""
    locations = [_object(held, "location") for held in _objects(item, "service_at_locations")]
    for location in (*locations, *_objects(item, "locations")):
        for address in (*_objects(location, "addresses", "physical_addresses"), location):
            if address.get("city") or address.get("postal_code"):
                yield address


def _opening_of(item: Item) -> str:
    holders = (item, *_objects(item, "service_at_locations"))
    schedules = (
        schedule
        for holder in holders
        for schedule in _objects(holder, "schedules", "regular_schedules", "regular_schedule")
    )
    return "\n".join(dict.fromkeys(line for line in map(_opening_line, schedules) if line))


def _opening_line(schedule: Item) -> str:
    described = text_of(schedule.get("description"), limit=FACT_LIMIT)
    if described:
        return described
    given = text_of(schedule.get("weekday") or schedule.get("byday"), limit=FACT_LIMIT)
    days = ", ".join(_DAYS.get(day.strip()[-2:], day.strip()) for day in given.split(","))
    times = [_CLOCK.match(text_of(schedule.get(end), limit=FACT_LIMIT)) for end in _ENDS]
    return f"{days} {'–'.join(time.group() for time in times if time)}".strip()


def _kind_of(item: Item) -> object:
    """Return the narrowest word for what sort of service it is, as the directory calls it."""
    terms = [
        *_objects(item, "taxonomies"),
        *(_object(held, "taxonomy_term") for held in _objects(item, "attributes")),
        *(_object(held, "taxonomy") for held in _objects(item, "service_taxonomys")),
    ]
    inner = (term for term in terms if term.get("parent_id"))
    return next(chain(inner, terms), {}).get("name")


def _object(item: Item, name: str) -> Item:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _objects(item: Item, *names: str) -> list[Item]:
    values = (item.get(name) for name in names)
    lists = (value if isinstance(value, list) else [value] for value in values)
    return [value for value in chain.from_iterable(lists) if isinstance(value, dict)]
