import io
import json
import re
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.services.directory_files import read_directory, read_files
from coproduce.services.import_files import FileRefused, SourceFile, unpack
from coproduce.services.places import Places
from coproduce.services.plain_csv import ColumnMapping
from coproduce.services.records import Origin
from coproduce.services.rules import AreaRecord, DirectoryRecords

HERE = Path(__file__).parent

REFUSED = "There is no service in this file. Is it the right one?"
NOT_THERE = "services.csv is missing. Put it with the other files."

FEEDS: dict[str, tuple[int, int] | str] = {
    # File or folder: how many providers and services it holds, or why it is refused.
    "hsds_3.0_examples/base.json": REFUSED,
    "hsds_3.0_examples/csv": (1, 1),
    "hsds_3.0_examples/location.json": REFUSED,
    "hsds_3.0_examples/organization_full.json": (1, 1),
    "hsds_3.0_examples/organization_list.json": (1, 0),
    "hsds_3.0_examples/service_at_location_full.json": (1, 1),
    "hsds_3.0_examples/service_at_location_list.json": (1, 1),
    "hsds_3.0_examples/service_full.json": (1, 1),
    "hsds_3.0_examples/service_list.json": (1, 1),
    "hsds_3.0_examples/tabular.json": REFUSED,
    "hsds_3.0_examples/taxonomy.json": REFUSED,
    "hsds_3.0_examples/taxonomy_list.json": REFUSED,
    "hsds_3.0_examples/taxonomy_term.json": REFUSED,
    "hsds_3.0_examples/taxonomy_term_list.json": REFUSED,
    "hsds_uk_examples/organization_full.json": (1, 1),
    "hsds_uk_examples/organization_list.json": (1, 0),
    "hsds_uk_examples/service_at_location_full.json": (1, 1),
    "hsds_uk_examples/service_at_location_list.json": (1, 1),
    "hsds_uk_examples/service_full.json": (1, 1),
    "hsds_uk_examples/service_list.json": (1, 1),
    "hsds_uk_examples/taxonomy.json": REFUSED,
    "hsds_uk_examples/taxonomy_list.json": REFUSED,
    "hsds_uk_examples/taxonomy_term.json": REFUSED,
    "hsds_uk_examples/taxonomy_term_list.json": REFUSED,
    "official_mocks/V1.0-UK-Default/V1_DashboardResponse.json": REFUSED,
    "official_mocks/V1.0-UK-Default/V1_ValidateResponse.json": REFUSED,
    "official_mocks/V3.0-UK-Default/api_details.json": REFUSED,
    "official_mocks/V3.0-UK-Default/dashboard_service_details_response.json": REFUSED,
    "official_mocks/V3.0-UK-Default/dashboard_services_response.json": REFUSED,
    "official_mocks/V3.0-UK-Default/organization.json": (1, 1),
    "official_mocks/V3.0-UK-Default/organization_list.json": (10, 0),
    "official_mocks/V3.0-UK-Default/service_at_location_full.json": (1, 1),
    "official_mocks/V3.0-UK-Default/service_at_location_list.json": (1, 1),
    "official_mocks/V3.0-UK-Default/service_full.json": (1, 1),
    "official_mocks/V3.0-UK-Default/service_list.json": (1, 1),
    "official_mocks/V3.0-UK-Default/taxonomy.json": REFUSED,
    "official_mocks/V3.0-UK-Default/taxonomy_list.json": REFUSED,
    "official_mocks/V3.0-UK-Default/taxonomy_term.json": REFUSED,
    "official_mocks/V3.0-UK-Default/taxonomy_term_list.json": REFUSED,
    "official_mocks/V3.0-UK-Warn/api_details.json": REFUSED,
    "official_mocks/V3.0-UK-Warn/organization_full.json": (1, 1),
    "official_mocks/V3.0-UK-Warn/organization_list.json": (1, 0),
    "official_mocks/V3.0-UK-Warn/service_at_location_full.json": (1, 1),
    "official_mocks/V3.0-UK-Warn/service_at_location_list.json": (1, 1),
    "official_mocks/V3.0-UK-Warn/service_full.json": (1, 1),
    "official_mocks/V3.0-UK-Warn/service_list.json": (1, 1),
    "official_mocks/V3.0-UK-Warn/taxonomy.json": REFUSED,
    "official_mocks/V3.0-UK-Warn/taxonomy_list.json": REFUSED,
    "official_mocks/V3.0-UK-Warn/taxonomy_term.json": REFUSED,
    "official_mocks/V3.0-UK-Warn/taxonomy_term_list.json": REFUSED,
    "real/bristol_v3_service_1625ip.json": (1, 1),
    "real/bristol_v3_services_page1.json": (3, 3),
    "real/bucks_outpost_services_page1.json": (20, 20),
    "real/bucks_outpost_taxonomies.json": REFUSED,
    "real/feeds_2026.json": REFUSED,
    "reference_schema_uk/datapackage.json": NOT_THERE,
    "reference_schema_uk/schema_compiled_service.json": REFUSED,
    "reference_schema_uk/schema_compiled_service_list.json": REFUSED,
    "reference_schema_uk/schema_openapi.json": REFUSED,
}

