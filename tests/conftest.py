"""Basics of every test; people and projects come from `tests/<app>/conftest.py`."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pgtrigger
import pytest
from django.test import Client, TransactionTestCase

from accounts.models import User
from tests import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROJECT_DIR = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Leave the working copy as set-up does: texts compiled, the embedded database running."""
    from django.core.management import call_command

    from config.database import ensure_running_if_used

    call_command("compile_catalogues", verbosity=0)
    ensure_running_if_used()


@pytest.fixture(scope="session", autouse=True)
def emptied_after_committing_tests() -> Iterator[None]:
    """Let the runner empty the tables after a test that commits; the audit trail refuses it otherwise."""
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            empty(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One browser for all tests that drive one."""
    from tests.browser.chromium import running

    with running() as program:
        yield program


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """Environment for a real process (worker, server, command) that works on the test database and broker.

    The process sees only what is committed: use it with `transactional_db`, which this asks for.
    """
    from django.db import connection

    values = connection.settings_dict
    host = quote(values["HOST"], safe="")
    account = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    address = f"postgres://{account}@{host}:{values['PORT']}/{values['NAME']}"
    return {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"}


def _migrations_record() -> tuple[Path, str]:
    """Where the state of the kept test database is noted, and the state of the migrations now."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    state = hashlib.sha256()
    for path in sorted(PROJECT_DIR.glob("*/migrations/*.py")):
        state.update(path.as_posix().encode() + path.read_bytes())
    server = hashlib.sha256(f"{database['HOST']}:{database['PORT']}".encode()).hexdigest()[:8]
    return settings.VAR_DIR / "leases" / f"{database['TEST']['NAME']}.{server}.migrations", state.hexdigest()


@pytest.fixture(scope="session")
def django_db_createdb(request: pytest.FixtureRequest) -> bool:
    """Keep the test database between runs until a migration changes."""
    record, state = _migrations_record()
    changed = not record.exists() or record.read_text() != state
    record.unlink(missing_ok=True)
    return changed or bool(request.config.getvalue("create_db"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """The test database, and a note of the migrations it was made by."""
    record, state = _migrations_record()
    record.write_text(state)


@pytest.fixture(autouse=True)
def no_county_remembered() -> None:
    """Nothing of an earlier test is remembered: neither its counties nor its attempts to sign in."""
    from django.core.cache import cache

    from jurisdictions.counties import forget_counties

    forget_counties()
    cache.clear()


@pytest.fixture
def alpha(db: None) -> people.Town:
    """The first county of the cast."""
    return people.make_town("dean")


@pytest.fixture
def beta(db: None) -> people.Town:
    """The second county of the cast; only tests that ask for it have one."""
    return people.make_town("lingchuan")


@pytest.fixture
def cast(alpha: people.Town, beta: people.Town) -> people.Cast:
    """The fixed cast of tests/people.py."""
    return people.make_cast(alpha, beta)


@pytest.fixture
def client_for() -> Callable[[people.Person | User], Client]:
    """Make a client signed in as a person: `client_for(alpha.filer)`."""
    return people.client_for
