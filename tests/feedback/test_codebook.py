import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract

from coproduce.core.messages import Message, untranslated
from coproduce.feedback.codebook import (
    CURRENT_CODEBOOK,
    NOT_ASSIGNED,
    THIN_PRAISE,
    Codebook,
    load_codebook,
)

VERSIONS = sorted(
    entry.name.removesuffix(".toml")
    for entry in resources.files("coproduce").joinpath("feedback/codebooks").iterdir()
)
WORDS_IN_A_SENTENCE = 20

in_every_version = pytest.mark.parametrize("version", VERSIONS)


def texts_of(codebook: Codebook) -> Iterator[Message]:
    yield from (family.name for family in codebook.families)
    for code in codebook.codes:
        yield from (code.name, code.use_for)


@in_every_version
def test_every_key_and_every_name_is_used_once(version: str) -> None:
    codebook = load_codebook(version)

    for values in (
        [code.key for code in codebook.codes],
        [family.key for family in codebook.families],
        [code.name for code in codebook.codes],
        [family.name for family in codebook.families],
    ):
        assert set(Counter(values).values()) == {1}
    assert codebook.keys == {code.key for code in codebook.codes}


@in_every_version
def test_every_code_has_a_family_and_every_family_a_code(version: str) -> None:
    codebook = load_codebook(version)

    assert {code.family for code in codebook.codes} == {family.key for family in codebook.families}
    for family in codebook.families:
        assert all(code.key.startswith(family.key) for code in codebook.codes_of(family.key))


@in_every_version
def test_every_text_is_given_to_translators(version: str) -> None:
    path = resources.files("coproduce").joinpath(f"feedback/codebooks/{version}.toml")
    found = extract("scripts.codebook_texts:extract", io.BytesIO(path.read_bytes()))
    given = {message for _line, message, _comments, _context in found}

    assert {untranslated(text) for text in texts_of(load_codebook(version))} == given


@in_every_version
def test_every_sentence_is_short(version: str) -> None:
    for text in texts_of(load_codebook(version)):
        for sentence in untranslated(text).split(". "):
            assert len(sentence.split()) <= WORDS_IN_A_SENTENCE, sentence


@in_every_version
def test_every_code_but_the_last_has_keywords_each_once(version: str) -> None:
    for code in load_codebook(version).codes:
        assert bool(code.keywords) == (code.key != NOT_ASSIGNED), code.key
        twice = [word for word, count in Counter(code.keywords).items() if count > 1]
        assert not twice, (code.key, twice)


@in_every_version
def test_a_file_says_its_own_version_and_whence_each_code_came(version: str) -> None:
    codebook = load_codebook(version)

    assert codebook.version == version
    for code in codebook.codes:
        assert code.sections == "not in the study" or re.fullmatch(
            r"\d(\.\d)?(, \d(\.\d)?)*", code.sections
        ), code.key


@in_every_version
def test_labels_of_the_other_framework_are_those_of_its_data(
    version: str, shared_data: Path
) -> None:
    path = shared_data / "px_feedback_v6" / "feedback.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = set(next(csv.reader(file)))

    for code in load_codebook(version).codes:
        assert set(code.px) <= header, code.key


def test_the_present_codebook_has_the_codes_it_was_made_with() -> None:
    """Coded texts name them, so that none may go: a change is a new version."""
    keys = [code.key for code in load_codebook("2026-1").codes]

    assert " ".join(keys) == (
        "A1 A2 A3 A4 A5 B1 B2 B3 C1 C2 C3 C4 D1 D2 D3 D4 E1 E2 E3"
        " F1 F2 F3 F4 F5 F6 G1 G2 G3 H1 H2 H3 I1 J1 K1 Z0"
    )
    assert CURRENT_CODEBOOK in VERSIONS
    assert load_codebook().version == CURRENT_CODEBOOK


def test_one_code_or_family_is_found_by_its_key() -> None:
    codebook = load_codebook()

    assert untranslated(codebook.code(THIN_PRAISE).name) == "General praise or thanks"
    assert untranslated(codebook.family("C").name) == "Getting in"
    assert [code.key for code in codebook.codes_of("E")] == ["E1", "E2", "E3"]
    with pytest.raises(KeyError):
        codebook.code("Q9")
    with pytest.raises(KeyError):
        codebook.family("Q")
    with pytest.raises(KeyError):
        load_codebook("1999-1")
