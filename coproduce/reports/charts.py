"""Horizontal bars as one accessible SVG: where each word and each bar stands.

The picture stretches sideways with its page and grows upwards with the size of the text, so that
it can be read on a phone. What it says is decided elsewhere; the table beside it says the same.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import east_asian_width

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

LINE = 1.4
"""Height of a line of words above a bar, in em."""

BAR = 1.7
"""Height of a bar, in em."""

GAP = 0.8
"""Space below a bar, in em."""

WORDS_INSIDE_FROM = 50
"""Bars at least this long, in hundredths, hold their words; shorter ones have them behind.

Either half of a screen 320 pixels wide has room for about ten letters.
Source: Web Content Accessibility Guidelines 2.2, 1.4.10, for the width.
"""

LINE_LETTERS = 36
"""Letters on one line above a bar: about as many as 320 pixels hold. Source: as before."""

RIGHT_TO_LEFT_MARK = "\u200f"


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """One bar of a picture, in words of one language.

    Attributes:
        label: what is counted.
        words: what is written on the bar.
        length: hundredths of the full width.
        is_vague: whether the number is "under 5": then the bar is an empty outline.
        silent: hundredths at the far end, for people who gave no answer.
    """

    label: str
    words: str
    length: int
    is_vague: bool = False
    silent: int = 0


def draw_bars(
    bars: Sequence[DrawnBar], *, key: str, title: str, right_to_left: bool = False
) -> Markup:
    """Return the picture as SVG that can stand in a page.

    Colours and letters come from the page's style sheet. The attributes in the picture are what is
    seen without one, and in grey print: bars are told apart by their words, never by colour.

    Args:
        bars: in the order shown.
        key: starts the ids inside the picture; no other picture of the page may have the same.
        title: what the picture shows.
        right_to_left: whether bars grow from the right.
    """
    rows, top = [], 0.0
    for bar in bars:
        lines = _lines(bar.label)
        below = top + LINE * len(lines)
        rows.append(
            {
                "lines": [
                    (_em(top + LINE * (number + 0.72)), _facing(line, right_to_left=right_to_left))
                    for number, line in enumerate(lines)
                ],
                "top": _em(below),
                "baseline": _em(below + BAR * 0.68),
                "length": bar.length,
                "start": 100 - bar.length if right_to_left else 0,
                "end": 100 - bar.length if right_to_left else bar.length,
                "is_inside": bar.length >= WORDS_INSIDE_FROM,
                "is_vague": bar.is_vague,
                "silent": bar.silent,
                "silent_start": 0 if right_to_left else 100 - bar.silent,
                "track_start": bar.silent if right_to_left else 0,
                "words": _facing(bar.words, right_to_left=right_to_left),
            }
        )
        top = below + BAR + GAP
    svg = _template().render(
        key=key,
        title=title,
        description=" ".join(f"{bar.label} {bar.words}." for bar in bars),
        rows=rows,
        height=_em(top),
        bar_height=_em(BAR),
        right_to_left=right_to_left,
    )
    return Markup(svg)  # noqa: S704 - made by a template that escapes every word


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("coproduce"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("reports/bars.svg")


def _lines(label: str) -> list[str]:
    """Break a label where it fits. Chinese, Japanese and Korean letters are twice as wide."""
    is_wide = any(east_asian_width(letter) in "WF" for letter in label)
    return textwrap.wrap(label, LINE_LETTERS // 2 if is_wide else LINE_LETTERS) or [""]


def _em(size: float) -> str:
    return f"{size:.2f}".rstrip("0").rstrip(".") + "em"


def _facing(words: str, *, right_to_left: bool) -> str:
    """Keep numbers and full stops on their side: a picture has no reading direction of its own."""
    return f"{RIGHT_TO_LEFT_MARK}{words}{RIGHT_TO_LEFT_MARK}" if right_to_left else words
