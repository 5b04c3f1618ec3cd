import time
from collections.abc import Callable
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.identifying import (
    TAGS,
    Found,
    Setting,
    Span,
    find_identifying,
    hidden,
    what_was_found,
    without_details,
)
from coproduce.core.messages import Message
from coproduce.web.locales import PSEUDO_LANGUAGE, language

LOCALES = [
    path for path in resources.files("coproduce").joinpath("locale").iterdir() if path.is_dir()
]

SHORT, LONG = 1_500, 12_000
GROWTH = 3.0
"""How much longer eight times the text may take, above eight times. A square would take 8 more."""


def found_in(text: str) -> list[tuple[Found, str]]:
    return [(span.found, text[span.start : span.end]) for span in find_identifying(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail me: jo.b+x@example.org", (Found.CONTACT, "jo.b+x@example.org")),
        ("see https://example.org/me now", (Found.CONTACT, "https://example.org/me")),
        ("or www.example.org", (Found.CONTACT, "www.example.org")),
        ("on insta @jo_b99 is me", (Found.CONTACT, "@jo_b99")),
        ("ring 07700 900123 please", (Found.CONTACT, "07700 900123")),
        ("ring +44 20 7946 0958", (Found.CONTACT, "+44 20 7946 0958")),
        ("my NI is AB 12 34 56 C", (Found.NUMBER, "AB 12 34 56 C")),
        ("ab123456c", (Found.NUMBER, "ab123456c")),
        ("NHS 943 476 5919", (Found.NUMBER, "943 476 5919")),
        ("his car AB12 CDE was", (Found.NUMBER, "AB12 CDE")),
        ("I live in SW1A 1AA", (Found.PLACE, "SW1A 1AA")),
        ("near m1 1ae", (Found.PLACE, "m1 1ae")),
        ("at 14 Long Acre Road every day", (Found.PLACE, "14 Long Acre Road")),
        ("on 3rd of May they", (Found.DAY, "3rd of May")),
        ("since June 14", (Found.DAY, "June 14")),
        ("it was 03/05/2024", (Found.DAY, "03/05/2024")),
        ("they closed last Tuesday", (Found.DAY, "last Tuesday")),
        ("come the 21st", (Found.DAY, "the 21st")),
        ("I am the only trans woman there", (Found.ONLY_ONE, "the only trans woman there")),
        ("my worker Susan was kind", (Found.NAME, "Susan")),
        ("Dr. Ahmed Khan said", (Found.NAME, "Ahmed Khan")),
        ("my son Tom", (Found.NAME, "Tom")),
    ],
)
def test_a_detail_is_found(text: str, found: tuple[Found, str]) -> None:
    assert found in found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "They were kind and had time.",
        "I had to wait 3 hours, 10 people before me.",
        "It cost 20 pounds. 5 of us went.",
        "My worker was kind.",
        "May I come in?",
        "Open 9 to 5 would help. Ratio 1:2.",
        "She was the only one who helped me.",
        "My son was born in October. 2 nurses came.",
        "Since March 2020 it got worse.",
        "my son will not be told, may be next time",
        "10/10, open 24/7, on the high street",
        "خدمة جيدة لكن الانتظار طويل",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert not find_identifying(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call07700900123now", (Found.CONTACT, "07700900123")),
        ("jo dot at gmail: jo at gmail dot com", (Found.CONTACT, "jo at gmail dot com")),
        ("see t.me/jo_b", (Found.CONTACT, "t.me/jo_b")),
        ("oh seven seven oh oh nine oh oh", (Found.CONTACT, "oh seven seven oh oh nine oh oh")),
        ("near LS11 they", (Found.PLACE, "LS11")),
        ("We saw Priya there", (Found.NAME, "Priya")),
        ("Mark was kind", (Found.NAME, "Mark")),
        ("then priya came", (Found.NAME, "priya")),
        ("my mate craig got it", (Found.NAME, "craig")),
        ("o7700 900 987 cheers", (Found.CONTACT, "o7700 900 987")),
        ("its 07700 nine hundred 654", (Found.CONTACT, "07700 nine hundred 654")),
        ("jo (at) example.org", (Found.CONTACT, "jo (at) example.org")),
        ("go to example.org.uk/me", (Found.CONTACT, "example.org.uk/me")),
        ("outside Albion Street", (Found.PLACE, "Albion Street")),
        ("off tempest road", (Found.PLACE, "tempest road")),
        ("being the only black woman, hard", (Found.ONLY_ONE, "the only black woman")),
    ],
)
def test_a_detail_without_its_usual_form_is_found(text: str, found: tuple[Found, str]) -> None:
    assert found in found_in(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we met Zdzislava there", (Found.NAME, "Zdzislava")),
        ("I came at 3pm", (Found.DAY, "3pm")),
        ("since March 2020", (Found.DAY, "since March 2020")),
        ("closed on 20/3 and 23/3", (Found.DAY, "23/3")),
        ("put in Ashdown Lodge", (Found.PLACE, "Ashdown Lodge")),
        ("near ls11 they", (Found.PLACE, "ls11")),
    ],
)
def test_only_the_broad_setting_finds_what_may_be_nothing(
    text: str, found: tuple[Found, str]
) -> None:
    broad = find_identifying(text, Setting.BROAD)
    assert found in [(span.found, text[span.start : span.end]) for span in broad]
    assert found not in found_in(text)


