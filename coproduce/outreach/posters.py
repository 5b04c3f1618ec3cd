"""Posters of a service: neutral on purpose, with its code and without its name."""

from dataclasses import dataclass
from datetime import date

from coproduce.core.codes import poster_in_groups
from coproduce.core.messages import Translate, _
from coproduce.core.typesetting import typeset
from coproduce.outreach.qr_picture import qr_svg
from coproduce.outreach.rules import typed_address


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster. Its service is not named: a wall is read by everybody.

    Attributes:
        title: the neutral name of the instance.
        run_by: who runs it.
        public_url: its address, with "https://".
        code: the poster code of the service.
        languages: what the form can be read in, each by its own name.
    """

    title: str
    run_by: str
    public_url: str
    code: str
    languages: tuple[str, ...]


def render_poster(poster: Poster, translate: Translate, language: str, day: date) -> bytes:
    """Return one sheet of A4 as a tagged PDF.

    Args:
        poster: what stands on it.
        translate: turns a message into the language.
        language: its code, such as "ar"; decides the reading direction.
        day: date of the document.
    """
    link = f"{poster.public_url}/g/{poster.code}"
    content = {
        "title": poster.title,
        "headline": [translate(_("Tell us how it was.")), translate(_("No name."))],
        "lead": translate(_("What helped? What should change? You can skip anything.")),
        "scan": translate(_("Scan the square with a phone")),
        "or": translate(_("or open this page and type the code")),
        "address": typed_address(poster.public_url),
        "code": poster_in_groups(poster.code),
        "facts": [
            translate(_("Costs little data")),
            translate(_("No app, no account")),
            translate(_("We do not ask who you are")),
        ],
        "languages": list(poster.languages),
        "run_by": translate(_("Run by %(name)s", name=poster.run_by)),
        "picture": qr_svg(link),
        "described": translate(_("Square to scan. It opens %(address)s", address=link)),
    }
    return typeset("outreach/poster.typ", content, language=language, day=day)
