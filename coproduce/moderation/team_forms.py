"""Reading what people typed on the page of the team."""

from dataclasses import dataclass

from nacl.public import PrivateKey

from coproduce.core.column_types import ID_BYTES
from coproduce.core.content_notes import ContentNote
from coproduce.core.errors import NotFound, RuleBroken
from coproduce.core.keys import Keys
from coproduce.core.messages import _
from coproduce.core.typed_keys import read_typed_key
from coproduce.moderation.models import SupervisionKind
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields

SHEET_LIMIT = 200
"""Longest typed key: three times its letters, for those who type spaces."""


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """What somebody reads and what not, as typed."""

    languages: tuple[str, ...]
    declined: tuple[str, ...]
    errors: tuple[FieldError, ...]


def read_profile(form: Fields, offered: tuple[str, ...]) -> ProfileForm:
    """Return the languages and topics that were ticked; without a language nobody reads."""
    reader = FormReader(form)
    languages = reader.many("languages", frozenset(offered))
    declined = reader.many("declined", frozenset(note.value for note in ContentNote))
    if not languages and not reader.errors:
        reader.refuse("languages", _("Choose at least one language that you read."))
    return ProfileForm(languages, declined, tuple(reader.errors))


@dataclass(frozen=True, slots=True, repr=False)
class SheetForm:
    """The reading key of the recovery sheet, or what is wrong with what was typed.

    ``typed`` is kept only where a slip must be found; a whole key is not shown again.
    """

    private: bytes | None
    typed: str
    errors: tuple[FieldError, ...]


def read_sheet(form: Fields, keys: Keys) -> SheetForm:
    """Return the private key that was typed, if it is the reading key of this deployment."""
    reader = FormReader(form)
    typed = reader.text("sheet", limit=SHEET_LIMIT)
    private = None
    if not reader.errors:
        try:
            private = read_typed_key(typed)
        except RuleBroken as broken:
            reader.refuse("sheet", broken.message)
    public = bytes(PrivateKey(private).public_key) if private else None
    if public == keys.backup_public:
        reader.refuse("sheet", _("This is the backup key. Type the other one: the reading key."))
    elif public is not None and public != keys.recovery_public:
        reader.refuse("sheet", _("This key is from another sheet. Look for the newest one."))
    if private is not None:
        typed = ""
    return SheetForm(None if reader.errors else private, typed, tuple(reader.errors))


def read_week(form: Fields) -> SupervisionKind | None:
    """Return how somebody says their week was, or None if nothing was chosen."""
    said = FormReader(form).one("week", frozenset(kind.value for kind in SupervisionKind))
    return SupervisionKind(said) if said else None


def read_id(typed: str) -> bytes:
    """Return an id from a hidden field.

    Raises:
        NotFound: if it is none.
    """
    try:
        read = bytes.fromhex(typed)
    except ValueError:
        read = b""
    if len(read) != ID_BYTES:
        raise NotFound()
    return read
