"""Languages: which one a visitor gets, and turning messages into it."""

import gettext
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import ClassVar

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from coproduce.core.messages import Message

SOURCE_LANGUAGE = "en"
PSEUDO_LANGUAGE = "en-XA"
"""A made-up language: accented, in brackets, 40 % longer. Shows what is not translated."""

_ACCENTS = str.maketrans("aceinosuyACEINOSUY", "áçéíñóšúýÁÇÉÍÑÓŠÚÝ")
_LONGER = 0.4


class PseudoTranslations(gettext.NullTranslations):
    """Gives back every text accented, lengthened and between brackets."""

    OPEN: ClassVar[str] = "⟦"
    CLOSE: ClassVar[str] = "⟧"

    def gettext(self, message: str) -> str:
        """Return the made-up translation; placeholders and HTML stay as they are."""
        return self._changed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the made-up translation of the form for ``n``."""
        return self._changed(msgid1 if n == 1 else msgid2)

    def _changed(self, message: str) -> str:
        out, depth = [], 0
        parts = message.replace("%(", "\0(").split("\0")
        for index, part in enumerate(parts):
            if index and ")s" in part:
                name, rest = part.split(")s", 1)
                out.append(f"%{name})s")
                part = rest
            for character in part:
                depth += (character == "<") - (character == ">")
                out.append(character if depth else character.translate(_ACCENTS))
        return f"{self.OPEN}{''.join(out)}{'·' * int(len(message) * _LONGER)}{self.CLOSE}"


@dataclass(frozen=True, slots=True)
class Language:
    """One offered language: its code, its own name, its direction and its texts."""

    code: str
    name: str
    direction: str
    locale: Locale
    texts: gettext.NullTranslations

    @property
    def tag(self) -> str:
        """What a document calls it, such as "pt-BR"; a made-up one is called by its letters."""
        return str(self.locale).replace("_", "-")

    def render(self, message: Message) -> str:
        """Return the message in this language, its placeholders filled."""
        if message.plural is not None:
            text = self.texts.ngettext(message.text, message.plural, message.count)
        else:
            text = self.texts.gettext(message.text)
        if not message.values:
            return text
        values = {
            name: self.render(value) if isinstance(value, Message) else value
            for name, value in message.values
        }
        return text % values


@cache
def language(code: str) -> Language:
    """Return the language of a code; texts without a translation stay in English.

    The `.po` file is compiled in memory, once: there is no build step to forget.
    """
    if code == PSEUDO_LANGUAGE:
        return Language(code, "⟦Pšéúdó⟧", "ltr", Locale("en"), PseudoTranslations())
    locale = Locale.parse(code, sep="-")
    return Language(
        code=code,
        name=(locale.get_display_name(locale) or code).capitalize(),
        direction=locale.text_direction,
        locale=locale,
        texts=_texts(code),
    )


def _texts(code: str) -> gettext.NullTranslations:
    path = resources.files("coproduce").joinpath(f"locale/{code}/LC_MESSAGES/messages.po")
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def chosen_language(accept_language: str, offered: Iterable[str]) -> str:
    """Return the offered code a visitor likes best, else the first offered (the deployment's own).

    Source: RFC 9110, section 12.5.4; a range such as ``ar-EG`` is met by ``ar``.
    """
    codes = tuple(offered)
    ranked: list[tuple[float, str]] = []
    for part in accept_language[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), tag.strip().lower()))
        except ValueError:
            continue
    for _quality, tag in sorted(ranked, key=lambda entry: entry[0]):
        for code in codes:
            if tag == code.lower() or tag.split("-")[0] == code.lower():
                return code
    return codes[0]
