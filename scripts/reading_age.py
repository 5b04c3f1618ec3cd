"""Measures for which age the words for participants are, and writes docs/reading-age.md.

.venv/bin/python -m scripts.reading_age
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.participant_texts import NOT_FOR_PARTICIPANTS, PROJECT, Text, list_participant_texts

PAGE = PROJECT / "docs" / "reading-age.md"

AGE_OF_THE_WHOLE = 9.0
"""Most years for all texts together, and for all of one file. Source: docs/reading-age.md."""

AGE_OF_ONE_TEXT = 13.0
"""Most years for one text of at least `WORDS_THAT_COUNT` words. Source: docs/reading-age.md."""

WORDS_THAT_COUNT = 10
"""Below this a formula measures chance: one long word makes a label seem hard."""

LONGEST_SENTENCE = 20
"""Most words of a sentence. Source: NHS digital service manual, how to write good content."""

LONGEST_WORD = 9
"""Most letters of a word that is not excused below."""

EXCUSED_WORDS = {
    "accessibility": "the name of the page, which people look for under this word",
    "advertisement": "everybody has met one; “ad” is shorter and less known",
    "demonstration": "only in the demonstration",
    "experience": "the NHS item stands word for word",
    "everything": "a child’s word, if a long one",
    "everywhere": "a child’s word, if a long one",
    "invitation": "the name of a table in the list of what we hold",
    "moderator": "the name of a task, in the list of what we hold",
    "organisations": "the item of the study’s list of what gets in the way",
    "responsible": "the law asks who is responsible, and calls it that",
    "conditions": "plain words for it would be a whole sentence",
}
"""Longer words that stay, each with its reason. A plural or a genitive is the same word."""

EXCUSED_TEXTS = {
    "Overall, how was your experience of our service?": "the NHS item stands word for word",
}
"""Texts that may be harder, each with its reason."""

_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_END = re.compile(r"(?<=[.!?])[)\]”’]*\s+")
_ENDING = re.compile(r"(’s|'s|s’|s)$")


def words_of(text: str) -> list[str]:
    """Return the words of a text. A hyphen or an apostrophe does not end a word."""
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text; one without a full stop is one sentence."""
    return [part for part in _END.split(text) if words_of(part)]


def reading_age(texts: Iterable[str]) -> float:
    """Return the years at which pupils read such texts, by the stricter of two formulas.

    Both count letters, words and sentences and need no list of words and no guess at syllables.
    Their grade counts years at a school of the United States; five more is the age of the pupil.

    Source: Smith and Senter, Automated readability index, AMRL-TR-66-220, 1967; Coleman and Liau,
    A computer readability formula designed for machine scoring, 1975.
    """
    sentences = [sentence for text in texts for sentence in sentences_of(text)]
    words = [word for sentence in sentences for word in words_of(sentence)]
    if not words:
        return 0.0
    letters = sum(character.isalnum() for word in words for character in word) / len(words)
    length = len(words) / len(sentences)
    automated = 4.71 * letters + 0.5 * length - 21.43
    coleman_liau = 5.88 * letters - 29.6 / length - 15.8
    return round(5 + max(automated, coleman_liau, 0), 1)


def find_faults(texts: list[Text]) -> Iterator[str]:
    """Give everything that is too hard to read, each with what to do."""
    for text in texts:
        if text.words in EXCUSED_TEXTS:
            continue
        if is_measured(text) and (age := reading_age([text.words])) > AGE_OF_ONE_TEXT:
            yield f"Say it in plainer words (age {age}): {text.words!r}"
        for sentence in sentences_of(text.words):
            if (count := len(words_of(sentence))) > LONGEST_SENTENCE:
                yield f"Make two of this sentence of {count} words: {sentence!r}"
        for word in words_of(text.words):
            if is_long(word) and plain_form(word) not in EXCUSED_WORDS:
                yield f"Find a shorter word for {word!r}, or excuse it: {text.words!r}"
    for name, age in ages_by_file(texts).items():
        if age > AGE_OF_THE_WHOLE:
            yield f"{name} reads like age {age}: make its sentences shorter."


def is_measured(text: Text) -> bool:
    """Whether a text is long enough for a formula to mean something."""
    return len(words_of(text.words)) >= WORDS_THAT_COUNT


def is_long(word: str) -> bool:
    """Whether a word has more letters than most people take in at one look."""
    return max(len(part) for part in re.split(r"[’'-]", word)) > LONGEST_WORD


def plain_form(word: str) -> str:
    """Return a word without plural and genitive, unless it is excused as it is."""
    lower = word.lower()
    return lower if lower in EXCUSED_WORDS else _ENDING.sub("", lower)


