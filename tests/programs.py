"""The program `coproduce` as an operator runs it: in a process of its own, with an environment."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Program:
    """The program with a data folder, settings, and perhaps words in front of its command."""

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        return [
            *self.before,
            sys.executable,
            "-m",
            "coproduce",
            "--data",
            str(self.data),
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What the process is given: its settings, and little of this machine.

        Temporary files come into the folder that holds the data folder.
        """
        named = {f"COPRODUCE_{name.upper()}": value for name, value in self.settings.items()}
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "TMPDIR": str(self.data.parent),
            **named,
        }

    def run(self, *arguments: str, typed: str = "", fault: bool = False) -> str:
        """Run a command to its end and return what it said.

        Raises:
            AssertionError: if it failed, or did not though a fault was expected.
        """
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fault, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, log: Path, *, ends_by: signal.Signals = signal.SIGTERM) -> Iterator[str]:
        """Serve on a free port, give the address, and stop as an operator does, or a power cut."""
        port = free_port()
        with log.open("ab") as said:
            process = subprocess.Popen(
                self.command("serve", "--port", str(port)),
                env=self.environment,
                stdout=said,
                stderr=said,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process, log)
            yield address
        finally:
            process.send_signal(ends_by)
            ended = process.wait(timeout=60)
        assert ended == (0 if ends_by is signal.SIGTERM else -ends_by), log.read_text()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text()
        try:
            httpx2.get(f"{address}/about")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(log.read_text())
