"""Basics of every test; people and projects come from `tests/<app>/conftest.py`."""

import gc
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.test import Client, TransactionTestCase

from accounts.models import User
from tests import database, people

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.plugin import DjangoDbBlocker


def pytest_configure(config: pytest.Config) -> None:
    """Leave the working copy as set-up does: texts compiled, the embedded database running."""
    from django.core.management import call_command

    from config.database import ensure_running_if_used

    call_command("compile_catalogues", verbosity=0)
    ensure_running_if_used()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among what stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def emptied_after_committing_tests() -> Iterator[None]:
    """Empty the tables ourselves after a test that commits.

    The runner's own way is refused by the audit trail and makes every policy and permission anew.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: database.empty())
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


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: "DjangoDbBlocker"
) -> None:
    """A copy of the test database for this session; `--create-db` runs the migrations anew."""
    with django_db_blocker.unblock():
        database.make_copy(anew=bool(request.config.getvalue("create_db")))


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
