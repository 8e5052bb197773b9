"""Calendars are read anew for each test of the workflow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import people
from workflow.clocks import clock


@pytest.fixture(autouse=True)
def fresh_calendar() -> Iterator[None]:
    """What one test enters in the calendar, no other test sees."""
    clock.forget()
    yield
    clock.forget()


@pytest.fixture(autouse=True)
def heads_directory(settings, tmp_path: Path) -> Path:
    """The heads of the audit chains are kept with the test's own files."""
    settings.AUDIT_HEADS_DIR = str(tmp_path / "audit-heads")
    return tmp_path / "audit-heads"


@pytest.fixture
def committed(transactional_db: None) -> None:
    """What a test writes is committed, for the eyes of other processes and connections."""


@pytest.fixture
def committed_alpha(committed: None) -> people.Town:
    """The first county, committed."""
    return people.make_town("dean")
