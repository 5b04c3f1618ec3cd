from enum import StrEnum

import pytest

from coproduce.feedback.moderated_words import (
    ALLOWED_USES,
    MOST_SERIOUS,
    Consent,
    Direction,
    Level,
    Reason,
    Signpost,
    TextUse,
)
from coproduce.moderation.choices import (
    CONSENTS,
    DIRECTIONS,
    LEVELS,
    REASONS,
    SERIOUSNESS,
    SIGNPOSTS,
    USES,
)
from coproduce.moderation.forms import USUAL_USE


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        (Consent, CONSENTS),
        (TextUse, USES),
        (Direction, DIRECTIONS),
        (Level, LEVELS),
        (Reason, REASONS),
        (Signpost, SIGNPOSTS),
    ],
)
def test_every_choice_has_words(choices: type[StrEnum], named: dict[StrEnum, object]) -> None:
    assert set(named) == set(choices)


def test_every_step_of_seriousness_has_its_line() -> None:
    assert [said.text[0] for said in SERIOUSNESS] == [str(n) for n in range(MOST_SERIOUS + 1)]


@pytest.mark.parametrize("consent", Consent)
def test_what_is_chosen_at_first_is_allowed_and_shown_first(consent: Consent) -> None:
    shown = [use for use in USES if use in ALLOWED_USES[consent]]
    assert shown[0] is USUAL_USE[consent]
