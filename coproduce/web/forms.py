"""Reading submitted fields into values and collecting every error at once."""

from dataclasses import dataclass, field
from typing import Final

from coproduce.core.messages import Message, _
from coproduce.core.text import cleaned
from coproduce.web.parsed_request import Fields

SECRET_FIELDS: Final = frozenset({"passphrase", "new_passphrase", "typed_code", "set_up", "sheet"})
"""Fields that open something. No page that sends a form again holds them: they are typed again."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to go on."""

    name: str
    message: Message


@dataclass(slots=True)
class FormReader:
    """Reads fields one by one. ``errors`` holds what was wrong, in the order of reading."""

    form: Fields
    errors: list[FieldError] = field(default_factory=list)

    def text(self, name: str, *, limit: int) -> str:
        """Return the cleaned text of a field; too long is an error, and nothing is cut silently."""
        value = cleaned("\n".join(self.form.get(name, ())), limit=limit + 1)
        if len(value) > limit:
            self.refuse(
                name, _("This is too long. Please use at most %(limit)s signs.", limit=limit)
            )
        return value

    def one(self, name: str, allowed: frozenset[str]) -> str | None:
        """Return the chosen key, or None if nothing was chosen."""
        value = next((v for v in self.form.get(name, ()) if v), None)
        if value is not None and value not in allowed:
            self.refuse(name, _("Please choose one of the answers."))
            return None
        return value

    def many(
        self, name: str, allowed: frozenset[str], *, most: int | None = None
    ) -> tuple[str, ...]:
        """Return the chosen keys without repeats, in the order sent."""
        values = tuple(dict.fromkeys(v for v in self.form.get(name, ()) if v))
        if any(value not in allowed for value in values):
            self.refuse(name, _("Please choose from the list."))
            return ()
        if most is not None and len(values) > most:
            self.refuse(name, _("Please choose at most %(most)s.", most=most))
        return values

    def refuse(self, name: str, message: Message) -> None:
        """Note an error of a field."""
        self.errors.append(FieldError(name, message))