SOCIAL_CARE = "SCLServices_sample.csv"
TABLES: dict[str, tuple[str, int, int, int]] = {
    # Table: its mapping, and how many providers, services and problems it gives.
    "Clinics.csv": ("nhs_choices.toml", 1268, 1268, 3),
    "LAT.csv": ("nhs_choices.toml", 25, 25, 0),
    "MIU.csv": ("nhs_choices.toml", 7, 7, 0),
    SOCIAL_CARE: ("nhs_social_care.toml", 749, 3745, 0),
}


def reasons(records: DirectoryRecords) -> list[str]:
    return [untranslated(problem.message) for problem in records.problems]


def notes(records: DirectoryRecords) -> list[str]:
    return [untranslated(note) for note in records.notes]


@pytest.mark.parametrize("name", FEEDS)
def test_every_open_referral_file_is_read_or_refused_with_its_reason(
    shared_data: Path, name: str
) -> None:
    expected = FEEDS[name]

    records = read_directory(shared_data / "oruk_feeds" / name, area="Northbridge", source="test")

    if isinstance(expected, str):
        assert reasons(records) == [expected]
        assert not records.services
        assert not records.providers
    else:
        assert (len(records.providers), len(records.services)) == expected
        assert not records.problems


def test_no_open_referral_file_is_left_out(shared_data: Path) -> None:
    feeds = shared_data / "oruk_feeds"
    files = {str(path.relative_to(feeds)) for path in feeds.rglob("*.json")}

    assert files == {name for name in FEEDS if name.endswith(".json")}


def test_no_word_about_people_comes_out_of_the_real_feeds(shared_data: Path) -> None:
    real = shared_data / "oruk_feeds" / "real"
    for path in real.glob("*service*.json"):
        said = repr(read_directory(path, area="Northbridge", source="test"))
        people = re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", path.read_text("utf-8"))
        assert not [person for person in people if person in said]
        assert not re.search(r"\b0\d{3,4}\s?\d{3}\s?\d{3,4}\b", said)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_nhs_choices_is_read(shared_data: Path, name: str) -> None:
    mapping, providers, services, problems = TABLES[name]

    records = read_directory(
        shared_data / "nhs_choices_directory" / name,
        mapping=HERE / mapping,
        places=shared_data / "uk_places" / "outward_codes.csv",
    )

    assert len(records.services) == services
    assert len(records.providers) == providers
    assert len(records.problems) == problems
    assert "letters in cp1252, columns parted by ¬" in notes(records)[0]
    assert all(service.area.nation for service in records.services if service.area.region)


def test_rows_that_repeat_a_clinic_fold_into_one_service(shared_data: Path) -> None:
    records = read_directory(
        shared_data / "nhs_choices_directory" / "Clinics.csv",
        mapping=HERE / "nhs_choices.toml",
        area="nation:England",
    )

    assert len(records.services) == 1271
    assert not records.problems
    assert "25 rows name a service again. The first row of each is used." in notes(records)


def test_a_table_without_a_mapping_is_refused_with_its_columns(shared_data: Path) -> None:
    records = read_directory(shared_data / "nhs_choices_directory" / SOCIAL_CARE)

    assert reasons(records) == [
        "This looks like a plain table. Give a mapping file with --mapping. "
        "The columns are: OrganisationID, ServiceName."
    ]


def page(*names: str, pages: int = 1) -> str:
    services = [
        {"id": f"{name}-1", "name": name, "organization": {"id": "o", "name": "The Hub"}}
        for name in names
    ]
    return json.dumps({"total_pages": pages, "contents": services})


