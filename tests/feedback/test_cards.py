import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.core.codes import card_in_groups
from coproduce.core.db import Database
from coproduce.core.errors import Conflict, NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.feedback.cards import (
    cancel_batch,
    expire_cards,
    find_card,
    list_batches,
    make_batch,
    new_card_codes,
    spend_card,
)
from coproduce.feedback.commands import NewFeedback, Stored, submit_feedback
from coproduce.feedback.form_token import FormToken, new_form_token, read_form_token
from coproduce.feedback.framework import CURRENT
from coproduce.feedback.models import (
    Card,
    CardBatch,
    Consent,
    Inbox,
    Response,
    Source,
    UnusedCard,
    UsedForm,
)
from coproduce.feedback.rules import CARD_MONTHS, Subject, Words, last_day_of_cards
from coproduce.feedback.settle import settle_feedback
from coproduce.jobs import Workplace, run_job
from coproduce.services.models import LandingCode
from coproduce.services.queries import Landing
from tests.factories import blank_form, make_service
from tests.feedback.submissions import stored_rows
from tests.html import fields_of, parse
from tests.needs import on_postgresql
from tests.people import noon
from tests.workplaces import make_settings

MakeCards = Callable[..., list[str]]
NewToken = Callable[[], FormToken]


@pytest.fixture
def make_cards(database: Database, keys: Keys, landing: Landing, today: date) -> MakeCards:
    """Makes twenty cards that outreach hands out, and returns their codes."""

    def made(
        service_id: bytes | None = landing.service_id,
        source: Source = Source.OUTREACH,
        batch_id: bytes | None = None,
    ) -> list[str]:
        assert service_id is not None
        codes = new_card_codes(20, secrets.token_bytes)
        with database.write() as db:
            make_batch(
                db,
                keys,
                batch_id or secrets.token_bytes(16),
                service_id,
                source=source,
                codes=codes,
                months=12,
                today=today,
            )
            db.commit()
        return codes

    return made


@pytest.fixture
def new_token(keys: Keys, today: date) -> NewToken:
    """Gives somebody a fresh form."""

    def made() -> FormToken:
        token = read_form_token(keys, new_form_token(keys, today, secrets.token_bytes))
        assert token is not None
        return token

    return made


def answered(landing: Landing, card: str = "", *, better: str = "") -> NewFeedback:
    return NewFeedback(
        subject=Subject(landing.service_id, landing.area_id),
        framework=CURRENT,
        answers={"overall": "good"},
        words=Words(better),
        consent=Consent.COUNT_ONLY,
        language="en",
        flags="",
        card=card,
    )


def sent(database: Database, keys: Keys, token: FormToken, new: NewFeedback, day: date) -> Stored:
    with database.write() as db:
        stored = submit_feedback(db, token, new, keys, day)
        db.commit()
    return stored


def sources(database: Database) -> list[str]:
    return sorted(str(row["source"]) for row in stored_rows(database, Inbox))


def cards_left(database: Database) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(UnusedCard)) or 0


