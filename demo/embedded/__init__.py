"""The embedded database: a PostgreSQL server of our own for development, demonstration and tests.

It listens on a Unix socket alone, in a directory that only its user may enter, and is used whenever
`DATABASE_URL` is unset. `docs/decisions/0001-embedded-database.md` says why it is built as it is.
"""

import shutil
from typing import Any

from demo.embedded.home import (
    DATABASE,
    PORT,
    ROLE,
    SOCKET_PATH_LIMIT,
    SUPERUSER,
    Place,
    locked,
    make_directories,
    place,
)
from demo.embedded.programs import binaries_for, run
from demo.embedded.server import (
    answers,
    clear_stale_files,
    create_cluster,
    create_role_and_database,
    postmaster,
    start,
    superuser_connection,
)

__all__ = [
    "DATABASE",
    "PORT",
    "ROLE",
    "SOCKET_PATH_LIMIT",
    "SUPERUSER",
    "Place",
    "connection_settings",
    "ensure_running",
    "place",
    "remove",
    "stop",
    "stop_unless_used",
]


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


def ensure_running() -> Place:
    """Start the embedded database unless it answers; make cluster, role and database on the first call.

    Safe to call from many processes at once. Raises EmbeddedDatabaseError with a sentence for the person.
    """
    where = place()
    if answers(where):
        return where
    make_directories(where)
    with locked(where):
        if answers(where):
            return where
        clear_stale_files(where)
        binaries = binaries_for(where)
        if not (where.data / "PG_VERSION").exists():
            create_cluster(where, binaries)
        start(where, binaries)
        create_role_and_database(where)
    return where


def stop() -> bool:
    """Stop the embedded database; whether it was running. Its data stay."""
    where = place()
    if not (where.data / "postmaster.pid").exists() or postmaster(where) is None:
        return False
    with locked(where):
        run(where, [binaries_for(where) / "pg_ctl", "-D", where.data, "-m", "fast", "-w", "stop"])
    return True


def stop_unless_used() -> bool:
    """Stop the embedded database unless somebody is connected to it; whether it was stopped."""
    where = place()
    if not answers(where):
        return False
    connection = superuser_connection(where)
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
