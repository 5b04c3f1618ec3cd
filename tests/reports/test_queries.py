import secrets

import pytest

from coproduce.core.db import Database
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import Response, Screen, Source
from coproduce.reports.queries import list_service_pools
from coproduce.services.models import AreaLevel
from coproduce.services.queries import AreaPlace, ServiceFacts
from tests.factories import make_area, make_service


@pytest.mark.parametrize("source", list(Source))
def test_only_answers_that_came_through_the_provider_count_as_such(
    database: Database, source: Source
) -> None:
    """What a helper typed counts as if it was sent on a phone: docs/import-feedback.md."""
    with database.write() as db:
        area_id = make_area(db)
        landing = make_service(db, area_id=area_id)
        assert landing.service_id
        for _row in range(3):
            db.add(
                Response(
                    id=secrets.token_bytes(16),
                    period="2026-Q3",
                    service_id=landing.service_id,
                    framework=CURRENT,
                    answers={"overall": "good"},
                    source=source,
                    screen=Screen.CLEAR,
                )
            )
        db.commit()
    facts = ServiceFacts(landing.service_id, landing.code, "a", "b", "c", area_id)
    place = AreaPlace(area_id, "d", AreaLevel.TOWN, None, landing.code)
    with database.read() as db:
        [pool] = list_service_pools(
            db, "fast", "2026-Q3", {landing.service_id: facts}, {area_id: place}
        )

    assert sum(pool.answers.values()) == 3
    assert pool.through_provider == (3 if source is Source.PROVIDER else 0)
