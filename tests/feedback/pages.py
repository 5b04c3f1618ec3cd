"""Reading the pages of somebody who gives feedback, and going from one to the next."""

import secrets
from collections.abc import Sequence
from datetime import date

import httpx2
from starlette.testclient import TestClient

from coproduce.core.db import Database
from coproduce.core.keys import Keys
from coproduce.feedback.settle import settle_feedback
from tests.html import Element, fields_of, parse

EVERYTHING: dict[str, str | Sequence[str]] = {
    "overall": "poor",
    "barriers": ["wait", "hours", "phone"],
    "matters": ["safe", "trust"],
    "accepted": "hardly_ever",
    "helped": ["drop_in"],
    "better": "More evenings.",
    "happened": "I waited.\nThen I left.",
    "consent": "paraphrase",
}

Form = dict[str, str | Sequence[str]]


def form_on(response: httpx2.Response) -> dict[str, list[str]]:
    """What the browser would send from the page if nobody touched it."""
    return fields_of(next(parse(response.text).all("form")))


def without(form: dict[str, list[str]], *names: str) -> dict[str, list[str]]:
    return {name: values for name, values in form.items() if name not in names}


def listed(form: Form) -> dict[str, list[str]]:
    return {
        name: [value] if isinstance(value, str) else list(value) for name, value in form.items()
    }


def texts(response: httpx2.Response, *names: str) -> list[str]:
    return [element.text for element in parse(response.text).all(*names)]


def heading(response: httpx2.Response) -> str:
    return texts(response, "h1")[0]


def shape(page: Element) -> list[str]:
    """Every element of a page in order: words that are only words change none of it."""
    return [element.name for element in page.all()]


def settle(database: Database, keys: Keys, day: date) -> None:
    settle_feedback(database, keys, day, secrets.token_bytes)


def open_code(client: TestClient, code: str, act: str = "look") -> httpx2.Response:
    return client.post("/code", data={"code": code, "act": act})
