"""The pages on which people sign in, join, and look after their account."""

from dataclasses import dataclass
from typing import ClassVar

from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.replies import Page


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """Pseudonym and passphrase. ``kept`` is what somebody wanted to do, sealed for them."""

    template: ClassVar[str] = "accounts/sign_in.html"
    has_secret: ClassVar[bool] = True

    kept: str = ""


def ask_to_sign_in(_asked: ParsedRequest) -> Page:
    """Return the sign-in page for somebody who is not signed in, or not any more."""
    return SignInPage(status=401)
