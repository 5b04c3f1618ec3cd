"""The report as people read it: a publication in sentences, tables and bars, in reading order.

Pure. The page, the PDF and the CSV files are made from this tree, so that they cannot differ.
What stands in each section is decided in report_sections.py.
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Literal

from babel.dates import format_date

from coproduce.core.messages import Message, Translate

Text = Message | str | int
"""What a cell of a table holds. Only messages are translated."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two.

    Attributes:
        tone: "lead" for the few sentences a hurried reader should see, "note" for what can be
            read last.
    """

    words: Message
    tone: Literal["lead", "plain", "note"] = "plain"


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside a section."""

    words: Message


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines of equal weight. ``intro`` says what they are."""

    intro: Message
    lines: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first cell of a row names it.

    Attributes:
        key: unlike any other table's of the report.
    """

    key: str
    title: Message
    head: tuple[Message, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a figure.

    Attributes:
        label: what is counted.
        words: what is written on the bar.
        length: hundredths of the full width.
        is_vague: the number is only known to be small, so the bar is an empty outline.
        silent: hundredths at the far end, for people who gave no answer.
    """

    label: Message
    words: Message
    length: int
    is_vague: bool = False
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """Bars, and the table that says the same."""

    key: str
    title: Message
    bars: tuple[Bar, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do, why, and who can decide it. ``named`` is what people said got in the way."""

    named: Message
    title: Message
    do: Message
    because: Message
    ask: Message
    decided_by: Message
    takes: Message


@dataclass(frozen=True, slots=True)
class Said:
    """Words of people, in the language they are in. ``manner`` says whose they are, if anyone's."""

    words: str
    language: str
    direction: Literal["ltr", "rtl"]
    manner: Message | None = None


@dataclass(frozen=True, slots=True)
class Sayings:
    """Some such words, in an order that means nothing."""

    lines: tuple[Said, ...]


Block = Paragraph | Subheading | Listing | Table | Figure | Suggestion | Sayings


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and what stands under it."""

    key: str
    heading: Message
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People whose answers were counted together, once.

    Attributes:
        withheld: keys of questions and answers that are held back, with spaces between.
    """

    id: str
    clock: str
    edition: str
    first_period: str
    last_period: str
    people: int
    tier: int
    withheld: str


@dataclass(frozen=True, slots=True)
class Number:
    """One published number. ``side`` is "picked" or "not_picked" where people may pick any."""

    group: str
    question: str
    question_text: Message
    answer: str
    answer_text: Message
    side: str
    people: int


@dataclass(frozen=True, slots=True)
class Named:
    """A family of answers that people named, without a number."""

    group: str
    question: str
    question_text: Message
    family: str
    family_text: Message


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that were published.

    Attributes:
        manner: "their_words", "other_words", or "together" for a sentence made from several texts.
        family: of themes, where they stand under one.
    """

    group: str
    manner: str
    manner_text: Message
    language: str
    family: str
    family_text: Message | str
    words: str


@dataclass(frozen=True, slots=True)
class Share:
    """One share worked out from numbers.

    Attributes:
        over: "year" for several groups added up, "group" for one.
        words: "about" where ``share`` says it; else "few" or "nearly_all", and it is None.
        low: least points of 100 it could be, as far as chance and changed numbers reach.
        high: most points of 100.
    """

    over: str
    first_period: str
    last_period: str
    question: str
    question_text: Message
    answer: str
    answer_text: Message
    part: int
    whole: int
    words: str
    share: int | None
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``first_page`` is what a hurried reader sees; ``sections`` is the rest.

    ``facts`` are what is said about the subject, each with its name. ``groups``, ``numbers``,
    ``named``, ``shares`` and ``words`` hold everything that was published, for further use.
    """

    code: str
    edition: str
    kind: Message
    name: str
    period: Message
    published_on: date
    facts: tuple[tuple[Message, str | date], ...]
    framework: str
    first_page: tuple[Section, ...]
    sections: tuple[Section, ...]
    groups: tuple[Group, ...]
    numbers: tuple[Number, ...]
    named: tuple[Named, ...]
    shares: tuple[Share, ...]
    words: tuple[Spoken, ...]


def worded(part: object, translate: Translate, locale: str) -> Any:
    """Return a report, or a part of it, as plain data in one language, ready for a template.

    A dataclass becomes a mapping with its name as ``block``, a tuple a list, a day the long form of
    its date. Texts and numbers stay.
    """
    if isinstance(part, Message):
        return translate(part)
    if isinstance(part, date):
        return format_date(part, "d MMMM y", locale=locale)
    if isinstance(part, tuple):
        return [worded(item, translate, locale) for item in part]
    if is_dataclass(part):
        named = {
            field.name: worded(getattr(part, field.name), translate, locale)
            for field in fields(part)
        }
        return {"block": type(part).__name__.lower(), **named}
    return part
