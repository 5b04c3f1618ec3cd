"""A deadline for the head of a request, which uvicorn has not: a held socket is let go."""

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take, for a slow network but not for a held socket.

Source: fault F13 (docs/threat-model.md).
"""


class HeadDeadline(H11Protocol):
    """uvicorn's connection, closed if a request has not told its whole head in time.

    Idle connections, half heads and heads that come byte by byte end alike. Between two requests
    on one connection uvicorn's own, shorter limit holds until the first byte comes.
    """

    head_seconds: ClassVar[float] = HEAD_SECONDS

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock with the connection; uvicorn narrows the type of it in the same way."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came, and stop the clock once the head is whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock with the connection."""
        super().connection_lost(exc)
        self._stop()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
