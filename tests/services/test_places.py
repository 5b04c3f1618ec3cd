from pathlib import Path

import pytest

from coproduce.services.import_files import FileRefused, SourceFile
from coproduce.services.places import (
    Places,
    find_area,
    named_area,
    outward_code,
    read_places,
)
from coproduce.services.rules import NOWHERE, AreaRecord

TABLE = """\
postcode,eastings,town,region,uk_region,country,country_string
AB10,1,Aberdeen,Aberdeen City,Scotland,SCT,Scotland
HP20,1,Aylesbury,Buckinghamshire,South East England,ENG,England
HP11,1,High Wycombe,Buckinghamshire,South East England,ENG,England
B1,1,,Birmingham,West Midlands,ENG,England
SE15,1,Camberwell,Greater London,London,ENG,England
PO30,1,Newport,Isle of Wight,South East England,ENG,England
TF10,1,Newport,Telford and Wrekin,West Midlands,ENG,England
CF10,1,Cardiff,Cardiff,Wales,WLS,Wales
SY20,1,Powys town,Powys,Wales,ENG,England
LL11,1,Wrexham,Wrexham,Wales,WLS,Wales
"""
SOUTH_EAST = {"region": "South East England", "nation": "England"}
BUCKINGHAMSHIRE = AreaRecord(county="Buckinghamshire", **SOUTH_EAST)
AYLESBURY = AreaRecord("Aylesbury", "Buckinghamshire", **SOUTH_EAST)


@pytest.fixture
def places() -> Places:
    return read_places(SourceFile("places.csv", TABLE.encode()))


def test_a_place_lies_in_its_county_region_and_nation(places: Places) -> None:
    assert places.by_outward["HP20"] == AYLESBURY


def test_a_nation_without_regions_has_none(places: Places) -> None:
    assert places.by_outward["AB10"] == AreaRecord("Aberdeen", "Aberdeen City", nation="Scotland")


def test_a_region_lies_in_one_nation_though_codes_at_the_border_say_otherwise(
    places: Places,
) -> None:
    assert places.by_outward["SY20"] == AreaRecord("Powys town", "Powys", nation="Wales")


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(FileRefused, match="has no column"):
        read_places(SourceFile("places.csv", b"postcode,town\nHP20,Aylesbury\n"))


@pytest.mark.parametrize(
    ("postcode", "outward"),
    [
        ("HP20 1AA", "HP20"),
        ("hp201aa", "HP20"),
        (" EC1A  1BB ", "EC1A"),
        ("M1 1AE", "M1"),
        ("HP20", "HP20"),
        ("ABC 1234", ""),
        ("90210", ""),
        ("", ""),
    ],
)
def test_only_the_first_half_of_a_postcode_is_used(postcode: str, outward: str) -> None:
    assert outward_code(postcode) == outward


def test_an_area_a_service_is_for_comes_first(places: Places) -> None:
    area = find_area(
        places, served=["Buckinghamshire"], address={"town": "Leeds"}, postcode="AB10 1AA"
    )

    assert area == BUCKINGHAMSHIRE


def test_a_postcode_tells_the_larger_areas_and_the_address_the_town(places: Places) -> None:
    def area_of(town: str) -> AreaRecord:
        return find_area(places, served=[], address={"town": town}, postcode="HP20 1AA")

    assert area_of("") == AYLESBURY
    assert area_of("HIGH WYCOMBE") == AreaRecord("High Wycombe", "Buckinghamshire", **SOUTH_EAST)
    assert area_of("Wendover") == AreaRecord("Wendover", "Buckinghamshire", **SOUTH_EAST)


def test_a_city_that_is_its_own_county_is_not_named_twice(places: Places) -> None:
    birmingham = find_area(places, served=[], address={"town": "Birmingham"}, postcode="B1 1AA")
    london = find_area(places, served=[], address={"town": "London"}, postcode="SE15 1AA")

    assert birmingham == AreaRecord("", "Birmingham", "West Midlands", "England")
    assert london == AreaRecord("Camberwell", "Greater London", "London", "England")


def test_words_of_an_address_are_completed_where_they_are_known(places: Places) -> None:
    def area_of(**address: str) -> AreaRecord:
        return find_area(places, served=[], address=address, postcode="")

    assert area_of(town="Aylesbury", county="Buckinghamshire") == AYLESBURY
    assert area_of(town="Aylesbury") == AYLESBURY
    assert area_of(county="buckinghamshire") == BUCKINGHAMSHIRE
    assert area_of(town="Newport") == AreaRecord(town="Newport")
    assert area_of(town="Newport", county="Isle of Wight").region == "South East England"
    assert area_of(town="Nowhere", county="Nothing") == AreaRecord("Nowhere", "Nothing")


@pytest.mark.parametrize(
    "words",
    [
        "Online",
        "Nationwide",
        "15 miles",
        "The service is available to all residents of the MyCity area.",
        "",
    ],
)
def test_words_that_are_no_place_are_not_taken_for_one(words: str) -> None:
    area = find_area(Places(), served=[words], address={"town": words}, postcode="")

    assert area == NOWHERE


def test_without_any_sign_a_service_is_where_the_operator_says() -> None:
    area = find_area(Places(fallback=AYLESBURY), served=[], address={}, postcode="")

    assert area == AYLESBURY


def test_an_operator_names_an_area_with_or_without_its_level(places: Places) -> None:
    assert named_area("Aylesbury", places) == AYLESBURY
    assert named_area("Northbridge", Places()) == AreaRecord(town="Northbridge")
    assert named_area("county:Northshire", Places()) == AreaRecord(county="Northshire")
    assert named_area("county:buckinghamshire", places) == BUCKINGHAMSHIRE
    assert named_area("region:Buckinghamshire", places) == AreaRecord(region="Buckinghamshire")
    assert named_area("Bad: Ems", Places()) == AreaRecord(town="Bad: Ems")


def test_the_real_table_places_every_outward_code(shared_data: Path) -> None:
    table = shared_data / "uk_places" / "outward_codes.csv"

    places = read_places(SourceFile(table.name, table.read_bytes()))

    assert len(places.by_outward) == 2856
    assert all(area.county and area.nation for area in places.by_outward.values())
    assert places.by_outward["HP20"] == AYLESBURY
    nations = {area.nation for area in places.by_outward.values()}
    assert {"England", "Scotland", "Wales", "Northern Ireland"} < nations
