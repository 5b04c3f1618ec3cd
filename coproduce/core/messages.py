"""Text for people as data: marked where it is written, translated where it is shown."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One translatable sentence and the values of its placeholders.

    ``plural`` and ``count`` are set together by `ngettext_`. A value may itself be a Message.
    """

    text: str
    values: tuple[tuple[str, object], ...] = ()
    plural: str | None = None
    count: int = 0


Translate = Callable[[Message], str]


def _(text: str, /, **values: object) -> Message:
    """Mark one sentence for translation; placeholders look like ``%(month)s``."""
    return Message(text, tuple(values.items()))


def ngettext_(singular: str, plural: str, count: int, /, **values: object) -> Message:
    """Mark a sentence that depends on a number; ``%(count)s`` stands for it."""
    return Message(singular, (("count", count), *values.items()), plural, count)


def untranslated(message: Message) -> str:
    """Return the message in the language it was written in; for logs of operators and tests."""
    text = message.plural if message.plural and message.count != 1 else message.text
    values = {
        name: untranslated(value) if isinstance(value, Message) else value
        for name, value in message.values
    }
    return text % values if values else text
