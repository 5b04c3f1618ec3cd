"""Reading the form that makes invitation cards, and the search in the list."""

from dataclasses import dataclass

from coproduce.core.column_types import ID_BYTES
from coproduce.core.messages import _
from coproduce.feedback.cards import Source
from coproduce.outreach.rules import BATCH_SIZES, GOOD_MONTHS
from coproduce.web.forms import FieldError, FormReader
from coproduce.web.parsed_request import Fields


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """What was chosen, as it is shown again."""

    size: str = str(BATCH_SIZES[1])
    source: str = ""
    months: str = str(GOOD_MONTHS[-1])


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A form without errors."""

    batch_id: bytes
    size: int
    source: Source
    months: int


def typed_batch(form: Fields) -> TypedBatch:
    """Return what was chosen, whether right or wrong."""
    first = {name: values[0] for name, values in form.items()}
    empty = TypedBatch()
    return TypedBatch(
        size=first.get("size", empty.size),
        source=first.get("source", empty.source),
        months=first.get("months", empty.months),
    )


def read_batch(form: Fields, sources: tuple[Source, ...]) -> ReadBatch | list[FieldError]:
    """Return the batch to make, or every error at once.

    Args:
        form: the submitted fields.
        sources: who may hand out cards that this person prints.
    """
    reader = FormReader(form)
    size = reader.one("size", frozenset(map(str, BATCH_SIZES)))
    months = reader.one("months", frozenset(map(str, GOOD_MONTHS)))
    source = reader.one("source", frozenset(sources))
    missing = {
        "size": (size, _("Choose how many cards you need.")),
        "source": (source, _("Choose who hands the cards out.")),
        "months": (months, _("Choose how long the cards are good.")),
    }
    wrong = {error.name for error in reader.errors}
    for name, (value, message) in missing.items():
        if value is None and name not in wrong:
            reader.refuse(name, message)
    batch_id = read_id(form)
    if batch_id is None:
        reader.refuse("top", _("This page is old. Please press the button once more."))
    if reader.errors or batch_id is None or not (size and months and source):
        return reader.errors
    return ReadBatch(batch_id, int(size), Source(source), int(months))


def read_id(form: Fields) -> bytes | None:
    """Return the id of a batch that a form carries, or None."""
    try:
        found = bytes.fromhex(form.get("batch", ("",))[0])
    except ValueError:
        return None
    return found if len(found) == ID_BYTES else None


def read_page(form: Fields) -> int:
    """Return which page of the list is asked for; the first if it cannot be told."""
    typed = form.get("page", ("",))[0]
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
