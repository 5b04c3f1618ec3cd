"""What a view is told about a request: values, never the request itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from coproduce.core.actor import Actor
from coproduce.web.sign_in_cookie import SignInCookie
from coproduce.web.site import Site

Fields = Mapping[str, tuple[str, ...]]
"""Submitted names and all their values, in the order sent."""


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """One request, reduced to what a view may decide on. No address and no browser.

    Attributes:
        site: the instance that is asked.
        actor: who asks; always anonymous on cookie-blind routes.
        method: GET or POST.
        url_path: the path asked for, without the language in front.
        prefix: the language in front of the path, such as ``/ar``, or nothing.
        path: values of the placeholders in the path.
        form: submitted fields; empty for GET.
        body: the submitted bytes, to recognise the same form sent twice.
        today: the day by the server's clock, UTC.
        language: language code the reply will be in.
        over_limit: True if this network sent more than the throttle of the route allows.
        over_store_limit: the same for what this request may store.
        now: the instant, for second factors and breaks; None on cookie-blind routes, so that
            nothing a participant does can be timed.
        cookie: what the cookie held, also of a sign-in that is over; None on cookie-blind routes.
        wants_block: True if a script on the page asks for the part of it that changes.
    """

    site: Site
    actor: Actor
    method: str
    url_path: str
    prefix: str
    path: Mapping[str, str]
    form: Fields
    body: bytes
    today: date
    language: str
    over_limit: bool = False
    over_store_limit: bool = False
    now: datetime | None = None
    cookie: SignInCookie | None = None
    wants_block: bool = False

    def moment(self) -> datetime:
        """Return the instant of the request.

        Raises:
            RuntimeError: on a cookie-blind route, which is told the day only.
        """
        if self.now is None:
            raise RuntimeError("a cookie-blind route asked for the time")
        return self.now

    def field(self, name: str) -> str:
        """Return the first value sent under the name, or an empty string."""
        values = self.form.get(name, ())
        return values[0] if values else ""
