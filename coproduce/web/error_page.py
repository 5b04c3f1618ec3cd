"""The page for everything that did not work. It always shows a way on and keeps what was typed."""

from dataclasses import dataclass
from typing import ClassVar

from coproduce.core.messages import Message
from coproduce.web.replies import Page


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """What went wrong, and how to go on.

    Attributes:
        message: one or two sentences for the person.
        can_send_again: True if the page offers to send the same form again.
    """

    template: ClassVar[str] = "error.html"
    has_secret: ClassVar[bool] = True  # The form to send again may hold a code.

    message: Message
    can_send_again: bool
