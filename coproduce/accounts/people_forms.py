"""Reading the forms about people: which role, for which provider or area, until when."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from coproduce.accounts.queries import Reaches
from coproduce.core.actor import Grant
from coproduce.core.keys import Keys
from coproduce.core.messages import Message, _
from coproduce.core.permissions import Role, Scope
from coproduce.core.text import cleaned, folded
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields, ParsedRequest

LISTED_BELOW: Final = 50
"""Providers, or areas, that one list to choose from still holds; with more, people search.

Source: docs/operating.md, "People".
"""

FOUND_AT_MOST: Final = 20
"""What a search shows; with more it asks for another word."""

EVERYWHERE: Final = "everywhere"
_WORDS_LIMIT: Final = 200
_TYPED_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One provider or area to choose: the value sent, and its name."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class ReachField:
    """Choosing a provider or an area: from a list, or after a search if there are many.

    Attributes:
        choices: the whole list, or what the words found.
        chosen: the value that is chosen.
        words: what was searched for.
        is_searched: True if the directory is too long for one list.
        has_more: True if the words fit more than is shown.
    """

    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    words: str = ""
    is_searched: bool = False
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class RoleForm:
    """The form that gives a role, with what was typed and what was wrong.

    ``once`` makes the form itself: sent twice, it is the same form.
    """

    once: str
    provider: ReachField
    area: ReachField
    role: str = ""
    last_day: str = ""
    errors: list[FieldError] = field(default_factory=list)

    @property
    def wrong(self) -> dict[str, Message]:
        """Return the errors by field."""
        return {error.name: error.message for error in self.errors}


@dataclass(frozen=True, slots=True)
class ReadRole:
    """A role to give, without errors."""

    grant: Grant
    last_day: date | None


def empty_role_form(reaches: Reaches, once: str) -> RoleForm:
    """Return the form before anything was typed."""
    return typed_role_form({}, reaches, once)


def typed_role_form(form: Fields, reaches: Reaches, once: str) -> RoleForm:
    """Return the form with everything that was typed, and with what a search found."""
    return RoleForm(
        once=once,
        provider=_reach_field(form, "provider", reaches.providers),
        area=_reach_field(form, "area", reaches.areas),
        role=_typed(form, "role"),
        last_day=_typed(form, "last_day"),
    )


def read_role_form(form: Fields, reaches: Reaches, once: str, today: date) -> RoleForm | ReadRole:
    """Return the role to give, or the form with every error at once."""
    shown = typed_role_form(form, reaches, once)
    reader = FormReader(form)
    role = reader.one("role", frozenset(Role))
    grant = Grant(Role(role)) if role else None
    if grant is None and not reader.errors:
        reader.refuse("role", _("Please choose a role."))
    elif grant and grant.role is Role.PROVIDER_STAFF:
        provider_id = _chosen_id(form, "provider", shown.provider, reaches.providers)
        grant = Grant(grant.role, Scope.PROVIDER, provider_id)
        if provider_id is None:
            reader.refuse("provider", _not_chosen(shown.provider))
    elif grant and grant.role is Role.COMMISSIONER and shown.area.chosen != EVERYWHERE:
        area_id = _chosen_id(form, "area", shown.area, reaches.areas)
        grant = Grant(grant.role, Scope.AREA, area_id)
        if area_id is None:
            reader.refuse("area", _not_chosen(shown.area))
    last_day = read_day(reader, "last_day", today)
    if reader.errors or grant is None:
        shown.errors.extend(reader.errors)
        return shown
    return ReadRole(grant, last_day)


def read_day(reader: FormReader, name: str, today: date) -> date | None:
    """Return the day of a field, or None if it is empty; a day that is over is an error."""
    typed = reader.text(name, limit=_WORDS_LIMIT)
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        reader.refuse(name, _("Please write the day like this: 2027-03-31."))
        return None
    if day < today:
        reader.refuse(name, _("This day is over. Please choose a later one, or leave it empty."))
    return day


def chance_of_form(keys: Keys, asked: ParsedRequest, fresh: bytes) -> bytes:
    """Return random bytes that belong to one form and what was typed into it.

    The same form sent twice gives the same bytes, so it makes one code. Only the server can make
    them. A form without its own number gives fresh ones.
    """
    if not asked.field("once"):
        return fresh
    content = asked.actor.own_id() + asked.url_path.encode() + b"\0" + asked.body
    return hashlib.blake2b(content, key=keys.secret_for("forms about people")).digest()


def _typed(form: Fields, name: str) -> str:
    return cleaned("\n".join(form.get(name, ())), limit=_TYPED_LIMIT)


def _reach_field(form: Fields, name: str, names: Mapping[bytes, str]) -> ReachField:
    """Return the field as it is shown. What was chosen counts only as long as it is in sight."""
    chosen, words = _typed(form, name), _typed(form, f"{name}_words")
    if len(names) < LISTED_BELOW:
        choices = _choices(names.items())
        return ReachField(choices, _in_sight(chosen, choices), words)
    wanted = folded(words).split()
    found = [
        (key, named)
        for key, named in names.items()
        if wanted and all(word in folded(named) for word in wanted)
    ]
    exact = [(key, named) for key, named in found if folded(named) == folded(words)]
    # A whole name comes first, or its longer namesakes would push it out of sight.
    choices = _choices([*exact, *(one for one in found if one not in exact)][:FOUND_AT_MOST])
    chosen = _in_sight(chosen, choices)
    if not chosen and (len(exact) == 1 or len(choices) == 1):
        chosen = choices[0].value
    has_more = len(found) > FOUND_AT_MOST
    return ReachField(choices, chosen, words, is_searched=True, has_more=has_more)


def _in_sight(chosen: str, choices: tuple[Choice, ...]) -> str:
    is_there = chosen == EVERYWHERE or any(choice.value == chosen for choice in choices)
    return chosen if is_there else ""


def _choices(named: Iterable[tuple[bytes, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(key.hex(), name) for key, name in named)


def _chosen_id(
    form: Fields, name: str, shown: ReachField, names: Mapping[bytes, str]
) -> bytes | None:
    """Return the provider or area that was chosen: in the list, or by its whole name."""
    key = next((key for key in names if key.hex() == shown.chosen), None)
    if key is None:
        return None
    is_seen = _typed(form, name) == shown.chosen or folded(names[key]) == folded(shown.words)
    return key if is_seen else None


def _not_chosen(shown: ReachField) -> Message:
    if shown.is_searched and not shown.words:
        return _("Please type a name, press “Find”, and choose one.")
    if shown.is_searched and not shown.choices:
        return _("Nothing has this name. Please try fewer words.")
    return _("Please choose one from the list.")
