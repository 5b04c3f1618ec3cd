"""What somebody wanted when their sign-in was over: sealed into the sign-in page, for them alone.

Only the server can make or read it, so it leads nowhere else and shows nothing to others.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Final

from nacl.encoding import URLSafeBase64Encoder
from nacl.exceptions import CryptoError

from coproduce.accounts.rules import is_own_path
from coproduce.core.keys import Keys
from coproduce.core.sealing import lock, unlock
from coproduce.web.forms import SECRET_FIELDS
from coproduce.web.parsed_request import Fields, ParsedRequest

KEPT_BYTES: Final = 48 * 1024
"""Most bytes of a sealed form: with the passphrase it must fit into one form again.

Source: `BODY_BYTES` in coproduce/web/page_endpoint.py.
"""

SIGNING_IN: Final = ("/sign-in", "/sign-out")
"""Pages that nobody wants to go back to."""

_PURPOSE: Final = "kept form"
_PADDING: Final = "="


@dataclass(frozen=True, slots=True, repr=False)
class KeptForm:
    """A page that was asked for, or a form that was sent.

    Attributes:
        path: where it goes, without the language in front.
        account_id: whose form it is; None for a page, which is anybody's.
        fields: names and values of a form; None for a page.
    """

    path: str
    account_id: bytes | None = None
    fields: tuple[tuple[str, str], ...] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What somebody typed, as far as it can be told from what the page sent along."""
        values = (value.strip() for _name, value in self.fields or ())
        return tuple(dict.fromkeys(value for value in values if " " in value or "\n" in value))


def keep_form(asked: ParsedRequest, account_id: bytes | None) -> str:
    """Return what was asked for, sealed; nothing if it cannot be kept.

    A form is kept for the account that was signed in last. If that is not known, nobody knows
    whose words they are, so they are not kept.
    """
    if asked.url_path.startswith(SIGNING_IN):
        # Who waited too long at the second step still wants what they wanted before.
        kept = asked.field("kept")
        return kept if len(kept) <= KEPT_BYTES else ""
    if not is_own_path(asked.url_path):
        return ""
    if asked.method != "POST":
        return seal_form(asked.site.keys, KeptForm(asked.url_path))
    if account_id is None:
        return ""
    fields = _without_secrets(asked.form)
    return seal_form(asked.site.keys, KeptForm(asked.url_path, account_id, fields))


def seal_form(keys: Keys, kept: KeptForm) -> str:
    """Return the form sealed, as text for a hidden field; nothing if it is too long for one."""
    whose = kept.account_id.hex() if kept.account_id else None
    content = json.dumps([kept.path, whose, kept.fields], ensure_ascii=False)
    locked = lock(keys.secret_for(_PURPOSE), zlib.compress(content.encode("utf-8", "replace"), 9))
    sealed = URLSafeBase64Encoder.encode(locked).decode().rstrip(_PADDING)
    return sealed if len(sealed) <= KEPT_BYTES else ""


def open_form(keys: Keys, sealed: str, account_id: bytes | None = None) -> KeptForm | None:
    """Return what `seal_form` sealed, or None if it is not ours or belongs to somebody else."""
    padded = sealed + _PADDING * (-len(sealed) % 4)
    try:
        locked = URLSafeBase64Encoder.decode(padded.encode("ascii"))
        content = zlib.decompress(unlock(keys.secret_for(_PURPOSE), locked))
    except (CryptoError, ValueError):
        return None
    path, whose, fields = json.loads(content)
    owner = bytes.fromhex(whose) if whose else None
    if not is_own_path(path) or (owner is not None and owner != account_id):
        return None
    pairs = None if fields is None else tuple((name, value) for name, value in fields)
    return KeptForm(path, owner, pairs)


def _without_secrets(form: Fields) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value)
        for name, values in form.items()
        if name not in SECRET_FIELDS
        for value in values
    )
