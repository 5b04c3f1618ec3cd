"""What a view is told about a request: values, never the request itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from coproduce.core.actor import Actor
from coproduce.web.site import Site

Fields = Mapping[str, tuple[str, ...]]
"""Submitted names and all their values, in the order sent."""


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """One request, reduced to what a view may decide on. No address, no browser, no exact time.

    Attributes:
        site: the instance that is asked.
        actor: who asks; always anonymous on cookie-blind routes.
        url_path: the path asked for, without the language in front.
        prefix: the language in front of the path, such as ``/ar``, or nothing.
        path: values of the placeholders in the path.
        form: submitted fields; empty for GET.
        body: the submitted bytes, to recognise the same form sent twice.
        today: the day by the server's clock, UTC.
        language: language code the reply will be in.
        over_limit: True if this network sent more than the throttle of the route allows.
    """

    site: Site
    actor: Actor
    url_path: str
    prefix: str
    path: Mapping[str, str]
    form: Fields
    body: bytes
    today: date
    language: str
    over_limit: bool = False

    def field(self, name: str) -> str:
        """Return the first value sent under the name, or an empty string."""
        values = self.form.get(name, ())
        return values[0] if values else ""
