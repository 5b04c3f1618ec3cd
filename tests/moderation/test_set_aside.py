import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from coproduce.core.db import Database
from coproduce.core.errors import Conflict
from coproduce.core.keys import Keys
from coproduce.feedback.models import Fate, Response, Screen, Source
from coproduce.moderation.set_aside import Choice, decide_set_aside, list_to_decide
from coproduce.services.queries import get_landing
from tests.factories import make_area, make_landing_code
from tests.moderation.made_texts import PERIOD, logged, number_of


def area_with_answers(database: Database, number: int) -> bytes:
    with database.write() as db:
        landing = get_landing(db, make_landing_code(db, area_id=make_area(db)))
        for _answer in range(number):
            db.add(
                Response(
                    id=secrets.token_bytes(16),
                    period=PERIOD,
                    area_id=landing.area_id,
                    framework="2026-1",
                    answers={},
                    source=Source.OPEN,
                    screen=Screen.SET_ASIDE,
                )
            )
        db.commit()
    assert landing.area_id is not None
    return landing.area_id


def test_of_two_leads_who_decide_at_once_one_does(
    database: Database, keys: Keys, today: date
) -> None:
    area_id = area_with_answers(database, 6)

    def decided(choice: Choice) -> bool:
        try:
            with database.write() as db:
                decide_set_aside(
                    db,
                    keys,
                    secrets.token_bytes(16),
                    choice,
                    service_id=None,
                    area_id=area_id,
                    period=PERIOD,
                    frozen=(),
                    not_about=(),
                    today=today,
                )
                db.commit()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        outcomes = dict(zip(Choice, threads.map(decided, Choice), strict=True))

    assert sorted(outcomes.values()) == [False, True]
    kept, gone = number_of(database, Response), number_of(database, Fate)
    assert (kept, gone) == ((6, 0) if outcomes[Choice.COUNT] else (0, 6))
    assert len(logged(database)) == 1


def test_a_frozen_quarter_is_not_listed(database: Database, today: date) -> None:
    area_id = area_with_answers(database, 2)
    with database.read() as db:
        (group,) = list_to_decide(db, today, (), ())
        assert (group.area_id, group.leaning) == (area_id, None)
        assert list_to_decide(db, today, [PERIOD], ()) == []
