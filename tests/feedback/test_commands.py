import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from coproduce.core.codes import read_return_code
from coproduce.core.db import Database
from coproduce.core.keys import Keys, NewKeys
from coproduce.core.messages import _, untranslated
from coproduce.feedback.answer_files import CollectedAnswer
from coproduce.feedback.commands import (
    Imported,
    Stored,
    delete_counted,
    expire_feedback,
    flags_of,
    has_been_sent,
    import_feedback,
    withdraw_feedback,
)
from coproduce.feedback.form_token import LIVES_DAYS
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import (
    Consent,
    Fate,
    FateState,
    ImportedRow,
    Inbox,
    ModeratedText,
    Receipt,
    Response,
    Screen,
    SealedText,
    Source,
    Statement,
    StatementSource,
    UsedForm,
)
from coproduce.feedback.queries import OpenedCode, find_code
from coproduce.feedback.rules import UNREAD_DAYS, USED_FORM_DAYS, Words
from coproduce.feedback.settle import settle_feedback
from coproduce.services.models import CodeState
from coproduce.services.queries import Landing
from coproduce.services.rules import Problem
from tests.factories import make_landing_code, make_service
from tests.feedback.submissions import Writer, make_writer, stored_rows, words_in
from tests.releases import EDITION, make_statement, make_texts

PERIOD = "2026-Q3"


@pytest.fixture
def writer(database: Database, keys: Keys, landing: Landing, today: date) -> Writer:
    """Somebody with an open form."""
    return make_writer(database, keys, landing, today)


def settle(database: Database, keys: Keys, day: date) -> None:
    settle_feedback(database, keys, day, secrets.token_bytes)


def withdraw(writer: Writer) -> None:
    with writer.database.write() as db:
        slow_key = writer.keys.slow_key(writer.code)
        opened = find_code(db, writer.keys, writer.code, slow_key, to_change=True)
        assert opened is not None
        withdraw_feedback(db, opened)
        db.commit()


def five_writers(database: Database, keys: Keys, landing: Landing, today: date) -> list[Writer]:
    """Five people who sent answers and words."""
    writers = [make_writer(database, keys, landing, today) for _number in range(5)]
    for number, writer in enumerate(writers):
        writer.sends(better=f"More of {number}", today=today)
    return writers


# Sending


def test_a_form_is_stored_once_with_its_words_sealed(
    writer: Writer, landing: Landing, fresh_keys: NewKeys, today: date
) -> None:
    done = writer.sends(better="More evenings.", consent=Consent.QUOTE, today=today)

    assert done is Stored.NEW
    [row] = stored_rows(writer.database, Inbox)
    assert row["answers"] == {"overall": "good"}
    assert (row["service_id"], row["area_id"]) == (landing.service_id, None)
    assert (row["received_day"], row["period"]) == (today, PERIOD)
    assert (row["source"], row["screen"]) == (Source.OPEN, Screen.CLEAR)
    assert (row["consent"], row["language"]) == (Consent.QUOTE, "en")
    assert words_in(row["text_box"], fresh_keys.recovery_private) == {
        "better": "More evenings.",
        "happened": "",
    }


def test_a_form_without_words_has_no_box(writer: Writer, today: date) -> None:
    writer.sends(today=today)

    [row] = stored_rows(writer.database, Inbox)
    assert row["text_box"] is None


