"""No text of ours makes a label of a person, or shames one. Source: coproduce/words/labels.toml."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from coproduce.core.labels import find_labels
from tests.guards.catalogues import PROJECT, texts_of_the_program

QUOTED = {
    "They said I was not ready, or too chaotic.": "what a service said to people, as they tell it",
    "Being refused, treated worse than others, or told you are too chaotic.": "the same",
}
"""Texts in which a label is somebody else's word, each with the reason."""

SHOWN = (
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/*.md",
    "coproduce/deployment.example.toml",
)
ON_PAPER = "coproduce/**/*.typ"
NAMED_IN_DOCS = re.compile(r"`[^`\n]*`|```.*?```|“[^”\n]*”|\"[^\"\n]*\"", re.DOTALL)
"""What a document quotes: a word there is named, not used."""


def labels_in(name: str, text: str) -> Iterator[str]:
    """Give each label of a text, with plainer words."""
    for label in find_labels(text):
        around = text[max(0, label.start - 30) : label.end + 30]
        yield f"{name}: {label.words!r} in {around!r}: {label.instead}"


def test_no_text_of_the_program_makes_a_label_of_anybody() -> None:
    texts = texts_of_the_program() - QUOTED.keys()
    found = [line for text in sorted(texts) for line in labels_in("message", text)]
    assert not found, "Say it like this instead:\n" + "\n".join(found)


def test_no_document_makes_a_label_of_anybody() -> None:
    paths = [path for pattern in (*SHOWN, ON_PAPER) for path in sorted(PROJECT.glob(pattern))]
    assert len(paths) > len(SHOWN)
    found = [
        line
        for path in paths
        for line in labels_in(path.name, NAMED_IN_DOCS.sub(" … ", path.read_text("utf-8")))
    ]
    assert not found, "Say it like this instead:\n" + "\n".join(found)


def test_what_is_quoted_is_there_and_needs_it() -> None:
    assert texts_of_the_program() >= QUOTED.keys()
    assert all(any(find_labels(text)) for text in QUOTED)


def test_every_label_has_plainer_words_that_are_no_label() -> None:
    file = PROJECT / "coproduce" / "words" / "labels.toml"
    for entry in tomllib.loads(file.read_text("utf-8"))["labels"]:
        assert entry["phrases"], entry
        assert not list(find_labels(entry["instead"])), entry["instead"]


@pytest.mark.parametrize(
    "text",
    [
        "She is an addict.",
        "Support for drug users",
        "Two clients failed to attend.",
        "Prostitutes in the area",
        "Hard-to-reach groups",
        "He was NON-COMPLIANT with treatment.",
        "A vulnerable adult",
        "They did get clean.",
        "Victims of violence",
        "chaotic lifestyles",
    ],
)
def test_the_guard_finds_a_label(text: str) -> None:
    assert len(list(labels_in("fixture", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Clean kit, condoms or other safe supplies",
        "Ring Victim Support.",
        "People who use drugs said the waiting room was clean.",
        "It was refused at the desk.",
    ],
)
def test_the_guard_leaves_plain_words_alone(text: str) -> None:
    assert not list(find_labels(text))
