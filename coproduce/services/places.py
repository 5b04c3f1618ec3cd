"""Where services are: by the words of a file, or a postcode and a table of outward codes."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from coproduce.core.messages import _
from coproduce.core.text import folded
from coproduce.services.import_files import FileRefused, SourceFile, read_table
from coproduce.services.plain_text import text_of
from coproduce.services.rules import NAME_LIMIT, NOWHERE, AreaRecord

COLUMNS = ("postcode", "town", "region", "uk_region", "country_string")
"""What the table of outward codes calls the code, the town, the county, the region, the nation."""

LONGEST_PLACE = 40
"""Characters of a place's name; a longer text about an area is a sentence.

Source: the longest name of a county or district is Bournemouth, Christchurch and Poole (35).
"""

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)(?:[0-9][A-Z]{2})?")
_NO_PLACE = frozenset(
    {"nationwide", "national", "online", "remote", "uk", "united kingdom", "various", "virtual"}
)
_LEVELS = tuple(level.name for level in fields(AreaRecord))


@dataclass(frozen=True, slots=True)
class Places:
    """What is known about places before a file is read.

    Attributes:
        by_outward: the area of each outward code, such as `HP20`.
        by_name: the area of each name that belongs to one place only, folded; the larger place
            wins. For towns also `town, county`.
        fallback: where a service is that says nothing.
    """

    by_outward: Mapping[str, AreaRecord] = field(default_factory=dict)
    by_name: Mapping[str, AreaRecord] = field(default_factory=dict)
    fallback: AreaRecord = NOWHERE


def read_places(file: SourceFile) -> Places:
    """Return the places in a table of outward codes.

    Raises:
        FileRefused: if a column is missing.
    """
    table = read_table(file, wanted=COLUMNS)
    if missing := set(COLUMNS) - set(table.header):
        raise FileRefused(
            file.name,
            _("The table of places has no column %(name)s.", name=", ".join(sorted(missing))),
        )
    nations = _nation_of_each_region(row for _number, row in table.rows)
    by_outward = {
        outward: _area_in(row, nations)
        for _number, row in table.rows
        if (outward := outward_code(row["postcode"]))
    }
    return Places(by_outward, _by_name(by_outward.values()))


def outward_code(postcode: str) -> str:
    """Return the first half of a postcode, which stands for thousands of homes; or nothing."""
    match = _POSTCODE.fullmatch("".join(postcode.upper().split()))
    return match.group(1) if match else ""


def named_area(text: str, places: Places) -> AreaRecord:
    """Return the area a person names: `Aylesbury`, or with its level, `county:Buckinghamshire`."""
    level, _colon, name = text.partition(":")
    if level not in _LEVELS:
        known = places.by_name.get(folded(text))
        return known or AreaRecord(town=text_of(text, limit=NAME_LIMIT))
    known = places.by_name.get(folded(name))
    if known and folded(getattr(known, level)) == folded(name):
        return known
    return AreaRecord(**{level: text_of(name, limit=NAME_LIMIT)})


def find_area(
    places: Places, *, served: Iterable[str], address: Mapping[str, str], postcode: str
) -> AreaRecord:
    """Return where a service is, from the surest sign to the weakest.

    Args:
        places: what is known beforehand.
        served: names of the areas the service is for.
        address: names of places in its address, by level.
        postcode: of its address; only the outward code is looked at.
    """
    names = [name for name in map(_place_name, served) if name]
    written = AreaRecord(**{level: _place_name(name) for level, name in address.items()})
    known = (places.by_name.get(folded(name)) for name in names)
    signs = (
        *known,
        _by_postcode(places, outward_code(postcode), written.town),
        *(AreaRecord(county=name) for name in names),
        _completed(places, written),
    )
    return next((area for area in signs if area and area.is_known), places.fallback)


def _by_postcode(places: Places, outward: str, town: str) -> AreaRecord | None:
    area = places.by_outward.get(outward)
    if area is None:
        return None
    # The table names one town of each code; the address knows better, unless it names the county.
    if not town or folded(town) in map(folded, (area.county, area.region, area.nation)):
        return area
    return places.by_name.get(_town_key(town, area.county), replace(area, town=town))


def _completed(places: Places, written: AreaRecord) -> AreaRecord:
    """Return the place within the larger ones it is known to lie in."""
    if written.county:
        town = places.by_name.get(_town_key(written.town, written.county))
        county = places.by_name.get(folded(written.county))
        return town or (replace(county, town=written.town) if county else written)
    return places.by_name.get(folded(written.town), written)


def _place_name(text: str) -> str:
    is_name = len(text) <= LONGEST_PLACE and not any(c.isdigit() for c in text)
    return text if is_name and folded(text) not in _NO_PLACE else ""


def _town_key(town: str, county: str) -> str:
    return f"{folded(town)}, {folded(county)}"


def _area_in(row: Mapping[str, str], nations: Mapping[str, str]) -> AreaRecord:
    region = text_of(row["uk_region"], limit=NAME_LIMIT)
    nation = nations.get(region) or text_of(row["country_string"], limit=NAME_LIMIT)
    return AreaRecord(
        town=text_of(row["town"], limit=NAME_LIMIT),
        county=text_of(row["region"], limit=NAME_LIMIT),
        # Scotland, Wales and Northern Ireland stand in both columns: they have no regions here.
        region="" if region == nation or region not in nations else region,
        nation=nation,
    )


def _nation_of_each_region(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the nation most rows of a region name: codes along a border name the other one."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        region = text_of(row["uk_region"], limit=NAME_LIMIT)
        counts[region][text_of(row["country_string"], limit=NAME_LIMIT)] += 1
    most = {region: count.most_common(1)[0] for region, count in counts.items()}
    return {
        region: nation
        for region, (nation, times) in most.items()
        if times * 2 > counts[region].total()
    }


def _by_name(areas: Collection[AreaRecord]) -> dict[str, AreaRecord]:
    names: dict[str, AreaRecord] = {}
    for depth, level in enumerate(_LEVELS):
        found: defaultdict[str, set[AreaRecord]] = defaultdict(set)
        for area in areas:
            if name := getattr(area, level):
                outer = {wider: getattr(area, wider) for wider in _LEVELS[depth:]}
                found[folded(name)].add(AreaRecord(**outer))
        names |= {name: next(iter(same)) for name, same in found.items() if len(same) == 1}
    return names | {_town_key(area.town, area.county): area for area in areas if area.town}
