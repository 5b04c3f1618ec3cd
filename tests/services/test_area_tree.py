from coproduce.services.area_tree import AreaTree

NATION, COUNTY, OTHER, TOWN, TOWN_IN_OTHER = (bytes([n]) for n in range(5))


def tree() -> AreaTree:
    made = AreaTree()
    made.add(NATION, level="nation", name="England", parent_id=None)
    made.add(COUNTY, level="county", name="Isle of Wight", parent_id=NATION)
    made.add(OTHER, level="county", name="Telford", parent_id=NATION)
    made.add(TOWN, level="town", name="Newport", parent_id=COUNTY)
    made.add(TOWN_IN_OTHER, level="town", name="Newport", parent_id=OTHER)
    return made


def test_an_area_is_told_by_the_larger_ones_around_it() -> None:
    def found(parent_id: bytes | None) -> bytes | None:
        return tree().find(level="town", name="Newport", parent_id=parent_id, rather=())

    assert found(COUNTY) == TOWN
    assert found(OTHER) == TOWN_IN_OTHER
    assert found(NATION) in {TOWN, TOWN_IN_OTHER}


def test_where_several_fit_the_one_already_chosen_stays() -> None:
    for chosen in (TOWN, TOWN_IN_OTHER):
        found = tree().find(level="town", name="Newport", parent_id=None, rather=[chosen])
        assert found == chosen


def test_names_are_compared_without_case_and_accents() -> None:
    assert tree().find(level="county", name="ISLE-OF-WÍGHT", parent_id=None, rather=()) == COUNTY


def test_an_area_of_another_level_or_inside_another_one_is_new() -> None:
    made = tree()
    made.add(b"x", level="county", name="Gwent", parent_id=None)

    assert made.find(level="region", name="Newport", parent_id=None, rather=()) is None
    assert made.find(level="town", name="Newport", parent_id=b"x", rather=()) is None


def test_an_area_nobody_placed_yet_is_the_one_that_is_placed_now() -> None:
    made = AreaTree()
    made.add(TOWN, level="town", name="Newport", parent_id=None)
    made.add(COUNTY, level="county", name="Isle of Wight", parent_id=None)

    assert made.find(level="town", name="Newport", parent_id=COUNTY, rather=()) == TOWN
    assert not made.is_inside(TOWN, COUNTY)
    assert made.is_inside(TOWN, None)
    assert tree().is_inside(TOWN, NATION)
