"""Every text can be read, in light and in dark. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[2] / "coproduce" / "static" / "site.css"
TEXT_CONTRAST = 4.5
EDGE_CONTRAST = 3.0
GROUNDS = ("paper", "card")
"""What a text stands on where its rule does not say."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_TOKEN = re.compile(r"--([\w-]+):(#[0-9a-f]{3,6})")
_COLOUR = re.compile(r"(?<![\w-])color:var\(--([\w-]+)\)")
_GROUND = re.compile(r"background(?:-color)?:var\(--([\w-]+)\)")
_FIELD_EDGE = re.compile(r"^textarea,[^{]*\{[^}]*border:1px solid var\(--([\w-]+)\)", re.MULTILINE)

Tokens = dict[str, str]


def schemes(style: str) -> dict[str, Tokens]:
    """Return the tokens of colour in light and in dark."""
    light_part, dark_part = re.findall(r":root\{([^}]*)\}", style)
    light = dict(_TOKEN.findall(light_part))
    return {"light": light, "dark": {**light, **dict(_TOKEN.findall(dark_part))}}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as ``#fff``. Source: WCAG 2.2, definition."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_pairs(style: str) -> set[tuple[str, str]]:
    """Return every colour of text with every ground that it can stand on."""
    pairs = {("ink", ground) for ground in GROUNDS}
    for _selector, rule in _RULE.findall(style):
        grounds = _GROUND.findall(rule)
        colours = _COLOUR.findall(rule) or (["ink"] if grounds else [])
        pairs |= {(colour, ground) for colour in colours for ground in grounds or GROUNDS}
    return pairs


def contrast_faults(style: str) -> Iterator[str]:
    """Give the pairs that are too much alike."""
    for scheme, tokens in schemes(style).items():
        for colour, ground in sorted(text_pairs(style)):
            if (found := contrast(tokens[colour], tokens[ground])) < TEXT_CONTRAST:
                yield f"{colour} on {ground} in {scheme}: {found:.2f}"
        for edge in _FIELD_EDGE.findall(style):
            for ground in GROUNDS:
                if (found := contrast(tokens[edge], tokens[ground])) < EDGE_CONTRAST:
                    yield f"edge {edge} on {ground} in {scheme}: {found:.2f}"


def test_every_pair_of_colours_can_be_told_apart() -> None:
    faults = list(contrast_faults(STYLE.read_text("utf-8")))
    assert not faults, f"{TEXT_CONTRAST} is needed; change the tokens of site.css: {faults}"


def test_every_colour_is_a_token() -> None:
    rules = re.sub(r":root\{[^}]*\}", "", STYLE.read_text("utf-8"))
    values = [rule for _selector, rule in _RULE.findall(rules)]
    loose = [value for value in values if re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", value)]
    assert not loose, f"Name the colour in :root: {loose}"


def test_the_guard_knows_the_contrast_of_known_pairs() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_the_guard_finds_a_pale_text() -> None:
    style = (
        ":root{--paper:#fff;--card:#fff;--ink:#000;--soft:#999}"
        ":root{--paper:#000;--card:#000;--ink:#fff}"
        "p{color:var(--soft)}"
    )
    assert list(contrast_faults(style)) == [
        "soft on card in light: 2.85",
        "soft on paper in light: 2.85",
    ]
