"""Bars and tables of a report, made from the displays of a publication.

Pure. Every picture has a table that says the same; a display of 0 is "under 5" in both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from babel import Locale, UnknownLocaleError

from coproduce.core.messages import Message, _
from coproduce.feedback.framework import Kind, Question
from coproduce.reports.publications import (
    Atom,
    CategoryTable,
    FamilyTable,
    OptionCounts,
    OptionTable,
    Publication,
    Quote,
    Statement,
)
from coproduce.reports.publications import Table as PublishedTable
from coproduce.reports.report_document import (
    Bar,
    Block,
    Figure,
    Group,
    Listing,
    Named,
    Number,
    Paragraph,
    Said,
    Sayings,
    Share,
    Spoken,
    Subheading,
    Table,
)
from coproduce.reports.report_sentences import (
    MANNERS,
    NO_ANSWER,
    answered_words,
    answers_added,
    cell,
    is_too_wide,
    lines_of,
    people,
    range_words,
    share_words,
    span,
    texts,
    texts_read_words,
)
from coproduce.reports.theme_tables import DIRECTIONS, THEMES, family_of

NOTHING: Final = "nothing"
"""The answer that nothing got in the way: said in a sentence, not drawn among the barriers."""

UNNAMED: Final = frozenset({NOTHING, "something_else", "other_help"})
"""Answers that name nothing. They stand in the table, not among the bars."""

MOST_BARS: Final = 8
"""Longer lists are in the table beside the bars. Source: docs/reports.md."""

SMALL: Final = 5
"""A display of 0 is drawn as an empty outline of this many people. Source: R7."""

LONGEST_OUTLINE: Final = 30
"""Longest such outline, in hundredths."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A publication with its questions at hand."""

    publication: Publication
    questions: Mapping[str, Question]

    @property
    def headlines(self) -> Sequence[Mapping[str, Any]]:
        """What was worked out for the headline questions."""
        headlines: Sequence[Mapping[str, Any]] = self.publication.derived["headlines"]
        return headlines

    def atoms(self, clock: str) -> list[Atom]:
        """All atoms of one clock, oldest first."""
        return [atom for atom in self.publication.atoms if atom.clock == clock]

    def newest(self, clock: str) -> Atom | None:
        """The newest atom of one clock."""
        return next(reversed(self.atoms(clock)), None)

    def worked_out(self, atom: Atom, key: str) -> Mapping[str, Any]:
        """What was worked out for one table of a slow atom: ``summary`` and ``change``."""
        details = next(d for d in self.publication.derived["details"] if d["atom"] == atom.id)
        found: Mapping[str, Any] = next(t for t in details["tables"] if t["key"] == key)
        return found

    def option_text(self, question: str, key: str) -> Message:
        """How one answer of a question reads on the form."""
        return next(o.text for o in self.questions[question].options if o.key == key)

    def cell_text(self, table: CategoryTable, key: str) -> Message:
        """How one category of a table reads."""
        question = self.questions[table.key]
        if table.detail == "directions":
            return DIRECTIONS[key]
        if table.detail == "three":
            return lines_of(question)[key]
        return NO_ANSWER if key == "none" else self.option_text(table.key, key)


def table_of(atom: Atom | None, key: str) -> PublishedTable | None:
    """Return the table of one question, if the atom has it."""
    return next((table for table in atom.tables if table.key == key), None) if atom else None


def category_tables(atom: Atom) -> list[CategoryTable]:
    """Return the tables with one answer each."""
    return [table for table in atom.tables if isinstance(table, CategoryTable)]


# One question in four lines


def summary_figure(
    question: Question,
    summary: Sequence[Mapping[str, Any]],
    answered: Message,
    *,
    key: str,
    is_sum: bool,
) -> Figure:
    """Return how people answered one question, in four lines.

    Args:
        question: the question.
        summary: its shares, as in derived.py: good, mixed, poor and none.
        answered: how many answered, and when.
        key: of the figure.
        is_sum: whether several displays were added up for each line.
    """
    names = lines_of(question)
    rows = [(names[share["key"]], share["part"] or _no_people(is_sum=is_sum)) for share in summary]
    counted = _("Answers") if is_sum else _("People")
    table = Table(f"{key}-table", answered, (_("Said"), counted), tuple(rows))
    if not any(is_too_wide(share) for share in summary if share["key"] == "good"):
        table = replace(
            table,
            head=(*table.head, _("Share"), _("Could be")),
            rows=tuple(
                (*row, share_words(share), range_words(share))
                for row, share in zip(rows, summary, strict=True)
            ),
        )
    bars = (_summary_bar(names[share["key"]], share, is_sum=is_sum) for share in summary)
    return Figure(key, question.text, tuple(bars), table)