@pytest.mark.parametrize("setting", Setting)
def test_a_tag_is_no_find(setting: Setting) -> None:
    assert not find_identifying("My worker [name] saw [family member] on [day].", setting)


@pytest.mark.parametrize("setting", Setting)
@pytest.mark.parametrize(
    "tag", ["[اسم]", "[نَاسٌ]", "[नाम]", "[jméno]", "[số điện thoại]", "[⟦ñámé··⟧]", "[ชื่อ]"]
)
def test_a_tag_of_another_language_is_no_find(tag: str, setting: Setting) -> None:
    assert not find_identifying(f"I told {tag} to ring, and {tag} did.", setting)


@pytest.mark.parametrize("tag", ["[07700 900123]", "[Susan Khan]", "[jo@example.org]"])
def test_brackets_alone_hide_nothing(tag: str) -> None:
    assert find_identifying(f"I told {tag} to ring.", Setting.BROAD)


def test_a_tag_that_a_find_touches_goes_with_it() -> None:
    text = "see www.example.org/[na me] now"
    [span] = find_identifying(text)
    assert hidden(text, [span]) == "see [contact] now"


@given(st.text(alphabet="abcDE @.:/+0123456789\nDr MayRoad", max_size=300))
def test_spans_lie_in_order_without_overlap(text: str) -> None:
    spans = find_identifying(text)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_hiding_puts_the_kind_in_the_place_of_each_detail() -> None:
    text = "Dr Smith, 07700 900123, SW1A 1AA, on 3 May."
    assert hidden(text, find_identifying(text)) == "Dr [name], [contact], [place], on [day]."


@given(st.text(max_size=200))
def test_hiding_nothing_changes_nothing(text: str) -> None:
    assert hidden(text, ()) == text


PIECES = st.sampled_from(
    [
        *("my", "worker", "Susan", "and", "Khan", "محمد", "[name]", "[only one]", "]", "["),
        *("07700900123", "07700 900 123", "٠٧٧٠٠", "oh", "two", "three", "four", "1234567", "14"),
        *("SW1A", "1AA", "LS9", "on", "3", "May", "last", "tuesday", "Long", "Acre", "Road"),
        *("@jo_b", "jo@example.org", "(at)", "dot", "com", "www.example.org/x", "insta:", "a1"),
        *("i am the only one", "was born", "AB123456C", ",", ".", "-", "/", "\n"),
    ]
)
DENSE = st.lists(PIECES, max_size=80).map(" ".join) | st.lists(PIECES, max_size=40).map("".join)


@given(DENSE | st.text(max_size=200))
def test_nothing_is_found_after_hiding_and_hiding_again_changes_nothing(text: str) -> None:
    left = without_details(text, 10_000)
    assert not find_identifying(left)
    assert without_details(left, 10_000) == left


