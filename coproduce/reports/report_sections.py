"""What a report says, section by section, in the order it is read.

Pure; every number comes from the publication. A section with nothing to say is left out, or says
that there are not enough answers yet.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from coproduce.core.messages import Message, _
from coproduce.feedback.framework import Framework, Question
from coproduce.reports.known_changes import KnownChange, fitting_changes
from coproduce.reports.publications import (
    Atom,
    CategoryTable,
    FamilyTable,
    OptionTable,
    Publication,
    publication_from,
)
from coproduce.reports.report_document import (
    Block,
    Figure,
    Listing,
    Paragraph,
    Report,
    Section,
    Subheading,
    Suggestion,
)
from coproduce.reports.report_figures import (
    NOTHING,
    Reading,
    atom_blocks,
    category_grid,
    category_tables,
    groups,
    named,
    numbers,
    options_figure,
    quarters_grid,
    share_bar,
    shares,
    spoken,
    statements_figure,
    summary_figure,
    table_of,
)
from coproduce.reports.report_sentences import (
    DECIDED_BY,
    TAKES,
    WIDE,
    answered_words,
    answers_words,
    change_words,
    good_words,
    is_too_wide,
    lines_of,
    people,
    span,
)
from coproduce.reports.report_words import (
    allowed_words,
    said_by_several,
    themes,
    themes_named,
)
from coproduce.reports.theme_tables import theme_questions

MOST_NAMED: Final = 3
"""So many answers are named on the first page. Source: docs/reports.md."""

FEWEST_DRAWN: Final = 3
"""So many quarters make a picture of how things went. Source: docs/disclosure.md, R8."""

KINDS: Final[Mapping[str, Message]] = {
    "service": _("What people told us"),
    "area": _("People who did not get in"),
    "pool": _("Services like yours, taken together"),
}

PICKED: Final = ("matters", "barriers", "where_stopped", "helped")
"""Questions where people pick any, in the order of the report."""


def build_report(
    document: Mapping[str, Any], framework: Framework, changes: tuple[KnownChange, ...]
) -> Report:
    """Return the report that a publication document makes.

    Args:
        document: a publication, as in docs/disclosure.md.
        framework: the version of the questions that the document names.
        changes: known changes, the one to be suggested first in front.

    Raises:
        UnreadableDocumentError: if the document is no publication.
        KeyError: if it holds a question that the framework does not know.
    """
    publication = publication_from(document)
    questions = {q.key: q for q in (*framework.questions, *framework.area_questions)}
    for codebook in {atom.codebook for atom in publication.atoms if atom.codebook}:
        questions |= theme_questions(codebook)
    reading = Reading(publication, questions)
    sections = (
        how_it_was(reading),
        *(picked(reading, key) for key in PICKED),
        statements(reading),
        themes(reading),
        said_by_several(reading),
        allowed_words(reading),
        what_changed(reading),
        not_heard(reading),
        how_made(reading),
        earlier_numbers(reading),
    )
    subject = publication.subject
    return Report(
        code=subject.code,
        edition=publication.edition,
        kind=KINDS[subject.kind],
        name=subject.name,
        period=span([publication.edition]),
        published_on=date.fromisoformat(publication.published_on),
        facts=tuple(_facts(publication)),
        framework=publication.framework,
        first_page=(in_short(reading), on_monday(reading, changes)),
        sections=tuple(section for section in sections if section),
        groups=tuple(groups(publication)),
        numbers=tuple(numbers(reading)),
        named=tuple(named(reading)),
        shares=tuple(shares(reading)),
        words=tuple(spoken(reading)),
    )


def _facts(publication: Publication) -> Iterator[tuple[Message, str | date]]:
    """What the report is about, and when and where it came out."""
    subject = publication.subject
    if subject.provider:
        yield _("Run by"), subject.provider
    if subject.service_kind:
        yield _("Kind of service"), subject.service_kind
    if subject.area:
        yield _("Area"), ", ".join(subject.area)
    yield _("Published"), date.fromisoformat(publication.published_on)
    yield _("Published by"), publication.deployment
    if publication.reissue:
        yield _("Made again"), date.fromisoformat(publication.reissue.on)


# The first page


def in_short(reading: Reading) -> Section:
    """The few sentences to remember."""
    heading = _("In short")
    newest = reading.newest("fast") or reading.newest("slow")
    if newest is None:
        waiting = Paragraph(_not_enough(), tone="lead")
        return Section("in-short", heading, (waiting, *themes_named(reading)))
    year = reading.headlines[0]["year"] if reading.headlines else None
    answered = (
        answers_words(year["n"], year["periods"])
        if year
        else answered_words(newest.n, newest.periods)
    )
    blocks: list[Block] = [Paragraph(answered, tone="lead")]
    for headline in reading.headlines:
        good = _good(_leading(headline))
        blocks.append(
            Paragraph(good_words(_question(reading, headline), good, is_quoted=True), tone="lead")
        )
    if any(_is_rough(_good(_leading(headline))) for headline in reading.headlines):
        blocks.append(Paragraph(_("Few people answered, so these shares are rough.")))
    for key in ("barriers", "where_stopped", "helped"):
        blocks += _named_blocks(reading, key)
    return Section("in-short", heading, (*blocks, *themes_named(reading)))


def on_monday(reading: Reading, changes: tuple[KnownChange, ...]) -> Section:
    """Up to three things to do: one for each barrier or family of barriers people named."""
    heading = _("What you could do on Monday")
    barriers = list(_barriers_named(reading))
    chosen = fitting_changes(barriers, changes)
    if not chosen:
        blocks: tuple[Block, ...] = (
            Paragraph(_("No single thing was named by enough people to print.")),
            Paragraph(_("Ask your team this: if one rule could go tomorrow, which one?")),
        )
        return Section("monday", heading, blocks)
    if any(len(alike) > 1 for _words, alike in barriers):
        intro = _("Few people answered, so we know the area only. Ask people which of these fits.")
    else:
        intro = _("Each of these answers something people named. Start with one.")
    suggestions = (
        Suggestion(
            named=_("People named: %(what)s", what=words),
            title=change.title,
            do=change.do,
            because=change.because,
            ask=_("Ask your team: %(question)s", question=change.ask),
            decided_by=DECIDED_BY[change.decided_by],
            takes=TAKES[change.takes],
        )
        for words, change in chosen
    )
    return Section("monday", heading, (Paragraph(intro), *suggestions))


def _named_blocks(reading: Reading, key: str) -> list[Block]:
    """What people picked, in words: the answers most picked, or families in no order."""
    atom, table = _newest_table(reading, key)
    name = reading.questions[key].name
    if isinstance(table, FamilyTable) and table.listed:
        intro = _("%(what)s, in no order:", what=name)
        return [Listing(intro, _families(reading, table))]
    if atom and isinstance(table, OptionTable):
        lines = tuple(bar.label for bar in options_figure(reading, atom, table).bars)
        intro = _("%(what)s, named most:", what=name)
        return [Listing(intro, lines[:MOST_NAMED])] if lines else []
    return []


def _barriers_named(reading: Reading) -> Iterator[tuple[Message, frozenset[str]]]:
    """Each barrier named, most picked in front; of a family, all its barriers."""
    for key in ("barriers", "where_stopped"):
        _atom, table = _newest_table(reading, key)
        question = reading.questions[key]
        if isinstance(table, FamilyTable):
            for family in table.listed:
                barriers = (option.key for option in question.options if option.family == family)
                yield question.families[family], frozenset(barriers)
        elif isinstance(table, OptionTable):
            for option in sorted(table.options, key=lambda option: -option.picked):
                yield reading.option_text(key, option.key), frozenset({option.key})


# How it was


def how_it_was(reading: Reading) -> Section | None:
    """The headline questions; the last year leads where enough quarters stand behind it."""
    blocks: list[Block] = []
    for headline in reading.headlines:
        question = _question(reading, headline)
        blocks.append(Subheading(question.text))
        if headline["year"]:
            blocks += _point_blocks(question, headline["year"], is_sum=True)
        if headline["year"] and not headline["quarter"]["tells_alone"]:
            blocks += _lonely_quarter_blocks(question, headline["quarter"])
        else:
            blocks += _point_blocks(question, headline["quarter"], is_sum=False)
    return Section("how-it-was", _("How it was"), tuple(blocks)) if blocks else None


def _point_blocks(question: Question, point: Mapping[str, Any], *, is_sum: bool) -> list[Block]:
    answered = (answers_words if is_sum else answered_words)(point["n"], point["periods"])
    key = f"{question.key}-{'year' if is_sum else 'quarter'}"
    figure = summary_figure(question, point["summary"], answered, key=key, is_sum=is_sum)
    return _said_blocks(question, _good(point), figure)


def _lonely_quarter_blocks(question: Question, quarter: Mapping[str, Any]) -> list[Block]:
    answered = answered_words(quarter["n"], quarter["periods"])
    key = f"{question.key}-quarter"
    figure = summary_figure(question, quarter["summary"], answered, key=key, is_sum=False)
    alone = _("The last quarter is too few to tell on its own.")
    return [Paragraph(alone), figure.table]


def _said_blocks(question: Question, good: Mapping[str, Any], figure: Figure) -> list[Block]:
    """What people said in a sentence, and a picture unless it could mean nearly anything."""
    lead = Paragraph(good_words(question, good), tone="lead")
    if is_too_wide(good):
        return [lead, figure.table]
    return [Paragraph(figure.table.title, tone="note"), lead, *_range_blocks(good), figure]


def _range_blocks(share: Mapping[str, Any]) -> list[Block]:
    if not _is_rough(share):
        return []
    words = _(
        "Few people answered. Chance alone could make this anything from %(low)s%% to %(high)s%%.",
        low=share["low"],
        high=share["high"],
    )
    return [Paragraph(words)]


def _is_rough(share: Mapping[str, Any]) -> bool:
    """Whether a share is said, but only with its range."""
    return bool(share["high"] - share["low"] >= WIDE) and not is_too_wide(share)


# What people picked


def picked(reading: Reading, key: str) -> Section | None:
    """What people picked: with numbers where many answered, families without where few did."""
    if (key == "where_stopped") != (reading.publication.subject.kind == "area"):
        return None
    atom, table = _newest_table(reading, key)
    if not atom:
        return None
    question = reading.questions[key]
    blocks: list[Block] = [Paragraph(answered_words(atom.n, atom.periods), tone="note")]
    if isinstance(table, OptionTable) and table.options:
        blocks += _option_blocks(options_figure(reading, atom, table), table)
    elif isinstance(table, FamilyTable) and table.listed:
        few = _("Few people answered, so there are no numbers here. In no order, they named:")
        blocks.append(Listing(few, _families(reading, table)))
    else:
        blocks.append(Paragraph(_("Nothing was named by enough people to print.")))
    return Section(key.replace("_", "-"), question.name, tuple(blocks))


def _option_blocks(figure: Figure, table: OptionTable) -> list[Block]:
    free = [
        Paragraph(_("Nothing got in the way for about %(people)s.", people=people(option.picked)))
        for option in table.options
        if option.key == NOTHING
    ]
    if not figure.bars:
        return [*free, figure.table]
    most = _("Named most: %(answer)s", answer=figure.bars[0].label)
    shown = _("The bars show what was named most. The table has every answer.")
    return [Paragraph(most, tone="lead"), *free, Paragraph(shown), figure]


# Statement by statement


def statements(reading: Reading) -> Section | None:
    """The statements people agreed with, more or less often."""
    if reading.publication.subject.kind == "area":
        return None
    atom = reading.newest("slow")
    tables = category_tables(atom) if atom else []
    if not atom or not tables:
        return None
    heading = _("What it was like, statement by statement")
    blocks: list[Block] = []
    for table in tables:
        if table.detail == "three":
            blocks += _coarse_blocks(reading, atom, table)
    fine = [table for table in tables if table.detail == "five"]
    if fine:
        guide = _(
            "The dark part of a bar said always or mostly. The light part said something else. "
            "The dotted end gave no answer. The weakest stand first."
        )
        blocks += [
            Paragraph(answered_words(atom.n, atom.periods), tone="note"),
            Paragraph(guide),
            statements_figure(reading, atom, fine),
            category_grid(reading, fine, key="statement-answers"),
        ]
    return Section("statements", heading, tuple(blocks))


def _coarse_blocks(reading: Reading, atom: Atom, table: CategoryTable) -> list[Block]:
    question = reading.questions[table.key]
    worked_out = reading.worked_out(atom, table.key)
    answered = answered_words(atom.n, atom.periods)
    figure = summary_figure(question, worked_out["summary"], answered, key=table.key, is_sum=False)
    return [Subheading(question.text), *_said_blocks(question, _good(worked_out), figure)]


# What changed


def what_changed(reading: Reading) -> Section | None:
    """Whether it got better: quarter by quarter, and since the detailed answers before."""
    heading = _("What changed since last time")
    if reading.publication.subject.kind == "pool":
        words = _("Other services are taken together each time, so nothing can be compared.")
        return Section("what-changed", heading, (Paragraph(words),))
    blocks: list[Block] = []
    if all(len(headline["trend"]) < 2 for headline in reading.headlines):
        blocks.append(Paragraph(_("This is the first report, so there is nothing to compare.")))
    else:
        for headline in reading.headlines:
            blocks += _trend_blocks(reading, headline)
    blocks += _statement_change_blocks(reading)
    return Section("what-changed", heading, tuple(blocks)) if blocks else None


def _trend_blocks(reading: Reading, headline: Mapping[str, Any]) -> list[Block]:
    question, trend = _question(reading, headline), headline["trend"]
    year, quarter = headline["year"], headline["quarter"]
    blocks: list[Block] = [Subheading(question.text)]
    if year:
        blocks.append(Paragraph(change_words(year["change"], since_year=True), tone="lead"))
    if not year or quarter["tells_alone"]:
        blocks.append(Paragraph(change_words(quarter["change"], since_year=False), tone="lead"))
    blocks.append(Paragraph(_("From one quarter to the next, ups and downs are mostly chance.")))
    table = quarters_grid(reading, question.key, reading.atoms("fast"))
    if len(trend) < FEWEST_DRAWN or not quarter["tells_alone"]:
        return [*blocks, table]
    bars = tuple(share_bar(span(point["periods"]), _good(point)) for point in trend)
    shown = _("The bars show how many said: %(answer)s.", answer=lines_of(question)["good"])
    return [*blocks, Paragraph(shown), Figure(table.key, question.text, bars, table)]


def _statement_change_blocks(reading: Reading) -> list[Block]:
    atom = reading.newest("slow")
    if atom is None or len(reading.atoms("slow")) < 2:
        return []
    changes: dict[str, list[Message]] = {}
    for table in category_tables(atom):
        change = reading.worked_out(atom, table.key)["change"]
        changes.setdefault(change, []).append(reading.questions[table.key].text)
    blocks: list[Block] = []
    for change, words in (
        ("better", _("Better than last time, more than chance explains:")),
        ("worse", _("Worse than last time, more than chance explains:")),
    ):
        lines = tuple(changes.get(change, ()))
        blocks += [Listing(words, lines)] if lines else []
    if "too_few_to_tell" in changes:
        words = (
            _("For the others: too few to tell if they differ from last time.")
            if blocks
            else _("Too few to tell if any of them differs from last time.")
        )
        blocks.append(Paragraph(words))
    return [Subheading(_("The statements")), *blocks] if blocks else []


# What is missing


def not_heard(reading: Reading) -> Section:
    """What is not in the numbers, said without a number."""
    lines = [*_waiting(reading)]
    held_back = _held_back(reading)
    blocks: list[Block] = [Paragraph(words) for words in lines]
    if held_back:
        words = _("Some numbers are held back, because they could tell about one person:")
        blocks.append(Listing(words, held_back))
    blocks += [
        Paragraph(_("We do not ask people who they are. So we cannot say who is missing here.")),
        Paragraph(
            _(
                "Research has heard less from men, from trans people, and from people who work "
                "indoors or online. Who near you has not seen a card or a poster yet?"
            )
        ),
    ]
    if reading.publication.subject.kind != "area":
        words = _(
            "People who never got in are not in these numbers. Their answers go into a report "
            "about the whole area."
        )
        blocks.append(Paragraph(words))
    return Section("not-heard", _("Who we have not heard from"), tuple(blocks))


def _waiting(reading: Reading) -> Iterator[Message]:
    edition = reading.publication.edition
    fast, slow = reading.newest("fast"), reading.newest("slow")
    if reading.publication.subject.kind != "area" and (fast is None or fast.edition != edition):
        yield _(
            "Not enough answers came in this quarter to print them. They are kept, and counted "
            "with the next ones."
        )
    if slow is None:
        yield _(
            "The longer answers wait until there are enough. Then they are printed here: what got "
            "in the way, what helped, and each statement."
        )
    elif slow.edition != edition:
        yield _(
            "New longer answers wait until there are enough. What stands here is from %(period)s.",
            period=span(slow.periods),
        )
    if not reading.atoms("words"):
        yield _(
            "What people wrote is read by a person first. It is printed here when there is enough."
        )


def _held_back(reading: Reading) -> tuple[Message, ...]:
    """The questions, or single answers, that the newest atoms say nothing about."""
    keys = [
        key
        for atom in (reading.newest("fast"), reading.newest("slow"), reading.newest("words"))
        if atom
        for key in atom.withheld
    ]
    return tuple(
        reading.option_text(*key.split(".", 1)) if "." in key else reading.questions[key].text
        for key in keys
    )


# How it was made


def how_made(reading: Reading) -> Section:
    """What was done to the numbers, and what they cannot say."""
    lead = _("This is what was done to the numbers, and what they cannot say:")
    lines = [
        _(
            "Numbers are changed a little by chance and rounded to %(rounding)s, so nobody can be "
            "picked out. They may not add up.",
            rounding=reading.publication.method.rounding,
        ),
        _("“Under 5” can mean a few people or nobody."),
        _(
            "Nothing is printed about fewer than %(fewest)s people.",
            fewest=reading.publication.method.smallest_group,
        ),
        _("“Could be” shows how far chance and the changed numbers reach, 19 times out of 20."),
        _("Shares count everyone who answered anything, also those who left this question out."),
        _(
            "People chose to answer. They are not a sample, so this does not say how common "
            "anything is."
        ),
        _("Do not rank services by these numbers. Small differences mean nothing."),
        _("Each answer is counted once. Someone who sent two forms counts twice."),
        _("No one at the service could read it first, change it or stop it."),
    ]
    if any(isinstance(t, FamilyTable) for atom in reading.publication.atoms for t in atom.tables):
        lines.append(
            _("A line without a number was picked by a few. Under 1 in 20 is there by chance.")
        )
    lines += _about_words(reading)
    lines.append(
        _(
            "What you could do on Monday comes from research: Smith and others 2025, Health & "
            "Social Care in the Community."
        )
    )
    return Section("how-made", _("How the numbers were made"), (Listing(lead, tuple(lines)),))


def _about_words(reading: Reading) -> Iterator[Message]:
    if not reading.atoms("words"):
        return
    yield _("A person read each text and said what it is about. One text can be about many things.")
    yield _("Words are shown from one text in five at most, and only if the writer allowed it.")
    if reading.publication.reissue:
        yield _("Some words were taken out later, because they could tell who somebody is.")


def earlier_numbers(reading: Reading) -> Section | None:
    """Every display that stands nowhere else in the report."""
    newest = (reading.newest(clock) for clock in ("fast", "slow", "words"))
    shown = {atom.id for atom in newest if atom}
    blocks: list[Block] = []
    for atom in reversed(reading.publication.atoms):
        if atom.id not in shown and not _is_in_trend(reading, atom):
            blocks += atom_blocks(reading, atom)
    replaced = any(atom.revision for atom in reading.publication.atoms)
    if replaced:
        blocks.insert(0, Paragraph(_("Some of these numbers replace earlier ones.")))
    return Section("earlier", _("Earlier numbers"), tuple(blocks)) if blocks else None


def _is_in_trend(reading: Reading, atom: Atom) -> bool:
    """Whether every table of a fast atom stands in "what changed", quarter by quarter."""
    compared = {headline["key"] for headline in reading.headlines if len(headline["trend"]) > 1}
    return atom.clock == "fast" and compared >= {table.key for table in atom.tables}


# Small things


def _newest_table(
    reading: Reading, key: str
) -> tuple[Atom | None, OptionTable | FamilyTable | None]:
    """The newest table of one question, and its atom."""
    for atom in reversed(reading.publication.atoms):
        table = table_of(atom, key)
        if isinstance(table, OptionTable | FamilyTable):
            return atom, table
    return None, None


def _families(reading: Reading, table: FamilyTable) -> tuple[Message, ...]:
    families = reading.questions[table.key].families
    return tuple(families[family] for family in table.listed)


def _question(reading: Reading, headline: Mapping[str, Any]) -> Question:
    return reading.questions[headline["key"]]


def _leading(headline: Mapping[str, Any]) -> Mapping[str, Any]:
    leading: Mapping[str, Any] = headline[headline["leads"]]
    return leading


def _good(point: Mapping[str, Any]) -> Mapping[str, Any]:
    good: Mapping[str, Any] = next(s for s in point["summary"] if s["key"] == "good")
    return good


def _not_enough() -> Message:
    return _("Not enough answers yet. They are kept, and counted with the next ones.")