def test_pages_in_a_folder_belong_together(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(page("Drop-in", "Food", pages=2))
    (tmp_path / "2.json").write_text(page("Food", "Tea", pages=2))

    records = read_directory(tmp_path, area="Leeds", source="test")

    assert [service.name for service in records.services] == ["Drop-in", "Food", "Tea"]
    assert len(records.providers) == 1
    assert notes(records) == ["1 row names a service again. The first row is used."]


def test_a_page_without_the_others_says_so(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(page("Drop-in", pages=7))

    records = read_directory(tmp_path / "1.json", area="Leeds", source="test")

    assert notes(records) == [
        "This is part of a list of 7 pages; 1 given. "
        "Put all pages in one folder and bring in the folder."
    ]


def test_a_page_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(page("Drop-in"))
    (tmp_path / "2.json").write_text("{")

    records = read_directory(tmp_path, area="Leeds", source="test")

    assert len(records.services) == 1
    assert [problem.where for problem in records.problems] == ["2.json"]


def test_a_zip_of_tables_is_read_like_their_folder(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "oruk_feeds" / "hsds_3.0_examples" / "csv"
    with zipfile.ZipFile(tmp_path / "feed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"feed/{path.name}")

    assert read_directory(tmp_path / "feed.zip") == read_directory(folder)


def test_a_package_is_found_by_the_file_that_describes_it(tmp_path: Path) -> None:
    resources = [{"name": "service", "path": "s.csv"}]
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    (tmp_path / "s.csv").write_text("id,name\n1,Drop-in\n")

    by_file = read_directory(tmp_path / "datapackage.json", area="Leeds", source="test")

    assert [service.name for service in by_file.services] == ["Drop-in"]
    assert by_file == read_directory(tmp_path, area="Leeds", source="test")


def test_an_empty_page_among_others_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(page("Drop-in"))
    (tmp_path / "2.json").write_text("\ufeff\n", "utf-8")

    records = read_directory(tmp_path, area="Leeds", source="test")

    assert [problem.where for problem in records.problems] == ["2.json"]
    assert reasons(records) == ["This file is empty."]


@pytest.mark.parametrize("source", ["Leeds City", "a/b", "-", "x" * 41])
def test_a_source_is_a_short_plain_name(tmp_path: Path, source: str) -> None:
    records = read_directory(tmp_path, source=source)

    assert reasons(records) == ["A source is a short name in small letters, such as bristol."]


def test_a_mapping_is_one_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x")

    records = read_directory(tmp_path, mapping=tmp_path)

    assert reasons(records) == ["Give one file here, not several."]


def test_without_any_file_there_is_one_problem_and_no_record(tmp_path: Path) -> None:
    records = read_directory(tmp_path / "none.json")

    assert [problem.where for problem in records.problems] == ["none.json"]


ORIGIN = Origin("test", Places(fallback=AreaRecord(town="Leeds")))
MAPPING = ColumnMapping("test", {"name": "name", "town": "town"}, {})

KEYS = """
    id name status organization organisation organization_id contents content service services
    service_at_locations location locations addresses city postal_code service_areas schedules
    byday opens_at attributes taxonomy_term taxonomies parent_id alternate_name description url
    total_pages logo
"""
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=8)
    ),
    max_leaves=30,
)


@given(json_values)
@example({"contents": [{"id": [], "name": {}, "organization": {"id": {"a": 1}}}]})
@example({"id": "\ud800", "name": "\ud800x", "status": "\x00"})
@example({"id": 10**4000, "name": 10**4000, "status": 1})
def test_any_json_gives_records_or_problems(value: object) -> None:
    file = SourceFile("a.json", json.dumps(value).encode())

    check(read_files([file], ORIGIN))


@given(st.binary(max_size=300), st.booleans(), st.sampled_from(["a.json", "services.csv"]))
@example(b"name,town\nDrop-in,Leeds\n", True, "a.csv")
@example("name¬town\nCafé¬Leeds\n".encode("cp1252"), True, "a.csv")
@example("name,town\nCafé,Leeds\n".encode("utf-16"), True, "a.csv")
@example(b"PK\x03\x04", False, "a.zip")
@example(b"[" * 2_000, False, "a.json")
def test_any_bytes_give_records_or_a_reason(content: bytes, mapped: bool, name: str) -> None:
    with suppress(FileRefused):
        files = unpack(SourceFile(name, content))
        check(read_files(files, ORIGIN, MAPPING if mapped else None))


@given(
    st.dictionaries(
        st.sampled_from(["services.csv", "a.json", "locations.csv"]), st.binary(max_size=80)
    )
)
def test_any_archive_gives_records_or_a_reason(files: dict[str, bytes]) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)

    with suppress(FileRefused):
        check(read_files(unpack(SourceFile("a.zip", content.getvalue())), ORIGIN))


def check(records: DirectoryRecords) -> None:
    """What comes out can be stored as it is, and every reason can be said."""
    provider_ids = {provider.source_id for provider in records.providers}
    for service in records.services:
        assert service.name
        assert service.area.is_known
        assert service.provider_id in provider_ids
        repr(service).encode()
        assert "\x00" not in repr(service)
    assert len({service.source_id for service in records.services}) == len(records.services)
    for message in (*(problem.message for problem in records.problems), *records.notes):
        assert untranslated(message)
