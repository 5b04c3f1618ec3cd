"""The laws of `tests/html.py` can be broken, and a broken one is found."""

import pytest

from tests.html import check_page, fields_of, page_faults, parse

GOOD = """<!doctype html>
<html lang="en" dir="ltr"><head><title>Feedback</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/site.css">
<script defer src="/static/leave.js"></script></head>
<body><a id="leave" href="https://elsewhere.example">Leave</a><a href="#main">Skip</a>
<main id="main"><h1>Page</h1>
<form method="post" action="/g"><fieldset><legend>Question</legend>
<label><input type="radio" name="a" value="1" checked>One</label></fieldset>
<label for="b">Words</label><textarea id="b" name="b" aria-describedby="hint">x</textarea>
<p id="hint">Hint</p><input type="hidden" name="t" value="token"><button>Send</button></form>
<img src="/static/a.png" alt=""></main></body></html>"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<h1>Page</h1>", ""),
        ("<h1>Page</h1>", "<h1>Page</h1><h1>Again</h1>"),
        ("<title>Feedback</title>", "<title>Rate your drug service</title>"),
        ("<title>Feedback</title>", ""),
        (' lang="en"', ""),
        (' dir="ltr"', ""),
        ('<p id="hint">', '<p id="b">'),
        ('<label for="b">', '<label for="c">'),
        ('aria-describedby="hint"', 'aria-describedby="help"'),
        ('href="#main"', 'href="#content"'),
        ("<legend>Question</legend>", ""),
        (' action="/g"', ""),
        (' method="post"', ""),
        ('action="/g"', 'action="//elsewhere.example/g"'),
        ('action="/g"', 'action="https://elsewhere.example/g"'),
        ("<button>Send</button>", "<button></button>"),
        ("<button>", '<button formaction="https://elsewhere.example">'),
        ("<h1>", '<h1 style="color:red">'),
        ("<h1>", '<h1 onclick="go()">'),
        ("</head>", "<style>p{}</style></head>"),
        ("</head>", "<script>go()</script></head>"),
        ('src="/static/leave.js"', 'src="https://elsewhere.example/x.js"'),
        ('href="/static/site.css"', 'href="//elsewhere.example/x.css"'),
        ('src="/static/a.png"', 'src="https://elsewhere.example/a.png"'),
        (' alt=""', ""),
        ('href="#main"', 'href="javascript:go()"'),
        ('<a id="leave"', '<a href="/">Home</a><a id="leave"'),
        ('id="leave"', 'id="stay"'),
    ],
)
def test_a_broken_law_is_found(old: str, new: str) -> None:
    assert old in GOOD
    assert list(page_faults(parse(GOOD.replace(old, new, 1))))


@pytest.mark.parametrize(
    "html",
    ["<p>open", "<p></div>", "<ul><li>one</ul>", '<p id="a" id="b">twice</p>'],
)
def test_elements_that_are_not_closed_in_order_are_found(html: str) -> None:
    with pytest.raises(AssertionError):
        parse(html)


def test_a_page_that_keeps_every_law_passes() -> None:
    check_page(GOOD)


def test_a_form_sends_what_a_browser_would() -> None:
    html = """<form action="/" method="post">
        <input name="a" value="1"><input type="checkbox" name="b" value="2">
        <input type="radio" name="c" value="3" checked><textarea name="d">\nx</textarea>
        <select name="e"><option value="4"></option><option value="5" selected></option></select>
        <select name="f"><option value="6"></option></select><button name="g" value="7">Go</button>
        </form>"""
    form = next(parse(html).all("form"))
    assert fields_of(form) == {"a": ["1"], "c": ["3"], "d": ["x"], "e": ["5"], "f": ["6"]}
