"""Small invented worlds for tests: typed plain functions that build on each other."""

import secrets
from collections.abc import Mapping, Sequence
from itertools import count

import httpx2
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from coproduce.core.codes import new_poster_code, read_return_code
from coproduce.core.column_types import ID_BYTES
from coproduce.services.models import (
    Area,
    AreaLevel,
    CodeState,
    LandingCode,
    Provider,
    Service,
    ServiceName,
    ServiceStatus,
)
from coproduce.services.queries import Landing, get_landing
from tests.html import fields_of, parse

_numbers = count(1)

Answers = Mapping[str, str | Sequence[str]]


def make_area(
    db: Session,
    *,
    name: str = "",
    level: AreaLevel = AreaLevel.TOWN,
    parent_id: bytes | None = None,
) -> bytes:
    """Store an area and return its id. It has no landing code yet."""
    area = Area(
        id=secrets.token_bytes(ID_BYTES),
        parent_id=parent_id,
        level=level,
        name=name or f"Town {next(_numbers)}",
    )
    db.add(area)
    db.flush()
    return area.id


def make_provider(db: Session, *, name: str = "") -> bytes:
    """Store a provider and return its id."""
    number = next(_numbers)
    provider = Provider(
        id=secrets.token_bytes(ID_BYTES),
        source_id=f"test:provider-{number}",
        name=name or f"Provider {number}",
    )
    db.add(provider)
    db.flush()
    return provider.id


def make_service(
    db: Session,
    *,
    name: str = "",
    area_id: bytes | None = None,
    provider_id: bytes | None = None,
    kind: str = "drop-in",
    is_listed: bool = True,
    status: ServiceStatus = ServiceStatus.ACTIVE,
    also_called: Sequence[str] = (),
) -> Landing:
    """Store a service with an open landing code, and whatever it needs; return what that opens."""
    number = next(_numbers)
    service = Service(
        id=secrets.token_bytes(ID_BYTES),
        source_id=f"test:service-{number}",
        provider_id=provider_id or make_provider(db),
        area_id=area_id or make_area(db),
        name=name or f"Service {number}",
        kind=kind,
        is_listed=is_listed,
        status=status,
    )
    db.add(service)
    db.flush()
    db.add_all(ServiceName(service_id=service.id, name=name) for name in also_called)
    return get_landing(db, make_landing_code(db, service_id=service.id))


def make_landing_code(
    db: Session,
    *,
    service_id: bytes | None = None,
    area_id: bytes | None = None,
    state: CodeState = CodeState.OPEN,
) -> str:
    """Store a landing code of a service or an area, and return it."""
    code = new_poster_code(secrets.randbelow)
    db.add(LandingCode(code=code, service_id=service_id, area_id=area_id, state=state))
    db.flush()
    return code


def sent_form(client: TestClient, landing_code: str, **answers: str | Sequence[str]) -> str:
    """Fetch a form, fill it in, send it, and return the 16 digits of its receipt.

    ``answers`` are fields of the form, such as ``rating="good"`` or ``better="More evenings"``.
    Text with details in it is sent as it is.
    """
    response = posted_form(client, landing_code, **answers)
    assert response.status_code == 200, response.text
    return code_on(response)


def posted_form(
    client: TestClient, landing_code: str, **answers: str | Sequence[str]
) -> httpx2.Response:
    """Fetch a form, fill it in, send it, and return the answer of the server."""
    form = blank_form(client, landing_code)
    return client.post("/g", data={"act": "as_is", **form, **answers})


def blank_form(client: TestClient, landing_code: str) -> dict[str, list[str]]:
    """Fetch a form and return what it would send if nobody touched it."""
    page = parse(client.get(f"/g/{landing_code}").text)
    return fields_of(next(page.all("form")))


def code_on(response: httpx2.Response) -> str:
    """Return the 16 digits on a receipt."""
    shown = [e.text for e in parse(response.text).all("p") if e.get("class") == "code"]
    assert len(shown) == 1, response.text
    code = read_return_code(shown[0])
    assert code is not None, shown
    return code