def ages_by_file(texts: list[Text]) -> dict[str, float]:
    """Return the reading age of all texts of a file, for files with enough of them."""
    by_file: dict[str, list[str]] = {}
    for text in texts:
        for name in text.files:
            by_file.setdefault(name, []).append(text.words)
    return {
        name: reading_age(here)
        for name, here in sorted(by_file.items())
        if sum(len(words_of(words)) for words in here) >= 5 * WORDS_THAT_COUNT
    }


def page(texts: list[Text]) -> str:
    """Return docs/reading-age.md as it is to be."""
    sentences = [sentence for text in texts for sentence in sentences_of(text.words)]
    long_ones = [text for text in texts if is_measured(text)]
    worst = sorted(long_ones, key=lambda text: (-reading_age([text.words]), text.words))[:30]
    ages = Counter(int(reading_age([text.words])) for text in long_ones)
    lengths = Counter((len(words_of(sentence)) - 1) // 5 for sentence in sentences)
    short = len(texts) - len(long_ones)
    lines = [
        "# How hard our words are to read",
        "",
        "Written by `.venv/bin/python -m scripts.reading_age`, and held by a test. It measures",
        "every English text that people who give feedback may meet, on pages and on paper. Nobody",
        "keeps a list: `scripts/participant_texts.py` finds the texts by the files they stand in.",
        "",
        "**What is measured.** Two published formulas, of which the stricter counts: the",
        "Automated Readability Index (1967) and Coleman–Liau (1975). Both count letters, words and",
        "sentences, so they give the same number everywhere and need no list of words. The age is",
        "the grade of the formula and five years. One text alone may be four years",
        "above the whole: on twelve words a formula is rough, and one long word moves it by years.",
        "",
        "**What they cannot tell.** A formula does not know whether a word is kind, or clear, or",
        "true. Short sentences please it, also odd ones. It is a floor. People who have been there",
        "read these words before an instance opens.",
        "",
        "| what | bound | now |",
        "| --- | ---: | ---: |",
        f"| all texts together, in years | {AGE_OF_THE_WHOLE:g} |"
        f" {reading_age([text.words for text in texts])} |",
        f"| the hardest file, in years | {AGE_OF_THE_WHOLE:g} |"
        f" {max(ages_by_file(texts).values())} |",
        f"| the hardest text of {WORDS_THAT_COUNT} words or more, in years |"
        f" {AGE_OF_ONE_TEXT:g} | {reading_age([worst[0].words])} |",
        f"| the longest sentence, in words | {LONGEST_SENTENCE} |"
        f" {max(len(words_of(sentence)) for sentence in sentences)} |",
        f"| letters of a word that is not excused | {LONGEST_WORD} | {max(_letters(texts))} |",
        "",
        f"There are {len(texts)} texts with {len(sentences)} sentences. {short} are shorter than",
        f"{WORDS_THAT_COUNT} words: for those only sentences and words are looked at, because a",
        "formula would measure chance.",
        "",
        "## How they are spread",
        "",
        f"| age of one text ({WORDS_THAT_COUNT} words or more) | texts |",
        "| --- | ---: |",
        *(f"| {age} | {ages[age]} |" for age in range(min(ages), max(ages) + 1)),
        "",
        "| words of a sentence | sentences |",
        "| --- | ---: |",
        *(f"| {5 * at + 1} to {5 * at + 5} | {lengths[at]} |" for at in sorted(lengths)),
        "",
        "## The hardest thirty",
        "",
        "| age | text | file |",
        "| ---: | --- | --- |",
        *(
            f"| {reading_age([text.words])} | {_cell(text.words)} | `{Path(text.files[0]).name}` |"
            for text in worst
        ),
        "",
        "## What is excused",
        "",
        "| word or text | why it stays |",
        "| --- | --- |",
        *(f"| {word} | {why} |" for word, why in sorted((EXCUSED_WORDS | EXCUSED_TEXTS).items())),
        "",
        "Files that are reached and show participants nothing:",
        "",
        *(f"- `{name}`: {why}" for name, why in sorted(NOT_FOR_PARTICIPANTS.items())),
        "",
    ]
    return "\n".join(lines)


def _letters(texts: list[Text]) -> Iterator[int]:
    for text in texts:
        for word in words_of(text.words):
            if plain_form(word) not in EXCUSED_WORDS:
                yield max(len(part) for part in re.split(r"[’'-]", word))


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def main() -> None:
    """Write the page, and say what is too hard."""
    texts = list_participant_texts()
    PAGE.write_text(page(texts), encoding="utf-8")
    for fault in find_faults(texts):
        print(f"- {fault}")
    print(f"{PAGE.relative_to(PROJECT)} is written.")


if __name__ == "__main__":
    main()
