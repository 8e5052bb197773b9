"""The test database: made once by the migrations, copied for each session of tests.

The migrations take half a minute, a copy takes a second. What a session left in its copy, no other session finds.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pgtrigger
from django.conf import settings
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.backends.utils import CursorWrapper

PROJECT_DIR = Path(__file__).resolve().parent.parent
# What migrations wrote once for good; a test that commits leaves it as it is.
KEPT = ("django_migrations", "django_content_type", "auth_permission", "django_site")


def state_of_migrations() -> str:
    """A number for the migrations as they are now."""
    state = hashlib.sha256()
    for path in sorted(PROJECT_DIR.glob("*/migrations/*.py")):
        state.update(path.relative_to(PROJECT_DIR).as_posix().encode() + path.read_bytes())
    return state.hexdigest()


def make_copy(*, anew: bool = False) -> None:
    """Give this session a fresh test database. The template is made first where it is missing, old, or asked for anew.

    Of sessions that start at once one makes the template and the others wait for it.
    """
    names = settings.DATABASES["default"]["TEST"]
    name, template = names["NAME"], names["TEMPLATE"]
    with _only_one(template), connection._nodb_cursor() as cursor:
        if anew or _state_of(cursor, template) != state_of_migrations():
            _create(cursor, template)
            _use(template)
            call_command("migrate", verbosity=0, interactive=False)
            connection.close()
            # Said last: a template whose making broke off is none.
            cursor.execute(f'COMMENT ON DATABASE "{template}" IS %s', [state_of_migrations()])
        _create(cursor, name, template=template)
    _use(name)
    # The policies follow the models, which may have changed without a migration.
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def empty() -> None:
    """Take away what a test committed: every row but those that the migrations made."""
    with connection.cursor() as cursor, pgtrigger.ignore():
        tables = sorted(set(connection.introspection.table_names(cursor)) - set(KEPT))
        cursor.execute("TRUNCATE " + ", ".join(map(connection.ops.quote_name, tables)))


@contextmanager
def _only_one(template: str) -> Iterator[None]:
    """Wait for other sessions that make the template or copy it."""
    with (settings.VAR_DIR / "leases" / f"{template}.making").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _state_of(cursor: CursorWrapper, database: str) -> str | None:
    """The migrations that a database was made by, as it says itself."""
    cursor.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [database],
    )
    found = cursor.fetchone()
    return found[0] if found else None


def _create(cursor: CursorWrapper, database: str, template: str = "template0") -> None:
    cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')


def _use(database: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = database
    connection.settings_dict["NAME"] = database
