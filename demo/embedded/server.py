"""The life of the server: made, started, asked whether it answers, cleared up after."""

import contextlib
import os
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import psycopg2

from demo.embedded.home import DATABASE, PORT, ROLE, SUPERUSER, EmbeddedDatabaseError, Place
from demo.embedded.programs import run
from jurisdictions.calendars.zone import ZONE_NAME

START_SECONDS = 60


def answers(where: Place) -> bool:
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


def postmaster(where: Place) -> int | None:
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


def clear_stale_files(where: Place) -> None:
    """Remove what a killed server left behind: its number may belong to another process by now.

    Its children may outlive it for a moment and must be gone first: two servers would write the same files.
    """
    if postmaster(where) is not None or not Path("/proc/self/cwd").exists():
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


def create_cluster(where: Place, binaries: Path) -> None:
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
    run(where, [binaries / "initdb", *arguments])
    with open(draft / "postgresql.conf", "a") as file:
        file.write(
            "\n# Xunzhang's embedded database: a Unix socket alone, in a directory of mode 0700.\n"
            "listen_addresses = ''\n"
            f"port = {PORT}\n"
            "unix_socket_permissions = 0700\n"
            f"timezone = '{ZONE_NAME}'\n"
            f"log_timezone = '{ZONE_NAME}'\n"
            "lc_messages = 'C'\n"
            "max_connections = 100\n"
            "shared_buffers = 128MB\n"
        )
    draft.rename(where.data)


def start(where: Place, binaries: Path) -> None:
    """Start the server unless it runs, and wait until it takes connections. Raises `EmbeddedDatabaseError`."""
    if postmaster(where) is None:
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
        run(where, [binaries / "pg_ctl", *arguments])


def superuser_connection(where: Place) -> Any:
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


def create_role_and_database(where: Place) -> None:
    """Make the login role, which owns its database and may make roles and databases but bypasses nothing."""
    connection = superuser_connection(where)
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