def _summary_bar(label: Message, share: Mapping[str, Any], *, is_sum: bool) -> Bar:
    if share["part"] == 0:
        return Bar(label, _no_people(is_sum=is_sum), _outline(share["whole"]), is_vague=True)
    words = answers_added(share["part"]) if is_sum else people(share["part"])
    return Bar(label, words, _length(share["part"], share["whole"]))


def _no_people(*, is_sum: bool) -> Message:
    """One display of 0 is under 5; several of them together may be more."""
    return answers_added(0) if is_sum else people(0)


# Questions where people pick any


def options_figure(reading: Reading, atom: Atom, table: OptionTable) -> Figure:
    """Return how many picked each answer, the most picked in front."""
    question = reading.questions[table.key]
    options = sorted(table.options, key=lambda option: -option.picked)
    shares = {share["key"]: share for share in reading.worked_out(atom, table.key)["summary"]}
    drawn = [option for option in options if option.key not in UNNAMED][:MOST_BARS]
    return Figure(
        key=table.key,
        title=question.text,
        bars=tuple(
            Bar(
                reading.option_text(table.key, option.key),
                people(option.picked),
                picked_length(option, atom.n),
            )
            for option in drawn
        ),
        table=Table(
            key=f"{table.key}-table",
            title=answered_words(atom.n, atom.periods),
            head=(
                _("Answer"),
                _("Picked it"),
                _("Did not pick it"),
                _("Share"),
                _("Could be"),
            ),
            rows=tuple(
                (
                    *_option_cells(reading, table.key, option),
                    share_words(shares[option.key]),
                    range_words(shares[option.key]),
                )
                for option in options
            ),
        ),
    )


def picked_length(option: OptionCounts, people_in_all: int) -> int:
    """Return how long the bar of an answer is, in hundredths of all people.

    Measured against all people of the group, so that equal numbers have equal bars.
    """
    return min(100, _length(option.picked, people_in_all))


def _option_cells(reading: Reading, key: str, option: OptionCounts) -> tuple[Message | int, ...]:
    return reading.option_text(key, option.key), cell(option.picked), cell(option.not_picked)


# Statements


def statements_figure(reading: Reading, atom: Atom, tables: Sequence[CategoryTable]) -> Figure:
    """Return how often each statement held, the weakest in front."""
    worked_out = {table.key: reading.worked_out(atom, table.key) for table in tables}
    weakest_first = sorted(
        tables, key=lambda table: _quota(_line(worked_out[table.key]["summary"], "good"))
    )
    title = _("How many said always or mostly")
    rows = []
    bars = []
    for table in weakest_first:
        summary = worked_out[table.key]["summary"]
        good, silent = _line(summary, "good"), _line(summary, "none")
        text = reading.questions[table.key].text
        bars.append(share_bar(text, good, silent=_length(silent["part"], silent["whole"])))
        rows.append((text, share_words(good), range_words(good), share_words(silent)))
    head = (_("Statement"), _("Always or mostly"), _("Could be"), NO_ANSWER)
    return Figure("statements", title, tuple(bars), Table("shares", title, head, tuple(rows)))


def share_bar(label: Message, share: Mapping[str, Any], *, silent: int = 0) -> Bar:
    """Return a bar as long as a share, with the share written on it."""
    if share["part"] == 0:
        return Bar(
            label, share_words(share), _outline(share["whole"]), is_vague=True, silent=silent
        )
    length = _length(share["part"], share["whole"])
    return Bar(label, share_words(share), length, silent=silent)