def test_short_and_long_words_look_alike(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    for words in ("Tea.", "Tea. " * 80):
        make_writer(database, keys, landing, today).sends(better=words, today=today)

    sizes = {len(row["text_box"]) for row in stored_rows(database, Inbox)}  # type: ignore[arg-type]
    assert len(sizes) == 1


def test_the_same_form_sent_again_changes_nothing(writer: Writer, today: date) -> None:
    writer.sends(better="More evenings.", today=today)
    before = stored_rows(writer.database, Inbox)

    assert writer.sends(better="More evenings.", today=today) is Stored.SAME
    assert stored_rows(writer.database, Inbox) == before


def test_the_same_form_with_other_words_takes_the_place_of_the_first(
    writer: Writer, fresh_keys: NewKeys, today: date
) -> None:
    writer.sends(better="More evenings.", today=today)
    tomorrow = today + timedelta(days=1)

    assert writer.sends(overall="poor", better="Longer.", today=tomorrow) is Stored.REPLACED

    [row] = stored_rows(writer.database, Inbox)
    assert row["answers"] == {"overall": "poor"}
    assert row["received_day"] == today
    assert words_in(row["text_box"], fresh_keys.recovery_private)["better"] == "Longer."
    assert writer.sends(overall="poor", better="Longer.", today=tomorrow) is Stored.SAME


@pytest.mark.parametrize(
    "change",
    [
        {"overall": "poor"},
        {"answers": {"overall": "good", "barriers": ["wait"]}},
        {"happened": "I waited."},
        {"better": ""},
        {"consent": Consent.PARAPHRASE},
    ],
)
def test_anything_changed_is_another_content(
    writer: Writer, change: dict[str, object], today: date
) -> None:
    writer.sends(better="More.", today=today)

    assert writer.sends(**{"better": "More.", "today": today, **change}) is Stored.REPLACED  # type: ignore[arg-type]


def test_another_content_after_the_mixing_comes_too_late(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)
    before = stored_rows(database, Response)

    assert first.sends(better="Something else", today=today) is Stored.TOO_LATE
    assert first.sends(better="More of 0", today=today) is Stored.SAME
    assert stored_rows(database, Response) == before
    assert stored_rows(database, Inbox) == []


def test_another_content_after_the_text_moved_comes_too_late(writer: Writer, today: date) -> None:
    writer.sends(better="More evenings.", today=today)
    settle(writer.database, writer.keys, today + timedelta(days=1))

    assert writer.sends(overall="poor", today=today + timedelta(days=1)) is Stored.TOO_LATE
    [row] = stored_rows(writer.database, Inbox)
    assert row["answers"] == {"overall": "good"}


def test_a_form_that_was_sent_is_known_until_its_mark_goes(writer: Writer, today: date) -> None:
    def is_known() -> bool:
        with writer.database.read() as db:
            return has_been_sent(db, writer.token, writer.keys)

    assert not is_known()
    writer.sends(today=today)
    assert is_known()
    for days, known in ((LIVES_DAYS, True), (USED_FORM_DAYS, False)):
        with writer.database.write() as db:
            expire_feedback(db, today + timedelta(days=days))
            db.commit()
        assert is_known() is known


def test_two_forms_share_nothing(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    for _number in range(2):
        make_writer(database, keys, landing, today).sends(better="The same.", today=today)

    first, second = stored_rows(database, Inbox)
    for column in ("form_tag", "code_tag", "sealed_nonce", "text_box"):
        assert first[column] != second[column]


# Taking back


def test_what_waits_in_the_inbox_can_be_taken_back(writer: Writer, today: date) -> None:
    writer.sends(better="More evenings.", today=today)

    withdraw(writer)

    assert stored_rows(writer.database, Inbox) == []
    assert stored_rows(writer.database, Fate) == []
    assert writer.opens() is None


def test_a_form_that_was_taken_back_does_not_come_back_when_sent_again(
    writer: Writer, today: date
) -> None:
    writer.sends(today=today)
    withdraw(writer)

    assert writer.sends(today=today) is Stored.SAME
    assert writer.sends(overall="poor", today=today) is Stored.TOO_LATE
    assert stored_rows(writer.database, Inbox) == []


def test_it_can_be_taken_back_after_its_text_moved_alone(writer: Writer, today: date) -> None:
    writer.sends(better="More evenings.", today=today)
    settle(writer.database, writer.keys, today + timedelta(days=1))
    assert stored_rows(writer.database, SealedText)
    assert stored_rows(writer.database, Inbox)

    withdraw(writer)

    assert stored_rows(writer.database, SealedText) == []
    assert stored_rows(writer.database, Inbox) == []
    standing = writer.sees()
    assert standing is not None
    assert standing.is_withdrawn
    assert not standing.has_text


def test_it_can_be_taken_back_after_the_mixing(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, second, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)

    withdraw(first)
    withdraw(first)

    assert len(stored_rows(database, Response)) == 4
    assert len(stored_rows(database, SealedText)) == 4
    assert [row["state"] for row in stored_rows(database, Fate)] == [FateState.WITHDRAWN] * 2
    standing = first.sees()
    assert standing is not None
    assert (standing.fate, standing.text_fate) == (FateState.WITHDRAWN, FateState.WITHDRAWN)
    assert standing.period is None
    other = second.sees()
    assert other is not None
    assert not other.is_withdrawn


def test_it_can_be_taken_back_after_it_was_counted(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.fast_atom_id, response.slow_atom_id = b"f" * 16, b"s" * 16
        db.commit()

    withdraw(first)

    assert len(stored_rows(database, Response)) == 4
    standing = first.sees()
    assert standing is not None
    assert standing.fate is FateState.WITHDRAWN


# Letting go


def test_what_was_counted_on_both_clocks_goes_and_stays_known_as_used(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.fast_atom_id, response.slow_atom_id = b"f" * 16, b"s" * 16
        db.commit()

    with database.write() as db:
        assert delete_counted(db, [b"s" * 16]) == 5
        assert delete_counted(db, [b"s" * 16]) == 0
        db.commit()

    assert stored_rows(database, Response) == []
    standing = first.sees()
    assert standing is not None
    assert standing.fate is FateState.USED
    assert standing.has_text


def test_answers_that_the_fast_clock_did_not_count_yet_stay(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    five_writers(database, keys, landing, today)
    settle(database, keys, today)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.slow_atom_id = b"s" * 16
        db.commit()

    with database.write() as db:
        assert delete_counted(db, [b"s" * 16]) == 0


def test_answers_about_an_area_go_with_the_slow_clock_alone(
    database: Database, keys: Keys, area_landing: Landing, today: date
) -> None:
    for _number in range(5):
        writer = make_writer(database, keys, area_landing, today)
        writer.sends(answers={"where_stopped": ["wait"]}, today=today)
    settle(database, keys, today)
    with database.write() as db:
        for response in db.scalars(select(Response)):
            response.slow_atom_id = b"s" * 16
        db.commit()

    with database.write() as db:
        assert delete_counted(db, [b"s" * 16]) == 5


def test_an_unread_text_goes_after_sixty_days_and_its_writer_is_told(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)
    monday = today - timedelta(days=today.weekday())

    with database.write() as db:
        assert expire_feedback(db, monday + timedelta(days=UNREAD_DAYS - 2)) == 0
        assert expire_feedback(db, monday + timedelta(days=UNREAD_DAYS - 1)) == 5
        db.commit()

    assert stored_rows(database, SealedText) == []
    assert len(stored_rows(database, Response)) == 5
    standing = first.sees()
    assert standing is not None
    assert (standing.fate, standing.text_fate) == (None, FateState.EXPIRED)
    assert not standing.has_text


def test_raw_answers_go_within_sixteen_months_and_what_a_code_opens_within_thirty(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    first, *_others = five_writers(database, keys, landing, today)
    settle(database, keys, today)

    def after(day: date) -> tuple[int, int, int]:
        with database.write() as db:
            expire_feedback(db, day)
            db.commit()
        tables = (Response, Receipt, Fate)
        responses, receipts, fates = (len(stored_rows(database, table)) for table in tables)
        return responses, receipts, fates

    assert after(date(2027, 10, 31)) == (5, 5, 5)
    assert after(date(2027, 11, 1)) == (0, 5, 10)
    assert after(date(2028, 12, 31)) == (0, 5, 10)
    assert after(date(2029, 1, 1)) == (0, 0, 0)
    assert first.opens() is None


def test_letting_go_twice_changes_nothing(
    database: Database, keys: Keys, landing: Landing, today: date
) -> None:
    five_writers(database, keys, landing, today)
    settle(database, keys, today)
    later = today + timedelta(days=UNREAD_DAYS + 10)

    with database.write() as db:
        assert expire_feedback(db, later) == 5
        db.commit()
    before = stored_rows(database, Fate)
    with database.write() as db:
        assert expire_feedback(db, later) == 0
        db.commit()
    assert stored_rows(database, Fate) == before


# Bringing in


def collected(
    landing: Landing, *answers: str, words: Words | None = None
) -> list[CollectedAnswer | Problem]:
    """Rows of a paper form; equal rows are told apart as a file tells them."""
    rows: list[CollectedAnswer | Problem] = []
    for number, overall in enumerate(answers, 2):
        nth = answers[: number - 1].count(overall)
        given = {"overall": overall} if overall else {}
        said = f"{overall}#{nth}"
        rows.append(CollectedAnswer(f"a.csv:{number}", landing.code, given, words or Words(), said))
    return rows


def bring_in(
    database: Database,
    keys: Keys,
    rows: Sequence[CollectedAnswer | Problem],
    *,
    is_frozen: bool = False,
    period: str = PERIOD,
    today: date = date(2026, 8, 12),
) -> Imported:
    with database.write() as db:
        done = import_feedback(
            db,
            rows,
            period=period,
            source=Source.OUTREACH,
            consent=Consent.PARAPHRASE,
            framework=CURRENT,
            is_frozen=is_frozen,
            language="en",
            keys=keys,
            today=today,
            chance=secrets.token_bytes,
        )
        db.commit()
    return done


def nothing_stored(database: Database) -> bool:
    return not any(stored_rows(database, table) for table in (Response, SealedText, ImportedRow))


def messages(done: Imported) -> list[str]:
    return [f"{problem.where}: {untranslated(problem.message)}" for problem in done.problems]


def test_collected_answers_are_stored_without_a_link_to_their_words(
    database: Database, keys: Keys, landing: Landing, fresh_keys: NewKeys, today: date
) -> None:
    rows = collected(landing, *["good"] * 5, words=Words(happened="Call 07700 900123."))

    assert bring_in(database, keys, rows) == Imported(added=5, known=0)

    responses, texts = stored_rows(database, Response), stored_rows(database, SealedText)
    assert {row["source"] for row in responses} == {Source.OUTREACH}
    assert {row["period"] for row in responses} == {PERIOD}
    assert {row["service_id"] for row in responses} == {landing.service_id}
    assert {row["consent"] for row in texts} == {Consent.PARAPHRASE}
    assert {row["flags"] for row in texts} == {"contact"}
    assert {row["waiting_since"] for row in texts} == {today - timedelta(days=today.weekday())}
    opened = words_in(texts[0]["box"], fresh_keys.recovery_private)
    assert opened["happened"] == "Call 07700 900123."
    assert not {row["id"] for row in responses} & {row["id"] for row in texts}


def test_bringing_in_the_same_file_again_changes_nothing(
    database: Database, keys: Keys, landing: Landing
) -> None:
    rows = collected(landing, "good", "poor", "good", "neither", "very_good", "good")
    assert bring_in(database, keys, rows).added == 6
    before = [stored_rows(database, table) for table in (Response, ImportedRow)]

    assert bring_in(database, keys, rows) == Imported(added=0, known=6)
    assert [stored_rows(database, table) for table in (Response, ImportedRow)] == before


def test_a_longer_file_adds_what_is_new(database: Database, keys: Keys, landing: Landing) -> None:
    bring_in(database, keys, collected(landing, *["good"] * 5))

    assert bring_in(database, keys, collected(landing, *["good"] * 7)) == Imported(2, 5)


def test_two_people_who_said_the_same_both_count(
    database: Database, keys: Keys, landing: Landing
) -> None:
    assert bring_in(database, keys, collected(landing, *["good"] * 5)).added == 5
    assert len(stored_rows(database, Response)) == 5


def test_the_same_answers_of_another_quarter_count_again(
    database: Database, keys: Keys, landing: Landing
) -> None:
    rows = collected(landing, *["good"] * 5)
    bring_in(database, keys, rows)

    assert bring_in(database, keys, rows, period="2026-Q2").added == 5


def test_a_quarter_that_is_in_a_report_takes_nothing(
    database: Database, keys: Keys, landing: Landing
) -> None:
    done = bring_in(database, keys, collected(landing, *["good"] * 5), is_frozen=True)

    assert messages(done) == ["2026-Q3: This quarter is in a report. Use the present one."]
    assert nothing_stored(database)


def test_fewer_than_five_rows_are_not_brought_in(
    database: Database, keys: Keys, landing: Landing
) -> None:
    done = bring_in(database, keys, collected(landing, *["good"] * 4))

    assert messages(done) == [
        "2026-Q3: Bring in at least 5 rows at once, so that none stands alone."
    ]
    assert nothing_stored(database)


def test_one_bad_row_keeps_all_out(database: Database, keys: Keys, landing: Landing) -> None:
    rows = [*collected(landing, *["good"] * 6), Problem("a.csv:9", _("This row is odd."))]

    done = bring_in(database, keys, rows)

    assert messages(done) == ["a.csv:9: This row is odd."]
    assert (done.added, done.known) == (0, 0)
    assert nothing_stored(database)


def test_unknown_and_closed_codes_are_named(
    database: Database, keys: Keys, landing: Landing
) -> None:
    with database.write() as db:
        closed = make_landing_code(db, service_id=landing.service_id, state=CodeState.CLOSED)
        db.commit()
    rows = collected(landing, *["good"] * 6)
    wrong = ["222222", closed]
    for index, code in enumerate(wrong):
        row = rows[index]
        assert isinstance(row, CollectedAnswer)
        rows[index] = replace(row, code=code)

    done = bring_in(database, keys, rows)

    assert messages(done) == [
        f"a.csv:{number}: No open service or area has the code {code}."
        for number, code in enumerate(wrong, 2)
    ]
    assert nothing_stored(database)


def test_paper_of_people_who_never_got_in_is_about_their_area(
    database: Database, keys: Keys, area_landing: Landing
) -> None:
    rows: list[CollectedAnswer | Problem] = [
        CollectedAnswer(
            f"a.csv:{number}",
            area_landing.code,
            {"where_stopped": ["wait"]},
            Words(happened="A bed."),
            f"{number}",
            Consent.QUOTE,
        )
        for number in range(2, 8)
    ]

    assert bring_in(database, keys, rows).added == 6
    with database.read() as db:
        for table in (Response, SealedText):
            found = db.execute(select(table.service_id, table.area_id)).all()
            assert {tuple(row) for row in found} == {(None, area_landing.area_id)}
        assert set(db.scalars(select(SealedText.consent))) == {Consent.QUOTE}


@pytest.mark.parametrize("is_service", [True, False])
def test_answers_to_questions_that_a_code_does_not_ask_are_refused(
    database: Database, keys: Keys, landing: Landing, area_landing: Landing, is_service: bool
) -> None:
    here = landing if is_service else area_landing
    key = "where_stopped" if is_service else "overall"
    given: dict[str, str | list[str]] = {key: ["wait"] if is_service else "good"}
    rows: list[CollectedAnswer | Problem] = [
        CollectedAnswer(f"a.csv:{number}", here.code, given, Words(), str(number))
        for number in range(2, 8)
    ]

    done = bring_in(database, keys, rows)

    assert messages(done)[0] == (
        f"a.csv:2: {key} is not asked under the code {here.code}."
        " Make one file for services and one for areas."
    )
    assert nothing_stored(database)


def test_blank_forms_are_told_and_not_stored(
    database: Database, keys: Keys, landing: Landing
) -> None:
    done = bring_in(database, keys, collected(landing, *["good"] * 4, "", ""))

    assert done == Imported(added=4, known=0, blank=2)
    assert len(stored_rows(database, Response)) == 4


def test_nothing_of_what_was_said_stands_in_the_mark_of_a_row(
    database: Database, keys: Keys, fresh_keys: NewKeys, landing: Landing
) -> None:
    rows = collected(landing, *["good"] * 5)
    bring_in(database, keys, rows)
    with_other_key = replace(fresh_keys.keys, imported=b"another key of thirty-two bytes.")

    assert bring_in(database, with_other_key, rows).added == 5


def test_only_the_kinds_of_detail_are_kept_of_what_the_check_found() -> None:
    words = Words("Nurse Rita, 07700 900123", "I was the only one there, Nurse Tom")

    assert flags_of(words) == "contact name only_one"


def test_a_code_is_what_a_person_can_type(writer: Writer) -> None:
    assert read_return_code(writer.code) == writer.code


def test_marks_of_sent_forms_hold_a_day_and_no_answer(writer: Writer, today: date) -> None:
    writer.sends(better="More evenings.", today=today)

    [row] = stored_rows(writer.database, UsedForm)
    assert row.keys() == {"form_tag", "body_tag", "day"}
    assert row["day"] == today


def test_a_sentence_goes_with_the_third_of_its_texts(database: Database) -> None:
    with database.write() as db:
        service_id = make_service(db).service_id
        texts = make_texts(db, 4, EDITION, service_id=service_id)
        make_statement(db, texts, service_id=service_id, words="It takes long.")
        for text_id, left in ((texts[0], 1), (texts[1], 0)):
            withdraw_feedback(db, OpenedCode(None, None, None, text_id))
            db.flush()
            assert len(db.scalars(select(Statement.id)).all()) == left
        assert db.scalars(select(StatementSource.text_id)).all() == []
        assert len(db.scalars(select(ModeratedText.id)).all()) == 2
