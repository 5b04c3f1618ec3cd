"""Words of a directory file as plain text, without HTML, damaged letters and contact details."""

import html
import re
from urllib.parse import urlsplit

from coproduce.core.text import cleaned

RAW_LIMIT = 6_000
"""Characters looked at in one value; bounds the work on a value that was made to be slow."""

LOST_LETTER = "\ufffd"
"""What stands in a text where an earlier conversion lost a letter."""

PLACEHOLDERS = frozenset(
    {
        *("n/a", "na", "nil", "none", "null", "undefined", "unknown", "tba", "tbc", "xxx"),
        *("not applicable", "not available", "not known", "to be confirmed", "to follow"),
    }
)
"""What people type into a field that must not stay empty."""

# Read in one pass: the parser of the standard library takes a second for 10,000 characters of
# unclosed tags, and gives up on some declarations.
_TAG = re.compile(r"<(/?)([a-zA-Z!?][a-zA-Z0-9]*)[^<>]*>")
_NEW_LINE_TAGS = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "hr", "li", "ol"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "section", "table", "tr", "ul"),
    }
)
_SILENT_TAGS = frozenset({"head", "script", "style", "template"})

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}|\(?0)(?:[\s()-]{0,2}\d){8,12}(?!\d)")

_DAMAGE = re.compile("Ã|Â|â[\u0080-\u00ff€‚]")


def text_of(value: object, *, limit: int) -> str:
    """Return what a value says in one line, at most ``limit`` characters; empty if it says nothing.

    Numbers are taken as written; lists, objects, yes and no say nothing.
    """
    # Four characters of HTML or spaces to each that is kept are plenty.
    return _cut(" ".join(_plain(value, at_most=4 * limit).split()), limit=limit)


def long_text_of(value: object, *, limit: int) -> str:
    """Return what a value says with its line breaks, without telephone numbers and addresses.

    They are often a person's own, and the service's website has those of the service.
    """
    text = _EMAIL.sub("[e-mail]", _plain(value, at_most=RAW_LIMIT))
    text = _PHONE.sub("[phone]", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return _cut(re.sub(r"\n{3,}", "\n\n", text).strip(), limit=limit)


def website_of(value: object, *, limit: int) -> str:
    """Return a web address that is safe to link to, or nothing."""
    address = text_of(value, limit=limit)
    if address.startswith("www."):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and "." in parts.netloc and "@" not in parts.netloc
    return address if is_web and len(address) < limit and " " not in address else ""


def _plain(value: object, *, at_most: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = _mended(_without_html(str(value)[: min(at_most, RAW_LIMIT)]))
    text = cleaned(text, limit=RAW_LIMIT)
    says_something = any(c.isalnum() for c in text) and text.casefold() not in PLACEHOLDERS
    return text if says_something or LOST_LETTER in text else ""


def _cut(text: str, *, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(None, 1)[0] + "…"


def _mended(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252, if that is what happened to the whole text."""
    if not _DAMAGE.search(text):
        return text
    try:
        return b"".join(_as_byte(character) for character in text).decode("utf-8")
    except UnicodeError:
        return text


def _as_byte(character: str) -> bytes:
    # Windows-1252 leaves five bytes without a letter; they come through as control characters.
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def _without_comments(text: str) -> str:
    if "<!--" not in text:
        return text
    return "".join(part.partition("<!--")[0] for part in text.split("-->"))


def _without_html(text: str) -> str:
    """Return the words between the tags; what is set apart on a page starts a new line."""
    words, *tagged = _TAG.split(_without_comments(text))
    if not tagged:
        return html.unescape(words)
    parts = [words.replace("\n", " ")]
    silent = 0
    for end, name, following in zip(*[iter(tagged)] * 3, strict=True):
        tag = name.casefold()
        if tag in _SILENT_TAGS:
            silent = max(0, silent + (-1 if end else 1))
        if tag in _NEW_LINE_TAGS:
            parts.append("\n- " if tag == "li" and not end else "\n")
        elif tag in {"td", "th"}:
            parts.append(" ")
        if not silent:
            parts.append(following.replace("\n", " "))
    return html.unescape("".join(parts))
