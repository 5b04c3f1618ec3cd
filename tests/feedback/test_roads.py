"""Other roads to the form: somebody types for another person; a device that many people use."""

import re
from collections.abc import Sequence

import httpx2
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.feedback.forms import Road, Way, read_road
from coproduce.feedback.models import Inbox, Source
from coproduce.services.models import CodeState
from coproduce.services.queries import Landing
from tests.factories import make_landing_code
from tests.html import Element, fields_of, parse

TELLING = "Ask Dr Smith, 07700 900123."
PLACES = ("", "/ar")


def opened(
    client: TestClient, landing: Landing, way: str, prefix: str = ""
) -> dict[str, list[str]]:
    return form_on(client.get(f"{prefix}/g/{landing.code}/{way}"))


def form_on(response: httpx2.Response) -> dict[str, list[str]]:
    return fields_of(next(parse(response.text).all("form")))


def sent(
    client: TestClient, form: dict[str, list[str]], prefix: str = "", **more: str | Sequence[str]
) -> httpx2.Response:
    return client.post(f"{prefix}/g", data={**form, **more})


def sources(database: Database) -> list[Source]:
    with database.read() as db:
        return list(db.scalars(select(Inbox.source)))


def exits(page: Element) -> list[str]:
    """Return every address a page leads to, apart from places on itself and files of its own."""
    links = [a.get("href") for a in page.all("a")]
    links += [f.get("action") for f in page.all("form")]
    links += [b.get("formaction") for b in page.all("button")]
    metas = [m.get("content") for m in page.all("meta") if m.get("http-equiv") == "refresh"]
    links += [content.partition("url=")[2] for content in metas]
    return [link for link in links if link and not link.startswith("#")]


def kiosk_pages(
    client: TestClient, database: Database, landing: Landing, prefix: str
) -> dict[str, httpx2.Response]:
    """Every page that a shared device can show."""
    form = opened(client, landing, "kiosk", prefix)
    pages = {
        "form": client.get(f"{prefix}/g/{landing.code}/kiosk"),
        "nothing": sent(client, form, prefix),
        "other language": sent(client, form, prefix, act="show", better="More tea."),
        "check": sent(client, form, prefix, better=TELLING),
        "receipt": sent(client, form, prefix, overall="good"),
        "kept": sent(client, form, prefix, act="keep"),
    }
    with database.write() as db:
        closed = make_landing_code(db, service_id=landing.service_id, state=CodeState.CLOSED)
        db.commit()
    return {**pages, "closed": client.get(f"{prefix}/g/{closed}/kiosk")}


# A helper


def test_a_helper_is_told_how_not_to_steer(client: TestClient, landing: Landing) -> None:
    page = client.get(f"/g/{landing.code}/helper").text

    assert "Type their words, not yours." in page
    assert "If you work for this service, ask somebody who does not." in page
    assert "You type for somebody else" not in client.get(f"/g/{landing.code}").text