def test_a_form_with_a_card_says_who_handed_it_out_and_uses_the_card_up(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    card = make_cards()[3]
    assert sent(database, keys, new_token(), answered(landing, card), today) is Stored.NEW
    assert sources(database) == [Source.OUTREACH]
    assert cards_left(database) == 19


def test_a_used_card_opens_what_an_unused_one_opens(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    used, unused = make_cards()[:2]
    before = stored_rows(database, Card)
    sent(database, keys, new_token(), answered(landing, used), today)
    with database.read() as db:
        found = {find_card(db, keys, card, today) for card in (used, unused)}
    assert found == {landing.service_id}
    assert stored_rows(database, Card) == before
    assert cards_left(database) == 19


def test_a_card_that_is_not_good_makes_an_open_answer_and_refuses_nobody(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    used, of_another, old = make_cards()[0], None, make_cards()[0]
    with database.write() as db:
        other = make_service(db)
        db.commit()
    of_another = make_cards(other.service_id)[0]
    sent(database, keys, new_token(), answered(landing, used), today)
    left = cards_left(database)
    much_later = today + timedelta(days=366)
    tries = ((used, today), (of_another, today), (old, much_later), ("0" * 10, today))
    for card, day in tries:
        assert sent(database, keys, new_token(), answered(landing, card), day) is Stored.NEW
    assert sources(database) == [Source.OPEN] * 4 + [Source.OUTREACH]
    assert cards_left(database) == left


def test_the_same_form_sent_again_needs_no_second_card(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    token, new = new_token(), answered(landing, make_cards()[0])
    assert sent(database, keys, token, new, today) is Stored.NEW
    assert sent(database, keys, token, new, today) is Stored.SAME
    assert sources(database) == [Source.OUTREACH]
    assert cards_left(database) == 19


def test_what_replaces_a_form_keeps_its_source(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    token, first, second = new_token(), *make_cards()[:2]
    sent(database, keys, token, answered(landing, first), today)
    for card in (first, second, ""):
        again = answered(landing, card, better=f"More evenings {card}")
        assert sent(database, keys, token, again, today) is Stored.REPLACED
        assert sources(database) == [Source.OUTREACH]
    assert cards_left(database) == 19


def test_a_card_of_one_service_gives_nothing_to_another_by_replacing(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    with database.write() as db:
        other = make_service(db)
        db.commit()
    token = new_token()
    sent(database, keys, token, answered(landing, make_cards()[0]), today)
    assert sent(database, keys, token, answered(other), today) is Stored.REPLACED
    assert sources(database) == [Source.OPEN]


def test_a_form_that_is_not_stored_leaves_its_card_good(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    card = make_cards()[0]
    with database.write() as db:
        submit_feedback(db, new_token(), answered(landing, card), keys, today)
    assert stored_rows(database, Inbox) == stored_rows(database, UsedForm) == []
    with database.read() as db:
        assert find_card(db, keys, card, today) == landing.service_id


def test_of_many_forms_with_one_card_at_once_exactly_one_gets_its_source(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    """F24."""
    crowd, rounds = 8, 5
    barrier = threading.Barrier(crowd)

    def send_together(job: tuple[FormToken, NewFeedback]) -> Stored:
        barrier.wait(30)
        return sent(database, keys, *job, today)

    cards = make_cards()[:rounds]
    with ThreadPoolExecutor(crowd) as pool:
        for card in cards:
            jobs = [(new_token(), answered(landing, card)) for _ in range(crowd)]
            assert set(pool.map(send_together, jobs)) == {Stored.NEW}
    by_card = [Source.OUTREACH] * rounds
    assert sources(database) == [Source.OPEN] * (crowd - 1) * rounds + by_card
    assert cards_left(database) == 20 - rounds


def test_after_settling_the_source_is_all_that_is_left(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    for card in make_cards()[:6]:
        sent(database, keys, new_token(), answered(landing, card), today)
    settle_feedback(database, keys, today, secrets.token_bytes)
    kept = stored_rows(database, Response)
    assert [row["source"] for row in kept] == [Source.OUTREACH] * 6
    assert cards_left(database) == 14


@on_postgresql
def test_what_a_used_card_left_behind_is_cleared_with_the_next_settling(
    database: Database,
    keys: Keys,
    landing: Landing,
    today: date,
    make_cards: MakeCards,
    new_token: NewToken,
) -> None:
    """Its dead row would carry the number of the transaction that stored the form."""
    size = "SELECT pg_relation_size('unused_card')"
    for card in make_cards():
        sent(database, keys, new_token(), answered(landing, card), today)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql(size).scalar()
    settle_feedback(database, keys, today, secrets.token_bytes)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql(size).scalar() == 0


@on_postgresql
def test_cards_lie_in_the_order_of_their_marks_not_of_printing(
    database: Database, make_cards: MakeCards
) -> None:
    make_cards()
    for table in ("card", "unused_card"):
        with database.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"SELECT tag FROM {table} ORDER BY ctid")
            tags = [bytes(row[0]) for row in rows]
        assert tags == sorted(tags)
        assert len(tags) == 20


def test_no_code_of_a_card_is_stored(database: Database, make_cards: MakeCards) -> None:
    codes = make_cards()
    stored = repr([stored_rows(database, table) for table in (Card, CardBatch, UnusedCard)])
    assert not [code for code in codes if code in stored]
    assert len({row["tag"] for row in stored_rows(database, Card)}) == 20


def test_other_keys_know_no_card(
    database: Database, keys: Keys, today: date, make_cards: MakeCards
) -> None:
    card = make_cards()[0]
    with database.read() as db:
        assert find_card(db, replace(keys, server=bytes(32)), card, today) is None
        assert find_card(db, keys, card, today) is not None


@pytest.mark.parametrize(("size", "months"), [(19, 12), (201, 12), (20, 0), (20, 13)])
def test_a_batch_has_20_to_200_cards_for_a_year_at_most(
    database: Database, keys: Keys, landing: Landing, today: date, size: int, months: int
) -> None:
    assert landing.service_id is not None
    codes = new_card_codes(size, secrets.token_bytes)
    with database.write() as db, pytest.raises(RuleBroken):
        make_batch(
            db,
            keys,
            bytes(16),
            landing.service_id,
            source=Source.AGENCY,
            codes=codes,
            months=months,
            today=today,
        )


def test_nobody_hands_out_cards_of_the_open_link(make_cards: MakeCards) -> None:
    for source in (Source.OPEN, Source.HELPER):
        with pytest.raises(RuleBroken):
            make_cards(source=source)


def test_the_same_batch_is_made_once(database: Database, make_cards: MakeCards) -> None:
    make_cards(batch_id=b"b" * 16)
    with pytest.raises(Conflict):
        make_cards(batch_id=b"b" * 16)
    assert cards_left(database) == 20


def test_cancelled_cards_open_nothing_and_others_stay(
    database: Database, keys: Keys, landing: Landing, today: date, make_cards: MakeCards
) -> None:
    assert landing.service_id is not None
    cancelled, kept = make_cards(batch_id=b"c" * 16)[0], make_cards()[0]
    with database.write() as db:
        with pytest.raises(NotFound):
            cancel_batch(db, b"c" * 16, bytes(16))
        assert cancel_batch(db, b"c" * 16, landing.service_id).size == 20
        with pytest.raises(NotFound):
            cancel_batch(db, b"c" * 16, landing.service_id)
        db.commit()
    with database.read() as db:
        assert find_card(db, keys, cancelled, today) is None
        assert find_card(db, keys, kept, today) == landing.service_id
        assert len(list_batches(db, landing.service_id)) == 1
    assert cards_left(database) == 20


def test_old_cards_go_with_their_batch(
    database: Database, keys: Keys, landing: Landing, today: date, make_cards: MakeCards
) -> None:
    card = make_cards()[0]
    last = last_day_of_cards(today, 12)
    with database.write() as db:
        expire_cards(db, last)
        assert find_card(db, keys, card, last) == landing.service_id
        assert find_card(db, keys, card, last + timedelta(days=1)) is None
        assert spend_card(db, keys, card, landing.service_id, last + timedelta(days=1)) is None
        expire_cards(db, last + timedelta(days=1))
        db.commit()
    for table in (Card, CardBatch, UnusedCard):
        assert stored_rows(database, table) == []


def test_the_daily_job_deletes_old_cards(
    database: Database,
    database_url: str,
    keys: Keys,
    today: date,
    make_cards: MakeCards,
    tmp_path: Path,
) -> None:
    make_cards()
    workplace = Workplace(make_settings(tmp_path / "data", database_url), database, keys)
    for days, left in ((300, 20), (366, 0)):
        run_job(workplace, "expire", noon(today), today + timedelta(days=days))
        assert cards_left(database) == left


def test_no_card_is_good_for_longer_than_a_year() -> None:
    days = (date(2024, 1, 1) + timedelta(days=number) for number in range(1462))
    for day in days:
        for months in (1, 3, 6, 12):
            last = last_day_of_cards(day, months)
            assert 24 <= (last - day).days < 31 * months
            assert last < day.replace(year=day.year + 1, day=min(day.day, 28))
    assert CARD_MONTHS == 12


# On the pages


def form_behind(client: TestClient, card: str) -> dict[str, list[str]]:
    return blank_form(client, card)


def test_a_card_typed_at_home_opens_the_form_of_its_service(
    client: TestClient, make_cards: MakeCards, landing: Landing
) -> None:
    card = make_cards()[0]
    typed = card_in_groups(card).lower().replace("0", "o").replace("1", "l")
    sent_on = client.post("/", data={"code": typed})
    assert (sent_on.status_code, sent_on.headers["location"]) == (303, f"/g/{card}")
    page = client.get(f"/g/{card}")
    assert page.status_code == 200
    assert landing.name in page.text
    form = form_behind(client, card)
    assert form["card"] == [card]
    assert form["k"] == [landing.code]


def test_a_form_carries_its_card_through_language_error_and_check_into_the_record(
    client: TestClient, make_cards: MakeCards, database: Database
) -> None:
    card = make_cards()[0]
    form = form_behind(client, card)
    shown = client.post("/ar/g", data={**form, "act": "show"})
    form = fields_of(next(parse(shown.text).all("form")))
    assert form["card"] == [card]
    refused = client.post("/g", data={**form, "better": "x" * 4000})
    assert refused.status_code == 422
    form = fields_of(next(parse(refused.text).all("form")))
    assert form["card"] == [card]
    checked = client.post("/g", data={**form, "better": "Ring me on 07700 900123."})
    form = fields_of(next(parse(checked.text).all("form")))
    assert form["card"] == [card]
    assert cards_left(database) == 20
    stored = client.post("/g", data={**form, "act": "as_is"})
    assert stored.status_code == 200
    assert sources(database) == [Source.OUTREACH]


def test_whoever_kept_the_codes_cannot_look_up_which_cards_were_used(
    client: TestClient, make_cards: MakeCards, database: Database
) -> None:
    used, unused = make_cards()[:2]
    client.post("/g", data={**form_behind(client, used), "overall": "good"})
    assert cards_left(database) == 19
    pages = []
    for card in (used, unused):
        page = client.get(f"/g/{card}")
        assert page.status_code == 200
        token = fields_of(next(parse(page.text).all("form")))["t"][0]
        pages.append(page.text.replace(card, "").replace(token, ""))
    assert pages[0] == pages[1]


def test_a_card_that_opens_nothing_shows_two_ways_on_and_never_which_service(
    client: TestClient, make_cards: MakeCards, landing: Landing, database: Database
) -> None:
    card = make_cards(batch_id=b"c" * 16)[0]
    assert landing.service_id is not None
    with database.write() as db:
        cancel_batch(db, b"c" * 16, landing.service_id)
        db.commit()
    pages = [client.get(f"/g/{code}") for code in (card, "0123456789")]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text.replace(card, "") == pages[1].text.replace("0123456789", "")
    assert landing.name not in pages[0].text
    links = {a.get("href") for a in parse(pages[0].text).all("a")}
    assert {"/", "/find"} <= links


@pytest.mark.parametrize("card", ["", "nonsense", "0" * 10, "0" * 5000, "\0", "٣" * 10])
def test_whatever_stands_in_the_field_of_the_card_the_form_is_stored(
    client: TestClient, landing: Landing, database: Database, card: str
) -> None:
    form = {**blank_form(client, landing.code), "overall": "good", "card": card}
    assert client.post("/g", data=form).status_code == 200
    assert sources(database) == [Source.OPEN]


def test_a_card_of_a_closed_service_opens_nothing(
    client: TestClient, make_cards: MakeCards, landing: Landing, database: Database
) -> None:
    card = make_cards()[0]
    with database.write() as db:
        db.delete(db.get_one(LandingCode, landing.code))
        db.commit()
    assert client.get(f"/g/{card}").status_code == 404
