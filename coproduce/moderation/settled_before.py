"""The page for somebody who comes second: nothing was changed, and this is what happened."""

from dataclasses import dataclass
from typing import ClassVar

from coproduce.core.messages import Message
from coproduce.web.replies import Page


@dataclass(frozen=True, kw_only=True)
class SettledBeforePage(Page):
    """What happened before, and where to go on."""

    template: ClassVar[str] = "moderation/settled_before.html"

    message: Message
    back: str
