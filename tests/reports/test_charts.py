from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from coproduce.reports.charts import LINE_LETTERS, RIGHT_TO_LEFT_MARK, DrawnBar, draw_bars

LABELS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=120)
BARS = st.builds(DrawnBar, LABELS, LABELS, st.integers(0, 100), st.booleans(), st.just(0))
SHORT = DrawnBar("Not open when I can go.", "15 people", 30)
LONG = DrawnBar("The wait was too long.", "40 people", 80)
VAGUE = DrawnBar("I felt judged.", "under 5", 10, is_vague=True)
STATEMENT = DrawnBar("I felt safe there.", "60%", 60, silent=25)


def drawn(*bars: DrawnBar, right_to_left: bool = False) -> ElementTree.Element:
    svg = draw_bars(bars, key="k", title="What <got> in the way", right_to_left=right_to_left)
    return ElementTree.fromstring(svg)


def rect(svg: ElementTree.Element, name: str) -> dict[str, str]:
    (found,) = [one.attrib for one in svg.iter("rect") if one.get("class") == name]
    return found


def text(svg: ElementTree.Element, name: str) -> dict[str, str]:
    (found,) = [one.attrib for one in svg.iter("text") if one.get("class") == name]
    return found


def percent(value: str) -> int:
    return int(value.removesuffix("%"))


@given(st.lists(BARS, max_size=4), st.booleans())
def test_whatever_the_words_the_picture_is_well_formed(
    bars: list[DrawnBar], right_to_left: bool
) -> None:
    svg = drawn(*bars, right_to_left=right_to_left)

    assert len([one for one in svg.iter("rect") if one.get("class") == "track"]) == len(bars)


def test_the_picture_is_named_and_described_for_people_who_hear_it() -> None:
    svg = drawn(SHORT, VAGUE)
    title, description = svg.find("title"), svg.find("desc")

    assert svg.get("role") == "img"
    assert title is not None
    assert description is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "What <got> in the way"
    assert description.text == ("Not open when I can go. 15 people. I felt judged. under 5.")


def test_nothing_is_styled_inline() -> None:
    svg = drawn(SHORT, LONG, VAGUE, STATEMENT)

    assert not [one for one in svg.iter() if one.tag == "style" or "style" in one.attrib]


def test_words_stand_on_a_long_bar_and_behind_a_short_one() -> None:
    assert text(drawn(LONG), "inside")["text-anchor"] == "end"
    assert text(drawn(SHORT), "behind")["text-anchor"] == "start"


def test_a_vague_bar_is_an_outline() -> None:
    svg = drawn(VAGUE)

    assert rect(svg, "vague")["stroke-dasharray"]
    assert not [one for one in svg.iter("rect") if one.get("class") == "bar"]


def test_people_who_gave_no_answer_stand_at_the_far_end() -> None:
    svg = drawn(STATEMENT)

    assert percent(rect(svg, "track")["width"]) == 75
    assert percent(rect(svg, "silent")["x"]) == 75


def test_bars_grow_from_the_right_where_people_read_from_the_right() -> None:
    for bar in (SHORT, LONG, STATEMENT):
        one, other = drawn(bar), drawn(bar, right_to_left=True)
        bar_one, bar_other = rect(one, "bar"), rect(other, "bar")
        assert bar_one["width"] == bar_other["width"]
        assert percent(bar_one["x"]) == 0
        assert percent(bar_other["x"]) + percent(bar_other["width"]) == 100
    assert percent(rect(drawn(STATEMENT, right_to_left=True), "silent")["x"]) == 0


def test_numbers_keep_their_side_from_right_to_left() -> None:
    svg = drawn(DrawnBar("شعرت بالأمان.", "15 شخصا", 30), right_to_left=True)

    assert svg.get("direction") == "ltr"
    for one in svg.iter("text"):
        assert (one.text or "").startswith(RIGHT_TO_LEFT_MARK)
        assert (one.text or "").endswith(RIGHT_TO_LEFT_MARK)


def test_a_long_label_is_broken_between_words() -> None:
    label = "They would not help with drugs and mental health at the same time."
    lines = [one.text or "" for one in drawn(DrawnBar(label, "5", 3)).iter("text")][:-1]

    assert " ".join(lines) == label
    assert all(len(line) <= LINE_LETTERS for line in lines)


def test_wide_letters_take_twice_the_room() -> None:
    lines = [one.text or "" for one in drawn(DrawnBar("我在那里感到安全" * 4, "5", 3)).iter("text")]

    assert all(len(line) <= LINE_LETTERS // 2 for line in lines)
