"""Headers on every response, also on static files and errors. Pure ASGI."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No inline code, nothing from elsewhere, no reports of visits. Source: privacy rule A.5."""

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}

NO_STORE = "no-store"
FOR_A_YEAR = "public, max-age=31536000, immutable"


class Headers:
    """Stamps `HEADERS` on every response; dynamic ones are never stored by a browser."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap an application; ``https`` adds the promise that it is only reached encrypted."""
        self.app = app
        self.fixed = dict(HEADERS)
        if https:
            self.fixed["strict-transport-security"] = "max-age=63072000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.fixed.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", NO_STORE)
            await send(message)

        await self.app(scope, receive, stamped)
