"""Staff print for the services they were given, and for no other."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import httpx2
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from coproduce.core.actor import Grant
from coproduce.core.chained_log import list_log
from coproduce.core.codes import read_card_code
from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.core.permissions import Role, Scope
from coproduce.feedback.cards import find_card, make_batch, new_card_codes
from coproduce.feedback.models import CardBatch, Source, UnusedCard
from coproduce.services.models import AreaLevel, CodeState, ServiceStatus
from coproduce.services.queries import Landing
from coproduce.web.site import Site
from tests.factories import make_area, make_landing_code, make_provider, make_service
from tests.feedback.submissions import stored_rows
from tests.html import fields_of, parse
from tests.outreach.reading import descriptions, words_of
from tests.people import make_person, noon, sign_in

ComeAs = Callable[..., TestClient]


@dataclass(frozen=True, slots=True)
class Town:
    """Two services of different providers in one county, and one elsewhere."""

    ours: Landing
    theirs: Landing
    far: Landing
    provider: bytes
    county: bytes


@pytest.fixture
def town(database: Database) -> Town:
    with database.write() as db:
        provider = make_provider(db)
        county = make_area(db, name="County", level=AreaLevel.COUNTY)
        place = make_area(db, name="Saltby", parent_id=county)
        ours = make_service(db, name="Our Drop-in", provider_id=provider, area_id=place)
        theirs = make_service(db, name="Their Clinic", area_id=place)
        far = make_service(db, name="Far Van")
        make_service(db, name="Shut", area_id=place, status=ServiceStatus.CLOSED)
        db.commit()
    return Town(ours, theirs, far, provider, county)


@pytest.fixture
def come_as(client: TestClient, site: Site, database: Database, keys: Keys, today: date) -> ComeAs:
    def come(*roles: Role | Grant) -> TestClient:
        person = make_person(database, keys, today, *roles)
        sign_in(client, site, database, person, noon(today))
        return client

    return come


def staff_of(town: Town) -> Grant:
    return Grant(Role.PROVIDER_STAFF, Scope.PROVIDER, town.provider)


def blank(client: TestClient, code: str) -> dict[str, list[str]]:
    page = parse(client.get(f"/print/{code}").text)
    form = next(f for f in page.all("form") if f.get("action") == f"/print/{code}/cards")
    return fields_of(form)


def make(client: TestClient, code: str, **chosen: str) -> httpx2.Response:
    return client.post(f"/print/{code}/cards", data={**blank(client, code), **chosen})


def codes_in(made: bytes) -> list[str]:
    found = [one.rpartition("/")[2] for one in descriptions(made)]
    assert [read_card_code(code) for code in found] == found
    return found


def test_everybody_sees_the_services_of_their_reach(come_as: ComeAs, town: Town) -> None:
    commissioner = Grant(Role.COMMISSIONER, Scope.AREA, town.county)
    seen = {
        staff_of(town): [town.ours],
        commissioner: [town.ours, town.theirs],
        Role.FACILITATOR: [town.far, town.ours, town.theirs],
        Role.ADMINISTRATOR: [town.far, town.ours, town.theirs],
    }
    for role, services in seen.items():
        client = come_as(role)
        page = parse(client.get("/print").text)
        listed = [a.get("href") for a in page.all("a") if a.get("href").startswith("/print/")]
        assert listed == [f"/print/{service.code}" for service in services]
        for service in (town.ours, town.theirs, town.far):
            wanted = 200 if service in services else 404
            for path in ("", "/poster-en.pdf", "/small-ar.pdf"):
                assert client.get(f"/print/{service.code}{path}").status_code == wanted


def test_the_list_finds_by_name_place_and_code_and_goes_page_by_page(
    come_as: ComeAs, town: Town, database: Database
) -> None:
    with database.write() as db:
        place = make_area(db, name="Otley")
        for number in range(40):
            make_service(db, name=f"Place {number:02}", area_id=place)
        db.commit()
    client = come_as(Role.FACILITATOR)

    def listed(**fields: str) -> list[str]:
        page = parse(client.post("/print", data=fields).text)
        links = [a for a in page.all("a") if a.get("href").startswith("/print/")]
        return [b.text for a in links for b in a.all("b")]

    assert listed(words="their clinic") == ["Their Clinic"]
    assert listed(words="saltby our") == ["Our Drop-in"]
    assert listed(words=town.far.code.lower()) == ["Far Van"]
    assert listed(words="nothing has this name") == []
    assert [len(listed(words="otley", page=page)) for page in ("1", "2", "99", "x")] == [
        *(30, 10, 10, 30)
    ]
    assert listed(words="otley", page="2")[-1] == "Place 39"


def test_forms_for_areas_are_listed_to_who_may_print_for_the_whole_area(
    come_as: ComeAs, town: Town, database: Database
) -> None:
    with database.write() as db:
        county = make_landing_code(db, area_id=town.county)
        other = make_landing_code(db, area_id=make_area(db, name="Elsewhere"))
        make_landing_code(db, area_id=town.county, state=CodeState.CLOSED)
        db.commit()

    def listed(client: TestClient, words: str = "") -> list[str]:
        page = parse(client.post("/print", data={"words": words}).text)
        return [a.get("href") for a in page.all("a") if a.get("href").endswith(".pdf")]

    ours, theirs = (
        [f"/print/{code}/form-{language}.pdf" for language in ("en", "ar")]
        for code in (county, other)
    )
    assert listed(come_as(staff_of(town))) == []
    assert listed(come_as(Grant(Role.COMMISSIONER, Scope.AREA, town.county))) == ours
    client = come_as(Role.FACILITATOR)
    assert listed(client) == ours + theirs
    assert listed(client, words="elsewh") == theirs
    assert all(client.get(path).status_code == 200 for path in ours)


def test_a_poster_opens_the_service_and_does_not_name_it(come_as: ComeAs, town: Town) -> None:
    client = come_as(staff_of(town))
    for path in ("poster-en", "poster-ar", "small-en"):
        answer = client.get(f"/print/{town.ours.code}/{path}.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert "Drop-in" not in words_of(answer.content)
        links = {one.split()[-1] for one in descriptions(answer.content)}
        assert links == {f"https://feedback.example/g/{town.ours.code}"}
    for path in ("poster-xx", "poster-en-XA", "small-..", "poster-"):
        assert client.get(f"/print/{town.ours.code}/{path}.pdf").status_code == 404


@pytest.mark.parametrize("code", ["%00", "2%002", "%ff", "%ED%A0%80", "x" * 3000])
def test_what_is_no_code_is_not_found(come_as: ComeAs, code: str) -> None:
    client = come_as(Role.FACILITATOR)
    for path in ("", "/poster-en.pdf", "/small-en.pdf", "/form-en.pdf"):
        assert client.get(f"/print/{code}{path}").status_code == 404
    for path in ("/cards", "/cards/cancel"):
        assert client.post(f"/print/{code}{path}", data={"batch": "0" * 32}).status_code == 404


def test_cards_are_sent_once_and_open_the_form(
    come_as: ComeAs, town: Town, database: Database, keys: Keys, today: date
) -> None:
    client = come_as(Role.FACILITATOR)
    answer = make(client, town.ours.code, size="20", source="outreach", months="3")
    assert answer.headers["content-type"] == "application/pdf"
    assert "attachment" in answer.headers["content-disposition"]
    codes = codes_in(answer.content)
    assert len(set(codes)) == 20
    with database.read() as db:
        assert {find_card(db, keys, code, today) for code in codes} == {town.ours.service_id}
        [logged] = [line for line in list_log(db) if line.what == "cards printed"]
    assert logged.about == f"{town.ours.code} outreach 20"
    [batch] = stored_rows(database, CardBatch)
    assert (batch["source"], batch["size"]) == (Source.OUTREACH, 20)
    page = client.get(f"/print/{town.ours.code}").text
    assert "20 cards of 12 August 2026" in page
    assert "good until 11 November 2026" in page
    assert not [code for code in codes if code in page]


def test_the_page_shows_no_number_of_used_cards(
    come_as: ComeAs, town: Town, database: Database
) -> None:
    client = come_as(Role.FACILITATOR)
    codes = codes_in(make(client, town.ours.code, source="agency").content)
    once = re.compile('name="batch" value="[^"]+"')
    before = once.sub("", client.get(f"/print/{town.ours.code}").text)
    for code in codes[:7]:
        form = fields_of(next(parse(client.get(f"/g/{code}").text).all("form")))
        assert client.post("/g", data={**form, "overall": "good"}).status_code == 200
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(UnusedCard)) == len(codes) - 7
    assert once.sub("", client.get(f"/print/{town.ours.code}").text) == before


def test_the_same_form_sent_again_makes_one_batch_and_says_so(
    come_as: ComeAs, town: Town, database: Database
) -> None:
    client = come_as(Role.FACILITATOR)
    form = {**blank(client, town.ours.code), "source": "agency"}
    path = f"/print/{town.ours.code}/cards"
    assert client.post(path, data=form).status_code == 200
    again = client.post(path, data=form)
    assert again.status_code == 409
    assert "made already" in again.text
    assert len(stored_rows(database, CardBatch)) == 1
    fresh = fields_of(next(f for f in parse(again.text).all("form") if f.get("action") == path))
    assert client.post(path, data=fresh).status_code == 200
    assert len(stored_rows(database, CardBatch)) == 2


def test_an_error_keeps_what_was_chosen(come_as: ComeAs, town: Town) -> None:
    client = come_as(Role.FACILITATOR)
    answer = make(client, town.ours.code, size="100", months="3")
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.with_id("source").get("aria-describedby") == "source-error"
    chosen = [
        option.get("value") for option in page.all("option") if "selected" in option.attributes
    ]
    assert chosen == ["100", "3"]


def test_a_provider_makes_only_its_own_cards_and_sees_and_cancels_no_others(
    come_as: ComeAs, town: Town, database: Database, keys: Keys, today: date
) -> None:
    assert town.ours.service_id is not None
    with database.write() as db:
        make_batch(
            db,
            keys,
            b"o" * 16,
            town.ours.service_id,
            source=Source.OUTREACH,
            codes=new_card_codes(20, secrets.token_bytes),
            months=12,
            today=today,
        )
        db.commit()
    client = come_as(staff_of(town))
    for source in ("outreach", "agency", "open"):
        assert make(client, town.ours.code, source=source).status_code == 422
    assert "Outreach or peer workers" not in client.get(f"/print/{town.ours.code}").text
    cancel = f"/print/{town.ours.code}/cards/cancel"
    assert client.post(cancel, data={"batch": (b"o" * 16).hex()}).status_code == 404
    made = make(client, town.ours.code)
    assert made.status_code == 200
    sources = sorted(str(row["source"]) for row in stored_rows(database, CardBatch))
    assert sources == [Source.OUTREACH, Source.PROVIDER]


def test_cancelled_cards_open_nothing_and_it_is_logged(
    come_as: ComeAs, town: Town, database: Database
) -> None:
    client = come_as(staff_of(town))
    code = codes_in(make(client, town.ours.code).content)[0]
    [batch] = stored_rows(database, CardBatch)
    assert isinstance(batch["id"], bytes)
    data, path = {"batch": batch["id"].hex()}, f"/print/{town.ours.code}/cards/cancel"
    answer = client.post(path, data=data)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/print/{town.ours.code}#done",
    )
    assert client.get(f"/g/{code}").status_code == 404
    assert client.post(path, data=data).status_code == 404
    with database.read() as db:
        assert list_log(db)[0].what == "cards cancelled"
