"""Make the working copy's Python environment and look for programs of the system; the standard library alone.

Run by `make` as `python3 config/bootstrap.py [--browser]`, before any package is installed.
A second run does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from ctypes.util import find_library
from pathlib import Path
from typing import Any, NoReturn

PROJECT_DIR = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV", "").strip() or PROJECT_DIR / ".venv")
LOCK = PROJECT_DIR / "requirements.lock"
OLDEST = (3, 11)
# The headless shell first: it opens a window of its own for a person at a third of the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PANGO_PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    sys.exit("Set-up stopped: " + text)


def run(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in command], check=False, **options)


def can_install() -> bool:
    """Whether packages of the system can be installed here without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> bool:
    """Install packages of Debian; whether it worked."""
    say("Installing " + " ".join(packages) + " ...")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for attempt in (command, None, command):
        if attempt is None:
            run(["apt-get", "update", "-qq"], env=environment, stdout=subprocess.DEVNULL)
        elif run(attempt, env=environment, stdout=subprocess.DEVNULL).returncode == 0:
            return True
    return False


def python_command() -> str:
    """A Python that is new enough: the one that runs this, or a newer one on PATH."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    stop(
        "Python %d.%d or newer is needed, this is %s. "
        "On Debian 12 or Ubuntu 24.04 and later: apt-get install python3" % (*OLDEST, sys.version.split()[0])
    )


def make_environment() -> None:
    if (VENV / "bin" / "python").exists() and run(
        [VENV / "bin" / "python", "-m", "pip", "--version"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode == 0:
        return
    python = python_command()
    if run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode:
        version = run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
        )
        package = "python%s-venv" % version.stdout.strip()
        line = "apt-get install %s" % package
        if not can_install():
            stop("this Python cannot make environments. Have an administrator run: %s" % line)
        if not apt_install([package]):
            stop("this did not work: %s" % line)
    say("Making the Python environment in %s ..." % VENV)
    if run([python, "-m", "venv", "--clear", VENV]).returncode:
        stop("the Python environment could not be made.")


def install_packages() -> None:
    stamp = VENV / ".requirements"
    state = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == state:
        return
    say("Installing Python packages (a few minutes the first time) ...")
    done = run(
        [
            VENV / "bin" / "python",
            "-m",
            "pip",
            "install",
            "-qq",
            "--no-compile",
            "--disable-pip-version-check",
            "--no-input",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
            LOCK,
        ]
    )
    if done.returncode:
        stop("the Python packages of requirements.lock could not be installed; pip's own words stand above.")
    # pip compiles on one processor, this on all; some packages carry files that are no Python of this version.
    run([VENV / "bin" / "python", "-m", "compileall", "-qq", "-j", "0", VENV / "lib"])
    stamp.write_text(state)


def look_for_pango() -> None:
    """Printing needs Pango. Its absence stops nothing: everything but PDF works."""
    if all(find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")):
        return
    if can_install() and apt_install(PANGO_PACKAGES):
        return
    say("Hint: for PDF have an administrator run: apt-get install " + " ".join(PANGO_PACKAGES))


def need_browser() -> None:
    """The browser tests need Chromium; without it they would prove nothing, so its absence is a failure."""
    if os.environ.get("XUNZHANG_CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return
    if can_install() and any(apt_install([name]) and shutil.which(name) for name in BROWSERS[:2]):
        return
    stop(
        "the browser tests need Chromium, and none was found. "
        "Have an administrator run: apt-get install chromium-headless-shell\n"
        "(or name one in XUNZHANG_CHROMIUM). They are not skipped, because pages would then be untested."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="also make sure of a browser for tests")
    options = parser.parse_args()
    make_environment()
    install_packages()
    look_for_pango()
    if options.browser:
        need_browser()


if __name__ == "__main__":
    main()
