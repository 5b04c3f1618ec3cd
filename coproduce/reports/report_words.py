"""The sections of a report that say what people wrote: themes, sentences and words they allowed."""

from typing import Final

from coproduce.core.messages import _
from coproduce.reports.publications import Atom, FamilyTable, OptionTable, Quote
from coproduce.reports.report_document import (
    Block,
    Listing,
    Paragraph,
    Sayings,
    Section,
    Subheading,
)
from coproduce.reports.report_figures import (
    Reading,
    category_tables,
    directions_grid,
    put_together,
    quoted,
    table_of,
    themes_figure,
)
from coproduce.reports.report_sentences import texts_read_words
from coproduce.reports.theme_tables import THEMES

MOST_NAMED: Final = 3
"""So many themes are named on the first page. Source: docs/reports.md."""


def themes(reading: Reading) -> Section | None:
    """What people wrote about: with numbers where many wrote, families without where few did."""
    atom = reading.newest("words")
    if atom is None:
        return None
    blocks: list[Block] = [Paragraph(texts_read_words(atom.n, atom.periods), tone="note")]
    table = table_of(atom, THEMES)
    if isinstance(table, FamilyTable) and table.listed:
        families = reading.questions[THEMES].families
        few = _("Few texts came in, so there are no numbers here. In no order, they are about:")
        blocks.append(Listing(few, tuple(families[family] for family in table.listed)))
    elif isinstance(table, OptionTable):
        blocks += _numbered(reading, atom, table)
    if len(blocks) == 1:
        blocks.append(Paragraph(_("Nothing was written about by enough people to print.")))
    return Section("themes", _("What people wrote about"), tuple(blocks))


def themes_named(reading: Reading) -> list[Listing]:
    """What people wrote about, in a few lines for the first page."""
    atom = reading.newest("words")
    table = table_of(atom, THEMES)
    if isinstance(table, FamilyTable) and table.listed:
        families = reading.questions[THEMES].families
        lines = tuple(families[family] for family in table.listed)
        return [Listing(_("People wrote about, in no order:"), lines)]
    if atom and isinstance(table, OptionTable) and table.options:
        bars = themes_figure(reading, atom, table).bars[:MOST_NAMED]
        return [Listing(_("People wrote about most:"), tuple(bar.label for bar in bars))]
    return []


def said_by_several(reading: Reading) -> Section | None:
    """Sentences that were made from several texts."""
    atom = reading.newest("words")
    if atom is None or not atom.statements:
        return None
    intro = _("Each sentence is made from three texts or more. These are nobody’s own words.")
    lines = tuple(put_together(statement) for statement in atom.statements)
    blocks: list[Block] = [Paragraph(intro), Sayings(lines)]
    if not atom.quotes:
        blocks.append(_problem(reading))
    return Section("together", _("What several people said"), tuple(blocks))


def allowed_words(reading: Reading) -> Section | None:
    """Words of single people, who allowed it; under a heading where there are enough."""
    atom = reading.newest("words")
    if atom is None or not atom.quotes:
        return None
    intro = _(
        "People allowed us to show these words. What could tell who they are was taken out. "
        "The order means nothing."
    )
    blocks = (Paragraph(intro), *_by_family(reading, atom.quotes), _problem(reading))
    return Section("words", _("Words people allowed"), blocks)


def _problem(reading: Reading) -> Paragraph:
    """Where to say that words tell who somebody is."""
    publication = reading.publication
    words = _(
        "Do words in this report tell who somebody is? Tell us on our page “Words in a report”. "
        "The code of this report is %(code)s %(edition)s.",
        code=publication.subject.code,
        edition=publication.edition,
    )
    return Paragraph(words, tone="note")


def _numbered(reading: Reading, atom: Atom, table: OptionTable) -> list[Block]:
    blocks: list[Block] = []
    if table.options:
        figure = themes_figure(reading, atom, table)
        most = _("Written about most: %(theme)s", theme=figure.bars[0].label)
        shown = _("The bars show what most texts are about. The table has every theme.")
        blocks += [Paragraph(most, tone="lead"), Paragraph(shown), figure]
    if directions := category_tables(atom):
        told = _("A theme of few texts is counted with its kind only.")
        blocks += [Paragraph(told), directions_grid(reading, directions, key="directions")]
    return blocks


def _by_family(reading: Reading, quotes: tuple[Quote, ...]) -> list[Block]:
    """Group the words, those without a heading first; inside a group the order stays by chance."""
    blocks: list[Block] = []
    if alone := tuple(quoted(quote) for quote in quotes if quote.family is None):
        blocks.append(Sayings(alone))
    for family, name in reading.questions[THEMES].families.items():
        if under := tuple(quoted(quote) for quote in quotes if quote.family == family):
            blocks += [Subheading(name), Sayings(under)]
    return blocks
