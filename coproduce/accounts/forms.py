"""Reading what people type to sign in, to join, and to look after their account."""

from dataclasses import dataclass

from coproduce.accounts.passphrases import PASSPHRASE_LIMIT, passphrase_faults, read_passphrase
from coproduce.accounts.pseudonyms import folded_pseudonym, is_of_our_words
from coproduce.core.messages import _
from coproduce.core.text import cleaned
from coproduce.web.forms import FieldError
from coproduce.web.parsed_request import ParsedRequest

TYPED_LIMIT = 200
"""Most signs of a short field that are looked at or shown again."""


@dataclass(frozen=True, slots=True, repr=False)
class TypedSignIn:
    """A pseudonym and a passphrase as they were typed."""

    pseudonym: str
    passphrase: str
    errors: list[FieldError]


def read_sign_in(asked: ParsedRequest) -> TypedSignIn:
    """Return what was typed to sign in, and which field is empty."""
    pseudonym, passphrase = typed(asked, "pseudonym"), read_passphrase(asked.field("passphrase"))
    errors = []
    if not folded_pseudonym(pseudonym):
        errors.append(FieldError("pseudonym", _("Please type your name here: two words.")))
    if not passphrase:
        errors.append(FieldError("passphrase", _("Please type your passphrase.")))
    return TypedSignIn(pseudonym, passphrase, errors)


@dataclass(frozen=True, slots=True, repr=False)
class TypedJoin:
    """A chosen pseudonym and a new passphrase."""

    pseudonym: str
    passphrase: str
    errors: list[FieldError]


def read_join(asked: ParsedRequest) -> TypedJoin:
    """Return what was chosen to join, with everything that stands in the way."""
    chosen = folded_pseudonym(asked.field("pseudonym"))
    errors = []
    if not is_of_our_words(chosen):
        errors.append(FieldError("pseudonyms", _("Please choose one of these names.")))
    passphrase, faults = read_new_passphrase(asked, chosen)
    return TypedJoin(chosen, passphrase, errors + faults)


def read_new_passphrase(asked: ParsedRequest, pseudonym: str) -> tuple[str, list[FieldError]]:
    """Return a new passphrase and why it is not strong enough."""
    passphrase = read_passphrase(asked.field("new_passphrase"))
    known = (*pseudonym.split(), asked.site.deployment.title)
    faults = passphrase_faults(passphrase, known)
    return passphrase, [FieldError("new_passphrase", fault) for fault in faults]


def typed_passphrase(asked: ParsedRequest) -> str:
    """Return a new passphrase as it is shown again; it is on the screen anyway."""
    return cleaned(asked.field("new_passphrase"), limit=PASSPHRASE_LIMIT)


def typed(asked: ParsedRequest, name: str) -> str:
    """Return a short field as it is shown again."""
    return cleaned(asked.field(name), limit=TYPED_LIMIT)
