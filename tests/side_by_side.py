"""All tests in sessions that run side by side: `python -m tests.side_by_side [--checks] [arguments of pytest …]`.

The first session's report is shown as it runs, all else when it has ended. Whatever fails makes the whole fail.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SESSIONS = max(2, min(4, os.cpu_count() or 2))
CHECKS = ["make", "--no-print-directory", "checks"]


@dataclass
class Running:
    """A process beside the others, whose words are kept until it ends."""

    title: str
    command: list[str]
    log: Path

    def start(self) -> Running:
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        return self

    def ended(self) -> int:
        """Wait, show what it said; its exit status."""
        status = self.process.wait()
        say(f"== {self.title}: {'failed' if status else 'passed'}")
        say(self.log.read_text(encoding="utf-8", errors="replace").rstrip())
        return status


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """The exit status: 0 where everything passed."""
    beside: list[Running] = []
    with tempfile.TemporaryDirectory(prefix="xunzhang-tests-") as kept:
        taken = Path(kept) / "taken"
        taken.mkdir()
        session = [sys.executable, "-m", "pytest", "-p", "tests.sharing", f"--share={taken}"]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the others too
        try:
            if "--checks" in arguments:
                arguments = [one for one in arguments if one != "--checks"]
                beside.append(Running("Lint, types, imports", CHECKS, Path(kept) / "checks.log").start())
            for number in range(2, SESSIONS + 1):
                log = Path(kept) / f"session-{number}.log"
                beside.append(Running(f"Tests, session {number}", [*session, *arguments], log).start())
            failed = subprocess.run([*session, *arguments], cwd=ROOT, check=False).returncode
            for one in beside:
                failed = one.ended() or failed
        finally:
            for one in beside:
                if one.process.poll() is None:
                    one.process.terminate()
                    one.process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
