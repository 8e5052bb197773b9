"""The templates are written so that they can be read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
LONGEST = 120


def long_lines(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)}:{number}"
        for path in sorted(folder.rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > LONGEST
    ]


def test_a_long_line_would_be_found(tmp_path):
    (tmp_path / "page.html").write_text("<p>\n" + "x" * (LONGEST + 1) + "\n</p>\n", encoding="utf-8")
    assert long_lines(tmp_path) == ["page.html:2"]


@pytest.mark.parametrize("folder", [BASE / "templates", *BASE.glob("*/templates")], ids=lambda path: path.parent.name)
def test_lines_of_templates_fit_the_window(folder):
    assert long_lines(folder) == []


def test_no_empty_comment_stands_for_a_line_break():
    empty = re.compile(r"\{% comment %\}\s*\{% endcomment %\}")
    found = [path.name for path in BASE.glob("templates/**/*.html") if empty.search(path.read_text(encoding="utf-8"))]
    assert found == []
