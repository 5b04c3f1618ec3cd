import secrets
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from coproduce.core.db import Database
from coproduce.core.errors import NotFound, RuleBroken
from coproduce.feedback.models import Consent, ModeratedText, PanelIdea
from coproduce.feedback.panel_ideas import (
    SMALLEST_CHOICE,
    WhereAbouts,
    list_ideas,
    must_be_answered,
    offer_idea,
    send_ideas,
    unlink_ideas,
    whereabouts,
)
from coproduce.services.models import AreaLevel
from coproduce.services.queries import get_landing
from tests.factories import make_area, make_landing_code, make_service
from tests.feedback.submissions import stored_rows
from tests.moderation.made_texts import make_moderated

AREAS = [bytes([n]) for n in range(7)]
KINDS = ["drop-in", "clinic", "Drop-In", ""]

# A tree: each area's parent has a smaller number, so there are no rings.
trees = st.tuples(*(st.integers(-1, n - 1) for n in range(len(AREAS)))).map(
    lambda parents: {
        AREAS[n]: AREAS[parent] if parent >= 0 else None for n, parent in enumerate(parents)
    }
)
directories = st.lists(
    st.tuples(st.sampled_from(AREAS), st.sampled_from(KINDS), st.integers(1, 3)), max_size=8
)


def inside(area: bytes, outer: bytes, parents: dict[bytes, bytes | None]) -> bool:
    current: bytes | None = area
    while current is not None:
        if current == outer:
            return True
        current = parents[current]
    return False


def fitting(
    where: WhereAbouts,
    parents: dict[bytes, bytes | None],
    services: Sequence[tuple[bytes, str, int]],
) -> int:
    """Count, in another way than the rule does, the services that an idea could be about."""
    return sum(
        number
        for area, kind, number in services
        if inside(area, where.area_id, parents)
        and (not where.kind or kind.lower() == where.kind.lower())
    )


@given(st.sampled_from(AREAS), st.sampled_from(KINDS), trees, directories)
def test_an_idea_never_points_at_fewer_than_three_services_unless_there_are_no_more(
    area: bytes,
    kind: str,
    parents: dict[bytes, bytes | None],
    services: list[tuple[bytes, str, int]],
) -> None:
    where = whereabouts(area, kind, parents=parents, services=services)

    assert inside(area, where.area_id, parents)
    assert where.kind in {kind, ""}
    if fitting(where, parents, services) < SMALLEST_CHOICE:
        # Nothing larger is there to climb to, and nothing more is told.
        assert parents[where.area_id] is None
        assert where.kind == ""


@given(st.sampled_from(AREAS), st.sampled_from(KINDS), trees, directories)
def test_an_idea_climbs_no_further_than_it_must(
    area: bytes,
    kind: str,
    parents: dict[bytes, bytes | None],
    services: list[tuple[bytes, str, int]],
) -> None:
    where = whereabouts(area, kind, parents=parents, services=services)
    smaller = area
    while smaller != where.area_id:
        assert fitting(WhereAbouts(smaller, where.kind), parents, services) < SMALLEST_CHOICE
        parent = parents[smaller]
        assert parent is not None
        smaller = parent


def test_serious_and_rare_ideas_must_be_answered() -> None:
    assert must_be_answered(seriousness=3, matters_to_few=False)
    assert must_be_answered(seriousness=0, matters_to_few=True)
    assert not must_be_answered(seriousness=2, matters_to_few=False)


def offered(database: Database, *words: str, consent: Consent = Consent.PARAPHRASE) -> list[bytes]:
    """Store one text for each idea, and offer the ideas in this order."""
    with database.write() as db:
        landing = make_service(db, kind="clinic")
        texts = [make_moderated(db, landing, consent=consent) for _words in words]
        for text_id, idea in zip(texts, words, strict=True):
            offer_idea(db, text_id, idea, must_be_answered=False, chance=secrets.token_bytes)
        db.commit()
    return texts


def sent(database: Database, today: date) -> int:
    with database.write() as db:
        number = send_ideas(db, today, secrets.token_bytes)
        db.commit()
    return number


def test_an_idea_says_a_wider_area_and_its_kind_only_where_others_are_alike(
    database: Database,
) -> None:
    with database.write() as db:
        county = make_area(db, name="The County", level=AreaLevel.COUNTY)
        town = make_area(db, name="The Town", parent_id=county)
        landing = make_service(db, area_id=town, kind="clinic")
        make_service(db, area_id=town, kind="drop-in")
        make_service(db, area_id=town, kind="clinic", is_listed=False)
        for _service in range(2):
            make_service(db, area_id=county, kind="clinic")
        text_id = make_moderated(db, landing)
        offer_idea(db, text_id, "Open late.", must_be_answered=True, chance=secrets.token_bytes)
        db.commit()

    rows = stored_rows(database, PanelIdea)
    assert [(row["area_id"], row["service_kind"]) for row in rows] == [(county, "clinic")]


def test_an_idea_about_an_area_has_no_kind(database: Database) -> None:
    with database.write() as db:
        town = make_area(db)
        landing = get_landing(db, make_landing_code(db, area_id=town))
        for _service in range(3):
            make_service(db, area_id=town)
        text_id = make_moderated(db, landing)
        offer_idea(db, text_id, "A night bus.", must_be_answered=False, chance=secrets.token_bytes)
        db.commit()
    rows = stored_rows(database, PanelIdea)
    assert [(row["area_id"], row["service_kind"]) for row in rows] == [(town, "")]


def test_ideas_wait_and_go_out_together_once(database: Database, today: date) -> None:
    offered(database, "One.", "Two.")
    with database.read() as db:
        assert list_ideas(db) == []

    assert sent(database, today) == 2
    assert sent(database, today) == 0

    with database.read() as db:
        ideas = list_ideas(db, batch=today)
        assert list_ideas(db, batch=date(2026, 8, 19)) == []
    assert {idea.words for idea in ideas} == {"One.", "Two."}
    assert {idea.batch for idea in ideas} == {today}


def test_a_batch_keeps_neither_the_numbers_nor_the_order_of_what_waited(
    database: Database, today: date
) -> None:
    words = [f"Idea {number}." for number in range(12)]
    offered(database, *words)
    before = {row["id"] for row in stored_rows(database, PanelIdea)}
    sent(database, today)

    with database.read() as db:
        ideas = list_ideas(db)
    assert not before & {idea.id for idea in ideas}
    assert [idea.words for idea in ideas] != words


def test_taking_a_text_back_takes_its_idea_back_until_it_is_published(
    database: Database, today: date
) -> None:
    first, second = offered(database, "Goes.", "Stays.")
    sent(database, today)
    with database.write() as db:
        unlink_ideas(db, [second])
        db.execute(delete(ModeratedText).where(ModeratedText.id.in_([first, second])))
        db.commit()
    with database.read() as db:
        assert [idea.words for idea in list_ideas(db)] == ["Stays."]


def test_what_is_to_be_counted_only_never_goes_to_a_panel(database: Database) -> None:
    with pytest.raises(RuleBroken):
        offered(database, "One.", consent=Consent.COUNT_ONLY)
    assert stored_rows(database, PanelIdea) == []


def test_an_idea_needs_a_text_that_was_made_safe(database: Database) -> None:
    with database.write() as db, pytest.raises(NotFound):
        offer_idea(db, bytes(16), "One.", must_be_answered=False, chance=secrets.token_bytes)
