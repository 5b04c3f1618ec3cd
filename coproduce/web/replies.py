"""What a view may answer with. A page is a value; the edge turns it into HTML."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from coproduce.web.sign_in_cookie import SignInChange


@dataclass(frozen=True, kw_only=True)
class Page:
    """Base of all pages. A subclass names its template and carries what the template shows.

    Class attributes:
        template: path below `templates/`.
        has_secret: True if the page shows a code or a secret; it is then never compressed, so that
            its size cannot be used to guess the secret (BREACH).
        size_step: the body is padded to a multiple of this many bytes; 0 for none.
        block: the part of the template that a script may ask for alone; "" for none.

    ``sign_in`` starts or ends a sign-in together with the page. ``stored_something_new`` tells the
    limit of a route that this request counts, where looking and sending again do not.
    """

    template: ClassVar[str]
    has_secret: ClassVar[bool] = False
    size_step: ClassVar[int] = 0
    block: ClassVar[str] = ""

    status: int = 200
    sign_in: SignInChange | None = None
    stored_something_new: bool = False


@dataclass(frozen=True, slots=True)
class SeeOther:
    """Go and get another page (303). The address carries no secret."""

    location: str
    status: int = 303
    sign_in: SignInChange | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep. ``make`` runs after the database was let go."""

    filename: str
    media_type: str
    make: Callable[[], bytes]
    status: int = 200
    inline: bool = False

    def disposition(self) -> str:
        """Return the header value; the name is reduced to letters, digits, dot and dash."""
        safe = re.sub(r"[^A-Za-z0-9.-]+", "-", self.filename).strip("-.") or "file"
        return f'{"inline" if self.inline else "attachment"}; filename="{safe}"'


Reply = Page | SeeOther | Download
