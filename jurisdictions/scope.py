"""The county in force: entered once, for the object layer and for the database alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django_scopes import get_scope, scope

if TYPE_CHECKING:
    from jurisdictions.models import County

APP_ROLE = "xunzhang_app"
TIMER_ROLE = "xunzhang_timer"


class ForeignCounty(Exception):
    """A row of one county was written while another county, or none, was in force."""


def current_county() -> County | None:
    """The county whose scope is entered, or None."""
    return get_scope().get("county")


def _settings() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('role'), coalesce(current_setting('app.county', true), ''),"
            " coalesce(current_setting('app.user', true), '')"
        )
        return cursor.fetchone()


def _apply(role: str, county: str, user: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('app.county', %s, true), set_config('app.user', %s, true),"
            # Compiling a query costs more than it saves where each asks for one page of one county; so does planning
            # anew what was prepared, and what triggers ask.
            " set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)",
            [role, county, user],
        )


@contextmanager
def _in_force(role: str, county: str, user: str) -> Iterator[None]:
    """A transaction in which role and settings hold; inside another one, what held before comes back afterwards."""
    is_outermost = not connection.in_atomic_block  # then the end of the transaction takes the settings away
    with transaction.atomic():
        before = _settings() if get_scope().get("county") is not None else ("none", "", "")
        _apply(role, county, user)
        try:
            yield
        finally:
            # A failed statement has aborted the transaction: rolling back undoes the settings by itself.
            if not is_outermost and not connection.needs_rollback and connection.connection and not _aborted():
                _apply(*before)


@contextmanager
def enter(county: County, *, user_id: int | None = None) -> Iterator[County]:
    """Put one county in force: a transaction, the unprivileged role, and the county named to PostgreSQL.

    Nested entries restore what was in force before. `user_id` lets a person read their own memberships.
    """
    with _in_force(APP_ROLE, str(county.pk), str(user_id or "")), scope(county=county):
        yield county


@contextmanager
def only_person(user_id: int) -> Iterator[None]:
    """Read, in any scope or none, the rows about one person (their memberships), and no other tenant row."""
    with _in_force(APP_ROLE, "", str(user_id)):
        yield


def advisory_lock(name: str) -> None:
    """Let only one at a time do what `name` names in the county in force, until its transaction ends."""
    county = current_county()
    if county is None:
        raise ForeignCounty(f"{name} held without a county in force")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [name, county.pk])


def is_deadlock(error: BaseException) -> bool:
    """Whether PostgreSQL ended this transaction because two waited for each other: the request may be sent again."""
    from psycopg2.errors import DeadlockDetected

    return isinstance(error.__cause__, DeadlockDetected)


def _aborted() -> bool:
    from psycopg2 import extensions

    return connection.connection.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR
