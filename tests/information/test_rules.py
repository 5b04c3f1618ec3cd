import re

from coproduce.accounts.invitations import VALID_DAYS
from coproduce.core.db import Base
from coproduce.core.messages import untranslated
from coproduce.feedback.rules import (
    CODE_MONTHS,
    RAW_DAYS,
    RAW_MONTHS,
    UNREAD_DAYS,
    USED_FORM_DAYS,
)
from coproduce.information.rules import HOLDINGS, About
from coproduce.reports.rules import NOTICE_DAYS

HOW_LONG = {
    "used_form": [USED_FORM_DAYS],
    "response": [RAW_DAYS, RAW_MONTHS],
    "sealed_text": [UNREAD_DAYS],
    "invitation": [VALID_DAYS],
    "words_notice": [NOTICE_DAYS],
    "receipt": [CODE_MONTHS],
    "fate": [CODE_MONTHS],
    "imported_row": [CODE_MONTHS],
    "screen_flag": [RAW_MONTHS],
}
"""Every number of days or months in what people are told, and the rule that keeps it."""


def test_every_table_is_described() -> None:
    assert set(HOLDINGS) == set(Base.metadata.tables)


def test_what_people_are_told_about_how_long_is_what_the_rules_do() -> None:
    for table, holding in HOLDINGS.items():
        told = [int(number) for number in re.findall(r"\d+", untranslated(holding.how_long))]
        assert told == HOW_LONG.get(table, []), table


def test_every_table_of_what_people_send_has_its_end() -> None:
    for table, holding in HOLDINGS.items():
        if holding.about is About.PEOPLE:
            assert "As long as" not in untranslated(holding.how_long), table
