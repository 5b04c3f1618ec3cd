"""What the product is held against: the same page and the same rows, and nothing else.

No languages, no check of what was typed, no error pages, no headers, no second try: what somebody
would write in an afternoon with Starlette, Jinja and SQLAlchemy.
"""

import hashlib
import hmac
import json
import secrets
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import brotli
from jinja2 import Environment, FileSystemLoader
from nacl.public import PublicKey, SealedBox
from nacl.secret import SecretBox
from sqlalchemy import insert, select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from coproduce.core.db import Base, Database
from coproduce.core.keys import Keys
from coproduce.feedback.framework import load_framework
from coproduce.feedback.models import Consent, Screen, Source
from coproduce.services.models import CodeState, LandingCode, Service

SEALED_BYTES = 512
NONCE_DIGITS = 32

_landing = (
    select(Service.id, Service.name)
    .join(LandingCode, LandingCode.service_id == Service.id)
    .where(LandingCode.state == CodeState.OPEN)
)
_tables = Base.metadata.tables
_inbox, _used_form = _tables["inbox"], _tables["used_form"]


def bare_app(database: Database, keys: Keys) -> Starlette:
    """Return an application with a form at /g/CODE that is sent to /g."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
    )
    form, receipt = templates.get_template("form.html"), templates.get_template("receipt.html")
    writing = database.engine.execution_options(coproduce_begin="BEGIN IMMEDIATE")
    writer = threading.Lock() if database.is_sqlite else nullcontext()

    def landing(code: str) -> Any:
        with database.engine.connect() as connection:
            return connection.execute(_landing.where(LandingCode.code == code)).one()

    def show(request: Request) -> Response:
        code = request.path_params["code"]
        html = form.render(
            name=landing(code).name,
            code=code,
            token=new_token(keys),
            questions=load_framework().questions,
        )
        headers = {"content-encoding": "br", "cache-control": "no-store"}
        return HTMLResponse(brotli.compress(html.encode(), quality=5), headers=headers)

    async def send(request: Request) -> Response:
        return await run_in_threadpool(store, await request.body())

    def store(body: bytes) -> Response:
        fields = parse_qs(body.decode())
        token = fields.pop("t")[0]
        nonce = token[:NONCE_DIGITS]
        if not hmac.compare_digest(token[NONCE_DIGITS:], _digest(keys.form, nonce)):
            return Response(status_code=400)
        service = landing(fields.pop("k")[0])
        words = json.dumps({name: fields.pop(name, [""])[0] for name in ("better", "happened")})
        consent = fields.pop("consent")[0]
        used, waiting = _rows(keys, nonce, service.id, words, consent, fields)
        with writer, writing.begin() as connection:
            connection.execute(insert(_used_form), used)
            connection.execute(insert(_inbox), waiting)
        return HTMLResponse(receipt.render(code=_code(keys, nonce)))

    return Starlette(routes=[Route("/g/{code}", show), Route("/g", send, methods=["POST"])])


def new_token(keys: Keys) -> str:
    """Return a fresh token: a random number and proof that it was given out here."""
    nonce = secrets.token_hex(NONCE_DIGITS // 2)
    return nonce + _digest(keys.form, nonce)


def _rows(
    keys: Keys,
    nonce: str,
    service_id: bytes,
    words: str,
    consent: str,
    answers: dict[str, list[str]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    today = datetime.now(UTC).date()  # noqa: TID251 - the clock of a bare application
    form_tag = _tag(keys.once, nonce)
    used = {"form_tag": form_tag, "body_tag": _tag(keys.body, words), "day": today}
    waiting = {
        "form_tag": form_tag,
        "code_tag": _tag(keys.quick_code, _code(keys, nonce)),
        "sealed_nonce": bytes(SecretBox(keys.nonce).encrypt(nonce[:16].encode())),
        "received_day": today,
        "period": f"{today.year}-Q{(today.month + 2) // 3}",
        "service_id": service_id,
        "area_id": None,
        "framework": "2026-1",
        "answers": answers,
        "source": Source.OPEN,
        "screen": Screen.CLEAR,
        "text_box": SealedBox(PublicKey(keys.recovery_public)).encrypt(
            words.encode().ljust(SEALED_BYTES)
        ),
        "consent": Consent(consent),
        "language": "en",
        "flags": "",
        "is_text_settled": False,
    }
    return used, waiting


def _code(keys: Keys, nonce: str) -> str:
    return str(int(_digest(keys.code, nonce), 16) % 10**16).zfill(16)


def _digest(key: bytes, content: str) -> str:
    return hmac.digest(key, content.encode(), "sha256").hex()


def _tag(key: bytes, content: str) -> bytes:
    return hashlib.blake2b(content.encode(), key=key, digest_size=16).digest()
