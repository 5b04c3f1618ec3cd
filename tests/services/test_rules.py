from dataclasses import replace

from coproduce.core.messages import _, untranslated
from coproduce.services.rules import (
    AreaRecord,
    Entry,
    Problem,
    ProviderRecord,
    ServiceRecord,
    areas_around,
    gather,
    source_id_for,
)

UUID = "2a3483ea-8966-4f50-9dc3-7bafa1e5c623"
PROVIDER = ProviderRecord("p:1", "The Hub")
SERVICE = ServiceRecord(
    source_id="s:1", provider_id="p:1", name="Drop-in", area=AreaRecord(town="Leeds")
)


def test_an_id_that_is_unique_worldwide_needs_no_source() -> None:
    assert source_id_for("bucks", UUID.upper()) == source_id_for("", UUID) == UUID


def test_another_id_belongs_to_its_source() -> None:
    assert source_id_for("bucks", "7") != source_id_for("leeds", "7")


def test_a_row_without_an_id_is_known_by_its_names() -> None:
    made = source_id_for("leeds", "", "Drop-in", "The Hub")

    assert made == source_id_for("leeds", "", "DROP-IN", "the hub")
    assert made != source_id_for("leeds", "", "Drop-in", "The Hut")
    assert made != source_id_for("leeds", "", "Drop-inThe", "Hub")
    assert made != source_id_for("york", "", "Drop-in", "The Hub")


def test_a_service_named_again_is_one_service() -> None:
    rows = [
        Entry("a.csv:2", PROVIDER, SERVICE),
        Entry("a.csv:3", PROVIDER, replace(SERVICE, name="DROP-IN", opening="Monday")),
        Entry("a.csv:4", PROVIDER, SERVICE),
    ]

    records = gather(rows)

    assert records.services == (SERVICE,)
    assert records.providers == (PROVIDER,)
    assert records.problems == ()
    assert [untranslated(note) for note in records.notes] == [
        "2 rows name a service again. The first row of each is used."
    ]


def test_an_id_used_for_two_services_is_a_problem() -> None:
    rows = [
        Entry("a.csv:2", PROVIDER, SERVICE),
        Entry("a.csv:3", PROVIDER, replace(SERVICE, name="Food bank")),
        Entry("a.csv:4", None, replace(SERVICE, provider_id="p:2")),
    ]

    records = gather(rows)

    assert records.services == (SERVICE,)
    assert [problem.where for problem in records.problems] == ["a.csv:3", "a.csv:4"]
    assert "a.csv:2 has the same id" in untranslated(records.problems[0].message)


def test_a_provider_gets_its_first_name_in_the_file() -> None:
    nameless, other = replace(PROVIDER, name=""), replace(PROVIDER, name="Other")

    records = gather(Entry(f"a:{n}", each) for n, each in enumerate([nameless, PROVIDER, other]))

    assert records.providers == (PROVIDER,)


def test_problems_stay_in_the_order_of_the_file() -> None:
    message = _("There is no name here.")
    first, last = Problem("a:1", message), Problem("a:3", message)

    assert gather([first, Entry("a:2", PROVIDER, SERVICE), last]).problems == (first, last)


def test_areas_around_end_at_the_largest_even_if_the_tree_is_broken() -> None:
    town, county, nation = b"town", b"county", b"nation"

    whole = areas_around(town, {town: county, county: nation, nation: None})
    assert whole == [town, county, nation]
    assert areas_around(town, {town: county, county: town}) == [town, county]
    assert areas_around(town, {}) == [town]
    assert areas_around(None, {town: county}) == []
