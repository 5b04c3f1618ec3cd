import pytest
from hypothesis import given
from hypothesis import strategies as st

from coproduce.core.messages import untranslated
from coproduce.feedback.codebook import NOT_ASSIGNED, load_codebook
from coproduce.feedback.moderated_words import (
    ALLOWED_USES,
    MOST_CODES,
    WORDS_LIMIT,
    Consent,
    Direction,
    Level,
    MadeCoding,
    Reason,
    Signpost,
    TextUse,
)
from coproduce.moderation.forms import (
    RISK_LIMIT,
    ReadReading,
    TypedReading,
    blank_reading,
    read_reading,
    read_refusal,
    thin_praise,
    typed_reading,
)
from coproduce.moderation.reading import Find
from coproduce.web.parsed_request import Fields

CODEBOOK = load_codebook()
FINDS = (Find(0, "Sarah", "worker"), Find(1, "last Tuesday", "day"))
LANGUAGES = {TextUse.THEMES: "en", TextUse.PARAPHRASE: "en", TextUse.QUOTE: "ar"}
WHOLE: Fields = {
    "use": ("paraphrase",),
    "words": ("People wait outside.",),
    "looked": ("1",),
    "code": ("C1", "B1"),
    "direction": ("mixed",),
    "level": ("system",),
    "direction_B1": ("works",),
    "seriousness": ("2",),
}

names = st.sampled_from(
    [
        *(
            "use",
            "words",
            "tag_0",
            "tag_1",
            "tag_7",
            "code",
            "direction_C1",
            "level_C1",
            "direction",
        ),
        *("level", "seriousness", "matters_to_few", "idea", "risk", "risk_words", "signpost"),
        *("reason", "looked", "may_stay", "act", "nothing"),
    ]
)
values = st.sampled_from(["", "1", "0", "4", "5", "-1", "quote", "paraphrase", "themes", "works"])
values |= st.sampled_from(["person", "C1", "Z0", "X9", "worker", "keep", "complaint", "abuse"])
values |= st.text(max_size=20)
forms = st.dictionaries(names, st.lists(values, min_size=1, max_size=3).map(tuple))


def read(
    fields: Fields, consent: Consent = Consent.QUOTE, *, is_found: bool = False, copied: str = ""
) -> ReadReading | dict[str, str]:
    """Return what is read, or every error by its field."""
    result = read_reading(
        typed_reading(fields, CODEBOOK, consent, FINDS),
        CODEBOOK,
        languages=LANGUAGES,
        is_found=is_found,
        copied=copied,
    )
    if isinstance(result, ReadReading):
        return result
    return {error.name: untranslated(error.message) for error in result}


def made(fields: Fields, consent: Consent = Consent.QUOTE) -> ReadReading:
    result = read(fields, consent)
    assert isinstance(result, ReadReading), result
    return result


def test_a_whole_form_is_read() -> None:
    result = made(WHOLE)
    assert result.made.use is TextUse.PARAPHRASE
    assert result.made.words == "People wait outside."
    assert result.made.language == "en"
    assert result.made.seriousness == 2
    assert result.made.codings == (
        MadeCoding("B1", Direction.WORKS, Level.SYSTEM),
        MadeCoding("C1", Direction.MIXED, Level.SYSTEM),
    )
    assert (result.is_idea, result.risk_words, result.made.signpost) == (False, None, None)


@given(forms, st.sampled_from(Consent), st.booleans())
def test_whatever_is_sent_never_goes_beyond_the_consent(
    fields: dict[str, tuple[str, ...]], consent: Consent, is_found: bool
) -> None:
    result = read(fields, consent, is_found=is_found)
    if isinstance(result, ReadReading):
        assert result.made.use in ALLOWED_USES[consent]
        assert (result.made.words is None) == (result.made.use is TextUse.THEMES)
        assert 1 <= len(result.made.codings) <= MOST_CODES
        if result.made.words is not None:
            assert "looked" in fields
        if result.is_idea:
            assert consent is not Consent.COUNT_ONLY
    else:
        assert result


@given(forms, st.sampled_from(Consent))
def test_what_was_typed_is_kept(fields: dict[str, tuple[str, ...]], consent: Consent) -> None:
    typed = typed_reading(fields, CODEBOOK, consent, FINDS)
    assert typed.codes == set(fields.get("code", ())) & CODEBOOK.keys
    assert set(typed.tags) == {0, 1}
    assert typed.has_looked == ("looked" in fields)


