"""Where the embedded database lives: found from paths and permissions, made for its user alone."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.database import EmbeddedDatabaseError, var_directory

DATABASE = ROLE = "xunzhang"
SUPERUSER = "postgres"
PORT = 5432
# The kernel's limit for a socket path is 108 bytes on Linux and 104 elsewhere, terminator included.
SOCKET_PATH_LIMIT = 100


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


def place() -> Place:
    """Find the place from the paths and their permissions alone; nothing is created or changed."""
    home = var_directory() / "postgres"
    user = None
    if os.geteuid() == 0:
        user = _server_user()
        if not reachable(home, user):
            home = Path("/var/lib") / f"xunzhang-{_digest(home)}"
    sockets = home / "run"
    if len(os.fsencode(sockets / f".s.PGSQL.{PORT}.lock")) > SOCKET_PATH_LIMIT:
        # Whoever made the directory before us is found out: its owner and mode are checked.
        sockets = Path("/tmp") / f"xunzhang-{_digest(home)}"  # noqa: S108 # nosec B108
    return Place(home=home, sockets=sockets, user=user)


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


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
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


def make_directories(where: Place) -> None:
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
def locked(where: Place) -> Iterator[None]:
    """Let one process at a time start, stop or make the server of this place."""
    with open(where.home / "lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
