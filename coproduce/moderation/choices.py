"""What a moderator chooses from, in words: uses, directions, levels, seriousness, reasons."""

from collections.abc import Mapping

from coproduce.core.messages import Message, _
from coproduce.feedback.moderated_words import (
    Consent,
    Direction,
    Level,
    Reason,
    Signpost,
    TextUse,
)

CONSENTS: Mapping[Consent, Message] = {
    Consent.COUNT_ONLY: _("Its writer said: just count it. No words leave."),
    Consent.PARAPHRASE: _("Its writer said: you may say it in other words."),
    Consent.QUOTE: _("Its writer said: you may show my words, with names taken out."),
}

USES: Mapping[TextUse, Message] = {
    TextUse.PARAPHRASE: _("In other words: one to three plain sentences of your own"),
    TextUse.QUOTE: _("Their own words, made safe. A second person reads them too"),
    TextUse.THEMES: _("Themes only. No words leave"),
}
"""In the order shown; the first that the writer allowed is chosen."""

DIRECTIONS: Mapping[Direction, Message] = {
    Direction.DOES_NOT: _("does not work"),
    Direction.WORKS: _("works"),
    Direction.MIXED: _("both"),
    Direction.IDEA: _("an idea"),
}

LEVELS: Mapping[Level, Message] = {
    Level.SERVICE: _("how the service does it"),
    Level.PERSON: _("one person there"),
    Level.SYSTEM: _("more than this service"),
}

SERIOUSNESS: tuple[Message, ...] = (
    _("0: nothing to mend"),
    _("1: it could be better"),
    _("2: it upset somebody, or put them off"),
    _("3: somebody was kept out of care, or their dignity or safety was harmed"),
    _("4: serious harm, or a risk of it"),
)
"""One line for each step, 0 to 4. Never published. Source: docs/coding.md."""

REASONS: Mapping[Reason, Message] = {
    Reason.NO_CONTENT: _("It says nothing that can be counted"),
    Reason.NOT_ABOUT_SERVICE: _("It is not about a service"),
    Reason.TOO_IDENTIFYING: _("It cannot be made safe"),
    Reason.ABOUT_SOMEONE_ELSE: _("It is about somebody else's life"),
    Reason.ABUSE: _("It is abuse and nothing else"),
    Reason.ADVERTISING: _("It is advertising"),
}

SIGNPOSTS: Mapping[Signpost, Message] = {
    Signpost.SOMEONE_TO_TALK_TO: _("Who to talk to"),
    Signpost.NOT_SAFE_NOW: _("What to do if not safe now"),
    Signpost.COMPLAINT: _("How to complain"),
    Signpost.RIGHTS: _("What the rights are"),
    Signpost.OTHER_SERVICE: _("Where else to find help"),
    Signpost.THANK_YOU: _("Thank you"),
}
"""Fixed messages that the code page shows; these are their names for moderators."""
