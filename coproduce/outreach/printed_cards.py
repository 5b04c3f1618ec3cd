"""Cards for a wallet, ten on a sheet to be cut: a name that says nothing, an address, a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from coproduce.core.codes import CARD_LENGTH, card_in_groups, poster_in_groups
from coproduce.core.messages import Translate, _
from coproduce.core.typesetting import typeset
from coproduce.outreach.qr_picture import qr_svg
from coproduce.outreach.rules import CARDS_ON_SHEET, typed_address


@dataclass(frozen=True, slots=True)
class CardSheets:
    """What stands on cards. No service and no other word: whoever finds one learns nothing.

    Attributes:
        title: the neutral name of the instance.
        public_url: its address, with "https://".
        codes: one for each card.
    """

    title: str
    public_url: str
    codes: Sequence[str]


def sheet_of(title: str, public_url: str, code: str) -> CardSheets:
    """Return one sheet of equal cards with a poster code: an open link to carry along."""
    return CardSheets(title, public_url, [code] * CARDS_ON_SHEET)


def render_cards(sheets: CardSheets, translate: Translate, language: str, day: date) -> bytes:
    """Return sheets of A4 as a tagged PDF, with marks for cutting.

    Args:
        sheets: what stands on the cards.
        translate: turns a message into the language.
        language: its code; decides on which side the square stands.
        day: date of the document.
    """
    cards = [
        {
            "code": _lines(code),
            "picture": qr_svg(f"{sheets.public_url}/g/{code}"),
            "described": translate(
                _("Square to scan. It opens %(address)s", address=f"{sheets.public_url}/g/{code}")
            ),
        }
        for code in sheets.codes
    ]
    content = {
        "title": sheets.title,
        "address": typed_address(sheets.public_url),
        "sheets": [
            cards[start : start + CARDS_ON_SHEET] for start in range(0, len(cards), CARDS_ON_SHEET)
        ],
    }
    return typeset("outreach/printed_cards.typ", content, language=language, day=day)


def _lines(code: str) -> list[str]:
    """Return a code in groups, on as many lines as it needs to be read without glasses."""
    if len(code) != CARD_LENGTH:
        return [poster_in_groups(code)]
    first, second, third = card_in_groups(code).split()
    return [f"{first} {second}", third]
