"""What pages keep from one request to the next is the same for everybody."""

import re

from starlette.testclient import TestClient

from coproduce.services.queries import Landing
from tests.factories import posted_form
from tests.html import parse
from tests.needs import on_sqlite

PICKED = {"overall": "poor", "barriers": ["wait", "phone"], "consent": "quote"}
TOKEN = re.compile(r'name="t" value="[^"]+"')


def form_page(client: TestClient, address: str) -> str:
    """The form as the server sends it, without the one number that is fresh each time."""
    return TOKEN.sub("", client.get(address).text)


@on_sqlite
def test_what_one_person_picked_is_not_on_the_page_of_the_next(
    client: TestClient, landing: Landing
) -> None:
    addresses = [f"{prefix}/g/{landing.code}" for prefix in ("", "/en", "/ar")]
    before = [form_page(client, address) for address in addresses]

    shown_again = posted_form(client, landing.code, **PICKED, act="show").text
    checked = {e.get("value") for e in parse(shown_again).all("input") if "checked" in e.attributes}

    assert checked == {"poor", "wait", "phone", "quote"}
    assert [form_page(client, address) for address in addresses] == before


@on_sqlite
def test_a_form_in_another_language_is_in_that_language(
    client: TestClient, landing: Landing
) -> None:
    english, arabic = (client.get(f"/{code}/g/{landing.code}").text for code in ("en", "ar"))
    assert "Very good" in english
    assert "Very good" not in arabic
