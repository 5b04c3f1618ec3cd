"""T18: neither the server nor what it makes asks anybody else for anything."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT


def reached_by_story(folder: Path, *more: str) -> list[str]:
    """Let an instance live in a process of its own; return whom it tried to reach."""
    (folder / "data").mkdir()
    program = [sys.executable, "-m", "tests.proofs.story", str(folder), *more]
    done = subprocess.run(program, cwd=PROJECT, capture_output=True, check=True, timeout=300)
    reached: list[str] = json.loads(done.stdout)
    return reached


def test_a_whole_life_reaches_nobody(tmp_path: Path) -> None:
    assert reached_by_story(tmp_path) == []


def test_an_instance_that_asks_once_is_found_out(tmp_path: Path) -> None:
    assert any("127.0.0.1" in address for address in reached_by_story(tmp_path, "curious"))
