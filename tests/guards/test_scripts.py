"""Which scripts there are, where they may be loaded, and that the foreign one is unchanged."""

import hashlib
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "coproduce"
STATIC = PACKAGE / "static"
TEMPLATES = PACKAGE / "templates"

HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
"""SHA-256 of `dist/htmx.min.js` in version 4.0.1 of htmx.org, as its authors published it."""

EXIT_SCRIPT = "leave.js"
SHARED_DEVICE = {"feedback/kiosk.html": "kiosk.js"}
"""The skeleton of pages that many people use on one device has its own script in place of it."""
RECEIPTS = {"feedback/receipt.html": "keep.js", "feedback/added.html": "keep.js"}
"""Copies and prints the numbers; the form never loads it."""
OWN_SCRIPT_BYTES = 8_000
"""A script of ours adds comfort to one page; what grows beyond this does too much."""

LOADED = re.compile(r"static_url\('([\w.]+\.js)'\)")
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|\son\w+\s*=|\bhx-on|\bjs:|javascript:|\sstyle\s*=|<style",
    re.IGNORECASE,
)
"""What the content policy blocks, and what would need it to be loosened."""


def templates() -> dict[str, str]:
    """Return every template for pages by its name. Files for printing are none."""
    return {
        path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8")
        for path in TEMPLATES.rglob("*.html")
        if path.name not in {"report_file.html"}
    }


def for_people_who_sign_in(name: str, all_of_them: dict[str, str]) -> bool:
    """Return True if a template is the skeleton of signed-in pages or stands on it."""
    if name == "staff.html":
        return True
    found = re.search(r'{%-?\s*extends "([^"]+)"', all_of_them[name])
    return found is not None and for_people_who_sign_in(found[1], all_of_them)


def test_htmx_is_the_version_that_was_looked_at() -> None:
    content = (STATIC / "htmx.js").read_bytes()
    assert hashlib.sha256(content).hexdigest() == HTMX
    assert b'version="4.0.1"' in content


def test_no_template_holds_an_inline_script_or_style() -> None:
    found = {name: hits for name, text in templates().items() if (hits := INLINE.findall(text))}
    assert not found


def test_participant_pages_load_the_exit_script_and_no_other() -> None:
    everything = templates()
    found = {
        name: scripts
        for name, text in everything.items()
        if (
            scripts := set(LOADED.findall(text))
            - {EXIT_SCRIPT, SHARED_DEVICE.get(name), RECEIPTS.get(name)}
        )
        and not for_people_who_sign_in(name, everything)
    }
    assert not found
    assert for_people_who_sign_in("staff.html", everything)
    assert not for_people_who_sign_in("feedback/form.html", everything)


def test_every_script_is_small_is_loaded_somewhere_and_keeps_nothing() -> None:
    """Without storage and without a request to anybody else. Source: privacy rule A.5."""
    loaded = {script for text in templates().values() for script in LOADED.findall(text)}
    for path in sorted(STATIC.glob("*.js")):
        assert path.name in loaded, f"Nothing loads {path.name}."
        if path.name != "htmx.js":
            text = path.read_text("utf-8")
            assert len(text.encode()) <= OWN_SCRIPT_BYTES, path.name
            for word in ("localStorage", "sessionStorage", "indexedDB", "document.cookie"):
                assert word not in text, f"{path.name} uses {word}."
            for word in ("eval(", "Function(", "innerHTML", "http://", "https://"):
                assert word not in text, f"{path.name} uses {word}"


@pytest.mark.parametrize(
    "fault",
    [
        "<script>go()</script>",
        '<p onclick="go()">',
        '<p hx-on:click="go()">',
        "<p style='color:red'>",
        "<style>p{}</style>",
        '<button hx-vals="js:{a: 1}">',
        '<a href="javascript:go()">',
    ],
)
def test_the_guard_finds_inline_code(fault: str) -> None:
    assert INLINE.search(fault)
    assert not INLINE.search('<script defer src="/static/leave.js"></script><p lang="en">')
