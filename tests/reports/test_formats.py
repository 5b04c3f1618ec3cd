from datetime import date

from coproduce.core.db import Database
from coproduce.core.keys import NewKeys
from coproduce.demonstration.sample import fill_with_samples
from coproduce.reports.formats import FILE_KINDS, Format
from coproduce.reports.queries import list_publications
from coproduce.web.locales import PSEUDO_LANGUAGE, language
from tests.needs import on_sqlite


@on_sqlite
def test_every_format_is_made_in_every_language_of_the_demonstration(
    database: Database, fresh_keys: NewKeys
) -> None:
    fill_with_samples(database, fresh_keys, deployment="Feedback", today=date(2026, 11, 22))
    with database.read() as db:
        published = list_publications(db)
    newest = published[-1]
    for code in ("en", "ar", PSEUDO_LANGUAGE):
        for kind in Format:
            assert FILE_KINDS[kind].make(newest.document, language(code))
