"""Passphrases: how they are read, how strong they are, and what would make them stronger."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

from zxcvbn import zxcvbn

from coproduce.core.messages import Message, _

PASSPHRASE_LIMIT: Final = 100
"""Most signs of a new passphrase. Source: docs/adr/0011-accounts-without-e-mail.md."""

WANTED_SCORE: Final = 3
"""Least strength on zxcvbn's scale from 0 to 4: safe from guessing at a slow hash.

Source: https://github.com/dropbox/zxcvbn, README, "score".
"""

SUGGESTED_WORDS: Final = 5
"""Words of a suggested passphrase: 50 bits. Source: docs/adr/0011-accounts-without-e-mail.md."""

_LOOKED_AT: Final = 72
"""Signs that zxcvbn takes at most; the rest only makes a passphrase stronger."""

_ADVICE: Final = {
    "dictionary": _("Common words, names and passwords are easy to guess."),
    "spatial": _("Keys that lie side by side are easy to guess."),
    "repeat": _("The same signs again and again are easy to guess."),
    "sequence": _("Rows like abc or 123 are easy to guess."),
    "regex": _("Years are easy to guess."),
    "date": _("Dates are easy to guess."),
}
"""What to say about each kind of pattern that zxcvbn finds."""


def read_passphrase(typed: str) -> str:
    """Return the passphrase in what was typed: one Unicode form, single spaces, none around it."""
    return " ".join(unicodedata.normalize("NFKC", typed).split())


def passphrase_faults(passphrase: str, known: Sequence[str]) -> tuple[Message, ...]:
    """Return why a passphrase is not strong enough and how to mend it; nothing if it is.

    Args:
        passphrase: as `read_passphrase` returns it.
        known: words that others know, such as the pseudonym.
    """
    if not passphrase:
        return (_("Please type a passphrase. Four or five words that do not belong together."),)
    if len(passphrase) > PASSPHRASE_LIMIT:
        return (_("This is too long. Please use at most %(limit)s signs.", limit=PASSPHRASE_LIMIT),)
    unknown = _without(passphrase, known)
    weak = _("This can be guessed. Add another word or two that nobody would expect.")
    if not unknown:
        return (weak, _("Others know the name of this site and your name here."))
    found = zxcvbn(unknown[:_LOOKED_AT], max_length=_LOOKED_AT)
    return () if found["score"] >= WANTED_SCORE else (weak, *advice(found["sequence"]))


def _without(passphrase: str, known: Sequence[str]) -> str:
    """Return the passphrase without the words that others know: they make nothing stronger."""
    rest = passphrase.casefold()
    for word in known:
        rest = rest.replace(word.casefold(), " ")
    return " ".join(rest.split())


def advice(patterns: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """Return what to say about the patterns in a passphrase, each thing once."""
    kinds = dict.fromkeys(pattern["pattern"] for pattern in patterns)
    return tuple(_ADVICE[kind] for kind in kinds if kind in _ADVICE)


def suggest_passphrase(words: Sequence[str], pick: Callable[[int], int]) -> str:
    """Return five words at random; ``pick(n)`` gives a fair number below n."""
    return " ".join(words[pick(len(words))] for _word in range(SUGGESTED_WORDS))
