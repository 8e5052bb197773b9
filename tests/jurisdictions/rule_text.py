"""A small invented county for tests of the engine, and ways to change it."""

import textwrap
from pathlib import Path

from jurisdictions.rules.loader import LoadResult, load_text
from jurisdictions.rules.ruleset import Ruleset

TEXT = (Path(__file__).parent / "sample.yaml").read_text(encoding="utf-8")


def load(*changes: tuple[str, str]) -> LoadResult:
    """The invented county with pieces of its text replaced; each piece must stand there once."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return load_text(text, file="sample.yaml")


def ruleset(*changes: tuple[str, str]) -> Ruleset:
    return Ruleset.from_result(load(*changes))


def rows(text: str) -> str:
    """Rows of the step `joint_review`, indented as the file wants them."""
    return textwrap.indent(textwrap.dedent(text), "      ")


def review_rows(text: str) -> tuple[str, str]:
    """A change that replaces both rows of the step `joint_review`."""
    start = TEXT.index("      - id: review\n")
    end = TEXT.index("  - step: plan_review")
    return TEXT[start:end], rows(text)