def _line(summary: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    return next(share for share in summary if share["key"] == key)


def _quota(share: Mapping[str, Any]) -> float:
    return share["part"] / share["whole"] if share["whole"] else 0.0


# Every display of an atom, in full


def category_grid(reading: Reading, tables: Sequence[CategoryTable], *, key: str) -> Table:
    """Return tables with the same categories as one: a row for each question."""
    categories = [reading.cell_text(tables[0], cell.key) for cell in tables[0].cells]
    return Table(
        key=key,
        title=_("Every answer, in numbers of people"),
        head=(_("Question"), *categories),
        rows=tuple(
            (reading.questions[table.key].text, *(cell(one.display) for one in table.cells))
            for table in tables
        ),
    )


def quarters_grid(reading: Reading, key: str, atoms: Sequence[Atom]) -> Table:
    """Return the answers to one question, a row for each atom, the newest in front."""
    question = reading.questions[key]
    rows = []
    for atom in reversed(atoms):
        table = table_of(atom, key)
        if isinstance(table, CategoryTable):
            displays = (cell(one.display) for one in table.cells)
            rows.append((span(atom.periods), cell(atom.n), *displays))
    head = (_("When"), _("People"), *lines_of(question).values())
    return Table(f"quarters-{key}", _("Quarter by quarter"), head, tuple(rows))


def atom_blocks(reading: Reading, atom: Atom) -> Iterator[Block]:
    """Give every display of one atom, with as few words as can be."""
    counted = texts_read_words if atom.clock == "words" else answered_words
    yield Subheading(span(atom.periods))
    yield Paragraph(counted(atom.n, atom.periods))
    for detail in ("three", "five"):
        for questions in _alike(reading, atom, detail):
            key = f"{atom.id[:8]}-{questions[0].key}"
            yield category_grid(reading, questions, key=key)
    if directions := [table for table in category_tables(atom) if family_of(table.key)]:
        yield directions_grid(reading, directions, key=f"{atom.id[:8]}-directions")
    for table in atom.tables:
        question = reading.questions[table.key]
        if isinstance(table, OptionTable) and table.options:
            rows = tuple(_option_cells(reading, table.key, option) for option in table.options)
            head = (_("Answer"), _("Picked it"), _("Did not pick it"))
            yield Table(f"{atom.id[:8]}-{table.key}", question.text, head, rows)
        elif isinstance(table, FamilyTable) and table.listed:
            families = tuple(question.families[family] for family in table.listed)
            yield Listing(question.text, families)
    if said := (*map(quoted, atom.quotes), *map(put_together, atom.statements)):
        yield Sayings(said)


# Themes and words


def themes_figure(reading: Reading, atom: Atom, table: OptionTable) -> Figure:
    """Return how many texts are about each theme, the most frequent in front."""
    options = sorted(table.options, key=lambda option: -option.picked)
    title = reading.questions[table.key].text
    return Figure(
        key=table.key,
        title=title,
        bars=tuple(
            Bar(
                reading.option_text(table.key, option.key),
                texts(option.picked),
                picked_length(option, atom.n),
            )
            for option in options[:MOST_BARS]
        ),
        table=Table(
            key=f"{table.key}-table",
            title=texts_read_words(atom.n, atom.periods),
            head=(_("Theme"), _("Texts about it"), _("Texts about other things")),
            rows=tuple(_option_cells(reading, table.key, option) for option in options),
        ),
    )


def directions_grid(reading: Reading, tables: Sequence[CategoryTable], *, key: str) -> Table:
    """Return which way each family of themes points: a row for each family."""
    return Table(
        key=key,
        title=_("Which way it points, in numbers of texts"),
        head=(_("Themes of a kind"), *DIRECTIONS.values()),
        rows=tuple(
            (reading.questions[table.key].text, *(cell(one.display) for one in table.cells))
            for table in tables
        ),
    )


def quoted(quote: Quote) -> Said:
    """Return words of one person as they are shown."""
    return Said(quote.words, quote.language, text_direction(quote.language), MANNERS[quote.manner])


def put_together(statement: Statement) -> Said:
    """Return a sentence made from several texts as it is shown."""
    return Said(statement.words, statement.language, text_direction(statement.language))


def text_direction(language: str) -> Literal["ltr", "rtl"]:
    """Return in which direction a language is written; an unknown one from left to right."""
    try:
        direction = Locale.parse(language, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"
    return "rtl" if direction == "rtl" else "ltr"


def _alike(reading: Reading, atom: Atom, detail: str) -> list[list[CategoryTable]]:
    """Group tables whose categories read the same, so that they share their headings."""
    alike: dict[tuple[Message, ...], list[CategoryTable]] = {}
    for table in category_tables(atom):
        if table.detail == detail:
            texts = tuple(reading.cell_text(table, one.key) for one in table.cells)
            alike.setdefault(texts, []).append(table)
    return list(alike.values())


# Everything, for further sums


def groups(publication: Publication) -> Iterator[Group]:
    """Give every atom, without its tables."""
    for atom in publication.atoms:
        yield Group(
            id=atom.id,
            clock=atom.clock,
            edition=atom.edition,
            first_period=atom.periods[0],
            last_period=atom.periods[-1],
            people=atom.n,
            tier=atom.tier,
            withheld=" ".join(atom.withheld),
        )


def numbers(reading: Reading) -> Iterator[Number]:
    """Give every display of every table."""
    for atom in reading.publication.atoms:
        for table in atom.tables:
            text = reading.questions[table.key].text
            if isinstance(table, CategoryTable):
                for one in table.cells:
                    answer = reading.cell_text(table, one.key)
                    yield Number(atom.id, table.key, text, one.key, answer, "picked", one.display)
            elif isinstance(table, OptionTable):
                for option in table.options:
                    answer = reading.option_text(table.key, option.key)
                    for side, display in (
                        ("picked", option.picked),
                        ("not_picked", option.not_picked),
                    ):
                        yield Number(atom.id, table.key, text, option.key, answer, side, display)


def named(reading: Reading) -> Iterator[Named]:
    """Give every family that was named without a number."""
    for atom in reading.publication.atoms:
        for table in atom.tables:
            if isinstance(table, FamilyTable):
                question = reading.questions[table.key]
                for family in table.listed:
                    text = question.families[family]
                    yield Named(atom.id, table.key, question.text, family, text)


def spoken(reading: Reading) -> Iterator[Spoken]:
    """Give all words, those of one person first, and what several texts were made into."""
    for atom in reading.publication.atoms:
        if atom.codebook is None:
            continue
        names = reading.questions[THEMES].families
        for quote in atom.quotes:
            family = quote.family or ""
            yield Spoken(
                atom.id,
                quote.manner,
                MANNERS[quote.manner],
                quote.language,
                family,
                names.get(family, ""),
                quote.words,
            )
        for statement in atom.statements:
            yield Spoken(
                atom.id,
                "together",
                MANNERS["together"],
                statement.language,
                statement.family,
                names.get(statement.family, ""),
                statement.words,
            )


def shares(reading: Reading) -> Iterator[Share]:
    """Give every share that was worked out: of years, of quarters, then of longer answers."""
    for headline in reading.headlines:
        points = [("group", point) for point in headline["trend"] or [headline["quarter"]]]
        if headline["year"]:
            points.insert(0, ("year", headline["year"]))
        for over, point in points:
            yield from _shares(reading, headline["key"], over, point["periods"], point["summary"])
    for atom in reading.atoms("slow"):
        for table in atom.tables:
            if not isinstance(table, FamilyTable):
                summary = reading.worked_out(atom, table.key)["summary"]
                yield from _shares(reading, table.key, "group", atom.periods, summary)


def _shares(
    reading: Reading,
    key: str,
    over: str,
    periods: Sequence[str],
    summary: Sequence[Mapping[str, Any]],
) -> Iterator[Share]:
    question = reading.questions[key]
    for share in summary:
        yield Share(
            over=over,
            first_period=periods[0],
            last_period=periods[-1],
            question=key,
            question_text=question.text,
            answer=share["key"],
            answer_text=(
                lines_of(question)[share["key"]]
                if question.kind is Kind.ONE
                else reading.option_text(key, share["key"])
            ),
            part=share["part"],
            whole=share["whole"],
            words=share["words"],
            share=share["share"],
            low=share["low"],
            high=share["high"],
        )


# Lengths


def _length(part: int, whole: int) -> int:
    return (100 * part + whole // 2) // whole if whole else 0


def _outline(whole: int) -> int:
    return min(LONGEST_OUTLINE, _length(SMALL, whole)) if whole else LONGEST_OUTLINE