@given(DENSE)
def test_hiding_never_makes_a_text_too_long(text: str) -> None:
    left = without_details(text, len(text))
    assert len(left) <= len(text)
    assert not find_identifying(left)


def test_where_tags_would_be_too_long_the_shortest_sign_stands() -> None:
    text = "LS1 LS2 LS3"
    assert without_details(text, len(text)) == "… … …"
    assert without_details(text, 100) == "[place] [place] [place]"


def test_more_short_numbers_than_are_tried_at_once_are_hidden_all_the_same() -> None:
    text = "960 111 22 a " * 150
    assert not find_identifying(without_details(text, 10_000))


def test_tags_are_said_in_the_language_of_the_writer() -> None:
    def say(message: Message) -> str:
        return message.text.replace("name", "اسم")

    assert without_details("my worker Susan", 100, say=say) == "my worker [اسم]"


@pytest.mark.parametrize("code", ["en", *(path.name for path in LOCALES), PSEUDO_LANGUAGE])
@pytest.mark.parametrize("setting", Setting)
def test_every_tag_of_every_language_is_known_as_one(code: str, setting: Setting) -> None:
    for tag in TAGS.values():
        said = f"[{language(code).render(tag)}]"
        assert not find_identifying(f"a {said} b", setting)


def test_each_kind_is_named_once() -> None:
    spans = [Span(0, 1, Found.NAME), Span(2, 3, Found.PLACE), Span(4, 5, Found.NAME)]
    assert [message.text for message in what_was_found(spans)] == ["a place", "a name"]


HOSTILE: dict[str, Callable[[int], str]] = {
    "names joined": lambda n: "Anna and " * (n // 9),
    "mail in words": lambda n: "aa at bb dot " * (n // 13),
    "spoken digits": lambda n: "one " * (n // 4),
    "joined letters": lambda n: "a-" * (n // 2),
    "tags": lambda n: "[name] " * (n // 7),
    "short numbers": lambda n: "1234567 a " * (n // 10),
    "digits": lambda n: "1" * n,
    "digits and spaces": lambda n: "1 " * (n // 2),
    "digits and dashes": lambda n: "12-" * (n // 3),
    "letters": lambda n: "a" * n,
    "capitals": lambda n: "A" * n,
    "capital words": lambda n: "Aa " * (n // 3),
    "unknown names": lambda n: "Xyr Zub Qat " * (n // 12),
    "half spoken": lambda n: "0123 four " * (n // 10),
    "months": lambda n: "may 1 " * (n // 6),
    "letters for nought": lambda n: "0o" * (n // 2),
    "open tags": lambda n: "[ab " * (n // 4),
    "tags in tags": lambda n: "[ab [cd] one two " * (n // 17),
    "mail without end": lambda n: "a." * (n // 2) + "@",
    "mail after mail": lambda n: "a@a." * (n // 4),
    "at signs": lambda n: "@" * n,
    "addresses": lambda n: "www." * (n // 4),
    "house numbers": lambda n: "1 Ab " * (n // 5),
    "days": lambda n: "1 of " * (n // 5),
    "dates": lambda n: "1/1/" * (n // 4),
    "only": lambda n: "the only one " * (n // 13),
    "names": lambda n: "my worker " * (n // 10),
    "postcodes": lambda n: "A1 1" * (n // 4),
    "phones": lambda n: "07700 90012" * (n // 11),
    "plus signs": lambda n: "+" * n,
    "brackets": lambda n: "(" * n,
    "spaces": lambda n: " " * n,
}


def seconds_for(text: str) -> float:
    """Return the quickest of three runs: what others do on the machine only adds."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        find_identifying(text, Setting.BROAD)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_takes_more_than_its_length(kind: str) -> None:
    short, long = seconds_for(HOSTILE[kind](SHORT)), seconds_for(HOSTILE[kind](LONG))
    floor = 0.001
    assert long / max(short, floor) < GROWTH * LONG / SHORT, f"{short:.4f} s, then {long:.4f} s"