def test_a_helper_is_told_to_write_the_numbers_down_for_them(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = opened(client, landing, "helper")
    receipt = sent(client, form, overall="good")

    assert "Write these numbers down for them." in receipt.text
    assert sources(database) == [Source.HELPER]
    plain = sent(client, form_on(client.get(f"/g/{landing.code}")), overall="good")
    assert "for them" not in plain.text


def test_that_a_helper_typed_it_is_kept_on_every_page(
    client: TestClient, database: Database, landing: Landing
) -> None:
    form = opened(client, landing, "helper")
    again = form_on(sent(client, form, act="show", better=TELLING))
    checked = form_on(sent(client, again))

    assert again["way"] == checked["way"] == ["helper"]
    sent(client, checked, act="as_is")
    assert sources(database) == [Source.HELPER]


@pytest.mark.parametrize("sent_as", ["", "helpers", "open", "provider", "HELPER"])
def test_a_way_that_is_none_is_the_plain_one(sent_as: str) -> None:
    assert read_road({"way": (sent_as,)}).source is Source.OPEN


# A device that many people use


@pytest.mark.parametrize("prefix", PLACES)
def test_nothing_leads_off_a_shared_device(
    client: TestClient, database: Database, landing: Landing, prefix: str
) -> None:
    for name, response in kiosk_pages(client, database, landing, prefix).items():
        page = parse(response.text)
        leading = [link for link in exits(page) if not re.fullmatch(r"(/\w\w)?/g", link)]
        code = landing.code if name != "closed" else response.url.path.split("/")[-2]
        assert set(leading) == {f"/g/{code}/kiosk"}, name
        first = next(page.all("a", "button", "input", "summary"))
        assert (first.get("id"), first.get("href")) == ("leave", f"/g/{code}/kiosk"), name
        assert [s.get("src").partition(".")[0] for s in page.all("script")] == ["/static/kiosk"]


@pytest.mark.parametrize("prefix", PLACES)
def test_an_error_leads_off_no_shared_device(
    client: TestClient, landing: Landing, prefix: str
) -> None:
    form = opened(client, landing, "kiosk", prefix)
    pages = [
        client.get(f"{prefix}/g/ZZZZZZ/kiosk"),
        sent(client, form, prefix, k="ZZZZZZ", better="More tea."),
    ]
    for response in pages:
        page = parse(response.text)
        assert response.status_code == 404
        assert {link for link in exits(page) if not link.endswith("/g")} == {"/g/ZZZZZZ/kiosk"}
        assert [d.get("id") for d in page.all("dialog")] == ["still"]
    assert "More tea." in pages[1].text
    assert 'href="/find"' not in pages[1].text


def test_the_help_lines_stay_on_a_shared_device(
    client: TestClient, database: Database, landing: Landing
) -> None:
    pages = kiosk_pages(client, database, landing, "")
    assert "116 123" in pages["form"].text
    assert "116 123" in pages["receipt"].text


def test_the_receipt_clears_itself_unless_the_person_keeps_it(
    client: TestClient, landing: Landing
) -> None:
    form = opened(client, landing, "kiosk")
    receipt = sent(client, form, better="More tea.", overall="good")
    button = form_on(receipt)
    kept = sent(client, button, act="keep")

    [refresh] = [m for m in parse(receipt.text).all("meta") if m.get("http-equiv")]
    assert refresh.inside("noscript")
    assert refresh.get("content") == f"120;url=/g/{landing.code}/kiosk"
    assert button.keys() == {"t", "k", "way"}, "Nothing that was typed stands in the page."
    assert numbers_on(kept) == numbers_on(receipt)
    assert "http-equiv" not in kept.text


def test_a_token_that_was_never_sent_shows_no_numbers(client: TestClient, landing: Landing) -> None:
    form = opened(client, landing, "kiosk")

    assert 'class="code"' not in sent(client, form, act="keep").text
    assert 'class="code"' not in sent(client, {**form, "t": ["made up"]}, act="keep").text


def test_only_a_shared_device_shows_numbers_without_the_form(
    client: TestClient, landing: Landing
) -> None:
    form = form_on(client.get(f"/g/{landing.code}"))
    sent(client, form, overall="good")

    assert sent(client, form, act="keep").status_code == 422


def test_each_person_at_a_shared_device_gets_another_form_and_counts_as_open(
    client: TestClient, database: Database, landing: Landing
) -> None:
    first, second = opened(client, landing, "kiosk"), opened(client, landing, "kiosk")
    codes = {numbers_on(sent(client, form, overall="good")) for form in (first, second)}

    assert first["t"] != second["t"]
    assert len(codes) == 2
    assert sources(database) == [Source.OPEN, Source.OPEN]


def test_a_new_form_on_a_shared_device_holds_nothing_of_the_last_person(
    client: TestClient, landing: Landing
) -> None:
    form = opened(client, landing, "kiosk")
    sent(client, form, better=TELLING)
    sent(client, form, better="More tea.", overall="poor", act="as_is")
    page = client.get(f"/g/{landing.code}/kiosk")

    blank = form_on(page)
    assert blank.pop("t") != form["t"]
    assert blank == {"k": [landing.code], "way": ["kiosk"], "better": [""], "happened": [""]}
    assert 'autocomplete="off"' in page.text
    assert page.headers["cache-control"] == "no-store"


def test_where_a_shared_device_starts_again_is_the_same_in_every_language() -> None:
    assert Road(Way.KIOSK, code="7KQ2MD").start_again == "/g/7KQ2MD/kiosk"
    assert Road(Way.HELPER, code="7KQ2MD").start_again == ""
    assert Road(Way.KIOSK).start_again == ""


# A link to pass on


def test_a_link_to_pass_on_tells_no_name(client: TestClient, landing: Landing) -> None:
    """Who sees the link, its title or a preview of it must not learn of which service it is."""
    shown = parse(client.get(f"/g/{landing.code}/helper").text)
    [said] = [p.text for p in shown.all("p") if "Pass this on." in p.text]
    address = said.rpartition(" ")[2]
    page = parse(client.get(address.removeprefix("feedback.example")).text)

    assert re.fullmatch(r"feedback\.example/g/[A-Z0-9]{6}", address)
    assert address.endswith(landing.code)
    assert [title.text for title in page.all("title")] == ["Feedback"]
    told = [f"{m.get('property')}{m.get('name')}{m.get('content')}" for m in page.all("meta")]
    assert not [words for words in told if words.startswith(("og:", "twitter:", "description"))]
    head = next(page.all("head"))
    assert landing.name not in head.text
    assert landing.name not in " ".join(told)


def numbers_on(response: httpx2.Response) -> str:
    page = parse(response.text)
    return next(p.text for p in page.all("p") if p.get("class") == "code")
