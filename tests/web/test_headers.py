import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from coproduce.web.headers import HEADERS, NO_STORE, Headers

Sent = list[Message]


def answered(headers: dict[str, str], *, https: bool) -> dict[str, str]:
    """Return the headers of an application that sets these, as a browser would get them."""
    sent: Sent = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await Headers(app, https=https)({"type": "http"}, receive, send)

    anyio.run(ask)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_every_answer_gets_the_fixed_headers_and_is_not_kept() -> None:
    assert answered({}, https=False) == {**HEADERS, "cache-control": NO_STORE}


def test_only_an_encrypted_site_promises_to_stay_so() -> None:
    assert "strict-transport-security" in answered({}, https=True)
    assert "strict-transport-security" not in answered({}, https=False)


@pytest.mark.parametrize("name", ["cache-control", "referrer-policy"])
def test_what_the_application_set_itself_stays(name: str) -> None:
    assert answered({name: "its own"}, https=False)[name] == "its own"


def test_the_life_of_the_application_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is sent here")

    async def begin() -> None:
        await Headers(app, https=True)({"type": "lifespan"}, receive, send)

    anyio.run(begin)
    assert seen == ["lifespan"]
