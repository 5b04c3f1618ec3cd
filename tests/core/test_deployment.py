from datetime import date
from pathlib import Path

import pytest

from coproduce.core.deployment import (
    Helpline,
    Recipient,
    Safeguarding,
    find_stale_facts,
    read_deployment,
)
from coproduce.core.errors import OperatorError
from coproduce.settings import EXAMPLE_DEPLOYMENT

GOOD = """
title = "Feedback"
run_by = "Voices"
contact = "post@example.org"
reading_days = ["monday"]
exit_url = "https://example.org"
helplines_checked_on = 2026-03-31
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
    assert deployment.helplines_checked_on == date(2026, 3, 31)


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
    assert [line.is_emergency for line in deployment.helplines] == [False] * 4 + [True]
    assert len(deployment.reading_days) >= 2


def test_nobody_has_checked_the_example_for_you() -> None:
    faults = list(find_stale_facts(read_deployment(EXAMPLE_DEPLOYMENT), date(2026, 11, 22)))
    assert [fault.split(".")[0] for fault in faults] == [
        "The help lines were last checked on 2000-01-01",
        "The contact post@example",
    ]


@pytest.mark.parametrize(
    ("day", "is_stale"),
    [
        (date(2026, 3, 30), True),
        (date(2026, 3, 31), False),
        (date(2027, 3, 31), False),
        (date(2027, 4, 1), True),
    ],
)
def test_help_lines_are_checked_once_a_year(tmp_path: Path, day: date, is_stale: bool) -> None:
    ours = GOOD.replace("post@example.org", "post@voices.test")
    assert any(find_stale_facts(read_deployment(written(tmp_path, ours)), day)) is is_stale


@pytest.mark.parametrize("contact", ["post@example.org", "voices@post.example", "a@b.example.com"])
def test_an_example_address_is_no_contact(tmp_path: Path, contact: str) -> None:
    deployment = read_deployment(written(tmp_path, GOOD.replace("post@example.org", contact)))
    assert any("is an example" in f for f in find_stale_facts(deployment, date(2026, 4, 1)))


def with_lines(*lines: tuple[str, str]) -> str:
    """The good file with other help lines."""
    blocks = [f'[[helplines]]\nname = "{name}"\ncontact = "{contact}"\n' for name, contact in lines]
    return GOOD[: GOOD.index("[[")] + "".join(blocks)


def test_the_police_may_come_last(tmp_path: Path) -> None:
    text = with_lines(("A line", "123"), ("Emergency", "999"))
    assert read_deployment(written(tmp_path, text)).helplines[-1].is_emergency


@pytest.mark.parametrize(
    "lines",
    [
        [("Emergency", "999")],
        [("Ambulance", "999"), ("A line", "123")],
        [("Police desk", "01632 960 001"), ("A line", "123")],
        [("A line", "123"), ("Not urgent", " 101 "), ("Another", "456")],
    ],
)
def test_the_police_never_come_first(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    with pytest.raises(OperatorError, match="may only be the last"):
        read_deployment(written(tmp_path, with_lines(*lines)))


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ('title = "Feedback"', "", "Set title"),
        ('title = "Feedback"', 'title = " "', "Set title"),
        ('run_by = "Voices"', "run_by = 5", "Set run_by"),
        ('run_by = "Voices"', 'run_by = "Voices"\nsupervision = 5', "Set supervision"),
        ('run_by = "Voices"', 'run_by = "Voices"\nhand_in = ["box"]', "Set hand_in"),
        ('reading_days = ["monday"]', 'reading_days = ["someday"]', "Set reading_days"),
        ('reading_days = ["monday"]', "reading_days = []", "Set reading_days"),
        ('["monday"]', '["monday", "monday"]', "reading_days once"),
        ('title = "Feedback"', f'title = "{"F" * 31}"', "within 30 characters"),
        ('title = "Feedback"', 'title = "Sexual health"', "does not tell"),
        ("https://example.org", "http://example.org", "https://"),
        ("2026-03-31", '"2026-03-31"', "Try every help line"),
        ("helplines_checked_on = 2026-03-31", "", "Try every help line"),
        ("2026-03-31", "2026-03-31T12:00:00", "Try every help line"),
        ('contact = "123"', "contact = 123", "helplines"),
        ('contact = "123"', 'contact = " "', "helplines"),
        ('contact = "123"', f'contact = "{"1" * 61}"', "at most 60 characters"),
        ('contact = "123"', 'contact = "1\\n2"', "on one line"),
        ('contact = "123"', "", "helplines"),
        ('contact = "123"', 'contact = "123"\nlogo = "x"', "helplines"),
        ('title = "Feedback"', "title =", "not valid TOML"),
    ],
)
def test_a_fault_of_the_file_is_named(tmp_path: Path, old: str, new: str, mend: str) -> None:
    assert old in GOOD
    with pytest.raises(OperatorError, match=mend):
        read_deployment(written(tmp_path, GOOD.replace(old, new)))


def test_a_long_list_of_help_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="to 6 lines"):
        read_deployment(written(tmp_path, with_lines(*[("A line", "123")] * 7)))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as raised:
        read_deployment(written(tmp_path, 'contact = "x"'))
    for name in ("title", "run_by", "exit_url", "reading_days", "helplines", "checked_on"):
        assert name in str(raised.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"Copy deployment\.example\.toml"):
        read_deployment(tmp_path / "nothing.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match="not valid TOML"):
        read_deployment(tmp_path / "d.toml")
