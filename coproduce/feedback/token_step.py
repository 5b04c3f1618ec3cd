"""The step before a form is read: whether its page is still good, or a fresh one must be sent."""

import secrets

from coproduce.core.db import Database
from coproduce.core.messages import _
from coproduce.feedback.commands import has_been_sent
from coproduce.feedback.form_token import FormToken, new_form_token
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest


def fresh_token(asked: ParsedRequest) -> str:
    """Return the token of a form that is given out now."""
    return new_form_token(asked.site.keys, asked.today, secrets.token_bytes)


def may_be_sent(database: Database, asked: ParsedRequest, token: FormToken) -> bool:
    """Return True if the form is fresh, or was stored already and is only sent again."""
    if not token.is_expired(asked.today):
        return True
    with database.read() as db:
        return has_been_sent(db, token, asked.site.keys)


def open_too_long() -> FieldError:
    """Return what to say where a form is neither: it comes back with a fresh token."""
    return FieldError("top", _("This page was open for a long time. Please press Send once more."))
