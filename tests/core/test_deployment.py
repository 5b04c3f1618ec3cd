from pathlib import Path

import pytest

from coproduce.core.deployment import Helpline, Recipient, Safeguarding, read_deployment
from coproduce.core.errors import OperatorError
from coproduce.settings import EXAMPLE_DEPLOYMENT

GOOD = """
title = "Feedback"
run_by = "Voices"
contact = "post@example.org"
reading_days = ["monday"]
exit_url = "https://example.org"
[[helplines]]
name = "A line"
contact = "123"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "deployment.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_deployment_file_says_who_runs_this(tmp_path: Path) -> None:
    deployment = read_deployment(written(tmp_path, GOOD))
    assert deployment.title == "Feedback"
    assert deployment.reading_days == ("monday",)
    assert deployment.helplines == (Helpline("A line", "123"),)


PROCEDURE = """
[safeguarding]
steps = ["Ask a colleague.", "Decide."]
[[safeguarding.recipients]]
name = "The duty desk"
contact = "456"
"""


def test_without_a_procedure_nobody_is_named(tmp_path: Path) -> None:
    deployment = read_deployment(written(tmp_path, GOOD))
    assert deployment.safeguarding == Safeguarding()
    assert deployment.panel_day == "wednesday"


def test_the_safeguarding_procedure_names_steps_and_people(tmp_path: Path) -> None:
    whole = 'panel_day = "friday"\n' + GOOD + PROCEDURE
    deployment = read_deployment(written(tmp_path, whole))
    assert deployment.panel_day == "friday"
    assert deployment.safeguarding == Safeguarding(
        ("Ask a colleague.", "Decide."), (Recipient("The duty desk", "456"),)
    )


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ('panel_day = "friday"', 'panel_day = "someday"', "Set panel_day"),
        ('["Ask a colleague.", "Decide."]', "[]", "Give \\[safeguarding\\] steps"),
        ('["Ask a colleague.", "Decide."]', '"Ask."', "Give \\[safeguarding\\] steps"),
        ('contact = "456"', "", "Give \\[safeguarding\\] steps"),
        ('contact = "456"', 'contact = " "', "Give \\[safeguarding\\] steps"),
        ('name = "The duty desk"', "name = 5", "Give \\[safeguarding\\] steps"),
        ("[safeguarding]\n", '[safeguarding]\nwhom = "me"\n', "Give \\[safeguarding\\] steps"),
        (
            PROCEDURE,
            PROCEDURE + PROCEDURE[PROCEDURE.index("[[") :],
            "Give \\[safeguarding\\] steps",
        ),
    ],
)
def test_a_fault_of_the_procedure_is_named(tmp_path: Path, old: str, new: str, mend: str) -> None:
    whole = 'panel_day = "friday"\n' + GOOD + PROCEDURE
    assert old in whole
    with pytest.raises(OperatorError, match=mend):
        read_deployment(written(tmp_path, whole.replace(old, new)))


def test_the_example_that_comes_along_is_whole() -> None:
    deployment = read_deployment(EXAMPLE_DEPLOYMENT)
    assert "police" not in deployment.helplines[0].name.lower()
    assert deployment.helplines[0].contact != "999"


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ('title = "Feedback"', "", "Set title"),
        ('title = "Feedback"', 'title = " "', "Set title"),
        ('run_by = "Voices"', "run_by = 5", "Set run_by"),
        ('run_by = "Voices"', 'run_by = "Voices"\nsupervision = 5', "Set supervision"),
        ('reading_days = ["monday"]', 'reading_days = ["someday"]', "Set reading_days"),
        ('reading_days = ["monday"]', "reading_days = []", "Set reading_days"),
        ("https://example.org", "http://example.org", "https://"),
        ('contact = "123"', "", "helplines"),
        ('contact = "123"', 'contact = "123"\nlogo = "x"', "helplines"),
        ('title = "Feedback"', "title =", "not valid TOML"),
    ],
)
def test_a_fault_of_the_file_is_named(tmp_path: Path, old: str, new: str, mend: str) -> None:
    with pytest.raises(OperatorError, match=mend):
        read_deployment(written(tmp_path, GOOD.replace(old, new)))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as raised:
        read_deployment(written(tmp_path, 'contact = "x"'))
    for name in ("title", "run_by", "exit_url", "reading_days", "helplines"):
        assert name in str(raised.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"Copy deployment\.example\.toml"):
        read_deployment(tmp_path / "nothing.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match="not valid TOML"):
        read_deployment(tmp_path / "d.toml")
