"""Finding addresses of mail, of pages and in networks, in free text. Every rule is linear."""

import re
from collections.abc import Iterator

from coproduce.core.written_forms import Form, find_forms

_TOP = "(?:co|org|ac|nhs|gov|me)\\.uk|com|org|net|uk|eu|ie|fr|de|pl|ro|io"
_MAIL_HOST = "gmail|googlemail|hotmail|outlook|yahoo|icloud|live|aol|proton(?:mail)?|btinternet"
_NETWORK = (
    "insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|whats ?app|twitter|tik ?tok|facebook|fb"
    "|only ?fans|kik|discord"
)
_NETWORK_SIGNS = (
    *("insta", "ig", "snap", "telegram", "tg", "whats", "twitter", "tik", "facebook", "fb"),
    *("fans", "kik", "discord"),
)

_MIDDLES: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<=[\w.+-])@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b"),
    # An address written so that machines do not see it: "at" and "dot".
    re.compile(
        rf" ?(?:[(\[{{]at[)\]}}]|(?<= )at\b|@) ?"
        rf"(?:(?:{_MAIL_HOST})\b(?: ?(?:\.|[(\[{{]?dot[)\]}}]?) ?(?:{_TOP})\b)?"
        rf"|(?<=[)\]}}@ ])(?<! at )[\w-]{{2,63}}(?:\.[\w-]{{2,63}}){{0,2}}\.(?:{_TOP})\b"
        rf"|[\w-]{{2,63}} ?[(\[{{]?\bdot\b[)\]}}]? ?(?:{_TOP}|co|ac)\b(?: dot uk\b)?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<=[a-z0-9-])\.(?:(?:{_TOP})\b(?:/\S{{1,200}})?"
        r"|(?:me|ee|gg|ly|tv|link|page|bio)/\S{1,200})",
        re.IGNORECASE,
    ),
)
"""The later part of an address; what stands before it is looked up to the left, once."""

_LONGEST_START = 64
"""Signs of an address before its "@". Source: RFC 5321, 4.5.3.1.1."""

_FORMS = (
    Form(
        re.compile(r"\b(?:https?://|www\.)\S{1,200}", re.IGNORECASE),
        needs=("http", "www."),
    ),
    Form(
        re.compile(r"(?<![\w@])@\w[\w.]{2,30}\b"),
        needs=("@",),
    ),
    Form(
        re.compile(
            rf"\b(?:{_NETWORK})(?: name| handle| user(?:name)?| is| me)? ?[:=] ?[\w.@-]{{3,40}}",
            re.IGNORECASE,
        ),
        needs=_NETWORK_SIGNS,
    ),
    Form(
        re.compile(
            rf"\b(?:{_NETWORK})(?: name| handle| user(?:name)?| is| on| me| at){{0,3}} "
            r"([^\W\d]{0,30}[\d_.][\w.]{1,30})\b",
            re.IGNORECASE,
        ),
        needs=_NETWORK_SIGNS,
    ),
)


def find_contacts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something stands by which a person or a page can be reached.

    Telephone numbers are `number_rules`.
    """
    yield from find_forms(text, _FORMS)
    yield from _addresses(text)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses of mail and of pages. No sign is looked at twice on the way to the left."""
    for pattern in _MIDDLES:
        done = 0
        for match in pattern.finditer(text):
            start = match.start()
            furthest = max(done, start - _LONGEST_START)
            while start > furthest and (text[start - 1].isalnum() or text[start - 1] in "_.+-"):
                start -= 1
            done = match.end()
            if start < match.start():
                yield start, done
