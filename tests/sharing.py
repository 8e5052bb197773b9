"""Sessions of tests that run side by side share the files among them: `pytest -p tests.sharing --share=DIRECTORY`.

Each session takes the next file that no other took, so that all end at the same time however long a file takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", type=Path, help="an empty directory, where the sessions note which files they took")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what this session takes; pytest's own loop for whoever shares with nobody."""
    directory: Path | None = session.config.getoption("share")
    if directory is None or session.testsfailed or session.config.option.collectonly:
        return None
    mine = taken(session.items, directory)
    item = next(mine, None)
    while item is not None:
        following = next(mine, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def taken(items: list[pytest.Item], directory: Path) -> Iterator[pytest.Item]:
    """The tests of each file that this session is the first to take, file by file.

    Files with tests that commit come first: they drive browsers and start processes, and a long file at the end
    would leave the other sessions idle.
    """
    by_file = [list(group) for _path, group in groupby(sorted(items, key=_path_of), key=_path_of)]
    for tests in sorted(by_file, key=lambda tests: not any(map(_commits, tests))):
        name = tests[0].nodeid.partition("::")[0].replace("/", "-")
        try:
            (directory / name).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from tests


def _path_of(item: pytest.Item) -> Path:
    return item.path


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", [])
