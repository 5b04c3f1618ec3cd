"""What can go wrong on purpose: words for the person and a status for the edge."""

from coproduce.core.messages import Message, _


class Failure(Exception):
    """Something a person can be told about, with a way on."""

    status = 400

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


class NotFound(Failure):
    """The thing is not there, or this person may not know that it is."""

    status = 404

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or _("This page is not here. It may have moved or closed."))


class Forbidden(Failure):
    """The person may not do this."""

    status = 403

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or _("You cannot open this page."))


class Conflict(Failure):
    """What was asked does not fit what has happened meanwhile."""

    status = 409


class RuleBroken(Failure):
    """What was asked is understood, but not allowed as it stands."""

    status = 422


class Unavailable(Failure):
    """Nothing was stored; trying again later helps."""

    status = 503

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or _("We cannot save anything right now. Please try again later."))


class OperatorError(Exception):
    """A mistake in the set-up, with the mend in its text. Shown in the shell, never on a page."""
