"""Run a command with DATABASE_URL and BROKER_URL naming servers: the machine's, or ones started for the run.

The machine's PostgreSQL is used where it lets an administrator in without a password; a role and databases
of the run's own are made there and dropped afterwards.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))

from demo import embedded  # noqa: E402

ADMINISTRATORS = [
    {"host": "/var/run/postgresql", "user": "postgres"},
    {"host": "/var/run/postgresql", "user": "root"},
    {"host": "127.0.0.1", "user": "postgres"},
    {"host": "127.0.0.1", "user": "root"},
]
RUNTIME_ROLES = {"xunzhang_app", "xunzhang_timer"}
START_SECONDS = 30


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def administrator() -> dict[str, Any] | None:
    """How the machine's PostgreSQL lets an administrator in; None where it does not."""
    for way in ADMINISTRATORS:
        try:
            connection = psycopg2.connect(dbname="postgres", port=5432, connect_timeout=3, **way)
        except psycopg2.OperationalError:
            continue
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                return {"port": 5432, **way}
    return None


@contextlib.contextmanager
def own_postgresql() -> Iterator[dict[str, Any]]:
    """A PostgreSQL server of the run's own, removed afterwards."""
    kept = os.environ.get("XUNZHANG_VAR", "")
    # A path of a socket must be short; the directory gets a name of chance and is the run's own.
    with tempfile.TemporaryDirectory(prefix="xunzhang-ci-", dir="/tmp") as directory:  # noqa: S108 # nosec B108
        Path(directory).chmod(0o711)
        try:
            os.environ["XUNZHANG_VAR"] = directory
            where = embedded.ensure_running()
            os.environ["XUNZHANG_VAR"] = kept
            yield {"host": str(where.sockets), "port": embedded.PORT, "user": embedded.SUPERUSER}
        finally:
            os.environ["XUNZHANG_VAR"] = directory
            embedded.remove()
            os.environ["XUNZHANG_VAR"] = kept


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The address of a role and database made for this run."""
    with contextlib.ExitStack() as stack:
        way = administrator() or stack.enter_context(own_postgresql())
        name = f"xunzhang_ci_{secrets.token_hex(4)}"
        password = secrets.token_hex(16)
        connection = stack.enter_context(contextlib.closing(psycopg2.connect(dbname="postgres", **way)))
        connection.autocommit = True
        cursor = connection.cursor()
        role = sql.Identifier(name)
        before = roles(cursor)
        cursor.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} CREATEDB CREATEROLE").format(role, sql.Literal(password))
        )
        cursor.execute("SELECT current_setting('server_version_num')::int")
        version = cursor.fetchone()[0]
        if version >= 160000:
            cursor.execute(sql.SQL("ALTER ROLE {} SET createrole_self_grant = 'set, inherit'").format(role))
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(role, role))
        say(f"PostgreSQL {version // 10000} on {way['host']}:{way['port']}, database {name}.")
        try:
            yield address(way, name, password)
        finally:
            drop(cursor, name)
            # Roles belong to the whole server; another run may be using those that this one made.
            for made in roles(cursor) & RUNTIME_ROLES - before:
                with contextlib.suppress(psycopg2.Error):
                    cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(made)))


def roles(cursor: Any) -> set[str]:
    """The names of the server's roles."""
    cursor.execute("SELECT rolname FROM pg_roles")
    return {name for (name,) in cursor.fetchall()}


def address(way: dict[str, Any], name: str, password: str) -> str:
    """The role's address: through the network of this machine where the server listens there."""
    for host in ("127.0.0.1", way["host"]):
        try:
            psycopg2.connect(host=host, port=way["port"], user=name, password=password, dbname=name).close()
        except psycopg2.OperationalError:
            continue
        return f"postgres://{name}:{password}@{quote(host, safe='')}:{way['port']}/{name}"
    sys.exit(f"The role {name} was made on the server, but may not sign in there with its password.")


def drop(cursor: Any, name: str) -> None:
    """Remove what the run made on the server."""
    cursor.execute(
        "SELECT datname FROM pg_database WHERE datdba = (SELECT oid FROM pg_roles WHERE rolname = %s)", [name]
    )
    for (database,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
    cursor.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
    try:
        cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    except psycopg2.Error as error:
        say(f"The role {name} stays: {error}")


def redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The address of Redis: the machine's on its usual port, else one started for this run."""
    if redis_answers(6379):
        say("Redis on 127.0.0.1:6379, databases 15 and below.")
        yield "redis://127.0.0.1:6379/15"
        return
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "redis-server"], check=False, stdout=subprocess.DEVNULL)
        program = shutil.which("redis-server")
    if program is None:
        sys.exit("No Redis answers on port 6379 and redis-server is not installed: apt-get install redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="xunzhang-ci-") as directory:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
        with (Path(directory) / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not redis_answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit("redis-server did not start: " + (Path(directory) / "log").read_text()[-2000:])
                time.sleep(0.1)
            say(f"Redis of this run on 127.0.0.1:{port}.")
            yield f"redis://127.0.0.1:{port}/15"
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit("usage: on_servers.py COMMAND …")
    with postgresql() as database, redis() as broker:
        environment = dict(os.environ, DATABASE_URL=database, BROKER_URL=broker)
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # named by importing the program, no choice of the caller
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