def test_other_words_are_the_usual_use_where_they_are_allowed() -> None:
    assert blank_reading(Consent.COUNT_ONLY, ()).use == "themes"
    assert blank_reading(Consent.PARAPHRASE, ()).use == "paraphrase"
    assert blank_reading(Consent.QUOTE, ()).use == "paraphrase"
    assert blank_reading(Consent.QUOTE, FINDS).tags == {0: "worker", 1: "day"}


def test_a_quote_keeps_its_own_language() -> None:
    assert made({**WHOLE, "use": ("quote",)}).made.language == "ar"


def test_themes_need_neither_words_nor_the_list() -> None:
    result = made({"use": ("themes",), "words": ("Typed before.",), "seriousness": ("0",)})
    assert result.made.words is None
    assert result.made.codings == (MadeCoding(NOT_ASSIGNED, Direction.DOES_NOT, Level.SERVICE),), (
        "Where no theme fits, this is said too."
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"words": ("",)}, "words"),
        ({"words": ("x" * (WORDS_LIMIT + 1),)}, "words"),
        ({"looked": None}, "looked"),
        ({"seriousness": ("5",)}, "seriousness"),
        ({"seriousness": None}, "seriousness"),
        ({"code": tuple(code.key for code in CODEBOOK.codes)}, "codes"),
        ({"risk": ("1",)}, "risk_words"),
        ({"risk_words": ("x" * (RISK_LIMIT + 1),)}, "risk_words"),
        ({"use": ("quote",), "idea": ("1",)}, "idea"),
        ({"use": ("themes",), "idea": ("1",)}, "idea"),
        ({"idea": ("1",), "words": ("Open until 9.",)}, "idea"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, tuple[str, ...] | None], name: str) -> None:
    fields = {key: value for key, value in {**WHOLE, **change}.items() if value is not None}
    errors = read(fields)
    assert isinstance(errors, dict)
    assert set(errors) == {name}


def test_what_is_marked_must_be_looked_at() -> None:
    errors = read(WHOLE, is_found=True)
    assert isinstance(errors, dict)
    assert set(errors) == {"may_stay"}
    assert isinstance(read({**WHOLE, "may_stay": ("1",)}, is_found=True), ReadReading)


def test_what_goes_to_a_panel_holds_nothing_that_is_marked() -> None:
    errors = read({**WHOLE, "may_stay": ("1",), "idea": ("1",)}, is_found=True)
    assert isinstance(errors, dict)
    assert set(errors) == {"idea"}


def test_other_words_may_not_be_the_writers_words() -> None:
    errors = read(WHOLE, copied="wait outside in the rain")
    assert isinstance(errors, dict)
    assert "wait outside in the rain" in errors["words"]
    assert isinstance(read({**WHOLE, "use": ("quote",)}, copied="anything"), ReadReading)


def test_every_error_is_said_at_once() -> None:
    errors = read({"use": ("paraphrase",), "risk": ("1",)})
    assert isinstance(errors, dict)
    assert set(errors) == {"words", "seriousness", "risk_words"}


def test_a_risk_an_idea_and_a_message_are_read() -> None:
    more = {"risk": ("1",), "risk_words": ("A child is hit.",), "idea": ("1",)}
    result = made({**WHOLE, **more, "signpost": ("rights",), "matters_to_few": ("1",)})
    assert (result.is_idea, result.risk_words) == (True, "A child is hit.")
    assert (result.made.signpost, result.made.matters_to_few) == (Signpost.RIGHTS, True)


def test_words_for_safeguarding_count_only_with_their_tick() -> None:
    assert made({**WHOLE, "risk_words": ("Typed, then thought better of it.",)}).risk_words is None


def test_thanks_are_one_theme_without_words() -> None:
    praise = thin_praise(CODEBOOK, "en")
    assert (praise.use, praise.words, praise.seriousness) == (TextUse.THEMES, None, 0)
    assert praise.codings == (MadeCoding("K1", Direction.WORKS, Level.SERVICE),)


def test_not_using_a_text_needs_a_reason() -> None:
    def refusal(**fields: str) -> object:
        form = {name: (value,) for name, value in fields.items()}
        return read_refusal(typed_reading(form, CODEBOOK, Consent.QUOTE, ()))

    assert refusal(reason="abuse") == (Reason.ABUSE, None)
    assert refusal(reason="abuse", signpost="rights") == (Reason.ABUSE, Signpost.RIGHTS)
    assert isinstance(refusal(), list)
    assert isinstance(refusal(reason="none of yours"), list)


def test_an_untouched_form_is_not_typed_in() -> None:
    assert TypedReading(use="themes").codes == frozenset()
