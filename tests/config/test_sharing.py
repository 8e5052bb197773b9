"""Sessions side by side share the files: each test runs once, in whichever session took its file first."""

from itertools import zip_longest
from pathlib import Path

import pytest

from tests.sharing import taken


def test_each_test_is_taken_once_and_each_file_by_one_session(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    items = request.session.items
    pairs = list(zip_longest(taken(items, tmp_path), taken(items, tmp_path)))
    first, second = ([one for one in half if one is not None] for half in zip(*pairs, strict=True))
    assert sorted(one.nodeid for one in first + second) == sorted(one.nodeid for one in items)
    assert {one.path for one in first} & {one.path for one in second} == set()
    assert list(taken(items, tmp_path)) == []
